import Crypto

/// The name of a challenge type, from the registry of RFC 8555 §9.7.8.
///
/// Open: an unknown type is a value like any other.
public struct ACMEChallengeType: CairnWireName, CustomStringConvertible {
    /// The name on the wire.
    public var rawValue: String

    /// Creates a type from any name, registered or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A file below `/.well-known/acme-challenge/` (RFC 8555 §8.3).
    public static let http01 = ACMEChallengeType(rawValue: "http-01")
    /// A TXT record at `_acme-challenge` (RFC 8555 §8.4).
    public static let dns01 = ACMEChallengeType(rawValue: "dns-01")
    /// A certificate shown to a TLS client that asks for `acme-tls/1` (RFC 8737).
    public static let tlsALPN01 = ACMEChallengeType(rawValue: "tls-alpn-01")
    /// A certificate shown to a TLS client that asks for a name derived from the token (ACME draft of March 2017, "TLS
    /// with Server Name Indication").
    public static let tlsSNI02 = ACMEChallengeType(rawValue: "tls-sni-02")
    /// Instructions on a web page for a human (ACME draft of March 2017, "Out-of-Band").
    public static let oob01 = ACMEChallengeType(rawValue: "oob-01")

    /// The name.
    public var description: String { rawValue }
}

/// A kind of challenge, as far as it can be told without validating one (RFC 8555 §8).
///
/// Engine and gateway ask it whatever differs between kinds, so that neither names one. Each has a file in CairnValidation,
/// with its validation and what belongs to it.
package protocol ChallengeKind: Sendable {
    var type: ACMEChallengeType { get }
    /// Whether it can show control of an identifier, which may be a wildcard.
    func fits(_ identifier: ACMEIdentifier) -> Bool
    /// Whether who meets it controls the zone of the name, and so all names below.
    var showsControlOfZone: Bool { get }
    /// Whether a human decides it on a page, and no probe.
    var isDecidedByHand: Bool { get }
    /// Whether it has a token, and so a key authorization for the client to show (RFC 8555 §8.1).
    var hasToken: Bool { get }
    /// Whether it is met by what stands there before anybody orders anything, and can be looked for unasked.
    var isMetInAdvance: Bool { get }
    /// Whether the ACME draft of March 2017 knows it.
    var isInDraft2017: Bool { get }
    /// What `validationmethods` in a CAA record calls it (RFC 8657 §4).
    var caaMethod: String { get }
    /// What a challenge object shows beside the members that all have (RFC 8555 §7.1.5).
    func members(of challenge: ShownChallenge) -> CairnJSONObject
    /// What a response must say where it has to say something: in the ACME draft of March 2017.
    func response(to challenge: ShownChallenge, _ keyAuthorization: KeyAuthorization) -> ExpectedResponse
}

extension ChallengeKind {
    /// Names without `*.`, and addresses.
    package func fits(_ identifier: ACMEIdentifier) -> Bool { !identifier.isWildcard }
    package var showsControlOfZone: Bool { false }
    package var isDecidedByHand: Bool { false }
    package var hasToken: Bool { true }
    package var isMetInAdvance: Bool { false }
    package var isInDraft2017: Bool { false }
    package var caaMethod: String { type.rawValue }

    package func members(of challenge: ShownChallenge) -> CairnJSONObject {
        hasToken ? ["token": .string(challenge.token)] : [:]
    }

    /// The key authorization ("Key Authorizations").
    package func response(to challenge: ShownChallenge, _ keyAuthorization: KeyAuthorization) -> ExpectedResponse {
        ExpectedResponse(
            member: "keyAuthorization", value: keyAuthorization.text,
            words: ", the token and the thumbprint of the account's key,", section: "RFC 8555 §7.5.1",
            otherwise: .unauthorized)
    }
}

/// What there is of a challenge for its kind to show.
package struct ShownChallenge: Sendable {
    package let token: String
    /// The URL of the page where a human decides it; `nil` if there is none.
    package let page: String?
    /// What a record that stays must say; `nil` where the kind is not met in advance.
    package let persist: PersistTerms?

    package init(token: String, page: String? = nil, persist: PersistTerms? = nil) {
        (self.token, self.page, self.persist) = (token, page, persist)
    }
}

/// The member that a response to a challenge must have.
package struct ExpectedResponse: Sendable {
    package let member: String
    package let value: String
    /// What the value is, to follow it in a sentence.
    package let words: String
    package let section: String
    /// The problem of another value.
    package let otherwise: ACMEProblemType

    package init(member: String, value: String, words: String = ",", section: String, otherwise: ACMEProblemType) {
        (self.member, self.value, self.words) = (member, value, words)
        (self.section, self.otherwise) = (section, otherwise)
    }
}

/// The kinds of challenges that a CA knows.
package struct ChallengeKinds: Sendable {
    package let all: [any ChallengeKind]
    package let types: [ACMEChallengeType]

    package init(_ all: [any ChallengeKind]) { (self.all, types) = (all, all.map(\.type)) }

    /// The kind of a type.
    ///
    /// One that is not known can be offered like any other, to see what clients make of it.
    package subscript(type: ACMEChallengeType) -> any ChallengeKind {
        // By place: an element that goes to a closure is copied.
        for place in types.indices where types[place] == type { return all[place] }
        return UnknownChallenge(type: type)
    }

    /// Those of `types` that can show control of an identifier.
    package func types(among types: [ACMEChallengeType], fitting identifier: ACMEIdentifier) -> [ACMEChallengeType] {
        types.filter { self[$0].fits(identifier) }
    }

    /// The types of which something is true.
    package func types(where isWanted: (any ChallengeKind) -> Bool) -> [ACMEChallengeType] {
        all.filter(isWanted).map(\.type)
    }
}

/// A kind that this CA cannot validate.
private struct UnknownChallenge: ChallengeKind {
    let type: ACMEChallengeType
}

/// The token of a challenge bound to the key of an account (RFC 8555 §8.1).
package struct KeyAuthorization: Hashable, Sendable, CustomStringConvertible {
    /// The token, a period and the thumbprint: what `http-01` serves.
    package let text: String

    package init(token: String, key: PublicKey) {
        self.init(token: token, thumbprint: key.thumbprint)
    }

    package init(token: String, thumbprint: String) {
        text = "\(token).\(thumbprint)"
    }

    /// One that was made elsewhere.
    package init(text: String) {
        self.text = text
    }

    /// The SHA-256 digest of the text: what `tls-alpn-01` puts into the certificate (RFC 8737 §3).
    package var digest: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// The digest in base64url: what `dns-01` puts into the TXT record (RFC 8555 §8.4).
    package var txtValue: String { Base64URL.encode(digest) }

    package var description: String { text }
}
