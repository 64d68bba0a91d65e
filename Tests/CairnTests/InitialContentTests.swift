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
                $0.decisions["*.good.test"] = .approve
                $0.decisions["bad.test"] = .deny(ACMEProblem(.caa, "not today"))
                $0.decisions["far.good.test", from: "eu"] = .deny(ACMEProblem(.connection, "no route"))
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
                $0.responders = [{ _ in .refused }, { $0.host == "slow.test" ? .timedOut : nil }]
            })
        _ = try answered("slow.test", at: ca)
        _ = try answered("gone.test", at: ca)
        #expect(ca.journal.probes.map { $0.problem?.detail.contains("refused") } == [false, true])
    }

    @Test("A trait alone sets up all of it", .testCA { $0.decisions["www.example.test"] = .approve })
    func trait() throws {
        #expect(try answered("www.example.test", at: .inMemory(TestCA.current.configuration)).state == "valid")
    }

    @Test("A key for external accounts can be good for some time from now")
    func lifetime() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        let key = try ca.externalAccounts.issue(lifetime: .hours(1))
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
        #expect(words("decisions.names", ["a.test": "maybe"]).contains("expected \"probe\", \"approve\", \"deny\""))
        #expect(words("decisions.names", ["a b": "deny"]).contains("a host name"))
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
                 "dns": {"records": {"www.example.test": ["A 127.0.0.1"]}}, "decisions": {"names": {"a.test": "approve"}}}
                """)
        #expect(configuration.seed == 42)
        #expect(configuration.clock == .standing(at: "2030-01-01T00:00:00Z"))
        #expect(configuration.dns["www.example.test"] == [.a("127.0.0.1")])
        #expect(configuration.decisions["a.test"] == .approve)
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
