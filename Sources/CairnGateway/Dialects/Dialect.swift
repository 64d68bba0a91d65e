package import CairnEngine
package import CairnModel

/// A version of ACME as clients see it: its paths, its methods and statuses, what requests say, and how objects are written.
///
/// Endpoints say what happened; a dialect says how that looks. The engine knows neither.
package protocol Dialect: Sendable {
    /// How findings call it: `RFC 8555`.
    var name: String { get }
    var paths: Paths { get }
    var conduct: Conduct { get }
    /// How refusals and header fields look.
    var personality: CairnPersonality { get }

    // MARK: What requests say

    /// The name that it has for a member which RFC 8555 calls `member`; `nil` if it has no such member.
    func name(of member: String) -> String?
    /// Members that requests to an endpoint have in another dialect only.
    func foreignMembers(of endpoint: ACMEEndpoint) -> [String]
    func newOrder(_ payload: Payload, from exchange: SignedExchange) throws(Refusal) -> NewOrder
    func newAuthorization(_ payload: Payload) throws(Refusal) -> NewAuthorization
    /// Refuses a response to a challenge that is not one (RFC 8555 §7.5.1).
    func checkResponse(
        _ payload: Payload, to challenge: Challenge, signedBy key: PublicKey
    ) throws(Refusal)
    /// The key that an account gives up for `newKey` (RFC 8555 §7.3.5).
    func oldKey(_ payload: Payload, of account: Account, for newKey: PublicKey) throws(Refusal) -> PublicKey

    // MARK: How objects are written

    func directory(_ links: Links, _ catalogue: Catalogue) -> CairnJSON
    func account(_ account: Account, _ links: Links) -> CairnJSON
    func order(_ order: Order, _ links: Links) -> CairnJSON
    func authorization(_ authorization: Authorization, _ links: Links) -> CairnJSON
    func challenge(_ index: Int, of authorization: Authorization, _ links: Links) -> CairnJSON
    /// Writes a problem down as it is; those within objects are first put as the personality would have them.
    func problem(_ problem: ACMEProblem, _ links: Links) -> CairnJSON
}

/// What a request is known by while its payload is read.
package struct SignedExchange: Sendable {
    package let links: Links
    /// The URL of the account that signed.
    package let accountURL: String
    /// Whether the CA has renewal information, and so orders may replace certificates (RFC 9773 §5).
    package let hasRenewalInfo: Bool
}

/// What a client asks for with newAuthz (RFC 8555 §7.4.1).
package struct NewAuthorization: Sendable {
    package var identifier: ACMEIdentifier
    /// What is to be done about an authorization that is valid already.
    package var existing: Existing
    /// What may prove it; `nil` takes the types of the policy.
    package var challengeTypes: [ACMEChallengeType]?
    /// Whether whoever knows its URL may read it; otherwise its account alone.
    package var isPublic = false
    /// Whether a valid one for the wildcard below the name is as good.
    package var takesWildcardsForNames = false

    package enum Existing: Sendable {
        /// The server decides.
        case ignore
        /// The client wants to be led to it.
        case accept
        /// The client wants no other.
        case require
    }
}

/// What the directory says besides URLs.
package struct Catalogue: Sendable {
    /// The URL of the terms, or `nil` if there are none.
    package var termsOfService: String?
    /// A page about the CA.
    package var website: String?
    package var externalAccountRequired: Bool
    /// The names of the CA in CAA records.
    package var caaIdentities: [String]
    package var profiles: [(name: String, description: String)]
    /// Whether there is renewal information (RFC 9773 §4).
    package var hasRenewalInfo: Bool
    /// Whether clients may ask for authorizations before they order anything.
    package var offersPreAuthorization: Bool
}
