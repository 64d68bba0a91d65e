import CairnModel
import CairnOpenSSLJudge
import CairnReferenceClient
import Foundation
import XCTest

// Of XCTest for the reason that ExecutableTests have.

/// What the executable does in the place of Pebble.
final class PebbleCommandTests: LimitedTestCase {
    /// A folder with a listener's certificate that has no root, and a configuration like the one that Pebble is shipped with.
    private func withConfiguration(
        _ members: [String: Any] = [:], _ body: (_ folder: URL, _ file: String) throws -> Void
    ) throws {
        try withFolder { folder in
            for name in ["leaf.pem", "leaf-key.pem"] {
                try FileManager.default.copyItem(
                    at: packageFolder.appendingPathComponent("Certs/\(name)"), to: folder.appendingPathComponent(name))
            }
            var pebble: [String: Any] = [
                "listenAddress": "127.0.0.1:0", "managementListenAddress": "127.0.0.1:0", "certificate": "leaf.pem",
                "privateKey": "leaf-key.pem", "httpPort": 5002, "tlsPort": 5001, "ocspResponderURL": "",
                "externalAccountBindingRequired": false, "domainBlocklist": ["blocked-domain.example"],
                "retryAfter": ["authz": 3, "order": 5], "keyAlgorithm": "ecdsa",
                "profiles": [
                    "default": ["description": "The default profile", "validityPeriod": 7_776_000],
                    "shortlived": ["description": "A short-lived profile", "validityPeriod": 518_400],
                ],
            ]
            pebble.merge(members) { $1 }
            let file = folder.appendingPathComponent("pebble-config.json")
            try JSONSerialization.data(withJSONObject: ["pebble": pebble]).write(to: file)
            try body(folder, file.path)
        }
    }

    /// For the reference client, which takes nothing that the RFCs do not have; real clients judge the rest (Tests/Clients).
    private static let strict = ["-set", "personality=strict"]
    private static let calm = ["PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"]

    /// What is behind a text in the line that has it.
    private func rest(of text: String, in lines: [String]) throws -> String {
        let line = try XCTUnwrap(lines.first { $0.contains(text) }, text)
        return line.components(separatedBy: text)[1]
    }

    private func address(of text: String, in lines: [String]) throws -> String {
        let rest = try rest(of: text, in: lines).replacingOccurrences(of: "https://", with: "")
        return rest.components(separatedBy: "/")[0]
    }

    private func get(_ path: String, at address: String) throws -> WireResponse {
        let root = try text(of: "Certs/root.pem")
        let http = WireHTTP(at: address, demands: Wire.Demands(roots: root, name: .address("127.0.0.1")))
        return try http.exchange("GET", path, authority: address, fields: [("User-Agent", "tests")])
    }

    func testTheLinesThatHarnessesWaitForComeInPebblesWordsWithTheRealPortsAndClientsCanUseThem() throws {
        try withConfiguration { folder, file in
            for signal in [SIGTERM, SIGINT] {
                let pebble = try CairnProcess(
                    ["pebble", "-config", file, "-set", "validation.standard=approve"] + Self.strict, in: folder,
                    environment: Self.calm.merging(["PEBBLE_ALTERNATE_ROOTS": "1"]) { $1 })
                let lines = try pebble.lines(until: "ACME directory available at: ")
                for line in lines {
                    XCTAssertNotNil(
                        line.wholeMatch(of: /Pebble \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d .+/), line)
                }
                XCTAssertEqual(try rest(of: "Starting Pebble ", in: lines), "ACME server")
                for text in [
                    "Using system DNS resolver for ACME challenges", "Disabling random VA sleeps",
                    "Configured to reject 0% of good nonces", "Configured to show 3 orders per page",
                ] {
                    XCTAssertTrue(lines.contains { $0.hasSuffix(text) }, text)
                }
                XCTAssertEqual(lines.count { $0.contains("Generated new root issuer CN=Pebble Root CA ") }, 2)
                XCTAssertEqual(
                    lines.count {
                        $0.contains(/Generated issuance chain: Pebble Root CA \w{6} -> Pebble Intermediate CA \w{6}$/)
                    }, 2)
                let acme = try address(of: "Listening on: ", in: lines.filter { !$0.contains("Management") })
                let directory = try rest(of: "ACME directory available at: ", in: lines)
                XCTAssertEqual(directory, "https://\(acme)/dir")
                let management = try address(of: "Root CA certificate available at: ", in: lines)
                XCTAssertEqual(try address(of: "Management interface listening on: ", in: lines), management)
                XCTAssertTrue(
                    try rest(of: "Alternate (1) root CA certificate available at: ", in: lines).hasSuffix("/roots/1"))
                let client = try ReferenceClient(
                    directory: directory, at: acme, trusting: text(of: "Certs/root.pem"))
                let issuance = try client.obtain(["www.example.test"], by: "http-01") { _ in }
                let root = try get("/roots/0", at: management)
                XCTAssertNil(
                    try issuance.objection(
                        roots: [String(decoding: root.body, as: UTF8.self)], name: .host("www.example.test"),
                        at: Int64(Date().timeIntervalSince1970)))
                pebble.send(signal)
                XCTAssertEqual(try pebble.finish().status, 0)
            }
        }
    }

    func testALinkNamedPebbleIsPebble() throws {
        try withConfiguration { folder, file in
            let link = folder.appendingPathComponent("pebble")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: CairnProcess.executable)
            let pebble = try CairnProcess(
                ["-config", file, "-strict", "-dnsserver", "127.0.0.1:1"], of: link, in: folder)
            let lines = try pebble.lines(until: "ACME directory available at: ")
            XCTAssertTrue(lines.contains { $0.hasSuffix("Using custom DNS resolver for ACME challenges: 127.0.0.1:1") })
            pebble.send(SIGTERM)
            XCTAssertEqual(try pebble.finish().status, 0)
        }
    }

    func testTheSeedIsToldAndRepeatsARun() throws {
        try withConfiguration { folder, file in
            func chains(_ arguments: [String], _ environment: [String: String]) throws -> (seed: String, chain: String)
            {
                let pebble = try CairnProcess(
                    ["pebble", "-config", file] + arguments, in: folder, environment: environment)
                let lines = try pebble.lines(until: "ACME directory available at: ")
                pebble.send(SIGTERM)
                _ = try pebble.finish()
                let seed = try rest(of: "Using the seed ", in: lines).prefix { $0.isNumber }
                return (String(seed), try rest(of: "Generated issuance chain: ", in: lines))
            }
            let first = try chains([], [:])
            XCTAssertEqual(try chains([], ["CAIRN_SEED": first.seed]).chain, first.chain)
            XCTAssertEqual(try chains(["-seed=\(first.seed)"], ["CAIRN_SEED": "1"]).chain, first.chain)
            XCTAssertNotEqual(try chains([], ["CAIRN_SEED": "1"]).chain, first.chain)
        }
    }

    func testWithoutAFileItStartsWithWhatPebbleIsShippedWithAndTheBuiltInCertificate() throws {
        try withFolder { folder in
            let pebble = try CairnProcess(
                [
                    "pebble", "-set", "listener.port=0", "-set", "management.port=0",
                    "-set", #"listener.addresses=["127.0.0.1"]"#, "-set", #"management.addresses=["127.0.0.1"]"#,
                ], in: folder, environment: ["XDG_CACHE_HOME": folder.path])
            let lines = try pebble.lines(until: "ACME directory available at: ")
            XCTAssertTrue(lines.contains { $0.contains("There is no file test/config/pebble-config.json") })
            XCTAssertEqual(
                try rest(of: "Using the built-in certificate for the listeners, whose root is in ", in: lines),
                folder.path + "/cairn/root.pem")
            let place = try address(of: "ACME directory available at: ", in: lines)
            let port = try XCTUnwrap(place.split(separator: ":").last)
            let directory = try get("/dir", at: "127.0.0.1:\(port)")
            let json = try JSONSerialization.jsonObject(with: Data(directory.body)) as? [String: Any]
            let meta = json?["meta"] as? [String: Any]
            XCTAssertEqual((meta?["profiles"] as? [String: Any])?.keys.sorted(), ["default", "shortlived"])
            XCTAssertEqual(meta?["caaIdentities"] as? [String], ["pebble.letsencrypt.org"])
            pebble.send(SIGTERM)
            XCTAssertEqual(try pebble.finish().status, 0)
        }
    }

    func testItEndsAsPebbleDoesWhenItCannotStart() throws {
        try withConfiguration { folder, file in
            let bad = folder.appendingPathComponent("bad.json")
            try Data("{".utf8).write(to: bad)
            let cases: [(arguments: [String], status: Int32, says: String)] = [
                (["-bogus"], 2, "flag provided but not defined: -bogus\nUsage of pebble:\n"),
                (["-config"], 2, "flag needs an argument: -config\nUsage of pebble:\n"),
                (["-help"], 0, "Usage of pebble:\n"), (["-h"], 0, "Usage of pebble:\n"),
                (["-config", ""], 1, "Usage of pebble:\n"),
                (["-config", "nothing.json"], 1, "nothing.json: No such file or directory"),
                (["-config", bad.path], 1, "bad.json:1:"), (["-config", file, "extra"], 1, "\"extra\""),
                (["-config", file, "-set", "threads=0"], 1, "threads"), (["-config", file, "-set", "x"], 1, "-set"),
                (["-config", file, "-rules", "nothing"], 1, "nothing: No such file"),
                (["-config", file, "-dnsserver", "127.0.0.1"], 1, "-dnsserver"),
            ]
            for (arguments, status, says) in cases {
                let ended = try CairnProcess(["pebble"] + arguments, in: folder).finish()
                XCTAssertEqual(ended.status, status, "\(arguments)")
                XCTAssertTrue(ended.errors.contains(says), "\(arguments): \(ended.errors)")
            }
            let version = try CairnProcess(["pebble", "--version"], in: folder).finish()
            XCTAssertEqual(version.status, 0)
            XCTAssertTrue(version.output.contains("Pebble 2.10.1"))
        }
    }

    func testAPortThatIsTakenEndsItWithASentence() throws {
        try withConfiguration(["managementListenAddress": ""]) { folder, file in
            let first = try CairnProcess(["pebble", "-config", file], in: folder)
            let place = try address(
                of: "ACME directory available at: ", in: first.lines(until: "ACME directory available at: "))
            let port = try XCTUnwrap(place.split(separator: ":").last)
            let second = try CairnProcess(
                ["pebble", "-config", file, "-set", "listener.port=\(port)"], in: folder
            ).finish()
            XCTAssertEqual(second.status, 1)
            XCTAssertTrue(second.errors.hasSuffix("127.0.0.1:\(port) is already in use\n"), second.errors)
            first.send(SIGTERM)
            XCTAssertEqual(try first.finish().status, 0)
        }
    }

    func testUnknownKeysAreNamedAndTheManagementInterfaceCanBeAbsent() throws {
        try withConfiguration(["managementListenAddress": "", "unknownKey": 1]) { folder, file in
            let pebble = try CairnProcess(["pebble", "-config=\(file)"], in: folder)
            let lines = try pebble.lines(until: "ACME directory available at: ")
            XCTAssertTrue(lines.contains { $0.contains("Warning: ") && $0.contains("\"pebble.unknownKey\"") })
            XCTAssertTrue(lines.contains { $0.hasSuffix("Management interface is disabled") })
            pebble.send(SIGTERM)
            XCTAssertEqual(try pebble.finish().status, 0)
        }
    }

    func testGoodNoncesAreRefusedAsOftenAsTheEnvironmentSaysAndRulesOverruleThat() throws {
        try withConfiguration { folder, file in
            func problem(_ arguments: [String], _ percentage: String) throws -> String? {
                let pebble = try CairnProcess(
                    ["pebble", "-config", file] + Self.strict + arguments, in: folder,
                    environment: Self.calm.merging(["PEBBLE_WFE_NONCEREJECT": percentage]) { $1 })
                let lines = try pebble.lines(until: "ACME directory available at: ")
                let client = try ReferenceClient(
                    directory: try rest(of: "ACME directory available at: ", in: lines),
                    at: try address(of: "ACME directory available at: ", in: lines),
                    trusting: text(of: "Certs/root.pem"))
                defer { pebble.send(SIGTERM) }
                return try client.register().json["type"] as? String
            }
            XCTAssertNil(try problem([], "0"))
            XCTAssertEqual(try problem([], "100"), "urn:ietf:params:acme:error:badNonce")
            let rules = folder.appendingPathComponent("rules.json")
            try Data(#"[{"at": "newAccount", "do": {"problem": "rateLimited"}}]"#.utf8).write(to: rules)
            XCTAssertEqual(try problem(["-rules", rules.path], "100"), "urn:ietf:params:acme:error:rateLimited")
        }
    }

    func testTheResolverIsAskedThatTheCommandLineNames() throws {
        // Another Cairn, whose fake DNS is the server that the harness runs.
        try CairnProcess.serving(freePorts) { dns in
            try withConfiguration { folder, file in
                let place = try XCTUnwrap(dns.lines["DNS"])
                let pebble = try CairnProcess(
                    ["pebble", "-config", file, "-dnsserver", place] + Self.strict, in: folder, environment: Self.calm)
                let lines = try pebble.lines(until: "ACME directory available at: ")
                let client = try ReferenceClient(
                    directory: try rest(of: "ACME directory available at: ", in: lines),
                    at: try address(of: "ACME directory available at: ", in: lines),
                    trusting: text(of: "Certs/root.pem"))
                let management = WireHTTP(
                    at: "127.0.0.1:\(try dns.port("Management"))", demands: Wire.Demands(roots: try dns.root()))
                let issuance = try client.obtain(["www.example.test"], by: "dns-01") { proof in
                    let body =
                        #"{"host": "_acme-challenge.www.example.test.", "value": "\#(KeyAuthorization(text: proof.keyAuthorization).txtValue)"}"#
                    let answer = try management.exchange(
                        "POST", "/set-txt", authority: "localhost", body: Array(body.utf8))
                    XCTAssertEqual(answer.status, 200)
                }
                XCTAssertFalse(issuance.pem.isEmpty)
                pebble.send(SIGTERM)
                XCTAssertEqual(try pebble.finish().status, 0)
            }
        }
    }

    func testOneProcessIsTheChallengeServerTooWhoseDNSIsAsked() throws {
        try withConfiguration { folder, file in
            let own = ["-http01=127.0.0.1:0", "-https01=", "-tlsalpn01=", "-dnsserver=127.0.0.1:0", "-doh="]
            let pebble = try CairnProcess(
                ["pebble", "-challtestsrv", "-config", file] + Self.strict + ["--"] + own
                    + ["-management=127.0.0.1:0", "-defaultIPv6="], in: folder, environment: Self.calm)
            let lines = try pebble.lines(until: "ACME directory available at: ")
            let dns = try rest(of: "DNS-01 challenge server on ", in: lines)
            XCTAssertEqual(try rest(of: "Using custom DNS resolver for ACME challenges: ", in: lines), dns)
            let challenges = WireHTTP(
                at: try rest(of: "Starting management server on ", in: lines), demands: nil)
            let client = try ReferenceClient(
                directory: try rest(of: "ACME directory available at: ", in: lines),
                at: try address(of: "ACME directory available at: ", in: lines), trusting: text(of: "Certs/root.pem"))
            let issuance = try client.obtain(["*.example.test"], by: "dns-01") { proof in
                let value = KeyAuthorization(text: proof.keyAuthorization).txtValue
                let body = #"{"host": "_acme-challenge.example.test.", "value": "\#(value)"}"#
                let answer = try challenges.exchange(
                    "POST", "/set-txt", authority: "localhost", body: Array(body.utf8))
                XCTAssertEqual(answer.status, 200)
            }
            XCTAssertFalse(issuance.pem.isEmpty)
            let asked = try challenges.exchange(
                "POST", "/dns-request-history", authority: "localhost",
                body: Array(#"{"host": "_acme-challenge.example.test"}"#.utf8))
            XCTAssertTrue(String(decoding: asked.body, as: UTF8.self).contains(/"Qtype": ?16\b/))
            pebble.send(SIGTERM)
            XCTAssertEqual(try pebble.finish().status, 0)
        }
    }

    func testItIsListedInTheHelpOfCairnAndItsOwnHelpListsItsFlags() throws {
        XCTAssertTrue(try CairnProcess(["--help"]).finish().output.contains("\n  pebble "))
        XCTAssertTrue(try CairnProcess(["help", "pebble"]).finish().output.contains("\n  -dnsserver string\n"))
        XCTAssertTrue(try CairnProcess(["pebble", "-help"]).finish().errors.contains("\n  -dnsserver string\n"))
    }
}
