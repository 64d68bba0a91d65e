public import Cairn
public import XCTest

extension XCTestCase {
    /// Starts a CA for this test and shuts it down when the test has ended.
    ///
    /// If the test fails, the seed of the CA is printed, with which it can be repeated, and what the CA saw last.
    ///
    /// - Parameters:
    ///   - configuration: what the CA is made from.
    ///   - seed: replaces the configuration's. If neither has one, the environment variable `CAIRN_SEED` may set it.
    ///   - configure: changes the configuration.
    ///   - file: where a failure is told to have happened.
    ///   - line: where a failure is told to have happened.
    public func startTestCA(
        _ configuration: TestCA.Configuration = TestCA.Configuration(), seed: CairnSeed? = nil,
        file: StaticString = #filePath, line: UInt = #line,
        configure: (inout TestCA.Configuration) throws -> Void = { _ in }
    ) async throws -> TestCA {
        let ca = try await TestCA.start(configuration.prepared(seed: seed, configure))
        // XCTest runs the block when nothing else of the test runs any more.
        nonisolated(unsafe) let run = testRun
        addTeardownBlock {
            // No test has succeeded before it has stopped, so its failures are counted.
            if let run, run.totalFailureCount > 0 { print("\(file):\(line): \(ca.lastWords)") }
            try await ca.shutdown()
        }
        return ca
    }
}
