import Cairn
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@testable import CairnCommand

@Suite("The configuration file", .timeLimit(.minutes(5)))
struct SettingsTests {
    /// The settings that a file makes.
    static func settings(_ content: String) throws -> Settings {
        try withFolder { folder in
            let file = folder.appendingPathComponent("cairn.json")
            try content.write(to: file, atomically: true, encoding: .utf8)
            var settings = Settings()
            try SettingsFile(path: file.path).apply(to: &settings)
            return settings
        }
    }

    /// A file that sets one thing.
    private static func file(_ path: String, _ value: String) -> String {
        path.split(separator: ".").reversed().reduce(value) { "{\"\($1)\": \($0)}" }
    }

    @Test("Every setting has its effect on the value that its path names, and on no other setting")
    func rows() throws {
        let catalogue = Settings.catalogue
        let defaults = catalogue.json(of: Settings())
        for row in SettingRow.all {
            let settings = try Self.settings(Self.file(row.path, row.value))
            #expect(row.shows(settings), "\(row.path) = \(row.value)")
            #expect(!row.shows(Settings()), "\(row.path) = \(row.value) is the default")
            let changed = Self.leaves(.object(catalogue.json(of: settings)))
            for (path, value) in Self.leaves(.object(defaults)) where !(path + ".").hasPrefix(row.path + ".") {
                #expect(changed[path] == value || row.path.hasPrefix(path + "."), "\(row.path) changes \(path)")
            }
        }
    }

    @Test("Every setting has a row in these tests, and arrives in a running CA")
    func arriving() throws {
        let catalogue = Settings.catalogue
        let paths = Set(SettingRow.all.map(\.path))
        for setting in catalogue.settings {
            #expect(paths.contains(setting.path), "no row for \(setting.path)")
        }
        #expect(paths.subtracting(catalogue.settings.map(\.path)) == [])
        for row in SettingRow.all where row.path != "probes.perspectiveQuorum" {
            var settings = try Self.settings(Self.file(row.path, row.value))
            let wanted = catalogue[row.path]?.get(settings)
            let ca = try TestCA.inMemory(settings.ca)
            settings.ca = ca.currentConfiguration
            #expect(catalogue[row.path]?.get(settings) == wanted, "\(row.path)")
        }
    }

    @Test("Whatever is live can be changed on a running CA by its path, and read back as it was written")
    func live() throws {
        let ca = try TestCA.inMemory()
        var count = 0
        for row in SettingRow.all {
            guard let setting = TestCA.Configuration.settings[row.path] else { continue }
            let json = try CairnJSON(parsing: Array(row.value.utf8))
            guard setting.isLive else {
                let fault = #expect(throws: SettingFault.self) { try ca.set(row.path, to: json) }
                #expect(fault?.description.contains("can be set at the start only") == true, "\(row.path)")
                continue
            }
            try ca.set(row.path, to: json)
            var settings = Settings()
            settings.ca = ca.currentConfiguration
            #expect(row.shows(settings), "\(row.path) = \(row.value)")
            count += 1
        }
        #expect(count > 60)
        #expect(ca.dns.defaultIPv6 == .loopbackV6)
        #expect(ca.validation.standard == .approve)
    }

    @Test("What every setting is written as can be read again")
    func writing() throws {
        var settings = Settings()
        for row in SettingRow.all {
            try Settings.catalogue.set(row.path, to: try CairnJSON(parsing: Array(row.value.utf8)), of: &settings)
        }
        let written = Settings.catalogue.json(of: settings)
        var read = Settings()
        #expect(Settings.catalogue.apply(written, to: &read) == [])
        #expect(Settings.catalogue.json(of: read) == written)
    }

    @Test(
        "A mistake is told with file, line, path, what came and what was expected",
        arguments: [
            (
                "{\n \"listener\": {\n  \"port\": 65536}}",
                "cairn.json:3: listener.port: expected a port (0 takes a free one) from 0 to 65535, got 65536"
            ),
            (
                #"{"listener": {"port": "14000"}}"#,
                #"cairn.json:1: listener.port: expected a port (0 takes a free one) from 0 to 65535, got "14000""#
            ),
            (
                #"{"listener": {"prot": 1}}"#,
                #"cairn.json:1: listener.prot: "prot" is not a setting; did you mean "listener.port"?"#
            ),
            (#"{"lisener": {}}"#, #"cairn.json:1: lisener: "lisener" is not a setting; did you mean "listener"?"#),
            (#"{"keys": {}}"#, #"keys: "keys" is not a setting"#),
            (#"{"maximumIdentifiers": 3}"#, #"did you mean "policy.maximumIdentifiers"?"#),
            (#"{"listener": 14000}"#, "listener: expected an object, got 14000"),
            (
                #"{"dns": {"defaultIPv4": "::1"}}"#,
                #"dns.defaultIPv4: expected an IPv4 address, or null for none, got "::1""#
            ),
            (#"{"tls": {"key": "x"}}"#, #"tls: an identity needs "certificate""#),
            (#"{"authority": {"profiles": [{"name": "a"}, {}]}}"#, #"authority.profiles[1]: a profile needs "name""#),
            (#"{"authority": {"profiles": [1]}}"#, "authority.profiles[0]: expected an object: a profile, got 1"),
            (
                "{\"authority\": {\"profiles\": [\n{\"name\": \"a\",\n\"validty\": 1}]}}",
                #"cairn.json:3: authority.profiles[0].validty: "validty" is no member here; did you mean "validity"?"#
            ),
            (
                #"{"authority": {"profiles": []}}"#,
                "authority.profiles: expected an array of profiles, at least one, 1000 at most, got an empty array"
            ),
            (#"{"authority": {"chains": [0]}}"#, "authority.chains: expected a number of roots"),
            (#"{"authority": {"chains": [[]]}}"#, "authority.chains: expected a number of roots"),
            (#"{"authority": {"chains": 0}}"#, "authority.chains: expected a number of roots"),
            (
                #"{"policy": {"authorizationReuse": {"standard": 2}}}"#,
                #"expected "never", "always" or a probability from 0 to 1, got 2"#
            ),
            (#"{"policy": {"authorizationReuse": {"names": {"a b": 1}}}}"#, #"got "a b""#),
            (#"{"policy": {"blockedNames": "a.test"}}"#, "policy.blockedNames: expected an array of names"),
            (
                #"{"policy": {"blockedNames": ["a.test", "-"]}}"#,
                #"policy.blockedNames[1]: expected a host name, an IP address"#
            ),
            (
                #"{"policy": {"challengeTypes": ["http-02"]}}"#,
                #"policy.challengeTypes[0]: expected "http-01", "dns-01""#
            ),
            (
                #"{"policy": {"keys": {"signatureAlgorithms": ["ES256", "none"]}}}"#,
                #"policy.keys.signatureAlgorithms[1]: expected "ES256""#
            ),
            (#"{"policy": {"keys": {"blocked": ["0a"]}}}"#, "policy.keys.blocked[0]: expected a SHA-256 digest"),
            (#"{"policy": {"leniencies": {"refused": ["everything"]}}}"#, "policy.leniencies.refused[0]: expected"),
            (
                #"{"policy": {"lifetimes": {"order": "yesterday"}}}"#,
                #"policy.lifetimes.order: expected a time from 1s to 100 years: a number of seconds, or a text such as "90d" (ms, s, m, min, h, d, w), got "yesterday""#
            ),
            (
                #"{"policy": {"rateLimits": {"overrides": [{"name": "newOrdersPerAccount", "limit": null}]}}}"#,
                "needs one of"
            ),
            (#"{"personality": "Pebble"}"#, #""strict", "pebble", "boulder", "stepCA" or "vault", got "Pebble""#),
            (#"{"seed": -1}"#, "seed: expected a whole number from 0 to 18446744073709551615"),
            (
                #"{"externalAccountKeys": [{"identifier": "k", "macKey": "AQ=="}]}"#,
                "externalAccountKeys[0].macKey: expected a key in base64url without padding"
            ),
            (#"{"externalAccountKeys": [{"identifier": "k"}]}"#, #"a key for external accounts needs "macKey""#),
            ("[]", "cairn.json:1: expected a JSON object, got an array"),
            ("{\n  \"seed\": x}", "cairn.json:2:11: expected a value"),
        ])
    func mistakes(_ file: String, _ words: String) {
        let error = #expect(throws: SettingsError.self) { try Self.settings(file) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("All mistakes of a file are told at once, each in a line")
    func several() {
        let error = #expect(throws: SettingsError.self) {
            try Self.settings(#"{"threads": 0, "seed": -1, "acme": {}}"#)
        }
        #expect(error?.lines.count == 3)
    }

    @Test("An editor's $schema is passed over, at the top alone")
    func schemaMember() throws {
        #expect(try Self.settings(##"{"$schema": "cairn.schema.json", "seed": 3}"##).ca.seed == 3)
        #expect(throws: SettingsError.self) { try Self.settings(##"{"policy": {"$schema": "x"}}"##) }
    }

    @Test("The files of an identity are beside the configuration file, wherever that is")
    func relative() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("cairn.json")
            try #"{"tls": {"certificate": "tls/c.pem", "key": "/k.pem", "root": "r.pem"}}"#
                .write(to: file, atomically: true, encoding: .utf8)
            var settings = Settings()
            try SettingsFile(path: file.path).apply(to: &settings)
            #expect(
                settings.tls
                    == .files(
                        Settings.IdentityFiles(
                            certificate: folder.path + "/tls/c.pem", key: "/k.pem", root: folder.path + "/r.pem")))
        }
    }

    @Test("Examples/cairn.json is what `cairn settings --example` prints, and has every setting")
    func example() throws {
        let content = try text(of: "Examples/cairn.json")
        #expect(content == SettingsText.example + "\n", "cairn settings --example > Examples/cairn.json")
        let json = try CairnJSON(parsing: Array(content.utf8))
        for setting in Settings.catalogue.settings {
            let value = setting.path.split(separator: ".").reduce(Optional(json)) { $0?[String($1)] }
            #expect(value != nil, "\(setting.path)")
        }
        _ = try Self.settings(content)
    }

    @Test("The table of the README is what `cairn settings --markdown` prints")
    func readme() throws {
        let readme = try text(of: "README.md")
        #expect(readme.contains(SettingsText.table), "cairn settings --markdown prints the table")
    }

    @Test("The schema describes every setting, and its values say what they are")
    func schema() throws {
        let schema = try CairnJSON(parsing: Array(SettingsText.schema.utf8))
        #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["properties"]?["$schema"] != nil)
        for setting in Settings.catalogue.settings {
            let found = setting.path.split(separator: ".").reduce(Optional(schema)) { $0?["properties"]?[String($1)] }
            #expect(found?["description"] == .string(setting.summary), "\(setting.path)")
            #expect(
                found?["type"] != nil || found?["enum"] != nil || found?["anyOf"] != nil, "\(setting.path)")
        }
    }

    @Test("The list finds settings by words, and has lines for a terminal")
    func list() throws {
        let all = try #require(SettingsText.list(nil))
        for setting in Settings.catalogue.settings { #expect(all.contains(setting.path)) }
        #expect(all.contains("authority.profiles.[].validity"))
        let some = try #require(SettingsText.list("RSA"))
        #expect(some.contains("policy.keys.minimumRSABits") && !some.contains("threads"))
        #expect(SettingsText.list("nothing at all") == nil)
    }

    /// The paths and values of all that is no object.
    private static func leaves(_ json: CairnJSON, below path: String = "") -> [String: CairnJSON] {
        guard let object = json.object, !object.isEmpty else { return [path: json] }
        return object.members.reduce(into: [:]) { leaves, member in
            let inner = path.isEmpty ? member.name : "\(path).\(member.name)"
            leaves.merge(Self.leaves(member.value, below: inner)) { $1 }
        }
    }
}

@Suite("Settings of a running server", .timeLimit(.minutes(5)))
struct EffectTests {
    private func ca(_ file: String) throws -> TestCA {
        try TestCA.inMemory(try SettingsTests.settings(file).ca)
    }

    private func client(of ca: TestCA) throws -> ReferenceClient {
        try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
    }

    @Test("Validation looks for names without records where dns.defaultIPv4 and dns.defaultIPv6 say (RFC 8555 §8.3)")
    func defaultAddresses() throws {
        for (file, addresses) in [
            (#"{"dns": {"defaultIPv4": null, "defaultIPv6": "::1"}}"#, [CairnIPAddress.loopbackV6]),
            (#"{"dns": {"defaultIPv4": "127.0.0.9"}}"#, ["127.0.0.9"]),
        ] {
            let ca = try ca(file)
            let client = try client(of: ca)
            try client.register()
            let order = try client.order(["www.example.test"])
            try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
            #expect(ca.journal.probes.first?.steps.first?.addressesResolved == addresses)
        }
    }

    @Test("A key of a file that is to be used once is used up by its first account (RFC 8555 §7.3.4)")
    func usedOnce() throws {
        let ca = try ca(
            #"""
            {"externalAccountKeys": [
                {"identifier": "one", "macKey": "AQID", "uses": "once"}, {"identifier": "any", "macKey": "AQID"}
            ]}
            """#)
        for (identifier, statuses) in [("one", [201, 403]), ("any", [201, 201])] {
            let outcomes = try (0..<2).map { _ in
                let client = try client(of: ca)
                do { return try client.register(boundTo: ExternalAccount(identifier, [1, 2, 3])).status } catch {
                    return ca.journal.requests(to: .newAccount).last?.status ?? 0
                }
            }
            #expect(outcomes == statuses, "\(identifier)")
        }
    }

    @Test("A key of a file is good until its lifetime ends, and for its names alone (RFC 8555 §7.3.4)")
    func keys() throws {
        let ca = try ca(
            #"""
            {"clock": "2030-01-01T00:00:00Z", "externalAccountKeys": [
                {"identifier": "k", "macKey": "AQID", "lifetime": "1d", "policy": {"names": ["a.test"]}}
            ]}
            """#)
        let key = try #require(ca.externalAccountKeys["k"])
        #expect(key.macKey == [1, 2, 3])
        #expect(key.policy == CairnBoundPolicy(names: ["a.test"]))
        #expect(key.status(at: ca.clock.now) == .usable)
        ca.clock.advance(by: .seconds(86_400))
        #expect(key.status(at: ca.clock.now) == .expired)
    }

    @Test(
        "What a file grants to an external account, the first account of its key orders without challenges (RFC 8555 §7.4.1)"
    )
    func grants() throws {
        let ca = try ca(
            #"""
            {"externalAccountKeys": [{"identifier": "k", "macKey": "AQID"}],
             "grants": [{"externalAccountKey": "k", "scope": {"domain": "example.test"}}]}
            """#)
        let client = try client(of: ca)
        try client.register(boundTo: ExternalAccount("k", [1, 2, 3]))
        let order = try client.order(["www.example.test", "*.example.test"])
        #expect(order.response.state == "ready")
        #expect(try client.order(["www.example.org"]).response.state == "pending")
    }
}
