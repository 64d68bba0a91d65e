import CairnReferenceClient
import Testing

@Suite("Draft: nonces", .timeLimit(.minutes(5)))
struct DraftNonceTests {
    private let client: DraftClient

    init() throws { client = try TestServer().draftRegistered() }

    @Test("T4 (Getting a Nonce): HEAD and GET are answered with 204, a nonce, no body, and are never cached")
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

    @Test("T11 (Replay protection): a nonce serves once; the one in the refusal serves then")
    func replayed() throws {
        let used = try client.nonce()
        let first = try client.post(try #require(client.kid), [:]) { $0.header["nonce"] = used }
        #expect(first.status == 200)
        let again = try client.post(try #require(client.kid), [:]) { $0.header["nonce"] = used }
        expectRefusal(again, 400, "badNonce")
        let fresh = try #require(again["Replay-Nonce"])
        #expect(try client.post(try #require(client.kid), [:]) { $0.header["nonce"] = fresh }.status == 200)
    }

    @Test("T11 (Replay protection): so it is with one that is not the server's, and without any")
    func foreign() throws {
        for nonce in ["AAAAAAAAAAAAAAAAAAAAAA", nil] {
            let response = try client.post(try #require(client.kid), [:]) { $0.header["nonce"] = nonce }
            expectRefusal(response, 400, "badNonce")
            #expect(response["Replay-Nonce"] != nil)
        }
    }

    @Test(
        "T11 (\"nonce\" (Nonce) JWS header parameter): one that is not base64url is malformed",
        arguments: ["a+b/", "AAA=", "a b"])
    func malformed(_ nonce: String) throws {
        expectRefusal(
            try client.post(try #require(client.kid), [:]) { $0.header["nonce"] = nonce }, 400, "malformed")
    }

    @Test("Refusals of signed requests carry a nonce too (Replay protection)")
    func refusals() throws {
        let response = try client.newOrder(csr: [0x30])
        #expect(response.status == 400)
        #expect(response["Replay-Nonce"] != nil)
    }
}
