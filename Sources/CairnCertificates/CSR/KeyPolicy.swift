import CairnModel
import SwiftASN1

/// Which keys are certified and which signatures are believed.
///
/// The keys of the baseline requirements of the CA/Browser Forum (§6.1.5) and Ed25519; anything else is refused by name.
enum KeyPolicy {
    private static let acceptedKeys = "expected P-256, P-384, P-521, RSA with 2048 to 8192 bits, or Ed25519"

    /// Throws what is wrong with the key or the algorithms of a request, and returns the numbers of an RSA key.
    static func enforce(on anatomy: RequestAnatomy) throws(CSRRefusal) -> RSANumbers? {
        var numbers: RSANumbers?
        switch anatomy.keyAlgorithm.identifier {
        case .rsaEncryption: numbers = try checkRSA(anatomy.key)
        case .ecPublicKey:
            try checkCurve(anatomy.keyAlgorithm.parameters)
            try checkPoint(anatomy.key)
        case .ed25519: try checkEd25519(anatomy.key)
        case let other:
            throw CSRRefusal(
                "the CSR's key is \(other.explained); \(acceptedKeys) (RFC 5280 §4.1.2.7)", cause: .keyOfCSR)
        }
        switch anatomy.signatureAlgorithm.identifier {
        case .sha256WithRSAEncryption, .sha384WithRSAEncryption, .sha512WithRSAEncryption, .ecdsaWithSHA256,
            .ecdsaWithSHA384, .ecdsaWithSHA512, .ed25519:
            break
        case let other:
            throw CSRRefusal(
                "the CSR is signed with \(other.explained); expected SHA-256, SHA-384 or SHA-512 with ECDSA or RSA "
                    + "(PKCS #1 v1.5), or Ed25519 (RFC 2986 §4.2)",
                cause: .signatureOfCSR)
        }
        return numbers
    }

    private static func checkCurve(_ parameters: ASN1Node?) throws(CSRRefusal) {
        guard let parameters, parameters.identifier == .objectIdentifier,
            let curve = try? ASN1ObjectIdentifier(derEncoded: parameters)
        else {
            throw CSRRefusal(
                "the CSR's key does not name its curve, \(acceptedKeys) with the curve named (RFC 5480 §2.1.1)",
                cause: .keyOfCSR)
        }
        switch curve {
        case .secp256r1, .secp384r1, .secp521r1: break
        default:
            throw CSRRefusal(
                "the CSR's key is on the curve \(curve.explained); \(acceptedKeys) (RFC 5480 §2.1.1)", cause: .keyOfCSR)
        }
    }

    /// The first octet of a point says in which form the others are.
    private static func checkPoint(_ key: ArraySlice<UInt8>) throws(CSRRefusal) {
        let form: String
        switch key.first {
        case 4: return
        case 2, 3: form = "a compressed one"
        case 6, 7: form = "a hybrid one"
        case let first?: form = "one that begins with the octet \([first].hexadecimal)"
        case nil: form = "none"
        }
        throw CSRRefusal(
            "the CSR's key is a point on a curve: expected an uncompressed one, which begins with the octet 04, got \(form) "
                + "(RFC 5480 §2.2)", cause: .keyOfCSR)
    }

    private static func checkRSA(_ key: ArraySlice<UInt8>) throws(CSRRefusal) -> RSANumbers {
        let numbers: RSANumbers
        do {
            numbers = try DER.sequence(try DER.parse(key), identifier: .sequence) { nodes in
                RSANumbers(
                    modulus: try ArraySlice(derEncoded: &nodes), exponent: try ArraySlice(derEncoded: &nodes))
            }
        } catch {
            throw CSRRefusal(
                "the CSR's RSA key is not a modulus and an exponent (RFC 8017 appendix A.1.1)",
                cause: .keyOfCSR)
        }
        guard RSANumbers.supportedBits.contains(numbers.bits) else {
            throw CSRRefusal(
                "the CSR's RSA key has \(numbers.bits) bits, expected 2048 to 8192 "
                    + "(CA/Browser Forum baseline requirements §6.1.5)", cause: .keyOfCSR)
        }
        guard numbers.hasUsableExponent else {
            let actual = numbers.exponentValue.map(String.init) ?? "of \(numbers.exponentBits) bits"
            throw CSRRefusal(
                "the CSR's RSA key has the exponent \(actual), expected an odd number from 65537, and of 33 bits at most "
                    + "(CA/Browser Forum baseline requirements §6.1.6)", cause: .keyOfCSR)
        }
        return numbers
    }

    private static func checkEd25519(_ key: ArraySlice<UInt8>) throws(CSRRefusal) {
        guard key.count == 32 else {
            throw CSRRefusal(
                "the CSR's Ed25519 key has \(key.count) bytes, expected 32 (RFC 8410 §4)", cause: .keyOfCSR)
        }
        if let flaw = Ed25519Encoding.flaw(in: Array(key)) {
            throw CSRRefusal("the CSR's Ed25519 key: \(flaw)", cause: .keyOfCSR)
        }
    }
}
