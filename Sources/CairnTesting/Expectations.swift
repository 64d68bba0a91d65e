public import Cairn
import Testing
import XCTest

/// What a test expects of the conversation between client and CA.
///
/// ```swift
/// ca.expect(.finalize, .exactly(3))
/// ca.expectInOrder(.newOrder, .finalize, .certificate)
/// ca.expectNever(.newOrder.refused(for: .rateLimited))
/// await ca.expect(.certificate, within: .minutes(5))
/// ca.expectNoFindings()
/// ```
/// They are judged from the journal, in tests of Swift Testing and of XCTest. One that is not met fails the test and goes on,
/// and tells what came instead. `#expect(ca.journal.requests(to: .finalize).count == 3)` does it as well, for whoever needs
/// no words.
extension TestCA {
    /// Expects `count` matching events in the journal.
    ///
    /// - Parameters:
    ///   - events: the events to count.
    ///   - count: the expected number; at least one by default.
    ///   - fileID: where failures are reported, together with the following three.
    ///   - filePath: see `fileID`.
    ///   - line: see `fileID`.
    ///   - column: see `fileID`.
    /// - Returns: whether the expectation is met.
    @discardableResult
    public func expect(
        _ events: CairnExpectedEvents, _ count: CairnExpectedCount = .atLeast(1),
        fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: Int = #line, column: Int = #column
    ) -> Bool {
        let found = journal.entries.filter(events.matches)
        guard !count.range.contains(found.count) else { return true }
        return fail(
            "expected \(count) \(events), got \(found.isEmpty ? "none" : "\(found.count)")",
            Place(fileID, filePath, line, column))
    }

    /// Expects no matching event in the journal.
    ///
    /// - Parameters:
    ///   - events: the events that must not occur.
    ///   - fileID: where failures are reported, together with the following three.
    ///   - filePath: see `fileID`.
    ///   - line: see `fileID`.
    ///   - column: see `fileID`.
    /// - Returns: whether the expectation is met.
    @discardableResult
    public func expectNever(
        _ events: CairnExpectedEvents,
        fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: Int = #line, column: Int = #column
    ) -> Bool {
        expect(events, .never, fileID: fileID, filePath: filePath, line: line, column: column)
    }

    /// Expects events in this order; other events may come between them.
    ///
    /// - Parameters:
    ///   - events: the events, in order.
    ///   - fileID: where failures are reported, together with the following three.
    ///   - filePath: see `fileID`.
    ///   - line: see `fileID`.
    ///   - column: see `fileID`.
    /// - Returns: whether the expectation is met.
    @discardableResult
    public func expectInOrder(
        _ events: CairnExpectedEvents...,
        fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: Int = #line, column: Int = #column
    ) -> Bool {
        var rest = events[...]
        for entry in journal.entries {
            guard let next = rest.first else { break }
            if next.matches(entry) { rest.removeFirst() }
        }
        guard let missing = rest.first else { return true }
        let place = rest.startIndex == 0 ? "" : " after \(events[rest.startIndex - 1])"
        return fail(
            "expected \(events.map(\.description).joined(separator: ", then ")), got no \(missing)\(place)",
            Place(fileID, filePath, line, column))
    }

    /// Expects `count` matching events, including those that arrive within a time on the CA's clock.
    ///
    /// Returns as soon as the result is certain: `atLeast` when enough have arrived; `atMost` and `exactly` when there
    /// are too many or the time is up. On a standing clock, the time is up when the clock is moved that far.
    ///
    /// - Parameters:
    ///   - events: the events to count.
    ///   - count: the expected number; at least one by default.
    ///   - time: how long to wait, on the CA's clock.
    ///   - isolation: the caller's actor.
    ///   - fileID: where failures are reported, together with the following three.
    ///   - filePath: see `fileID`.
    ///   - line: see `fileID`.
    ///   - column: see `fileID`.
    /// - Returns: whether the expectation is met.
    @discardableResult
    public func expect(
        _ events: CairnExpectedEvents, _ count: CairnExpectedCount = .atLeast(1), within time: Duration,
        isolation: isolated (any Actor)? = #isolation,
        fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: Int = #line, column: Int = #column
    ) async -> Bool {
        // Requests come twice: when the answer is decided, and when it is sent.
        var numbers: Set<Int> = []
        let range = count.range
        _ = await journal.first(
            where: { entry in
                if events.matches(entry) { numbers.insert(entry.number) }
                return range.upperBound == .max ? numbers.count >= range.lowerBound : numbers.count > range.upperBound
            }, within: time, isolation: isolation)
        guard !range.contains(numbers.count) else { return true }
        return fail(
            "expected \(count) \(events) within \(time), got \(numbers.isEmpty ? "none" : "\(numbers.count)")",
            Place(fileID, filePath, line, column))
    }

    /// Expects no findings about the client in the journal; see ``CairnJournal/findings``.
    ///
    /// - Parameters:
    ///   - grade: findings below this grade are ignored.
    ///   - fileID: where failures are reported, together with the following three.
    ///   - filePath: see `fileID`.
    ///   - line: see `fileID`.
    ///   - column: see `fileID`.
    /// - Returns: whether the expectation is met.
    @discardableResult
    public func expectNoFindings(
        atLeast grade: CairnFinding.Grade = .may,
        fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: Int = #line, column: Int = #column
    ) -> Bool {
        let findings = journal.findings(atLeast: grade)
        guard !findings.isEmpty else { return true }
        return fail(
            "expected no findings, got \(findings.count)" + findings.map { "\n  \($0)" }.joined(),
            Place(fileID, filePath, line, column))
    }

    private func fail(_ words: String, _ place: Place) -> Bool {
        let lines = journal.conversation(last: 20).split(separator: "\n").map { "\n  \($0)" }.joined()
        place.report(words + (lines.isEmpty ? "\nThe journal is empty." : "\nThe conversation:\(lines)"))
        return false
    }
}

/// Where an expectation stands, for both test frameworks.
private struct Place {
    private let source: SourceLocation
    private let file: StaticString
    private let line: UInt

    init(_ fileID: StaticString, _ filePath: StaticString, _ line: Int, _ column: Int) {
        source = SourceLocation(fileID: "\(fileID)", filePath: "\(filePath)", line: line, column: column)
        (file, self.line) = (filePath, UInt(line))
    }

    func report(_ words: String) {
        if Test.current != nil {
            Issue.record(Comment(rawValue: words), sourceLocation: source)
        } else {
            XCTFail(words, file: file, line: line)
        }
    }
}
