import CairnModel
import Foundation
import Testing
import XCTest

@testable import CairnCommand

@Suite("The command line", .timeLimit(.minutes(5)))
struct CommandLineTests {
    private static let form = CommandForm(
        name: "try", summary: "Try.",
        options: [
            CommandOption("flag", "A flag."), CommandOption("port", .required("PORT"), "A port."),
            CommandOption("name", .required("NAME"), isRepeated: true, "A name."),
            CommandOption("fail", .optional("KIND", alone: "all"), "Fails."),
        ], argument: CommandForm.Argument(name: "WORD", summary: "A word."))

    private func read(_ words: String...) throws -> CommandWords { try CommandWords(words, of: Self.form) }

    @Test("A value follows as the next word, whatever that begins with, or behind an equals sign")
    func values() throws {
        let words = try read("--port", "-1", "--name=a=b", "--flag", "word", "--name", "--flag")
        #expect(words["port"] == "-1")
        #expect(words.all("name") == ["a=b", "--flag"])
        #expect(words.has("flag") && !words.has("fail"))
        #expect(words.arguments == ["word"])
    }

    @Test("Of an option that counts once the last counts")
    func last() throws {
        #expect(try read("--port", "1", "--port", "2").all("port") == ["2"])
    }

    @Test("A value that can be left out is not taken from an option")
    func optional() throws {
        #expect(try read("--fail")["fail"] == "all")
        #expect(try read("--fail", "--flag")["fail"] == "all")
        #expect(try read("--fail", "some", "--flag")["fail"] == "some")
        #expect(try read("--fail=", "word")["fail"] == "")
    }

    @Test("Two dashes end the options, and one is a word")
    func ending() throws {
        #expect(try read("--flag", "--", "--port").arguments == ["--port"])
        #expect(try read("-").arguments == ["-"])
        #expect(try read("--port", "1", "--help", "--nonsense").asksForHelp)
    }

    @Test(
        "What cannot be understood is told, with what was meant",
        arguments: [
            (["--prot", "1"], #""--prot" is no option of try; did you mean "--port"?"#),
            (["-p"], #""-p" is no option of try"#),
            (["--flag=1"], "--flag: expected no value"), (["--port"], "--port: expected a value, PORT"),
            (["a", "b"], #"try: expected no "b""#),
        ])
    func mistakes(_ words: [String], _ sentence: String) {
        let error = #expect(throws: UsageError.self) { try CommandWords(words, of: Self.form) }
        #expect(error?.description == sentence)
        #expect(error?.command == "try")
    }

    @Test("Every option that is a setting is one of the catalogue, and each has words in the help")
    func options() {
        for form in CairnCommand.forms {
            #expect(Set(form.options.map(\.name)).count == form.options.count)
            for option in form.options {
                if let setting = option.setting { #expect(Settings.catalogue[setting] != nil, "\(setting)") }
                #expect(CommandHelp.text(form).contains("--\(option.name)"))
                #expect(!option.summary.isEmpty && option.summary.first?.isUppercase == true, "\(option.name)")
            }
            #expect(CommandHelp.overview.contains("  \(form.name) "))
            for line in CommandHelp.text(form).split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        }
    }

    @Test("A shell is offered commands, options, presets and settings")
    func completion() {
        #expect(Completion.candidates(["se"]) == ["serve", "settings"])
        #expect(Completion.candidates(["help", "p"]) == ["pebble", "pebble-challtestsrv", "presets"])
        #expect(Completion.candidates(["--acme-p"]) == ["--acme-port"])
        #expect(Completion.candidates(["serve", "--preset", "crlf"]) == ["crlfChain"])
        #expect(Completion.candidates(["--set", "policy.lifetimes.o"]) == ["policy.lifetimes.order="])
        #expect(Completion.candidates(["--log-level", "w"]) == ["warning"])
        #expect(Completion.candidates(["completions", ""]) == ["bash", "zsh", "fish"])
        #expect(Completion.candidates(["serve", "--config", ""]) == [])
    }

    @Test("The manual page has every command, option, setting and command of ctl")
    func manual() {
        let page = ManualPage.text.replacing("\\-", with: "-")
        for form in CairnCommand.forms { #expect(page.contains(".SS \"\(form.usage)\"")) }
        for setting in Settings.catalogue.settings { #expect(page.contains(".B \"\(setting.path)\"")) }
        for words in ["--acme-port PORT", "cairn ctl clock advance BY", ".SH \"EXIT STATUS\""] {
            #expect(page.contains(words), "\(words)")
        }
        for line in page.split(separator: "\n") { #expect(!line.hasPrefix("'")) }
    }

    /// What starts Cairn in files that are there to be copied.
    @Test(
        "Command lines in files for containers, services and workflows can be understood",
        arguments: ["Dockerfile", "cairn.service", "github-actions.yml"])
    func deployment(_ file: String) throws {
        let content = try text(of: "Examples/Deployment/\(file)")
        let lines = Self.commandLines(content)
        #expect(!lines.isEmpty)
        for line in lines {
            let words = line.first == "serve" ? Array(line.dropFirst()) : line
            #expect(throws: Never.self, "\(line)") { try Serve(CommandWords(words, of: Serve.form)).settings() }
        }
    }

    /// The words after the name of the executable in each line that runs it.
    private static func commandLines(_ content: String) -> [[String]] {
        content.split(separator: "\n").compactMap { line in
            if line.hasPrefix("ENTRYPOINT ["),
                let json = try? JSONDecoder().decode([String].self, from: Data(line.dropFirst(11).utf8))
            {
                return Array(json.dropFirst())
            }
            let words = line.split(separator: " ").map(String.init)
            guard let start = words.firstIndex(where: { $0.hasSuffix("/cairn") || $0 == "cairn" }),
                line.contains("ExecStart=") || line.contains("run:")
            else { return nil }
            return words[words.index(after: start)...].prefix { $0 != "&" }.map { $0 }
        }
    }
}

/// What it says of itself.
final class SelfDescriptionTests: XCTestCase {
    func testAShellCompletesWithTheScriptThatItIsGiven() throws {
        let bash = URL(fileURLWithPath: "/bin/bash")
        guard FileManager.default.isExecutableFile(atPath: bash.path) else { return }
        let script = try CairnProcess(["completions", "bash"]).finish().output
        let executable = try CairnProcess.executable
        let process = Process()
        let output = Pipe()
        process.executableURL = bash
        process.arguments = [
            "-c",
            script + "\nCOMP_WORDS=('\(executable.path)' ctl clock s) COMP_CWORD=3; _cairn; echo \"${COMPREPLY[*]}\"",
        ]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        XCTAssertEqual(text, "show set stop\n")
        for shell in ["zsh", "fish"] {
            XCTAssertTrue(try CairnProcess(["completions", shell]).finish().output.contains("complete --"), shell)
        }
        XCTAssertEqual(try CairnProcess(["completions", "tcsh"]).finish().status, 64)
    }

    func testItTellsItsVersion() throws {
        XCTAssertNotNil(
            try CairnProcess(["--version"]).finish().output
                .wholeMatch(of: /cairn \d+\.\d+\.\d+( \([0-9a-f]{12}\))?\n/))
    }
}
