// A test needs one import.
@_exported public import Cairn
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Starts a CA, runs `body` with it, and shuts it down.
///
/// ```swift
/// try await withTestCA(configure: { $0.seed = 42 }) { ca in
///     …
/// }
/// ```
/// A rule that never fired fails the test, unless it fires by chance or is `isOptional`; so does assigning a value that a
/// setting cannot have. If `body` fails, the seed of the CA and the end of its journal are reported. In XCTest this only
/// notices errors thrown by `body`; `startTestCA` also notices failed assertions.
///
/// - Parameters:
///   - configuration: the initial configuration.
///   - seed: replaces the configuration's. If neither has one, the environment variable `CAIRN_SEED` may set it.
///   - configure: changes the configuration.
///   - isolation: the actor that `body` runs on.
///   - fileID: where failures are reported, together with the following three.
///   - filePath: see `fileID`.
///   - line: see `fileID`.
///   - column: see `fileID`.
///   - body: the test.
/// - Returns: what `body` returns.
/// - Throws: `TestCA.StartError` if the CA cannot be started, and errors from `configure` and `body`.
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
        let result = try await tellingFailures(of: ca, at: place) {
            let result = try await body(ca)
            try ca.expectNoMistakes(at: place)
            return result
        }
        await ca.shutdown()
        return result
    } catch {
        await ca.shutdown()
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

// MARK: - The seed of the environment

extension CairnSeed {
    /// The environment variable with which a test run is repeated.
    static let variable = "CAIRN_SEED"

    /// The seed that the environment sets, if it does.
    ///
    /// - Throws: `TestCA.StartError` if it is not a number that a seed can be.
    static func fromEnvironment() throws(TestCA.StartError) -> CairnSeed? {
        guard let text = getenv(variable) else { return nil }
        return try CairnSeed(variable: String(cString: text))
    }

    /// Reads the value of the environment variable; `nil` if it is empty.
    package init?(variable value: String) throws(TestCA.StartError) {
        guard !value.isEmpty else { return nil }
        guard let number = UInt64(value) else {
            throw TestCA.StartError(
                "\(Self.variable): expected a whole number from 0 to \(UInt64.max), got \(value.quoted)")
        }
        self.init(number)
    }
}
