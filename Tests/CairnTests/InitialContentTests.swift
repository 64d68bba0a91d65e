import Cairn
import CairnReferenceClient
import CairnTesting
import HTTPTypes
import Testing

@Suite("What a configuration has from the start", .timeLimit(.minutes(5)))
struct InitialContentTests {
    /// The authorization of a name, once a challenge for it has been answered.
    private func answered(_ name: String, by type: String = "http-01", at ca: TestCA) throws -> Response {
        let client = try ca.client()
        try client.register()
        let authorization = try #require(client.order([name]).authorizations.first)
        try client.respond(to: client.challenge(type, of: authorization).url)
        return try client.read(authorization)
    }

    @Test("Records and failures of the fake DNS are there from the start, also for single perspectives")
    func dns() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.dns.defaultIPv4 = nil
                $0.dns["www.example.test"] = [.a("127.0.0.7"), .txt("one", "two \"three\"", "\\#")]
                $0.dns["*.wild.test"] = [.cname("www.example.test", timeToLive: .seconds(9))]
                $0.dns["zone.test"] = [
                    .soa(.init(primary: "ns.zone.test", serial: 7)), .mx("mail.zone.test"), .ns("ns.zone.test"),
                    .other(.txt, [0xff]), .other(CairnDNSType(rawValue: 65_280), []), .ptr("a b"), .txt(),
                    .caa(flags: 128, tag: "issue", value: ";"),
                ]
                $0.dns.setFailure(.refused, for: "*.broken.test", type: .caa)
                $0.dns["www.example.test", from: "eu"] = [.a("127.0.0.8")]
                $0.dns.setFailure(.serverFailure, for: "www.example.test", type: .aaaa, from: "eu")
            })
        #expect(ca.dns.names == ["*.wild.test", "www.example.test", "zone.test"])
        #expect(ca.dns["www.example.test"] == [.a("127.0.0.7"), .txt("one", "two \"three\"", "\\#")])
        #expect(ca.dns["zone.test"] == ca.configuration.dns["zone.test"])
        #expect(ca.dns.view("eu")["www.example.test"] == [.a("127.0.0.8")])
        #expect(ca.dns.lookup("a.broken.test", .caa).outcome == .failed(.refused))
        #expect(ca.dns.lookup("www.example.test", .aaaa, from: "eu").outcome == .failed(.serverFailure))
        #expect(ca.dns.lookup("www.example.test", .aaaa).outcome != .failed(.serverFailure))
        #expect(ca.dns.defaultIPv4 == nil)
        // They can be taken away later.
        ca.dns["www.example.test"] = []
        #expect(ca.dns.names == ["*.wild.test", "zone.test"])
    }

    @Test("Names are approved and denied without looking, also for single perspectives")
    func decisions() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.probes.perspectives = ["eu"]
                $0.validation["*.good.test"] = .approve
                $0.validation["bad.test"] = .deny(ACMEProblem(.caa, "not today"))
                $0.validation["far.good.test", from: "eu"] = .deny(ACMEProblem(.connection, "no route"))
            })
        #expect(try answered("www.good.test", at: ca).state == "valid")
        #expect(try answered("bad.test", at: ca).text.contains("not today"))
        #expect(try answered("far.good.test", at: ca).text.contains("no route"))
        #expect(ca.validation["*.good.test"] == .approve)
        #expect(ca.dns.queries.allSatisfy { $0.type == .caa })
    }

    @Test("Closures answer probes from the start, the last first")
    func responders() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.responder.onProbe { _ in .refused }
                $0.responder.onProbe { $0.host == "slow.test" ? .timedOut : nil }
            })
        _ = try answered("slow.test", at: ca)
        _ = try answered("gone.test", at: ca)
        #expect(ca.journal.probes.map { $0.problem?.detail.contains("refused") } == [false, true])
    }

    @Test("Challenges are answered and redirected from the start, in the words of the responder")
    func answers() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.responder.setDNS01(name: "dns.test", keyAuthorization: "a.b")
                $0.responder.setDNSAccount01(
                    name: "dns.test", account: "https://ca.test/account/1", keyAuthorization: "a.b")
                $0.responder.setHTTP01(token: "a", keyAuthorization: "a.b")
                $0.responder.setHTTP01(name: "own.test", token: "a", keyAuthorization: "a.own")
                $0.responder.setTLSALPN01(name: "tls.test", keyAuthorization: "a.b")
                $0.responder.setTLSSNI02(token: "a", keyAuthorization: "a.b")
                $0.responder.setRedirect(path: "/old", to: "http://new.test/")
            })
        func bodies() -> [String] {
            ["own.test", "other.test"].map { host in
                let request = CairnChallengeRequest(
                    path: "/.well-known/acme-challenge/a", authority: host, isTLS: false, serverName: nil,
                    userAgent: nil)
                guard case .keyAuthorization(let text)? = ca.responder.serve(request) else { return "" }
                return text
            }
        }
        #expect(ca.dns["_acme-challenge.dns.test"].count == 1)
        #expect(ca.dns.names.contains { $0.hasSuffix("._acme-challenge.dns.test") })
        #expect(bodies() == ["a.own", "a.b"])
        ca.responder.reset()
        #expect(bodies() == ["", ""])
        ca.reset()
        #expect(bodies() == ["a.own", "a.b"])
    }

    @Test("An answer that lacks what its type needs is refused")
    func impossibleAnswers() {
        for (json, words) in [
            (#"{"type": "http-01", "keyAuthorization": "a"}"#, "expected \"token\""),
            (#"{"type": "dns-01", "token": "a", "keyAuthorization": "a"}"#, "expected \"name\" alone"),
            (#"{"type": "dns-account-01", "name": "a.test", "keyAuthorization": "a"}"#, "\"account\""),
            (#"{"type": "oob-01", "keyAuthorization": "a"}"#, "expected \"http-01\""),
        ] {
            let error = #expect(throws: TestCA.StartError.self) {
                try TestCA.inMemory(TestCA.Configuration(settings: #"{"responder": {"answers": [\#(json)]}}"#))
            }
            #expect(error?.description.hasPrefix("responder.answers[0]") == true)
            #expect(error?.description.contains(words) == true)
        }
    }

    @Test("A standard decision is preset, and what a test decided is put back with the settings")
    func standard() throws {
        let deny = CairnValidationDecisions.Decision.deny(ACMEProblem(.unauthorized, "not today"))
        for preset in [CairnValidationDecisions.Decision.probe, .approve, deny] {
            let ca = try TestCA.inMemory(
                .with {
                    $0.validation.standard = preset
                    $0.validation["a.test"] = .approve
                })
            #expect(ca.validation.standard == preset)
            ca.validation.standard = preset == deny ? .approve : deny
            ca.validation["a.test"] = nil
            ca.validation["*.b.test", from: "eu"] = .approve
            #expect(ca.currentConfiguration.validation["*.b.test", from: "eu"] == .approve)
            #expect(try ca.resetSettings(at: "validation"))
            #expect(ca.validation.standard == preset)
            #expect(ca.validation["a.test"] == .approve && ca.validation["*.b.test", from: "eu"] == nil)
            try ca.set("validation.names", to: ["c.test": "deny"])
            #expect(ca.validation["a.test"] == nil && ca.validation["c.test"] != nil)
        }
    }

    @Test("A trait alone sets up all of it", .testCA { $0.validation["www.example.test"] = .approve })
    func trait() throws {
        #expect(try answered("www.example.test", at: .inMemory(TestCA.current.configuration)).state == "valid")
    }

    @Test("A key for external accounts can be good for some time from now")
    func lifetime() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        let key = try ca.externalAccountKeys.issue(lifetime: .hours(1))
        #expect(key.expires == noon + .hours(1))
    }

    @Test(
        "A record that cannot be read is refused",
        arguments: [
            "", "A", "A ::1", "AAAA 127.0.0.1", "B 127.0.0.1", "60", "-1 A 127.0.0.1", "A 127.0.0.1 x", "TXT \"open",
            "MX mail.test", "CAA 256 issue x", "TYPE65280 \\# 2 c0", "SOA a b 1", "TXT \\# 1 0g", "CAA 0 issue a b",
        ])
    func record(_ text: String) throws {
        var configuration = TestCA.Configuration()
        let fault = #expect(throws: SettingFault.self) {
            try TestCA.Configuration.settings.set(
                "dns.records", to: ["a.test": [.string(text)]], of: &configuration)
        }
        #expect(fault?.description.hasPrefix("dns.records.\"a.test\"[0]: expected a DNS record such as") == true)
    }

    @Test("A decision, a name or a failure that cannot be is refused with its path")
    func refused() {
        func words(_ path: String, _ json: CairnJSON) -> String {
            var configuration = TestCA.Configuration()
            let fault = #expect(throws: SettingFault.self) {
                try TestCA.Configuration.settings.set(path, to: json, of: &configuration)
            }
            return fault?.description ?? ""
        }
        #expect(words("validation.names", ["a.test": "maybe"]).contains("expected \"probe\", \"approve\", \"deny\""))
        #expect(words("validation.names", ["a b": "deny"]).contains("a host name"))
        #expect(words("dns.records", ["a b": []]).contains("a host name"))
        #expect(words("dns.failures", [["name": "a.test", "code": "BROKEN"]]).contains("dns.failures[0].code"))
        #expect(words("dns.failures", [["code": "REFUSED"]]).contains("needs \"name\""))
    }
}

@Suite("A configuration from a settings file", .timeLimit(.minutes(5)))
struct SettingsTextTests {
    @Test("It is what the file says, and otherwise the default")
    func read() throws {
        let configuration = try TestCA.Configuration(
            settings: """
                {"$schema": "cairn.json", "seed": 42, "clock": "2030-01-01T00:00:00Z",
                 "dns": {"records": {"www.example.test": ["A 127.0.0.1"]}}, "validation": {"names": {"a.test": "approve"}}}
                """)
        #expect(configuration.seed == 42)
        #expect(configuration.clock == .standing(at: "2030-01-01T00:00:00Z"))
        #expect(configuration.dns["www.example.test"] == [.a("127.0.0.1")])
        #expect(configuration.validation["a.test"] == .approve)
        #expect(configuration.listener.port == 0)
    }

    @Test(
        "What is wrong in it is told, all at once",
        arguments: [
            ("{", "expected"), ("[]", "expected a JSON object, got an array"),
            (#"{"sed": 1}"#, #"sed: "sed" is not a setting; did you mean "seed"?"#),
            (#"{"threads": 0, "seed": -1}"#, "; seed: expected"),
        ])
    func refused(_ text: String, _ words: String) {
        let error = #expect(throws: TestCA.StartError.self) { try TestCA.Configuration(settings: text) }
        #expect(error?.reason == .configuration)
        #expect(error?.description.contains(words) == true)
    }
}

@Suite("Requests and deliveries in plain text", .timeLimit(.minutes(5)))
struct PlainRequestTests {
    @Test("A request is made of a method and a URL")
    func request() throws {
        let ca = try TestCA.inMemory()
        let delivery = ca.respond(to: try #require(CairnRequest("GET", ca.directoryURL)))
        #expect(delivery.statusCode == 200)
        #expect(delivery.headerField("Content-Type") == "application/json")
        #expect(delivery.headerField("not a name") == nil)
        let request = try #require(
            CairnRequest(
                "POST", "http://[::1]:80?q#f", headerFields: ["X-A": "1", "x-a": "2"], body: Array("{}".utf8)))
        #expect(request.head.authority == "[::1]:80")
        #expect(request.head.path == "/?q")
        #expect(request.head.scheme == "http")
        #expect(request.head.headerFields.map(\.value) == ["1", "2"])
        #expect(request.body == Array("{}".utf8))
    }

    @Test("What HTTP cannot have is no request")
    func none() {
        #expect(CairnRequest("GE T", "https://a.test/") == nil)
        #expect(CairnRequest("GET", "/dir") == nil)
        #expect(CairnRequest("GET", "://a.test/") == nil)
        #expect(CairnRequest("GET", "https:///dir") == nil)
        #expect(CairnRequest("GET", "https://a.test/", headerFields: ["a b": ""]) == nil)
    }
}
