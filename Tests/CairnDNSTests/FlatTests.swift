import CairnDNS
import CairnModel
import Testing

@Suite("A table that answers as pebble-challtestsrv does", .timeLimit(.minutes(5)))
struct FlatTests {
    private let table = CairnDNSTable(answering: .flat)

    private func ask(_ name: String, _ type: CairnDNSType) throws -> DNSMessage {
        var query = DNSMessage(id: 1)
        query.questions = [.init(DNSName(name), type)]
        return try DNSMessage(parsing: try #require(table.respond(to: try query.serialized(), transport: .tcp)))
    }

    private func answers(_ name: String, _ type: CairnDNSType) throws -> [CairnDNSRecord] {
        try ask(name, type).answers.map(\.record)
    }

    @Test("Every name exists, whatever its type, and every answer has the SOA in its authority section")
    func everything() throws {
        (table.defaultIPv4, table.defaultIPv6) = (nil, nil)
        for type in [CairnDNSType.a, .aaaa, .txt, .caa, .cname, .ns, .soa] {
            let answer = try ask("nobody.test", type)
            #expect(answer.responseCode == .noError && answer.answers.isEmpty)
            #expect(answer.authorities.map { "\($0.owner)" } == ["challtestsrv.invalid"])
            #expect(answer.authorities.map(\.record.type) == [.soa])
        }
        table.add(.txt("x"), to: "a.test")
        #expect(try ask("a.test", .txt).authorities.count == 1)
    }

    @Test("Types that it does not know are not implemented, unless there are such records")
    func unknownTypes() throws {
        for type in [CairnDNSType.mx, .srv, .ptr, .any] {
            #expect(try ask("nobody.test", type).responseCode == .notImplemented, "\(type)")
        }
        table["mail.test"] = [.mx("mx.test")]
        #expect(try answers("mail.test", .mx) == [.mx("mx.test")])
    }

    @Test("A default address stands for records of its own type alone that are not there")
    func defaults() throws {
        (table.defaultIPv4, table.defaultIPv6) = (.loopbackV4, .loopbackV6)
        table["a.test"] = [.a("10.0.0.1")]
        #expect(try answers("A.Test", .a) == [.a("10.0.0.1")])
        #expect(try answers("a.test", .aaaa) == [.aaaa("::1")])
        #expect(try answers("1.0.0.127.in-addr.arpa", .a) == [.a("127.0.0.1")])
    }

    @Test("A CNAME is followed once, whatever else the name has, unless it is asked for")
    func aliases() throws {
        table["one.test"] = [.cname("two.test"), .a("10.0.0.9"), .txt("not seen")]
        table["two.test"] = [.cname("three.test"), .txt("seen")]
        table["three.test"] = [.a("10.0.0.3")]
        #expect(try answers("one.test", .a) == [.cname("two.test"), .a("127.0.0.1")])
        #expect(try answers("one.test", .txt) == [.cname("two.test"), .txt("seen")])
        #expect(try answers("one.test", .caa) == [.cname("two.test")])
        #expect(try answers("one.test", .cname) == [.cname("two.test")])
    }

    @Test("The name that is asked for may fail; the target of its CNAME, and names below it, do not")
    func failures() throws {
        table["alias.test"] = [.cname("target.test")]
        table.setFailure(.serverFailure, for: "Target.test")
        #expect(try ask("target.test", .mx).responseCode == .serverFailure)
        #expect(try ask("alias.test", .a).responseCode == .noError)
        #expect(try ask("www.target.test", .a).responseCode == .noError)
        table.setFailure(.serverFailure, for: "alias.test")
        #expect(try ask("alias.test", .cname).responseCode == .serverFailure)
        table.clearFailure(for: "alias.test")
        #expect(try ask("alias.test", .cname).responseCode == .noError)
    }

    @Test("A wildcard is a name like any other")
    func wildcards() throws {
        table["*.test"] = [.txt("x")]
        #expect(try answers("a.test", .txt).isEmpty)
        #expect(try answers("*.test", .txt) == [.txt("x")])
    }

    @Test("Its history can be cleared for one name, and says who asked over HTTPS")
    func history() throws {
        for name in ["a.test", "b.test", "A.test"] { _ = try ask(name, .a) }
        table.clearQueries(for: "a.TEST.")
        #expect(table.queries.map(\.name) == ["b.test"])
        var query = DNSMessage(id: 1)
        query.questions = [.init(DNSName("c.test"), .a)]
        _ = table.respond(to: try query.serialized(), transport: .https(agent: "curl/7"))
        #expect(table.queries.last?.source == .https)
        #expect(table.queries.map(\.userAgent) == [nil, "curl/7"])
        #expect(table.queries.last?.number == 4)
    }
}
