/// The two numbers of an RSA public key (RFC 8017 §3.1): big-endian, without zeros in front.
package struct RSANumbers: Sendable {
    /// The sizes of moduli, in bits, that anything here computes with.
    package static let supportedBits = 2048...8192

    package let modulus: [UInt8]
    package let exponent: [UInt8]

    package init(modulus: some Sequence<UInt8>, exponent: some Sequence<UInt8>) {
        self.modulus = Array(modulus.drop { $0 == 0 })
        self.exponent = Array(exponent.drop { $0 == 0 })
    }

    /// The size of the key.
    package var bits: Int { Self.bitCount(modulus) }

    package var exponentBits: Int { Self.bitCount(exponent) }

    /// The exponent, if 64 bits hold it.
    package var exponentValue: UInt64? {
        exponent.count <= 8 ? exponent.reduce(0) { $0 << 8 | UInt64($1) } : nil
    }

    /// Whether the exponent is odd and more than 2^16 (FIPS 186-5 §5.1), and less than 2^33, where BoringSSL stops: far
    /// beyond what anyone uses.
    package var hasUsableExponent: Bool {
        guard exponentBits <= 33, let value = exponentValue else { return false }
        return value >= 65_537 && value % 2 == 1
    }

    private static func bitCount(_ number: [UInt8]) -> Int {
        number.count * 8 - (number.first?.leadingZeroBitCount ?? 0)
    }
}
