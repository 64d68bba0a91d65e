import CairnOpenSSLJudge
import CairnReferenceClient
import Foundation
import XCTest

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
