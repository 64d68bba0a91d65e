import CairnGateway
import HTTPTypes
import NIOCore
import NIOPosix
import Testing

@testable import CairnTransport

/// A time at which the identities of the tests begin; TLS clients compare it with the machine's clock.
func testIdentity() throws -> TLSIdentity {
    try TLSIdentity.ephemeral(now: SystemClock().now)
}

/// Runs `body` against a server of its own, and fails if it cannot be stopped again.
func withServer(
    _ configuration: HTTPListener.Configuration = .init(), threads: Int = 1,
    handler: @escaping @Sendable (CairnRequest) -> CairnDelivery = echo,
    _ body: (HTTPListener, EventLoops) async throws -> Void
) async throws {
    let loops = EventLoops(threads: threads)
    var configuration = configuration
    // Where many tests run at once each of them waits long, and no server shall lose patience unless that is the test.
    if configuration.limits == ConnectionLimits() {
        configuration.limits = ConnectionLimits(
            handshake: .seconds(86_400), head: .seconds(86_400), idle: .seconds(86_400))
    }
    do {
        let server = try await HTTPListener.start(configuration, on: loops, handler: handler)
        do {
            try await body(server, loops)
        } catch {
            await server.shutdown()
            throw error
        }
        await server.shutdown()
    } catch {
        try await loops.shutdown()
        throw error
    }
    try await loops.shutdown()
}

/// Answers with what was asked: method, URL and body.
@Sendable
func echo(_ request: CairnRequest) -> CairnDelivery {
    let (head, body) = (request.head, String(decoding: request.body, as: UTF8.self))
    let text = "\(head.method) \(head.scheme ?? "")://\(head.authority ?? "-")\(head.path ?? "") [\(body)]"
    return CairnDelivery(HTTPResponse(status: .ok), body: Array(text.utf8))
}

/// A handler that always answers the same.
func always(_ delivery: CairnDelivery) -> @Sendable (CairnRequest) -> CairnDelivery {
    { _ in delivery }
}

/// Whether `::1` can be bound here.
let machineHasIPv6: Bool = {
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    defer { try? loops.syncShutdownGracefully() }
    let channel = try? ServerBootstrap(group: loops).bind(host: "::1", port: 0).wait()
    return channel != nil
}()
