/// An address and a port: where a server listens.
public struct CairnIPEndpoint: Hashable, Sendable, CustomStringConvertible {
    public var address: CairnIPAddress
    public var port: Int

    public init(address: CairnIPAddress, port: Int) {
        self.address = address
        self.port = port
    }

    /// As in a URL: `127.0.0.1:14000`, `[::1]:14000`.
    public var description: String { "\(address.urlHost):\(port)" }
}
