import CairnTransport

/// Where a server of a CA can be reached from this machine.
package struct ServerURL: Hashable, Sendable {
    /// Scheme and authority.
    package let origin: String
    /// The host in it, without brackets.
    package let host: String
    /// Whether the certificate of the server is for that host.
    package let isCovered: Bool

    /// Of what a server listens on, the host that its certificate is for, or else the first.
    ///
    /// `localhost` stands for `127.0.0.1` and for the unspecified addresses, which listen there too. It does not stand for
    /// `::1` alone, since it need not resolve to that.
    init(addresses: [CairnIPAddress], port: Int, identity: TLSIdentity?) {
        var hosts: [String] = []
        if addresses.contains(where: { [.loopbackV4, .v4(0), .v6(0)].contains($0) }) { hosts.append("localhost") }
        hosts += addresses.filter { ![.v4(0), .v6(0)].contains($0) }.map(\.description)
        let covered = identity.map { identity in hosts.first { identity.covers($0) } } ?? hosts.first
        isCovered = covered != nil
        host = covered ?? hosts.first ?? "localhost"
        origin = "\(identity == nil ? "http" : "https")://\(CairnIPAddress(host)?.urlHost ?? host):\(port)"
    }
}

extension TestCA {
    /// Where the ACME server can be reached; `nil` in a CA without sockets.
    package var serverURL: ServerURL? { sockets?.url }

    /// Where another server with the same identity can be reached.
    package func serverURL(on addresses: [CairnIPAddress], port: Int) -> ServerURL? {
        sockets?.url(on: addresses, port: port)
    }
}
