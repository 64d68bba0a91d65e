import CairnModel
import SwiftASN1
import X509

// What a profile says of the purposes of a key.

extension CairnCertificateProfile {
    /// Throws if it names a purpose or a policy that has no number.
    func checkUsage() throws(CairnAuthorityError) {
        if let purpose = purposes.first(where: { $0.number == nil }) {
            throw CairnAuthorityError(
                "the profile \(name.quoted): expected a purpose such as \"serverAuth\" or a number such as "
                    + "\"1.3.6.1.5.5.7.3.1\", got \(purpose.rawValue.quoted) (RFC 5280 §4.2.1.12)")
        }
        if let policy = policies.first(where: { !Self.isPolicy($0) }) {
            throw CairnAuthorityError(
                "the profile \(name.quoted): expected the number of a policy such as \"2.23.140.1.2.1\", got "
                    + "\(policy.quoted) (RFC 5280 §4.2.1.4)")
        }
        guard Set(purposes.map(\.number)).count == purposes.count, Set(policies).count == policies.count else {
            throw CairnAuthorityError(
                "the profile \(name.quoted) names a purpose or a policy twice (RFC 5280 §4.2.1.4, §4.2.1.12)")
        }
    }
}

extension CairnCertificateProfile {
    /// Whether a text is the number of a policy.
    package static func isPolicy(_ text: String) -> Bool { ASN1ObjectIdentifier(number: text) != nil }
}

/// A bit of the extension keyUsage (RFC 5280 §4.2.1.3).
public enum CairnKeyUsage: String, CaseIterable, Hashable, Sendable {
    /// Signatures for authentication, as by TLS servers.
    case digitalSignature
    /// Non-repudiation.
    case nonRepudiation
    /// Key transport, as RSA in TLS 1.2.
    case keyEncipherment
    /// Encrypting data other than keys.
    case dataEncipherment
    /// Key agreement, such as Diffie-Hellman.
    case keyAgreement
    /// Signing certificates.
    case keyCertSign
    /// Signing revocation lists.
    case cRLSign
    /// With ``keyAgreement``: only encrypting.
    case encipherOnly
    /// With ``keyAgreement``: only decrypting.
    case decipherOnly
}

/// A purpose in the extension extKeyUsage (RFC 5280 §4.2.1.12).
///
/// Open: other purposes are OIDs, such as `1.3.6.1.5.5.7.3.17`.
public struct CairnKeyPurpose: RawRepresentable, Hashable, Sendable {
    /// The name in the RFC, or an OID.
    public let rawValue: String

    /// Creates a purpose from any text, which is checked when a CA is started with it.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A TLS server.
    public static let serverAuth = CairnKeyPurpose(rawValue: "serverAuth")
    /// A TLS client.
    public static let clientAuth = CairnKeyPurpose(rawValue: "clientAuth")

    /// The number; `nil` if the text is no purpose.
    var number: ASN1ObjectIdentifier? {
        Self.numbers[rawValue] ?? ASN1ObjectIdentifier(number: rawValue)
    }

    /// Whether the text is a purpose.
    package var isPurpose: Bool { number != nil }

    private static let numbers = Dictionary(
        uniqueKeysWithValues: RequestedUsage.purposes.map { ($0.value, $0.key) }
            + [(serverAuth.rawValue, .ExtendedKeyUsage.serverAuth)])

    /// Those that have a name, in alphabetical order.
    package static let named = numbers.keys.sorted().map(CairnKeyPurpose.init)
}

extension ASN1ObjectIdentifier {
    /// The number that a text is: two parts at least, as DER can have them (X.690 §8.19).
    init?(number text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { part -> UInt? in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt(part) : nil
        }
        let numbers = parts.compactMap(\.self)
        guard numbers.count == parts.count, numbers.count >= 2, numbers[0] <= 2,
            numbers[0] == 2 ? numbers[1] < 1 << 32 : numbers[1] < 40
        else { return nil }
        guard let number = try? ASN1ObjectIdentifier(elements: numbers) else { return nil }
        self = number
    }
}
