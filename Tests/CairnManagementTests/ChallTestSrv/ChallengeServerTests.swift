import Cairn
import CairnManagement
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import HTTPTypes
import Testing

@Suite("The challenge server over sockets", .timeLimit(.minutes(5)))
struct ChallengeServerTests {
    // MARK: HTTP

    @Test("http-01 is answered for a token, whatever the host, over HTTP and HTTPS, and the connection ends")
    func http01() async throws {
        try await RunningChallengeServer.with { running in
            let path = "/.well-known/acme-challenge/token-1"
            try await running.command("/add-http01", #"{"token": "token-1", "content": "the content"}"#)
            for name in [nil, "a.example.test"] {
                let answer = try await running.get("\(path)?query", host: "a.example.test", serverName: name)
                #expect(answer.status == 200)
                #expect(String(decoding: answer.body, as: UTF8.self) == "the content")
                #expect(answer["Connection"] == "close")
            }
            try await running.command("/del-http01", #"{"token": "token-1"}"#)
            for path in [path, "/", "/other"] {
                let answer = try await running.get(path, host: "a.example.test")
                #expect(answer.status == 200)
                #expect(answer.body.isEmpty)
            }
        }
    }

    @Test("A path is redirected with 302 over HTTP, and not over HTTPS")
    func redirect() async throws {
        try await RunningChallengeServer.with { running in
            try await running.command("/add-redirect", #"{"path": "/from", "targetURL": "http://b.test/to?a=b&c"}"#)
            let there = try await running.get("/from", host: "a.test")
            #expect(there.status == 302)
            #expect(there["Location"] == "http://b.test/to?a=b&c")
            #expect(
                String(decoding: there.body, as: UTF8.self) == "<a href=\"http://b.test/to?a=b&amp;c\">Found</a>.\n\n")
            #expect(try await running.get("/from", host: "a.test", serverName: "a.test").status == 200)
            try await running.command("/del-redirect", #"{"path": "/from"}"#)
            #expect(try await running.get("/from", host: "a.test").status == 200)
        }
    }

    // MARK: TLS

    @Test("tls-alpn-01 is met with TLS 1.2 and 1.3 (RFC 8737 §3)", arguments: [Wire.Demands.Version.tls12, .tls13])
    func tlsALPN01(_ version: Wire.Demands.Version) async throws {
        try await RunningChallengeServer.with { running in
            try await running.command("/add-tlsalpn01", #"{"host": "A.example.test", "content": "content"}"#)
            let (der, chosen) = try await running.handshake("a.example.test", versions: version...version)
            #expect(chosen == "acme-tls/1")
            let certificate = try OpenSSLCertificate(derEncoded: der)
            #expect(certificate.isSelfSigned)
            #expect(try certificate.extension("2.5.29.17")?.text == "DNS:a.example.test")
            #expect(certificate.extensions.contains("1.3.6.1.5.5.7.1.31"))
            // OpenSSL prints no value that it does not know: the object identifier, TRUE for critical, and an OCTET STRING with
            // the SHA-256 of "content", by `printf content | sha256sum`.
            let digest = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
            #expect(der.hexadecimal.contains("06082b0601050507011f" + "0101ff" + "04220420" + digest))
        }
    }

    @Test("tls-alpn-01 is met for an address, by its name in reverse (RFC 8738 §6)")
    func address() async throws {
        try await RunningChallengeServer.with { running in
            for (address, name, alternative) in [
                ("192.0.2.7", "7.2.0.192.in-addr.arpa", "IP Address:192.0.2.7"),
                ("2001:db8::1", CairnIPAddress("2001:db8::1").reverseName, "IP Address:2001:DB8:0:0:0:0:0:1"),
            ] {
                try await running.command("/add-tlsalpn01", #"{"host": "\#(address)", "content": "c"}"#)
                let certificate = try OpenSSLCertificate(derEncoded: try await running.handshake(name).der)
                #expect(try certificate.extension("2.5.29.17")?.text == alternative)
            }
        }
    }

    @Test(
        "A handshake that is not for tls-alpn-01 alone fails (RFC 8737 §3)",
        arguments: [["http/1.1"], [], ["acme-tls/1", "h2"], ["h2", "acme-tls/1"]])
    func otherProtocols(_ protocols: [String]) async throws {
        try await RunningChallengeServer.with { running in
            try await running.command("/add-tlsalpn01", #"{"host": "a.test", "content": "c"}"#)
            await #expect(throws: OpenSSLError.self) { try await running.handshake("a.test", offering: protocols) }
            let history = try CairnJSON(
                parsing: try await running.json("/tlsalpn01-request-history", #"{"host": "a.test"}"#))
            #expect(
                history == [["ServerName": "a.test", "SupportedProtos": .array(protocols.map(CairnJSON.string))]])
        }
    }

    @Test("A handshake for a name that nobody put up fails, and after it was taken down too")
    func unknownName() async throws {
        try await RunningChallengeServer.with { running in
            await #expect(throws: OpenSSLError.self) { try await running.handshake("a.test") }
            try await running.command("/add-tlsalpn01", #"{"host": "a.test", "content": "c"}"#)
            #expect(try await running.handshake("a.test").chosen == "acme-tls/1")
            try await running.command("/del-tlsalpn01", #"{"host": "a.test"}"#)
            await #expect(throws: OpenSSLError.self) { try await running.handshake("a.test") }
        }
    }

    @Test(
        "What is no ClientHello ends its connection and nobody else's",
        arguments: [
            "GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{4}\u{1}\u{0}\u{0}\u{0}",
            "\u{16}\u{3}\u{1}\u{0}\u{4}\u{2}\u{0}\u{0}\u{0}", "\u{15}\u{3}\u{1}\u{0}\u{2}\u{1}\u{0}",
            "\u{16}\u{3}\u{1}\u{0}\u{2a}\u{1}\u{0}\u{0}\u{26}" + String(repeating: "\u{7f}", count: 38),
        ])
    func noHandshake(_ text: String) async throws {
        try await RunningChallengeServer.with { running in
            try await running.command("/add-tlsalpn01", #"{"host": "a.test", "content": "c"}"#)
            for address in ["\(running.tlsALPN)", "\(running.https)"] {
                try await onOwnThread {
                    let wire = try Wire(to: address)
                    try wire.write(Array(text.utf8))
                    // It may be reset, since not all was read; it must not stay open.
                    while case let bytes? = try? wire.read(), !bytes.isEmpty {}
                }
            }
            #expect(try await running.handshake("a.test").chosen == "acme-tls/1")
        }
    }

    // MARK: DNS

    @Test("Names have the default addresses, by type, and what is put up takes their place until it is cleared")
    func dns() async throws {
        try await RunningChallengeServer.with { running in
            #expect(try await running.ask("a.test", .a).answers.map(\.record) == [.a("127.0.0.1")])
            #expect(try await running.ask("a.test", .aaaa).answers.map(\.record) == [.aaaa("::1")])
            try await running.command("/add-a", #"{"host": "A.test.", "addresses": ["10.0.0.1", "10.0.0.2"]}"#)
            #expect(
                try await running.ask("a.TEST", .a).answers.map(\.record) == [.a("10.0.0.1"), .a("10.0.0.2")])
            #expect(try await running.ask("a.test", .aaaa).answers.map(\.record) == [.aaaa("::1")])
            try await running.command("/clear-a", #"{"host": "a.test"}"#)
            try await running.command("/set-default-ipv4", #"{"ip": ""}"#)
            let none = try await running.ask("a.test", .a)
            #expect(none.answers.isEmpty && none.responseCode == .noError)
            try await running.command("/set-servfail", #"{"host": "a.test"}"#)
            #expect(try await running.ask("a.test", .mx).responseCode == .serverFailure)
            try await running.command("/clear-servfail", #"{"host": "a.test"}"#)
            #expect(try await running.ask("a.test", .mx).responseCode == .notImplemented)
        }
    }

    @Test("DNS over HTTPS is at any path, by POST and by GET, and its history has the User-Agent (RFC 8484 §4.1)")
    func dnsOverHTTPS() async throws {
        try await RunningChallengeServer.with { running in
            try await running.command("/set-txt", #"{"host": "a.test", "value": "x"}"#)
            var query = DNSMessage(id: 0)
            query.questions = [.init(DNSName("a.test"), .txt)]
            let (bytes, address) = (try query.serialized(), "\(running.dnsOverHTTPS)")
            let texts = try await onOwnThread {
                var demands = Wire.Demands(roots: "")
                demands.isTrustRequired = false
                let http = WireHTTP(at: address, demands: demands)
                let posted = try http.exchange(
                    "POST", "/any/path", authority: "localhost",
                    fields: [("Content-Type", "application/dns-message"), ("User-Agent", "tester")], body: bytes)
                let got = try http.exchange(
                    "GET", "/dns-query?dns=\(Base64URL.encode(bytes))", authority: "localhost")
                #expect([posted, got].allSatisfy { $0["Content-Type"] == "application/dns-message" })
                return try [posted, got].map { try DNSMessage(parsing: $0.body).answers.map(\.record.text) }
            }
            #expect(texts == [["x"], ["x"]])
            let history = try CairnJSON(
                parsing: try await running.json("/dns-request-history", #"{"host": "a.test"}"#))
            let question: CairnJSON = ["Name": "a.test.", "Qtype": 16, "Qclass": 1]
            #expect(
                history == [
                    ["Question": question, "UserAgent": "tester"], ["Question": question, "UserAgent": ""],
                ])
        }
    }

    // MARK: Histories

    @Test("Histories are by host, in order, and cleared by host and kind")
    func histories() async throws {
        try await RunningChallengeServer.with { running in
            _ = try await running.get("/one?a=b", host: "a.test:80")
            _ = try await running.get("/two", host: "A.test", serverName: "a.test")
            _ = try await running.get("/other", host: "b.test")
            _ = try await running.ask("a.test", .a)
            let host = #"{"host": "a.test"}"#
            let first: CairnJSON = [
                "URL": "/one?a=b", "Host": "a.test:80", "HTTPS": false, "ServerName": "", "UserAgent": "tester",
            ]
            let second: CairnJSON = [
                "URL": "/two", "Host": "A.test", "HTTPS": true, "ServerName": "a.test", "UserAgent": "tester",
            ]
            #expect(
                try CairnJSON(parsing: try await running.json("/http-request-history", host)) == [first, second])
            try await running.command("/clear-request-history", #"{"host": "a.test", "type": "http"}"#)
            #expect(try CairnJSON(parsing: try await running.json("/http-request-history", host)) == [])
            #expect(
                try CairnJSON(parsing: try await running.json("/http-request-history", #"{"host": "b.test"}"#))
                    .array?.count == 1)
            #expect(
                try CairnJSON(parsing: try await running.json("/dns-request-history", host)).array?.count == 1)
            try await running.command("/clear-request-history", #"{"host": "a.test", "type": "dns"}"#)
            #expect(try CairnJSON(parsing: try await running.json("/dns-request-history", host)) == [])
            let refused = try await running.send("/clear-request-history", #"{"host": "a.test", "type": "tls"}"#)
            #expect(refused.status == 400)
        }
    }

    // MARK: With a CA

    @Test("A CA that looks at its ports issues by http-01 and tls-alpn-01, for a name and for an address")
    func validates() async throws {
        try await RunningChallengeServer.with { running in
            try await withTestCA { ca in
                (ca.probes.httpPort, ca.probes.tlsPort) = (running.http.port, running.tlsALPN.port)
                let (server, directory) = (running.server, ca.directoryURL)
                try await onOwnThread {
                    let client = try ReferenceClient(directory: directory) { ca.respond(to: $0) }
                    _ = try client.obtain(["www.example.test"], by: "http-01") { proof in
                        server.responder.setHTTP01(token: proof.token, keyAuthorization: proof.keyAuthorization)
                    }
                    for name in ["tls.example.test", "127.0.0.1"] {
                        _ = try client.obtain([name], by: "tls-alpn-01") { proof in
                            server.responder.setTLSALPN01(name: name, keyAuthorization: proof.keyAuthorization)
                        }
                    }
                }
                #expect(ca.journal.probes.map(\.problem) == [nil, nil, nil])
                #expect(server.responder.requests(for: "tls.example.test").map(\.challengeType) == [.tlsALPN01])
            }
        }
    }

    @Test("It can show the DNS and the answers of a CA in the same process")
    func shared() async throws {
        try await withTestCA { ca in
            try await RunningChallengeServer.with(showing: ca) { running in
                try await running.command("/set-txt", #"{"host": "a.test", "value": "x"}"#)
                #expect(ca.dns["a.test"] == [.txt("x")])
                try await running.command("/add-http01", #"{"token": "t", "content": "c"}"#)
                #expect(
                    String(
                        decoding: try await running.get("/.well-known/acme-challenge/t", host: "a.test").body,
                        as: UTF8.self) == "c")
            }
        }
    }

    // MARK: Starting and stopping

    @Test("Servers share nothing, and may have several sockets of a kind")
    func sideBySide() async throws {
        var configuration = RunningChallengeServer.everything
        configuration.http = [.init(), .init(), .init([.loopbackV4, .loopbackV6])]
        try await RunningChallengeServer.with(configuration) { one in
            #expect(Set(one.server.endpoints.http.map { $0[0].port }).count == 3)
            #expect(one.server.endpoints.http[2].map(\.address) == [.loopbackV4, .loopbackV6])
            try await RunningChallengeServer.with { other in
                try await one.command("/add-http01", #"{"token": "t", "content": "c"}"#)
                let path = "/.well-known/acme-challenge/t"
                #expect(try await !one.get(path, host: "a.test").body.isEmpty)
                #expect(try await other.get(path, host: "a.test").body.isEmpty)
            }
        }
    }

    @Test("A port in use is told with its address, and nothing stays open")
    func portInUse() async throws {
        try await RunningChallengeServer.with { running in
            var configuration = ChallengeServer.Configuration()
            configuration.dns = [.init()]
            configuration.http = [.init(port: running.http.port)]
            let error = await #expect(throws: TestCA.StartError.self) {
                try await ChallengeServer.start(configuration)
            }
            #expect(error?.description == "address \(running.http) is already in use")
            #expect(error?.reason == .addressInUse)
        }
    }

    /// Has `open` and `end` happen at once, `end` ever later, and in the last round after it; nothing may stay open.
    private func expectClosed(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ start: () async throws -> (
            open: @Sendable () async throws -> CairnIPEndpoint?, end: @Sendable () async -> Void
        )
    ) async throws {
        var count = 0
        for round in 0...20 {
            let (open, end) = try await start()
            async let opened = try? open()
            if round == 20 { _ = await opened }
            for _ in 0..<round { await Task.yield() }
            await end()
            guard let endpoint = await opened else { continue }
            count += 1
            await #expect(throws: OpenSSLError.self, sourceLocation: sourceLocation) {
                try await onOwnThread { _ = try Wire(to: "\(endpoint)") }
            }
        }
        #expect(count > 0, "expected something to be opened", sourceLocation: sourceLocation)
    }

    @Test("What is opened while the servers end is open or refused, and closed in the end")
    func openingAtTheEnd() async throws {
        try await expectClosed {
            let server = try await ChallengeServer.start(RunningChallengeServer.everything)
            return (
                { try await server.open(.init()) { _ in CairnDelivery(.init(status: .ok)) }.first },
                { await server.shutdown() }
            )
        }
    }

    @Test("A listener that is opened while a CA ends is open or refused, and closed in the end")
    func openingAtTheEndOfACA() async throws {
        try await expectClosed {
            let ca = try await TestCA.start()
            return (
                {
                    try await ca.openListener(
                        on: [.loopbackV4], port: 0, refuse: { status, _ in CairnDelivery(.init(status: status)) },
                        handler: { _ in CairnDelivery(.init(status: .ok)) })
                },
                { await ca.shutdown() }
            )
        }
    }

    @Test("A port in use where nobody insists is told and left out, and the other servers start")
    func dispensable() async throws {
        try await RunningChallengeServer.with { running in
            var configuration = ChallengeServer.Configuration()
            configuration.dns = [.init()]
            configuration.http = [.init(port: running.http.port), .init()]
            configuration.https = [.init(port: running.https.port)]
            configuration.http[0].isDispensable = true
            configuration.https[0].isDispensable = true
            let told = RunningChallengeServer.Lines()
            configuration.report = { told.append($0) }
            let server = try await ChallengeServer.start(configuration)
            #expect(
                told.all
                    == [running.http, running.https].map {
                        "address \($0) is already in use, so that server is left out"
                    })
            #expect(server.endpoints.http.map(\.count) == [0, 1] && server.endpoints.https == [[]])
            #expect(server.endpoints.dns.joined().count == 1)
            await server.shutdown()
        }
    }

    @Test("After the end nobody answers, and nothing more can be opened")
    func end() async throws {
        let server = try await ChallengeServer.start(RunningChallengeServer.everything)
        let address = "\(server.endpoints.http[0][0])"
        await server.shutdown()
        await server.shutdown()
        await #expect(throws: OpenSSLError.self) { try await onOwnThread { _ = try Wire(to: address) } }
        await #expect(throws: TestCA.StartError.self) {
            try await server.startManagement(on: .init(), of: RunningChallengeServer.everything)
        }
    }
}
