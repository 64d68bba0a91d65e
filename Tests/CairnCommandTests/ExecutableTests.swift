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

    func testFilesOfTheUserAreThereWhenItHasEnded() throws {
        // Called as its own temporary folders are.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "cairn-\(UUID().uuidString.prefix(6))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["leaf.pem", "leaf-key.pem", "root.pem"] {
            let copy = folder.appendingPathComponent(name)
            try text(of: "Certs/\(name)").write(to: copy, atomically: true, encoding: .utf8)
        }
        let options = [
            "--tls-certificate", folder.path + "/leaf.pem", "--tls-key", folder.path + "/leaf-key.pem",
            "--tls-root", folder.path + "/root.pem",
        ]
        try CairnProcess.serving(freePorts + options) {
            XCTAssertEqual($0.lines["Root certificate"], folder.path + "/root.pem")
        }
        XCTAssertTrue(FileManager.default.fileExists(atPath: folder.path + "/root.pem"))
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
