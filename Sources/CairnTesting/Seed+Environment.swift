import Cairn

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension CairnSeed {
    /// The environment variable with which a test run is repeated.
    static let variable = "CAIRN_SEED"

    /// The seed that the environment sets, if it does.
    ///
    /// - Throws: `TestCA.StartError` if it is not a number that a seed can be.
    static func fromEnvironment() throws -> CairnSeed? {
        guard let text = getenv(variable) else { return nil }
        return try CairnSeed(variable: String(cString: text))
    }

    /// Reads the value of the environment variable.
    package init?(variable value: String) throws {
        guard !value.isEmpty else { return nil }
        guard let number = UInt64(value) else {
            throw TestCA.StartError(
                "\(Self.variable): expected a whole number from 0 to \(UInt64.max), got \(value.quoted)")
        }
        self.init(number)
    }
}
