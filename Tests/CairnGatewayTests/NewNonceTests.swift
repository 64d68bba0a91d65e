import CairnReferenceClient
import Testing

@Suite("newNonce", .timeLimit(.minutes(5)))
struct NewNonceTests {
    private let url = "https://ca.example.test/new-nonce"

    @Test("HEAD gives a nonce and 200 (§7.2)")
    func head() throws {
        let response = try TestServer().client().send("HEAD", url)
        #expect(response.status == 200)
        #expect(response["Replay-Nonce"] != nil)
        #expect(response.body.isEmpty)
    }

    @Test("GET gives a nonce and 204 with no body (§7.2)")
    func get() throws {
        let response = try TestServer().client().send("GET", url)
        #expect(response.status == 204)
        #expect(response["Replay-Nonce"] != nil)
        #expect(response.body.isEmpty)
        #expect(response["Content-Type"] == nil)
    }

    @Test("POST-as-GET gives a nonce and 204 (§6.3, §7.2)")
    func postAsGet() throws {
        let response = try TestServer().registered().read(url)
        #expect(response.status == 204)
        #expect(response["Replay-Nonce"] != nil)
    }

    @Test("No answer may be stored (§7.2)", arguments: ["HEAD", "GET", "POST"])
    func cache(_ method: String) throws {
        let response = try TestServer().client().send(method, url)
        #expect(response.values("Cache-Control") == ["no-store"])
    }

    @Test("Its nonces are good for requests (§6.5)", arguments: ["HEAD", "GET"])
    func usable(_ method: String) throws {
        let client = try TestServer().client()
        let nonce = try #require(try client.send(method, url)["Replay-Nonce"])
        let response = try client.post(
            "https://ca.example.test/new-account", ["termsOfServiceAgreed": true], as: .key
        ) { message in message.header["nonce"] = nonce }
        #expect(response.status == 201)
    }
}
