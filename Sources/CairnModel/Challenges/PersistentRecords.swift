import Crypto

/// Options for `dns-persist-01`, which validates by a long-lived TXT record (draft-ietf-acme-dns-persist).
///
/// ```swift
/// ca.policy.challengeTypes.append(.dnsPersist01)
/// ca.policy.persist.form = .draft02
/// ```
public struct CairnPersistPolicy: Hashable, Sendable {
    /// The version of the draft that challenges and records follow.
    ///
    /// Default: ``CairnPersistForm/draft01``.
    public var form = CairnPersistForm.draft01
    /// The names of the CA that a record may begin with, in lower case without a trailing dot: 1 to 10 (§3.1).
    ///
    /// Default: `nil`, which uses ``CairnCAAPolicy/identities``, or `cairn.test` if there are none.
    public var issuerDomainNames: [String]?
    /// The prefix of the URI by which a record names an account.
    ///
    /// In ``CairnPersistForm/draft01`` the account id follows it, the challenge shows the URI as `accounturi`, and the
    /// account URL is accepted too. In ``CairnPersistForm/draft02`` it is the directory's `accountHashPrefix`.
    /// ``CairnPersistForm/draft00`` has none. Default: `nil`, the account URL; with draft 02, `/account-hash/` at the
    /// CA.
    public var accountURIPrefix: String?
    /// Whether a record with `policy=wildcard` covers all names below its own (§6).
    ///
    /// The CA then looks at the name itself and at its parents of at least two labels, the nearest first. Default:
    /// `false`.
    public var coversSubdomains = false
    /// When records are checked as soon as an authorization is created, which makes it valid from the start (§4.4).
    ///
    /// Not supported with an external resolver, whose answers take time. Default: ``CairnJustInTime/never``.
    public var justInTime = CairnJustInTime.never

    /// Creates the default policy.
    public init() {}
}

/// A version of draft-ietf-acme-dns-persist.
///
/// | | 00 | 01 | 02 |
/// |---|---|---|---|
/// | the challenge has | `issuer-domain-names` | that and `accounturi` | `issuerDomainNames` |
/// | the directory has | | | `issuerDomainNames`, `accountHashPrefix` |
/// | the account is named by | its URL | its URL, or what the challenge shows | a hash of domain, key and URL |
/// | an authorization is used for further orders | as long as the TTL of the record | as long | without regard to the TTL |
/// | `persistUntil` ends | new validations | new validations | the authorization too |
public enum CairnPersistForm: String, CaseIterable, Hashable, Sendable {
    /// The version of November 2025, which clients and Pebble implement.
    case draft00
    /// The version of March 2026.
    case draft01
    /// The version of September 2026.
    case draft02
}

/// Which accounts' persistent records are checked before a challenge is answered (draft-ietf-acme-dns-persist §4.4).
public enum CairnJustInTime: String, CaseIterable, Hashable, Sendable {
    /// No account's.
    case never
    /// Those of accounts that have fulfilled a challenge with such a record before, as the draft recommends.
    case known
    /// Every account's.
    case always
}

/// What a persistent record must say for an account to meet a challenge.
package struct PersistTerms: Hashable, Sendable {
    package let form: CairnPersistForm
    package let issuerDomainNames: [String]
    package let coversSubdomains: Bool
    private let accountURL: String
    private let prefix: String?
    /// Of its keys, the present one first.
    private let thumbprints: [String]

    /// - Parameters:
    ///   - identities: the names of the CA in CAA records.
    ///   - accountURL: the URL of the account, as its owner knows it.
    ///   - thumbprints: those of all keys that the account has had, the present one first.
    package init(_ policy: CairnPersistPolicy, identities: [String], accountURL: String, thumbprints: [String]) {
        (form, coversSubdomains) = (policy.form, policy.coversSubdomains)
        issuerDomainNames = policy.names(identities)
        (self.accountURL, self.thumbprints) = (accountURL, thumbprints)
        prefix = policy.accountURIPrefix
    }

    /// What a challenge shows (§3.1).
    package var members: CairnJSONObject {
        let names = CairnJSON.array(issuerDomainNames.map(CairnJSON.string))
        switch form {
        case .draft00: return ["issuer-domain-names": names]
        case .draft01: return ["accounturi": .string(alternativeURI ?? accountURL), "issuer-domain-names": names]
        case .draft02: return ["issuerDomainNames": names]
        }
    }

    /// The URIs by which a record at a name can name the account; the first is what a client is expected to write (§4.1).
    package func accountURIs(at name: String) -> [String] {
        switch form {
        case .draft00: [accountURL]
        case .draft01: (alternativeURI.map { [$0] } ?? []) + [accountURL]
        case .draft02:
            thumbprints.flatMap { thumbprint in
                [name, "*"].map { hashPrefix + "sha-256/" + Self.hash(of: $0, thumbprint, accountURL) }
            }
        }
    }

    private var alternativeURI: String? {
        prefix.map { $0 + String(accountURL.split(separator: "/").last ?? "") }
    }

    private var hashPrefix: String { prefix ?? Self.hashPrefix(forAccountAt: accountURL) }

    /// What is wrong with an `accounturi` whoever it names; `nil` if nothing is (§9.3.1).
    package func flaw(ofAccountURI uri: String) -> String? {
        guard form == .draft02 else { return nil }
        let beginning = hashPrefix + "sha-256/"
        guard uri.begins(with: beginning) else {
            return "expected a hashed URI that begins with \(beginning.quoted), got \(uri.quoted)"
        }
        let hash = uri.unicodeScalars.dropFirst(beginning.unicodeScalars.count)
        guard (try? Base64URL.decode(String(hash)))?.count == 32 else {
            return "expected 32 octets in base64url after \(beginning.quoted), got \(String(hash).quoted)"
        }
        return nil
    }

    /// Where the hashed URIs of a CA begin unless it says otherwise: beside its accounts.
    package static func hashPrefix(forAccountAt url: String) -> String {
        let parts = url.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(2).joined(separator: "/") + "/account-hash/"
    }

    /// The SHA-256 digest in base64url of a domain with its length before it, a thumbprint, and the URL of an account (§4.1).
    package static func hash(of domain: String, _ thumbprint: String, _ accountURL: String) -> String {
        let name = Array(domain.utf8)
        let octets = [UInt8(clamping: name.count)] + name + Array(thumbprint.utf8) + Array(accountURL.utf8)
        return Base64URL.encode(Array(SHA256.hash(data: octets)))
    }
}

extension CairnPersistPolicy {
    /// The names that a record can begin with.
    ///
    /// - Parameter identities: the names of the CA in CAA records.
    package func names(_ identities: [String]) -> [String] {
        let names = issuerDomainNames ?? identities.prefix(10).map(\.lowercasedASCII)
        return names.isEmpty ? ["cairn.test"] : names
    }
}

/// What follows from how a challenge was met, for the time in which that counts.
package struct ProofLimits: Hashable, Sendable {
    /// How long the authorization can be given to further orders; `nil` for as long as it is valid.
    package var reuse: Duration?
    /// When the authorization ends at the latest.
    package var end: CairnInstant?

    package init(reuse: Duration? = nil, end: CairnInstant? = nil) { (self.reuse, self.end) = (reuse, end) }
}
