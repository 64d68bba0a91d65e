import Cairn
import CairnManagement
import CairnOpenSSLJudge
import CairnTesting
import Foundation
import Testing

@Suite("Servers without TLS", .timeLimit(.minutes(5)))
struct PlainHTTPTests {
    private static let plain = TestCA.Configuration.Security.none

    /// All that comes back on one connection until it ends.
    private static func talk(_ text: String, to endpoint: CairnIPEndpoint) async throws -> String {
        try await onOwnThread {
            let wire = try Wire(to: "\(endpoint)")
            try wire.write(Array(text.utf8))
            var all = ""
            while true {
                let bytes = try wire.read()
                if bytes.isEmpty { return all }
                all += String(decoding: bytes, as: UTF8.self)
            }
        }
    }

    @Test("The management API speaks plain HTTP beside an ACME server with TLS, and the other way round")
    func beside() async throws {
        try await withTestCA { ca in
            let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0, security: Self.plain)
            #expect(ca.serverURL(of: endpoint)?.origin == "http://localhost:\(endpoint.port)")
            #expect(ca.directoryURL.hasPrefix("https://"))
            let text = try await Self.talk(
                "GET /cairn/v1/clock HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", to: endpoint)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.contains("isRunning"))
        }
        var configuration = TestCA.Configuration()
        configuration.listener.security = .none
        try await withTestCA(configuration) { ca in
            let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0, security: .ephemeral())
            #expect(ca.serverURL(of: endpoint)?.origin == "https://localhost:\(endpoint.port)")
            #expect(ca.directoryURL.hasPrefix("http://"))
        }
    }

    @Test("What is refused before it is a request is a problem document, too (RFC 9457 §3)")
    func refusals() async throws {
        try await withTestCA { ca in
            let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0, security: Self.plain)
            let heads = [
                ("413", "POST /cairn/v1/rules HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n"),
                ("400", "GET /cairn/v1 HTTP/1.1\r\n\r\n"), ("400", "GET /\u{7f} HTTP/1.1\r\nHost: a\r\n\r\n"),
            ]
            for (status, head) in heads {
                let text = try await Self.talk(head, to: endpoint)
                #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text)")
                #expect(text.contains("Content-Type: application/problem+json\r\n"), "\(text)")
                let body = try #require(text.components(separatedBy: "\r\n\r\n").last)
                #expect(try CairnJSON(parsing: Array(body.utf8))["status"]?.integer == Int(status))
            }
        }
    }

    @Test("HTTP/1.0 is answered, and its connection lasts if it asks for that (RFC 9112 §9.3)")
    func old() async throws {
        try await withTestCA { ca in
            let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0, security: Self.plain)
            let once = try await Self.talk("GET /cairn/v1/clock HTTP/1.0\r\n\r\n", to: endpoint)
            #expect(once.hasPrefix("HTTP/1.1 200 OK\r\n") && once.contains("Connection: close\r\n"))
            let kept = "GET /cairn/v1/clock HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
            let twice = try await Self.talk(kept + "POST /cairn/v1/clock/advance HTTP/1.0\r\n\r\n", to: endpoint)
            let answers = twice.components(separatedBy: "HTTP/1.1 ")
            #expect(answers.count == 3)
            #expect(answers[1].hasPrefix("200 ") && answers[1].contains("Connection: keep-alive\r\n"))
            #expect(answers[2].hasPrefix("400 ") && answers[2].contains("Connection: close\r\n"))
        }
    }
}
