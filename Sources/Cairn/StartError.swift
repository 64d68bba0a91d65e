extension TestCA {
    /// Why a CA could not be started.
    public struct StartError: Error, Sendable, CustomStringConvertible {
        /// What was wrong, with the address, the setting or the certificate that it was wrong with.
        public let description: String

        package init(_ description: String) {
            self.description = description
        }

        init(_ error: any Error) {
            description = "\(error)"
        }
    }
}
