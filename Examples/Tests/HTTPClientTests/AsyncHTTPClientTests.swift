import AsyncHTTPClient
import CairnTesting
import NIOCore
import NIOSSL
import Testing

extension HTTPClient {
    /// A client that trusts a CA's server, and nothing else.
    convenience init(trusting ca: TestCA) throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(
            try ca.trustRoots.map { try NIOSSLCertificate(bytes: $0.derEncoded, format: .der) })
        self.init(eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(tlsConfiguration: tls))
    }
}

@Test(.testCA) func readsTheDirectoryWithAsyncHTTPClient() async throws {
    let ca = try TestCA.current
    let client = try HTTPClient(trusting: ca)
    let response = try await client.execute(HTTPClientRequest(url: ca.directoryURL), timeout: .seconds(60))
    let directory = try await response.body.collect(upTo: 1 << 20)
    try await client.shutdown()
    #expect(String(buffer: directory).contains("newNonce"))
    #expect(ca.journal.requests(to: .directory).count == 1)
}
