import Cairn
import CairnModel
import Foundation
import Testing

@testable import CairnCommand

@Suite("What Pebble's settings are in Cairn", .timeLimit(.minutes(5)))
struct PebbleSetupTests {
    private func settings(
        _ flags: [String] = [], _ content: String = #"{"pebble": {}}"#, _ variables: [String: String] = [:]
    ) throws -> Settings {
        try PebbleSetup(
            options: PebbleOptions(flags), file: PebbleFile(Array(content.utf8), path: "c.json"),
            environment: PebbleEnvironment { variables[$0] }, environmentSeed: variables["CAIRN_SEED"]
        ).settings()
    }

    @Test("The file says where to listen and look, whom to certify, and with what")
    func file() throws {
        let settings = try settings(
            [],
            """
            {"pebble": {"listenAddress": "127.0.0.1:1", "managementListenAddress": "127.0.0.1:2", "httpPort": 3,
              "tlsPort": 4, "certificate": "c.pem", "privateKey": "k.pem", "externalAccountBindingRequired": true,
              "externalAccountMACKeys": {"kid-1": "AQID"}, "domainBlocklist": ["blocked.example"],
              "caaIdentities": ["ca.example"], "keyAlgorithm": "ecdsa", "retryAfter": {"authz": 3, "order": 5},
              "profiles": {"a": {"description": "A", "promoteCommonName": true, "validityPeriod": 100}, "b": {}}}}
            """)
        let ca = settings.ca
        #expect((ca.listener.port, settings.management?.port) == (1, 2))
        #expect((ca.probes.httpPort, ca.probes.tlsPort) == (3, 4))
        #expect(ca.probes.hostIncludesPort)
        #expect(ca.probes.userAgent.contains(/^LetsEncrypt-Pebble-VA \((linux|darwin); (amd64|arm64)\)$/))
        #expect(settings.tls == .files(Settings.IdentityFiles(certificate: "c.pem", key: "k.pem")))
        #expect(ca.policy.externalAccountBinding == .required)
        #expect(ca.externalAccountKeys.map(\.macKey) == [[1, 2, 3]])
        #expect(ca.policy.blockedNames == ["blocked.example", "*.blocked.example"])
        #expect(ca.policy.caa?.identities == ["ca.example"] && ca.policy.caa?.checks == false)
        #expect((ca.authority.rootKey, ca.authority.intermediateKey) == (.p256, .p256))
        #expect(ca.policy.progress.issuance == .after(.milliseconds(1)))
        #expect(ca.authority.serialNumbers == .fixedLength(8))
        #expect((ca.retryAfter, ca.validationRetryAfter) == (.seconds(5), .seconds(3)))
        #expect(ca.authority.profiles.map(\.name) == ["a", "b"])
        #expect(ca.authority.profiles.map(\.includesCommonName) == [true, false])
        #expect(ca.authority.profiles.map(\.validity) == [.seconds(100), .seconds(7_776_000)])
        #expect(ca.personality == .pebble && ca.dnsListener == nil && ca.draft == nil)
    }

    @Test("An empty file leaves Pebble's own defaults: RSA keys, no Retry-After, no management")
    func empty() throws {
        let settings = try settings()
        #expect(settings.ca.listener.port == 14000)
        #expect(settings.management == nil && settings.tls == nil)
        #expect(settings.ca.authority.rootKey == .rsa2048)
        #expect(settings.ca.retryAfter == nil && settings.ca.validationRetryAfter == .zero)
        #expect(settings.ca.probes.resolver == .system)
        #expect(settings.ca.policy.externalAccountBinding == .verified)
    }

    @Test("The environment says what happens by chance, and 0 is never")
    func environment() throws {
        let usual = try settings().ca
        #expect(usual.policy.maximumValidationDelay == .seconds(4))
        #expect(usual.policy.authorizationReuse == .sometimes(0.51))
        #expect(usual.rules.first { $0.name == "PEBBLE_WFE_NONCEREJECT" }?.probability == 0.05)
        #expect(usual.policy.defaultProfile == .random)
        let calm = try settings(
            [], #"{"pebble": {}}"#,
            [
                "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0",
                "PEBBLE_WFE_ORDERS_PER_PAGE": "9", "PEBBLE_VA_ALWAYS_VALID": "1", "PEBBLE_ALTERNATE_ROOTS": "2",
                "PEBBLE_CHAIN_LENGTH": "3",
            ]
        ).ca
        #expect(calm.policy.maximumValidationDelay == .zero)
        #expect(calm.policy.authorizationReuse == .never)
        #expect(!calm.rules.contains { $0.name == "PEBBLE_WFE_NONCEREJECT" })
        #expect(calm.policy.ordersPerPage == 9 && calm.validation.standard == .approve)
        #expect((calm.authority.roots, calm.authority.chainLength) == (3, 3))
        // Cairn's own default is one among others here.
        let fifty = try settings([], #"{"pebble": {}}"#, ["PEBBLE_WFE_ORDERS_PER_PAGE": "50"]).ca
        #expect(try TestCA.inMemory(fifty).policy.ordersPerPage == 50)
        let always = try settings([], #"{"pebble": {}}"#, ["PEBBLE_AUTHZREUSE": "100"]).ca
        #expect(always.policy.authorizationReuse == .always)
    }

    @Test("More roots than there are RSA keys are refused by the name of their variable, before anything is started")
    func roots() throws {
        func complaint(_ file: String, _ environment: [String: String], _ flags: [String] = []) -> String? {
            do {
                _ = try settings(flags, file, environment)
                return nil
            } catch { return "\(error)" }
        }
        let rsa = #"{"pebble": {}}"#
        #expect(complaint(rsa, ["PEBBLE_ALTERNATE_ROOTS": "14"]) == nil)
        #expect(
            complaint(rsa, ["PEBBLE_ALTERNATE_ROOTS": "15"])
                == #"PEBBLE_ALTERNATE_ROOTS: expected at most 14 with RSA keys, of which there are 16, and chains of 1, got 15; with "keyAlgorithm": "ecdsa" in the configuration it can be more"#
        )
        let long = complaint(rsa, ["PEBBLE_ALTERNATE_ROOTS": "5", "PEBBLE_CHAIN_LENGTH": "3"])
        #expect(long?.hasPrefix("PEBBLE_ALTERNATE_ROOTS: expected at most 4 with RSA keys") == true, "\(long ?? "")")
        #expect(complaint(rsa, ["PEBBLE_ALTERNATE_ROOTS": "4", "PEBBLE_CHAIN_LENGTH": "3"]) == nil)
        #expect(complaint(#"{"pebble": {"keyAlgorithm": "ecdsa"}}"#, ["PEBBLE_ALTERNATE_ROOTS": "40"]) == nil)
        // Without the variable it is the setting that is named.
        let set = complaint(rsa, [:], ["-set", "authority.chains=20"])
        #expect(set?.hasPrefix("authority: an authority has at most 16 RSA keys") == true, "\(set ?? "")")
    }

    @Test(
        "The resolver is the one of the command line",
        arguments: [
            ("10.30.50.3:8053", CairnResolver.server("10.30.50.3", port: 8053)),
            ("challtestsrv:8053", .server("challtestsrv", port: 8053)), (":8053", .server("127.0.0.1", port: 8053)),
            ("[::1]:53", .server("::1", port: 53)),
        ])
    func resolver(flag: String, resolver: CairnResolver) throws {
        #expect(try settings(["-dnsserver", flag]).ca.probes.resolver == resolver)
    }

    @Test("A setting of the command line is stronger than all else, and its seed than that of the environment")
    func extras() throws {
        let flags = ["-set", "probes.httpPort=7", "--set=policy.defaultProfile=first", "-seed", "5"]
        let settings = try settings(flags, #"{"pebble": {"httpPort": 1}}"#, ["CAIRN_SEED": "6"])
        #expect(settings.ca.probes.httpPort == 7 && settings.ca.policy.defaultProfile == .first)
        #expect(settings.ca.seed == 5)
        #expect(try self.settings([], #"{"pebble": {}}"#, ["CAIRN_SEED": "6"]).ca.seed == 6)
        #expect(throws: (any Error).self) { try self.settings([], #"{"pebble": {}}"#, ["CAIRN_SEED": "x"]) }
    }
}

@Suite("The README on harnesses for Pebble", .timeLimit(.minutes(5)))
struct PebbleReadmeTests {
    /// The arguments in a line of a shell, a program or a file of another tool, from the first flag on.
    private func arguments(_ line: String) -> [String] {
        let words = line.split { " ,()[]'\"&".contains($0) }.map(String.init)
        return Array(words.drop { !$0.hasPrefix("-") })
    }

    @Test("What a harness has and what it is to write instead are the same to the readers of the flags")
    func table() throws {
        let readme = try text(of: "README.md")
        let section = try #require(readme.components(separatedBy: "### Instead of Pebble\n").last)
        let rows = section.components(separatedBy: "\n").drop { !$0.hasPrefix("| harness |") }.dropFirst(2)
            .prefix { $0.hasPrefix("|") }
        #expect(rows.count >= 5)
        for row in rows {
            let cells = row.components(separatedBy: " | ").map { $0.split(separator: "`") }
            try #require(cells.count == 3, "\(row)")
            let (present, instead) = (String(cells[1][0]), String(cells[2][0]))
            let options = try PebbleOptions(arguments(present))
            #expect(try PebbleOptions(arguments(instead)) == options, "\(row)")
            #expect(options.resolver != nil || !present.contains("-dnsserver"))
            #expect(instead.contains("pebble"))
        }
    }
}
