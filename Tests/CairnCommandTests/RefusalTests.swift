import CairnOpenSSLJudge
import Foundation
import XCTest

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

    func testWhatIsAskedInTheWrongPlaceIsToldWhereItBelongs() throws {
        for (words, sentence) in [
            (["serve", "--version"], "--version: expected it alone: cairn --version"),
            (["help", "rules", "x"], "help: expected no \"x\""),
        ] {
            let ended = try CairnProcess(words).finish()
            XCTAssertEqual(ended.status, 64)
            XCTAssertTrue(ended.errors.hasPrefix("cairn: \(sentence)"), ended.errors)
        }
        let help = try CairnProcess(["ctl", "clock", "advance", "61d", "--help"]).finish()
        XCTAssertEqual(help.status, 0, help.errors)
        XCTAssertEqual(help.output, try CairnProcess(["ctl", "help", "clock", "advance"]).finish().output)
    }
}
