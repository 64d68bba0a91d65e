import CairnEngine
import CairnReferenceClient
import Foundation
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
        expectRefusal(again, 400, "badNonce", nonce, "this response brings a good one", "§6.5")
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

    /// What is wrong with a request besides its nonce, which can be read.
    static let faults: [Misbehaviour] = [
        Misbehaviour("a bad signature", "") { $0.forge = { $0[$0.startIndex] ^= 1 } },
        Misbehaviour("a signature of no length", "") { $0.forge = { $0.removeLast() } },
        Misbehaviour("an algorithm that is unsupported", 400, "badSignatureAlgorithm", "") {
            $0.header["alg"] = "HS256"
        },
        Misbehaviour("no algorithm", "") { $0.header["alg"] = nil },
        Misbehaviour("an account that is unknown", 400, "accountDoesNotExist", "") {
            $0.header["kid"] = "https://ca.example.test/account/AAAAAAAAAAAAAAAAAAAAAA"
        },
        Misbehaviour("a kid that is no account", 400, "accountDoesNotExist", "") { $0.header["kid"] = "x" },
        Misbehaviour("neither jwk nor kid", "") { $0.header["kid"] = nil },
        Misbehaviour("no url", "") { $0.header["url"] = nil },
        Misbehaviour("another url", 403, "unauthorized", "") { $0.header["url"] = "https://ca.example.test/dir" },
        Misbehaviour("another media type", 415, "malformed", "") { $0.contentType = "application/json" },
        Misbehaviour("an extension in crit", "") { $0.header["crit"] = ["exp"] },
        Misbehaviour("a payload with padding", "") { $0.seal = { $0["payload"] = "AA==" } },
        Misbehaviour("no payload", "") { $0.seal = { $0["payload"] = nil } },
        Misbehaviour("no signature", "") { $0.seal = { $0["signature"] = nil } },
        Misbehaviour("an unprotected header", "") { $0.seal = { $0["header"] = ["a": "b"] } },
        Misbehaviour("the general serialization", "") {
            $0.seal = { $0 = ["payload": $0["payload"] ?? "", "signatures": [$0]] }
        },
        Misbehaviour("a payload that is no JSON", "") { $0.payload = .init("{".utf8) },
    ]

    @Test("A nonce that was read is spent, whatever else is wrong with the request (§6.5)", arguments: faults)
    func spentByFault(_ fault: Misbehaviour) throws {
        let client = try TestServer().registered()
        let (account, nonce) = (try #require(client.kid), try client.nonce())
        let refused = try client.post(account, nil) {
            fault.change(&$0)
            $0.header["nonce"] = nonce
        }
        #expect(refused.status == fault.status, "\(refused.text)")
        #expect(refused.problem == fault.problem)
        #expect(try client.post(account, nil) { $0.header["nonce"] = nonce }.problem == "badNonce")
        #expect(try client.read(account).status == 200)
    }

    @Test("That a nonce is none is said only once the signature is good (§6.5)", arguments: faults.prefix(2))
    func unrevealed(_ fault: Misbehaviour) throws {
        let client = try TestServer().registered()
        let account = try #require(client.kid)
        var details: [String] = []
        for nonce in [try client.nonce(), "AAAAAAAAAAAAAAAAAAAAAA"] {
            let refused = try client.post(account, nil) {
                fault.change(&$0)
                $0.header["nonce"] = nonce
            }
            #expect(refused.problem == "malformed")
            details.append(refused.detail)
        }
        #expect(details[0] == details[1])
    }

    @Test("A body that is no JSON, or without a header that can be read, spends nothing and is answered (§6.5)")
    func unreadable() throws {
        let server = try TestServer()
        let client = try server.registered()
        let account = try #require(client.kid)
        let out = server.engine.census.nonces
        for body in ["", "{", "[]", "{\"protected\": 1}", "{\"protected\": \"!\"}", "{\"protected\": \"AAAA\"}"] {
            let before = server.engine.census.nonces
            #expect(try client.post(account, nil) { $0.body = .init(body.utf8) }.status == 400)
            #expect(server.engine.census.nonces == before + 1)
        }
        #expect(server.engine.census.nonces > out)
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
        var bounds = CairnBounds()
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
