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
    func valuesOfOptions() throws {
        let words = try read("--port", "-1", "--name=a=b", "--flag", "word", "--name", "--flag")
        #expect(words["port"] == "-1")
        #expect(words.all("name") == ["a=b", "--flag"])
        #expect(words.has("flag") && !words.has("fail"))
        #expect(words.arguments == ["word"])
    }

    @Test("An option that counts once cannot be given twice, and a flag can")
    func twice() throws {
        let error = #expect(throws: UsageError.self) { try read("--port", "1", "--port=2") }
        #expect(error?.description == #"--port: expected it once, got it twice, with "1" and "2""#)
        #expect(throws: UsageError.self) { try read("--fail", "--fail", "x") }
        #expect(try read("--name", "a", "--name", "b").all("name") == ["a", "b"])
        #expect(try read("--flag", "--flag").has("flag"))
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

    /// The words that a shell is offered.
    private func offered(_ words: String...) -> [String] { Completion.offer(words).candidates.map(\.word) }

    @Test("A shell is offered commands, options, presets and settings")
    func completion() {
        #expect(offered("se") == ["serve", "settings"])
        #expect(offered("help", "p") == ["pebble", "pebble-challtestsrv", "presets"])
        #expect(offered("--acme-p") == ["--acme-port"])
        #expect(offered("serve", "--preset", "crlf") == ["crlfChain"])
        #expect(offered("--set", "policy.lifetimes.o") == ["policy.lifetimes.order="])
        #expect(offered("--log-level", "w") == ["warning"])
        #expect(offered("completions", "") == ["bash", "zsh", "fish"])
        #expect(offered("help", "ctl", "clock", "a") == ["advance"])
        #expect(offered("--preset=crlf") == ["--preset=crlfChain"])
        #expect(offered("--nosuch=x") == [])
        #expect(offered("serve", "--fail-on-finding", "noU") == ["noUserAgent"])
        #expect(offered("serve", "--fail-on-finding", "--rul") == ["--rules"])
        #expect(offered("help", "ctl", "clo") == ["clock"])
        #expect(offered("help", "settings", "policy.lifetimes.o") == ["policy.lifetimes.order"])
        #expect(offered("--").contains("--acme-port") && !offered("--").contains("serve"))
        #expect(offered("ctl", "clock", "--js") == ["--json"])
    }

    @Test("Behind a setting a shell is offered what it can be, and otherwise its default")
    func values() {
        #expect(offered("--set", "personality=").contains("personality=pebble"))
        #expect(
            offered("--set", "draft.answers.showsCombinations=")
                == [true, false].map { "draft.answers.showsCombinations=\($0)" })
        #expect(offered("--set", "threads=") == ["threads=2"])
        #expect(offered("--set=logLevel=w") == ["--set=logLevel=warning"])
        #expect(offered("--set", "nosuch=") == [])
        #expect(offered("pebble", "-set", "logLevel=w") == ["logLevel=warning"])
    }

    @Test("A shell is offered the names of files where one is expected, and nowhere else")
    func files() {
        #expect(Completion.offer(["serve", "--config", ""]).hasFiles)
        #expect(Completion.offer(["serve", "--rules=flaky"]).hasFiles)
        #expect(Completion.offer(["--preset", "./"]).hasFiles)
        #expect(Completion.offer(["pebble", "-config", ""]).hasFiles)
        for words in [
            ["serve", "--acme-port", ""], ["--set", "nosuch"], ["--set", "seed="], ["presets", ""], ["x"],
        ] {
            #expect(!Completion.offer(words).hasFiles, "\(words)")
        }
    }

    @Test("What is offered says in a sentence what it is")
    func summaries() {
        let lines = Completion.offer(["--acme-p"]).lines + Completion.offer(["--config", ""]).lines
        #expect(lines == "--acme-port\tThe port for ACME, over HTTPS\n\t\n")
        for candidate in Completion.offer([""]).candidates { #expect(!candidate.summary.isEmpty) }
    }

    @Test("A shell is offered the flags of a program that a command stands in for, with one dash or two")
    func flagCompletion() {
        #expect(offered("pebble", "-s") == ["-strict", "-seed", "-set"])
        #expect(offered("pebble", "-strict", "--con") == ["--config"])
        #expect(offered("pebble", "-set", "policy.lifetimes.o") == ["policy.lifetimes.order="])
        #expect(offered("pebble-challtestsrv", "-doh-cert-") == ["-doh-cert-key"])
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
        for word in [
            "CAIRN_SEED", "PEBBLE_WFE_NONCEREJECT", "cairn/server-PID.json", ".SH SIGNALS", ".SH FILES", "loseAnswer",
            "\"2\"",
        ] {
            #expect(page.contains(word), "\(word)")
        }
        #expect(page.hasPrefix(".TH CAIRN 1 \(Version.date) "))
    }

    @Test("The vocabulary of rules is told with what its reader knows, and every example is a rule")
    func rules() throws {
        let text = RulesHelp.text
        for member in RuleGrammar.members where member.value != "read only" && member.object != "file" {
            #expect(text.contains(member.name), "\(member.object) \(member.name)")
            if let example = member.example {
                #expect(text.contains(example))
                let json = try CairnJSON(parsing: Array(example.utf8))
                #expect(throws: Never.self, "\(example)") { try CairnRule(json: json) }
                #expect(example.contains("\"\(member.name)\":"))
            } else {
                #expect(member.object != member.name && member.object != "when", "\(member.name) has no example")
            }
        }
        for endpoint in ACMEEndpoint.known { #expect(text.contains(endpoint.rawValue)) }
    }

    /// What starts Cairn in files that are there to be copied.
    @Test(
        "Command lines in files for containers, services and workflows can be understood",
        arguments: ["Dockerfile", "compose.yaml", "cairn.service", "github-actions.yml"])
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

    @Test("The client of the containers is where names are, and trusts the root that the server leaves")
    func containers() throws {
        let compose = try text(of: "Examples/Deployment/compose.yaml")
        let line = try #require(Self.commandLines(compose).first)
        let settings = try Serve(CommandWords(line.dropFirst(), of: Serve.form)).settings()
        let client = try #require(compose.components(separatedBy: "  client:").last)
        func value(_ path: String) -> String { Settings.catalogue[path]?.get(settings)?.text() ?? "?" }
        #expect(client.contains("ipv4_address: \(value("dns.defaultIPv4").dropFirst().dropLast())"))
        #expect(client.contains("--http-01-port \(value("probes.httpPort"))"))
        #expect(client.contains("https://cairn:\(value("listener.port"))/dir"))
        let caches = try #require(
            try text(of: "Examples/Deployment/Dockerfile").split(separator: "\n").first {
                $0.hasPrefix("ENV XDG_CACHE_HOME=")
            })
        #expect(compose.components(separatedBy: "root:\(caches.dropFirst(19))/cairn").count == 3)
        #expect(client.contains("REQUESTS_CA_BUNDLE: \(caches.dropFirst(19))/cairn/root.pem"))
    }

    @Test("The service leaves the root in a folder that everybody can read, and which systemd makes for it")
    func service() throws {
        let unit = try text(of: "Examples/Deployment/cairn.service").split(separator: "\n")
        for line in [
            "RuntimeDirectory=cairn", "RuntimeDirectoryMode=0755", "Environment=XDG_CACHE_HOME=/run",
            "Restart=on-failure",
        ] {
            #expect(unit.contains { $0 == line }, "\(line)")
        }
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
            if words.starts(with: ["command:", "serve"]) { return Array(words.dropFirst()) }
            guard let start = words.firstIndex(where: { $0.hasSuffix("/cairn") || $0 == "cairn" }),
                line.hasPrefix("ExecStart=/") || line.contains("run:")
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
            (["--set="], "--set: expected a setting"), (["-V"], "did you mean"),
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
    /// Runs a line in a shell, which finds the executable by its name, and returns its output.
    private func run(_ shell: String, _ arguments: [String], _ line: String, folder: String = "/") throws -> String {
        let places = ["/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map { "\($0)/\(shell)" }
        let place = places.first(where: FileManager.default.isExecutableFile)
        guard let place else { throw XCTSkip("there is no \(shell)") }
        let bin = try CairnProcess.executable.deletingLastPathComponent().path
        let environment = [
            "PATH": "\(bin):\(ProcessInfo.processInfo.environment["PATH"] ?? "/bin")", "HOME": folder,
            "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder, "TERM": "dumb",
        ]
        return try CairnProcess(arguments + [line], of: URL(fileURLWithPath: place), environment: environment)
            .finish().output
    }

    func testBashCompletesWithTheScriptThatItIsGiven() throws {
        let script = try CairnProcess(["completions", "bash"]).finish().output
        func offered(_ line: String) throws -> String {
            try run(
                "bash", ["--norc", "-c"],
                script
                    + "\nCOMP_WORDBREAKS=$' \\t\\n\"\\'><=;|&(:'; COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; _cairn; "
                    + "printf '%s|' \"${COMPREPLY[@]}\"", folder: packageFolder.path)
        }
        XCTAssertEqual(try offered("cairn ctl clock s"), "show|set|stop|")
        // What bash takes for words of their own is part of one.
        XCTAssertEqual(try offered("cairn --set logLevel=w"), "warning|")
        XCTAssertEqual(try offered("cairn --log-level=w"), "warning|")
        XCTAssertEqual(try offered("cairn --set policy.lifetimes.or"), "policy.lifetimes.order=|")
        XCTAssertEqual(try offered("cairn --").hasPrefix("--acme-address|--acme-port|"), true)
        XCTAssertEqual(try offered("cairn help settings policy.lifetimes.or"), "policy.lifetimes.order|")
        XCTAssertEqual(try offered("cairn --config \(packageFolder.path)/READ"), "\(packageFolder.path)/README.md|")
        XCTAssertEqual(try offered("cairn --acme-port \(packageFolder.path)/READ"), "|")
        XCTAssertEqual(try CairnProcess(["completions", "tcsh"]).finish().status, 64)
    }

    func testZshCompletesAtTheFirstTab() throws {
        try withFolder { folder in
            let script = try CairnProcess(["completions", "zsh"]).finish().output
            try script.write(to: folder.appendingPathComponent("_cairn"), atomically: true, encoding: .utf8)
            // A shell of its own behind a terminal, in which the script is loaded when it is first needed.
            let line = """
                zmodload zsh/zpty || exit 0
                zpty inner zsh -f -i
                zpty -w inner "fpath=('\(folder.path)' \\$fpath); autoload -Uz compinit; compinit -u -D; print begin:\\$((1 + 1))"
                zpty -r inner text '*begin:2*'
                zpty -w -n inner $'cairn presets crlfC\\t\\n'
                zpty -w inner "print end:\\$((1 + 1))"
                zpty -r inner text '*end:2*'
                print -r -- "$text"
                zpty -d inner
                """
            let text = try run("zsh", ["-f", "-c"], line, folder: folder.path)
            try XCTSkipIf(text.isEmpty, "zsh has no zpty here")
            XCTAssertTrue(text.contains(#""name": "crlfChain""#), text)
        }
    }

    func testFishIsOfferedWordsWithWhatTheyMean() throws {
        try withFolder { folder in
            let script = try CairnProcess(["completions", "fish"]).finish().output
            func offered(_ line: String) throws -> String {
                try run("fish", ["--no-config", "-c"], script + "\ncomplete -C '\(line)'", folder: folder.path)
            }
            XCTAssertEqual(try offered("cairn --acme-p"), "--acme-port\tThe port for ACME, over HTTPS\n")
            XCTAssertEqual(try offered("cairn --set logLevel=w"), "logLevel=warning\n")
            XCTAssertEqual(try offered("cairn --acme-port /et"), "")
        }
    }

    func testWhatCannotBeWrittenIsToldUnlessNobodyWantsIt() throws {
        let full = "/dev/full"
        try XCTSkipUnless(FileManager.default.fileExists(atPath: full), "there is no \(full)")
        let executable = try CairnProcess.executable.path
        func end(_ line: String) throws -> CairnProcess.Ended {
            try CairnProcess(["-c", line, executable], of: URL(fileURLWithPath: "/bin/sh")).finish()
        }
        let start = "serve \(freePorts.joined(separator: " "))"
        for command in ["man", "--version", "settings --example", "help ctl clock", "completions zsh", start] {
            let ended = try end("exec \"$0\" \(command) >\(full)")
            XCTAssertEqual(ended.status, 1, command)
            XCTAssertTrue(ended.errors.hasPrefix("cairn: cannot write to the standard output: "), ended.errors)
        }
        XCTAssertEqual(
            try end("exec \"$0\" \(start) >\(full)").errors,
            "cairn: cannot write to the standard output: No space left on device\n")
        XCTAssertEqual(try end("exec \"$0\" man >&-").errors, "")
        XCTAssertEqual(try end("\"$0\" man | head -n 1 >/dev/null").errors, "")
    }

    func testTheManualPageHasNothingThatMandocFindsFaultWith() throws {
        try withFolder { folder in
            let page = folder.appendingPathComponent("cairn.1")
            try CairnProcess(["man"]).finish().output.write(to: page, atomically: true, encoding: .utf8)
            XCTAssertEqual(try run("mandoc", ["-Wall", "-T", "lint"], page.path), "")
        }
    }

    func testItTellsItsVersion() throws {
        XCTAssertNotNil(
            try CairnProcess(["--version"]).finish().output
                .wholeMatch(of: /cairn \d+\.\d+\.\d+( \([0-9a-f]{12}\))?\n/))
    }
}
