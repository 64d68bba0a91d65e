package import Addressing
import NIOCore

/// An address and a port.
package struct Endpoint: Hashable, Sendable {
    package var address: IPAddress
    package var port: Int

    package init(address: IPAddress, port: Int) {
        self.address = address
        self.port = port
    }
}

extension Endpoint: CustomStringConvertible {
    /// As it stands in a URL: `127.0.0.1:14000`, `[::1]:14000`.
    package var description: String { "\(address.urlHost):\(port)" }
}

extension Endpoint {
    init?(_ socketAddress: SocketAddress?) {
        guard let socketAddress, let text = socketAddress.ipAddress, let address = IPAddress(text),
            let port = socketAddress.port
        else { return nil }
        self.init(address: address, port: port)
    }

    var socketAddress: SocketAddress {
        get throws { try SocketAddress(ipAddress: "\(address)", port: port) }
    }
}
