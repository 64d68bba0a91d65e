import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks once for the directory.
final class DirectoryProbe: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let host: String
    private let result: EventLoopPromise<Int>
    private var answer = Answer()

    private init(host: String, result: EventLoopPromise<Int>) {
        (self.host, self.result) = (host, result)
    }

    /// Reads the directory over a socket that is connected, and closes it.
    ///
    /// Not to be called on the loop.
    ///
    /// - Returns: the status of the answer.
    static func read(over socket: Int32, port: Int, network: Network) throws -> Int {
        let result = network.loop.makePromise(of: Int.self)
        network.loop.execute {
            let probe = DirectoryProbe(host: "localhost:\(port)", result: result)
            network.bootstrap(probe).withConnectedSocket(socket).whenFailure { result.fail($0) }
            network.loop.scheduleTask(in: .seconds(10)) { result.fail(Unexpected("no answer in 10 s")) }
        }
        return try result.futureResult.wait()
    }

    func channelActive(context: ChannelHandlerContext) {
        Message(step: .directory, method: .get, path: "/dir").write(to: context, host: host)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard answer.take(unwrapInboundIn(data)) else { return }
        result.succeed(answer.status)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        result.fail(Unexpected("the server closed the connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { result.fail(error) }
}
