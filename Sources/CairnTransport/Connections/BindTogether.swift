import CairnModel
import NIOCore

/// A socket that listens, and where.
struct BoundSocket {
    var channel: any Channel
    var endpoint: CairnIPEndpoint
}

/// Binds a socket; `isV6Only` keeps one on `::` from taking the port of every IPv4 address too.
typealias Bind = (_ endpoint: CairnIPEndpoint, _ isV6Only: Bool) async throws -> any Channel

/// Binds one socket of each kind on each address, one after the other, all to the same port.
///
/// If `port` is 0 the first socket finds a free one. That may be taken on the next address or in the next protocol, and
/// then everything begins again with another.
///
/// - Parameter addresses: at least one.
/// - Throws: ``ListenError``.
func bindTogether(_ addresses: [CairnIPAddress], port: Int, binds: [Bind]) async throws(ListenError) -> [BoundSocket] {
    precondition(!addresses.isEmpty, "a listener has at least one address")
    let hasV4 = !addresses.allSatisfy(\.isV6)
    var attemptsLeft = port == 0 ? 16 : 1
    while true {
        attemptsLeft -= 1
        var sockets: [BoundSocket] = []
        var endpoint = CairnIPEndpoint(address: .loopbackV4, port: port)
        do {
            for address in addresses {
                for bind in binds {
                    endpoint = CairnIPEndpoint(address: address, port: sockets.first?.endpoint.port ?? port)
                    let channel = try await bind(endpoint, address.isV6 && hasV4)
                    endpoint.port = channel.localAddress?.port ?? endpoint.port
                    sockets.append(BoundSocket(channel: channel, endpoint: endpoint))
                }
            }
            return sockets
        } catch {
            for socket in sockets { try? await socket.channel.close().get() }
            let error = ListenError(error, at: endpoint)
            guard error.reason == .addressInUse, !sockets.isEmpty, attemptsLeft > 0 else { throw error }
        }
    }
}

extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
    static var isV6Only: Self { Self(level: .ipv6, name: .ipv6_v6only) }
}
