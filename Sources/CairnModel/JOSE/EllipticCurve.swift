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
