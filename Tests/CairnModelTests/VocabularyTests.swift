import CairnModel
import Testing

@Suite("Seeded chance", .timeLimit(.minutes(5)))
struct SeededGeneratorTests {
    @Test("The same seed and purpose give the same numbers")
    func repeatable() {
        var (first, second) = ((7 as CairnSeed).generator(for: "nonce"), (7 as CairnSeed).generator(for: "nonce"))
        #expect((0..<100).map { _ in first.next() } == (0..<100).map { _ in second.next() })
    }

    @Test("Other seeds and other purposes give other numbers")
    func independent() {
        let streams = ([("a", 1), ("b", 1), ("a", 2), ("b", 2), ("", 1)] as [(String, CairnSeed)]).map {
            purpose, seed in
            var generator = seed.generator(for: purpose)
            return (0..<50).map { _ in generator.next() }
        }
        #expect(Set(streams).count == streams.count)
        #expect(Set(streams.joined()).count == 250)
    }

    @Test("Drawing from one stream does not move another")
    func noInfluence() {
        let seed: CairnSeed = 3
        var (nonces, serials) = (seed.generator(for: "nonce"), seed.generator(for: "serial"))
        let alone = seed.generator(for: "serial").firstNumbers(5)
        for _ in 0..<9 { _ = nonces.next() }
        #expect((0..<5).map { _ in serials.next() } == alone)
    }

    @Test("Bytes are the numbers in network order, cut to the count")
    func bytes() {
        let seed: CairnSeed = 5
        var (bytes, numbers) = (seed.generator(for: "x"), seed.generator(for: "x"))
        let expected = (0..<3).flatMap { _ in
            let number = numbers.next()
            return (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        }
        #expect(bytes.bytes(20) == Array(expected.prefix(20)))
        #expect(bytes.bytes(0) == [])
    }

    @Test("A copy goes on from where it was made")
    func copies() {
        var generator = (9 as CairnSeed).generator(for: "x")
        _ = generator.firstNumbers(3)
        _ = generator.next()
        #expect(generator.firstNumbers(6) == generator.firstNumbers(6))
    }
}

extension SeededGenerator {
    fileprivate func firstNumbers(_ count: Int) -> [UInt64] {
        var copy = self
        return (0..<count).map { _ in copy.next() }
    }
}

@Suite("Identifiers and problems", .timeLimit(.minutes(5)))
struct VocabularyTests {
    @Test("Identifiers are kept in their canonical form (RFC 8555 §7.1.3, RFC 8738 §3)")
    func identifiers() {
        #expect(ACMEIdentifier.dns("WWW.Example.Test").value == "www.example.test")
        #expect(("2001:DB8:0:0::1" as ACMEIdentifier).value == "2001:db8::1")
        #expect(("192.0.2.1" as ACMEIdentifier).type == .ip)
        #expect(("192.0.2.1" as ACMEIdentifier).address == "192.0.2.1")
        #expect(("192.0.2.256" as ACMEIdentifier).type == .dns)
        #expect(ACMEIdentifier(type: .dns, value: "192.0.2.1").address == nil)
        #expect(ACMEIdentifier(type: .ip, value: "no address").address == nil)
    }

    @Test("A wildcard is a domain name that begins with an asterisk label (RFC 8555 §7.1.3)")
    func wildcards() {
        #expect(("*.example.test" as ACMEIdentifier).isWildcard)
        #expect(("*.example.test" as ACMEIdentifier).withoutWildcard == "example.test")
        #expect(("example.test" as ACMEIdentifier).withoutWildcard == "example.test")
        #expect(!("a.*.test" as ACMEIdentifier).isWildcard)
        #expect(!("*x.test" as ACMEIdentifier).isWildcard)
        #expect(!ACMEIdentifier(type: ACMEIdentifierType(rawValue: "other"), value: "*.x").isWildcard)
    }

    @Test("Identifiers sort by type and then by value")
    func order() {
        let sorted: [ACMEIdentifier] = ["a.test", "b.test", "10.0.0.1", "9.0.0.1"]
        #expect(sorted.reversed().sorted() == sorted)
    }

    @Test("A problem type is a URN in the ACME namespace, or any other URI (RFC 8555 §6.7)")
    func problemTypes() {
        #expect(ACMEProblemType.badNonce.rawValue == "urn:ietf:params:acme:error:badNonce")
        #expect(ACMEProblemType.badNonce.name == "badNonce")
        #expect(ACMEProblemType(rawValue: "about:blank").name == "about:blank")
        #expect(ACMEProblemType(name: "new") == ACMEProblemType(rawValue: "urn:ietf:params:acme:error:new"))
    }

    @Test(
        "A problem has the status that servers commonly send with its type, unless told otherwise",
        arguments: [
            (ACMEProblemType.malformed, 400), (.badNonce, 400), (.unauthorized, 403), (.orderNotReady, 403),
            (.rateLimited, 429),
            (.serverInternal, 500), (.caa, 403), (ACMEProblemType(name: "unheard"), 400),
        ])
    func status(type: ACMEProblemType, status: Int) {
        #expect(ACMEProblem(type, "why").status == status)
        #expect(ACMEProblem(type, "why", status: 418).status == 418)
        #expect(ACMEProblem(type, "why").description == "\(type.name): why")
    }
}
