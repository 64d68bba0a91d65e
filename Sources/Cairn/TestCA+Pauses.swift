extension TestCA {
    /// Pauses identifiers for an account: its orders for them are `rateLimited` until they are unpaused.
    ///
    /// - Parameter account: its URL, or the last part of it.
    /// - Throws: ``UnknownObject`` if there is no such account.
    public func pause(_ identifiers: [Identifier], account: String) throws(UnknownObject) {
        let id = try self.account(account).id
        try? engine.pause(identifiers, of: id, at: clock.now)
    }

    /// Ends the pause of identifiers for an account, as its page does; by default of all that are paused.
    ///
    /// - Parameter account: its URL, or the last part of it.
    /// - Throws: ``UnknownObject`` if there is no such account.
    public func unpause(_ identifiers: [Identifier]? = nil, account: String) throws(UnknownObject) {
        let id = try self.account(account).id
        try? engine.unpause(identifiers, of: id, at: clock.now)
    }

    /// The identifiers that are paused for an account, in order.
    ///
    /// - Parameter account: its URL, or the last part of it.
    /// - Throws: ``UnknownObject`` if there is no such account.
    public func pausedIdentifiers(account: String) throws(UnknownObject) -> [Identifier] {
        engine.paused(of: try self.account(account).id)
    }
}
