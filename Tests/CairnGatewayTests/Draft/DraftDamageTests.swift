import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("Draft: damage", .timeLimit(.minutes(5)))
struct DraftDamageTests {
    private let values: [Any] = [
        NSNull(), true, -1, 1.5, "", "\u{0}", "é", String(repeating: "A", count: 5_000), [Any](), [NSNull()],
        [String: Any](), ["type": "dns"],
    ]

    @Test("Whatever a member of a request is, no request of the draft is an internal error (Errors)")
    func members() throws {
        let server = try TestServer()
        let client = try server.draftRegistered()
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0])
        let identifier: [String: Any] = ["type": "dns", "value": "www.example.test"]
        let requests: [(url: String, payload: [String: Any], signer: DraftClient.Signer)] = [
            (try client.endpoint("new-account"), ["terms-of-service-agreed": true, "contact": [String]()], .key),
            (try client.endpoint("new-account"), ["external-account-binding": [String: Any]()], .key),
            (
                try client.endpoint("new-order"),
                ["csr": base64URL(try csr(["a.example.test"])), "notBefore": "2026-11-23T00:00:00Z"], .account
            ),
            (try client.endpoint("new-authz"), ["identifier": identifier, "existing": "accept"], .account),
            (try client.endpoint("new-authz"), ["identifier": identifier, "existing": "require"], .account),
            (try client.endpoint("key-change"), try client.keyChange(to: AccountKey()), .account),
            (try client.endpoint("revoke-cert"), ["certificate": "AAAA", "reason": 1], .account),
            (challenge.url, challenge.response, .account),
            (order.authorizations[0], ["status": "valid"], .account),
            (try #require(client.kid), ["contact": [String](), "status": "valid"], .account),
        ]
        for (url, payload, signer) in requests {
            for (name, value) in payload {
                for wrong in values {
                    // A new account needs a new key; every other request the old one.
                    let key = signer == .key ? try AccountKey() : nil
                    let response = try client.post(
                        url, payload.merging([name: wrong]) { $1 }, as: signer, signedBy: key)
                    #expect(response.status < 500, "\(url) \(name) \(wrong): \(response.text)")
                }
                guard let object = value as? [String: Any] else { continue }
                for inner in object.keys {
                    for wrong in values {
                        let response = try client.post(
                            url, payload.merging([name: object.merging([inner: wrong]) { $1 }]) { $1 }, as: signer)
                        #expect(response.status < 500, "\(url) \(name).\(inner) \(wrong): \(response.text)")
                    }
                }
            }
        }
        #expect(try client.account().state == "valid")
    }

    @Test(
        "However the last authorizations come together, one certificate is issued (Applying for Certificate Issuance)")
    func together() async throws {
        for seed in 0..<10 {
            let server = try TestServer(seed: CairnSeed(UInt64(seed)), approving: false)
            let client = try server.draftRegistered()
            let names = (0..<8).map { "n\($0).example.test" }
            let order = try client.order(names)
            try client.prove(order)
            await withTaskGroup(of: Void.self) { group in
                for _ in names { group.addTask { server.finish() } }
            }
            #expect(try client.get(order.url).state == "valid")
            #expect(server.engine.journal.certificates.count == 1)
        }
    }
}
