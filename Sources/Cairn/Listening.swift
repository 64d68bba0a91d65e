import CairnTransport

extension TestCA {
    /// Refuses connections to the ACME server, and ends those that there are, as if nobody had started it.
    ///
    /// The listening sockets are really closed; their port stays reserved until ``acceptConnections()``. When this returns, the
    /// next connection is refused. DNS and the management API go on. A second call does nothing.
    ///
    /// - Throws: ``TestCA/StartError`` for a CA without sockets, or one that was shut down.
    public func refuseConnections() async throws(StartError) {
        guard let sockets else { throw StartError("a CA without sockets has no connections", reason: .other) }
        try await sockets.refuseConnections()
    }

    /// Accepts connections to the ACME server again, at the same addresses and port.
    ///
    /// When this returns, clients can connect. It does nothing where connections are accepted.
    ///
    /// - Throws: ``TestCA/StartError`` if the port was lost, for a CA without sockets, or for one that was shut down.
    public func acceptConnections() async throws(StartError) {
        guard let sockets else { throw StartError("a CA without sockets has no connections", reason: .other) }
        do { try await sockets.acceptConnections() } catch { throw StartError(error) }
    }

    /// Whether connections to the ACME server are refused, by ``refuseConnections()``.
    public var refusesConnections: Bool { sockets?.refusesConnections ?? false }
}
