import CairnTransport

extension TestCA {
    /// Refuses connections to the ACME server and closes existing ones, as if it were down.
    ///
    /// The listening sockets are closed; their port stays reserved until ``acceptConnections()``. Once this returns,
    /// new connections are refused. DNS and the management API keep running. A second call does nothing.
    ///
    /// - Throws: ``TestCA/StartError`` if the CA has no sockets or was shut down.
    public func refuseConnections() async throws(StartError) {
        guard let sockets else { throw StartError("a CA without sockets has no connections", reason: .other) }
        try await sockets.refuseConnections()
    }

    /// Accepts connections to the ACME server again, at the same addresses and port.
    ///
    /// Once this returns, clients can connect. It does nothing if connections are already accepted.
    ///
    /// - Throws: ``TestCA/StartError`` if the port was lost, or the CA has no sockets or was shut down.
    public func acceptConnections() async throws(StartError) {
        guard let sockets else { throw StartError("a CA without sockets has no connections", reason: .other) }
        do { try await sockets.acceptConnections() } catch { throw StartError(error) }
    }

    /// Whether ``refuseConnections()`` is in effect.
    public var refusesConnections: Bool { sockets?.refusesConnections ?? false }
}
