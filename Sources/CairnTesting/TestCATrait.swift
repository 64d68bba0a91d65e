public import Cairn
public import Testing

/// Gives each test a `TestCA` of its own, started before it and shut down after it.
///
/// ```swift
/// @Test(.testCA) func renewal() async throws {
///     let ca = try TestCA.current
///     …
/// }
/// ```
/// On a suite it applies to each test, and to each argument of a parameterized test. A failing test reports the seed of
/// its CA, which repeats it, and the end of its journal.
public struct TestCATrait: TestTrait, SuiteTrait, TestScoping {
    /// Applies to each test in a suite, not to the suite as a whole.
    public var isRecursive: Bool { true }

    fileprivate let configuration: @Sendable () throws -> TestCA.Configuration

    /// Starts a CA, runs a test with it, and shuts it down.
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let place = test.sourceLocation
        try await withTestCA(
            configuration(), fileID: place.fileID, filePath: place.filePath, line: place.line, column: place.column
        ) { ca in
            try await CurrentCA.$value.withValue(ca) { try await function() }
        }
    }
}

extension Trait where Self == TestCATrait {
    /// Gives each test a CA with the default configuration.
    public static var testCA: TestCATrait { .testCA() }

    /// Gives each test a CA with this configuration.
    ///
    /// ```swift
    /// @Test(.testCA { $0.clock = .standing(at: "2030-01-01T00:00:00Z") }) func renewal() async throws { … }
    /// ```
    ///
    /// - Parameters:
    ///   - configuration: the initial configuration.
    ///   - seed: replaces the configuration's. If neither has one, the environment variable `CAIRN_SEED` may set it.
    ///   - configure: changes the configuration; an error fails the test.
    public static func testCA(
        _ configuration: TestCA.Configuration = TestCA.Configuration(), seed: CairnSeed? = nil,
        configure: @escaping @Sendable (inout TestCA.Configuration) throws -> Void = { _ in }
    ) -> TestCATrait {
        TestCATrait { try configuration.prepared(seed: seed, configure) }
    }
}

private enum CurrentCA {
    @TaskLocal static var value: TestCA?
}

extension TestCA {
    /// The CA of the running test.
    ///
    /// - Throws: ``NoTestCA`` outside a test with the trait ``Testing/Trait/testCA``.
    public static var current: TestCA {
        get throws(NoTestCA) {
            guard let ca = CurrentCA.value else { throw NoTestCA() }
            return ca
        }
    }
}

/// There is no current CA: the test lacks the trait `.testCA`, or the code runs in a detached task.
public struct NoTestCA: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was expected and what was found.
    public var description: String {
        "expected a test with the trait .testCA, got code outside one (or in a detached task, which has no task-local values)"
    }
}
