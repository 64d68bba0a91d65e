import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What all connections of the benchmark share: one thread, and TLS that trusts every server.
struct Network {
    let loop: any EventLoop
    private let tls: NIOSSLContext

    init() throws {
        loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.trustRoots = .certificates([])
        configuration.applicationProtocols = ["http/1.1"]
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// A way to connections over TLS that speak HTTP/1.1 with `handler`.
    ///
    /// To be called on the loop.
    func bootstrap(_ handler: some ChannelHandler) -> ClientBootstrap {
        let handler = NIOLoopBound(handler, eventLoop: loop)
        return ClientBootstrap(group: loop).channelInitializer { [tls] channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(try NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                try pipeline.addHTTPClientHandlers()
                try pipeline.addHandler(handler.value)
            }
        }
    }
}

extension Answer {
    /// Takes in the next part of a response; `true` when that was the last one.
    mutating func take(_ part: HTTPClientResponsePart) -> Bool {
        switch part {
        case .head(let head):
            self = Answer()
            status = Int(head.status.code)
            nonce = head.headers.first(name: "Replay-Nonce")
            location = head.headers.first(name: "Location")
        case .body(let bytes): body += bytes.readableBytesView
        case .end: return true
        }
        return false
    }
}

extension Message {
    /// Writes the request, and hands all of it to the network at once.
    func write(to context: ChannelHandlerContext, host: String) {
        var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method.rawValue), uri: path)
        head.headers.add(name: "Host", value: host)
        head.headers.add(name: "User-Agent", value: "benchmark")
        if method == .post {
            head.headers.add(name: "Content-Type", value: "application/jose+json")
            head.headers.add(name: "Content-Length", value: "\(body.count)")
        }
        context.write(NIOAny(HTTPClientRequestPart.head(head)), promise: nil)
        if !body.isEmpty {
            let bytes = context.channel.allocator.buffer(bytes: body)
            context.write(NIOAny(HTTPClientRequestPart.body(.byteBuffer(bytes))), promise: nil)
        }
        context.writeAndFlush(NIOAny(HTTPClientRequestPart.end(nil)), promise: nil)
    }
}
