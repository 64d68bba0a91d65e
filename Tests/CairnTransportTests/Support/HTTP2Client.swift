import CairnModel
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL

@testable import CairnTransport

/// A client that speaks HTTP/2 over TLS and tells how each stream ended.
final class HTTP2Client: Sendable {
    enum Ending: Hashable {
        case complete
        case reset(HTTP2ErrorCode)
        /// The connection ended.
        case lost
    }

    struct Response: Sendable {
        var fields: [[String: String]] = []
        var body = ""
        var ending = Ending.lost

        var status: String? { fields.last?[":status"] }
    }

    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer

    private init(channel: any Channel, multiplexer: NIOHTTP2Handler.StreamMultiplexer) {
        (self.channel, self.multiplexer) = (channel, multiplexer)
    }

    static func connect(to endpoint: CairnIPEndpoint, trusting root: [UInt8], on loops: EventLoops) async throws
        -> HTTP2Client
    {
        let loop = loops.group.next()
        let tls = Client.TLS(trustRoot: root, applicationProtocols: ["h2"])
        return try await loop.flatSubmit {
            let multiplexer = loop.makePromise(of: NIOHTTP2Handler.StreamMultiplexer.self)
            return ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(tls.handler())
                        multiplexer.succeed(
                            try pipeline.configureHTTP2Pipeline(
                                mode: .client, connectionConfiguration: .init(), streamConfiguration: .init(),
                                inboundStreamInitializer: { $0.eventLoop.makeSucceededVoidFuture() }))
                    }
                }
                .connect(host: "\(endpoint.address)", port: endpoint.port)
                .and(multiplexer.futureResult)
                .map { HTTP2Client(channel: $0, multiplexer: $1) }
        }.get()
    }

    /// Sends a request, waits until as much of the body has come, and hangs up.
    func requestAndLeave(once isEnough: @escaping @Sendable (String) -> Bool) async throws {
        try await request(until: isEnough)
        try await channel.close().get()
    }

    /// Sends a request, waits until as much of the body has come, and resets the stream.
    func requestAndReset(once isEnough: @escaping @Sendable (String) -> Bool) async throws {
        let stream = try await request(until: isEnough)
        try await stream.writeAndFlush(HTTP2Frame.FramePayload.rstStream(.cancel)).get()
    }

    /// Sends a request and waits until as much of the body has come.
    @discardableResult
    func request(until isEnough: @escaping @Sendable (String) -> Bool) async throws -> any Channel {
        let came = channel.eventLoop.makePromise(of: Void.self)
        let opened = channel.eventLoop.makePromise(of: (any Channel).self)
        opened.futureResult.cascadeFailure(to: came)
        multiplexer.createStreamChannel(promise: opened) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(Beginning(came, isEnough))
            }
        }
        opened.futureResult.cascadeFailure(to: came)
        let stream = try await opened.futureResult.get()
        let block = HPACKHeaders([(":method", "GET"), (":scheme", "https"), (":authority", "ca.test"), (":path", "/")])
        stream.writeAndFlush(HTTP2Frame.FramePayload.headers(.init(headers: block, endStream: true)), promise: nil)
        try await came.futureResult.get()
        return stream
    }

    /// Waits for the beginning of a body.
    private final class Beginning: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame.FramePayload

        private let isEnough: (String) -> Bool
        private var body = ""
        private var promise: EventLoopPromise<Void>?

        init(_ promise: EventLoopPromise<Void>, _ isEnough: @escaping (String) -> Bool) {
            (self.promise, self.isEnough) = (promise, isEnough)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .data(let frame) = unwrapInboundIn(data), case .byteBuffer(let part) = frame.data else { return }
            body += String(buffer: part)
            guard isEnough(body) else { return }
            promise?.succeed()
            promise = nil
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {}

        func channelInactive(context: ChannelHandlerContext) {
            promise?.fail(ChannelError.eof)
            promise = nil
        }
    }

    /// Sends a request and waits for the end of its stream.
    func request(
        _ method: String = "GET", _ path: String = "/", fields: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> Response {
        let promise = channel.eventLoop.makePromise(of: Response.self)
        let block = HPACKHeaders(
            [(":method", method), (":scheme", "https"), (":authority", "ca.test"), (":path", path)] + fields)
        let opened = channel.eventLoop.makePromise(of: (any Channel).self)
        opened.futureResult.cascadeFailure(to: promise)
        multiplexer.createStreamChannel(promise: opened) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(Stream(promise))
            }
        }
        opened.futureResult.cascadeFailure(to: promise)
        let stream = try await opened.futureResult.get()
        let head = HTTP2Frame.FramePayload.headers(.init(headers: block, endStream: body == nil))
        stream.writeAndFlush(head, promise: nil)
        if let body {
            let frame = HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer(bytes: body)), endStream: true)
            stream.writeAndFlush(HTTP2Frame.FramePayload.data(frame), promise: nil)
        }
        return try await promise.futureResult.get()
    }

    private final class Stream: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame.FramePayload

        private var response = Response()
        private var promise: EventLoopPromise<Response>?

        init(_ promise: EventLoopPromise<Response>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .headers(let frame):
                response.fields.append(Dictionary(frame.headers.map { ($0.name, $0.value) }) { $0 + ", " + $1 })
                if frame.endStream { end(.complete) }
            case .data(let frame):
                if case .byteBuffer(let part) = frame.data { response.body += String(buffer: part) }
                if frame.endStream { end(.complete) }
            case .rstStream(let code): end(.reset(code))
            default: break
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if let error = error as? NIOHTTP2Errors.StreamClosed { end(.reset(error.errorCode)) }
        }

        func channelInactive(context: ChannelHandlerContext) { end(.lost) }

        private func end(_ ending: Ending) {
            response.ending = ending
            promise?.succeed(response)
            promise = nil
        }
    }
}
