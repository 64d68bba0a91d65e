import CairnGateway
import CairnModel
import CairnValidation
import HTTPTypes
import SwiftASN1
import Synchronization
import Testing

@testable import CairnTransport

@Suite("Probes over the network", .timeLimit(.minutes(5)))
struct ProberTests {
    private static let patience = Duration.seconds(60)

    private func withProber(_ body: (NetworkProber, EventLoops) async throws -> Void) async throws {
        let loops = EventLoops()
        let prober = try NetworkProber(on: loops)
        do {
            try await body(prober, loops)
        } catch {
            await prober.shutdown()
            try await loops.shutdown()
            throw error
        }
        await prober.shutdown()
        try await loops.shutdown()
    }

    private func probe(
        _ endpoint: CairnIPEndpoint, tls: Bool = false, host: String = "a.test", bodyLimit: Int = 100,
        timeout: Duration = patience
    ) -> HTTPProbe {
        HTTPProbe(
            address: endpoint.address, port: endpoint.port, isTLS: tls, host: host, authority: "\(host):5002",
            path: "/.well-known/acme-challenge/x?y", userAgent: "VA/1 (test)", bodyLimit: bodyLimit, timeout: timeout)
    }

    private func tlsProbe(
        _ endpoint: CairnIPEndpoint, serverName: String = "a.test",
        offering applicationProtocol: String? = "acme-tls/1",
        timeout: Duration = patience
    ) -> TLSProbe {
        TLSProbe(
            address: endpoint.address, port: endpoint.port, host: "a.test", serverName: serverName,
            offering: applicationProtocol, timeout: timeout, challengeType: .tlsALPN01)
    }

    // MARK: HTTP

    @Test("A response brings status, location and body; the request says what was asked", arguments: [false, true])
    func response(overTLS: Bool) async throws {
        let asked = Mutex<CairnRequest?>(nil)
        let handler: @Sendable (CairnRequest) -> CairnDelivery = { request in
            asked.withLock { $0 = request }
            return CairnDelivery(
                HTTPResponse(status: .found, headerFields: [.location: "http://b.test/"]), body: Array("body".utf8))
        }
        let configuration = HTTPListener.Configuration(tls: overTLS ? .init(try testIdentity()) : nil)
        try await withServer(configuration, handler: handler) { server, _ in
            try await withProber { prober, _ in
                let outcome = await prober.fetch(probe(server.localAddress, tls: overTLS))
                #expect(outcome == .response(status: 302, location: "http://b.test/", body: Array("body".utf8)))
            }
        }
        let request = try #require(asked.withLock { $0 })
        #expect(request.head.method == .get)
        #expect(request.head.authority == "a.test:5002")
        #expect(request.head.path == "/.well-known/acme-challenge/x?y")
        #expect(request.head.headerFields[.connection] == "close")
        #expect(request.head.headerFields[.userAgent] == "VA/1 (test)")
    }

    @Test("An address as host needs no SNI")
    func addressAsHost() async throws {
        try await withServer(.init(tls: .init(testIdentity()))) { server, _ in
            try await withProber { prober, _ in
                let outcome = await prober.fetch(probe(server.localAddress, tls: true, host: "127.0.0.1"))
                guard case .response(200, nil, _) = outcome else { return #expect(outcome == .failure(.refused)) }
            }
        }
    }

    @Test("A body is read up to the limit, and no further", arguments: [(0, ""), (4, "0123"), (10, "0123456789")])
    func bodyLimit(limit: Int, expected: String) async throws {
        let delivery = CairnDelivery(
            HTTPResponse(status: .ok), body: Array("0123456789".utf8),
            pace: .init(dribble: .init(bytes: 3, every: .milliseconds(1))))
        try await withServer(handler: always(delivery)) { server, _ in
            try await withProber { prober, _ in
                let outcome = await prober.fetch(probe(server.localAddress, bodyLimit: limit))
                #expect(outcome == .response(status: 200, location: nil, body: Array(expected.utf8)))
            }
        }
    }

    @Test(
        "What a server sends decides the outcome",
        arguments: [
            (
                "HTTP/1.1 200 OK\r\n\r\nuntil the end",
                .response(status: 200, location: nil, body: Array("until the end".utf8))
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n",
                .response(status: 404, location: nil, body: [])
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123", .failure(.closed("reading the response"))),
            ("", .failure(.closed("waiting for the response"))),
            ("HTTP/1.1 20", .failure(.closed("waiting for the response"))),
            (
                "SSH-2.0-OpenSSH_9.2\r\n",
                .failure(.notHTTP("not an HTTP/1.1 response: it does not begin with \"HTTP/\" (RFC 9112 §4)"))
            ),
        ] as [(String, HTTPProbe.Outcome)])
    func answers(text: String, expected: HTTPProbe.Outcome) async throws {
        try await withProber { prober, loops in
            let server = try await ScriptedServer(.answer(text, closes: true), on: loops)
            let outcome = await prober.fetch(probe(server.endpoint))
            #expect(outcome == expected)
            await server.close()
        }
    }

    @Test("A port where nobody listens refuses")
    func refused() async throws {
        try await withProber { prober, _ in
            let port = try DeafPort()
            let outcome = await prober.fetch(probe(port.endpoint))
            #expect(outcome == .failure(.refused))
            let handshake = await prober.handshake(tlsProbe(port.endpoint))
            #expect(handshake == .failure(.refused))
            withExtendedLifetime(port) {}
        }
    }

    @Test("A server that says nothing is given up")
    func silence() async throws {
        try await withProber { prober, loops in
            let server = try await ScriptedServer(.silence, on: loops)
            let web = await prober.fetch(probe(server.endpoint, timeout: .milliseconds(1)))
            guard case .failure(.timedOut) = web else { return #expect(web == .failure(.timedOut(""))) }
            let handshake = await prober.handshake(tlsProbe(server.endpoint, timeout: .milliseconds(1)))
            guard case .failure(.timedOut) = handshake else { return #expect(handshake == .failure(.timedOut(""))) }
            await server.close()
        }
    }

    @Test("A reset connection counts as closed")
    func reset() async throws {
        let delivery = CairnDelivery(HTTPResponse(status: .ok), ending: .reset(afterBodyBytes: nil))
        try await withServer(handler: always(delivery)) { server, _ in
            try await withProber { prober, _ in
                let outcome = await prober.fetch(probe(server.localAddress))
                #expect(outcome == .failure(.closed("waiting for the response")))
            }
        }
    }

    @Test("Probes under way end when the prober is shut down, and later ones fail")
    func shutdown() async throws {
        let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
        let handler: @Sendable (CairnRequest) -> CairnDelivery = { _ in
            continuation.yield()
            return CairnDelivery(HTTPResponse(status: .ok), pace: .init(beforeHead: .seconds(3600)))
        }
        try await withServer(handler: handler) { server, _ in
            try await withProber { prober, _ in
                async let outcome = prober.fetch(probe(server.localAddress))
                for await _ in asked { break }
                await prober.shutdown()
                #expect(await outcome == .failure(.closed("waiting for the response")))
                let later = await prober.fetch(probe(server.localAddress))
                #expect(later == .failure(.other("the prober has been shut down")))
            }
        }
    }

    // MARK: TLS

    @Test(
        "A handshake tells which protocol was chosen, and shows the certificate (RFC 8737 §3)",
        arguments: [["acme-tls/1"], ["h2", "acme-tls/1"], []])
    func handshake(applicationProtocols: [String]) async throws {
        let identity = try testIdentity()
        let context = try identity.serverContext(
            versions: .v12 ... .v13, applicationProtocols: applicationProtocols)
        try await withProber { prober, loops in
            let server = try await ScriptedServer(.silence, tls: context, on: loops)
            let leaf = try PEMDocument(pemString: identity.certificateChainPEM).derBytes
            for name in ["a.test", "1.0.0.127.in-addr.arpa"] {
                let outcome = await prober.handshake(tlsProbe(server.endpoint, serverName: name))
                let chosen = applicationProtocols.isEmpty ? nil : "acme-tls/1"
                #expect(outcome == .completed(applicationProtocol: chosen, certificate: leaf))
            }
            await server.close()
        }
    }

    @Test(
        "A handshake without an application protocol offers none, in every version of TLS",
        arguments: [TLSVersion.v12, .v13])
    func noApplicationProtocol(version: TLSVersion) async throws {
        let identity = try testIdentity()
        let context = try identity.serverContext(
            versions: version...version, applicationProtocols: ["acme-tls/1", "http/1.1"])
        try await withProber { prober, loops in
            let server = try await ScriptedServer(.silence, tls: context, on: loops)
            let leaf = try PEMDocument(pemString: identity.certificateChainPEM).derBytes
            let name = "7ea0aaa69214e71e02cebb18bb867736.09b730209baabf60e43d4999979ff139.token.acme.invalid"
            let outcome = await prober.handshake(tlsProbe(server.endpoint, serverName: name, offering: nil))
            #expect(outcome == .completed(applicationProtocol: nil, certificate: leaf))
            await server.close()
        }
    }

    @Test("A server that does not speak TLS is told from one that ends the handshake")
    func notTLS() async throws {
        try await withProber { prober, loops in
            let plain = try await ScriptedServer(.answer("HTTP/1.1 400 Bad\r\n\r\n", closes: true), on: loops)
            let outcome = await prober.handshake(tlsProbe(plain.endpoint))
            #expect(
                outcome == .failure(.tls("the server does not speak TLS on this port (WRONG_VERSION_NUMBER)")))
            let closing = try await ScriptedServer(.close, on: loops)
            let closed = await prober.handshake(tlsProbe(closing.endpoint))
            #expect(closed == .failure(.closed("completing the TLS handshake")))
            for server in [plain, closing] { await server.close() }
        }
    }

    @Test("A TLS alert is named (RFC 8446 §6.2)")
    func alert() async throws {
        // A fatal alert record with no_application_protocol.
        let record = "\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}\u{78}"
        try await withProber { prober, loops in
            let server = try await ScriptedServer(.answer(record, closes: true), on: loops)
            let outcome = await prober.handshake(tlsProbe(server.endpoint))
            #expect(
                outcome == .failure(.tls("the server sent the alert no_application_protocol (RFC 8446 §6.2)")))
            await server.close()
        }
    }
}

extension NetworkProber {
    fileprivate func fetch(_ probe: HTTPProbe) async -> HTTPProbe.Outcome {
        await withCheckedContinuation { continuation in fetch(probe) { continuation.resume(returning: $0) } }
    }

    fileprivate func handshake(_ probe: TLSProbe) async -> TLSProbe.Outcome {
        await withCheckedContinuation { continuation in handshake(probe) { continuation.resume(returning: $0) } }
    }
}
