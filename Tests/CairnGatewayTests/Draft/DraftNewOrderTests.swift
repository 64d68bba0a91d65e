import CairnEngine
import CairnModel
import CairnReferenceClient
import Crypto
import Testing
import X509

@Suite("Draft: new-order", .timeLimit(.minutes(5)))
struct DraftNewOrderTests {
    private let server: TestServer
    private let client: DraftClient

    init() throws {
        server = try TestServer()
        client = try server.draftRegistered()
    }

    private func names(_ order: DraftClient.Placed) throws -> [String] {
        try order.authorizations.map { url in
            let identifier = try client.get(url).json["identifier"] as? [String: String]
            return identifier?["value"] ?? ""
        }
    }

    @Test("A CSR and dates make an order that reflects them (Applying for Certificate Issuance)")
    func placed() throws {
        let dates = ["notBefore": "2026-11-23T00:00:00Z", "notAfter": "2026-12-01T00:00:00Z"]
        let order = try client.order(["www.example.test"], dates)
        #expect(order.url.hasPrefix("https://ca.example.test/draft/order/"))
        for response in [order.response, try client.get(order.url)] {
            #expect(response.json["notBefore"] as? String == dates["notBefore"])
            #expect(response.json["notAfter"] as? String == dates["notAfter"])
        }
    }

    @Test("An order has these members and no others (Order Objects)")
    func members() throws {
        let order = try client.order(["www.example.test"])
        #expect(Set(order.response.json.keys) == ["status", "expires", "csr", "authorizations"])
        #expect(order.response.state == "pending")
        try client.prove(order)
        #expect(
            Set(try client.get(order.url).json.keys) == ["status", "expires", "csr", "authorizations", "certificate"])
    }

    @Test("Identifiers alone, as RFC 8555 has them, are malformed (Applying for Certificate Issuance)")
    func identifiers() throws {
        let payload = ["identifiers": [["type": "dns", "value": "www.example.test"]]]
        expectRefusal(try client.post(try client.endpoint("new-order"), payload), 400, "malformed", "csr")
    }

    @Test(
        "Identifiers come from the common name, the alternative names, or both (Applying for Certificate Issuance)",
        arguments: [
            ("a.example.test", [], ["a.example.test"]),
            (nil, ["a.example.test", "b.example.test"], ["a.example.test", "b.example.test"]),
            ("a.example.test", ["b.example.test"], ["a.example.test", "b.example.test"]),
            ("b.example.test", ["a.example.test", "b.example.test"], ["a.example.test", "b.example.test"]),
            (nil, ["A.example.TEST", "a.example.test"], ["a.example.test"]),
        ] as [(String?, [String], [String])])
    func identifiersOfCSR(_ common: String?, _ alternative: [String], _ expected: [String]) throws {
        let order = try client.order(csr: try csr(alternative, commonName: common))
        #expect(Set(try names(order)) == Set(expected))
        #expect(order.authorizations.count == expected.count)
        try client.prove(order)
        let leaf = try client.certificate(of: try client.get(order.url)).parsedLeaf()
        let certified = try #require(try leaf.extensions.subjectAlternativeNames)
        #expect(Set(certified.map { "\($0)" }).count == expected.count)
        for name in expected { #expect(certified.contains(.dnsName(name))) }
    }

    @Test("A CSR that is no good is refused at once (Applying for Certificate Issuance)")
    func badCSR() throws {
        let good = try csr(["www.example.test"])
        var forged = good
        forged[forged.count - 1] ^= 1
        for (csr, problem) in [
            ([], "badCSR"), ([0x30], "badCSR"), (Array(good.dropLast()), "badCSR"), (forged, "badCSR"),
            (try csr([]), "badCSR"), (try csr(["blocked.example.test"]), "rejectedIdentifier"),
            (try csr(["under_score.example.test"]), "badCSR"),
        ] as [([UInt8], String)] {
            server.engine.policy.blockedNames = ["blocked.example.test"]
            let response = try client.newOrder(csr: csr)
            #expect(400..<500 ~= response.status)
            #expect(response.problem == problem, "\(response.text)")
        }
        let orders = try #require(try client.account().json["orders"] as? String)
        #expect(try client.get(orders).json["orders"] as? [String] == [])
    }

    @Test("A CSR in another form than base64url, or none, is malformed (Applying for Certificate Issuance)")
    func encoding() throws {
        for csr: Any? in [nil, 1, "AAA=", "A+A/", "-----BEGIN CERTIFICATE REQUEST-----"] {
            var payload: [String: Any] = [:]
            payload["csr"] = csr
            expectRefusal(try client.post(try client.endpoint("new-order"), payload), 400, "malformed", "csr")
        }
        let dated = try client.newOrder(csr: try csr(["www.example.test"]), ["notBefore": "tomorrow"])
        expectRefusal(dated, 400, "malformed", "notBefore")
    }

    @Test("The key of the certificate is no account's key (Applying for Certificate Issuance)")
    func accountKey() throws {
        let key = CertificateKey()
        let client = try server.draftRegistered(key: key.account)
        expectRefusal(try client.newOrder(csr: try csr(["www.example.test"], key: key.x509)), 400, "badCSR")
    }

    @Test("The draft knows names alone, and no addresses (Authorization Objects)")
    func address() throws {
        expectRefusal(try client.newOrder(csr: try csr(["192.0.2.1"])), 400, "unsupportedIdentifier", "192.0.2.1")
        expectRefusal(try client.newAuthorization("192.0.2.1", type: "ip"), 403, "unsupportedIdentifier", "\"ip\"")
    }
}
