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
    /// How refusals and header fields look: one word, which every request takes along.
    var sharedPersonality: Shared<CairnPersonality> { get }

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
    func authorization(_ authorization: Authorization, _ links: Links, _ terms: PersistTerms?) -> CairnJSON
    /// - Parameter terms: what challenges show that are met in advance; `nil` if there is none.
    func challenge(
        _ index: Int, of authorization: Authorization, _ links: Links, _ terms: PersistTerms?
    ) -> CairnJSON
}

extension Dialect {
    /// How refusals and header fields look.
    package var personality: CairnPersonality { sharedPersonality.value }
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
    /// What can be known in advance of records that stay; `nil` if that is not told.
    package var persist: CairnPersistPolicy?
    package var profiles: [(name: String, description: String)]
    /// Whether there is renewal information (RFC 9773 §4).
    package var hasRenewalInfo: Bool
    /// Whether clients may ask for authorizations before they order anything.
    package var offersPreAuthorization: Bool
}

/// The words of a dialect for what the CA says in those of RFC 8555.
///
/// A problem is worded once, by whoever finds it, and cites RFC 8555: its section numbers are what topics are called here.
/// A dialect with sections and members of its own has a table of them, and nobody else has to know it.
package struct Vocabulary: Hashable, Sendable {
    /// What the dialect is called in citations.
    var document: String
    /// Its sections, by the numbers that RFC 8555 has for them.
    ///
    /// What is missing here is no topic of the dialect, and is not cited.
    var sections: [String: String]
    /// Its names of members and resources, by those of RFC 8555.
    var names: [String: String]

    /// A detail in the words of the dialect.
    ///
    /// What is quoted is left as it is, unless it is the name of a member that was expected.
    package func translate(_ detail: String) -> String {
        var result = ""
        var rest = detail[...]
        var isReported = false
        while let first = rest.first {
            if first == "\"" {
                let quotation = Self.quotation(at: rest)
                let content = String(quotation.dropFirst().dropLast())
                result += isReported ? String(quotation) : names[content].map { "\"\($0)\"" } ?? String(quotation)
                rest = rest[quotation.endIndex...]
                isReported = false
            } else if rest.hasPrefix(Self.standard) {
                let (numbers, end) = Self.sections(in: rest.dropFirst(Self.standard.count))
                cite(numbers, in: &result)
                rest = rest[end...]
                // A citation that is left out takes the comma behind it along.
                if result.hasSuffix("("), rest.hasPrefix(", ") { rest = rest.dropFirst(2) }
                if result.hasSuffix(" ("), rest.hasPrefix(")") {
                    result.removeLast(2)
                    rest = rest.dropFirst()
                }
            } else if first.isASCII, first.isLetter {
                let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
                result += names[String(word)] ?? String(word)
                isReported = word == "got"
                rest = rest[word.endIndex...]
            } else {
                result.append(first)
                if first != " " { isReported = false }
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static let standard = "RFC 8555 §"

    /// Cites the sections that the dialect has in place of some of RFC 8555.
    private func cite(_ numbers: [Substring], in text: inout String) {
        var titles: [String] = []
        for title in numbers.compactMap({ sections[String($0)] }) where !titles.contains(title) { titles.append(title) }
        if titles.isEmpty {
            if text.hasSuffix(", ") { text.removeLast(2) }
        } else {
            text += document + titles.map { ", \"\($0)\"" }.joined()
        }
    }

    /// The numbers after the first `§`, as in `7.1.6, §7.5.2`, and where they end.
    private static func sections(in text: Substring) -> (numbers: [Substring], end: Substring.Index) {
        var numbers: [Substring] = []
        var rest = text
        while true {
            var number = rest.prefix { $0.isNumber || $0 == "." }
            if number.last == "." { number = number.dropLast() }
            numbers.append(number)
            rest = rest[number.endIndex...]
            guard rest.hasPrefix(", §") else { return (numbers, rest.startIndex) }
            rest = rest.dropFirst(3)
        }
    }

    /// What stands in quotation marks at the beginning of a text, with them.
    private static func quotation(at text: Substring) -> Substring {
        var isEscaped = false
        for index in text.indices.dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\" {
                isEscaped = true
            } else if text[index] == "\"" {
                return text[...index]
            }
        }
        return text
    }
}

extension Vocabulary {
    /// The draft has titles in place of numbers.
    package static let draft2017 = Vocabulary(
        document: Draft2017.document,
        sections: [
            "6.1": "HTTPS Requests", "6.2": "Request Authentication", "6.4": "Request URI Integrity",
            "6.4.1": "Request URI Integrity", "6.5": "Replay protection", "6.5.1": "Replay-Nonce",
            "6.5.2": "Replay protection", "6.6": "Rate limits", "6.7": "Errors", "7.1": "Resources",
            "7.1.1": "Directory", "7.1.2": "Account Objects", "7.1.2.1": "Orders List", "7.1.3": "Order Objects",
            "7.1.4": "Authorization Objects", "7.1.5": "Identifier Validation Challenges",
            "7.2": "Getting a Nonce", "7.3": "Account Creation", "7.3.1": "Account Creation",
            "7.3.2": "Account Creation", "7.3.3": "Changes of Terms of Service", "7.3.4": "External Account Binding",
            "7.3.5": "Account Key Roll-over", "7.3.6": "Account deactivation",
            "7.4": "Applying for Certificate Issuance", "7.4.1": "Pre-Authorization",
            "7.4.2": "Downloading the Certificate", "7.5": "Identifier Authorization",
            "7.5.1": "Responding to Challenges", "7.5.2": "Deactivating an Authorization",
            "7.6": "Certificate Revocation", "8": "Identifier Validation Challenges", "8.1": "Key Authorizations",
            "8.3": "HTTP", "8.4": "DNS", "10.2": "Integrity of Authorizations",
            "10.4": "Server-Side Request Forgery", "10.5": "CA Policy Considerations",
        ],
        names: [
            "termsOfServiceAgreed": "terms-of-service-agreed", "externalAccountBinding": "external-account-binding",
            "termsOfService": "terms-of-service", "caaIdentities": "caa-identities", "newNonce": "new-nonce",
            "newAccount": "new-account", "newOrder": "new-order", "newAuthz": "new-authz", "revokeCert": "revoke-cert",
            "keyChange": "key-change",
        ])
}
