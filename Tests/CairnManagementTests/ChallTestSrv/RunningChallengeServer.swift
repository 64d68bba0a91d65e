import Cairn
import CairnManagement
import CairnOpenSSLJudge
import Foundation
import Synchronization

/// A challenge server with one socket of each kind, and its management interface, as those outside see it.
struct RunningChallengeServer: Sendable {
    let server: ChallengeServer
    let management: CairnIPEndpoint
    let lines: Lines

    /// What was logged.
    final class Lines: Sendable {
        private let content = Mutex<[String]>([])
        var all: [String] { content.withLock { $0 } }
        func append(_ line: String) { content.withLock { $0.append(line) } }
    }

    /// Every kind of server.
    static var everything: ChallengeServer.Configuration {
        var configuration = ChallengeServer.Configuration()
        configuration.http = [.init()]
        configuration.https = [.init()]
        configuration.tlsALPN = [.init()]
        configuration.dns = [.init()]
        configuration.dnsOverHTTPS = [.init()]
        configuration.seed = 5
        return configuration
    }

    /// Runs `body` with a server, and shuts that down.
    static func with(
        _ configuration: ChallengeServer.Configuration = everything, showing ca: TestCA? = nil,
        _ body: (RunningChallengeServer) async throws -> Void
    ) async throws {
        let (server, lines) = (try await ChallengeServer.start(configuration, showing: ca), Lines())
        do {
            let endpoints = try await server.startManagement(on: .init(), of: configuration) { lines.append($0) }
            try await body(
                RunningChallengeServer(server: server, management: endpoints[0], lines: lines))
        } catch {
            await server.shutdown()
            throw error
        }
        await server.shutdown()
    }

    var http: CairnIPEndpoint { server.endpoints.http[0][0] }
    var https: CairnIPEndpoint { server.endpoints.https[0][0] }
    var tlsALPN: CairnIPEndpoint { server.endpoints.tlsALPN[0][0] }
    var dns: CairnIPEndpoint { server.endpoints.dns[0][0] }
    var dnsOverHTTPS: CairnIPEndpoint { server.endpoints.dnsOverHTTPS[0][0] }

    /// Sends a command; `nil` as the body sends none.
    func send(
        _ path: String, _ body: String?, method: String = "POST", fields: [(name: String, value: String)] = []
    ) async throws -> WireResponse {
        let address = "\(management)"
        return try await onOwnThread {
            try WireHTTP(at: address, demands: nil)
                .exchange(method, path, authority: "localhost", fields: fields, body: Array((body ?? "").utf8))
        }
    }

    /// Sends a command that has to succeed, and returns what it tells.
    @discardableResult
    func command(_ path: String, _ body: String) async throws -> String {
        let answer = try await send(path, body)
        guard answer.status == 200 else {
            throw CommandFailure(status: answer.status, text: String(decoding: answer.body, as: UTF8.self))
        }
        return String(decoding: answer.body, as: UTF8.self)
    }

    /// The bytes of what such a command tells.
    func json(_ path: String, _ body: String) async throws -> [UInt8] { Array(try await command(path, body).utf8) }

    struct CommandFailure: Error { let status: Int, text: String }

    /// GETs over HTTP, or over TLS with a name in the SNI.
    func get(_ path: String, host: String, serverName: String? = nil) async throws -> WireResponse {
        let address = serverName == nil ? "\(http)" : "\(https)"
        return try await onOwnThread {
            var demands = serverName.map { Wire.Demands(roots: "", name: .host($0)) }
            demands?.isTrustRequired = false
            return try WireHTTP(at: address, demands: demands)
                .exchange("GET", path, authority: host, fields: [("User-Agent", "tester")])
        }
    }

    /// The certificate that is shown to a handshake, in DER, and the protocol that was chosen.
    func handshake(
        _ name: String, offering protocols: [String] = ["acme-tls/1"],
        versions: ClosedRange<Wire.Demands.Version> = .tls12 ... .tls13
    ) async throws -> (der: [UInt8], chosen: String?) {
        let address = "\(tlsALPN)"
        return try await onOwnThread {
            var demands = Wire.Demands(
                roots: "", name: .host(name), versions: versions, applicationProtocols: protocols)
            demands.isTrustRequired = false
            let wire = try Wire(to: address, demands: demands)
            return (try wire.peerCertificate?.derEncoded ?? [], wire.applicationProtocol)
        }
    }

    /// Asks over TCP.
    func ask(_ name: String, _ type: CairnDNSType) async throws -> DNSMessage {
        var query = DNSMessage(id: 7)
        query.questions = [.init(DNSName(name), type)]
        let (bytes, address) = (try query.serialized(), "\(dns)")
        return try await onOwnThread {
            let wire = try Wire(to: address)
            try wire.write([UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes)
            var answer: [UInt8] = []
            while answer.count < 2 || answer.count < 2 + Int(answer[0]) << 8 + Int(answer[1]) {
                let more = try wire.read()
                guard !more.isEmpty else { break }
                answer += more
            }
            return try DNSMessage(parsing: Array(answer.dropFirst(2)))
        }
    }
}
