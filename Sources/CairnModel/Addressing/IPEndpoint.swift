/// An address and a port: where a server listens.
public struct IPEndpoint: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    public var port: Int

    public init(address: IPAddress, port: Int) {
        self.address = address
        self.port = port
    }

    /// What a client on this machine writes into a URL: `localhost` and the port for `127.0.0.1`, `::1` and the unspecified
    /// addresses (which listen there too), otherwise the address and the port.
    package var urlAuthority: String {
        switch address {
        case .loopbackV4, .loopbackV6, .v4(0), .v6(0): "localhost:\(port)"
        default: description
        }
    }

    /// As in a URL: `127.0.0.1:14000`, `[::1]:14000`.
    public var description: String { "\(address.urlHost):\(port)" }
}
