extension TestCA {
    /// The TXT record that fulfils `dns-persist-01` for an account and a name (draft-ietf-acme-dns-persist §4.1), in the form
    /// of ``CairnPolicy/persist``.
    ///
    /// ```swift
    /// let record = try ca.persistentRecord(for: "example.test", account: account, isWildcard: true)
    /// ca.dns[record.name] = [record.record(timeToLive: .hours(1))]
    /// ```
    ///
    /// - Parameters:
    ///   - name: the domain name, for a wildcard without its `*.`.
    ///   - account: the account; as a URL it is written into the record as it stands, otherwise with the URL that the directory
    ///     leads to.
    ///   - isWildcard: whether it also covers the wildcard below the name and, if the policy says so, all names below.
    ///   - until: when it expires, in whole seconds; by default never.
    /// - Throws: ``TestCA/ObjectError`` if there is no such account.
    public func persistentRecord(
        for name: String, account: CairnObjectID, isWildcard: Bool = false, until: CairnInstant? = nil
    ) throws(TestCA.ObjectError) -> CairnPersistentRecord {
        let id = try account.account
        let holder: Account
        do { holder = try engine.account(id, at: clock.now) } catch { throw TestCA.ObjectError(error) }
        let start = origin + (holder.world.map { RuleWorld($0).prefix } ?? "")
        let isURL = account.rawValue.utf8.firstRange(of: "://".utf8) != nil
        let policy = policy
        let terms = PersistTerms(
            policy.persist, identities: policy.caa?.identities ?? [],
            accountURL: isURL ? account.rawValue : gateway.url(of: id, origin: start),
            thumbprints: [holder.key.thumbprint])
        return CairnPersistentRecord(terms, for: name, isWildcard: isWildcard, until: until)
    }
}
