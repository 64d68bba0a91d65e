import Cairn
import Foundation
import Testing

@testable import CairnCommand

@Suite("The configuration file", .timeLimit(.minutes(5)))
struct SettingsTests {
    private static func settings(_ content: String) throws -> Settings {
        try withFolder { folder in
            let file = folder.appendingPathComponent("cairn.json")
            try content.write(to: file, atomically: true, encoding: .utf8)
            var settings = Settings()
            try settings.apply(SettingsFile(path: file.path))
            return settings
        }
    }

    /// A file that sets one thing, and how that shows.
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let shows: @Sendable (Settings) -> Bool

        init(_ file: String, _ shows: @escaping @Sendable (Settings) -> Bool) {
            (self.file, self.shows) = (file, shows)
        }

        var testDescription: String { file }
    }

    static let cases: [Case] = [
        Case(#"{"seed": 7}"#) { $0.ca.seed == 7 },
        Case(#"{"seed": "18446744073709551615"}"#) { $0.ca.seed == Seed(.max) },
        Case(#"{"logLevel": "debug"}"#) { $0.logLevel == .debug },
        Case(#"{"origin": "https://ca.example.test"}"#) { $0.ca.origin == "https://ca.example.test" },
        Case(#"{"threads": 3}"#) { $0.ca.threads == 3 },
        Case(#"{"personality": "stepCA"}"#) { $0.ca.personality == .stepCA },
        Case(#"{"acme": {"addresses": ["::1", "127.0.0.2"]}}"#) {
            $0.ca.listener.addresses == [.loopbackV6, "127.0.0.2"]
        },
        Case(#"{"acme": {"port": 1}}"#) { $0.ca.listener.port == 1 },
        Case(#"{"management": {"enabled": false}}"#) { !$0.servesManagement },
        Case(#"{"management": {"addresses": ["::1"]}}"#) { $0.management.addresses == [.loopbackV6] },
        Case(#"{"management": {"port": 2}}"#) { $0.management.port == 2 },
        Case(#"{"dns": {"enabled": false}}"#) { !$0.servesDNS },
        Case(#"{"dns": {"addresses": ["::1"]}}"#) { $0.dns.addresses == [.loopbackV6] },
        Case(#"{"dns": {"port": 3}}"#) { $0.dns.port == 3 },
        Case(#"{"dns": {"defaultIPv4": "127.0.0.3"}}"#) { $0.defaultIPv4 == "127.0.0.3" },
        Case(#"{"dns": {"defaultIPv4": "none"}}"#) { $0.defaultIPv4 == nil },
        Case(#"{"dns": {"defaultIPv6": "::1"}}"#) { $0.defaultIPv6 == .loopbackV6 },
        Case(#"{"tls": {"certificate": "c", "key": "k", "root": "r"}}"#) {
            if case .files("c", "k", "r") = $0.identity { true } else { false }
        },
        Case(#"{"validation": {"httpPort": 4}}"#) { $0.ca.validation.httpPort == 4 },
        Case(#"{"validation": {"tlsPort": 5}}"#) { $0.ca.validation.tlsPort == 5 },
        Case(#"{"validation": {"timeout": 6}}"#) { $0.ca.validation.timeout == .seconds(6) },
        Case(#"{"validation": {"redirectLimit": 7}}"#) { $0.ca.validation.redirectLimit == 7 },
        Case(#"{"validation": {"redirectPorts": [80, 443]}}"#) { $0.ca.validation.redirectPorts == [80, 443] },
        Case(#"{"validation": {"addresses": "publicOnly"}}"#) { $0.ca.validation.addresses == .publicOnly },
        Case(#"{"validation": {"perspectives": ["eu", "asia"]}}"#) {
            $0.ca.validation.perspectives == ["eu", "asia"]
        },
        Case(#"{"validation": {"perspectiveQuorum": 0}}"#) { $0.ca.validation.perspectiveQuorum == 0 },
        Case(#"{"validation": {"alwaysValid": true}}"#) { $0.alwaysValid },
        Case(#"{"authority": {"name": "Other"}}"#) { $0.ca.authority.name == "Other" },
        Case(#"{"authority": {"rootKey": "P-384"}}"#) { $0.ca.authority.rootKey == .p384 },
        Case(#"{"authority": {"intermediateKey": "RSA-2048"}}"#) { $0.ca.authority.intermediateKey == .rsa2048 },
        Case(#"{"authority": {"issuerURLBase": "http://i.test"}}"#) {
            $0.ca.authority.issuerURLBase == "http://i.test"
        },
        Case(#"{"authority": {"roots": 3}}"#) { $0.ca.authority.chains == [.root(0), .root(1), .root(2)] },
        Case(#"{"authority": {"chainLength": 2}}"#) { $0.ca.authority.chainLength == 2 },
        Case(#"{"authority": {"chains": [[0, 1], [0]]}}"#) {
            $0.ca.authority.chains == [.root(0).crossSigned(by: 1), .root(0)]
        },
        Case(#"{"authority": {"profiles": [{"name": "a"}, {"name": "b"}]}}"#) {
            $0.ca.authority.profiles.map(\.name) == ["a", "b"]
        },
        Case(#"{"authority": {"profiles": [{"name": "a", "description": "d"}]}}"#) {
            $0.ca.authority.profiles.map(\.description) == ["d"]
        },
        Case(#"{"authority": {"profiles": [{"name": "a", "validity": 8}]}}"#) {
            $0.ca.authority.profiles.map(\.validity) == [.seconds(8)]
        },
        Case(#"{"authority": {"profiles": [{"name": "a", "backdate": 0}]}}"#) {
            $0.ca.authority.profiles.map(\.backdate) == [.zero]
        },
        Case(#"{"authority": {"profiles": [{"name": "a", "includesCommonName": false}]}}"#) {
            $0.ca.authority.profiles.map(\.includesCommonName) == [false]
        },
        Case(#"{"authority": {"profiles": [{"name": "a", "identifierTypes": ["ip"]}]}}"#) {
            $0.ca.policy.profiles["a"]?.identifierTypes == [.ip]
        },
        Case(#"{"authority": {"profiles": [{"name": "a", "challengeTypes": ["dns-01"]}]}}"#) {
            $0.ca.policy.profiles["a"]?.challengeTypes == [.dns01]
        },
        Case(#"{"authority": {"profiles": [{"name": "a", "maximumIdentifiers": 3}]}}"#) {
            $0.ca.policy.profiles["a"]?.maximumIdentifiers == 3
        },
        Case(#"{"policy": {"blockedNames": ["a.test", "*.b.test"]}}"#) {
            $0.ca.policy.blockedNames == ["a.test", "*.b.test"]
        },
        Case(#"{"policy": {"preAuthorization": false}}"#) { !$0.ca.policy.preAuthorization },
        Case(#"{"policy": {"authorizationReuse": "always"}}"#) { $0.ca.policy.authorizationReuse == .always },
        Case(#"{"policy": {"authorizationReuse": 0.5}}"#) { $0.ca.policy.authorizationReuse == .sometimes(0.5) },
        Case(#"{"policy": {"authorizationReuseOf": [{"name": "A.test", "reuse": 1}]}}"#) {
            $0.ca.policy.authorizationReuse["a.test"] == .sometimes(1)
        },
        Case(#"{"policy": {"reusesPendingAuthorizations": true}}"#) { $0.ca.policy.reusesPendingAuthorizations },
        Case(#"{"policy": {"reusesPendingOrders": true}}"#) { $0.ca.policy.reusesPendingOrders },
        Case(#"{"policy": {"termsOfService": "https://t.test"}}"#) {
            $0.ca.policy.termsOfService == .url("https://t.test")
        },
        Case(#"{"policy": {"termsOfService": null}}"#) { $0.ca.policy.termsOfService == nil },
        Case(#"{"policy": {"termsVersion": "2"}}"#) { $0.ca.policy.termsOfService?.version == "2" },
        Case(#"{"policy": {"externalAccountBinding": "required"}}"#) {
            $0.ca.policy.externalAccountBinding == .required
        },
        Case(#"{"policy": {"externalAccountKeys": [{"identifier": "kid-1", "macKey": "AQID"}]}}"#) {
            $0.externalAccountKeys.map(\.identifier) == ["kid-1"]
                && $0.externalAccountKeys.map(\.macKey) == [[1, 2, 3]]
        },
        Case(#"{"policy": {"externalAccountKeys": [{"identifier": "k", "macKey": "AQID", "singleUse": true}]}}"#) {
            $0.externalAccountKeys.map(\.uses) == [.once]
        },
        Case(#"{"policy": {"externalAccountKeys": [{"identifier": "k", "macKey": "AQID", "lifetime": 60}]}}"#) {
            $0.externalAccountKeys.map(\.lifetime) == [.minutes(1)]
        },
        Case(
            #"{"policy": {"externalAccountKeys": [{"identifier": "k", "macKey": "AQID", "names": ["a.test", "*.a.test"]}]}}"#
        ) { $0.externalAccountKeys.map(\.policy) == [BoundPolicy(names: ["a.test", "*.a.test"])] },
        Case(
            #"{"policy": {"externalAccountKeys": [{"identifier": "k", "macKey": "AQID", "deniedNames": ["b.a.test"]}]}}"#
        ) { $0.externalAccountKeys.map(\.policy) == [BoundPolicy(deniedNames: ["b.a.test"])] },
        Case(#"{"policy": {"externalAccountKeys": [{"identifier": "k", "macKey": "AQID", "profiles": ["p"]}]}}"#) {
            $0.externalAccountKeys.map(\.policy) == [BoundPolicy(profiles: ["p"])]
        },
        Case(#"{"policy": {"externalAccountKeys": [{"identifier": "k", "macKey": "AQID", "maximumIdentifiers": 2}]}}"#)
        { $0.externalAccountKeys.map(\.policy) == [BoundPolicy(maximumIdentifiers: 2)] },
        Case(#"{"policy": {"maximumContacts": 3}}"#) { $0.ca.policy.maximumContacts == 3 },
        Case(#"{"policy": {"requiresContact": true}}"#) { $0.ca.policy.requiresContact },
        Case(#"{"policy": {"blockedContactDomains": ["example.com"]}}"#) {
            $0.ca.policy.blockedContactDomains == ["example.com"]
        },
        Case(#"{"policy": {"challengeTypes": ["dns-01"]}}"#) { $0.ca.policy.challengeTypes == [.dns01] },
        Case(#"{"keys": {"minimumRSABits": 3072}}"#) { $0.ca.policy.keys.minimumRSABits == 3072 },
        Case(#"{"keys": {"maximumRSABits": 4096}}"#) { $0.ca.policy.keys.maximumRSABits == 4096 },
        Case(#"{"keys": {"refusesWeakKeys": false}}"#) { !$0.ca.policy.keys.refusesWeakKeys },
        Case(#"{"keys": {"blocked": ["\#(String(repeating: "0a", count: 32))"]}}"#) {
            $0.ca.policy.keys.blocked.map(\.description) == [String(repeating: "0a", count: 32)]
        },
        Case(#"{"keys": {"compromised": "blocked"}}"#) { $0.ca.policy.keys.compromised == .blocked },
        Case(#"{"keys": {"signatureAlgorithms": ["ES256"]}}"#) { $0.ca.policy.keys.signatureAlgorithms == [.es256] },
        Case(#"{"policy": {"website": "https://w.test"}}"#) { $0.ca.policy.website == "https://w.test" },
        Case(#"{"policy": {"maximumIdentifiers": 9}}"#) { $0.ca.policy.maximumIdentifiers == 9 },
        Case(#"{"policy": {"ordersPerPage": 10}}"#) { $0.ca.policy.ordersPerPage == 10 },
        Case(#"{"policy": {"orderLifetime": 11}}"#) { $0.ca.policy.lifetimes.order == .seconds(11) },
        Case(#"{"policy": {"pendingAuthorizationLifetime": 12}}"#) {
            $0.ca.policy.lifetimes.pendingAuthorization == .seconds(12)
        },
        Case(#"{"policy": {"validAuthorizationLifetime": 13}}"#) {
            $0.ca.policy.lifetimes.validAuthorization == .seconds(13)
        },
        Case(#"{"policy": {"validationRetries": [1, 0]}}"#) { $0.ca.policy.validationRetries == [.seconds(1), .zero] },
        Case(#"{"policy": {"maximumRequestedRetries": 3}}"#) { $0.ca.policy.maximumRequestedRetries == 3 },
        Case(#"{"policy": {"authorizationFailsOn": "all"}}"#) { $0.ca.policy.authorizationFailsOn == .all },
        Case(#"{"policy": {"challengesShareToken": true}}"#) { $0.ca.policy.challengesShareToken },
        Case(#"{"caa": {"enabled": false}}"#) { $0.ca.policy.caa == nil },
        Case(#"{"caa": {"identities": ["a.test"]}}"#) { $0.ca.policy.caa?.identities == ["a.test"] },
        Case(#"{"caa": {"recheckAfter": 0}}"#) { $0.ca.policy.caa?.recheckAfter == .zero },
        Case(#"{"progress": {"validation": "2 polls"}}"#) { $0.ca.policy.progress.validation == .afterPolls(2) },
        Case(#"{"progress": {"readiness": 3}}"#) { $0.ca.policy.progress.readiness == .after(.seconds(3)) },
        Case(#"{"progress": {"issuance": "0 polls"}}"#) { $0.ca.policy.progress.issuance == .afterPolls(0) },
        Case(#"{"policy": {"retryAfter": 14}}"#) { $0.ca.retryAfter == .seconds(14) },
        Case(#"{"policy": {"retryAfter": null}}"#) { $0.ca.retryAfter == nil },
        Case(#"{"policy": {"retryAfterForm": "httpDate"}}"#) { $0.ca.retryAfterForm == .httpDate },
        Case(#"{"policy": {"renewalInfo": false}}"#) { $0.ca.policy.renewalInfo == nil },
        Case(#"{"policy": {"renewalInfoRetryAfter": 15}}"#) {
            $0.ca.policy.renewalInfo?.retryAfter == .seconds(15)
        },
        Case(#"{"policy": {"renewalInfoRetryAfter": null}}"#) {
            $0.ca.policy.renewalInfo.map { $0.retryAfter == nil } ?? false
        },
        Case(#"{"draft": {"enabled": false}}"#) { $0.ca.draft == nil },
        Case(#"{"draft": {"challengeTypes": ["oob-01"]}}"#) { $0.ca.draft?.challengeTypes == [.oob01] },
        Case(#"{"draft": {"deactivatedStatus": 401}}"#) { $0.ca.draft?.deactivatedStatus == 401 },
        Case(#"{"draft": {"acceptsKeys": false}}"#) { $0.ca.draft?.acceptsKeys == false },
        Case(#"{"draft": {"acceptsPostAsGet": true}}"#) { $0.ca.draft?.acceptsPostAsGet == true },
        Case(#"{"draft": {"acceptsWildcards": false}}"#) { $0.ca.draft?.acceptsWildcards == false },
        Case(#"{"draft": {"certifiesCommonName": false}}"#) { $0.ca.draft?.certifiesCommonName == false },
        Case(#"{"draft": {"printsPageLinks": true}}"#) { $0.ca.draft?.printsPageLinks == true },
        Case(#"{"draft": {"omitsPendingStatus": true}}"#) { $0.ca.draft?.omitsPendingStatus == true },
        Case(#"{"draft": {"scopesAuthorizations": true}}"#) { $0.ca.draft?.scopesAuthorizations == true },
        Case(#"{"draft": {"showsCombinations": true}}"#) { $0.ca.draft?.showsCombinations == true },
        Case(#"{"draft": {"showsExistingAccount": false}}"#) { $0.ca.draft?.showsExistingAccount == false },
        Case(#"{"draft": {"showsExistingAuthorization": true}}"#) { $0.ca.draft?.showsExistingAuthorization == true },
        Case(#"{"rateLimits": {"newAccountsPerAddress": [1, 60]}}"#) {
            $0.ca.policy.rateLimits.newAccountsPerAddress == RateLimit(1, per: .minutes(1))
        },
        Case(#"{"rateLimits": {"newAccountsPerIPv6Range": [2, 60]}}"#) {
            $0.ca.policy.rateLimits.newAccountsPerIPv6Range == RateLimit(2, per: .minutes(1))
        },
        Case(#"{"rateLimits": {"newOrdersPerAccount": [3, 60]}}"#) {
            $0.ca.policy.rateLimits.newOrdersPerAccount == RateLimit(3, per: .minutes(1))
        },
        Case(#"{"rateLimits": {"certificatesPerRegisteredDomain": [4, 60]}}"#) {
            $0.ca.policy.rateLimits.certificatesPerRegisteredDomain == RateLimit(4, per: .minutes(1))
        },
        Case(#"{"rateLimits": {"certificatesPerIdentifierSet": [5, 60]}}"#) {
            $0.ca.policy.rateLimits.certificatesPerIdentifierSet == RateLimit(5, per: .minutes(1))
        },
        Case(#"{"rateLimits": {"failedValidationsPerIdentifier": [6, 60]}}"#) {
            $0.ca.policy.rateLimits.failedValidationsPerIdentifier == RateLimit(6, per: .minutes(1))
        },
        Case(#"{"rateLimits": {"failedValidationsUntilPause": [7, 60]}}"#) {
            $0.ca.policy.rateLimits.failedValidationsUntilPause == RateLimit(7, per: .minutes(1))
        },
        Case(#"{"rateLimits": {"pendingAuthorizationsPerAccount": 8}}"#) {
            $0.ca.policy.rateLimits.pendingAuthorizationsPerAccount == 8
        },
        Case(#"{"rateLimits": {"exemptsReplacements": false}}"#) { !$0.ca.policy.rateLimits.exemptsReplacements },
        Case(#"{"rateLimits": {"exemptsRenewals": false}}"#) { !$0.ca.policy.rateLimits.exemptsRenewals },
        Case(#"{"rateLimits": {"publicSuffixes": ["a.test"]}}"#) {
            $0.ca.policy.rateLimits.publicSuffixes == ["a.test"]
        },
        Case(#"{"rateLimits": {"retryAfter": false}}"#) { !$0.ca.policy.rateLimits.sendsRetryAfter },
        Case(
            #"{"rateLimits": {"overrides": [{"name": "newAccountsPerAddress", "address": "::1", "limit": [9, 60]}]}}"#
        ) {
            $0.ca.policy.rateLimits.overrides.contains {
                $0.key.subject == .address(.loopbackV6) && $0.value == RateLimit(9, per: .minutes(1))
            }
        },
        Case(
            #"{"rateLimits": {"overrides": [{"name": "certificatesPerRegisteredDomain", "domain": "a.test", "limit": null}]}}"#
        ) {
            $0.ca.policy.rateLimits.overrides.contains { $0.key.subject == .domain("a.test") && $0.value == .unlimited }
        },
        Case(#"{"rateLimits": {"help": "https://h.test"}}"#) {
            $0.ca.policy.rateLimits.help == .url("https://h.test")
        },
    ]

    @Test("Each key has its effect, and is not there by default", arguments: cases)
    func keys(_ example: Case) throws {
        #expect(example.shows(try Self.settings(example.file)))
        #expect(!example.shows(Settings()))
    }

    @Test(
        "Chains and personalities that cannot be are refused with the reason",
        arguments: [
            (#"{"authority": {"roots": 3, "chains": [[0], [1]]}}"#, "one of them is enough"),
            (#"{"authority": {"chains": [0]}}"#, "an array of arrays of numbers of roots"),
            (#"{"authority": {"chains": [[]]}}"#, "an array of arrays of numbers of roots"),
            (#"{"authority": {"chains": [[0, "1"]]}}"#, "an array of arrays of numbers of roots"),
            (#"{"authority": {"roots": -1}}"#, "a whole number that is not negative"),
            (#"{"personality": "Pebble"}"#, "\"strict\", \"pebble\", \"boulder\", \"stepCA\", \"vault\""),
        ])
    func refusals(_ file: String, _ words: String) {
        let error = #expect(throws: SettingsError.self) { try Self.settings(file) }
        #expect(error?.description.contains(words) == true)
    }

    @Test("The described example is accepted, has every key, and has the defaults where there are any")
    func example() throws {
        let content = try text(of: "Examples/cairn.json")
        let (settings, defaults) = (try Self.settings(content), Settings())
        #expect(settings.ca.listener.port == defaults.ca.listener.port)
        #expect(settings.ca.listener.addresses == defaults.ca.listener.addresses)
        #expect(settings.ca.validation == defaults.ca.validation)
        #expect(settings.ca.authority.profiles == defaults.ca.authority.profiles)
        #expect(settings.ca.policy.lifetimes.order == defaults.ca.policy.lifetimes.order)
        #expect(settings.ca.policy.lifetimes.pendingAuthorization == defaults.ca.policy.lifetimes.pendingAuthorization)
        #expect(settings.ca.policy.lifetimes.validAuthorization == defaults.ca.policy.lifetimes.validAuthorization)
        #expect(settings.ca.policy.maximumIdentifiers == defaults.ca.policy.maximumIdentifiers)
        #expect(settings.ca.policy.ordersPerPage == defaults.ca.policy.ordersPerPage)
        #expect(settings.ca.policy.externalAccountBinding == defaults.ca.policy.externalAccountBinding)
        #expect(settings.ca.policy.termsOfService?.version == defaults.ca.policy.termsOfService?.version)
        #expect(settings.ca.retryAfter == defaults.ca.retryAfter)
        #expect(settings.ca.personality == defaults.ca.personality)
        #expect(settings.ca.authority.chains == defaults.ca.authority.chains)
        #expect(settings.ca.authority.chainLength == defaults.ca.authority.chainLength)
        #expect(settings.defaultIPv4 == defaults.defaultIPv4)
        #expect(settings.defaultIPv6 == defaults.defaultIPv6)
        let cased = Self.cases.reduce(into: Set<String>()) { keys, example in
            keys.formUnion((try? JSON(parsing: Array(example.file.utf8))).map { Self.keys(of: $0) } ?? [])
        }
        #expect(Self.keys(of: try JSON(parsing: Array(content.utf8))) == cased)
    }

    @Test("What is wrong with a key for external accounts, or with terms that are not there, is said")
    func refused() throws {
        for (file, words) in [
            (#"{"policy": {"externalAccountKeys": [{"identifier": "k"}]}}"#, "\"identifier\" and a \"macKey\""),
            (#"{"policy": {"externalAccountKeys": [{"macKey": "AQID"}]}}"#, "\"identifier\" and a \"macKey\""),
            (#"{"policy": {"externalAccountKeys": [{"identifier": "k", "macKey": "AQ=="}]}}"#, "base64url"),
            (#"{"policy": {"externalAccountKeys": ["k"]}}"#, "to hold objects"),
            (#"{"policy": {"externalAccountKeys": [{"identifier": "k", "macKey": "AQID", "more": 1}]}}"#, "more"),
            (
                #"{"policy": {"externalAccountKeys": [{"identifier": "k", "macKey": "AQID", "lifetime": 0}]}}"#,
                "seconds"
            ),
            (#"{"keys": {"blocked": ["0a"]}}"#, "SHA-256 digests in hexadecimal"),
            (#"{"keys": {"signatureAlgorithms": ["ES256", "none"]}}"#, "an array of \"ES256\", \"ES384\""),
            (#"{"keys": {"compromised": "perhaps"}}"#, "\"blockedIfProven\""),
            (#"{"policy": {"externalAccountBinding": "perhaps"}}"#, "\"ignored\", \"verified\", \"required\""),
            (#"{"policy": {"termsOfService": null, "termsVersion": "2"}}"#, "needs terms of service"),
        ] {
            let error = #expect(throws: SettingsError.self) { try Self.settings(file) }
            #expect(error?.description.contains(words) == true, "\(file): \(error?.description ?? "")")
        }
    }

    @Test("The keys of the file are given out at the start (RFC 8555 §7.3.4)")
    func externalAccountKeys() async throws {
        var settings = try Self.settings(
            #"""
            {"policy": {"externalAccountKeys": [
                {"identifier": "kid-1", "macKey": "AQID"},
                {"identifier": "kid-2", "macKey": "AQID", "lifetime": 9223372036854775807, "names": ["a.test"]}
            ]}}
            """#)
        settings.ca.listener.port = 0
        (settings.servesManagement, settings.servesDNS) = (false, false)
        let server = try await RunningServer.start(settings)
        let keys = server.ca.externalAccounts.keys
        try await server.ca.shutdown()
        #expect(keys.map(\.identifier) == ["kid-1", "kid-2"])
        #expect(keys.map(\.macKey) == [[1, 2, 3], [1, 2, 3]])
        #expect(keys.map(\.uses) == [.unlimited, .unlimited])
        #expect(keys.map { $0.expires == nil } == [true, false])
        #expect(keys.map(\.policy) == [BoundPolicy(), BoundPolicy(names: ["a.test"])])
    }

    @Test("The README describes every key and no other")
    func readme() throws {
        let readme = try text(of: "README.md")
        let table = try #require(readme.components(separatedBy: "### Configuration file").dropFirst().first)
        let rows = table.components(separatedBy: "\n## ")[0].components(separatedBy: "\n").filter {
            $0.hasPrefix("| `")
        }
        let described = rows.flatMap { row in
            row.components(separatedBy: "|")[1].components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }
                .map(\.element)
        }
        let content = try JSON(parsing: Array(try text(of: "Examples/cairn.json").utf8))
        #expect(Set(described) == Self.keys(of: content))
        #expect(Set(described).count == described.count)
    }

    /// The paths of all values in an object: `acme.port`.
    private static func keys(of value: JSON, below path: String = "") -> Set<String> {
        if let object = value.object {
            return object.members.reduce(into: []) { keys, member in
                keys.formUnion(
                    Self.keys(of: member.value, below: path.isEmpty ? member.name : "\(path).\(member.name)"))
            }
        }
        if let array = value.array, array.first?.object != nil {
            return array.reduce(into: []) { $0.formUnion(Self.keys(of: $1, below: path)) }
        }
        return [path]
    }
}
