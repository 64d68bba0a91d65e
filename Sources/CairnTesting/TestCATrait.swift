public import Cairn
public import Testing

/// Gives each test a ``TestCA`` of its own, started before it and shut down after it.
///
/// ```swift
/// @Test(.testCA) func renewal() async throws {
///     let ca = try TestCA.current
///     …
/// }
/// ```
/// On a suite it applies to each of its tests, and to each set of arguments of a test with arguments. Every issue that
/// such a test records says which seed its CA had.
public struct TestCATrait: TestTrait, SuiteTrait, TestScoping {
    /// Every test in the suite has a CA of its own, not the suite as a whole.
    public var isRecursive: Bool { true }

    private let configuration: TestCA.Configuration

    fileprivate init(_ configuration: TestCA.Configuration) {
        self.configuration = configuration
    }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTestCA(configuration) { ca in
            try await CurrentCA.$value.withValue(ca) {
                try await Self.namingTheSeed(of: ca, for: test, testCase, function)
            }
        }
    }

    private static func namingTheSeed(
        of ca: TestCA, for test: Test, _ testCase: Test.Case?, _ function: @Sendable () async throws -> Void
    ) async throws {
        #if compiler(>=6.2)
            let seed = ca.seed
            let trait = IssueHandlingTrait.compactMapIssues { issue in
                var issue = issue
                issue.comments.append("The seed of this test's CA was \(seed).")
                return issue
            }
            try await trait.provideScope(for: test, testCase: testCase, performing: function)
        #else
            try await function()
        #endif
    }
}

extension Trait where Self == TestCATrait {
    /// Gives each test a CA with the default configuration.
    public static var testCA: TestCATrait { TestCATrait(TestCA.Configuration()) }

    /// Gives each test a CA that is configured like this.
    public static func testCA(_ configuration: TestCA.Configuration) -> TestCATrait { TestCATrait(configuration) }
}

private enum CurrentCA {
    @TaskLocal static var value: TestCA?
}

extension TestCA {
    /// The CA of the test that is running.
    ///
    /// - Throws: ``NoTestCA`` outside a test with the trait ``Testing/Trait/testCA``.
    public static var current: TestCA {
        get throws {
            guard let ca = CurrentCA.value else { throw NoTestCA() }
            return ca
        }
    }
}

/// There is no current CA: the test lacks the trait `.testCA`, or the code runs in a detached task.
public struct NoTestCA: Error, CustomStringConvertible {
    public var description: String {
        "expected a test with the trait .testCA, got code outside one (or in a detached task, which has no task-local values)"
    }
}
