import CairnModel
import Testing

@testable import CairnCommand

@Suite("What Pebble is told", .timeLimit(.minutes(5)))
struct PebbleInputTests {
    // MARK: Flags

    @Test(
        "A flag has one dash or two, and its value behind it or behind an equals sign",
        arguments: [
            ["-config", "a.json"], ["--config", "a.json"], ["-config=a.json"], ["--config=a.json"],
        ])
    func spelling(arguments: [String]) throws {
        let values = try GoFlags.pebble.parse(arguments)
        #expect(values.text("config") == "a.json")
        #expect(!values.isOn("strict"))
        #expect(values.arguments == [])
    }

    @Test("A switch takes no argument that follows, and what is no flag ends the flags")
    func toggles() throws {
        let values = try GoFlags.pebble.parse(["-strict", "false", "-version"])
        #expect(values.isOn("strict") && !values.isOn("version"))
        #expect(values.arguments == ["false", "-version"])
        #expect(try !GoFlags.pebble.parse(["-strict=F"]).isOn("strict"))
        #expect(try GoFlags.pebble.parse(["-strict", "--", "-x"]).arguments == ["-x"])
    }

    @Test(
        "The DNS flag of the challenge server has its former name too, and both are one",
        arguments: ["-dns01", "-dnsserver"])
    func formerName(flag: String) throws {
        #expect(try GoFlags.challengeServer.parse([flag, ":1", "-management="]).text("dnsserver") == ":1")
        #expect(try GoFlags.challengeServer.parse([]).text("dnsserver") == ":8053")
    }

    @Test(
        "Complaints are in Go's words",
        arguments: [
            (["-bogus"], "flag provided but not defined: -bogus"), (["-config"], "flag needs an argument: -config"),
            (["---config"], "bad flag syntax: ---config"), (["-=a"], "bad flag syntax: -=a"),
            (["-strict=yes"], "invalid boolean value \"yes\" for -strict: parse error"),
        ])
    func complaints(arguments: [String], sentence: String) {
        #expect(throws: GoFlags.Complaint.wrong(sentence)) { try GoFlags.pebble.parse(arguments) }
        #expect(GoFlags.Complaint.wrong(sentence).status == 2)
    }

    @Test("Help is no fault, and lists the flags by name", arguments: ["-h", "-help", "--help"])
    func help(argument: String) {
        #expect(throws: GoFlags.Complaint.help) { try GoFlags.pebble.parse([argument]) }
        #expect(GoFlags.Complaint.help.status == 0)
        #expect(
            GoFlags.pebble.usage.hasPrefix(
                """
                Usage of pebble:
                  -challtestsrv
                    \tServe as pebble-challtestsrv, too, and ask its DNS. Flags of its own follow behind --.
                  -config string
                    \tFile path to the Pebble configuration file (default "test/config/pebble-config.json")
                  -dnsserver string

                """))
    }

    @Test("A command line of the challenge server is read in full, and what is empty is off")
    func challengeServer() throws {
        let options = try ChallengeServerOptions([
            "-http01", ":1,:2", "-https01", "", "-tlsalpn01", "127.0.0.1:3", "-dns01", "[::1]:4", "-doh", "",
            "-defaultIPv6", "",
            "-defaultIPv4", "10.30.50.3", "-management", ":5",
        ])
        #expect(options.http.map(\.port) == [1, 2] && options.https.isEmpty && options.dnsOverHTTPS.isEmpty)
        #expect((options.tlsALPN.first?.port, options.dns.first?.host, options.management?.port) == (3, "::1", 5))
        #expect(options.defaultIPv4 == CairnIPAddress("10.30.50.3") && options.defaultIPv6 == nil)
        #expect(
            options.announcement == [
                "Creating HTTP-01 challenge server on :1", "Creating HTTP-01 challenge server on :2",
                "Creating TCP and UDP DNS-01 challenge server on [::1]:4",
                "Creating TLS-ALPN-01 challenge server on 127.0.0.1:3",
                "Answering A queries with 10.30.50.3 by default",
            ])
        #expect(throws: SettingsError.self) { try ChallengeServerOptions(["-defaultIPv4", "::1"]) }
        #expect(throws: SettingsError.self) { try ChallengeServerOptions(["-http01", "5002"]) }
    }

    @Test(
        "A value of two quotes is an empty one, for harnesses write it where no shell takes the quotes away",
        arguments: ["\"\"", "''", ""])
    func quotes(value: String) throws {
        let options = try ChallengeServerOptions([
            "-http01", value, "-https01", value, "-tlsalpn01", value, "-defaultIPv6", value, "-dnsserver", ":1",
        ])
        #expect(options.http.isEmpty && options.https.isEmpty && options.tlsALPN.isEmpty && !options.isEmpty)
        #expect(options.defaultIPv6 == nil)
    }

    @Test("The flags of a challenge server in the same process follow behind two dashes")
    func both() throws {
        #expect(try PebbleOptions(["-strict"]).challengeServer == nil)
        let usual = try PebbleOptions(["-challtestsrv", "-strict"])
        #expect(usual.isStrict)
        #expect(try usual.challengeServer == ChallengeServerOptions([]))
        let told = try PebbleOptions([
            "-challtestsrv", "-dnsserver", "10.0.0.1:53", "--", "-dnsserver", ":1", "-http01", "",
        ])
        #expect(told.resolver?.port == 53)
        #expect(told.challengeServer?.dns.map(\.port) == [1] && told.challengeServer?.http.isEmpty == true)
        let off = ["-http01=", "-https01=", "-tlsalpn01=", "-dnsserver="]
        for wrong in [["x"], ["--", "-http01", ":1", "x"], ["--", "-http01", "5002"], ["--"] + off] {
            #expect(throws: SettingsError.self, "\(wrong)") { try PebbleOptions(["-challtestsrv"] + wrong) }
        }
        #expect(
            throws: GoFlags.Complaint.wrong(
                "flag provided but not defined: -strict, among the flags of pebble-challtestsrv")
        ) { try PebbleOptions(["-challtestsrv", "--", "-strict"]) }
        #expect(throws: SettingsError.self) { try PebbleOptions(["-strict", "--", "-http01", ":1"]) }
    }

    @Test("A command line of pebble names the resolver, and has flags alone")
    func pebble() throws {
        let options = try PebbleOptions(["-strict", "-dnsserver", "10.30.50.3:8053"])
        #expect(options.isStrict && options.resolver == ListenAddress(host: "10.30.50.3", port: 8053))
        #expect(options.configuration == "test/config/pebble-config.json")
        #expect(try PebbleOptions([]).resolver == nil)
        #expect(throws: SettingsError.self) { try PebbleOptions(["extra"]) }
        #expect(throws: SettingsError.self) { try PebbleOptions(["-dnsserver", "10.30.50.3"]) }
    }

    @Test("A line of the log has the form of Go's")
    func log() {
        let line = GoLog.pebble.line("Listening on: 127.0.0.1:14000", at: 1_000_000_000)
        #expect(line.contains(/^Pebble 2001\/09\/\d\d \d\d:\d\d:40 Listening on: 127\.0\.0\.1:14000$/))
    }

    // MARK: Addresses

    @Test(
        "An address to listen at has a host, a name or nothing before its port",
        arguments: [
            ("127.0.0.1:14000", "127.0.0.1", 14000), (":8055", "", 8055), ("[::1]:53", "::1", 53),
            ("pebble:80", "pebble", 80),
            ("localhost:https", "localhost", 443),
        ])
    func addresses(text: String, host: String, port: Int) throws {
        let address = try #require(ListenAddress(text))
        #expect(address == ListenAddress(host: host, port: port))
        #expect((address.addresses == nil) == (host == "pebble"))
    }

    @Test("What is no address is refused", arguments: ["", "127.0.0.1", "::1:53", "a:b", "a:70000", "a:-1"])
    func noAddress(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test("Several addresses have commas between them, and an empty text is none")
    func lists() throws {
        #expect(try ListenAddress.list(" :1, 127.0.0.1:2 ,,").map(\.description) == [":1", "127.0.0.1:2"])
        #expect(try ListenAddress.list("").isEmpty)
        #expect(throws: SettingsError.self) { try ListenAddress.list("a") }
    }

    // MARK: The file

    private func file(_ content: String) throws -> PebbleFile {
        try PebbleFile(Array(content.utf8), path: "c.json")
    }

    @Test("The file that Pebble is shipped with is read in full")
    func shipped() throws {
        let file = try file(
            """
            {"pebble": {"listenAddress": "0.0.0.0:14000", "managementListenAddress": "0.0.0.0:15000",
              "certificate": "test/certs/localhost/cert.pem", "privateKey": "test/certs/localhost/key.pem",
              "httpPort": 5002, "tlsPort": 5001, "ocspResponderURL": "", "externalAccountBindingRequired": true,
              "externalAccountMACKeys": {"kid-1": "AQID"}, "domainBlocklist": ["blocked-domain.example"],
              "retryAfter": {"authz": 3, "order": 5}, "keyAlgorithm": "ecdsa",
              "profiles": {"default": {"description": "a", "validityPeriod": 7776000},
                           "shortlived": {"description": "b", "promoteCommonName": true, "validityPeriod": 518400}}}}
            """)
        #expect(file.warnings == [])
        #expect(file.managementListenAddress?.port == 15000)
        #expect(file.externalAccountMACKeys == [.init(identifier: "kid-1", macKey: [1, 2, 3])])
        #expect(file.keyAlgorithm == .ecdsa)
        #expect(file.profiles.map(\.validityPeriod) == [7_776_000, 518_400])
        #expect(file.profiles.map(\.promotesCommonName) == [false, true])
        #expect(file.retryAfter == .init(authz: 3, order: 5))
        #expect(file.caaIdentities == ["pebble.letsencrypt.org"])
    }

    @Test("What is missing has a default, as has an empty file")
    func missing() throws {
        #expect(try file("{}") == PebbleFile())
        #expect(try file(#"{"pebble": {"listenAddress": "", "managementListenAddress": ""}}"#) == PebbleFile())
    }

    @Test("Names are compared without regard to case, and one that is exact is stronger")
    func names() throws {
        #expect(try file(#"{"PEBBLE": {"HTTPPORT": 1, "tlsport": 2}}"#).httpPort == 1)
        #expect(try file(#"{"pebble": {"httpPort": 1, "HTTPPort": 2}}"#).httpPort == 1)
    }

    @Test("What is unknown is named in a warning, and does not stop anything")
    func unknown() throws {
        let file = try file(
            #"{"pebble": {"unknownKey": 1, "retryAfter": {"authorization": 1}, "certificateValidityPeriod": 5}, "more": 1}"#
        )
        #expect(file.warnings.count == 4)
        #expect(file.warnings.contains("c.json: there is no setting \"pebble.unknownKey\"; it is passed over"))
        #expect(
            file.warnings.contains("c.json: there is no setting \"pebble.retryAfter.authorization\"; it is passed over")
        )
    }

    @Test("Every wrong value is named with its place")
    func wrong() throws {
        let error = try #require(throws: SettingsError.self) {
            try file(
                """
                {"pebble": {"httpPort": "5002", "tlsPort": 70000, "keyAlgorithm": "dsa", "listenAddress": "x",
                 "caaIdentities": [1], "externalAccountMACKeys": {"a": "?"}, "profiles": {"p": {"validityPeriod": "1"}}}}
                """)
        }
        for name in [
            "httpPort", "tlsPort", "keyAlgorithm", "listenAddress", "caaIdentities", "externalAccountMACKeys.a",
            "profiles.p.validityPeriod",
        ] {
            #expect(error.lines.contains { $0.hasPrefix("c.json: pebble.\(name): ") }, "\(name)")
        }
        #expect(error.lines.count == 7)
        #expect(throws: SettingsError.self) { try file("{") }
        #expect(throws: SettingsError.self) { try file("[]") }
    }

    @Test("A period that no certificate can have is the standard one", arguments: [0, -1, 9_223_372_038])
    func periods(seconds: Int) throws {
        let file = try file("{\"pebble\": {\"profiles\": {\"p\": {\"validityPeriod\": \(seconds)}}}}")
        #expect(file.profiles.map(\.validityPeriod) == [7_776_000])
    }

    // MARK: The environment

    private func environment(_ variables: [String: String]) -> PebbleEnvironment {
        PebbleEnvironment { variables[$0] }
    }

    @Test("Without variables it is as Pebble is")
    func silence() {
        let environment = environment([:])
        #expect(environment.nonceRejectProbability == 0.05)
        #expect(environment.authorizationReuseProbability == 0.51)
        #expect(environment.ordersPerPage == 3)
        #expect(!environment.skipsSleep && !environment.isAlwaysValid)
        #expect((environment.sleepTime, environment.roots, environment.chainLength) == (5, 1, 1))
        #expect(environment.warnings == [])
    }

    @Test(
        "Percentages are chances, and 0 is never",
        arguments: [
            ("PEBBLE_WFE_NONCEREJECT", "0", 0.0), ("PEBBLE_WFE_NONCEREJECT", "-5", 0),
            ("PEBBLE_WFE_NONCEREJECT", "100", 1),
            ("PEBBLE_WFE_NONCEREJECT", "150", 0.99), ("PEBBLE_WFE_NONCEREJECT", "20", 0.2),
            ("PEBBLE_AUTHZREUSE", "0", 0),
            ("PEBBLE_AUTHZREUSE", "100", 1), ("PEBBLE_AUTHZREUSE", "7", 0.08),
        ])
    func chances(variable: String, text: String, probability: Double) {
        let environment = environment([variable: text])
        let isNonce = variable == "PEBBLE_WFE_NONCEREJECT"
        #expect(
            (isNonce ? environment.nonceRejectProbability : environment.authorizationReuseProbability) == probability)
    }

    @Test(
        "What cannot be read leaves the default, and is named",
        arguments: [
            ("PEBBLE_WFE_NONCEREJECT", "x"), ("PEBBLE_AUTHZREUSE", "101"), ("PEBBLE_WFE_ORDERS_PER_PAGE", "0"),
            ("PEBBLE_VA_SLEEPTIME", "soon"), ("PEBBLE_ALTERNATE_ROOTS", "-1"), ("PEBBLE_CHAIN_LENGTH", "0"),
        ])
    func useless(variable: String, text: String) {
        var told = environment([variable: text])
        #expect(told.warnings.count == 1 && told.warnings[0].hasPrefix(variable))
        told.warnings = []
        #expect(told == environment([:]))
    }

    @Test(
        "Switches are on for Go's words of truth alone",
        arguments: [
            ("1", true), ("true", true), ("True", true), ("TRUE", true), ("yes", false), ("0", false), ("", false),
        ])
    func switches(text: String, isOn: Bool) {
        #expect(environment(["PEBBLE_VA_NOSLEEP": text]).skipsSleep == isOn)
        #expect(environment(["PEBBLE_VA_ALWAYS_VALID": text]).isAlwaysValid == isOn)
    }
}
