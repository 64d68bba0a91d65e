import CairnModel
import Testing

@Suite("Public keys (RFC 7517, RFC 7518 §6, RFC 8037 §2)", .timeLimit(.minutes(5)))
struct PublicKeyTests {
    @Test("The SubjectPublicKeyInfo is that of a certificate", arguments: TestKey.all)
    func subjectPublicKeyInfo(key: TestKey) throws {
        #expect(try key.publicKey.subjectPublicKeyInfo == key.subjectPublicKeyInfo)
    }

    @Test("The canonical JWK makes the same key, whatever else the first one said", arguments: TestKey.all)
    func canonical(key: TestKey) throws {
        var jwk = try #require(key.jwk.object)
        jwk["use"] = "enc"
        jwk["kid"] = 7
        let read = try PublicKey(jwk: .object(jwk))
        #expect(read == (try key.publicKey))
        #expect(read.jwk["use"] == nil)
        #expect(try PublicKey(jwk: read.jwk) == read)
        let names = try #require(read.jwk.object?.names)
        #expect(names == names.sorted())
    }

    @Test("Different keys differ in everything that identifies them")
    func different() throws {
        let keys = try TestKey.all.map { try $0.publicKey } + [TestKey.p256(2).publicKey]
        #expect(Set(keys).count == 6)
        #expect(Set(keys.map(\.thumbprint)).count == 6)
    }

    /// A member to set in a good key (`nil` removes it), and the words of the refusal.
    struct Refusal: Sendable, CustomTestStringConvertible {
        var key: TestKey
        var member: String
        var value: CairnJSON?
        var detail: String

        init(_ key: TestKey, _ member: String, _ value: CairnJSON?, _ detail: String) {
            (self.key, self.member, self.value, self.detail) = (key, member, value, detail)
        }

        var testDescription: String { detail }
    }

    static func number(_ bytes: [UInt8]) -> CairnJSON { .string(Base64URL.encode(bytes)) }
    static func ones(_ count: Int) -> [UInt8] { Array(repeating: 0xff, count: count) }

    static let refusals: [Refusal] = [
        Refusal(.p256, "kty", nil, "kty: expected a string, got nothing (RFC 7517 §4.1)"),
        Refusal(.p256, "kty", 1, "kty: expected a string, got a number (RFC 7517 §4.1)"),
        Refusal(.p256, "kty", "oct", #"kty: expected "EC", "RSA" or "OKP", got "oct" (RFC 7518 §6.1)"#),
        Refusal(.p256, "kty", "ec", #"kty: expected "EC", "RSA" or "OKP", got "ec" (RFC 7518 §6.1)"#),
        Refusal(.p256, "crv", nil, "crv: expected a string, got nothing (RFC 7518 §6.2.1.1)"),
        Refusal(
            .p256, "crv", "secp256k1",
            #"crv: expected "P-256", "P-384" or "P-521", got "secp256k1" (RFC 7518 §6.2.1.1)"#),
        Refusal(.p256, "x", nil, "x: expected a string, got nothing (RFC 7518 §6.2.1.2)"),
        Refusal(.p256, "y", nil, "y: expected a string, got nothing (RFC 7518 §6.2.1.3)"),
        Refusal(
            .p256, "x", number(ones(31)),
            "x: expected 32 bytes for P-256, got 31 (RFC 7518 §6.2.1.2); leading zero bytes belong to it"),
        Refusal(.p256, "y", number(ones(33)), "y: expected 32 bytes for P-256, got 33 (RFC 7518 §6.2.1.3)"),
        Refusal(
            .p384, "x", number(ones(47)),
            "x: expected 48 bytes for P-384, got 47 (RFC 7518 §6.2.1.2); leading zero bytes belong to it"),
        Refusal(
            .p521, "x", number(ones(65)),
            "x: expected 66 bytes for P-521, got 65 (RFC 7518 §6.2.1.2); leading zero bytes belong to it"),
        Refusal(
            .p256, "x", "AA==",
            "x: expected base64url without padding, got '=' at byte 2 (RFC 8555 §6.1, RFC 7515 §2)"),
        Refusal(
            .p256, "x", number(Array(repeating: 1, count: 32)),
            "x, y: expected a point on P-256, got coordinates of none (RFC 7518 §6.2.1)"),
        Refusal(
            .p256, "y", number(ones(32)), "x, y: expected a point on P-256, got coordinates of none (RFC 7518 §6.2.1)"),
        Refusal(
            .p384, "x", number(Array(repeating: 1, count: 48)),
            "x, y: expected a point on P-384, got coordinates of none (RFC 7518 §6.2.1)"),
        Refusal(
            .p521, "x", number(ones(66)), "x, y: expected a point on P-521, got coordinates of none (RFC 7518 §6.2.1)"),
        Refusal(
            .p256, "d", "AA", "d: expected a public key, got a member of a private or secret key (RFC 7518 §6)"),
        Refusal(
            .rsa, "qi", "AA",
            "qi: expected a public key, got a member of a private or secret key (RFC 7518 §6)"),
        Refusal(.rsa, "n", nil, "n: expected a string, got nothing (RFC 7518 §6.3.1.1)"),
        Refusal(.rsa, "n", "", "n: expected a number, got no octets (RFC 7518 §6.3.1.1)"),
        Refusal(
            .rsa, "n", number([0] + ones(256)),
            "n: expected a number in the fewest octets, got a leading zero octet (RFC 7518 §6.3.1.1)"),
        Refusal(
            .rsa, "n", number([0x7f] + ones(255)),
            "n: expected a modulus of 2048 to 8192 bits, got 2047 (RFC 7518 §3.3)"),
        Refusal(
            .rsa, "n", number([1] + ones(1024)), "n: expected a modulus of 2048 to 8192 bits, got 8193 (RFC 7518 §3.3)"
        ),
        Refusal(
            .rsa, "n", number(ones(255) + [0xfe]),
            "n: expected the product of two odd primes, got an even number (RFC 8017 §3.1)"),
        Refusal(.rsa, "e", nil, "e: expected a string, got nothing (RFC 7518 §6.3.1.2)"),
        Refusal(.rsa, "e", number([3]), "e: expected an odd number from 65537 to 2^33, got 3 (FIPS 186-5 §5.1)"),
        Refusal(
            .rsa, "e", number([1, 0, 0]), "e: expected an odd number from 65537 to 2^33, got 65536 (FIPS 186-5 §5.1)"),
        Refusal(
            .rsa, "e", number([1, 0, 2]), "e: expected an odd number from 65537 to 2^33, got 65538 (FIPS 186-5 §5.1)"),
        Refusal(
            .rsa, "e", number([2, 0, 0, 0, 1]),
            "e: expected an odd number from 65537 to 2^33, got 8589934593 (FIPS 186-5 §5.1)"),
        Refusal(
            .rsa, "e", number(ones(9)),
            "e: expected an odd number from 65537 to 2^33, got a number of 9 octets (FIPS 186-5 §5.1)"),
        Refusal(
            .rsa, "e", number([0, 1, 0, 1]),
            "e: expected a number in the fewest octets, got a leading zero octet (RFC 7518 §6.3.1.2)"),
        Refusal(.ed25519, "crv", "Ed448", #"crv: expected "Ed25519", got "Ed448" (RFC 8555 §6.2)"#),
        Refusal(.ed25519, "crv", "X25519", #"crv: expected "Ed25519", got "X25519" (RFC 8555 §6.2)"#),
        Refusal(.ed25519, "x", number(ones(31)), "x: expected 32 bytes for Ed25519, got 31 (RFC 8032 §5.1.5)"),
        Refusal(
            .ed25519, "d", "AA", "d: expected a public key, got a member of a private or secret key (RFC 7518 §6)"),
    ]

    @Test("A key that cannot be used is refused with the member, the expectation and the section", arguments: refusals)
    func refusal(refusal: Refusal) throws {
        var jwk = try #require(refusal.key.jwk.object)
        jwk[refusal.member] = refusal.value
        #expect(throws: ACMEProblem(.badPublicKey, refusal.detail)) { try PublicKey(jwk: .object(jwk)) }
    }

    @Test("What is not an object is no key")
    func notAnObject() {
        #expect(throws: ACMEProblem(.badPublicKey, "expected a JSON Web Key, an object, got a string (RFC 7517 §4)")) {
            try PublicKey(jwk: "key")
        }
    }

    @Test("RSA keys of 2048 and 8192 bits and the largest exponent are taken")
    func limits() throws {
        for length in [256, 1024] {
            let n = Self.number(Self.ones(length))
            for e in [[1, 0, 1], [1, 0xff, 0xff, 0xff, 0xff]] as [[UInt8]] {
                let key = try PublicKey(jwk: ["kty": "RSA", "n": n, "e": Self.number(e)])
                #expect(key.signatureLength == length)
            }
        }
    }

    /// The y of each point of small order, in hexadecimal, little-endian.
    static let smallOrder = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]

    @Test("Ed25519 keys of small order are refused with either sign", arguments: smallOrder)
    func refusesSmallOrder(hexadecimal: String) throws {
        var x = stride(from: 0, to: 64, by: 2).compactMap { offset in
            let start = hexadecimal.index(hexadecimal.startIndex, offsetBy: offset)
            return UInt8(hexadecimal[start...].prefix(2), radix: 16)
        }
        for _ in 0..<2 {
            let jwk: CairnJSON = ["kty": "OKP", "crv": "Ed25519", "x": Self.number(x)]
            let problem = #expect(throws: ACMEProblem.self) { try PublicKey(jwk: jwk) }
            #expect(problem?.type == .badPublicKey)
            #expect(problem?.detail.contains("small order") == true)
            x[31] ^= 0x80
        }
    }

    @Test(
        "All nineteen encodings of y that are not canonical are refused, and the one below them is not for that reason")
    func notCanonical() throws {
        for low in UInt8(0xed)...0xff {
            for high in [0x7f, 0xff] as [UInt8] {
                let x = [low] + Self.ones(30) + [high]
                let jwk: CairnJSON = ["kty": "OKP", "crv": "Ed25519", "x": Self.number(x)]
                let problem = #expect(throws: ACMEProblem.self) { try PublicKey(jwk: jwk) }
                #expect(problem?.detail.contains("not canonical") == true)
            }
        }
        _ = try PublicKey(
            jwk: ["kty": "OKP", "crv": "Ed25519", "x": Self.number([0xeb] + Self.ones(30) + [0x7f])])
    }
}
