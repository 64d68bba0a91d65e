import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The least HTTPS that an ACME client needs: one connection for each request, and roots of its own to trust.
struct HTTPS {
    struct Response {
        var head: HTTPResponseHead
        var body: [UInt8] = []
    }

    struct NoResponse: Error {}

    private let context: NIOSSLContext

    init(trusting roots: [[UInt8]]) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try roots.map { try NIOSSLCertificate(bytes: $0, format: .der) })
        context = try NIOSSLContext(configuration: configuration)
    }

    func send(_ method: HTTPMethod, _ url: String, body: [UInt8] = []) async throws -> Response {
        guard let parts = URLComponents(string: url), let host = parts.host else { throw URLError(.badURL) }
        let port = parts.port ?? 443
        let context = context
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: host)
                    try channel.pipeline.syncOperations.addHandler(tls)
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var fields: HTTPHeaders = ["Host": "\(host):\(port)", "User-Agent": "example", "Connection": "close"]
            if method == .POST {
                fields.add(name: "Content-Type", value: "application/jose+json")
                fields.add(name: "Content-Length", value: "\(body.count)")
            }
            let head = HTTPRequestHead(version: .http1_1, method: method, uri: parts.path, headers: fields)
            // All at once: the server may answer, and close, as soon as the request is complete.
            try await outbound.write(contentsOf: [.head(head), .body(.byteBuffer(ByteBuffer(bytes: body))), .end(nil)])
            var response: Response?
            for try await part in inbound {
                switch part {
                case .head(let head): response = Response(head: head)
                case .body(let bytes): response?.body += Array(buffer: bytes)
                case .end: if let response { return response }
                }
            }
            throw NoResponse()
        }
    }
}
