extension TestCA {
    /// The TXT record by which an account meets `dns-persist-01` for a name (draft-ietf-acme-dns-persist §4.1), in the form of
    /// ``CairnPolicy/persist``.
    ///
    /// ```swift
    /// let record = try ca.persistentRecord(for: "example.test", account: accountURL, isWildcard: true)
    /// ca.dns[record.name] = [record.record(timeToLive: .hours(1))]
    /// ```
    ///
    /// - Parameters:
    ///   - name: the domain name, for a wildcard without its `*.`.
    ///   - account: the URL of the account, as its owner knows it.
    ///   - isWildcard: whether it is good for the wildcard below the name, and where the policy says so for all names below.
    ///   - until: when it ends, in whole seconds; by default never.
    /// - Throws: ``TestCA/UnknownObject`` if there is no such account.
    public func persistentRecord(
        for name: String, account: String, isWildcard: Bool = false, until: CairnInstant? = nil
    ) throws(TestCA.UnknownObject) -> CairnPersistentRecord {
        let holder = try self.account(account)
        let policy = policy
        let terms = PersistTerms(
            policy.persist, identities: policy.caa?.identities ?? [], accountURL: account,
            thumbprints: [holder.key.thumbprint])
        return CairnPersistentRecord(terms, for: name, isWildcard: isWildcard, until: until)
    }
}
