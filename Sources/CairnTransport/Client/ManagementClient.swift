import CairnModel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SwiftASN1
import X509

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Asks a server over HTTP/1.1, one connection a request: for the command line, which speaks to a management API.
package struct ManagementClient: Sendable {
    /// Which servers are believed to be who they say they are.
    package enum Trust: Sendable {
        /// Those with a certificate under one of these roots, in PEM.
        case roots([String])
        /// All.
        case anybody
    }

    /// What is asked.
    package struct Request: Sendable {
        package var method: String
        /// Path and query.
        package var path: String
        package var accept = "application/json"
        package var body: [UInt8] = []

        package init(_ method: String, _ path: String) { (self.method, self.path) = (method, path) }
    }

    /// The beginning of an answer, and the rest as it comes.
    package struct Answer: Sendable {
        package let status: Int
        /// The media type with its parameters; empty if there is none.
        package let contentType: String
        private let parts: Parts

        fileprivate init(_ head: HTTPResponseHead, _ parts: Parts) {
            (status, contentType) = (Int(head.status.code), head.headers.first(name: "Content-Type") ?? "")
            self.parts = parts
        }

        /// Everything that comes, once it has come.
        package var body: [UInt8] {
            get async throws(Failure) {
                var body: [UInt8] = []
                try await forEachPortion { body += $0 }
                return body
            }
        }

        /// Calls `take` with each line as soon as it has come, without what ends it.
        package func forEachLine(_ take: (String) -> Void) async throws(Failure) {
            var rest: [UInt8] = []
            try await forEachPortion { portion in
                rest += portion
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    take(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeFirst(end + 1)
                }
            }
            if !rest.isEmpty { take(String(decoding: rest, as: UTF8.self)) }
        }

        private func forEachPortion(_ take: ([UInt8]) -> Void) async throws(Failure) {
            do {
                for try await part in parts {
                    if case .body(let portion) = part { take(Array(portion.readableBytesView)) }
                }
            } catch {
                throw Failure(error)
            }
        }
    }

    /// Why there is no answer, or not all of it.
    package enum Failure: Error, Sendable {
        /// Nobody listens there.
        case refused
        /// The server has a certificate that is not trusted.
        case untrusted
        case other(String)
    }

    fileprivate typealias Parts = AsyncThrowingStream<HTTPClientResponsePart, any Error>

    private let loops: EventLoops
    private let host: String
    private let port: Int
    /// As `Host` has it.
    private let authority: String
    private let context: NIOSSLContext?
    /// `nil` trusts everybody.
    private let roots: [Certificate]?
    private let patience: Duration

    /// Makes a client, which has to be shut down.
    ///
    /// - Parameters:
    ///   - url: scheme and authority, such as `https://localhost:15000`.
    ///   - patience: how long it waits for an answer; for a stream of events, until it begins.
    /// - Throws: what is wrong with the URL or the roots, in a sentence.
    package init(_ url: String, trusting trust: Trust, patience: Duration = .seconds(30)) throws(Failure) {
        self.patience = patience
        let (scheme, rest) = url.hasPrefix("http://") ? ("http", url.dropFirst(7)) : ("https", url.dropFirst(8))
        guard url.hasPrefix("\(scheme)://") else {
            throw .other("expected a URL such as https://localhost:15000, got \(url.quoted)")
        }
        let place = rest.hasSuffix("/") ? rest.dropLast() : rest
        let parsed: URLAuthority
        do { parsed = try URLAuthority(place) } catch { throw .other("\(url.quoted): \(error)") }
        authority = String(place)
        host = parsed.host.hasPrefix("[") ? String(parsed.host.dropFirst().dropLast()) : parsed.host
        port = parsed.port ?? (scheme == "http" ? 80 : 443)
        do {
            roots =
                if case .roots(let texts) = trust {
                    try texts.flatMap { text in
                        try PEMDocument.parseMultiple(pemString: text).map { try Certificate(pemDocument: $0) }
                    }
                } else {
                    nil
                }
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            // What is believed is decided below: the library under TLS knows no name constraints on addresses.
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates([])
            context = scheme == "http" ? nil : try NIOSSLContext(configuration: configuration)
        } catch {
            throw .other("the roots are not X.509 certificates in PEM (RFC 7468 §5)")
        }
        loops = EventLoops()
    }

    /// Whether a server is believed to be who it says it is.
    private static func believes(
        _ shown: [NIOSSLCertificate], under roots: [Certificate]?, _ host: String
    ) async throws -> NIOSSLVerificationResult {
        guard let roots else { return .certificateVerified }
        let chain = try shown.map { try Certificate(derEncoded: try $0.toDERBytes()) }
        guard let leaf = chain.first else { return .failed }
        let isAddress = CairnIPAddress(host) != nil
        var verifier = Verifier(rootCertificates: CertificateStore(roots)) {
            RFC5280Policy()
            ServerIdentityPolicy(serverHostname: isAddress ? nil : host, serverIP: isAddress ? host : nil)
        }
        switch await verifier.validate(leaf: leaf, intermediates: CertificateStore(chain.dropFirst())) {
        case .validCertificate: return .certificateVerified
        case .couldNotValidate: return .failed
        }
    }

    /// Ends the thread of the client.
    package func shutdown() async { try? await loops.shutdown() }

    /// Sends a request, and returns when the answer begins.
    package func send(_ request: Request) async throws(Failure) -> Answer {
        let (parts, continuation) = Parts.makeStream()
        do {
            let bootstrap = ClientBootstrap(group: loops.group)
                .connectTimeout(.seconds(10))
                .channelInitializer { [context, host, roots] channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let context {
                            let name = CairnIPAddress(host) == nil ? host : nil
                            try pipeline.addHandler(
                                NIOSSLClientHandler(context: context, serverHostname: name) { shown, verdict in
                                    verdict.completeWithTask { try await Self.believes(shown, under: roots, host) }
                                })
                        }
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandler(ManagementAnswerHandler(continuation))
                    }
                }
            let channel = try await bootstrap.connect(host: host, port: port).get()
            let limit = channel.eventLoop.scheduleTask(in: TimeAmount(patience)) { [patience] in
                continuation.finish(throwing: Failure.other("no answer came within \(patience.text)"))
            }
            continuation.onTermination = { _ in
                limit.cancel()
                channel.close(promise: nil)
            }
            var head = HTTPRequestHead(
                version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.path)
            head.headers = ["Host": authority, "Accept": request.accept, "Connection": "close"]
            if !request.body.isEmpty || request.method != "GET" {
                head.headers.add(name: "Content-Length", value: "\(request.body.count)")
            }
            if !request.body.isEmpty { head.headers.add(name: "Content-Type", value: "application/json") }
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            if !request.body.isEmpty {
                channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: request.body))), promise: nil)
            }
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            for try await part in parts {
                guard case .head(let head) = part, head.status.code >= 200 else { continue }
                // What is followed goes on.
                if request.accept == "text/event-stream" { limit.cancel() }
                return Answer(head, parts)
            }
            throw Failure.other("the connection was closed before there was an answer")
        } catch {
            throw Failure(error)
        }
    }
}

extension ManagementClient.Failure: CustomStringConvertible {
    fileprivate init(_ error: any Error) {
        switch error {
        case let failure as Self: self = failure
        case let error as NIOConnectionError:
            let isRefused = error.connectionErrors.contains { ($0.error as? IOError)?.errnoCode == ECONNREFUSED }
            let reasons = error.connectionErrors.map { Self.sentence($0.error) }
            self =
                isRefused
                ? .refused
                : .other(reasons.first ?? "there is no host \(error.host.quoted), or nobody knows where it is")
        case NIOSSLError.handshakeFailed(.sslError(let errors))
        where errors.contains { "\($0)".contains("CERTIFICATE_VERIFY_FAILED") }:
            self = .untrusted
        default: self = .other(Self.sentence(error))
        }
    }

    private static let closed = "the connection was closed before there was all of an answer"

    private static func sentence(_ error: any Error) -> String {
        switch error {
        case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE:
            "the connection was reset before there was all of an answer"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "no connection came about within 10s"
        case NIOSSLError.uncleanShutdown: Self.closed
        case NIOSSLError.handshakeFailed(.sslError(let errors))
        where errors.contains { "\($0)".contains("EOF during handshake") }:
            Self.closed
        case NIOSSLError.handshakeFailed: "TLS failed; a server without TLS has a URL that begins with http://"
        case let error as NIOSSLError: "TLS failed: \(error)"
        case is HTTPParserError:
            "what answers there is no server of HTTP; one with TLS has a URL that begins with https://"
        default: "\(error)"
        }
    }

    package var description: String {
        switch self {
        case .refused: "nobody listens there"
        case .untrusted:
            "its certificate is not under a root that is trusted, or for another name; --cacert names a root"
        case .other(let words): words
        }
    }
}

/// Hands the parts of one answer on.
private final class ManagementAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let parts: AsyncThrowingStream<HTTPClientResponsePart, any Error>.Continuation

    init(_ parts: AsyncThrowingStream<HTTPClientResponsePart, any Error>.Continuation) { self.parts = parts }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        parts.yield(part)
        if case .end = part {
            parts.finish()
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        parts.finish(throwing: error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        parts.finish(throwing: ManagementClient.Failure.other("the connection was closed in the middle of the answer"))
        context.fireChannelInactive()
    }
}
