import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Testing

/// What a client did that it should not have done, as a test sees it.
struct Caught: Error, CustomStringConvertible {
    let description: String
}

/// Throws what a client did wrong unless it did not.
func require(_ isRight: Bool, _ words: @autoclosure () -> String) throws {
    if !isRight { throw Caught(description: words()) }
}

/// An instant that no test shares with the real clock.
let noon = CivilTime(year: 2031, month: 6, day: 3, hour: 12).instant

/// One row of the table: the same story for a correct client and for one with the bug, each with a CA of its own.
struct Trial {
    /// What the client has to have.
    let bug: Bug
    /// A part of what it fails with, or of what the story says of it.
    let words: String
    /// What the journal says of a client that has the bug; `nil` where the CA cannot see it.
    var finding: CairnFinding.Kind?
    var configure: (inout TestCA.Configuration) -> Void = { _ in }
    /// What makes the bug show.
    var arrange: (TestCA) throws -> Void = { _ in }

    typealias Story = (CorrectClient, TestCA) throws -> Void

    private var configuration: TestCA.Configuration {
        var configuration = TestCA.Configuration()
        configuration.clock = .standing(at: noon)
        configuration.seed = 62
        configure(&configuration)
        return configuration
    }

    /// Tells the story to a CA without sockets.
    func run(sourceLocation: SourceLocation = #_sourceLocation, _ story: Story) throws {
        for bugs in [[], [bug]] as [Set<Bug>] {
            let ca = try TestCA.inMemory(configuration)
            judge(ca, bugs, sourceLocation) {
                try arrange(ca)
                let client = try CorrectClient(ca)
                client.bugs = bugs
                try story(client, ca)
            }
        }
    }

    /// Tells the story over TLS.
    func runOverTheWire(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ story: @escaping @Sendable (CorrectClient, TestCA) throws -> Void
    ) async throws {
        for bugs in [[], [bug]] as [Set<Bug>] {
            let ca = try await TestCA.start(configuration)
            try arrange(ca)
            let error = try await onOwnThread { () -> String? in
                do {
                    let client = try CorrectClient(ca, transport: CorrectClient.overTheWire(ca))
                    client.bugs = bugs
                    try story(client, ca)
                    return nil
                } catch { return "\(error)" }
            }
            judge(ca, bugs, sourceLocation) { if let error { throw Caught(description: error) } }
            await ca.shutdown()
        }
    }

    private func judge(
        _ ca: TestCA, _ bugs: Set<Bug>, _ sourceLocation: SourceLocation, _ body: () throws -> Void
    ) {
        defer { judgeFindings(of: ca, bugs, sourceLocation) }
        do {
            try body()
            #expect(ca.rules.unfired.isEmpty, "what should have happened did not", sourceLocation: sourceLocation)
            #expect(bugs.isEmpty, "a client that \(bug) was not caught:\n\(ca.journal)", sourceLocation: sourceLocation)
        } catch {
            #expect(
                !bugs.isEmpty && "\(error)".contains(words),
                "\(bugs.isEmpty ? "a correct client" : "a client that \(bug)") was caught: \(error)\n\(ca.journal)",
                sourceLocation: sourceLocation)
        }
    }

    /// A correct client does what it must and what it should, and the journal tells of the bug.
    private func judgeFindings(of ca: TestCA, _ bugs: Set<Bug>, _ sourceLocation: SourceLocation) {
        guard !bugs.isEmpty else {
            let findings = ca.journal.findings(atLeast: .should)
            #expect(findings.isEmpty, "a correct client has findings:\n\(ca.journal)", sourceLocation: sourceLocation)
            if let finding {
                let wrong = ca.journal.findings(finding)
                #expect(wrong.isEmpty, "a correct client has the finding of the bug", sourceLocation: sourceLocation)
            }
            return
        }
        guard let finding else { return }
        let kinds = Set(ca.journal.findings.map(\.kind.rawValue)).sorted().joined(separator: ", ")
        #expect(
            !ca.journal.findings(finding).isEmpty,
            "expected the finding \(finding.rawValue) for a client that \(bug), got \(kinds)\n\(ca.journal)",
            sourceLocation: sourceLocation)
    }
}
