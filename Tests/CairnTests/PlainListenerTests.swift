import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

/// What relying parties read over plain HTTP, while ACME is served over HTTPS alone.
@Suite("CRLs and OCSP over plain HTTP", .timeLimit(.minutes(5)))
struct PlainListenerTests {
    private static let configuration = TestCA.Configuration.with {
        $0.listener.plainPort = 0
        $0.validation.standard = .approve
        $0.authority.profiles[0].revocationInformation = .both
    }

    private static func exchange(
        _ url: String, _ method: String, _ path: String, authority: String? = nil, body: [UInt8] = []
    ) async throws -> WireResponse {
        let port = try #require(url.split(separator: ":").last)
        return try await onOwnThread {
            try WireHTTP(at: "127.0.0.1:\(port)", demands: nil)
                .exchange(method, path, authority: authority ?? "localhost:\(port)", body: body)
        }
    }

    @Test("Certificates name their CRL, responder and issuer by http, and all three are there (RFC 5280 §8)")
    func named() async throws {
        try await withTestCA(Self.configuration) { ca in
            let url = try #require(ca.plainURL)
            #expect(url.hasPrefix("http://") && !ca.directoryURL.hasPrefix("http:"))
            try await ca.issue("www.example.test")
            let leaf = try OpenSSLCertificate(derEncoded: #require(ca.certificates.last?.derEncoded))
            let port = try #require(url.split(separator: ":").last)
            // By the host that the client has for the CA.
            let host = try #require(ca.directoryURL.dropFirst(8).split(separator: ":").first)
            let access = try leaf.extension("1.3.6.1.5.5.7.1.1")?.text ?? ""
            #expect(try leaf.extension("2.5.29.31")?.text.contains("http://\(host):\(port)/crl/0/0") == true)
            #expect(
                access.contains("http://\(host):\(port)/ocsp") && access.contains("http://\(host):\(port)/issuer/0"))
            let list = try await Self.exchange(url, "GET", "/crl/0/0")
            #expect(list.status == 200 && list["Link"] == nil)
            #expect(try list.body == ca.crl(ofIssuer: 0).derEncoded)
            #expect(try ca.crl(ofIssuer: 0).url == "\(url)/crl/0/0")
            let issuer = try await Self.exchange(url, "GET", "/issuer/0")
            #expect(issuer.body == ca.authority.intermediates[0].derEncoded)
            let request = try OpenSSLStatusRequest(
                [leaf], issuer: OpenSSLCertificate(derEncoded: ca.authority.intermediates[0].derEncoded))
            let status = try await Self.exchange(url, "POST", "/ocsp", body: Array(try request.derEncoded))
            #expect(
                try OpenSSLStatusResponse(derEncoded: .init(status.body)).answers(to: request).first??.status == "good")
        }
    }

    @Test("Nothing of ACME is served there, and only by names that the CA goes by (RFC 8555 §6.1)")
    func nothingElse() async throws {
        try await withTestCA(Self.configuration) { ca in
            let url = try #require(ca.plainURL)
            for (method, path) in [
                ("GET", "/dir"), ("HEAD", "/new-nonce"), ("POST", "/new-account"), ("POST", "/issuer/0"), ("GET", "/"),
                ("GET", "/draft/dir"), ("GET", "/with/crlfChain/dir"), ("GET", "/nowhere"),
            ] {
                #expect(try await Self.exchange(url, method, path).status == 404, "\(method) \(path)")
            }
            #expect(try await Self.exchange(url, "GET", "/with/crlfChain/crl/0/0").status == 200)
            #expect(try await Self.exchange(url, "GET", "/crl/0/0", authority: "evil.example.com").status == 421)
            // It is at the port of ACME as before.
            let status = try await onOwnThread {
                try ca.client().send("GET", "\(ca.directoryURL.dropLast(4))/crl/0/0").status
            }
            #expect(status == 200)
        }
    }

    @Test("With shards a list says its own name as certificates do, and rules alter it (RFC 5280 §5.2.5)")
    func shards() async throws {
        var configuration = Self.configuration
        configuration.authority.crlShards = 2
        try await withTestCA(configuration) { ca in
            let url = try #require(ca.plainURL)
            let list = try OpenSSLRevocationList(
                derEncoded: .init(try await Self.exchange(url, "GET", "/crl/0/1").body))
            #expect(try list.text.contains("\(url)/crl/0/1"))
            ca.rules.add(.status(503).times(1), at: .crl)
            #expect(try await Self.exchange(url, "GET", "/crl/0/1").status == 503)
        }
    }

    @Test("Without a port for it there is none, and a reset changes nothing")
    func lifetime() async throws {
        try await withTestCA { ca in #expect(ca.plainURL == nil) }
        try await withTestCA(Self.configuration) { ca in
            let url = try #require(ca.plainURL)
            ca.reset()
            #expect(ca.plainURL == url)
            #expect(try ca.crl(ofIssuer: 0).url == "\(url)/crl/0/0")
            #expect(try await Self.exchange(url, "GET", "/crl/0/0").status == 200)
        }
    }
}
