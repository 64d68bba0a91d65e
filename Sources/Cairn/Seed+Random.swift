extension Seed {
    /// A seed nobody chose, from the system's entropy: the one place where chance comes from outside.
    public static func random() -> Seed {
        var entropy = SystemRandomNumberGenerator()
        return Seed(entropy.next())
    }
}
