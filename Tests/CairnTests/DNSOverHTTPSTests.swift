import Cairn
import CairnOpenSSLJudge
import CairnTesting
import Testing

@Suite("DNS over HTTPS", .timeLimit(.minutes(5)))
struct DNSOverHTTPSTests {
    private static let configuration = TestCA.Configuration.with { $0.dnsListener?.httpsPort = 0 }

    /// A question, id 0 as RFC 8484 §4.1 would have it.
    private static func question(_ name: String, _ type: CairnDNSType) throws -> [UInt8] {
        var query = DNSMessage(id: 0)
        query.questions = [.init(DNSName(name), type)]
        return try query.serialized()
    }

    /// Sends a request to the server of a CA, whose certificate is verified.
    private static func exchange(
        _ ca: TestCA, _ method: String, _ path: String, type: String? = nil, body: [UInt8] = []
    ) async throws -> WireResponse {
        let url = try #require(ca.dnsOverHTTPSURL)
        #expect(url.hasPrefix("https://localhost:") && url.hasSuffix("/dns-query"))
        let port = try #require(url.split(separator: ":").last?.split(separator: "/").first)
        let roots = ca.trustRoots.map(\.pem).joined()
        return try await onOwnThread {
            let fields = type.map { [(name: "Content-Type", value: $0)] } ?? []
            return try WireHTTP(at: "127.0.0.1:\(port)", demands: Wire.Demands(roots: roots))
                .exchange(method, path, authority: "localhost", fields: fields, body: body)
        }
    }

    @Test("It shows the table by POST and by GET, with the certificate of the ACME server (RFC 8484 §4.1)")
    func answers() async throws {
        try await withTestCA(Self.configuration) { ca in
            ca.dns["www.example.test"] = [.a("127.0.0.9", timeToLive: .seconds(60)), .a("127.0.0.8")]
            let query = try Self.question("www.example.test", .a)
            let posted = try await Self.exchange(
                ca, "POST", "/dns-query", type: "application/dns-message", body: query)
            let got = try await Self.exchange(ca, "GET", "/dns-query?dns=\(Base64URL.encode(query))")
            for answer in [posted, got] {
                #expect(answer.status == 200)
                #expect(answer["Content-Type"] == "application/dns-message")
                let message = try DNSMessage(parsing: answer.body)
                #expect(message.answers.compactMap(\.record.address) == ["127.0.0.9", "127.0.0.8"])
            }
            #expect(ca.dns.queries.map(\.source) == [.https, .https])
        }
    }

    @Test("Caches may keep an answer as long as the first of its records lives (RFC 8484 §5.1)")
    func lifetime() async throws {
        try await withTestCA(Self.configuration) { ca in
            ca.dns["a.test"] = [.txt("x", timeToLive: .seconds(60)), .txt("y", timeToLive: .seconds(30))]
            for (name, seconds) in [("a.test", 30), ("b.test", 0)] {
                let query = Base64URL.encode(try Self.question(name, .txt))
                let answer = try await Self.exchange(ca, "GET", "/dns-query?dns=\(query)")
                #expect(answer["Cache-Control"] == "max-age=\(seconds)")
            }
        }
    }

    @Test("An answer is as long as it has to be (RFC 8484 §6)")
    func long() async throws {
        try await withTestCA(Self.configuration) { ca in
            ca.dns["a.test"] = (0..<100).map { .txt("\($0) " + String(repeating: "x", count: 200)) }
            let query = Base64URL.encode(try Self.question("a.test", .txt))
            let answer = try await Self.exchange(ca, "GET", "/dns-query?dns=\(query)")
            #expect(try DNSMessage(parsing: answer.body).answers.count == 100)
        }
    }

    @Test("What is no question is refused with what was expected (RFC 8484 §4)")
    func refusals() async throws {
        try await withTestCA(Self.configuration) { ca in
            let query = try Self.question("a.test", .a)
            let (type, text) = ("application/dns-message", Base64URL.encode(query))
            for (method, path, type, body, status) in [
                ("GET", "/dns-query", nil, [], 400), ("GET", "/dns-query?dns=!", nil, [], 400),
                ("GET", "/dns-query?dns=\(text.prefix(8))", nil, [], 400), ("GET", "/other?dns=\(text)", nil, [], 404),
                ("POST", "/dns-query", "text/plain", query, 415), ("POST", "/dns-query", nil, query, 415),
                ("POST", "/dns-query", type, [1, 2, 3], 400),
                ("POST", "/dns-query", type, Array(query.prefix(4)), 400),
                ("POST", "/dns-query", type, Array(query.prefix(11)), 400), ("PUT", "/dns-query", type, query, 405),
                ("POST", "/dns-query", "Application/DNS-Message; x=y", query, 200),
            ] as [(String, String, String?, [UInt8], Int)] {
                let answer = try await Self.exchange(ca, method, path, type: type, body: body)
                #expect(answer.status == status, "\(method) \(path) \(type ?? "")")
                if status == 405 { #expect(answer["Allow"] == "GET, HEAD, POST") }
            }
        }
    }

    @Test("There is none unless it is configured, and a port in use is told")
    func none() async throws {
        try await withTestCA { ca in
            #expect(ca.dnsOverHTTPSURL == nil)
            let port = try #require(ca.address).port
            let error = await #expect(throws: TestCA.StartError.self) {
                try await TestCA.start(.with { $0.dnsListener?.httpsPort = port })
            }
            #expect(error?.reason == .addressInUse)
        }
    }
}
