import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing
import X509

@Suite("revokeCert", .timeLimit(.minutes(5)))
struct RevocationTests {
    private static let url = "https://ca.example.test/revoke-cert"

    private let server: TestServer
    private let client: ReferenceClient
    private let pair = CertificateKey()
    private let leaf: [UInt8]
    private let order: Order.ID

    init() throws {
        server = try TestServer()
        client = try server.registered()
        let issued = try client.issue(["a.example.test", "b.example.test"], key: pair.x509)
        leaf = try client.certificate(of: issued).leaf()
        let url = try #require(issued.json["certificate"] as? String)
        order = try #require(Order.ID(url.split(separator: "/").last ?? ""))
    }

    private var payload: [String: Any] { ["certificate": base64URL(leaf)] }

    @Test("The account that ordered it may, once (§7.6)")
    func account() throws {
        let response = try client.post(Self.url, payload)
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
        let change = try #require(server.engine.journal.statusChanges.last)
        #expect(change.subject == .certificate)
        #expect(change.to == "revoked")
        expectRefusal(try client.post(Self.url, payload), 400, "alreadyRevoked", "is revoked already", "§7.6")
    }

    @Test("The key of the certificate may, without an account (§7.6)")
    func certificateKey() throws {
        let response = try client.post(Self.url, payload, as: .key, signedBy: pair.account)
        #expect(response.status == 200)
        let again = try client.post(Self.url, payload, as: .key, signedBy: pair.account)
        expectRefusal(again, 400, "alreadyRevoked")
    }

    @Test("An account with valid authorizations for all its names may (§7.6)")
    func authorized() throws {
        let other = try server.registered()
        _ = try other.readyOrder(["a.example.test"])
        let refused = try other.post(Self.url, payload)
        expectRefusal(refused, 403, "unauthorized", "has none for \"b.example.test\" (", "§7.6")
        _ = try other.readyOrder(["b.example.test"])
        #expect(try other.post(Self.url, payload).status == 200)
    }

    @Test("Authorizations that are pending, expired or given up, or for a wildcard, do not do (§7.6)")
    func unauthorized() throws {
        let other = try server.registered()
        let pending = try other.order(["a.example.test", "b.example.test"])
        _ = try other.readyOrder(["*.example.test"])
        expectRefusal(try other.post(Self.url, payload), 403, "unauthorized", "\"a.example.test\", \"b.example.test\"")
        for authorization in pending.authorizations {
            try other.respond(to: try other.challenge("dns-01", of: authorization).url)
        }
        try other.post(pending.authorizations[0], ["status": "deactivated"])
        expectRefusal(try other.post(Self.url, payload), 403, "unauthorized", "none for \"a.example.test\" (")
        server.advance(by: .days(30))
        expectRefusal(try other.post(Self.url, payload), 403, "unauthorized", "\"a.example.test\", \"b.example.test\"")
    }

    @Test("An older authorization still does when a newer one for the name was given up (§7.6)")
    func older() throws {
        let other = try server.registered()
        _ = try other.readyOrder(["a.example.test", "b.example.test"])
        let newer = try other.readyOrder(["a.example.test"])
        try other.post(newer.authorizations[0], ["status": "deactivated"])
        #expect(try other.post(Self.url, payload).status == 200)
    }

    @Test("Another key may not, be it that of an account or not (§7.6)")
    func otherKey() throws {
        for key in [try AccountKey(), client.key] {
            let response = try client.post(Self.url, payload, as: .key, signedBy: key)
            expectRefusal(
                response, 403, "unauthorized", "expected a request signed by the key of the certificate", "§7.6")
        }
        #expect(try client.post(Self.url, payload).status == 200)
    }

    @Test("A reason that a subscriber may give is kept (§7.6, RFC 5280 §5.3.1)", arguments: [0, 1, 3, 4, 5])
    func reason(_ reason: Int) throws {
        #expect(try client.post(Self.url, payload.merging(["reason": reason]) { $1 }).status == 200)
        let account = try #require(Account.ID(client.kid?.split(separator: "/").last ?? ""))
        let certificate = try server.engine.certificate(ofOrder: order, for: account, at: server.now)
        #expect(certificate.revocation?.reason?.rawValue == reason)
        #expect(certificate.revocation?.at == server.now)
    }

    @Test("No reason is none, not unspecified (§7.6)")
    func noReason() throws {
        try client.post(Self.url, payload)
        let account = try #require(Account.ID(client.kid?.split(separator: "/").last ?? ""))
        let certificate = try server.engine.certificate(ofOrder: order, for: account, at: server.now)
        #expect(certificate.revocation != nil)
        #expect(certificate.revocation?.reason == nil)
    }

    @Test(
        "Any other reason is badRevocationReason, with the list of those that may be given (§7.6)",
        arguments: [2, 6, 7, 8, 9, 10, 11, -1, 1_000_000])
    func badReason(_ reason: Int) throws {
        let response = try client.post(Self.url, payload.merging(["reason": reason]) { $1 })
        expectRefusal(response, 400, "badRevocationReason", "0, 1, 3, 4, 5, got \(reason)", "§7.6")
        #expect(try client.post(Self.url, payload).status == 200)
    }

    @Test("Which reasons may be given is the policy's choice (§7.6)")
    func policyOfReasons() throws {
        server.engine.policy.revocationReasons = [.keyCompromise, .cACompromise]
        expectRefusal(
            try client.post(Self.url, payload.merging(["reason": 4]) { $1 }), 400, "badRevocationReason", "1, 2, got 4")
        #expect(try client.post(Self.url, payload.merging(["reason": 2]) { $1 }).status == 200)
    }

    @Test("Only exactly what this CA issued can be revoked (§7.6)")
    func unknown() throws {
        let stranger = try TestServer(seed: 2).registered()
        let theirs = try stranger.certificate(of: try stranger.issue(["a.example.test"])).leaf()
        var forged = leaf
        forged[forged.count - 1] ^= 1
        for der in [theirs, forged, [], [0x30], Array(leaf.dropLast()), leaf + [0], [0x30, 0x80]] {
            let response = try client.post(Self.url, ["certificate": base64URL(der)])
            expectRefusal(response, 404, "malformed", "did not issue that certificate", "§7.6")
        }
        #expect(try client.post(Self.url, payload).status == 200)
    }

    @Test("A payload of another form is malformed (§6.1, §7.6)")
    func malformed() throws {
        for (payload, words) in [
            ([:], "expected a member \"certificate\", got none"),
            (["certificate": base64URL(leaf) + "="], "\"certificate\": expected base64url without padding"),
            (payload.merging(["reason": "keyCompromise"]) { $1 }, "expected \"reason\" to be an integer, got a string"),
            (payload.merging(["reason": 1.5]) { $1 }, "expected \"reason\" to be an integer, got a number"),
        ] as [([String: Any], String)] {
            expectRefusal(try client.post(Self.url, payload), 400, "malformed", words)
        }
        expectRefusal(try client.read(Self.url), 400, "malformed", "POST-as-GET")
    }
}
