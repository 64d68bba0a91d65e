import CairnOpenSSLJudge
import Foundation
import XCTest

/// What the README has for other languages.
final class OutsideTests: LimitedTestCase {
    /// Each language with what runs a file of it, and what says whether it is there.
    private static let languages: [(name: String, file: String, run: [String], probe: [String])] = [
        ("sh", "faults.sh", ["sh"], ["curl", "--version"]),
        ("python", "faults.py", ["python3"], ["python3", "--version"]),
        ("go", "faults.go", ["go", "run"], ["go", "version"]),
    ]

    private func run(_ command: [String], _ environment: [String: String] = [:]) throws -> CairnProcess.Ended {
        // The compiler of Go may have to compile its library first.
        try CairnProcess(
            command, of: URL(fileURLWithPath: "/usr/bin/env"), environment: environment, within: 240
        ).finish()
    }

    func testTheProgramsOfTheREADMEScriptAFaultMoveTheClockAndReadFindings() throws {
        let readme = try text(of: "README.md")
        for (name, file, command, probe) in Self.languages {
            let program = try text(of: "Examples/Outside/\(file)")
            XCTAssertTrue(readme.contains("```\(name)\n\(program)```"), file)
            guard try run(probe).status == 0 else { continue }
            try CairnProcess.serving(freePorts + ["--set", "clock=2030-01-01T00:00:00Z"]) { ready in
                let place = [
                    "CAIRN_URL": try XCTUnwrap(ready.lines["Management"]),
                    "CAIRN_ROOT": try XCTUnwrap(ready.lines["Root certificate"]),
                ]
                let ended = try run(command + ["Examples/Outside/\(file)"], place)
                XCTAssertEqual(ended.status, 0, "\(file): \(ended)")
                XCTAssertTrue(
                    ended.output.contains(name == "sh" ? "\"fired\": 0" : "fired 0"), "\(file): \(ended)")
                if name == "sh" { XCTAssertTrue(ended.output.contains("2030-03-03T00:00:00Z"), ended.output) }
            }
        }
    }
}
