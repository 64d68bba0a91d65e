import CairnModel
import Testing
import _CryptoExtras

@Suite("RSA keys that are weak", .timeLimit(.minutes(5)))
struct RSAWeaknessTests {
    /// The product of small numbers and a power of two, plus one number, as a modulus.
    private static func product(_ factors: [UInt64], shift: Int = 0) -> RSANumbers {
        var digits: [UInt8] = [1]
        for factor in factors + Array(repeating: 2, count: shift) {
            var carry: UInt64 = 0
            for index in digits.indices.reversed() {
                let value = UInt64(digits[index]) * factor + carry
                digits[index] = UInt8(truncatingIfNeeded: value)
                carry = value >> 8
            }
            while carry > 0 {
                digits.insert(UInt8(truncatingIfNeeded: carry), at: 0)
                carry >>= 8
            }
        }
        return RSANumbers(modulus: digits, exponent: [1, 0, 1])
    }

    @Test(
        "The smallest prime below 752 that divides the modulus is found",
        arguments: [2, 3, 5, 47, 53, 59, 739, 743, 751])
    func smallFactor(_ prime: UInt64) {
        // 757, 761 and 104729 are primes too large to be found.
        let factors = [prime, 757] + Array(repeating: 104_729 as UInt64, count: 120)
        #expect(Self.product(factors).smallFactor == prime)
        #expect(Self.product(factors + [751]).smallFactor == prime)
        #expect(Self.product(Array(factors.dropFirst()) + [761]).smallFactor == nil)
    }

    @Test("Every length of a modulus is read right", arguments: 1...20)
    func lengths(_ count: Int) {
        let factors = Array(repeating: 757 as UInt64, count: count)
        #expect(Self.product(factors).smallFactor == nil)
        #expect(Self.product(factors + [13]).smallFactor == 13)
    }

    @Test("The ROCA fingerprint is that of powers of 65537 for all the small primes (CVE-2017-15361)")
    func fingerprint() {
        #expect(Self.product([65_537]).hasROCAFingerprint)
        #expect(Self.product(Array(repeating: 65_537, count: 100)).hasROCAFingerprint)
        #expect(!Self.product([65_537, 3]).hasROCAFingerprint)
        #expect(!Self.product([65_537, 11]).hasROCAFingerprint)
        // Modulo 13 the powers of 65537 are 1, 3 and 4; 65539 leaves 6.
        #expect(!Self.product([65_539]).hasROCAFingerprint)
    }

    @Test("A sound key has neither")
    func sound() throws {
        let numbers = try #require(try TestKey.rsa.publicKey.rsaNumbers)
        #expect(numbers.bits == 2048)
        #expect(numbers.exponentValue == 65_537)
        #expect(numbers.smallFactor == nil)
        #expect(!numbers.hasROCAFingerprint)
        #expect(try TestKey.p256.publicKey.rsaNumbers == nil)
    }
}

@Suite("Digests of keys", .timeLimit(.minutes(5)))
struct KeyDigestTests {
    @Test("A digest is 64 hexadecimal digits, and is read back from them (FIPS 180-4)")
    func hexadecimal() throws {
        let digest = CairnKeyDigest(subjectPublicKeyInfo: Array("abc".utf8))
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect("\(digest)" == text)
        #expect(CairnKeyDigest(hexadecimal: text) == digest)
        #expect(CairnKeyDigest(hexadecimal: text.uppercased()) == digest)
    }

    @Test(
        "Anything else is no digest",
        arguments: ["", "ba78", String(repeating: "g", count: 64), String(repeating: "é", count: 32)])
    func bad(_ text: String) {
        #expect(CairnKeyDigest(hexadecimal: text) == nil)
    }
}
