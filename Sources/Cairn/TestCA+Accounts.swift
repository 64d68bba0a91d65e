extension TestCA {
    /// The account that a URL or its last part names, as clients and the journal have it.
    ///
    /// - Throws: ``UnknownObject`` if there is none.
    func account(_ name: String) throws(UnknownObject) -> Account {
        let id = name.split(separator: "/").last.flatMap { Account.ID($0) }
        guard let id, let account = try? engine.account(id, at: clock.now) else {
            throw UnknownObject("there is no account \"\(name)\"")
        }
        return account
    }
}

/// Something that a test names and the CA does not have.
public struct UnknownObject: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
