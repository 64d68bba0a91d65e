extension TestCA {
    /// Pauses identifiers for an account: its orders for them are `rateLimited` until they are unpaused.
    ///
    /// - Parameters:
    ///   - identifiers: a wildcard stands for the name below it.
    ///   - account: its URL, or the last part of it.
    /// - Throws: ``TestCA/UnknownObject`` if there is no such account.
    public func pause(_ identifiers: [ACMEIdentifier], account: String) throws(TestCA.UnknownObject) {
        let id = try self.account(account).id
        try? engine.pause(identifiers, of: id, at: clock.now)
    }

    /// Ends the pause of identifiers for an account, as its page does; by default of all that are paused.
    ///
    /// - Parameters:
    ///   - identifiers: those whose pause ends, a wildcard as the name below it; `nil` is all.
    ///   - account: its URL, or the last part of it.
    /// - Throws: ``TestCA/UnknownObject`` if there is no such account.
    public func unpause(_ identifiers: [ACMEIdentifier]? = nil, account: String) throws(TestCA.UnknownObject) {
        let id = try self.account(account).id
        try? engine.unpause(identifiers, of: id, at: clock.now)
    }

    /// The identifiers that are paused for an account, in order.
    ///
    /// - Parameter account: its URL, or the last part of it.
    /// - Throws: ``TestCA/UnknownObject`` if there is no such account.
    public func pausedIdentifiers(account: String) throws(TestCA.UnknownObject) -> [ACMEIdentifier] {
        engine.paused(of: try self.account(account).id)
    }
}
