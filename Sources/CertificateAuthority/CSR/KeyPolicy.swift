import ACME
import SwiftASN1

/// Which keys are certified and which signatures are believed.
///
/// The keys of the baseline requirements of the CA/Browser Forum (§6.1.5) and Ed25519; anything else is refused by name.
enum KeyPolicy {
    private static let acceptedKeys = "expected P-256, P-384, P-521, RSA with 2048 to 8192 bits, or Ed25519"

    static func check(_ anatomy: RequestAnatomy) throws(CSRRefusal) {
        switch anatomy.keyAlgorithm.identifier {
        case .rsaEncryption: try checkRSA(anatomy.key)
        case .ecPublicKey: try checkCurve(anatomy.keyAlgorithm.parameters)
        case .ed25519: try checkEd25519(anatomy.key)
        case let other: throw CSRRefusal("the CSR's key is \(other.explained); \(acceptedKeys) (RFC 5280 §4.1.2.7)")
        }
        switch anatomy.signatureAlgorithm.identifier {
        case .sha256WithRSAEncryption, .sha384WithRSAEncryption, .sha512WithRSAEncryption, .ecdsaWithSHA256,
            .ecdsaWithSHA384, .ecdsaWithSHA512, .ed25519:
            break
        case let other:
            throw CSRRefusal(
                "the CSR is signed with \(other.explained); expected SHA-256, SHA-384 or SHA-512 with ECDSA or RSA "
                    + "(PKCS #1 v1.5), or Ed25519 (RFC 2986 §4.2)")
        }
    }

    private static func checkCurve(_ parameters: ASN1Node?) throws(CSRRefusal) {
        guard let parameters, parameters.identifier == .objectIdentifier,
            let curve = try? ASN1ObjectIdentifier(derEncoded: parameters)
        else {
            throw CSRRefusal(
                "the CSR's key does not name its curve, \(acceptedKeys) with the curve named (RFC 5480 §2.1.1)")
        }
        switch curve {
        case .secp256r1, .secp384r1, .secp521r1: break
        default: throw CSRRefusal("the CSR's key is on the curve \(curve.explained); \(acceptedKeys) (RFC 5480 §2.1.1)")
        }
    }

    private static func checkRSA(_ key: ArraySlice<UInt8>) throws(CSRRefusal) {
        let modulus: ArraySlice<UInt8>
        let exponent: ArraySlice<UInt8>
        do {
            (modulus, exponent) = try DER.sequence(try DER.parse(key), identifier: .sequence) { nodes in
                (try ArraySlice(derEncoded: &nodes), try ArraySlice(derEncoded: &nodes))
            }
        } catch {
            throw CSRRefusal("the CSR's RSA key is not a modulus and an exponent (RFC 8017 appendix A.1.1)")
        }
        let size = bitCount(modulus)
        guard (2048...8192).contains(size) else {
            throw CSRRefusal(
                "the CSR's RSA key has \(size) bits, expected 2048 to 8192 "
                    + "(CA/Browser Forum baseline requirements §6.1.5)")
        }
        // 33 bits is the most that the cryptography library computes with.
        let exponentSize = bitCount(exponent)
        let value = exponentSize <= 64 ? exponent.reduce(0) { $0 << 8 | UInt64($1) } : nil
        guard exponentSize <= 33, let value, value >= 65_537, value % 2 == 1 else {
            throw CSRRefusal(
                "the CSR's RSA key has the exponent \(value.map(String.init) ?? "of \(exponentSize) bits"), expected an "
                    + "odd number from 65537, and of 33 bits at most (CA/Browser Forum baseline requirements §6.1.6)")
        }
    }

    private static func bitCount(_ number: ArraySlice<UInt8>) -> Int {
        let digits = number.drop { $0 == 0 }
        guard let first = digits.first else { return 0 }
        return 8 * digits.count - first.leadingZeroBitCount
    }

    private static func checkEd25519(_ key: ArraySlice<UInt8>) throws(CSRRefusal) {
        guard key.count == 32 else {
            throw CSRRefusal("the CSR's Ed25519 key has \(key.count) bytes, expected 32 (RFC 8410 §4)")
        }
        if let flaw = Ed25519Encoding.flaw(in: Array(key)) { throw CSRRefusal("the CSR's Ed25519 key: \(flaw)") }
    }
}
