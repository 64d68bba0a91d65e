import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("A CA without sockets", .timeLimit(.minutes(5)))
struct InMemoryTests {
    @Test("Each step is done when the answer is there", arguments: ["http-01", "dns-01", "tls-alpn-01"])
    func synchronous(_ type: String) throws {
        let ca = try TestCA.inMemory()
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let authorization = try #require(order.authorizations.first)
        let (url, token) = try client.challenge(type, of: authorization)
        let proof = Proof(name: "www.example.test", token: token, keyAuthorization: client.keyAuthorization(token))
        ca.responder.setHTTP01(token: token, keyAuthorization: proof.keyAuthorization)
        ca.responder.setTLSALPN01(name: proof.name, keyAuthorization: proof.keyAuthorization)
        ca.dns["_acme-challenge.\(proof.name)"] = [.txt(proof.digest)]
        try client.respond(to: url)
        #expect(try client.read(authorization).state == "valid")
        #expect(try client.read(order.url).state == "ready")
        let csr = try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: "DNS:www.example.test").derEncoded
        try client.finalize(order, csr: csr)
        let issuance = try Issuance(pem: client.certificate(of: client.read(order.url)).text)
        #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
    }

    @Test("What would need the network fails with a connection problem")
    func noNetwork() throws {
        let ca = try TestCA.inMemory()
        let client = try ca.client()
        for type in ["http-01", "tls-alpn-01"] {
            #expect(throws: ReferenceClient.Violation.self) {
                try client.obtain(["\(type).example.test"], by: type) { _ in }
            }
        }
        #expect(ca.journal.probes.map(\.problem?.type) == [.connection, .connection])
    }

    @Test("It has no addresses and no roots for connecting, and can be shut down twice")
    func noSockets() async throws {
        let ca = try TestCA.inMemory()
        #expect(ca.address == nil)
        #expect(ca.dnsAddress == nil)
        #expect(ca.trustRoots.isEmpty)
        #expect(ca.directoryURL == "https://localhost/dir")
        await ca.shutdown()
        await ca.shutdown()
        try await ca.issue("www.example.test")
    }

    @Test("URLs begin with the configured origin")
    func origin() throws {
        let ca = try TestCA.inMemory(.with { $0.origin = "https://ca.example.test:14000" })
        #expect(ca.directoryURL == "https://ca.example.test:14000/dir")
        let client = try ReferenceClient(directory: ca.directoryURL) { request in
            var request = request
            request.head.authority = "localhost"
            return ca.respond(to: request)
        }
        #expect(try client.endpoint("newOrder").hasPrefix("https://ca.example.test:14000/"))
    }
}
