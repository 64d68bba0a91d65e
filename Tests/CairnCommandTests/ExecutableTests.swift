import CairnModel
import CairnOpenSSLJudge
import CairnReferenceClient
import Foundation
import XCTest

// These are tests of XCTest, which runs one after the other in a process where nothing else happens. Children that are
// started beside other tests inherit sockets, and hold their ports when those tests want them back.

/// What the executable does.
final class ExecutableTests: LimitedTestCase {
    func testItsFirstLinesTellWhereEverythingIsAndAClientCanUseIt() throws {
        for signal in [SIGTERM, SIGINT] {
            let cairn = try CairnProcess(freePorts + ["--always-valid", "--log-level", "info"])
            let ready = try cairn.ready()
            XCTAssertEqual(
                Set(ready.lines.keys), ["Directory", "Draft of 2017", "Management", "DNS", "Root certificate", "Seed"])
            XCTAssertNotNil(ready.lines["Seed"].flatMap { UInt64($0) })
            XCTAssertEqual(ready.lines["DNS"]?.hasPrefix("127.0.0.1:"), true)
            let client = try ReferenceClient(
                directory: XCTUnwrap(ready.lines["Directory"]), at: "127.0.0.1:\(ready.port("Directory"))",
                trusting: ready.root())
            let issuance = try client.obtain(["www.example.test"], by: "http-01") { _ in }
            let objection = try issuance.objection(
                roots: [ready.get("/roots/0")], name: .host("www.example.test"), at: Int64(Date().timeIntervalSince1970)
            )
            XCTAssertNil(objection)
            cairn.send(signal)
            let ended = try cairn.finish()
            XCTAssertEqual(ended.status, 0)
            XCTAssertTrue(ended.errors.contains("issued"))
        }
    }

    func testTheSameSeedGivesTheSameRootsAndAnotherOthers() throws {
        let roots = try ["7", "7", "8"].map { seed in
            try CairnProcess.serving(freePorts + ["--seed", seed]) { ready in
                XCTAssertEqual(ready.lines["Seed"], seed)
                return try ready.get("/roots/0")
            }
        }
        XCTAssertEqual(roots[0], roots[1])
        XCTAssertNotEqual(roots[0], roots[2])
    }

    func testItRunsInAnyFolderAndTheFileOfItsRootStaysWhereItIsWithTheContentOfTheOneInCerts() throws {
        try withFolder { folder in
            for place in [folder.path, FileManager.default.temporaryDirectory.path, "/"] {
                try CairnProcess.serving(
                    freePorts, in: URL(fileURLWithPath: place), environment: ["XDG_CACHE_HOME": folder.path]
                ) { ready in
                    XCTAssertEqual(ready.lines["Root certificate"], folder.path + "/cairn/root.pem")
                    XCTAssertEqual(try ready.root(), try text(of: "Certs/root.pem"))
                }
            }
        }
    }

    func testTheRootIsInATemporaryFolderWhereThereIsNoPlaceForCaches() throws {
        try withFolder { folder in
            try CairnProcess.serving(
                freePorts, environment: ["XDG_CACHE_HOME": "", "HOME": "/dev/null", "TMPDIR": folder.path]
            ) { ready in
                XCTAssertEqual(ready.lines["Root certificate"]?.hasPrefix(folder.path + "/cairn-"), true)
                XCTAssertEqual(try ready.root(), try text(of: "Certs/root.pem"))
            }
            XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), [])
        }
    }

    func testARelativePlaceForCachesDoesNotCount() throws {
        try withFolder { folder in
            try CairnProcess.serving(
                freePorts, in: folder, environment: ["XDG_CACHE_HOME": "relative", "HOME": folder.path + "/"]
            ) { ready in
                XCTAssertEqual(ready.lines["Root certificate"], folder.path + "/.cache/cairn/root.pem")
            }
            XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path + "/relative"))
        }
    }

    func testItTellsWhereItListensWhereItsURLsSayOtherwise() throws {
        try CairnProcess.serving(freePorts + ["--set", "origin=https://ca.example.test"]) { ready in
            XCTAssertEqual(ready.lines["Directory"], "https://ca.example.test/dir")
            let port = try ready.port("ACME listens at")
            XCTAssertEqual(ready.lines["ACME listens at"], "https://localhost:\(port)")
            XCTAssertNotEqual(port, 443)
        }
        try CairnProcess.serving(freePorts) { XCTAssertNil($0.lines["ACME listens at"]) }
    }

    func testTheEnvironmentHasTheSeedUnlessAnOptionOrAFileHasOne() throws {
        let seed = ["CAIRN_SEED": "5"]
        try CairnProcess.serving(freePorts, environment: seed) { XCTAssertEqual($0.lines["Seed"], "5") }
        try CairnProcess.serving(freePorts + ["--seed", "6"], environment: seed) {
            XCTAssertEqual($0.lines["Seed"], "6")
        }
        let ended = try CairnProcess(freePorts, environment: ["CAIRN_SEED": "five"]).finish()
        XCTAssertEqual(ended.status, 64)
        XCTAssertTrue(ended.errors.hasPrefix("cairn: CAIRN_SEED: expected a whole number from 0"), ended.errors)
    }

    func testItReadsItsCommandLineWhereThereIsNoProc() throws {
        let unshare = URL(fileURLWithPath: "/usr/bin/unshare")
        try XCTSkipUnless(FileManager.default.isExecutableFile(atPath: unshare.path), "there is no \(unshare.path)")
        func end(_ line: String) throws -> CairnProcess.Ended {
            let executable = try CairnProcess.executable.path
            return try CairnProcess(["--map-root-user", "--mount", "sh", "-c", line, executable], of: unshare).finish()
        }
        let hide = "mount -t tmpfs none /proc"
        try XCTSkipUnless(end("\(hide) && test ! -e /proc/self").status == 0, "nobody may mount here")
        for _ in 0..<4 {
            let ended = try end("\(hide) && exec \"$0\" --version")
            XCTAssertEqual(ended.status, 0, ended.errors)
            XCTAssertTrue(ended.output.hasPrefix("cairn "), ended.output)
        }
        XCTAssertEqual(try end("\(hide) && exec \"$0\" nosuch").status, 64)
    }

    func testItStartsWhereNoFolderCanBeWrittenAndSaysWhereTheRootIsToBeHad() throws {
        let nowhere = ["XDG_CACHE_HOME": "/dev/null", "HOME": "/dev/null", "TMPDIR": "/dev/null"]
        try CairnProcess.serving(freePorts, environment: nowhere) { ready in
            let management = try XCTUnwrap(ready.lines["Management"])
            XCTAssertEqual(
                ready.lines["Root certificate"],
                "no folder can be written; it is in \"trustRoots\" of \(management)/cairn/v1/server")
            let root = try text(of: "Certs/root.pem")
            let http = WireHTTP(at: "127.0.0.1:\(try ready.port("Management"))", demands: Wire.Demands(roots: root))
            let server = try http.exchange("GET", "/cairn/v1/server", authority: "localhost")
            let found = try CairnJSON(parsing: server.body)["trustRoots"]?.array
            XCTAssertEqual(found, [.string(root)])
        }
    }

    func testTheIdentityOfItsListenersIsTheOneInCertsOrInTheFilesItIsGiven() throws {
        let files = [
            "--tls-certificate", "Certs/leaf.pem", "--tls-key", "Certs/leaf-key.pem", "--tls-root", "Certs/root.pem",
        ]
        let root = try text(of: "Certs/root.pem")
        let leaf = try XCTUnwrap(OpenSSLCertificate.certificates(inPEM: text(of: "Certs/leaf.pem")).first)
        for options in [[], files] {
            try CairnProcess.serving(freePorts + options) { ready in
                if options == files { XCTAssertEqual(ready.lines["Root certificate"], "Certs/root.pem") }
                for name in [PathJudge.Name.host("localhost"), .address("127.0.0.1"), .host("pebble"), .host("cairn")] {
                    let wire = try Wire(
                        to: "127.0.0.1:\(ready.port("Directory"))", demands: Wire.Demands(roots: root, name: name))
                    XCTAssertEqual(try wire.peerCertificate?.derEncoded, try leaf.derEncoded)
                }
            }
        }
    }

    func testAFileThatIsNoPartOfAnIdentityIsNamed() throws {
        let (leaf, key) = ("Certs/leaf.pem", "Certs/leaf-key.pem")
        for (certificate, key, root, words) in [
            (key, key, nil, "cairn: \(key): expected X.509 certificates"),
            (leaf, leaf, nil, "cairn: \(leaf): the private key is not"),
            (leaf, key, key, "cairn: \(key): the root is not PEM"),
        ] as [(String, String, String?, String)] {
            let options =
                ["--tls-certificate", certificate, "--tls-key", key] + (root.map { ["--tls-root", $0] } ?? [])
            let ended = try CairnProcess(freePorts + options).finish()
            XCTAssertEqual(ended.status, 1)
            XCTAssertTrue(ended.errors.hasPrefix(words), ended.errors)
        }
    }

    func testAnIdentityCanBeMadeAtTheStart() throws {
        try withFolder { folder in
            try CairnProcess.serving(
                freePorts + ["--set", "tls=ephemeral"], environment: ["TMPDIR": folder.path]
            ) { ready in
                let root = try ready.root()
                XCTAssertNotEqual(root, try text(of: "Certs/root.pem"))
                for server in ["Directory", "Management"] {
                    _ = try Wire(to: "127.0.0.1:\(ready.port(server))", demands: Wire.Demands(roots: root))
                }
            }
        }
    }

    func testServersCanSpeakHTTPWithoutTLS() throws {
        let plain = ["--set", "management.plainHTTP=true"]
        try CairnProcess.serving(freePorts + plain) { ready in
            XCTAssertEqual(ready.lines["Directory"]?.hasPrefix("https://"), true)
            XCTAssertEqual(ready.lines["Management"]?.hasPrefix("http://"), true)
            let http = WireHTTP(at: "127.0.0.1:\(try ready.port("Management"))", demands: nil)
            XCTAssertEqual(try http.exchange("GET", "/cairn/v1/clock", authority: "localhost").status, 200)
        }
        try CairnProcess.serving(freePorts + ["--set", "listener.plainHTTP=true"]) { ready in
            XCTAssertEqual(ready.lines["Directory"]?.hasPrefix("http://"), true)
            XCTAssertEqual(ready.lines["Management"]?.hasPrefix("https://"), true)
            XCTAssertNotNil(ready.lines["Root certificate"])
        }
        try CairnProcess.serving(freePorts + plain + ["--set", "listener.plainHTTP=true"]) { ready in
            XCTAssertNil(ready.lines["Root certificate"])
        }
    }

    func testManagementAndDNSCanBeLeftOutAndTheLinesAboutThemWithThem() throws {
        try CairnProcess.serving(["--acme-port", "0", "--no-management", "--no-dns"]) { ready in
            XCTAssertEqual(Set(ready.lines.keys), ["Directory", "Draft of 2017", "Root certificate", "Seed"])
        }
    }

    func testTheDescribedConfigurationFileIsAccepted() throws {
        // Wherever it is put, and as it is, but for the ports that other tests have.
        try withFolder { folder in
            let example = try CairnProcess(["settings", "--example"]).finish().output
            let file = folder.appendingPathComponent("cairn.json")
            try example.write(to: file, atomically: true, encoding: .utf8)
            try CairnProcess.serving(freePorts + ["--config", file.path], in: folder) { ready in
                XCTAssertEqual(ready.lines["Directory"], "https://localhost:\(try ready.port("Directory"))/dir")
                XCTAssertNil(ready.lines["CRLs and OCSP"])
            }
        }
    }

    func testTheFilesOfAConfigurationFileAreBesideIt() throws {
        try withFolder { folder in
            for name in ["leaf.pem", "leaf-key.pem", "root.pem"] {
                try text(of: "Certs/\(name)").write(
                    to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
            }
            let file = folder.appendingPathComponent("cairn.json")
            try #"{"tls": {"certificate": "leaf.pem", "key": "leaf-key.pem", "root": "root.pem"}}"#
                .write(to: file, atomically: true, encoding: .utf8)
            try CairnProcess.serving(freePorts + ["--config", file.path]) { ready in
                XCTAssertEqual(ready.lines["Root certificate"], folder.path + "/root.pem")
            }
        }
    }

    func testAnySettingCanBeAnOption() throws {
        try CairnProcess.serving(freePorts + ["--set", "seed=9", "--set", "draft=null"]) { ready in
            XCTAssertEqual(ready.lines["Seed"], "9")
            XCTAssertNil(ready.lines["Draft of 2017"])
        }
    }

    func testSettingsAreListedAsHelpAsSchemaAndAsAnExample() throws {
        for arguments in [["settings", "rsa"], ["help", "settings", "rsa"]] {
            let ended = try CairnProcess(arguments).finish()
            XCTAssertEqual(ended.status, 0)
            XCTAssertTrue(ended.output.hasPrefix("authority.rootKey\n"), ended.output)
        }
        XCTAssertTrue(try CairnProcess(["settings", "--schema"]).finish().output.hasPrefix("{\n  \"$schema\""))
        XCTAssertEqual(
            try CairnProcess(["settings", "--example"]).finish().output, try text(of: "Examples/cairn.json"))
        let unknown = try CairnProcess(["settings", "maximumIdentifer"]).finish()
        XCTAssertNotEqual(unknown.status, 0)
        XCTAssertTrue(unknown.errors.contains("did you mean"), unknown.errors)
    }

    func testTheHelpNamesEveryOptionAndFitsATerminal() throws {
        let short = try CairnProcess(["--help"]).finish()
        let long = try CairnProcess(["help", "serve"]).finish()
        XCTAssertEqual(short.status, 0)
        XCTAssertEqual(long.status, 0)
        for option in ["--acme-port", "--seed", "--config", "--always-valid", "cairn help serve", "cairn/root.pem"] {
            XCTAssertTrue(short.output.contains(option), option)
        }
        for option in [
            "--acme-address", "--acme-port", "--management-address", "--management-port", "--no-management",
            "--dns-address", "--dns-port", "--no-dns", "--http-port", "--tls-port", "--default-ipv4", "--default-ipv6",
            "--always-valid", "--tls-certificate", "--tls-key", "--tls-root", "--config", "--seed", "--log-level",
            "--set", "cairn help settings",
        ] {
            XCTAssertTrue(long.output.contains(option), option)
        }
        for line in (short.output + long.output).split(separator: "\n") { XCTAssertLessThanOrEqual(line.count, 80) }
    }
}

/// What the executable refuses.
final class RefusalTests: LimitedTestCase {
    /// Runs it, and returns the one line that it wrote to the standard error.
    private func complaint(_ arguments: [String]) throws -> String {
        let ended = try CairnProcess(arguments).finish()
        XCTAssertEqual(ended.status, 1)
        XCTAssertEqual(ended.output, "")
        let lines = ended.errors.split(separator: "\n", omittingEmptySubsequences: false)
        XCTAssertTrue(lines.count == 2 && lines.last == "", "expected one line, got \(ended.errors)")
        return String(lines.first ?? "")
    }

    func testAConfigurationFileThatCannotBeUsedIsToldInOneLineWithThePlace() throws {
        let refusals = [
            ("{", "cairn.json:1:2: expected"),
            ("[]", "cairn.json:1: expected a JSON object, got an array"),
            (
                "{\n\"listener\": {\"prot\": 1}}",
                #"cairn.json:2: listener.prot: "prot" is not a setting; did you mean "listener.port"?"#
            ),
            (
                #"{"probes": {"httpPort": 0}}"#,
                "cairn.json:1: probes.httpPort: expected a port from 1 to 65535, got 0"
            ),
            // What is wrong together is found after the file is read, and has its place in it all the same.
            (
                "{\"probes\": {\n\"perspectiveQuorum\": 1}}",
                "cairn.json:2: probes.perspectiveQuorum: expected 0 to 0"
            ),
            (#"{"authority": {"chains": [[1]]}}"#, "cairn.json:1: authority: the roots are numbered from 0"),
        ]
        try withFolder { folder in
            let file = folder.appendingPathComponent("cairn.json")
            for (content, words) in refusals {
                try content.write(to: file, atomically: true, encoding: .utf8)
                let line = try complaint(freePorts + ["--config", file.path])
                XCTAssertTrue(line.hasPrefix("cairn: ") && line.contains(words), "\(content): \(line)")
            }
        }
    }

    func testAFileThatCannotBeReadIsToldWithTheReason() throws {
        let missing = "No such file or directory"
        XCTAssertEqual(
            try complaint(["--config", "/nowhere/a.json"]), "cairn: cannot read /nowhere/a.json: \(missing)")
        XCTAssertEqual(try complaint(["--config", "/"]), "cairn: cannot read /: Is a directory")
        let tls = ["--tls-certificate", "/nowhere/a", "--tls-key", "/nowhere/b", "--tls-root", "/nowhere/c"]
        XCTAssertEqual(try complaint(freePorts + tls), "cairn: cannot read /nowhere/a: \(missing)")
    }

    func testAPortInUseIsToldWithItsAddress() throws {
        try CairnProcess.serving(freePorts) { ready in
            for (option, line) in [
                ("--acme-port", "Directory"), ("--management-port", "Management"), ("--dns-port", "DNS"),
            ] {
                let port = try ready.port(line)
                XCTAssertEqual(
                    try complaint(
                        ["--acme-port", "--management-port", "--dns-port"].flatMap {
                            [$0, $0 == option ? "\(port)" : "0"]
                        }),
                    "cairn: address 127.0.0.1:\(port) is already in use; \(option) takes another port, and 0 a free one"
                )
            }
        }
    }

    func testOptionsThatCannotBeUsedAreTold() throws {
        for (arguments, words) in [
            (["--prot", "1"], "--prot"), (["extra"], "extra"),
            (["--acme-port", "65536"], "--acme-port: expected a port (0 takes a free one) from 0 to 65535, got 65536"),
            (["--acme-port", "x"], "--acme-port: expected a port (0 takes a free one) from 0 to 65535, got \"x\""),
            (["--acme-port", "-1"], "--acme-port: expected a port (0 takes a free one) from 0 to 65535, got -1"),
            (["--acme-address", "localhost"], "--acme-address: expected an IP address, got \"localhost\""),
            (["--seed", "-5"], "--seed: expected a whole number from 0 to 18446744073709551615"),
            (
                ["--log-level", "loud"],
                "--log-level: expected \"error\", \"warning\", \"info\" or \"debug\", got \"loud\""
            ),
            (
                ["--default-ipv6", "127.0.0.1"],
                "--default-ipv6: expected an IPv6 address, or none, got \"127.0.0.1\""
            ),
            (["--tls-key", "x"], "--tls-certificate and --tls-key go together, and --tls-root goes with both"),
            (["--set", "threads"], "--set: expected a setting and its value"),
            (
                ["--set", "policy.lifetims.order=1h"],
                "--set: policy.lifetims: \"lifetims\" is not a setting; did you mean \"policy.lifetimes\"?"
            ),
            (
                ["--set", "policy.lifetimes=1h"],
                "--set: policy.lifetimes: is a group of settings; set what is below it: \"policy.lifetimes.order\", "
            ),
            (["--set", "threds=3"], "--set: threds: \"threds\" is not a setting; did you mean \"threads\"?"),
            (["--set", "threads=0"], "--set: threads: expected a whole number from 1 to 256, got 0"),
            (
                ["--seed", "abc"],
                "--seed: expected a whole number from 0 to 18446744073709551615, or none for a random one, got"
            ),
            (["--seed", "99999999999999999999"], "got \"99999999999999999999\""),
            (["--set", "policy=3"], "--set: policy: is a group of settings; set what is below it: \"policy."),
            (["--set", "policy=null"], "--set: policy: is a group of settings"),
            (["--set", "listener=3"], "--set: listener: is a group of settings"),
            (
                ["--set", "dns.updates.keys[0].name=x"],
                "--set: dns.updates.keys: is set as a whole: expected an array of keys"
            ),
            (["--set", "dns.updates.keys.0.name=x"], "--set: dns.updates.keys: is set as a whole"),
            (["--set", #"policy.challengeTypes=["http-01","http-01"]"#], "expected each once, got \"http-01\" twice"),
            (["--set", "policy.challengeTypes=[]"], "expected an array of challenge types, at least one"),
            (
                ["--acme-address", "127.0.0.1", "--acme-address", "127.0.0.1"],
                "expected each once, got \"127.0.0.1\" twice"
            ),
            (["--config", "a.json", "--config", "b.json"], "--config: expected it once, got it twice"),
            (["--log", "x"], #"did you mean "--log-level"?"#), (["-V"], #"did you mean "--version"?"#),
            (["--verbose"], #"did you mean "--log-level"?"#), (["version"], #"did you mean "--version"?"#),
            (["help", "srve"], #"did you mean "serve"?"#),
            (["--set", "policy.lifetimes.order=5y"], "(ms, s, m, min, h, d, w)"),
            (
                ["--set", #"dns.updates.keys=[{"name":"a"},{"name":"b"}]"#],
                "cairn: --set: dns.updates.keys[1]: a key needs \"secret\""
            ),
        ] {
            let ended = try CairnProcess(arguments).finish()
            XCTAssertEqual(ended.status, 64)
            XCTAssertEqual(ended.output, "")
            XCTAssertTrue(ended.errors.hasPrefix("cairn: ") && ended.errors.contains(words), ended.errors)
        }
    }

    func testTwoServersOnOnePortAreToldWithTheOptionsThatChangeIt() throws {
        let line = try complaint(["--acme-port", "14000", "--management-port", "14000"])
        for words in ["management.port", "14000", "--acme-port", "--management-port"] {
            XCTAssertTrue(line.contains(words), line)
        }
        try CairnProcess.serving(freePorts + ["--management-address", "127.0.0.2"]) { _ in }
    }
}

/// How the executable ends.
final class EndingTests: LimitedTestCase {
    func testASignalRightAfterTheReadyLineIsNeverLost() throws {
        let numbers = [SIGTERM, SIGINT, SIGHUP]
        for round in 0..<51 {
            let cairn = try CairnProcess(["--acme-port", "0", "--no-management", "--no-dns"])
            _ = try cairn.ready()
            cairn.send(numbers[round % numbers.count])
            XCTAssertEqual(try cairn.finish().status, 0, "round \(round)")
        }
    }

    func testASignalBeforeTheReadyLineEndsItWhenItIsReady() throws {
        for _ in 0..<10 {
            let cairn = try CairnProcess(["--acme-port", "0", "--no-management", "--no-dns"])
            // It has begun when it can be seen to wait for signals; until then a signal ends the process as it ends any.
            try cairn.waitUntilSignalsAreBlocked()
            cairn.send(SIGTERM)
            XCTAssertEqual(try cairn.finish().status, 0)
        }
    }
}

/// What the ready lines say.
final class ReadyTests: LimitedTestCase {
    /// Whether the management API and the directory answer at the URLs in the ready lines, judged by OpenSSL.
    private func check(_ ready: Ready, host: String, at address: String) throws {
        let name: PathJudge.Name = host == "localhost" ? .host(host) : .address(host)
        for (line, path) in [("Directory", "/dir"), ("Management", "")] {
            let authority = (host.contains(":") ? "[\(host)]" : host) + ":\(try ready.port(line))"
            XCTAssertEqual(ready.lines[line], "https://\(authority)\(path)")
            let wire = try Wire(
                to: "\(address):\(ready.port(line))", demands: Wire.Demands(roots: ready.root(), name: name))
            XCTAssertNotNil(wire.peerCertificate)
        }
    }

    func testEveryURLNamesWhatIsListenedOnAndWhatTheCertificateIsFor() throws {
        for (addresses, host, address) in [
            (["127.0.0.1"], "localhost", "127.0.0.1"), (["::1"], "::1", "[::1]"),
            (["0.0.0.0"], "localhost", "127.0.0.1"),
            (["127.0.0.2", "127.0.0.1"], "localhost", "127.0.0.1"), (["127.0.0.2", "::1"], "::1", "[::1]"),
        ] {
            let options = addresses.flatMap { ["--acme-address", $0, "--management-address", $0] }
            try CairnProcess.serving(freePorts + options) { ready in
                try check(ready, host: host, at: address)
                XCTAssertNil(ready.lines["Note"])
            }
        }
    }

    func testAHostThatTheCertificateIsNotForIsToldWithWhatToAdd() throws {
        try CairnProcess.serving(freePorts + ["--acme-address", "127.0.0.2"]) { ready in
            XCTAssertEqual(ready.lines["Directory"]?.hasPrefix("https://127.0.0.2:"), true)
            XCTAssertEqual(ready.lines["Note"]?.contains("is not for 127.0.0.2"), true)
            XCTAssertEqual(ready.lines["Note"]?.contains("--tls-certificate"), true)
        }
    }
}

/// What rules it is told to follow.
final class RulesOptionTests: LimitedTestCase {
    private func client(_ ready: Ready, directory: String? = nil) throws -> ReferenceClient {
        try ReferenceClient(
            directory: directory ?? XCTUnwrap(ready.lines["Directory"]), at: "127.0.0.1:\(ready.port("Directory"))",
            trusting: ready.root())
    }

    func testAFileHoldsForAllClientsAndANamedOneForThoseThatChooseIt() throws {
        try withFolder { folder in
            let (all, named) = (folder.appendingPathComponent("all.json"), folder.appendingPathComponent("named.json"))
            try #"[{"at": "newAccount", "do": {"problem": "badNonce", "times": 1}}]"#
                .write(to: all, atomically: true, encoding: .utf8)
            try #"{"rules": [{"at": "newOrder", "do": {"problem": "rateLimited", "retryAfter": 30}}]}"#
                .write(to: named, atomically: true, encoding: .utf8)
            let one = folder.appendingPathComponent("one.json")
            try #"{"name": "single", "at": "keyChange", "do": {"delay": "1ms"}}"#
                .write(to: one, atomically: true, encoding: .utf8)
            let options = [
                "--always-valid", "--rules", one.path, "--rules", all.path, "--rules", "flaky=\(named.path)",
            ]
            try CairnProcess.serving(freePorts + options) { ready in
                let outside = try client(ready)
                XCTAssertEqual(try outside.register().problem, "badNonce")
                XCTAssertEqual(try outside.register().status, 201)
                _ = try outside.order(["www.example.test"])
                let directory = try XCTUnwrap(ready.lines["Directory"])
                    .replacingOccurrences(of: "/dir", with: "/with/flaky/dir")
                let inside = try client(ready, directory: directory)
                XCTAssertEqual(try inside.register().status, 201)
                let order = ["identifiers": [["type": "dns", "value": "www.example.test"]]]
                let refused = try inside.post(inside.endpoint("newOrder"), order)
                XCTAssertEqual(refused.problem, "rateLimited")
                XCTAssertEqual(refused["Retry-After"], "30")
                XCTAssertTrue(try ready.get("/cairn/v1/rulesets").contains("flaky"))
                XCTAssertTrue(try ready.get("/cairn/v1/rules/single").contains("keyChange"))
            }
        }
    }

    func testAFileThatCannotBeIsRefusedWithThePlaceInIt() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("rules.json")
            for (text, words) in [
                (#"[{"at": "finalise", "do": {"problem": "badNonce"}}]"#, #"did you mean "finalize"?"#),
                ("[\n{,}]", "rules.json:2:2: "),
                (#"[{"do": {"force": "done", "of": "order"}}]"#, "/0/do/force: expected"),
                (#"{"do": {"problem": "badNounce"}}"#, #"rules.json:1: /do/problem: expected"#),
                ("[{\"do\": {\"drop\": 1}},\n{\"do\": {\"drop\": {}}},\n{\"att\": 1}]", "rules.json:1: /0/do/drop"),
                ("[{\"do\": {\"drop\": 1}},\n{\"do\": {\"drop\": {}}},\n{\"att\": 1}]", "rules.json:3: /2"),
            ] {
                try text.write(to: file, atomically: true, encoding: .utf8)
                let ended = try CairnProcess(freePorts + ["--rules", file.path]).finish()
                XCTAssertEqual(ended.status, 1)
                XCTAssertTrue(ended.errors.contains(words), ended.errors)
            }
            let ended = try CairnProcess(freePorts + ["--rules", "x=/nowhere/rules.json"]).finish()
            XCTAssertEqual(ended.status, 1)
            XCTAssertTrue(ended.errors.contains("/nowhere/rules.json"), ended.errors)
        }
    }

    func testTheRulesOfTheReadmeCanBeLoadedWithTheSettingBesideThem() throws {
        let readme = try text(of: "README.md")
        let block = try XCTUnwrap(
            readme.components(separatedBy: "```json\n").dropFirst().first { $0.contains("\"badNonce\"") }?
                .components(separatedBy: "```").first)
        let command = try XCTUnwrap(readme.firstMatch(of: /cairn serve --rules rules.json (--set \S+)`/)?.output.1)
        try withFolder { folder in
            let file = folder.appendingPathComponent("rules.json")
            try block.write(to: file, atomically: true, encoding: .utf8)
            let options = ["--rules", file.path] + command.split(separator: " ").map(String.init)
            try CairnProcess.serving(freePorts + options) { ready in
                let rules = try ready.get("/cairn/v1/rules")
                for word in ["badNonce", "rateLimited", "changeTerms"] { XCTAssertTrue(rules.contains(word), rules) }
                XCTAssertEqual(try ready.get("/cairn/v1/settings/policy.authorizationReuse.standard"), "0.5")
            }
        }
    }
}

/// What its exit status says of clients.
final class FailOnFindingTests: LimitedTestCase {
    /// How it ends after a client that behaved, or did not.
    private func end(_ options: [String], misbehaves: Bool) throws -> CairnProcess.Ended {
        let cairn = try CairnProcess(freePorts + ["--always-valid"] + options)
        let ready = try cairn.ready()
        let client = try ReferenceClient(
            directory: XCTUnwrap(ready.lines["Directory"]), at: "127.0.0.1:\(ready.port("Directory"))",
            trusting: ready.root())
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        if misbehaves { try client.send("GET", XCTUnwrap(client.kid)) }
        cairn.send(SIGTERM)
        return try cairn.finish()
    }

    func testItEndsWithStatus3AndPrintsTheFindings() throws {
        for options in [["--fail-on-finding"], ["--fail-on-finding", "reusedNonce, plainGET"]] {
            let ended = try end(options, misbehaves: true)
            XCTAssertEqual(ended.status, 3)
            let line = ended.output.components(separatedBy: "\n").first { $0.hasPrefix("finding ") }
            XCTAssertEqual(line?.hasPrefix("finding plainGET (MUST, RFC 8555 §6.3) in request "), true)
            XCTAssertEqual(line?.contains(", event #"), true)
        }
    }

    func testItEndsWithStatus0WithoutThemOrTheOption() throws {
        XCTAssertEqual(try end(["--fail-on-finding"], misbehaves: false).status, 0)
        XCTAssertEqual(try end(["--fail-on-finding", "reusedNonce"], misbehaves: true).status, 0)
        XCTAssertEqual(try end([], misbehaves: true).status, 0)
    }

    func testAKindThatDoesNotExistIsRefused() throws {
        let ended = try CairnProcess(freePorts + ["--fail-on-finding", "nonsense"]).finish()
        XCTAssertEqual(ended.status, 64)
        XCTAssertTrue(ended.errors.contains("expected one of MAY, SHOULD, MUST, noUserAgent"), ended.errors)
    }
}

extension ExecutableTests {
    func testAPresetHasItsEffectOnClientsAndTheListNamesIt() throws {
        let options = ["--preset", "nexus", "--preset", "crlfChain", "--preset", "stepCA"]
        try CairnProcess.serving(freePorts + options + ["--set", "personality=strict", "--always-valid"]) { ready in
            let client = try ReferenceClient(
                directory: XCTUnwrap(ready.lines["Directory"]), at: "127.0.0.1:\(ready.port("Directory"))",
                trusting: ready.root())
            try client.register()
            XCTAssertTrue(try client.order(["www.example.test"]).response.text.contains(".123Z"))
            XCTAssertEqual(try ready.get("/cairn/v1/settings/personality"), "\"strict\"")
            XCTAssertTrue(try ready.get("/cairn/v1/settings/authority.profiles").contains("86400"))
        }
        let list = try CairnProcess(["presets"]).finish()
        XCTAssertTrue(list.output.contains("letsEncrypt2028"))
        let one = try CairnProcess(["presets", "crlfChain"]).finish()
        XCTAssertTrue(one.output.contains("https://github.com/letsencrypt/boulder/issues/3557"))
    }

    func testAnUnknownPresetIsRefusedWithTheOneThatWasMeantAndAContradictionWithBothNames() throws {
        let unknown = try CairnProcess(freePorts + ["--preset", "letsEncript"]).finish()
        XCTAssertTrue(unknown.errors.contains(#"there is no preset "letsEncript"; did you mean "letsEncrypt"?"#))
        XCTAssertNotEqual(unknown.status, 0)
        let both = try CairnProcess(freePorts + ["--preset", "google", "--preset", "harica"]).finish()
        XCTAssertTrue(both.errors.contains(#""google" and "harica" contradict each other"#))
        XCTAssertEqual(both.status, 1)
    }
}
