package import CairnEngine
package import CairnModel
package import HTTPTypes

/// A version of ACME as clients see it: its paths, its methods and statuses, what requests say, and how objects are written.
///
/// Endpoints say what happened; a dialect says how that looks. The engine knows neither.
package protocol Dialect: Sendable {
    /// How findings call it: `RFC 8555`.
    var name: String { get }
    /// How rules call it: `rfc8555`.
    var word: String { get }
    var paths: Paths { get }
    /// How refusals and header fields look.
    var personality: CairnPersonality { get }

    // MARK: Manners: what differs of RFC 8555 over HTTP

    /// What HEAD of newNonce is answered with (RFC 8555 §7.2).
    var nonceStatus: HTTPResponse.Status { get }
    /// What an authorization is answered with while it is being validated.
    var validatingStatus: HTTPResponse.Status { get }
    /// The field that tells the URL of an account that exists already (RFC 8555 §7.3.1).
    var existingAccountField: HTTPField.Name { get }
    /// Whether an account that exists already is shown.
    var showsExistingAccount: Bool { get }
    /// Whether the answer that leads to an authorization shows it.
    var showsExistingAuthorization: Bool { get }
    /// Whether signed requests must say that they are JWSs (RFC 8555 §6.2).
    var demandsMediaType: Bool { get }
    /// Whether a signed request with an empty payload reads (RFC 8555 §6.3).
    var readsByPostAsGet: Bool { get }
    /// The serializations of a JWS that are accepted.
    var serialization: JWSSerialization { get }
    /// Whether the inner JWS of a key change may have a nonce, which is ignored then (RFC 8555 §7.3.5).
    var ignoresInnerNonce: Bool { get }
    /// Whether a chain links to the issuer of its first certificate, as certificates alone do (RFC 8555 §7.4.2).
    var chainsLinkUp: Bool { get }
    /// How a rate limit links to a page about it (RFC 8555 §6.6).
    var limitRelation: String { get }
    /// Whether the pages of a list are linked as the draft prints it, and not as RFC 8288 has it.
    var printsPageLinks: Bool { get }
    /// The reason of a revocation that names none (RFC 8555 §7.6).
    var defaultRevocationReason: Int? { get }
    /// Whether an account may sign with its key there instead of its URL (RFC 8555 §6.2).
    func isSignedByKey(_ endpoint: ACMEEndpoint) -> Bool

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
}

/// The manners of RFC 8555.
extension Dialect {
    package var nonceStatus: HTTPResponse.Status { .ok }
    package var validatingStatus: HTTPResponse.Status { .ok }
    package var existingAccountField: HTTPField.Name { .location }
    package var showsExistingAccount: Bool { true }
    package var showsExistingAuthorization: Bool { false }
    package var demandsMediaType: Bool { true }
    package var readsByPostAsGet: Bool { true }
    package var serialization: JWSSerialization { .flattened }
    package var ignoresInnerNonce: Bool { false }
    package var chainsLinkUp: Bool { false }
    package var limitRelation: String { "help" }
    package var printsPageLinks: Bool { false }
    package var defaultRevocationReason: Int? { nil }

    package func isSignedByKey(_ endpoint: ACMEEndpoint) -> Bool { false }
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
