extension TestCA {
    /// Something that a test names and the CA does not have.
    public struct UnknownObject: Error, Hashable, Sendable, CustomStringConvertible {
        /// What was looked for, in words.
        public let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}
