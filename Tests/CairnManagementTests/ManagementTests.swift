import Cairn
import CairnManagement
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import HTTPTypes
import Testing

/// A CA without sockets, and its management API.
struct Managed {
    let ca: TestCA
    let management: Management

    init(_ configuration: TestCA.Configuration = TestCA.Configuration()) throws {
        ca = try TestCA.inMemory(configuration)
        management = Management(ca)
    }

    func send(_ method: HTTPRequest.Method, _ path: String, _ body: String = "") -> CairnDelivery {
        management.respond(
            to: CairnRequest(
                HTTPRequest(method: method, scheme: "https", authority: "localhost:15000", path: path),
                body: Array(body.utf8)))
    }

    /// Posts a command that has to succeed.
    func command(_ path: String, _ body: String) {
        let delivery = send(.post, path, body)
        #expect(delivery.head.status == .ok, "\(path): \(String(decoding: delivery.body, as: UTF8.self))")
        if path != "/dns-request-history" { #expect(delivery.body.isEmpty) }
    }

    /// Sends something that has to be refused, and returns status and detail.
    func refusal(_ method: HTTPRequest.Method, _ path: String, _ body: String = "") throws -> String {
        let delivery = send(method, path, body)
        #expect(delivery.head.headerFields[.contentType] == "application/problem+json")
        let problem = try CairnJSON(parsing: delivery.body)
        #expect(problem["status"]?.integer == delivery.head.status.code)
        #expect(problem["type"] == "urn:ietf:params:acme:error:malformed")
        return "\(delivery.head.status.code) \(problem["detail"]?.string ?? "")"
    }
}

@Suite("The commands of the management API", .timeLimit(.minutes(5)))
struct CommandTests {
    private static func looking(from perspectives: [String]) -> TestCA.Configuration {
        var configuration = TestCA.Configuration()
        configuration.probes.perspectives = perspectives
        return configuration
    }

    @Test("Addresses are added beside those that are there, and cleared by type")
    func addresses() throws {
        let managed = try Managed()
        managed.command("/add-a", #"{"host": "www.example.test", "addresses": ["127.0.0.1", "127.0.0.2"]}"#)
        managed.command("/add-a", #"{"host": "WWW.example.test.", "addresses": ["127.0.0.3", "127.0.0.1"]}"#)
        managed.command("/add-aaaa", #"{"host": "www.example.test", "addresses": ["::1"]}"#)
        let all: [CairnDNSRecord] = [.a("127.0.0.2"), .a("127.0.0.3"), .a("127.0.0.1"), .aaaa("::1")]
        #expect(managed.ca.dns["www.example.test"] == all)
        managed.command("/clear-a", #"{"host": "www.example.test."}"#)
        #expect(managed.ca.dns["www.example.test"] == [.aaaa("::1")])
        managed.command("/clear-aaaa", #"{"host": "www.example.test"}"#)
        #expect(managed.ca.dns.names.isEmpty)
    }

    @Test("The default addresses are set, and an empty text removes them")
    func defaults() throws {
        let managed = try Managed()
        managed.command("/set-default-ipv4", #"{"ip": "127.0.0.9"}"#)
        managed.command("/set-default-ipv6", #"{"ip": "::1"}"#)
        #expect(managed.ca.dns.defaultIPv4 == "127.0.0.9")
        #expect(managed.ca.dns.defaultIPv6 == "::1")
        managed.command("/set-default-ipv4", #"{"ip": ""}"#)
        managed.command("/set-default-ipv6", #"{"ip": ""}"#)
        #expect(managed.ca.dns.defaultIPv4 == nil)
        #expect(managed.ca.dns.defaultIPv6 == nil)
    }

    @Test("TXT records are added beside each other and cleared together, as an order for a name and its wildcard needs")
    func texts() throws {
        let managed = try Managed()
        let host = "_acme-challenge.example.test."
        managed.command("/set-txt", #"{"host": "\#(host)", "value": "one"}"#)
        managed.command("/set-txt", #"{"host": "\#(host)", "value": "two"}"#)
        #expect(managed.ca.dns[host] == [.txt("one"), .txt("two")])
        managed.command("/clear-txt", #"{"host": "\#(host)"}"#)
        #expect(managed.ca.dns[host].isEmpty)
    }

    @Test("A CNAME takes the place of the one before, and is cleared")
    func alias() throws {
        let managed = try Managed()
        managed.command("/set-cname", #"{"host": "www.example.test", "target": "a.example.test"}"#)
        managed.command("/set-cname", #"{"host": "www.example.test", "target": "b.example.test"}"#)
        #expect(managed.ca.dns["www.example.test"] == [.cname("b.example.test")])
        managed.command("/clear-cname", #"{"host": "www.example.test"}"#)
        #expect(managed.ca.dns.names.isEmpty)
    }

    @Test("CAA records are added and cleared")
    func caa() throws {
        let managed = try Managed()
        managed.command(
            "/add-caa",
            #"{"host": "example.test", "policies": [{"tag": "issue", "value": "a.test"}, {"tag": "iodef", "value": "b"}]}"#
        )
        #expect(
            managed.ca.dns["example.test"] == [.caa(tag: "issue", value: "a.test"), .caa(tag: "iodef", value: "b")])
        managed.command("/clear-caa", #"{"host": "example.test"}"#)
        #expect(managed.ca.dns.names.isEmpty)
        managed.command(
            "/add-caa", #"{"host": "a.test", "policies": [{"tag": "future", "value": "", "flags": 128}]}"#)
        #expect(managed.ca.dns["a.test"] == [.caa(flags: 128, tag: "future", value: "")])
    }

    @Test("A command can change what one perspective sees, and nothing else")
    func perspective() throws {
        let managed = try Managed(Self.looking(from: ["eu", "asia"]))
        let europe = managed.ca.dns.view("eu")
        func command(_ path: String, _ members: String) {
            managed.command(path, #"{"host": "a.test", "perspective": "eu", \#(members)}"#)
        }
        command("/add-a", #""addresses": ["127.0.0.2"]"#)
        command("/add-aaaa", #""addresses": ["::1"]"#)
        command("/set-txt", #""value": "x""#)
        command("/add-caa", #""policies": [{"tag": "issue", "value": ";"}]"#)
        #expect(europe["a.test"] == [.a("127.0.0.2"), .aaaa("::1"), .txt("x"), .caa(tag: "issue", value: ";")])
        for type in ["a", "aaaa", "txt", "caa"] {
            managed.command("/clear-\(type)", #"{"host": "a.test", "perspective": "eu"}"#)
        }
        #expect(europe["a.test"] == nil)
        command("/set-cname", #""target": "b.test""#)
        command("/set-cname", #""target": "c.test""#)
        #expect(europe["a.test"] == [.cname("c.test")])
        managed.command("/clear-cname", #"{"host": "a.test", "perspective": "eu"}"#)
        managed.command("/set-default-ipv4", #"{"ip": "", "perspective": "eu"}"#)
        managed.command("/set-default-ipv6", #"{"ip": "::1", "perspective": "eu"}"#)
        #expect(europe.defaultIPv4 == nil)
        #expect(europe.defaultIPv6 == .loopbackV6)
        #expect(managed.ca.dns.defaultIPv4 == .loopbackV4)
        #expect(managed.ca.dns.defaultIPv6 == nil)
        #expect(managed.ca.dns.names.isEmpty)
    }

    @Test("A name fails for one perspective alone, which can be too many (RFC 8555 §10.2)")
    func failureForOne() throws {
        let managed = try Managed(Self.looking(from: ["eu"]))
        let client = try ReferenceClient(directory: managed.ca.directoryURL) { managed.ca.respond(to: $0) }
        func obtain() throws {
            _ = try client.obtain(["www.example.test"], by: "http-01") { proof in
                managed.ca.responder.setHTTP01(token: proof.token, keyAuthorization: proof.keyAuthorization)
            }
        }
        managed.command("/set-servfail", #"{"host": "www.example.test", "perspective": "eu"}"#)
        #expect(throws: ReferenceClient.Violation.self) { try obtain() }
        managed.command("/clear-servfail", #"{"host": "www.example.test", "perspective": "eu"}"#)
        try obtain()
        #expect(managed.ca.journal.probes.map(\.problem?.type) == [nil, .dns, nil, nil])
    }

    @Test("A name fails with SERVFAIL until that is cleared")
    func serverFailure() throws {
        let managed = try Managed()
        let client = try ReferenceClient(directory: managed.ca.directoryURL) { managed.ca.respond(to: $0) }
        func obtain() throws {
            _ = try client.obtain(["www.example.test"], by: "dns-01") { proof in
                managed.command(
                    "/set-txt", #"{"host": "_acme-challenge.www.example.test.", "value": "\#(proof.digest)"}"#)
            }
        }
        managed.command("/set-servfail", #"{"host": "_acme-challenge.www.example.test"}"#)
        #expect(throws: ReferenceClient.Violation.self) { try obtain() }
        managed.command("/clear-servfail", #"{"host": "_acme-challenge.www.example.test"}"#)
        try obtain()
        #expect(managed.ca.journal.probes.map(\.problem?.type) == [.dns, nil])
    }

    @Test("http-01 answers are put up and taken down")
    func http01() throws {
        let managed = try Managed()
        let client = try ReferenceClient(directory: managed.ca.directoryURL) { managed.ca.respond(to: $0) }
        func put(_ proof: Proof) {
            managed.command("/add-http01", #"{"token": "\#(proof.token)", "content": "\#(proof.keyAuthorization)"}"#)
        }
        _ = try client.obtain(["www.example.test"], by: "http-01", prove: put)
        #expect(throws: ReferenceClient.Violation.self) {
            try client.obtain(["other.example.test"], by: "http-01") { proof in
                put(proof)
                managed.command("/del-http01", #"{"token": "\#(proof.token)"}"#)
            }
        }
        #expect(managed.ca.journal.probes.map(\.problem?.type) == [nil, .connection])
    }

    @Test("tls-alpn-01 answers are put up and taken down")
    func tlsALPN01() throws {
        let managed = try Managed()
        let client = try ReferenceClient(directory: managed.ca.directoryURL) { managed.ca.respond(to: $0) }
        func put(_ proof: Proof) {
            managed.command("/add-tlsalpn01", #"{"host": "\#(proof.name)", "content": "\#(proof.keyAuthorization)"}"#)
        }
        _ = try client.obtain(["www.example.test"], by: "tls-alpn-01", prove: put)
        #expect(throws: ReferenceClient.Violation.self) {
            try client.obtain(["other.example.test"], by: "tls-alpn-01") { proof in
                put(proof)
                managed.command("/del-tlsalpn01", #"{"host": "\#(proof.name)"}"#)
            }
        }
        #expect(managed.ca.journal.probes.map(\.problem?.type) == [nil, .connection])
    }

    @Test("tls-sni-02 answers are put up and taken down")
    func tlsSNI02() throws {
        var configuration = TestCA.Configuration()
        configuration.policy.challengeTypes = [.tlsSNI02]
        let managed = try Managed(configuration)
        let client = try ReferenceClient(directory: managed.ca.directoryURL) { managed.ca.respond(to: $0) }
        func put(_ proof: Proof) {
            managed.command("/add-tlssni02", #"{"token": "\#(proof.token)", "content": "\#(proof.keyAuthorization)"}"#)
        }
        _ = try client.obtain(["www.example.test"], by: "tls-sni-02", prove: put)
        #expect(throws: ReferenceClient.Violation.self) {
            try client.obtain(["other.example.test"], by: "tls-sni-02") { proof in
                put(proof)
                managed.command("/del-tlssni02", #"{"token": "\#(proof.token)"}"#)
            }
        }
        #expect(managed.ca.journal.probes.map(\.problem?.type) == [nil, .connection])
    }

    @Test("The history of a name has its questions in order, as challtestsrv writes them")
    func history() throws {
        let managed = try Managed()
        let client = try ReferenceClient(directory: managed.ca.directoryURL) { managed.ca.respond(to: $0) }
        #expect(throws: ReferenceClient.Violation.self) {
            try client.obtain(["www.example.test"], by: "http-01") { _ in }
        }
        let delivery = managed.send(.post, "/dns-request-history", #"{"host": "www.example.test"}"#)
        #expect(delivery.head.headerFields[.contentType] == "application/json")
        let events = try CairnJSON(parsing: delivery.body).array ?? []
        let questions = events.compactMap { $0["Question"] }
        #expect(!questions.isEmpty)
        #expect(questions.allSatisfy { $0["Name"] == "www.example.test." && $0["Qclass"] == 1 })
        #expect(Set(questions.compactMap { $0["Qtype"]?.integer }) == [1, 28])
        let none = managed.send(.post, "/dns-request-history", #"{"host": "nobody.example.test"}"#)
        #expect(try CairnJSON(parsing: none.body) == [])
    }

    @Test("Names of members are compared without regard to case")
    func memberNames() throws {
        let managed = try Managed()
        managed.command("/set-txt", #"{"Host": "www.example.test", "VALUE": "x", "unknown": [null]}"#)
        #expect(managed.ca.dns["www.example.test"] == [.txt("x")])
    }

    @Test("Roots and intermediates are served in PEM", arguments: ["roots", "intermediates"])
    func certificates(_ folder: String) throws {
        let managed = try Managed()
        let expected = folder == "roots" ? managed.ca.authority.roots : managed.ca.authority.intermediates
        for (number, certificate) in expected.enumerated() {
            let delivery = managed.send(.get, "/\(folder)/\(number)?a=b")
            #expect(delivery.head.status == .ok)
            #expect(delivery.head.headerFields[.contentType] == "application/pem-certificate-chain; charset=utf-8")
            let text = String(decoding: delivery.body, as: UTF8.self)
            #expect(
                try OpenSSLCertificate.certificates(inPEM: text).map { try $0.derEncoded } == [certificate.derEncoded])
        }
    }

    @Test("With several roots, a number is that of the chain, for its root and for the issuer of leaves in it")
    func chains() throws {
        var configuration = TestCA.Configuration()
        configuration.authority.roots = 3
        configuration.authority.chainLength = 2
        let managed = try Managed(configuration)
        for (number, chain) in managed.ca.authority.chains.enumerated() {
            let root = String(decoding: managed.send(.get, "/roots/\(number)").body, as: UTF8.self)
            #expect(root == chain.root.pem)
            let intermediate = String(decoding: managed.send(.get, "/intermediates/\(number)").body, as: UTF8.self)
            #expect(intermediate == chain.intermediates[0].pem)
        }
        #expect(managed.send(.get, "/roots/3").head.status == .notFound)
        // Those above are numbered after them.
        #expect(managed.send(.get, "/intermediates/5").head.status == .ok)
        #expect(managed.send(.get, "/intermediates/6").head.status == .notFound)
    }
}

@Suite("What the management API refuses", .timeLimit(.minutes(5)))
struct RefusalTests {
    private static let commands = [
        "set-default-ipv4", "set-default-ipv6", "add-a", "add-aaaa", "add-caa", "set-txt", "clear-a", "clear-aaaa",
        "clear-caa", "clear-txt", "clear-cname", "set-cname", "set-servfail", "clear-servfail", "add-http01",
        "del-http01",
        "add-tlsalpn01", "del-tlsalpn01", "add-tlssni02", "del-tlssni02", "dns-request-history",
        "http-request-history", "tlsalpn01-request-history", "clear-request-history", "add-redirect", "del-redirect",
    ]

    @Test("Every command wants a JSON object with its members, by POST", arguments: commands)
    func everyCommand(_ name: String) throws {
        let managed = try Managed()
        #expect(try managed.refusal(.get, "/\(name)") == "405 expected POST for \"/\(name)\", got GET")
        #expect(try managed.refusal(.post, "/\(name)") == "400 Expected JSON POST body, was empty")
        #expect(try managed.refusal(.post, "/\(name)", "{").hasPrefix("400 the body is not JSON"))
        #expect(try managed.refusal(.post, "/\(name)", "[1]") == "400 expected a JSON object, got an array")
        #expect(try managed.refusal(.post, "/\(name)", "{}").hasPrefix("400 expected a string \""))
        #expect(
            try managed.refusal(.post, "/\(name)", #"{"host": 1, "ip": 1, "token": 1, "path": 1}"#).hasPrefix(
                "400 expected a string"))
        #expect(managed.ca.dns.names.isEmpty)
        #expect(managed.ca.dns.defaultIPv4 == .loopbackV4)
    }

    @Test(
        "A member that cannot be used is told, and nothing is changed",
        arguments: [
            ("set-default-ipv4", #"{"ip": "::1"}"#, #"expected an IPv4 address, got "::1""#),
            ("set-default-ipv6", #"{"ip": "127.0.0.1"}"#, #"expected an IPv6 address, got "127.0.0.1""#),
            ("set-default-ipv4", #"{"ip": "localhost"}"#, #"expected an IPv4 address, got "localhost""#),
            ("add-a", #"{"host": "a.test", "addresses": ["127.0.0.1", "x"]}"#, #"expected an IPv4 address, got "x""#),
            (
                "add-a", #"{"host": "a.test", "addresses": [1]}"#,
                #"expected an array of strings "addresses", got a number at index 0"#
            ),
            (
                "add-a", #"{"host": "a.test", "addresses": "127.0.0.1"}"#,
                #"expected an array of strings "addresses", got a string"#
            ),
            ("add-a", #"{"host": "a.test"}"#, #"expected an array of strings "addresses", got nothing"#),
            (
                "add-aaaa", #"{"host": "a.test", "addresses": ["127.0.0.1"]}"#,
                #"expected an IPv6 address, got "127.0.0.1""#
            ),
            ("add-caa", #"{"host": "a.test"}"#, #"expected an array of objects "policies", got nothing"#),
            (
                "add-caa", #"{"host": "a.test", "policies": [{"tag": "issue"}]}"#,
                #"expected strings "tag" and "value" in each of "policies""#
            ),
            (
                "add-caa", #"{"host": "a.test", "policies": [{"tag": "issue", "value": "", "flags": 256}]}"#,
                #"expected a number from 0 to 255 as "flags" in "policies""#
            ),
            (
                "set-txt", #"{"host": "a.test", "value": "x", "perspective": "eu"}"#,
                #"expected one of the configured perspectives (there are none) in "perspective", got "eu""#
            ),
            (
                "set-txt", #"{"host": "a.test", "value": "x", "perspective": 1}"#,
                #"expected a string "perspective", got a number"#
            ),
            ("set-txt", #"{"host": "", "value": "x"}"#, #"expected a name in "host", got an empty string"#),
            ("set-txt", #"{"host": "a.test"}"#, #"expected a string "value", got nothing"#),
            ("set-cname", #"{"host": "a.test"}"#, #"expected a string "target", got nothing"#),
            ("set-cname", #"{"host": "a.test", "target": ""}"#, #"expected a name in "target", got an empty string"#),
            ("add-http01", #"{"token": "t"}"#, #"expected a string "content", got nothing"#),
            ("add-http01", #"{"token": "", "content": "c"}"#, #"expected a name in "token", got an empty string"#),
            ("add-tlsalpn01", #"{"host": "a.test"}"#, #"expected a string "content", got nothing"#),
            ("add-tlssni02", #"{"token": "t"}"#, #"expected a string "content", got nothing"#),
            ("del-tlssni02", #"{"token": ""}"#, #"expected a name in "token", got an empty string"#),
        ])
    func members(_ command: String, _ body: String, _ detail: String) throws {
        let managed = try Managed()
        #expect(try managed.refusal(.post, "/\(command)", body) == "400 \(detail)")
        #expect(managed.ca.dns.names.isEmpty)
    }

    @Test("A duplicate member is no JSON that two readers agree on (RFC 8259 §4)")
    func duplicates() throws {
        let managed = try Managed()
        let body = #"{"host": "a.test", "host": "b.test", "value": "x"}"#
        #expect(try managed.refusal(.post, "/set-txt", body).hasPrefix("400 the body is not JSON"))
    }

    @Test(
        "There is nothing at other paths",
        arguments: ["", "/nothing", "/set-txt/", "//set-txt", "/SET-TXT", "/roots", "/roots/0/0", "/dir"])
    func paths(_ path: String) throws {
        let managed = try Managed()
        #expect(
            try managed.refusal(.post, path, "{}") == "404 there is nothing at \"\(path)\"; \"/\" lists what there is")
        #expect(try managed.refusal(.get, path).hasPrefix("404 "))
    }

    @Test(
        "There are only the certificates that there are",
        arguments: ["1", "-1", "00", "+0", "x", "", "9223372036854775807", "99999999999999999999"])
    func numbers(_ number: String) throws {
        let managed = try Managed()
        for folder in ["roots", "intermediates"] {
            #expect(
                try managed.refusal(.get, "/\(folder)/\(number)")
                    == "404 expected a number from 0 to 0 in \"/\(folder)/\(number)\"")
        }
        var rooted = TestCA.Configuration()
        rooted.authority.chainLength = 0
        #expect(
            try Managed(rooted).refusal(.get, "/intermediates/\(number)")
                == "404 this CA has no intermediates in \"/intermediates/\(number)\"")
    }

    @Test("A method that is not allowed is answered with those that are (RFC 9110 §15.5.6)")
    func allow() throws {
        let managed = try Managed()
        #expect(managed.send(.delete, "/set-txt").head.headerFields[.allow] == "POST")
        #expect(managed.send(.delete, "/").head.headerFields[.allow] == "GET, HEAD")
    }
}

@Suite("The server of the management API", .timeLimit(.minutes(5)))
struct ServerTests {
    @Test("It serves beside the CA, with the same identity, until the CA is shut down")
    func serves() async throws {
        let ca = try await TestCA.start()
        let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0)
        let roots = ca.trustRoots.map(\.pem).joined()
        let issued = try await onOwnThread {
            let http = WireHTTP(at: "\(endpoint)", demands: Wire.Demands(roots: roots))
            let command = try http.exchange(
                "POST", "/set-txt", authority: "localhost", body: Array(#"{"host": "a.test", "value": "x"}"#.utf8))
            #expect(command.status == 200)
            let head = try http.exchange("HEAD", "/roots/0", authority: "localhost")
            #expect(head.status == 200)
            return try http.exchange("GET", "/roots/0", authority: "localhost").body
        }
        #expect(String(decoding: issued, as: UTF8.self) == ca.authority.roots.first?.pem)
        #expect(ca.dns["a.test"] == [.txt("x")])
        await ca.shutdown()
        await #expect(throws: TestCA.StartError.self) { try await ca.startManagement(on: [.loopbackV4], port: 0) }
    }

    @Test("A port in use is told with its address")
    func portInUse() async throws {
        try await withTestCA { ca in
            let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0)
            let error = await #expect(throws: TestCA.StartError.self) {
                try await ca.startManagement(on: [.loopbackV4], port: endpoint.port)
            }
            #expect(error?.description == "address \(endpoint) is already in use")
        }
    }
}
