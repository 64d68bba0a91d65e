import CairnCertificates
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Draft: revoke-cert", .timeLimit(.minutes(5)))
struct DraftRevocationTests {
    private let server: TestServer
    private let client: DraftClient
    private let pair = CertificateKey()
    private let leaf: [UInt8]

    init() throws {
        server = try TestServer()
        client = try server.draftRegistered()
        let order = try client.order(csr: try csr(["a.example.test", "b.example.test"], key: pair.x509))
        try client.prove(order)
        leaf = try client.certificate(of: try client.get(order.url)).leaf()
    }

    @Test("Without a reason it is unspecified, 0 (Certificate Revocation)")
    func noReason() throws {
        #expect(try client.revoke(leaf).status == 200)
        let revocation = try #require(server.revocation(of: leaf))
        #expect(revocation.reason?.rawValue == 0)
    }

    @Test("A reason that may be given is kept (Certificate Revocation)", arguments: [0, 1, 3, 4, 5])
    func reason(_ reason: Int) throws {
        #expect(try client.revoke(leaf, reason: reason).status == 200)
        #expect(server.revocation(of: leaf)?.reason?.rawValue == reason)
    }

    @Test(
        "Any other reason is refused, with those that may be given (Certificate Revocation)",
        arguments: [2, 6, 7, 8, 9, 10, 11, -1])
    func badReason(_ reason: Int) throws {
        expectRefusal(try client.revoke(leaf, reason: reason), 400, "badRevocationReason", "0, 1, 3, 4, 5")
        #expect(server.revocation(of: leaf) == nil)
    }

    @Test("The account that holds a certificate may revoke it (Certificate Revocation)")
    func account() throws {
        let response = try client.revoke(leaf)
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
    }

    @Test("An account that is authorized for all its names may revoke it (Certificate Revocation)")
    func authorized() throws {
        let other = try server.draftRegistered()
        expectRefusal(try other.revoke(leaf), 403, "unauthorized")
        try other.prove(try other.order(["a.example.test"]))
        expectRefusal(try other.revoke(leaf), 403, "unauthorized", "b.example.test")
        try other.prove(try other.order(["b.example.test"]))
        #expect(try other.revoke(leaf).status == 200)
    }

    @Test("The key of the certificate may revoke it, and no other key (Certificate Revocation)")
    func key() throws {
        expectRefusal(try client.revoke(leaf, as: .key, signedBy: AccountKey()), 403, "unauthorized")
        #expect(try client.revoke(leaf, as: .key, signedBy: pair.account).status == 200)
    }

    @Test("What is revoked already is refused by one of the 17 types (Certificate Revocation)")
    func again() throws {
        #expect(try client.revoke(leaf).status == 200)
        let response = try client.revoke(leaf)
        #expect(400..<500 ~= response.status)
        #expect(["malformed", "unauthorized"].contains(response.problem), "\(response.text)")
        #expect(response.detail.contains("revoked already"))
    }

    @Test("What this CA did not issue, or is no certificate, is refused (Certificate Revocation)")
    func unknown() throws {
        for der in [[], [0x30], Array(leaf.dropLast())] as [[UInt8]] {
            expectRefusal(try client.revoke(der), 404, "malformed")
        }
        expectRefusal(try client.post(try client.endpoint("revoke-cert"), [:]), 400, "malformed", "certificate")
    }
}
