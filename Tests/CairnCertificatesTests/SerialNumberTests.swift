import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

@Suite("Serial numbers (RFC 5280 §4.1.2.2)", .timeLimit(.minutes(5)))
struct SerialNumberTests {
    private func authority(_ numbers: CairnSerialNumbers, seed: CairnSeed = 1) throws -> CertificateAuthority {
        try CertificateAuthority(CairnAuthorityConfiguration(serialNumbers: numbers), seed: seed)
    }

    /// The contents octets of the first serial numbers, as OpenSSL reads them in certificates.
    private func octets(_ count: Int, of numbers: CairnSerialNumbers, seed: CairnSeed = 1) throws -> [[UInt8]] {
        let authority = try authority(numbers, seed: seed)
        let asked = try request("DNS:www.example.test")
        return try (0..<count).map { _ in
            let certificate = try authority.issue(asked)
            let octets = try OpenSSLCertificate(derEncoded: certificate.derEncoded).serialNumber
            #expect(CairnSerialNumber(ofCertificate: certificate.derEncoded) == certificate.serialNumber)
            #expect(CairnSerialNumber(bytes: octets) == certificate.serialNumber)
            return octets
        }
    }

    @Test("numbers are read as tools write them: in either case, with zeros in front, with colons")
    func typed() {
        let number = CairnSerialNumber(bytes: [0x0a, 0xbc])
        for text in ["0abc", "abc", "ABC", "0Abc", "0A:BC", "00:0a:bc", "00000abc"] {
            #expect(CairnSerialNumber(typed: text) == number, "\(text)")
        }
        for text in ["", ":", "a:bc", "0a:bc:", "0xabc", "0a bc", "-abc", String(repeating: "11", count: 21)] {
            #expect(CairnSerialNumber(typed: text) == nil, "\(text)")
        }
    }

    @Test(
        "a handful of certificates has numbers of every shape that clients get wrong", arguments: [CairnSeed(1), 2, 3])
    func shapes(_ seed: CairnSeed) throws {
        let numbers = try octets(66, of: .drawn, seed: seed)
        for octets in numbers {
            #expect((1...20).contains(octets.count))
            #expect(octets[0] < 0x80 && octets != [0])
        }
        #expect(Set(numbers).count == numbers.count)
        for start in 0...numbers.count - 11 {
            let window = numbers[start..<start + 11]
            #expect(window.contains { $0.count == 17 && $0[0] == 0 && $0[1] >= 0x80 })
            #expect(window.contains { $0.count == 16 && (0x40...0x7f).contains($0[0]) })
            #expect(window.contains { $0.count == 16 && (1...0x0f).contains($0[0]) })
            #expect(window.contains { (2...15).contains($0.count) })
            #expect(window.contains { $0.count == 1 })
        }
    }

    @Test("numbers do not come twice, however many are drawn")
    func unique() throws {
        let authority = try authority(.drawn)
        let asked = try request("DNS:www.example.test")
        var seen = Set(authority.issuers.map { CairnSerialNumber(ofCertificate: $0.derEncoded) })
        let before = seen.count
        for _ in 0..<3_000 { seen.insert(try authority.issue(asked).serialNumber) }
        #expect(seen.count == before + 3_000)
    }

    @Test("the same seed gives the same numbers, another seed others")
    func sameSeed() throws {
        for numbers in [CairnSerialNumbers.drawn, .fixedLength(20)] {
            #expect(try octets(8, of: numbers, seed: 5) == octets(8, of: numbers, seed: 5))
            #expect(try octets(8, of: numbers, seed: 5) != octets(8, of: numbers, seed: 6))
        }
    }

    @Test("numbers can be in sequence, over the boundaries of octets")
    func sequential() throws {
        #expect(try octets(3, of: .sequential()) == [[1], [2], [3]])
        #expect(try octets(3, of: .sequential(from: 0x7f)) == [[0x7f], [0, 0x80], [0, 0x81]])
        #expect(try octets(2, of: .sequential(from: 0xffff)) == [[0, 0xff, 0xff], [1, 0, 0]])
        let last = CairnSerialNumber(bytes: [0x7f] + [UInt8](repeating: 0xff, count: 19))
        let authority = try authority(.sequential(from: last))
        let asked = try request("DNS:www.example.test")
        #expect(try authority.issue(asked).serialNumber == last)
        let error = #expect(throws: CairnAuthorityError.self) { try authority.issue(asked) }
        #expect(error?.description == "all serial numbers are used up")
    }

    @Test("numbers can all have one length", arguments: [1, 2, 8, 9, 16, 20])
    func fixedLength(_ count: Int) throws {
        let numbers = try octets(60, of: .fixedLength(count))
        #expect(numbers.allSatisfy { $0.count == count && $0[0] < 0x80 })
        #expect(Set(numbers).count == 60)
    }

    @Test("when all numbers of one octet are used, no certificate is issued")
    func exhausted() throws {
        let authority = try authority(.fixedLength(1))
        let asked = try request("DNS:www.example.test")
        let numbers = try (0..<127).map { _ in try authority.issue(asked).serialNumber.bytes }
        #expect(Set(numbers) == Set((1...127).map { [UInt8($0)] }))
        let error = #expect(throws: CairnAuthorityError.self) { try authority.issue(asked) }
        #expect(error?.description == "all serial numbers of 1 octets are used up")
    }

    @Test("numbers can be chosen, each is used once, and then they are drawn without coming upon one of them")
    func chosen() throws {
        let all = (1...127).map { CairnSerialNumber(bytes: [UInt8($0)]) }
        let numbers = try octets(200, of: .chosen([0x80, 1, 0x80, 2, 1] + all))
        #expect(numbers.prefix(3) == [[0, 0x80], [1], [2]])
        #expect(Set(numbers).count == 200)
        #expect(numbers.dropFirst(128).allSatisfy { $0.count > 1 })
    }

    @Test("a number that an authority has is passed over")
    func authorities() throws {
        let root = try #require(try authority(.drawn).roots.first)
        let number = try #require(CairnSerialNumber(ofCertificate: root.derEncoded))
        var configuration = CairnAuthorityConfiguration(chainLength: 0, serialNumbers: .chosen([number, 7]))
        let asked = try request("DNS:www.example.test")
        #expect(try CertificateAuthority(configuration, seed: 1).issue(asked).serialNumber == 7)
        configuration.serialNumbers = .sequential(from: number)
        #expect(try CertificateAuthority(configuration, seed: 1).issue(asked).serialNumber != number)
    }

    @Test(
        "numbers that no certificate may have make no CA",
        arguments: [
            (CairnSerialNumbers.chosen([0]), "is positive, got 0"), (.sequential(from: 0), "is positive, got 0"),
            (.chosen([CairnSerialNumber(bytes: [UInt8](repeating: 0xff, count: 20))]), "20 octets in DER, got 21"),
            (.sequential(from: CairnSerialNumber(bytes: [UInt8](repeating: 1, count: 21))), "20 octets in DER, got 21"),
            (.fixedLength(0), "1 to 20 octets, got 0"), (.fixedLength(21), "1 to 20 octets, got 21"),
        ])
    func impossible(_ numbers: CairnSerialNumbers, _ words: String) {
        let error = #expect(throws: CairnAuthorityError.self) { try authority(numbers) }
        #expect(error?.description.contains(words) == true)
        #expect(error?.description.hasSuffix("(RFC 5280 §4.1.2.2)") == true)
    }

    @Test("a number of 20 octets in DER is the longest that can be chosen")
    func longest() throws {
        let numbers = [[0x7f] + [UInt8](repeating: 0xff, count: 19), [UInt8](repeating: 0xff, count: 19)]
        #expect(
            try octets(2, of: .chosen(numbers.map(CairnSerialNumber.init(bytes:)))) == [numbers[0], [0] + numbers[1]])
    }
}
