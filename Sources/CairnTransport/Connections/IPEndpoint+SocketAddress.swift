import CairnModel
import NIOCore

extension CairnIPEndpoint {
    init?(_ socketAddress: SocketAddress?) {
        guard let socketAddress, let text = socketAddress.ipAddress, let address = CairnIPAddress(text),
            let port = socketAddress.port
        else { return nil }
        self.init(address: address, port: port)
    }

    var socketAddress: SocketAddress {
        get throws { try SocketAddress(ipAddress: "\(address)", port: port) }
    }
}
