import CairnManagement
import CairnModel
import CairnTransport

/// `cairn ctl`: tells a server that runs what to do, over its management API alone.
enum Ctl {
    static let form = CommandForm(
        name: "ctl", summary: "Tell a running server what to do, and read what it knows.",
        discussion: """
            "cairn ctl help" lists all commands, "cairn ctl help WORD" those that begin with a word. Options can stand \
            anywhere.

            What a command takes as JSON can be @FILE, or - for the standard input. The server is the one at --url or \
            CAIRN_URL, or else the one that this user runs, or else the one at https://localhost:15000.

              cairn ctl clock advance 61d
              cairn ctl rules add '{"at": "finalize", "do": {"problem": "badNonce"}}'
              cairn ctl journal --follow
              cairn ctl findings --json
            """,
        options: [
            CommandOption(
                "url", .required("URL"),
                "Where the management API is, such as https://localhost:15000. (environment: CAIRN_URL)"),
            CommandOption(
                "cacert", .required("FILE"), "A root to trust, in PEM, beside the one that is built in."),
            CommandOption("insecure", "Trust whatever certificate the server has."),
            CommandOption("json", "Print what the server answers, as JSON."),
            CommandOption("follow", "Go on with what happens, until interrupted; for journal."),
        ],
        argument: CommandForm.Argument(name: "COMMAND...", summary: "What to do: words, and what they need."))

    /// Does what was typed after `ctl`: its options depend on its words, so it reads them itself.
    static func run(_ words: [String]) async throws {
        let line = try CtlLine(words)
        if line.words.isEmpty { return print(CommandHelp.text(form)) }
        if line.words[0] == "help" { return print(try CtlHelp.text(Array(line.words.drop { $0 == "help" }))) }
        if line.flags.contains("help") {
            // What follows the words of a command is what it needs.
            let commands = ManagementCommand.all.filter { line.words.starts(with: $0.words) }
            let command = commands.max { $0.words.count < $1.words.count }
            return print(try CtlHelp.text(command?.words ?? line.words))
        }
        let invocation = try CtlInvocation(line)
        // What is told while it goes on ends with a signal.
        Task {
            await Entry.signals?.wait()
            flushStandardOutput()
            leave(invocation.isFollowing ? 0 : 130)
        }
        try await invocation.carryOut()
    }
}

extension CtlInvocation {
    /// Sends the request, and prints the answer.
    func carryOut() async throws {
        let (client, answer) = try await ServerPlace.send(request, by: line)
        let isDone = (200..<300).contains(answer.status)
        do {
            if isDone, isFollowing {
                try await answer.forEachLine { text in
                    guard text.hasPrefix("data: ") else { return }
                    CtlOutput.write(event: String(text.dropFirst(6)), asJSON: printsJSON)
                    // Nobody reads any more, as after `head`.
                    guard flushStandardOutput() else { leave(0) }
                }
            } else {
                let body = try await answer.body
                guard isDone else { throw CtlOutput.refusal(answer.status, body) }
                CtlOutput.write(body, asJSON: printsJSON)
            }
        } catch let failure as ManagementClient.Failure {
            throw SettingsError("\(failure)")
        }
        await client.shutdown()
    }
}
