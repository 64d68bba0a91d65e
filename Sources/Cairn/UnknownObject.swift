extension TestCA {
    /// Something that a test names and the CA does not have.
    public struct UnknownObject: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}
