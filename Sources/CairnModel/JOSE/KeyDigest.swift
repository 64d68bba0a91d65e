import Crypto

/// The SHA-256 digest of a public key's SubjectPublicKeyInfo in DER: what lists of keys are made of.
///
/// ```swift
/// ca.policy.keys.blocked.insert(KeyDigest(subjectPublicKeyInfo: der))
/// ```
public struct CairnKeyDigest: Hashable, Sendable, CustomStringConvertible {
    private let bytes: [UInt8]

    /// The digest of a key.
    ///
    /// - Parameter der: the whole SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    public init(subjectPublicKeyInfo der: some Sequence<UInt8>) {
        bytes = Array(SHA256.hash(data: Array(der)))
    }

    /// Reads 64 hexadecimal digits; `nil` if the text is anything else.
    public init?(hexadecimal text: String) {
        let digits = text.utf8.compactMap { UInt8(exactly: Character(Unicode.Scalar($0)).hexDigitValue ?? 256) }
        guard text.utf8.count == 64, digits.count == 64 else { return nil }
        bytes = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// 64 hexadecimal digits in lower case.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
