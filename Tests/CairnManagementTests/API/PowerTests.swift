import Cairn
import CairnManagement
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("What /cairn/v1 does", .timeLimit(.minutes(5)))
struct PowerTests {
    private let managed: Managed
    private let client: ReferenceClient
    private var ca: TestCA { managed.ca }

    init() throws {
        var configuration = TestCA.Configuration()
        configuration.clock = .standing(at: "2030-01-01T00:00:00Z")
        configuration.probes.perspectives = ["eu"]
        configuration.policy.lifetimes.pendingAuthorization = .days(30)
        managed = try Managed(configuration)
        let ca = managed.ca
        client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
    }

    // MARK: Settings and the clock

    @Test("A setting is read and changed while the CA runs")
    func settings() throws {
        #expect(try managed.api(.put, "/settings/policy.maximumIdentifiers", "3") == 3)
        #expect(ca.policy.maximumIdentifiers == 3)
        #expect(try managed.api(.get, "/settings/policy.maximumIdentifiers") == 3)
        #expect(try managed.api(.get, "/settings/policy")?["maximumIdentifiers"] == 3)
        #expect(try managed.api(.get, "/settings")?["policy"]?["maximumIdentifiers"] == 3)
        #expect(try managed.api(.get, "/settings/schema")?["properties"]?["policy"]?["type"] == "object")
        #expect(try managed.api(.put, "/settings/dns.defaultIPv4", "null") == .null)
        #expect(ca.dns.defaultIPv4 == nil)
    }

    @Test("A setting that cannot be is refused with what was expected and where")
    func refusedSettings() throws {
        let range = try managed.apiRefusal(.put, "/settings/policy.maximumIdentifiers", "0")
        #expect(range.detail.hasPrefix("400 policy.maximumIdentifiers: expected a whole number"))
        #expect(range.detail.hasSuffix("got 0"))
        #expect(range.pointer == "")
        let inner = try managed.apiRefusal(.put, "/settings/probes.redirectPorts", "[80, 0]")
        #expect(inner.detail == "400 probes.redirectPorts[1]: expected a port from 1 to 65535, got 0")
        #expect(inner.pointer == "/1")
        #expect(
            try managed.apiRefusal(.put, "/settings/policy.maximumIdentifier", "1").detail
                == #"404 policy.maximumIdentifier: "maximumIdentifier" is not a setting; did you mean "policy.maximumIdentifiers"?"#
        )
        #expect(
            try managed.apiRefusal(.put, "/settings/policy.lifetims.order", "1").detail
                == #"404 policy.lifetims: "lifetims" is not a setting; did you mean "policy.lifetimes"?"#)
        #expect(
            try managed.apiRefusal(.put, "/settings/listener.port", "1").detail
                == "409 listener.port: can be set at the start only")
        #expect(
            try managed.apiRefusal(.put, "/settings/policy.keys", "{}").detail.hasPrefix("404 policy.keys: is a group"))
        #expect(try managed.apiRefusal(.get, "/settings/polcy").detail.hasPrefix("404 "))
        // Of several faults none is lost.
        let several = try managed.apiRefusal(.put, "/settings/policy.blockedNames", #"["a b", "c d"]"#).detail
        #expect(several.contains(#""a b""#) && several.contains(#""c d""#), "\(several)")
    }

    @Test("The clock is moved and set")
    func clock() throws {
        let standing: CairnJSON = ["now": "2030-01-01T00:00:00Z", "isRunning": false, "scale": 0]
        #expect(try managed.api(.get, "/clock") == standing)
        #expect(try managed.api(.post, "/clock/advance", #"{"by": "1d 30min"}"#)?["now"] == "2030-01-02T00:30:00Z")
        #expect(try managed.api(.post, "/clock/advance", #"{"by": 90}"#)?["now"] == "2030-01-02T00:31:30Z")
        #expect(
            try managed.api(.post, "/clock/set", #"{"to": "2031-01-01T00:00:00Z"}"#)?["now"] == "2031-01-01T00:00:00Z")
        let wrong = try managed.apiRefusal(.post, "/clock/advance", #"{"by": "soon"}"#)
        #expect(wrong.detail.hasSuffix(#"got "soon""#))
        #expect(wrong.pointer == "/by")
        #expect(try managed.apiRefusal(.post, "/clock/set", #"{"to": "2031", "x": 1}"#).pointer == "/x")
        #expect(ca.clock.now == "2031-01-01T00:00:00Z")
    }

    @Test("The clock stands, runs, and runs at another pace")
    func pace() throws {
        #expect(try managed.api(.post, "/clock/run")?["isRunning"] == true)
        #expect(ca.clock.scale == 1)
        #expect(try managed.api(.post, "/clock/run", #"{"scale": 60}"#)?["scale"] == 60)
        #expect(try managed.api(.post, "/clock/run", #"{"scale": 0.5}"#)?["scale"] == .double(0.5))
        #expect(ca.clock.scale == 0.5)
        let stopped = try #require(try managed.api(.post, "/clock/stop"))
        #expect(stopped["isRunning"] == false && stopped["scale"] == 0)
        #expect(try managed.api(.get, "/clock") == stopped)
        let wrong = try managed.apiRefusal(.post, "/clock/run", #"{"scale": 0}"#)
        #expect(
            wrong.detail.hasSuffix("expected a number from 0.000001 to 1000000, got 0") && wrong.pointer == "/scale")
    }

    @Test("Settings are put back to what they were at the start, one, all below a path, or all")
    func resetSettings() throws {
        func change() throws {
            try managed.api(.put, "/settings/policy.maximumIdentifiers", "3")
            try managed.api(.put, "/settings/policy.lifetimes.order", "60")
            try managed.api(.put, "/settings/dns.defaultIPv4", "null")
        }
        let start = try managed.api(.get, "/settings")
        try change()
        try managed.api(.delete, "/settings/policy.maximumIdentifiers")
        #expect(ca.policy.maximumIdentifiers == ca.configuration.policy.maximumIdentifiers)
        #expect(ca.policy.lifetimes.order == .seconds(60))
        try managed.api(.delete, "/settings/policy.lifetimes")
        #expect(ca.policy.lifetimes.order == ca.configuration.policy.lifetimes.order)
        #expect(ca.dns.defaultIPv4 == nil)
        try change()
        try managed.api(.delete, "/settings")
        #expect(try managed.api(.get, "/settings") == start)
        #expect(
            try managed.apiRefusal(.delete, "/settings/policy.lifetime").detail
                == #"404 policy.lifetime: "lifetime" is not a setting; did you mean "policy.lifetimes"?"#)
    }

    @Test("The personality is changed, and it can be read what it decides because nobody has chosen it")
    func personality() throws {
        try managed.api(.put, "/settings/policy.ordersPerPage", "50")
        try managed.api(.put, "/settings/personality", #""pebble""#)
        #expect(try managed.api(.get, "/settings/personality") == "pebble")
        #expect(try managed.api(.get, "/settings/policy.ordersPerPage") == 50)
        #expect(try managed.api(.get, "/settings/policy.defaultProfile") == "random")
        let unchosen = try #require(try managed.api(.get, "/settings/unchosen")?.array)
        #expect(unchosen.contains("policy.defaultProfile") && !unchosen.contains("policy.ordersPerPage"))
        try managed.api(.put, "/settings/policy.defaultProfile", #""first""#)
        #expect(try managed.api(.get, "/settings/policy.defaultProfile") == "first")
        try managed.api(.delete, "/settings/personality")
        #expect(ca.policy.maximumContacts == 10 && ca.policy.ordersPerPage == 50)
    }

    @Test("Who waits at which gate is read, and let go")
    func held() throws {
        try managed.api(.post, "/rules", #"{"name": "gate", "at": "directory", "do": {"hold": {}}}"#)
        #expect(try managed.api(.get, "/rules/held") == [])
        let request = try #require(CairnRequest("GET", ca.directoryURL))
        ca.respond(to: request).whenReleased { _ in }
        let held = try #require(try managed.api(.get, "/rules/held")?.array?.first)
        #expect(held["rule"] == "gate" && held["endpoint"] == "directory" && held["isCarriedOut"] == false)
        #expect(held["method"] == "GET" && held["path"] == "/dir" && held["since"] == "2030-01-01T00:00:00Z")
        try managed.api(.post, "/rules/gate/release")
        #expect(try managed.api(.get, "/rules/held") == [])
    }

    @Test("The CA goes back to its start")
    func reset() throws {
        try client.register()
        try managed.api(.post, "/rules", #"{"do": {"problem": "badNonce"}}"#)
        try managed.api(.post, "/clock/advance", #"{"by": "61d"}"#)
        try managed.api(.post, "/reset")
        #expect(ca.journal.entries.isEmpty && ca.accounts.isEmpty && ca.rules.all.isEmpty)
        #expect(ca.clock.now == "2030-01-01T00:00:00Z")
    }

    // MARK: The journal

    @Test("The journal is read by endpoint and kind, in pages, as JSON Lines and as an HTTP Archive, and cleared")
    func journal() throws {
        try client.register()
        _ = try client.order(["a.test"])
        func numbers(_ query: String) throws -> [Int] {
            try #require(try managed.api(.get, "/journal\(query)")?["entries"]?.array).compactMap {
                $0["number"]?.integer
            }
        }
        let all = ca.journal.entries
        #expect(try numbers("") == all.map(\.number))
        #expect(try numbers("?endpoint=newOrder") == all.filter { $0.request?.endpoint == .newOrder }.map(\.number))
        #expect(try numbers("?kind=status") == all.filter { $0.statusChange != nil }.map(\.number))
        #expect(try numbers("?after=1&limit=2") == [2, 3])
        #expect(try managed.api(.get, "/journal?limit=2")?["last"] == 1)
        #expect(
            try managed.apiRefusal(.get, "/journal?endpoint=neworder").detail.hasSuffix(#"did you mean "newOrder"?"#))
        #expect(
            try managed.apiRefusal(.get, "/journal?after=x").detail
                == #"400 after: expected a whole number of at least 0, got "x""#)
        let head = HTTPRequest(
            method: .get, scheme: "https", authority: "localhost", path: "/cairn/v1/journal",
            headerFields: [.accept: "application/jsonl"])
        let lines = managed.management.respond(to: CairnRequest(head))
        #expect(lines.head.headerFields[.contentType] == "application/jsonl")
        #expect(String(decoding: lines.body, as: UTF8.self) == ca.journal.jsonLines())
        #expect(try managed.api(.get, "/journal.har") == ca.journal.har())
        try managed.api(.delete, "/journal")
        #expect(ca.journal.entries.isEmpty)
    }

    @Test("Findings are read apart, and by kind; a refused setting is none")
    func findings() throws {
        ca.policy.maximumIdentifiers = 0
        let refused = try #require(try managed.api(.get, "/journal?kind=refusedSetting")?["entries"]?.array)
        #expect(refused.map { $0["setting"] } == ["policy.maximumIdentifiers"])
        #expect(try managed.api(.get, "/findings")?["entries"] == [])
        #expect(try managed.apiRefusal(.get, "/findings?kind=refusedSetting").detail.hasPrefix("400 kind: "))
        _ = ca.respond(to: try #require(CairnRequest("POST", ca.directoryURL)))
        let all = try #require(try managed.api(.get, "/findings?kind=noUserAgent")?["entries"]?.array)
        #expect(all.map { $0["kind"] } == ["noUserAgent"])
        #expect(try managed.api(.get, "/findings?kind=nullMember")?["entries"] == [])
    }

    // MARK: Objects

    @Test("Objects are what the views of Swift have")
    func objects() throws {
        let issuance = try client.obtain(["www.example.test"], by: "dns-01") { proof in
            try managed.api(
                .put, "/responder/dns-01/\(proof.name)", #"{"keyAuthorization": "\#(proof.keyAuthorization)"}"#)
        }
        #expect(!issuance.pem.isEmpty)
        #expect(try managed.api(.get, "/snapshot") == ca.snapshot.json)
        #expect(try managed.api(.get, "/orders")?.array == ca.orders.map(\.json))
        #expect(try managed.api(.get, "/authorizations")?.array == ca.authorizations.map(\.json))
        let certificate = try #require(ca.certificates.first)
        #expect(try managed.api(.get, "/certificates/\(certificate.id)") == certificate.json)
        let renewal = "/certificates/\(certificate.id)/renewal"
        try managed.api(.put, renewal, #"{"start": "2030-01-02T00:00:00Z", "end": "2030-01-03T00:00:00Z"}"#)
        #expect(
            try managed.apiRefusal(.put, renewal, #"{"start": "2030"}"#).detail
                == #"400 a window for renewal needs "end""#)
        try managed.api(.delete, renewal)
        #expect(
            try managed.apiRefusal(.delete, "/certificates/00/renewal").detail.hasPrefix("404 there is no certificate"))
    }

    @Test("What is held back is let go, one by one or all at once")
    func progress() throws {
        try managed.api(.put, "/settings/validation.standard", #""approve""#)
        ca.policy.progress.validation = .manually
        try client.register()
        let order = try client.order(["a.test"])
        let authorization = try #require((order.response.json["authorizations"] as? [String])?.first)
        let challenge = try client.challenge("http-01", of: authorization)
        _ = try client.respond(to: challenge.url)
        let held = try #require(try managed.api(.get, "/progress")?.array?.first)
        #expect(held["subject"] == "challenge")
        let id = try #require(held["id"]?.string)
        #expect(try managed.apiRefusal(.post, "/progress/order/release", #"{"id": "\#(id)"}"#).detail.hasPrefix("404 "))
        try managed.api(.post, "/progress/challenge/release", #"{"id": "\#(id)"}"#)
        try managed.api(.post, "/progress/release")
        #expect(try client.read(order.url).state == "ready")
    }

    // MARK: Accounts, and what is outside ACME

    @Test("An account is revoked, paused and unpaused by hand")
    func accounts() throws {
        try client.register()
        let id = try #require(ca.accounts.first?.id)
        #expect(try managed.api(.get, "/accounts/\(id)") == ca.accounts[0].json)
        try managed.api(.post, "/accounts/\(id)/agreeToTerms")
        try managed.api(.post, "/accounts/\(id)/pauses", #"{"identifiers": ["a.test", "192.0.2.1"]}"#)
        #expect(try managed.api(.get, "/accounts/\(id)/pauses")?.array?.count == 2)
        try managed.api(.delete, "/accounts/\(id)/pauses/a.test")
        #expect(try ca.pauses.identifiers(of: id) == [.ip("192.0.2.1")])
        try managed.api(.delete, "/accounts/\(id)/pauses")
        #expect(try ca.pauses.identifiers(of: id) == [])
        let wrong = try managed.apiRefusal(.post, "/accounts/\(id)/pauses", #"{"identifiers": ["a.test", "a b"]}"#)
        #expect(wrong.pointer == "/identifiers/1")
        try managed.api(.post, "/accounts/\(id)/revoke")
        #expect(ca.accounts[0].status == .revoked)
        #expect(try managed.apiRefusal(.post, "/accounts/x/revoke").detail == #"404 there is no account "x""#)
        // What is there and has another status is no 404.
        for path in ["/accounts/\(id)/deactivate", "/accounts/\(id)/agreeToTerms"] {
            #expect(try managed.apiRefusal(.post, path).detail.hasPrefix("409 "))
        }
        let grant = { (account: String) in #"{"account": "\#(account)", "scope": "a.test"}"# }
        #expect(try managed.apiRefusal(.post, "/grants", grant("\(id)")).detail.hasPrefix("409 "))
        #expect(try managed.apiRefusal(.post, "/grants", grant("AAAAAAAAAAAAAAAAAAAAAA")).detail.hasPrefix("404 "))
    }

    @Test("Keys for external accounts are issued, read and revoked")
    func externalAccountKeys() throws {
        let drawn = try #require(try managed.api(.post, "/externalAccountKeys", "{}"))
        #expect(drawn["identifier"]?.string?.utf8.count == 22)
        let key = try #require(
            try managed.api(
                .post, "/externalAccountKeys",
                #"{"identifier": "kid", "macKey": "c2VjcmV0", "uses": "unlimited", "lifetime": "1d", "policy": {"names": ["*.a.test"]}}"#
            ))
        #expect(key["macKey"] == "c2VjcmV0")
        #expect(key["expires"] == "2030-01-02T00:00:00Z")
        #expect(ca.externalAccountKeys["kid"]?.policy.names == ["*.a.test"])
        try managed.api(.post, "/externalAccountKeys/kid/pauses", #"{"identifiers": ["p.test"]}"#)
        try client.register(boundTo: ExternalAccount("kid", Array("secret".utf8)))
        #expect(try ca.pauses.identifiers(of: ca.accounts[0].id) == ["p.test"])
        #expect(
            try managed.apiRefusal(.post, "/externalAccountKeys", #"{"identifier": "kid"}"#).detail.hasPrefix("409 "))
        try managed.api(.delete, "/externalAccountKeys/kid")
        #expect(try managed.api(.get, "/externalAccountKeys/kid")?["status"] == "revoked")
        let wrong = try managed.apiRefusal(.post, "/externalAccountKeys", #"{"polcy": {}}"#)
        #expect(wrong.detail == #"400 polcy: "polcy" is no member here; did you mean "policy"?"#)
        #expect(wrong.pointer == "/polcy")
        #expect(try managed.apiRefusal(.delete, "/externalAccountKeys/x").detail.hasPrefix("404 "))
    }

    @Test("Grants are made, read and withdrawn")
    func grants() throws {
        try client.register()
        let id = try #require(ca.accounts.first?.id)
        let grant = try #require(
            try managed.api(
                .post, "/grants", #"{"account": "\#(id)", "scope": {"domain": "a.test"}, "duration": "2d"}"#))
        #expect(grant["expires"] == "2030-01-03T00:00:00Z")
        #expect(try client.order(["www.a.test"]).response.state == "ready")
        #expect(try managed.api(.get, "/grants") == .array([grant]))
        try managed.api(.delete, "/grants/\(try #require(grant["number"]?.integer))")
        #expect(ca.grants.isEmpty)
        #expect(try managed.apiRefusal(.delete, "/grants/1").detail.hasPrefix("404 there is no grant"))
        #expect(
            try managed.apiRefusal(.post, "/grants", #"{"scope": "a.test"}"#).detail.hasPrefix("400 expected one of"))
    }

    // MARK: DNS and validation

    @Test("Records are put, added, read and removed, for everybody and for one perspective")
    func records() throws {
        try managed.api(.put, "/dns/records/a.test", #"["A 127.0.0.1", "60 TXT \"some text\""]"#)
        try managed.api(.post, "/dns/records/a.test", #"["CAA 0 issue \"cairn.test\""]"#)
        #expect(ca.dns["a.test"].count == 3)
        #expect(
            try managed.api(.get, "/dns/records/a.test")
                == ["A 127.0.0.1", "60 TXT \"some text\"", "CAA 0 issue \"cairn.test\""])
        try managed.api(.delete, "/dns/records/a.test?type=CAA")
        #expect(ca.dns["a.test"].count == 2)
        try managed.api(.put, "/dns/records/*.a.test?perspective=eu", #"["A 127.0.0.2"]"#)
        #expect(ca.dns.view("eu")["*.a.test"] == [.a("127.0.0.2")])
        #expect(try managed.api(.get, "/dns/records?perspective=eu") == ["*.a.test": ["A 127.0.0.2"]])
        #expect(try managed.api(.get, "/dns/records")?.object?.names == ["a.test"])
        let wrong = try managed.apiRefusal(.put, "/dns/records/a.test", #"["A 127.0.0.1", "A x"]"#)
        #expect(wrong.detail.hasSuffix(#"got "A x""#))
        #expect(wrong.pointer == "/1")
        #expect(try managed.apiRefusal(.get, "/dns/records?perspective=us").detail.contains(#"("eu")"#))
        try managed.api(.delete, "/dns?perspective=eu")
        #expect(ca.dns["a.test"].count == 2)
        try managed.api(.delete, "/dns")
        #expect(ca.dns.names.isEmpty)
    }

    @Test("Questions fail by name and type, and those that were asked are read and forgotten")
    func failures() throws {
        try managed.api(.put, "/dns/failures/a.test?type=TXT", #"{"code": "SERVFAIL"}"#)
        try managed.api(.put, "/dns/failures/*.b.test?perspective=eu", #"{"code": "NXDOMAIN"}"#)
        #expect(try managed.api(.get, "/dns/failures") == [["name": "a.test", "code": "SERVFAIL", "type": "TXT"]])
        #expect(try managed.api(.get, "/dns/failures?perspective=eu")?.array?.count == 1)
        try managed.api(.delete, "/dns/failures/a.test?type=TXT")
        #expect(try managed.api(.get, "/dns/failures") == [])
        #expect(try managed.apiRefusal(.put, "/dns/failures/a.test", #"{"code": "FAIL"}"#).pointer == "/code")
        _ = ca.dns.lookup("a.test", .txt)
        #expect(try managed.api(.get, "/dns/queries?name=A.test")?.array?.map { $0["type"] } == ["TXT"])
        try managed.api(.delete, "/dns/queries")
        #expect(ca.dns.queries.isEmpty)
    }

    @Test("One record of a name is removed, from the table and from what a perspective sees")
    func oneRecord() throws {
        let dns = ca.dns
        dns["a.test"] = [.txt("x y"), .txt("z"), .a("127.0.0.1")]
        dns.view("eu")["a.test"] = [.txt("x y"), .a("127.0.0.1")]
        let record = "record=TXT%20%22x%20y%22"
        try managed.api(.delete, "/dns/records/a.test?\(record)")
        #expect(dns["a.test"] == [.txt("z"), .a("127.0.0.1")])
        try managed.api(.delete, "/dns/records/a.test?perspective=eu&type=TXT&\(record)")
        #expect(dns.view("eu")["a.test"] == [.a("127.0.0.1")])
        let refused = try managed.apiRefusal(.delete, "/dns/records/a.test?record=A")
        #expect(refused.detail.hasPrefix("400 record: "), "\(refused.detail)")
        let other = try managed.apiRefusal(.delete, "/dns/records/a.test?type=A&\(record)").detail
        #expect(other == #"400 expected a record of the type A in "record", got TXT"#)
        #expect(dns["a.test"].count == 2)
    }

    @Test("A script with counts and times as large as they go is read back, and propagation too")
    func largeScripts() throws {
        let script =
            #"{"name": "x", "do": [{"hide": {}, "times": 9223372036854775807}, {"propagation": 30, "times": 2}]}"#
        try managed.api(.post, "/dns/scripts", script)
        #expect(try managed.api(.get, "/dns/scripts/x")?["left"] == .integer(.max))
        #expect(
            ca.dns.scripts.map(\.script)
                == [CairnDNSScript(.hide.times(.max).then(.propagation(.seconds(30)).times(2)), name: "x")])
    }

    @Test(
        "A word in a script that means nothing is named, with its place and what was meant",
        arguments: [
            (#"{"do": {"hdie": {}}}"#, "/do/hdie", #"do.hdie: "hdie" is no action; did you mean "hide"?"#),
            (#"{"do": {"hide": {}}, "wen": {}}"#, "/wen", #"wen: "wen" is no member here; did you mean "when"?"#),
            (
                #"{"do": {"hide": {}}, "when": {"nam": "a.test"}}"#, "/when/nam",
                #"when.nam: "nam" is no member here; did you mean "name"?"#
            ),
        ])
    func scriptMistakes(_ script: String, _ pointer: String, _ sentence: String) throws {
        let refusal = try managed.apiRefusal(.post, "/dns/scripts", script)
        #expect(refusal.detail == "400 \(sentence)")
        #expect(refusal.pointer == pointer)
    }

    @Test("DNS queries are answered out of turn by scripts, which are read back with what became of them")
    func dnsScripts() throws {
        let script =
            #"{"name": "x", "when": {"name": "*.a.test", "type": "TXT", "sources": ["validation"]}, "#
            + #""after": 1, "until": {"in": 60}, "do": [{"code": "SERVFAIL", "times": 1}, {"answer": ["TXT \"y\""]}]}"#
        #expect(try managed.api(.post, "/dns/scripts", script) == ["name": "x"])
        for outcome: CairnDNSOutcome in [.noData, .failed(.serverFailure), .found] {
            #expect(ca.dns.lookup("b.a.test", .txt).outcome == outcome)
        }
        var expected = try #require(try CairnJSON(parsing: Array(script.utf8)).object)
        expected["matched"] = 3
        expected["fired"] = 2
        expected["left"] = .null
        #expect(try managed.api(.get, "/dns/scripts/x") == .object(expected))
        #expect(try managed.api(.get, "/dns/scripts") == ["scripts": [.object(expected)]])
        let query = try #require(try managed.api(.get, "/dns/queries")?.array?.last)
        #expect(query["scripts"] == ["x"] && query["class"] == 1)
        // What is read back can be loaded again, and counts anew.
        try managed.api(.post, "/dns/scripts", CairnJSON.object(expected).text())
        #expect(ca.dns.scripts.map(\.matched) == [0])
        try managed.api(.post, "/dns/scripts", #"{"do": {"lame": {}}}"#)
        try managed.api(.post, "/dns/scripts/reset")
        try managed.api(.delete, "/dns/scripts/x")
        #expect(ca.dns.scripts.map(\.script) == [CairnDNSScript(.lame, name: "s1")])
        try managed.api(.delete, "/dns/scripts")
        #expect(ca.dns.scripts.isEmpty)
        #expect(try managed.apiRefusal(.delete, "/dns/scripts/s1").detail == #"404 there is no script "s1""#)
    }

    @Test(
        "A script that cannot be is refused with what was expected",
        arguments: [
            (#"{}"#, "", #"a script needs "do""#),
            (#"{"do": {"cod": "SERVFAIL"}}"#, "/do/cod", #"did you mean "code"?"#),
            (#"{"do": {"code": "SERVFAILED"}}"#, "/do/code", #"got "SERVFAILED""#),
            (#"{"do": {"code": "SERVFAIL", "hide": {}}}"#, "/do", "got an object"),
            (#"{"do": {"delay": -1}}"#, "/do/delay", "got -1"),
            (#"{"do": {"hide": {}, "times": 0}}"#, "/do/times", "got 0"),
            (#"{"do": [{"hide": {}}, {"lame": {}}]}"#, "/do/0", #"expected "times""#),
            (#"{"do": []}"#, "/do", "got an empty array"),
            (#"{"do": {"answer": ["A x"]}}"#, "/do/answer/0", #"got "A x""#),
            (#"{"do": {"lame": {}}, "when": {"name": "a b"}}"#, "/when/name", #"got "a b""#),
            (#"{"do": {"lame": {}}, "until": {"at": 1}}"#, "/until", "expected a timestamp"),
            (#"{"do": {"lame": {}}, "every": 0}"#, "/every", "got 0"),
        ])
    func refusedDNSScripts(_ script: String, _ pointer: String, _ words: String) throws {
        let refusal = try managed.apiRefusal(.post, "/dns/scripts", script)
        #expect(refusal.detail.contains(words), "\(refusal.detail)")
        #expect(refusal.pointer ?? "" == pointer)
        #expect(ca.dns.scripts.isEmpty)
    }

    @Test("Who may update the DNS is changed while it runs")
    func dnsUpdates() throws {
        try managed.api(
            .put, "/settings/dns.updates.keys", #"[{"name": "k", "algorithm": "hmac-sha512", "secret": "AAEC"}]"#)
        try managed.api(.put, "/settings/dns.updates.additions", #""replace""#)
        #expect(ca.dns.updates.keys == [CairnTSIGKey(name: "k", algorithm: .hmacSHA512, secret: [0, 1, 2])])
        #expect(ca.dns.updates.additions == .replace)
        #expect(try managed.api(.get, "/settings/dns.updates.transfers") == "refused")
        let wrong = try managed.apiRefusal(
            .put, "/settings/dns.updates.keys", #"[{"name": "k", "algorithm": "hmac-md5", "secret": "AAEC"}]"#)
        #expect(wrong.detail.contains(#"got "hmac-md5""#), "\(wrong.detail)")
        #expect(
            try managed.apiRefusal(.put, "/settings/dns.updates.keys", #"[{"name": "k", "secret": "AA"}]"#)
                .detail.contains("Base64"))
        try managed.api(.delete, "/settings/dns.updates")
        #expect(ca.dns.updates == CairnDNSUpdates())
        #expect(try managed.api(.get, "/dns/updates") == [])
    }

    @Test("Names are decided without looking, and looked for again")
    func decisions() throws {
        try managed.api(.put, "/validation/decisions/*.a.test", #""approve""#)
        try managed.api(
            .put, "/validation/decisions/b.test?perspective=eu", #"{"deny": {"type": "dns", "detail": "no"}}"#)
        try managed.api(.put, "/validation/standard", #""deny""#)
        #expect(ca.validation["*.a.test"] == .approve)
        #expect(try managed.api(.get, "/validation/decisions/*.a.test") == "approve")
        let all = try #require(try managed.api(.get, "/validation/decisions"))
        #expect(all["standard"] == "deny")
        #expect(all["names"] == ["*.a.test": "approve"])
        #expect(all["perspectives"]?["eu"]?["b.test"]?["deny"]?["detail"] == "no")
        #expect(
            try managed.apiRefusal(.put, "/validation/decisions/b.test", #""aprove""#).detail.hasPrefix("400 expected"))
        try managed.api(.delete, "/validation/decisions/*.a.test")
        #expect(ca.validation["*.a.test"] == nil)
        #expect(try managed.apiRefusal(.get, "/validation/decisions/c.test").detail.hasPrefix("404 "))
        try managed.api(.delete, "/validation/decisions")
        #expect(ca.validation.standard == .probe)
    }

    @Test("Challenges of every type are answered, and answered no more", arguments: ["http-01", "tls-alpn-01"])
    func responder(_ type: String) throws {
        func path(_ proof: Proof) -> String { "/responder/\(type)/\(type == "http-01" ? proof.token : proof.name)" }
        _ = try client.obtain(["a.test"], by: type) { proof in
            try managed.api(.put, path(proof), #"{"keyAuthorization": "\#(proof.keyAuthorization)"}"#)
        }
        #expect(ca.certificates.count == 1)
        try managed.api(.delete, "/responder/\(type)/x")
        try managed.api(.delete, "/responder")
    }

    @Test("An oob-01 challenge is approved or denied")
    func outOfBand() throws {
        ca.policy.challengeTypes = [.oob01]
        try client.register()
        let order = try client.order(["a.test", "b.test"])
        for authorization in try #require(order.response.json["authorizations"] as? [String]) {
            _ = try client.respond(to: try client.challenge("oob-01", of: authorization).url)
        }
        let pending = try #require(try managed.api(.get, "/outOfBand")?.array).compactMap { $0["id"]?.string }
        #expect(pending.count == 2)
        try managed.api(.post, "/outOfBand/\(pending[0])/approve")
        try managed.api(.post, "/outOfBand/\(pending[1])/deny", #"{"detail": "no"}"#)
        #expect(try managed.api(.get, "/outOfBand") == [])
        #expect(try managed.apiRefusal(.post, "/outOfBand/\(pending[1])/approve").detail.hasPrefix("409 "))
        #expect(try managed.apiRefusal(.post, "/outOfBand/x/0/approve").detail.hasPrefix("404 "))
        #expect(try client.read(order.url).state != "valid")
    }

    // MARK: Rules

    @Test("Rules are added, read with what became of them, and removed")
    func rules() throws {
        try client.register()
        let added = try managed.api(
            .post, "/rules", #"{"name": "busy", "at": "newOrder", "do": {"problem": "rateLimited", "times": 1}}"#)
        #expect(added?["rules"]?.array?.map { $0["name"] } == ["busy"])
        try managed.api(
            .post, "/rules", #"{"rules": [{"at": "keyChange", "tags": ["t"], "do": {"problem": "badNonce"}}]}"#)
        #expect(try managed.api(.get, "/rules")?["rules"]?.array == ca.rules.all.map(\.json))
        #expect(throws: (any Error).self) { try client.order(["a.test"]) }
        _ = try client.order(["a.test"])
        #expect(try managed.api(.get, "/rules/busy")?["fired"] == 1)
        #expect(try managed.api(.get, "/rules/unfired")?["rules"]?.array?.count == 1)
        try managed.api(.post, "/rules/reset")
        #expect(try managed.api(.get, "/rules/busy")?["fired"] == 0)
        try managed.api(.post, "/rules/busy/release")
        try managed.api(.delete, "/rules?tag=t")
        #expect(ca.rules.all.map(\.rule.name) == ["busy"])
        #expect(
            try managed.apiRefusal(.delete, "/rules/buzy").detail
                == #"404 there is no rule "buzy"; did you mean "busy"?"#)
        try managed.api(.delete, "/rules/busy")
        try managed.api(.delete, "/rules")
        #expect(ca.rules.all.isEmpty)
    }

    @Test("A rule that cannot be is refused, with the pointer to what is wrong, and none of its list is added")
    func refusedRules() throws {
        let rule = #"{"at": "newOrder", "do": {"problem": "rateLimited"}}"#
        let wrong = try managed.apiRefusal(
            .post, "/rules", #"{"rules": [\#(rule), {"at": "newOrdr", "do": {"problem": "rateLimited"}}]}"#)
        #expect(wrong.pointer == "/rules/1/at")
        #expect(wrong.detail.hasSuffix(#"did you mean "newOrder"?"#))
        #expect(try managed.apiRefusal(.post, "/rules", #"{"at": "newOrder", "doo": {}}"#).pointer == "/doo")
        #expect(ca.rules.all.isEmpty)
    }

    @Test("Stories are read and moved on, and rules are kept for clients to choose")
    func stories() throws {
        let start = try managed.api(.get, "/rules/stories")?["state"]?.string
        #expect(start == ca.rules.state())
        try managed.api(.put, "/rules/stories", #"{"state": "second"}"#)
        try managed.api(.put, "/rules/stories/other", #"{"state": "third"}"#)
        #expect(ca.rules.state() == "second")
        #expect(try managed.api(.get, "/rules/stories/other") == ["state": "third"])
        try managed.api(.post, "/rules", #"{"state": {"requires": "x", "of": "told"}, "do": {"problem": "malformed"}}"#)
        #expect(
            try managed.api(.get, "/rules/stories")
                == ["state": "second", "stories": ["other": "third", "told": "start"]])
        try managed.api(.put, "/rulesets/busy", #"{"at": "newOrder", "do": {"problem": "rateLimited"}}"#)
        #expect(try managed.api(.get, "/rulesets")?.object?.names == ["busy"])
        try managed.api(.delete, "/rulesets/busy")
        #expect(ca.rulesets.all.isEmpty)
        #expect(try managed.apiRefusal(.delete, "/rulesets/busy").detail.hasPrefix("404 "))
    }
}
