import Crypto

/// The curves of RFC 7518 §6.2.1.1, by their name in `crv`.
enum EllipticCurve: String, CaseIterable {
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"

    /// How many bytes a coordinate has.
    var coordinateLength: Int {
        switch self {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        }
    }

    /// The parsed key, if `point`, both coordinates side by side, is on the curve.
    func verifier(_ point: [UInt8]) -> PublicKey.Verifier? {
        switch self {
        case .p256: (try? P256.Signing.PublicKey(rawRepresentation: point)).map { .p256($0) }
        case .p384: (try? P384.Signing.PublicKey(rawRepresentation: point)).map { .p384($0) }
        case .p521: (try? P521.Signing.PublicKey(rawRepresentation: point)).map { .p521($0) }
        }
    }

    /// The DER of SubjectPublicKeyInfo up to the coordinates (RFC 5480 §2): id-ecPublicKey, the curve, and a BIT STRING
    /// that holds an uncompressed point.
    var subjectPublicKeyInfoPrefix: [UInt8] {
        switch self {
        case .p256:
            [
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
            ]
        case .p384:
            [
                0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
            ]
        case .p521:
            [
                0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23, 0x03, 0x81, 0x86, 0x00, 0x04,
            ]
        }
    }
}

/// The 32 bytes of an Ed25519 public key: y in little-endian order, and the sign of x in the top bit (RFC 8032 §5.1.2).
///
/// BoringSSL takes any 32 bytes. A key of small order must not be taken: one signature of such a key is valid for every
/// message. That the other keys are on the curve is not checked here, because no signature verifies with one that is not.
package enum Ed25519Encoding {
    /// Why the 32 bytes of `key` cannot be a public key, or `nil`.
    ///
    /// - Parameter key: exactly 32 bytes.
    package static func flaw(in key: [UInt8]) -> String? {
        var y = key
        y[31] &= 0x7f
        // p = 2^255 - 19: only its own 19 neighbours have the upper 31 bytes full.
        if y[31] == 0x7f, y[1..<31].allSatisfy({ $0 == 0xff }), y[0] >= 0xed {
            return "expected y below 2^255 - 19, got an encoding that is not canonical (RFC 8032 §5.1.3)"
        }
        if smallOrder.contains(y) {
            return "expected a key of large order, got one of small order, for which anyone can sign (RFC 8032 §5.1.5)"
        }
        return nil
    }

    /// The y of every point whose order divides 8.
    ///
    /// With both signs of x these are the eight points and two encodings of "x = -0", which are not canonical.
    static let smallOrder: [[UInt8]] = [
        // Order 1: y = 1.
        [1] + Array(repeating: 0, count: 31),
        // Order 2: y = -1.
        [0xec] + Array(repeating: 0xff, count: 30) + [0x7f],
        // Order 4: y = 0.
        Array(repeating: 0, count: 32),
        // Order 8, and the negative of it.
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]

    /// The DER of SubjectPublicKeyInfo up to the 32 bytes (RFC 8410 §4).
    static let subjectPublicKeyInfoPrefix: [UInt8] = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]
}

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

/// The signs of an RSA key whose primes are not what they should be.
extension RSANumbers {
    /// The smallest prime below 752 that divides the modulus.
    ///
    /// The same primes are tried by Boulder, and NIST SP 800-89 §5.3.3 asks for them.
    package var smallFactor: UInt64? {
        for batch in Self.smallPrimes {
            let rest = remainder(dividingBy: batch.product)
            if let prime = batch.primes.first(where: { rest % $0 == 0 }) { return prime }
        }
        return nil
    }

    /// Whether the modulus looks as if the library with the flaw CVE-2017-15361 ("ROCA") had made it.
    ///
    /// The primes of that library are powers of 65537 modulo each small prime, and so are the moduli. Among sound keys,
    /// one in more than a hundred million looks the same.
    package var hasROCAFingerprint: Bool {
        Self.tellingPrimes.allSatisfy { prime in
            let rest = remainder(dividingBy: prime)
            var power: UInt64 = 1
            repeat {
                if power == rest { return true }
                power = power * 65_537 % prime
            } while power != 1
            return false
        }
    }

    /// The primes for which the powers of 65537 are few.
    private static let tellingPrimes: [UInt64] = [
        11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
    ]

    /// Primes whose product fits 64 bits, so that one long division serves for all of them.
    private struct Batch: Sendable {
        var product: UInt64 = 1
        var primes: [UInt64] = []
    }

    private static let smallPrimes: [Batch] = {
        var (batches, batch) = ([Batch](), Batch())
        for number in 2...751 as ClosedRange<UInt64> where !(2..<number).contains(where: { number % $0 == 0 }) {
            let (product, isTooBig) = batch.product.multipliedReportingOverflow(by: number)
            if isTooBig {
                batches.append(batch)
                batch = Batch(product: number, primes: [number])
            } else {
                batch.product = product
                batch.primes.append(number)
            }
        }
        return batches + [batch]
    }()

    private func remainder(dividingBy divisor: UInt64) -> UInt64 {
        var rest: UInt64 = 0
        var digits = modulus[...]
        let first = digits.count % 8
        rest = digits.prefix(first).reduce(0) { $0 << 8 | UInt64($1) } % divisor
        digits = digits.dropFirst(first)
        while !digits.isEmpty {
            let word = digits.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            rest = divisor.dividingFullWidth((high: rest, low: word)).remainder
            digits = digits.dropFirst(8)
        }
        return rest
    }
}
