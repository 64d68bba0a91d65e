import CairnOpenSSLJudge
import Foundation
import Testing

@testable import CairnCommand

@Suite("cairn pebble-challtestsrv", .timeLimit(.minutes(5)))
struct ChallengeServerCommandTests {
    /// Free ports everywhere.
    private static let freePorts = [
        "-http01", "127.0.0.1:0", "-https01", "127.0.0.1:0", "--tlsalpn01=localhost:0", "-dns01", "127.0.0.1:0", "-doh",
        "",
        "-management", "127.0.0.1:0",
    ]

    /// The last word of the line that contains a text: an address.
    private static func address(_ text: String, in lines: [String]) throws -> String {
        let line = try #require(lines.first { $0.contains(text) })
        return String(try #require(line.split(separator: " ").last))
    }

    @Test(
        "It says where it listens, in the words that harnesses wait for, and ends with 0 at a signal",
        arguments: [SIGTERM, SIGINT])
    func lines(_ signal: Int32) async throws {
        try await onOwnThread {
            let process = try CairnProcess(["pebble-challtestsrv"] + Self.freePorts + ["-defaultIPv6", ""])
            let lines = try process.lines(until: "Starting management server on ")
            let texts = lines.map { line in
                #expect(line.hasPrefix("pebble-challtestsrv - "))
                // The prefix, the date, and the time.
                return line.split(separator: " ").dropFirst(4).joined(separator: " ")
                    .replacingOccurrences(of: #":[1-9][0-9]*$"#, with: ":<port>", options: .regularExpression)
            }
            #expect(
                texts == [
                    "Creating HTTP-01 challenge server on 127.0.0.1:<port>",
                    "Creating HTTPS HTTP-01 challenge server on 127.0.0.1:<port>",
                    "Creating TCP and UDP DNS-01 challenge server on 127.0.0.1:<port>",
                    "Creating TLS-ALPN-01 challenge server on localhost:<port>",
                    "Answering A queries with 127.0.0.1 by default", "Starting challenge servers",
                    "Starting management server on 127.0.0.1:<port>",
                ])
            process.send(signal)
            #expect(try process.finish().status == 0)
        }
    }

    @Test("Its commands work by plain HTTP, as does a link of that name")
    func serves() async throws {
        try await onOwnThread {
            try withFolder { folder in
                let link = folder.appendingPathComponent("pebble-challtestsrv")
                try FileManager.default.createSymbolicLink(at: link, withDestinationURL: try CairnProcess.executable)
                let process = try CairnProcess(Self.freePorts, of: link)
                let lines = try process.lines(until: "Starting management server on ")
                let management = WireHTTP(at: try Self.address("management server", in: lines), demands: nil)
                let answer = try management.exchange(
                    "POST", "/add-http01", authority: "challtestsrv:8055",
                    body: Array(#"{"token": "t", "content": "c"}"#.utf8))
                #expect(answer.status == 200)
                #expect(try management.exchange("GET", "/", authority: "localhost").status == 200)
                let web = WireHTTP(at: try Self.address("HTTP-01 challenge", in: lines), demands: nil)
                let shown = try web.exchange("GET", "/.well-known/acme-challenge/t", authority: "a.test")
                #expect(shown.body == Array("c".utf8))
                process.send(SIGTERM)
                let ended = try process.finish()
                #expect(ended.status == 0)
                #expect(ended.output.contains(#"Added HTTP-01 challenge for token "t" - key auth "c""#))
            }
        }
    }

    @Test("What cannot be is told, with the exit statuses of Go's programs")
    func refusals() async throws {
        try await onOwnThread {
            func ended(_ arguments: [String]) throws -> CairnProcess.Ended {
                try CairnProcess(["pebble-challtestsrv"] + arguments).finish()
            }
            let unknown = try ended(["-bogus"])
            #expect(unknown.status == 2)
            #expect(unknown.errors.hasPrefix("flag provided but not defined: -bogus\nUsage of pebble-challtestsrv:\n"))
            let help = try ended(["-help"])
            #expect(help.status == 0 && help.errors.hasPrefix("Usage of pebble-challtestsrv:\n") && help.output.isEmpty)
            let nothing = try ended(["-http01", "", "-https01", "", "-tlsalpn01", "", "-dnsserver", ""])
            #expect(nothing.status == 1 && nothing.errors.hasPrefix("Unable to construct challenge server"))
            let name = try ended(["-http01", "no.such.host.invalid:0"])
            #expect(name.status == 1 && name.errors.contains("no.such.host.invalid"))
            let version = try ended(["-version"])
            #expect(version.status == 0 && version.output.hasPrefix("pebble-challtestsrv "))
            let taken = try CairnProcess(["pebble-challtestsrv"] + Self.freePorts)
            let place = try Self.address("HTTP-01", in: try taken.lines(until: "management"))
            let second = try ended(Self.freePorts + ["-http01", place])
            #expect(second.status == 1)
            #expect(second.errors.contains("address \(place) is already in use"))
            taken.send(SIGTERM)
            #expect(try taken.finish().status == 0)
        }
    }

    @Test("DNS over HTTPS is served where a certificate is given")
    func dnsOverHTTPS() async throws {
        try await onOwnThread {
            try withFolder { folder in
                let (certificate, key) = (
                    folder.appendingPathComponent("c.pem"), folder.appendingPathComponent("k.pem")
                )
                try ListenerIdentity.leafPEM.write(to: certificate, atomically: true, encoding: .utf8)
                try ListenerIdentity.keyPEM.write(to: key, atomically: true, encoding: .utf8)
                var flags = Self.freePorts
                flags[flags.count - 3] = "127.0.0.1:0"
                let process = try CairnProcess(
                    ["pebble-challtestsrv"] + flags + ["-doh-cert", certificate.path, "-doh-cert-key", key.path])
                let lines = try process.lines(until: "Starting management server on ")
                let demands = Wire.Demands(roots: ListenerIdentity.rootPEM)
                let http = WireHTTP(at: try Self.address("DoH server", in: lines), demands: demands)
                #expect(try http.exchange("GET", "/", authority: "localhost").status == 400)
                process.send(SIGTERM)
                #expect(try process.finish().status == 0)
            }
        }
    }
}
