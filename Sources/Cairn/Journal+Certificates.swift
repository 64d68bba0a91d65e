extension Journal {
    /// The certificates that were issued, oldest first.
    public var certificates: [IssuedCertificate] {
        entries.compactMap { if case .issued(let certificate) = $0.event { certificate } else { nil } }
    }
}
