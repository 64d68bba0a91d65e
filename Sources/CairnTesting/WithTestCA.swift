public import Cairn
import Testing

/// Starts a CA, runs `body` with it, and shuts it down whatever happens.
///
/// ```swift
/// try await withTestCA(configure: { $0.seed = 42 }) { ca in
///     …
/// }
/// ```
/// If `body` fails, the seed is told, and what the CA has seen last. In XCTest only errors that it throws are noticed here;
/// `startTestCA` notices failed assertions too.
///
/// - Parameters:
///   - configuration: what the CA is made from.
///   - seed: replaces the configuration's. If neither has one, the environment variable `CAIRN_SEED` may set it.
///   - configure: changes the configuration.
///   - fileID: where a failure is told to have happened, as are those that follow.
/// - Throws: `TestCA.StartError` if the CA cannot be started, and what `configure` and `body` throw.
@discardableResult
public func withTestCA<Result>(
    _ configuration: TestCA.Configuration = TestCA.Configuration(),
    seed: CairnSeed? = nil,
    configure: (inout TestCA.Configuration) throws -> Void = { _ in },
    isolation: isolated (any Actor)? = #isolation,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column,
    _ body: (TestCA) async throws -> Result
) async throws -> Result {
    // Not `#_sourceLocation`, which only files that import Testing can expand.
    let place = SourceLocation(fileID: fileID, filePath: filePath, line: line, column: column)
    let ca = try await TestCA.start(configuration.prepared(seed: seed, configure))
    do {
        let result = try await tellingFailures(of: ca, at: place) { try await body(ca) }
        try await ca.shutdown()
        return result
    } catch {
        try? await ca.shutdown()
        throw error
    }
}

extension TestCA.Configuration {
    /// The configuration of one CA: changed, and with the seed that it is to have.
    func prepared(
        seed: CairnSeed?, _ configure: (inout TestCA.Configuration) throws -> Void
    ) throws -> TestCA.Configuration {
        var configuration = self
        try configure(&configuration)
        configuration.seed = try seed ?? configuration.seed ?? .fromEnvironment()
        return configuration
    }
}
