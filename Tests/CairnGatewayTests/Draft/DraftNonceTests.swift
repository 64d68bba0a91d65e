import CairnReferenceClient
import Testing

extension Misbehaviour {
    /// Whether the draft has nothing against it.
    fileprivate var isTakenByDraft: Bool {
        ["another media type", "an unprotected header", "the general serialization"].contains(name)
    }
}

@Suite("Draft: nonces", .timeLimit(.minutes(5)))
struct DraftNonceTests {
    private let client: DraftClient

    init() throws { client = try TestServer().draftRegistered() }

    @Test("HEAD and GET are answered with 204, a nonce, no body, and are never cached (Getting a Nonce)")
    func fresh() throws {
        let url = try client.endpoint("new-nonce")
        for method in ["HEAD", "GET"] {
            let response = try client.send(method, url)
            #expect(response.status == 204)
            #expect(response["Replay-Nonce"] != nil)
            #expect(response["Cache-Control"] == "no-store" || response["Cache-Control"]?.contains("no-store") == true)
            #expect(response.body.isEmpty)
            #expect(response["Content-Type"] == nil)
        }
    }

    @Test("A nonce serves once; the one in the refusal serves then (Replay protection)")
    func replayed() throws {
        let used = try client.nonce()
        let first = try client.post(try #require(client.kid), [:]) { $0.header["nonce"] = used }
        #expect(first.status == 200)
        let again = try client.post(try #require(client.kid), [:]) { $0.header["nonce"] = used }
        expectRefusal(again, 400, "badNonce")
        let fresh = try #require(again["Replay-Nonce"])
        #expect(try client.post(try #require(client.kid), [:]) { $0.header["nonce"] = fresh }.status == 200)
    }

    @Test("A foreign nonce, or none, is refused with one that serves (Replay protection)")
    func foreign() throws {
        for nonce in ["AAAAAAAAAAAAAAAAAAAAAA", nil] {
            let response = try client.post(try #require(client.kid), [:]) { $0.header["nonce"] = nonce }
            expectRefusal(response, 400, "badNonce")
            #expect(response["Replay-Nonce"] != nil)
        }
    }

    @Test(
        "A nonce that is not base64url is malformed (\"nonce\" (Nonce) JWS header parameter)",
        arguments: ["a+b/", "AAA=", "a b"])
    func malformed(_ nonce: String) throws {
        expectRefusal(
            try client.post(try #require(client.kid), [:]) { $0.header["nonce"] = nonce }, 400, "malformed")
    }

    @Test(
        "A nonce that was read is spent, whatever else is wrong with the request (Replay protection)",
        arguments: NonceTests.faults.filter { !$0.isTakenByDraft })
    func spent(_ fault: Misbehaviour) throws {
        let (account, nonce) = (try #require(client.kid), try client.nonce())
        let refused = try client.post(account, [:]) {
            fault.change(&$0)
            $0.header["nonce"] = nonce
        }
        #expect(refused.status >= 400, "\(refused.text)")
        #expect(try client.post(account, [:]) { $0.header["nonce"] = nonce }.problem == "badNonce")
    }

    @Test("Refusals of signed requests carry a nonce too (Replay protection)")
    func refusals() throws {
        let response = try client.newOrder(csr: [0x30])
        #expect(response.status == 400)
        #expect(response["Replay-Nonce"] != nil)
    }
}
