public import Cairn
public import XCTest

extension XCTestCase {
    /// Starts a CA for this test and shuts it down when the test has ended.
    ///
    /// If the test fails, the seed of the CA is printed, so that the test can be repeated with it.
    public func startTestCA(
        _ configuration: TestCA.Configuration = TestCA.Configuration()
    ) async throws -> TestCA {
        let ca = try await TestCA.start(configuration)
        // XCTest runs the block when nothing else of the test runs any more.
        nonisolated(unsafe) let run = testRun
        addTeardownBlock {
            // No test has succeeded before it has stopped, so its failures are counted.
            if let run, run.totalFailureCount > 0 { print("The seed of this test's CA was \(ca.seed).") }
            try await ca.shutdown()
        }
        return ca
    }
}
