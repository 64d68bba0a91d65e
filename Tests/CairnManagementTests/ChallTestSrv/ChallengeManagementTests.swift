import Cairn
import CairnManagement
import CairnOpenSSLJudge
import Testing

@Suite("The management interface of the challenge server", .timeLimit(.minutes(5)))
struct ChallengeManagementTests {
    private static func text(_ response: WireResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test("A command answers 200 without a body, whatever the method, and says what it did in the log")
    func commands() async throws {
        try await RunningChallengeServer.with { running in
            for method in ["POST", "PUT", "GET"] {
                let answer = try await running.send("/set-txt", #"{"HOST": "a.test.", "value": "x"}"#, method: method)
                #expect(answer.status == 200)
                #expect(answer.body.isEmpty)
            }
            try await running.command("/add-a", #"{"host": "b.test.", "addresses": ["10.0.0.1", "10.0.0.2"]}"#)
            #expect(running.server.dns["a.test"] == [.txt("x")])
            let line = #"Added DNS-01 TXT challenge for Host "a.test." - Value "x""#
            #expect(
                running.lines.all == [
                    line, line, line, #"Added response for DNS A queries to "b.test." : 10.0.0.1, 10.0.0.2"#,
                ])
        }
    }

    @Test("A request without a body changes nothing, by any method")
    func noBody() async throws {
        try await RunningChallengeServer.with { running in
            for method in ["GET", "POST"] {
                let answer = try await running.send("/set-txt", nil, method: method)
                #expect(answer.status == 400)
                #expect(Self.text(answer) == "Expected JSON POST body, was empty\n")
                #expect(answer["Content-Type"] == "text/plain; charset=utf-8")
            }
            #expect(running.lines.all.isEmpty)
        }
    }

    @Test(
        "What cannot be used is refused with what was expected",
        arguments: [
            ("set-txt", "hello", "the body is not JSON"), ("set-txt", "[]", "expected a JSON object, got an array"),
            ("set-txt", #"{"host": "a.test"}"#, #"expected a string "value", got nothing"#),
            ("set-txt", #"{"host": "a.test", "value": ""}"#, #"expected a text in "value", got an empty string"#),
            ("set-txt", #"{"host": "a.test", "value": 1}"#, #"expected a string "value", got a number"#),
            ("add-a", #"{"host": "a.test", "addresses": []}"#, "expected at least one address"),
            ("add-a", #"{"host": "a.test", "addresses": ["::1"]}"#, "expected an IPv4 address"),
            ("add-caa", #"{"host": "a.test", "policies": []}"#, "expected at least one policy"),
            ("add-redirect", #"{"path": "/a"}"#, #"expected a string "targetURL", got nothing"#),
            ("add-redirect", #"{"path": "/a", "targetURL": "a b"}"#, "expected a URL of printable ASCII"),
            ("del-redirect", "{}", #"expected a string "path", got nothing"#),
            (
                "clear-request-history", #"{"host": "a.test", "type": "tlsalpn01"}"#,
                #"expected "http", "dns" or "tlsalpn""#
            ),
            ("set-default-ipv4", #"{"ip": "localhost"}"#, "expected an IPv4 address"),
        ])
    func refusals(_ name: String, _ body: String, _ words: String) async throws {
        try await RunningChallengeServer.with { running in
            let answer = try await running.send("/\(name)", body)
            #expect(answer.status == 400)
            #expect(Self.text(answer).hasPrefix(words))
            #expect(running.lines.all.isEmpty)
            #expect(running.server.dns.names.isEmpty)
        }
    }

    @Test("There is nothing at other paths, and / lists the commands")
    func paths() async throws {
        try await RunningChallengeServer.with { running in
            for path in ["/nothing", "/set-txt/", "//set-txt", "/roots/0", "/cairn/v1"] {
                let answer = try await running.send(path, "{}")
                #expect(answer.status == 404)
                #expect(Self.text(answer) == "404 page not found\n")
            }
            let index = try await running.send("/", nil, method: "GET")
            #expect(index.status == 200)
            let commands = try #require(try CairnJSON(parsing: index.body)["post"]?.array).compactMap(\.string)
            #expect(commands.contains("/add-redirect") && commands.contains("/clear-request-history"))
            for command in commands { #expect(try await running.send(command, "{}").status == 400, "\(command)") }
        }
    }

    @Test("Commands for servers that are not there are not there either")
    func withoutServers() async throws {
        var configuration = ChallengeServer.Configuration()
        configuration.dns = [.init()]
        try await RunningChallengeServer.with(configuration) { running in
            for (path, body, status) in [
                ("/add-http01", #"{"token": "a", "content": "b"}"#, 404),
                ("/add-tlsalpn01", #"{"host": "a", "content": "b"}"#, 404),
                ("/set-txt", #"{"host": "a", "value": "b"}"#, 200), ("/http-request-history", #"{"host": "a"}"#, 200),
            ] {
                let answer = try await running.send(path, body)
                #expect(answer.status == status, "\(path)")
            }
        }
    }

    @Test("HTTP/1.0 is answered, without a Host and by any name")
    func old() async throws {
        try await RunningChallengeServer.with { running in
            let (address, body) = ("\(running.management)", #"{"host": "a.test", "value": "x"}"#)
            for host in ["", "Host: challtestsrv.example.com\r\n"] {
                let text = try await onOwnThread {
                    let wire = try Wire(to: address)
                    try wire.write(
                        Array("POST /set-txt HTTP/1.0\r\n\(host)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
                    )
                    var all = ""
                    while case let bytes = try wire.read(), !bytes.isEmpty {
                        all += String(decoding: bytes, as: UTF8.self)
                    }
                    return all
                }
                #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
        }
    }

    @Test("A web page of another origin cannot use it (RFC 6454 §7)")
    func origin() async throws {
        try await RunningChallengeServer.with { running in
            let answer = try await running.send(
                "/set-txt", #"{"host": "a.test", "value": "x"}"#, fields: [("Origin", "https://evil.example.com")])
            #expect(answer.status == 403)
            #expect(running.server.dns.names.isEmpty)
        }
    }
}
