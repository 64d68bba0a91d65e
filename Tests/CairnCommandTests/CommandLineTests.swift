import CairnModel
import CairnOpenSSLJudge
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
            (["a", "pebble"], #""pebble" is a command, which comes before all options: cairn pebble …"#),
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
        #expect(Completion.candidates(["help", "ctl", "clock", "a"]) == ["advance"])
        // Behind an equals sign, in the word itself or, as bash has it, as a word of its own.
        #expect(Completion.candidates(["--preset=crlf"]) == ["--preset=crlfChain"])
        #expect(Completion.candidates(["serve", "--log-level", "="]) == ["error", "warning", "info", "debug"])
        #expect(Completion.candidates(["--log-level", "=", "w"]) == ["warning"])
        #expect(Completion.candidates(["--nosuch=x"]) == [])
        #expect(Completion.candidates(["serve", "--fail-on-finding", "noU"]) == ["noUserAgent"])
        #expect(Completion.candidates(["serve", "--fail-on-finding", "--rul"]) == ["--rules"])
        #expect(Completion.candidates(["help", "ctl", "clo"]) == ["clock"])
    }

    @Test("A shell is offered the flags of a program that a command stands in for, with one dash or two")
    func flagCompletion() {
        #expect(Completion.candidates(["pebble", "-s"]) == ["-strict", "-seed", "-set"])
        #expect(Completion.candidates(["pebble", "-strict", "--con"]) == ["--config"])
        #expect(Completion.candidates(["pebble", "-config", ""]) == [])
        #expect(Completion.candidates(["pebble", "-set", "policy.lifetimes.o"]) == ["policy.lifetimes.order="])
        #expect(Completion.candidates(["pebble-challtestsrv", "-doh-cert-"]) == ["-doh-cert-key"])
    }

    @Test("The manual page has every command, option, setting and command of ctl")
    func manual() {
        let page = ManualPage.text.replacing("\\-", with: "-")
        for form in CairnCommand.forms { #expect(page.contains(".SS \"\(form.usage)\"")) }
        for setting in Settings.catalogue.settings { #expect(page.contains(".B \"\(setting.path)\"")) }
        for words in ["--acme-port PORT", "cairn ctl clock advance BY", ".SH \"EXIT STATUS\""] {
            #expect(page.contains(words), "\(words)")
        }
        for line in page.split(separator: "\n") {
            #expect(!line.hasPrefix("'"))
            // Man pages have short lines of text (man-pages(7)); what stands in a macro cannot be broken.
            #expect(line.hasPrefix(".") || line.utf8.count <= 90, "\(line)")
        }
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

    @Test("In a container other commands take the place of the one that it runs by itself")
    func container() throws {
        let lines = try text(of: "Examples/Deployment/Dockerfile").split(separator: "\n")
        #expect(lines.contains(#"ENTRYPOINT ["/cairn"]"#))
    }

    /// The words after the name of the executable in each line that runs it.
    private static func commandLines(_ content: String) -> [[String]] {
        content.split(separator: "\n").compactMap { line in
            if line.hasPrefix("CMD ["),
                let json = try? JSONDecoder().decode([String].self, from: Data(line.dropFirst(4).utf8))
            {
                return json
            }
            let words = line.split(separator: " ").map(String.init)
            guard let start = words.firstIndex(where: { $0.hasSuffix("/cairn") || $0 == "cairn" }),
                line.contains("ExecStart=") || line.contains("run:")
            else { return nil }
            return words[words.index(after: start)...].prefix { $0 != "&" }.map { $0 }
        }
    }
}

/// Words that mean nothing end the executable with a sentence, and are not passed over.
@Suite("Odd command lines", .timeLimit(.minutes(5)))
struct OddLineTests {
    @Test(
        "Whatever cannot be understood ends with status 64 and says why",
        arguments: [
            ([""], "\"\" is no command"), (["serve", ""], "expected no \"\""),
            (["--set="], "--set: expected a setting"),
            (["--set", "=3"], "--set: expected a setting"), (["--set", "\u{e9}=3"], "is not a setting"),
            (["--set", String(repeating: "a.", count: 5_000) + "b=1"], "is not a setting"),
            (["-="], #""-" is no option"#), (["--acme-port="], "--acme-port: expected a port"),
            (["--seed", "99999999999999999999999"], "--seed: expected"), (["help", "nosuch"], "is no command"),
            (["help", "serve", "more"], #"help: expected no "more""#), (["completions"], "expected SHELL"),
            (["presets", "letsEncrypt", "--markdown"], "--markdown: expected no name"),
            (["settings", "--schema", "--example"], "expected one of --schema"),
            (["settings", "--markdown", "word"], "expected one of --schema"),
            (["ctl", "nosuch"], "is no command of ctl"), (["ctl", "--url"], "--url: expected a value"),
        ])
    func refused(_ words: [String], _ part: String) throws {
        let ended = try CairnProcess(words).finish()
        #expect(ended.status == 64 && ended.output.isEmpty)
        #expect(ended.errors.hasPrefix("cairn: ") && ended.errors.contains(part), "\(ended.errors)")
    }

    @Test("Help has words for every command, and for itself")
    func help() throws {
        for words in [["help"], ["help", "help"], ["help", "--help"]] {
            let ended = try CairnProcess(words).finish()
            #expect(ended.status == 0 && ended.output.contains("Usage: cairn [COMMAND]"))
        }
        for form in CairnCommand.forms {
            let ended = try CairnProcess(["help", form.name]).finish()
            #expect(ended.status == 0 && !ended.output.isEmpty && ended.errors.isEmpty, "\(form.name)")
        }
    }
}

/// What it says of itself.
final class SelfDescriptionTests: LimitedTestCase {
    func testAShellCompletesWithTheScriptThatItIsGiven() throws {
        let bash = "/bin/bash"
        try XCTSkipUnless(FileManager.default.isExecutableFile(atPath: bash), "there is no \(bash)")
        let script = try CairnProcess(["completions", "bash"]).finish().output
        let executable = try CairnProcess.executable
        let use = "COMP_WORDS=('\(executable.path)' ctl clock s) COMP_CWORD=3; _cairn; echo \"${COMPREPLY[*]}\""
        let completed = try CairnProcess(["-c", "\(script)\n\(use)"], of: URL(fileURLWithPath: bash)).finish()
        XCTAssertEqual(completed.output, "show set stop\n")
        for shell in ["zsh", "fish"] {
            XCTAssertTrue(try CairnProcess(["completions", shell]).finish().output.contains("complete --"), shell)
        }
        XCTAssertEqual(try CairnProcess(["completions", "tcsh"]).finish().status, 64)
    }

    func testWhatCannotBeWrittenIsToldUnlessNobodyWantsIt() throws {
        let full = "/dev/full"
        try XCTSkipUnless(FileManager.default.fileExists(atPath: full), "there is no \(full)")
        let executable = try CairnProcess.executable.path
        func end(_ line: String) throws -> CairnProcess.Ended {
            try CairnProcess(["-c", line, executable], of: URL(fileURLWithPath: "/bin/sh")).finish()
        }
        for command in ["man", "--version", "settings --example", "help ctl clock", "completions zsh"] {
            let ended = try end("exec \"$0\" \(command) >\(full)")
            XCTAssertEqual(ended.status, 1, command)
            XCTAssertTrue(ended.errors.hasPrefix("cairn: cannot write to the standard output: "), ended.errors)
        }
        XCTAssertEqual(try end("exec \"$0\" man >&-").errors, "")
        XCTAssertEqual(try end("\"$0\" man | head -n 1 >/dev/null").errors, "")
    }

    func testItTellsItsVersion() throws {
        XCTAssertNotNil(
            try CairnProcess(["--version"]).finish().output
                .wholeMatch(of: /cairn \d+\.\d+\.\d+( \([0-9a-f]{12}\))?\n/))
    }
}
