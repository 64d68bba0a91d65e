import CairnModel
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import CairnTransport

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A client that sends bytes and remembers what came back, and how it ended.
final class Client: Sendable {
    enum Ending: Hashable {
        /// FIN, after `close_notify` if there was TLS.
        case closed
        /// RST.
        case reset
        /// FIN without `close_notify`.
        case truncated
        case failed(String)
    }

    struct Received: Sendable {
        var bytes: [UInt8] = []
        /// `nil` as long as the connection is open.
        var ending: Ending?

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// What the client offers in its TLS handshake.
    struct TLS: Sendable {
        var trustRoot: [UInt8]
        var serverName: String? = "localhost"
        var applicationProtocols: [String] = []
        var versions: ClosedRange<CairnTransport.TLSVersion> = .v12 ... .v13
        /// For TLS 1.2, in the words of the TLS library; `nil` offers what it offers by itself.
        var cipherSuites: String?

        func handler() throws -> NIOSSLClientHandler {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .certificates([try NIOSSLCertificate(bytes: trustRoot, format: .der)])
            configuration.applicationProtocols = applicationProtocols
            configuration.minimumTLSVersion = versions.lowerBound.nio
            configuration.maximumTLSVersion = versions.upperBound.nio
            if let cipherSuites { configuration.cipherSuites = cipherSuites }
            return try NIOSSLClientHandler(
                context: NIOSSLContext(configuration: configuration), serverHostname: serverName)
        }
    }

    private let channel: any Channel
    private let recorder: NIOLoopBound<Recorder>

    private init(channel: any Channel, recorder: NIOLoopBound<Recorder>) {
        self.channel = channel
        self.recorder = recorder
    }

    static func connect(to endpoint: CairnIPEndpoint, tls: TLS? = nil, on loops: EventLoops) async throws -> Client {
        let loop = loops.group.next()
        return try await loop.flatSubmit {
            let recorder = NIOLoopBound(Recorder(), eventLoop: loop)
            return ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let tls { try channel.pipeline.syncOperations.addHandler(tls.handler()) }
                        try channel.pipeline.syncOperations.addHandler(recorder.value)
                    }
                }
                .connect(host: "\(endpoint.address)", port: endpoint.port)
                .map { Client(channel: $0, recorder: recorder) }
        }.get()
    }

    func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Waits until what came satisfies `isEnough`, or the connection ended; two minutes at most.
    ///
    /// - Throws: ``TookTooLong``, with what came until then, and where it was waited for.
    func receive(
        within limit: TimeAmount = .minutes(2), at place: SourceLocation = #_sourceLocation,
        until isEnough: @escaping @Sendable (Received) -> Bool = { _ in false }
    ) async throws -> Received {
        let received = try await channel.eventLoop.flatSubmit { [recorder, channel] in
            recorder.value.wait(on: channel.eventLoop, atMost: limit, until: isEnough)
        }.get()
        guard received.ending == nil, !isEnough(received) else { return received }
        let error = TookTooLong(received: received)
        Issue.record(error, sourceLocation: place)
        throw error
    }

    /// What was waited for did not come.
    struct TookTooLong: Error, CustomStringConvertible {
        var received: Received

        var description: String {
            "expected more, or the end of the connection; got \(received.bytes.count) bytes: \(received.text.prefix(300))"
        }
    }

    func close() async {
        try? await channel.close().get()
    }
}

extension Client {
    private final class Recorder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private var received = Received()
        private var waiters: [Waiter] = []

        private struct Waiter {
            var isEnough: (Received) -> Bool
            var promise: EventLoopPromise<Received>
        }

        func wait(
            on loop: any EventLoop, atMost limit: TimeAmount, until isEnough: @escaping (Received) -> Bool
        ) -> EventLoopFuture<Received> {
            let promise = loop.makePromise(of: Received.self)
            let timer = loop.assumeIsolated().scheduleTask(in: limit) { promise.succeed(self.received) }
            promise.futureResult.whenComplete { _ in timer.cancel() }
            waiters.append(Waiter(isEnough: isEnough, promise: promise))
            tell()
            return promise.futureResult
        }

        private func tell() {
            var waiting: [Waiter] = []
            for waiter in waiters {
                if received.ending != nil || waiter.isEnough(received) {
                    waiter.promise.succeed(received)
                } else {
                    waiting.append(waiter)
                }
            }
            waiters = waiting
        }

        private func end(_ ending: Ending) {
            received.ending = received.ending ?? ending
            tell()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.bytes += unwrapInboundIn(data).readableBytesView
            tell()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            switch error {
            case let error as IOError where error.errnoCode == ECONNRESET: end(.reset)
            case NIOSSLError.uncleanShutdown: end(.truncated)
            default: end(.failed("\(TLSWords(error))"))
            }
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { end(.closed) }
    }
}

/// One HTTP/1.1 response as it stood on the wire.
struct WireResponse: Hashable {
    var status: Int
    /// Names in lower case.
    var fields: [String: String]
    var body: String
}

extension Client.Received {
    /// The responses that have come whole, framed by Content-Length alone; one without it has no body.
    func responses(toHead: Bool = false) -> [WireResponse] {
        var responses: [WireResponse] = []
        var rest = text[...]
        while let (response, end) = WireResponse.read(rest, toHead: toHead) {
            responses.append(response)
            rest = rest[end...]
        }
        return responses
    }

    /// What came after the first head.
    var partialBody: String? {
        text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) }
    }
}

extension WireResponse {
    fileprivate static func read(_ text: Substring, toHead: Bool) -> (WireResponse, Substring.Index)? {
        guard let gap = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<gap.lowerBound].split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { return nil }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            fields[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let length = toHead ? 0 : fields["content-length"].flatMap { Int($0) } ?? 0
        let body = text[gap.upperBound...].utf8.prefix(length)
        guard body.count == length else { return nil }
        return (WireResponse(status: status, fields: fields, body: String(Substring(body))), body.endIndex)
    }
}
