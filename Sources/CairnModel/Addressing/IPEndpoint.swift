/// An address and a port: where a server listens.
public struct CairnIPEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// The host, IPv4 or IPv6.
    public var address: CairnIPAddress
    /// From 0 to 65535, which nothing checks.
    public var port: Int

    /// Takes both as they are.
    public init(address: CairnIPAddress, port: Int) {
        self.address = address
        self.port = port
    }

    /// As in a URL: `127.0.0.1:14000`, `[::1]:14000`.
    public var description: String { "\(address.urlHost):\(port)" }
}
