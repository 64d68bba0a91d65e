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
