import Crypto
import _CryptoExtras

extension PublicKey {
    /// Reads a JSON Web Key (RFC 7517).
    ///
    /// Members that do not make up the key (`use`, `kid`, `alg`, `key_ops`, …) are ignored, as RFC 7517 §4 says; members
    /// of a private key are not.
    /// - Throws: `badPublicKey`, naming the member, what was expected of it and what came.
    package init(jwk: CairnJSON) throws(ACMEProblem) {
        guard let members = jwk.object else {
            throw .badKey("expected a JSON Web Key, an object, got \(jwk.kind) (RFC 7517 §4)")
        }
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] where members[name] != nil {
            throw .badKey("\(name): expected a public key, got a member of a private or secret key (RFC 7518 §6)")
        }
        let kty = try members.keyText("kty", "RFC 7517 §4.1")
        if kty.isSame(as: "EC") {
            try self.init(ellipticCurve: members)
        } else if kty.isSame(as: "RSA") {
            try self.init(rsa: members)
        } else if kty.isSame(as: "OKP") {
            try self.init(octetKeyPair: members)
        } else {
            throw .badKey("kty: expected \"EC\", \"RSA\" or \"OKP\", got \(kty.quoted) (RFC 7518 §6.1)")
        }
    }

    private init(ellipticCurve members: CairnJSONObject) throws(ACMEProblem) {
        let crv = try members.keyText("crv", "RFC 7518 §6.2.1.1")
        guard let curve = EllipticCurve.allCases.first(where: { $0.rawValue.isSame(as: crv) }) else {
            throw .badKey("crv: expected \"P-256\", \"P-384\" or \"P-521\", got \(crv.quoted) (RFC 7518 §6.2.1.1)")
        }
        let x = try members.coordinate("x", of: curve, "RFC 7518 §6.2.1.2")
        let y = try members.coordinate("y", of: curve, "RFC 7518 §6.2.1.3")
        guard let verifier = curve.verifier(x + y) else {
            throw .badKey("x, y: expected a point on \(crv), got coordinates of none (RFC 7518 §6.2.1)")
        }
        self.init(
            jwk: [
                "crv": .string(curve.rawValue), "kty": "EC", "x": .string(Base64URL.encode(x)),
                "y": .string(Base64URL.encode(y)),
            ],
            subjectPublicKeyInfo: curve.subjectPublicKeyInfoPrefix + x + y, verifier: verifier)
    }

    private init(rsa members: CairnJSONObject) throws(ACMEProblem) {
        let n = try members.number("n", "RFC 7518 §6.3.1.1")
        let e = try members.number("e", "RFC 7518 §6.3.1.2")
        let numbers = RSANumbers(modulus: n, exponent: e)
        guard RSANumbers.supportedBits.contains(numbers.bits) else {
            throw .badKey("n: expected a modulus of 2048 to 8192 bits, got \(numbers.bits) (RFC 7518 §3.3)")
        }
        guard n.last.map({ $0 & 1 == 1 }) == true else {
            throw .badKey("n: expected the product of two odd primes, got an even number (RFC 8017 §3.1)")
        }
        guard numbers.hasUsableExponent else {
            let actual = numbers.exponentValue.map(String.init) ?? "a number of \(e.count) octets"
            throw .badKey("e: expected an odd number from 65537 to 2^33, got \(actual) (FIPS 186-5 §5.1)")
        }
        guard let key = try? _RSA.Signing.PublicKey(n: n, e: e) else {
            throw .badKey("n, e: expected an RSA public key, got numbers that make none (RFC 8017 §3.1)")
        }
        self.init(
            jwk: ["e": .string(Base64URL.encode(e)), "kty": "RSA", "n": .string(Base64URL.encode(n))],
            subjectPublicKeyInfo: Array(key.derRepresentation), verifier: .rsa(key))
    }

    private init(octetKeyPair members: CairnJSONObject) throws(ACMEProblem) {
        let crv = try members.keyText("crv", "RFC 8037 §2")
        guard crv.isSame(as: "Ed25519") else {
            throw .badKey("crv: expected \"Ed25519\", got \(crv.quoted) (RFC 8555 §6.2)")
        }
        let x = try members.keyBytes("x", "RFC 8037 §2")
        guard x.count == 32 else {
            throw .badKey("x: expected 32 bytes for Ed25519, got \(x.count) (RFC 8032 §5.1.5)")
        }
        if let flaw = Ed25519Encoding.flaw(in: x) { throw .badKey("x: \(flaw)") }
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x) else {
            throw .badKey("x: expected an Ed25519 public key (RFC 8032 §5.1.5)")
        }
        self.init(
            jwk: ["crv": "Ed25519", "kty": "OKP", "x": .string(Base64URL.encode(x))],
            subjectPublicKeyInfo: Ed25519Encoding.subjectPublicKeyInfoPrefix + x, verifier: .ed25519(key))
    }
}

extension ACMEProblem {
    fileprivate static func badKey(_ detail: String) -> ACMEProblem { ACMEProblem(.badPublicKey, detail) }
}

extension CairnJSONObject {
    fileprivate func keyText(_ name: String, _ section: String) throws(ACMEProblem) -> String {
        guard let text = self[name]?.string else {
            throw .badKey("\(name): expected a string, got \(self[name]?.kind ?? "nothing") (\(section))")
        }
        return text
    }

    fileprivate func keyBytes(_ name: String, _ section: String) throws(ACMEProblem) -> [UInt8] {
        let text = try keyText(name, section)
        do throws(Base64URLError) {
            return try Base64URL.decode(text)
        } catch {
            throw .badKey("\(name): \(error)")
        }
    }

    /// A coordinate, which has the full length of the field even where it begins with zeros.
    fileprivate func coordinate(
        _ name: String, of curve: EllipticCurve, _ section: String
    ) throws(ACMEProblem) -> [UInt8] {
        let bytes = try keyBytes(name, section)
        guard bytes.count == curve.coordinateLength else {
            let hint = bytes.count < curve.coordinateLength ? "; leading zero bytes belong to it" : ""
            throw .badKey(
                "\(name): expected \(curve.coordinateLength) bytes for \(curve.rawValue), got \(bytes.count) (\(section))\(hint)"
            )
        }
        return bytes
    }

    /// A Base64urlUInt (RFC 7518 §2): big-endian, in the fewest octets.
    fileprivate func number(_ name: String, _ section: String) throws(ACMEProblem) -> [UInt8] {
        let bytes = try keyBytes(name, section)
        guard let first = bytes.first else { throw .badKey("\(name): expected a number, got no octets (\(section))") }
        guard first != 0 else {
            throw .badKey("\(name): expected a number in the fewest octets, got a leading zero octet (\(section))")
        }
        return bytes
    }
}
