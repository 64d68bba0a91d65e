import CairnEngine
import CairnReferenceClient
import Testing

@Suite("Nonces of requests", .timeLimit(.minutes(5)))
struct NonceTests {
    private static let newOrder = "https://ca.example.test/new-order"

    private static let mistakes: [Misbehaviour] = [
        Misbehaviour("no nonce (§6.5)", 400, "badNonce", "expected \"nonce\" in the protected header, got none") {
            $0.header["nonce"] = nil
        },
        Misbehaviour("a nonce nobody issued (§6.5)", 400, "badNonce", "that this server issued") {
            $0.header["nonce"] = "AAAAAAAAAAAAAAAAAAAAAA"
        },
        Misbehaviour("a nonce of another form (§6.5)", 400, "badNonce", "got \"abcd\"") { $0.header["nonce"] = "abcd" },
        Misbehaviour("an empty nonce (§6.5)", 400, "badNonce", "got \"\"") { $0.header["nonce"] = "" },
        Misbehaviour("a nonce that is not base64url (§6.5.2)", 400, "malformed", "nonce: expected base64url") {
            $0.header["nonce"] = "AAAA+AAA"
        },
        Misbehaviour("a nonce with padding (§6.5.2)", 400, "malformed", "expected base64url without padding") {
            $0.header["nonce"] = "AAAAAAAAAAAAAAAAAAAAAA=="
        },
        Misbehaviour("a nonce that is no string (§6.5.2)", 400, "malformed", "nonce: expected a string, got a number") {
            $0.header["nonce"] = 5
        },
    ]

    @Test(
        "One that cannot be spent is refused, and the refusal brings one that can (§6.5, §6.5.2)", arguments: mistakes)
    func wrong(_ wrong: Misbehaviour) throws {
        let client = try TestServer().registered()
        let account = try #require(client.kid)
        let response = try client.post(account, nil, misbehave: wrong.change)
        expectRefusal(response, wrong.status, wrong.problem, wrong.words)
        let fresh = try #require(response["Replay-Nonce"])
        let retry = try client.post(account, nil) { $0.header["nonce"] = fresh }
        #expect(retry.status == 200)
    }

    @Test("A nonce is good once (§6.5)")
    func single() throws {
        let client = try TestServer().registered()
        let (account, nonce) = (try #require(client.kid), try client.nonce())
        #expect(try client.post(account, nil) { $0.header["nonce"] = nonce }.status == 200)
        let again = try client.post(account, nil) { $0.header["nonce"] = nonce }
        expectRefusal(again, 400, "badNonce", nonce, "the Replay-Nonce of this response is good", "§6.5")
    }

    @Test("A nonce is spent by a request that is refused after its signature was verified (§6.5)")
    func spentByRefusal() throws {
        let client = try TestServer().registered()
        let nonce = try client.nonce()
        let refused = try client.post(Self.newOrder, [:]) { $0.header["nonce"] = nonce }
        #expect(refused.problem == "malformed")
        let again = try client.post(Self.newOrder, [:]) { $0.header["nonce"] = nonce }
        #expect(again.problem == "badNonce")
    }

    @Test("A request that is not who it says does not cost its nonce, so nobody can spend the nonces of others (§6.5)")
    func forged() throws {
        let server = try TestServer()
        let (client, thief) = (try server.registered(), try server.registered())
        let (account, nonce) = (try #require(client.kid), try client.nonce())
        let forged = try client.post(account, nil, signedBy: thief.key) { $0.header["nonce"] = nonce }
        #expect(forged.problem == "malformed")
        #expect(try client.post(account, nil) { $0.header["nonce"] = nonce }.status == 200)
    }

    @Test("A request that was signed for another URL costs its nonce, like any that was verified (§6.5)")
    func misdirected() throws {
        let client = try TestServer().registered()
        let (account, nonce) = (try #require(client.kid), try client.nonce())
        let misdirected = try client.post(account, nil) {
            $0.header["nonce"] = nonce
            $0.header["url"] = Self.newOrder
        }
        #expect(misdirected.problem == "unauthorized")
        #expect(try client.post(account, nil) { $0.header["nonce"] = nonce }.problem == "badNonce")
    }

    @Test("Answers to POST bring a nonce, whatever their status (§6.5)")
    func everywhere() throws {
        // The client refuses a POST answer without one; this goes through the statuses.
        let client = try TestServer().registered()
        let order = try client.order(["www.example.test"])
        var statuses: Set<Int> = []
        for (url, payload) in [
            (Self.newOrder, [:]), (order.url, nil), (order.finalize, ["csr": ""]), (Self.newOrder + "/x", nil),
            ("https://ca.example.test/terms/1", nil), ("https://ca.example.test/new-nonce", nil),
        ] as [(String, [String: Any]?)] {
            statuses.insert(try client.post(url, payload).status)
        }
        statuses.insert(try client.post(Self.newOrder, nil) { $0.contentType = nil }.status)
        #expect(statuses == [400, 200, 403, 404, 405, 204, 415])
    }

    @Test("When too many are out, the oldest is forgotten, and its holder is told badNonce (§6.5)")
    func bounded() throws {
        var bounds = Bounds()
        bounds.nonces = 8
        let server = try TestServer(bounds: bounds)
        let client = try server.registered()
        let (account, oldest) = (try #require(client.kid), try client.nonce())
        for _ in 0..<7 { try client.send("HEAD", "https://ca.example.test/new-nonce") }
        #expect(server.engine.census.nonces == 8)
        #expect(try client.post(account, nil) { $0.header["nonce"] = oldest }.status == 200)

        let next = try client.nonce()
        for _ in 0..<8 { try client.send("HEAD", "https://ca.example.test/new-nonce") }
        #expect(server.engine.census.nonces == 8)
        #expect(try client.post(account, nil) { $0.header["nonce"] = next }.problem == "badNonce")
    }

    @Test("A server that forgets its nonces, as by a restart, can be used at once again (§6.5)")
    func forgotten() throws {
        let server = try TestServer()
        let client = try server.registered()
        let (account, nonce) = (try #require(client.kid), try client.nonce())
        server.engine.forgetNonces()
        #expect(try client.post(account, nil) { $0.header["nonce"] = nonce }.problem == "badNonce")
        #expect(try client.read(account).status == 200)
    }
}
