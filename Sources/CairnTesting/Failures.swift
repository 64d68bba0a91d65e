import Cairn
import Synchronization
import Testing

/// Runs the part of a test that uses a CA, and if it fails tells how it can be repeated and what happened.
func tellingFailures<Value>(
    of ca: TestCA, at place: SourceLocation, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Value
) async throws -> Value {
    let hasFailed = Mutex(false)
    var outcome = Result<Value, any Error>.failure(CancellationError())
    if Test.current == nil {
        // What XCTest records is not seen here.
        outcome = await result(of: body)
    } else {
        // No issue is known: this only looks at them as they pass by. An error must not, since a scope outside might know it.
        await withKnownIssue(isIntermittent: true, isolation: isolation) {
            outcome = await result(of: body)
        } matching: { issue in
            if issue.fails { hasFailed.withLock { $0 = true } }
            return false
        }
    }
    if case .failure = outcome { hasFailed.withLock { $0 = true } }
    if hasFailed.withLock({ $0 }) { tell(ca.lastWords, at: place) }
    return try outcome.get()
}

private func result<Value>(
    isolation: isolated (any Actor)? = #isolation, of body: () async throws -> Value
) async -> Result<Value, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
}

/// Adds a note to the test that is running.
private func tell(_ note: String, at place: SourceLocation) {
    #if compiler(>=6.3)
        if Test.current != nil {
            Issue.record("\(note)", severity: .warning, sourceLocation: place)
            return
        }
    #endif
    // Before Swift 6.3 a note would count as a failure of its own.
    print("\(place): \(note)")
}

extension Issue {
    /// Whether a test fails with it.
    fileprivate var fails: Bool {
        #if compiler(>=6.3)
            severity >= .error
        #else
            true
        #endif
    }
}

/// What a test itself got wrong: rules and scripts of the fake DNS that never did anything, and settings that could not have
/// the values which it assigned to them.
struct TestMistakes: Error, CustomStringConvertible {
    let description: String

    /// `nil` if there are none.
    init?(_ ca: TestCA) {
        let mistakes = [Self.unfired(ca), Self.refused(ca)].compactMap { $0 }
        guard !mistakes.isEmpty else { return nil }
        description = mistakes.joined(separator: "\n")
    }

    private static func unfired(_ ca: TestCA) -> String? {
        let (rules, scripts) = (ca.rules.unfired, ca.dns.unfiredScripts)
        guard !rules.isEmpty || !scripts.isEmpty else { return nil }
        let lines = rules.map { "\n  \($0)" } + scripts.map { "\n  script \($0)" }
        return
            "expected every \(rules.isEmpty ? "script of the DNS" : "rule") to do something, got \(lines.count) that "
            + "never did:" + lines.joined()
    }

    private static func refused(_ ca: TestCA) -> String? {
        let refused = ca.refusals
        guard !refused.isEmpty else { return nil }
        return "expected values that the settings can have, got \(refused.count) that the test assigned in vain:"
            + refused.map { "\n  \($0.path): \($0.reason)" }.joined()
    }
}

extension TestCA {
    /// Fails a test that got something wrong which it could not notice by itself.
    func expectNoMistakes(at place: SourceLocation) throws {
        guard let mistakes = TestMistakes(self) else { return }
        guard Test.current != nil else { throw mistakes }
        Issue.record("\(mistakes)", sourceLocation: place)
    }

    /// What somebody has to know whose test has failed: how to repeat it, and what the CA saw at the end.
    var lastWords: String {
        let lines = journal.conversation(last: 10).split(separator: "\n").map { "\n  \($0)" }.joined()
        let end = lines.isEmpty ? "Its journal is empty." : "The end of its journal:\(lines)"
        return "The CA had seed \(seed); \(CairnSeed.variable)=\(seed) repeats the test with it. \(end)"
    }
}
