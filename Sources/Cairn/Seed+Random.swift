extension CairnSeed {
    /// A seed nobody chose, from the system's entropy: the one place where chance comes from outside.
    public static func random() -> CairnSeed {
        var entropy = SystemRandomNumberGenerator()
        return CairnSeed(entropy.next())
    }
}
