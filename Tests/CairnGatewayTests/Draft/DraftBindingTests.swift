import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("Draft: external accounts", .timeLimit(.minutes(5)))
struct DraftBindingTests {
    private let server: TestServer
    private let client: DraftClient
    private let external: ExternalAccount

    init() throws {
        server = try TestServer()
        client = try server.draftClient()
        let key = try server.engine.issueExternalAccountKey(
            identifier: "customer-1", macKey: nil, uses: .once, expires: nil, policy: CairnBoundPolicy(), at: server.now
        )
        external = ExternalAccount(key.identifier, key.macKey)
    }

    private func register(_ binding: [String: Any]) throws -> Response {
        try client.register(["terms-of-service-agreed": true, "external-account-binding": binding])
    }

    @Test("A binding that is verified is shown in the account (External Account Binding)")
    func verified() throws {
        let binding = try client.binding(to: external)
        let response = try register(binding)
        #expect(response.status == 201)
        for response in [response, try client.account()] {
            let shown = response.json["external-account-binding"] as? [String: String]
            #expect(shown == binding as? [String: String])
        }
    }

    @Test("A binding that is not verified is not shown (External Account Binding)")
    func ignored() throws {
        server.engine.policy.externalAccountBinding = .ignored
        let response = try register(try client.binding(to: external))
        #expect(response.status == 201)
        #expect(response.json["external-account-binding"] == nil)
    }

    private static let wrong: [Misbehaviour] = [
        Misbehaviour("no JWS", "") { $0.seal = { $0["payload"] = nil } },
        Misbehaviour("a nonce", "") { $0.header["nonce"] = "AAAA" },
        Misbehaviour("another url", "") { $0.header["url"] = "https://ca.example.test/new-account" },
        Misbehaviour("no kid", "") { $0.header["kid"] = nil },
        Misbehaviour("another key", "") { $0.payload = Data("{\"kty\":\"EC\"}".utf8) },
        Misbehaviour("a signature", 400, "badSignatureAlgorithm", "") { $0.header["alg"] = "ES256" },
        Misbehaviour("an unknown identifier", 403, "unauthorized", "") { $0.header["kid"] = "nobody" },
        Misbehaviour("another MAC", 403, "unauthorized", "") { message in
            message.forge = { $0[$0.startIndex] ^= 1 }
        },
    ]

    @Test("Any check that fails refuses the account (External Account Binding)", arguments: wrong)
    func refused(_ wrong: Misbehaviour) throws {
        let response = try register(try client.binding(to: external, misbehave: wrong.change))
        #expect(400..<500 ~= response.status, "\(response.text)")
        #expect(["malformed", "unauthorized", "badSignatureAlgorithm"].contains(response.problem), "\(response.text)")
        #expect(try client.register().status == 201)
    }

    @Test("An account that has to be bound and is not is refused by one of the 17 types (External Account Binding)")
    func required() throws {
        server.engine.policy.externalAccountBinding = .required
        expectRefusal(try client.register(), 403, "unauthorized")
        let meta = try client.get(client.directoryURL).json["meta"] as? [String: Any]
        #expect(meta?["externalAccountRequired"] == nil)
        #expect(try register(try client.binding(to: external)).status == 201)
    }
}
