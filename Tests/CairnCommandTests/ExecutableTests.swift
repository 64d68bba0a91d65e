import CairnOpenSSLJudge
import CairnReferenceClient
import Foundation
import XCTest

// These are tests of XCTest, which runs one after the other in a process where nothing else happens. Children that are
// started beside other tests inherit sockets, and hold their ports when those tests want them back.

/// What the executable does.
final class ExecutableTests: XCTestCase {
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

    func testManagementAndDNSCanBeLeftOutAndTheLinesAboutThemWithThem() throws {
        try CairnProcess.serving(["--acme-port", "0", "--no-management", "--no-dns"]) { ready in
            XCTAssertEqual(Set(ready.lines.keys), ["Directory", "Draft of 2017", "Root certificate", "Seed"])
        }
    }

    func testTheDescribedConfigurationFileIsAccepted() throws {
        let options = freePorts + ["--config", "Examples/cairn.json"]
        try CairnProcess.serving(options) { ready in
            XCTAssertEqual(ready.lines["Seed"], "42")
            XCTAssertEqual(ready.lines["Root certificate"], "Certs/root.pem")
        }
    }

    func testTheHelpNamesEveryOptionAndFitsATerminal() throws {
        let short = try CairnProcess(["--help"]).finish()
        let long = try CairnProcess(["help", "serve"]).finish()
        XCTAssertEqual(short.status, 0)
        XCTAssertEqual(long.status, 0)
        for option in ["--acme-port", "--seed", "--config", "--always-valid", "cairn help serve"] {
            XCTAssertTrue(short.output.contains(option), option)
        }
        for option in [
            "--acme-address", "--acme-port", "--management-address", "--management-port", "--no-management",
            "--dns-address", "--dns-port", "--no-dns", "--http-port", "--tls-port", "--default-ipv4", "--default-ipv6",
            "--always-valid", "--tls-certificate", "--tls-key", "--tls-root", "--config", "--seed", "--log-level",
        ] {
            XCTAssertTrue(long.output.contains(option), option)
        }
        for line in (short.output + long.output).split(separator: "\n") { XCTAssertLessThanOrEqual(line.count, 80) }
    }
}

/// What the executable refuses.
final class RefusalTests: XCTestCase {
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
            ("{", "expected"),
            ("[]", "expected a JSON object"),
            (#"{"acme": {"prot": 1}}"#, #""acme.prot" is not a setting; expected "addresses", "port""#),
            (#"{"acem": {}}"#, #""acem" is not a setting; expected "#),
            (#"{"acme": {"port": 65536}}"#, #"expected "acme.port" to be a port, 0 to 65535"#),
            (#"{"acme": {"port": "14000"}}"#, #"expected "acme.port" to be a port, 0 to 65535"#),
            (#"{"acme": 14000}"#, #"expected "acme" to be an object"#),
            (#"{"dns": {"defaultIPv4": "::1"}}"#, "expected an IPv4 address or \"none\", got \"::1\""),
            (#"{"validation": {"httpPort": 0}}"#, "the port that http-01 connects to: expected 1 to 65535, got 0"),
            (#"{"tls": {"key": "x"}}"#, #""tls" needs "certificate", "key" and "root""#),
            (#"{"authority": {"profiles": [{}]}}"#, #"a profile needs a "name""#),
            (#"{"authority": {"profiles": [1]}}"#, #"expected "authority.profiles" to hold objects"#),
            (
                #"{"authority": {"profiles": [{"name": "a", "validty": 1}]}}"#,
                #""authority.profiles.validty" is not a setting"#
            ),
            (#"{"authority": {"profiles": []}}"#, "an authority needs at least one profile, got none"),
            (
                #"{"authority": {"profiles": [{"name": "a", "challengeTypes": "dns-01"}]}}"#,
                #"expected "authority.profiles.challengeTypes" to be an array of strings"#
            ),
            (#"{"policy": {"authorizationReuse": 2}}"#, #""never", "always" or a probability, 0 to 1"#),
            (#"{"policy": {"authorizationReuseOf": [{"name": "a.test"}]}}"#, #"needs a "name" and "reuse""#),
            (#"{"policy": {"authorizationReuseOf": [1]}}"#, "to be an array of objects"),
            (
                #"{"policy": {"authorizationReuseOf": [{"name": "a.test", "reuse": 1, "how": 1}]}}"#,
                #""policy.authorizationReuseOf.how" is not a setting"#
            ),
            (#"{"policy": {"blockedNames": "a.test"}}"#, #"expected "policy.blockedNames" to be an array of strings"#),
            (#"{"authority": {"name": ""}}"#, "the authority's name needs 1 to 42 characters, got 0"),
            (#"{"seed": -1}"#, #"expected "seed" to be a whole number"#),
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
                    try complaint(freePorts + [option, "\(port)"]), "cairn: address 127.0.0.1:\(port) is already in use"
                )
            }
        }
    }

    func testOptionsThatCannotBeUsedAreTold() throws {
        for arguments in [
            ["--prot", "1"], ["--acme-port", "65536"], ["--acme-port", "x"], ["--acme-address", "localhost"],
            ["--seed", "-1"], ["--log-level", "loud"], ["--tls-key", "x"], ["extra"],
        ] {
            let ended = try CairnProcess(arguments).finish()
            XCTAssertNotEqual(ended.status, 0)
            XCTAssertEqual(ended.output, "")
            XCTAssertTrue(ended.errors.hasPrefix("Error: "), ended.errors)
        }
    }

    func testADefaultAddressOfTheWrongFamilyIsTold() throws {
        XCTAssertEqual(
            try complaint(["--default-ipv6", "127.0.0.1"]),
            "cairn: expected an IPv6 address or \"none\", got \"127.0.0.1\"")
    }
}
