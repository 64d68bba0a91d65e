import Cairn
import CairnManagement
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTransport
import Foundation
import XCTest

#if canImport(Glibc)
    private let streamType = Int32(SOCK_STREAM.rawValue)
#else
    private let streamType = SOCK_STREAM
#endif

/// Runs `cairn ctl` where it has to fail, and returns the line that it wrote to the standard error.
private func complaint(_ words: String..., environment: [String: String]) throws -> String {
    let ended = try CairnProcess(["ctl"] + words, environment: environment).finish()
    XCTAssertEqual(ended.status, 1)
    XCTAssertEqual(ended.output, "")
    return ended.errors
}

/// `cairn ctl`, over the management API of a server that runs.
final class CtlTests: LimitedTestCase {
    /// Runs `body` while a server runs, with what has `ctl` find it.
    private func serving(_ options: [String] = [], _ body: (Ready, (String...) throws -> String) throws -> Void) throws
    {
        try withFolder { folder in
            let place = ["XDG_CACHE_HOME": folder.path, "CAIRN_URL": ""]
            try CairnProcess.serving(freePorts + options, environment: place) { ready in
                try body(ready) { words in
                    let ended = try CairnProcess(["ctl"] + words, environment: place).finish()
                    XCTAssertEqual(ended.status, 0, "\(words): \(ended.errors)")
                    return ended.output
                }
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/cairn")
            XCTAssertEqual(left.filter { $0 != "root.pem" }, [])
        }
    }

    func testItFindsTheServerThatRunsAndDoesWhatATestCanDo() throws {
        try serving(["--set", "clock=2030-01-01T00:00:00Z"]) { ready, ctl in
            XCTAssertEqual(
                try ctl("clock", "advance", "61d"), "now: 2030-03-03T00:00:00Z\nisRunning: false\nscale: 0\n")
            XCTAssertEqual(try ctl("clock", "set", "2031-01-01T00:00:00Z", "--json").contains("\"scale\": 0"), true)
            XCTAssertEqual(try ctl("dns", "set", "www.example.test", "A", "127.0.0.1"), "")
            XCTAssertEqual(try ctl("dns", "add", "www.example.test", "TXT one", "TXT two"), "")
            XCTAssertEqual(
                try ctl("dns", "show", "www.example.test"), "A 127.0.0.1\nTXT \"one\"\nTXT \"two\"\n")
            XCTAssertEqual(try ctl("dns", "fail", "broken.example.test", "SERVFAIL", "--type", "A"), "")
            XCTAssertEqual(
                try ctl("dns", "failures"), "name                 code      type\nbroken.example.test  SERVFAIL  A\n")
            XCTAssertEqual(try ctl("settings", "set", "policy.lifetimes.order", "1h"), "3600\n")
            XCTAssertEqual(try ctl("settings", "reset"), "")
            XCTAssertEqual(try ctl("settings", "get", "policy.lifetimes.order"), "604800\n")
            XCTAssertTrue(
                try ctl("rules", "add", #"{"at": "finalize", "do": {"problem": "badNonce"}, "name": "one"}"#)
                    .hasPrefix("name  at "))
            XCTAssertTrue(try ctl("rules").contains("\none   finalize"))
            XCTAssertEqual(try ctl("validation", "set", "*.example.test", "approve"), "")
            XCTAssertTrue(try ctl("validation").contains("*.example.test: approve"))
            XCTAssertTrue(try ctl("keys", "issue", "--uses", "unlimited", "--identifier", "kid").contains("kid"))
            XCTAssertEqual(try ctl("reset"), "")
            XCTAssertEqual(
                try ctl("rules") + ctl("rules", "held") + ctl("keys") + ctl("dns", "list") + ctl("findings"),
                "none\nnone\nnone\nnone\nnone\n")
            XCTAssertTrue(try ctl("server").contains("seed: \(ready.lines["Seed"] ?? "")"))
        }
    }

    func testRulesComeFromFilesToo() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("rules.json")
            try #"{"rules": [{"do": {"problem": "badNonce"}}]}"#.write(to: file, atomically: true, encoding: .utf8)
            try serving(["--rules", file.path, "--rules", "slow=\(file.path)"]) { _, ctl in
                _ = try ctl("rules", "add", "@\(file.path)")
                _ = try ctl("rulesets", "forget", "slow")
                // What the files of the start have is there again after a reset.
                _ = try ctl("reset")
                XCTAssertEqual(try ctl("rules").split(separator: "\n").count, 2)
                XCTAssertTrue(try ctl("rulesets").contains("slow"))
            }
        }
    }

    func testTheJournalIsFollowedInLinesAndAsJSON() throws {
        try serving { ready, ctl in
            let http = WireHTTP(
                at: "127.0.0.1:\(try ready.port("Directory"))", demands: Wire.Demands(roots: try ready.root()))
            for path in ["/dir", "/nothing"] { _ = try http.exchange("GET", path, authority: "localhost") }
            let lines = try ctl("journal", "--follow", "--limit", "2").split(separator: "\n")
            XCTAssertTrue(lines.first?.hasPrefix("#0 ") ?? false, "\(lines)")
            XCTAssertTrue(lines.first?.hasSuffix(" GET /dir → 200") ?? false, "\(lines)")
            XCTAssertTrue(lines.last?.contains(" GET /nothing → 404 (malformed: ") ?? false, "\(lines)")
            let json = try ctl("--json", "journal", "--follow", "--limit=1")
            XCTAssertEqual(try CairnJSON(parsing: Array(json.utf8))["event"], "request")
            XCTAssertEqual(try ctl("journal", "--endpoint", "directory").split(separator: "\n").count, 1)
        }
    }

    func testItTrustsTheRootOfAServerOfThisUserThatItIsToldTheURLOf() throws {
        try serving(["--set", "tls=ephemeral"]) { ready, ctl in
            let url = try XCTUnwrap(ready.lines["Management"])
            for other in [url, url + "/", url + "/dir"] {
                XCTAssertTrue(try ctl("server", "--url", other).contains("management: \(url)\n"), other)
            }
        }
    }

    func testAnAnswerThatDoesNotComeIsNotWaitedForForEver() async throws {
        // A socket that listens and accepts, and never says anything.
        let silent = socket(AF_INET, streamType, 0)
        defer { close(silent) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = try withUnsafeMutablePointer(to: &address) { pointer -> Int in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(silent, pointer, length) == 0, listen(silent, 8) == 0,
                    getsockname(silent, pointer, &length) == 0
                else { throw CairnProcess.Failure(description: "no socket") }
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        let client = try ManagementClient(
            "http://127.0.0.1:\(port)", trusting: .anybody, patience: .milliseconds(20))
        do {
            _ = try await client.send(ManagementClient.Request("GET", "/"))
            XCTFail("it cannot have answered")
        } catch {
            XCTAssertEqual("\(error)", "no answer came within 0.02s")
        }
        await client.shutdown()
    }

    func testAHostThatNobodyKnowsIsSaidInWords() throws {
        let line = try complaint("clock", "--url", "https://nowhere.invalid:1", environment: [:])
        XCTAssertEqual(
            line,
            "cairn: https://nowhere.invalid:1: there is no host \"nowhere.invalid\", or nobody knows where it is\n")
    }

    func testWhoFollowsIsEndedByASignalInGoodOrder() throws {
        try CairnProcess.serving(freePorts) { ready in
            let url = ["CAIRN_URL": try XCTUnwrap(ready.lines["Management"])]
            let following = try CairnProcess(["ctl", "journal", "--follow"], environment: url)
            try following.waitUntilSignalsAreBlocked()
            following.send(SIGINT)
            XCTAssertEqual(try following.finish().status, 0)
        }
    }

    func testWhatIsRefusedIsSaidInALineWithItsPlaceAndHasAStatusOfItsOwn() throws {
        try CairnProcess.serving(freePorts) { ready in
            let url = ["CAIRN_URL": try XCTUnwrap(ready.lines["Management"])]
            let refusals = [
                (["clock", "advance", "soon"], 1, #"got "soon""#),
                (["rules", "add", #"{"at": "finalise", "do": {"problem": "badNonce"}}"#], 1, "cairn: /at: expected"),
                (["rules", "add", #"{"at""#], 1, "cairn: the argument:1:6: expected"),
                (["orders", "show", "x"], 1, #"there is no order "x""#),
                (["clock", "advanse", "1d"], 64, #"did you mean "clock advance"?"#),
                (["clok"], 64, #"did you mean "clock"?"#), ([""], 64, "\"\" is no command of ctl"),
                (["help", "clok"], 64, #"no command of ctl begins with "clok""#),
                (["dns", "list", "--perspectiv", "eu"], 64, #"did you mean "--perspective"?"#),
                (["orders", "--follow"], 64, "--follow: expected journal, got orders list"),
                (["clock", "advance"], 64, "cairn ctl clock advance BY"),
                (["--bogus"], 64, #""--bogus" is no option of ctl"#), (["help", "rul"], 64, #"did you mean "rules"?"#),
                (["clock", "--url", "https://a", "--url", "https://b"], 64, "--url: expected it once, got it twice"),
                (["journal", "--limit", "1", "--limit", "2"], 64, "expected it once, got it twice"),
                (["incident"], 64, "expected cairn ctl incident CERTIFICATES..."),
                (["rules", "add", "notjson"], 1, #"or - for the standard input, got "notjson""#),
                (["rules", "add", #"{"do": {"problem": "badNounce"}}"#], 1, #"did you mean "badNonce"?"#),
                (
                    ["validation", "set", "x.test", #"{"deny": {"type": "unauthorised"}}"#], 1,
                    #"cairn: deny.type: expected a name"#
                ),
                (["rules", "add", #"{"bogus": 1, "do": {"drop": {}}}"#], 1, #""optional" or "do""#),
                (
                    ["dns", "scripts", "add", #"{"timeout": {"times": 2}}"#], 1,
                    #"got {"times":2}; "times" stands beside it"#
                ),
                (["dns", "add", "w", "BOGUS x"], 1, "cairn: [0]: expected"),
                (["progress", "release", "order", "x"], 1, #"there is no order "x" that is held back"#),
                (["certificates", "revoke", "00"], 1, #"there is no certificate "00""#),
                (["settings", "get", "nosuch"], 1, "\"nosuch\" is not a setting\n"),
                (["findings", "--kind", "zzzzzz"], 1, "; there are "),
            ]
            for (words, status, part) in refusals {
                let ended = try CairnProcess(["ctl"] + words, environment: url).finish()
                XCTAssertEqual(ended.status, Int32(status), "\(words)")
                XCTAssertTrue(ended.errors.hasPrefix("cairn: ") && ended.errors.contains(part), ended.errors)
            }
        }
    }

    func testItTrustsTheBuiltInRootAndThoseThatItIsGivenAndTellsWhereNobodyIs() async throws {
        var configuration = TestCA.Configuration()
        configuration.clock = .standing(at: "2030-01-01T00:00:00Z")
        let ca = try await TestCA.start(configuration)
        let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0)
        let root = try XCTUnwrap(ca.trustRoots.first).pem
        try await onOwnThread {
            try withFolder { folder in
                let file = folder.appendingPathComponent("root.pem")
                try root.write(to: file, atomically: true, encoding: .utf8)
                for url in ["https://localhost:\(endpoint.port)", "https://127.0.0.1:\(endpoint.port)/"] {
                    let place = ["CAIRN_URL": url]
                    XCTAssertTrue(try complaint("clock", environment: place).contains("--cacert names a root"))
                    for options in [["--cacert", file.path], ["--insecure"]] {
                        let ended = try CairnProcess(["ctl", "clock"] + options, environment: place).finish()
                        XCTAssertEqual(ended.output, "now: 2030-01-01T00:00:00Z\nisRunning: false\nscale: 0\n")
                    }
                }
                XCTAssertEqual(
                    try complaint("clock", "--url", "localhost", environment: [:]),
                    "cairn: expected a URL such as https://localhost:15000, got \"localhost\"\n")
            }
        }
        await ca.shutdown()
        try await onOwnThread {
            XCTAssertTrue(
                try complaint("clock", environment: ["CAIRN_URL": "https://127.0.0.1:\(endpoint.port)"])
                    .contains("nobody listens there"))
        }
    }

    func testOfSeveralServersOneHasToBeNamed() throws {
        try withFolder { folder in
            let place = ["XDG_CACHE_HOME": folder.path, "CAIRN_URL": ""]
            try CairnProcess.serving(freePorts, environment: place) { first in
                try CairnProcess.serving(freePorts, environment: place) { second in
                    let line = try complaint("clock", environment: place)
                    for ready in [first, second] {
                        XCTAssertTrue(line.contains(try XCTUnwrap(ready.lines["Management"])), line)
                        XCTAssertTrue(line.contains("--management-port 0 --dns-port 0"), line)
                    }
                }
                XCTAssertEqual(try CairnProcess(["ctl", "clock"], environment: place).finish().status, 0)
            }
        }
    }

    func testItsServersListenOnLoopbackAloneUnlessTheyAreAskedTo() throws {
        #if os(Linux)
            func answersElsewhere(_ options: [String]) throws -> [Bool] {
                try CairnProcess.serving(freePorts + options) { ready in
                    let demands = Wire.Demands(roots: try ready.root())
                    return try ["Directory", "Management"].map { name in
                        let port = try ready.port(name)
                        XCTAssertNoThrow(try Wire(to: "127.0.0.1:\(port)", demands: demands))
                        return (try? Wire(to: "127.0.0.2:\(port)", demands: demands)) != nil
                    }
                }
            }
            XCTAssertEqual(try answersElsewhere([]), [false, false])
            XCTAssertEqual(try answersElsewhere(["--management-address", "0.0.0.0"]), [false, true])
        #endif
    }
}
