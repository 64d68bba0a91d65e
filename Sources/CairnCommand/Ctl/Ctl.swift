import ArgumentParser
import CairnManagement
import CairnModel
import CairnTransport

/// `cairn ctl`: tells a server that runs what to do, over its management API alone.
struct Ctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ctl",
        abstract: "Tell a running server what to do, and read what it knows.",
        discussion: """
            "cairn ctl help" lists all commands, "cairn ctl help WORD" those that begin with a word. Options can stand \
            anywhere.

            What a command takes as JSON can be @FILE, or - for the standard input. The server is the one at --url or \
            CAIRN_URL, or else the one that this user runs, or else the one at https://localhost:15000.

              cairn ctl clock advance 61d
              cairn ctl rules add '{"at": "finalize", "do": {"problem": "badNonce"}}'
              cairn ctl journal --follow
              cairn ctl findings --json
            """)

    @Option(help: "Where the management API is, such as https://localhost:15000. (environment: CAIRN_URL)")
    var url: String?
    @Option(help: "A root to trust, in PEM, beside the one that is built in.")
    var cacert: String?
    @Flag(help: "Trust whatever certificate the server has.")
    var insecure = false
    @Flag(help: "Print what the server answers, as JSON.")
    var json = false
    @Flag(help: "Go on with what happens, until interrupted; for journal.")
    var follow = false
    @Argument(
        parsing: .captureForPassthrough, help: "What to do: words, and what they need.",
        completion: .custom { words, index, prefix in CtlCompletion.words(after: words, upTo: index, prefix) })
    var command: [String] = []

    func run() async throws {
        do {
            var line = try CtlLine(command)
            line.url = line.url ?? url
            line.cacert = line.cacert ?? cacert
            for (flag, isSet) in [("insecure", insecure), ("json", json), ("follow", follow)] where isSet {
                line.flags.insert(flag)
            }
            if line.words.isEmpty { throw CleanExit.helpRequest(self) }
            if line.flags.contains("help") || line.words[0] == "help" {
                return print(try CtlHelp.text(Array(line.words.drop { $0 == "help" })))
            }
            let invocation = try CtlInvocation(line)
            // What is told while it goes on ends with a signal.
            Task {
                await Entry.signals?.wait()
                flushStandardOutput()
                leave(invocation.isFollowing ? 0 : 130)
            }
            try await invocation.carryOut()
        } catch let error as SettingsError {
            for line in error.lines { writeError("cairn: \(line)") }
            throw ExitCode.failure
        }
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
