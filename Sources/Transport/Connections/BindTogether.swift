import Addressing
import NIOCore

/// Binds one socket of each kind on each address, one after the other, all to the same port.
///
/// If `port` is 0 the first socket finds a free one. That may be taken on the next address or in the next protocol, and
/// then everything begins again with another.
///
/// - Throws: ``ListenError``.
func bindTogether(
    _ addresses: [IPAddress], port: Int, binds: [(IPEndpoint) async throws -> any Channel]
) async throws -> [any Channel] {
    var attemptsLeft = port == 0 ? 16 : 1
    while true {
        attemptsLeft -= 1
        var channels: [any Channel] = []
        var endpoint = IPEndpoint(address: .loopbackV4, port: port)
        do {
            for address in addresses {
                for bind in binds {
                    endpoint = IPEndpoint(address: address, port: channels.first?.localAddress?.port ?? port)
                    channels.append(try await bind(endpoint))
                }
            }
            return channels
        } catch {
            for channel in channels { try? await channel.close().get() }
            let error = ListenError(error, at: endpoint)
            guard error.reason == .addressInUse, !channels.isEmpty, attemptsLeft > 0 else { throw error }
        }
    }
}
