public import Cairn
public import XCTest

extension XCTestCase {
    /// Starts a CA for this test and shuts it down when the test ends.
    ///
    /// A rule that never fired fails the test, unless it fires by chance or is `isOptional`; so does assigning a value that a
    /// setting cannot have. If the test fails, the seed of the CA, which repeats it, and the end of its journal are printed.
    ///
    /// - Parameters:
    ///   - configuration: the initial configuration.
    ///   - seed: replaces the configuration's. If neither has one, the environment variable `CAIRN_SEED` may set it.
    ///   - file: where failures are reported.
    ///   - line: where failures are reported.
    ///   - configure: changes the configuration.
    /// - Throws: `TestCA.StartError` if the CA cannot be started, and errors from `configure`.
    public func startTestCA(
        _ configuration: TestCA.Configuration = TestCA.Configuration(), seed: CairnSeed? = nil,
        file: StaticString = #filePath, line: UInt = #line,
        configure: (inout TestCA.Configuration) throws -> Void = { _ in }
    ) async throws -> TestCA {
        let ca = try await TestCA.start(configuration.prepared(seed: seed, configure))
        // XCTest runs the block when nothing else of the test runs any more.
        nonisolated(unsafe) let run = testRun
        addTeardownBlock {
            if let mistakes = TestMistakes(ca), run?.totalFailureCount ?? 0 == 0 {
                XCTFail("\(mistakes)", file: file, line: line)
            }
            // No test has succeeded before it has stopped, so its failures are counted.
            if let run, run.totalFailureCount > 0 { print("\(file):\(line): \(ca.lastWords)") }
            await ca.shutdown()
        }
        return ca
    }
}
