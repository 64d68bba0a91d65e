import CairnModel
import NIOCore

extension IPEndpoint {
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
