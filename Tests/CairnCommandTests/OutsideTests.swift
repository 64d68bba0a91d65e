import Foundation
import XCTest

/// What the README has for other languages.
final class OutsideTests: XCTestCase {
    /// Each language with what runs a file of it, and what says whether it is there.
    private static let languages: [(name: String, file: String, run: [String], probe: [String])] = [
        ("sh", "faults.sh", ["sh"], ["curl", "--version"]),
        ("python", "faults.py", ["python3"], ["python3", "--version"]),
        ("go", "faults.go", ["go", "run"], ["go", "version"]),
    ]

    private func run(_ command: [String], _ environment: [String: String] = [:]) throws -> (
        status: Int32, output: String
    ) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = packageFolder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        (process.standardOutput, process.standardError) = (output, output)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
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
                XCTAssertEqual(ended.status, 0, "\(file): \(ended.output)")
                XCTAssertTrue(
                    ended.output.contains(name == "sh" ? "\"fired\": 0" : "fired 0"), "\(file): \(ended.output)")
                if name == "sh" { XCTAssertTrue(ended.output.contains("2030-03-03T00:00:00Z"), ended.output) }
            }
        }
    }
}
