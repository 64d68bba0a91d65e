import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

/// What the listener refuses before it is a request is an answer of an ACME server all the same.
@Suite("Requests that never become one", .timeLimit(.minutes(5)))
struct RefusedRequestTests {
    /// What came back until the server closed.
    private static func answer(_ ca: TestCA, to octets: String, inTheClear: Bool = false) async throws -> String {
        let (address, roots) = ("\(try #require(ca.address))", ca.trustRoots.map(\.pem).joined())
        return try await onOwnThread {
            let wire = try Wire(to: address, demands: inTheClear ? nil : Wire.Demands(roots: roots))
            try wire.write(Array(octets.utf8))
            var all: [UInt8] = []
            while case let part = try wire.read(), !part.isEmpty { all += part }
            return String(decoding: all, as: UTF8.self)
        }
    }

    @Test(
        "A POST that is refused unread has a nonce and the way to the directory (RFC 8555 §6.5, §7.1)",
        arguments: [
            ("POST /new-order HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: x\r\n\r\n", 400),
            ("POST /new-order HTTP/1.1\nHost: localhost:1\n\n", 400),
            ("POST /new-order HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 99999999\r\n\r\n", 413),
            (
                "POST /new-order HTTP/1.1\r\nHost: localhost:1\r\nX: \(String(repeating: "x", count: 70_000))\r\n\r\n",
                431
            ),
            ("POST /new-order HTTP/3.0\r\nHost: localhost:1\r\n\r\n", 505),
        ])
    func post(octets: String, status: Int) async throws {
        try await withTestCA { ca in
            let text = try await Self.answer(ca, to: octets)
            let fields = text.lowercased()
            #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text)")
            #expect(fields.contains("\r\nreplay-nonce: "), "\(text)")
            #expect(fields.contains("\r\nlink: <https://localhost:1/dir>;rel=\"index\"\r\n"), "\(text)")
            #expect(fields.contains("\r\ncontent-type: application/problem+json\r\n"))
            #expect(fields.contains("\r\nconnection: close\r\n"))
        }
    }

    @Test("Other methods get no nonce, and a request that names no host no link")
    func others() async throws {
        try await withTestCA { ca in
            let text = try await Self.answer(ca, to: "GET /dir HTTP/1.1\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 400 "))
            #expect(!text.lowercased().contains("\r\nreplay-nonce:"))
            #expect(!text.lowercased().contains("rel=\"index\""))
        }
    }

    @Test("HTTP in the clear is answered with a problem that says what is wrong (RFC 8555 §6.1)")
    func inTheClear() async throws {
        try await withTestCA { ca in
            let text = try await Self.answer(ca, to: "GET /dir HTTP/1.1\r\nHost: localhost\r\n\r\n", inTheClear: true)
            #expect(text.hasPrefix("HTTP/1.1 400 "))
            #expect(text.contains("expected TLS, got HTTP in the clear"))
            #expect(text.contains("urn:ietf:params:acme:error:malformed"))
        }
    }

    @Test("Timeouts that no timer can count are refused at the start")
    func timeouts() async {
        for timeout in [Duration.seconds(-1), .zero, .days(366)] {
            var configuration = TestCA.Configuration()
            configuration.listener.timeouts.head = timeout
            let error = #expect(throws: TestCA.StartError.self) { try TestCA.inMemory(configuration) }
            #expect(error?.description.contains("listener.timeouts.head: expected a time from 0.001s to 365d") == true)
        }
    }
}
