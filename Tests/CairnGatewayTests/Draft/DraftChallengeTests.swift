import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Draft: challenges", .timeLimit(.minutes(5)))
struct DraftChallengeTests {
    private let server: TestServer
    private let client: DraftClient

    init() throws {
        server = try TestServer(approving: false) { $0.policy.challengeTypes = [.http01, .tlsSNI02, .dns01, .oob01] }
        client = try server.draftRegistered()
    }

    private func challenge(_ type: String) throws -> (DraftChallenge, authorization: String, order: String) {
        let order = try client.order(["www.example.test"])
        return (try client.challenge(type, of: order.authorizations[0]), order.authorizations[0], order.url)
    }

    @Test("One that is being validated is pending still (Identifier Validation Challenges)")
    func pending() throws {
        let (challenge, _, order) = try challenge("http-01")
        #expect(try client.get(challenge.url).state == "pending")
        #expect(try client.respond(to: challenge).state == "pending")
        #expect(try client.get(challenge.url).state == "pending")
        server.finish()
        let valid = try client.get(challenge.url)
        #expect(valid.state == "valid")
        #expect(valid.json["validated"] as? String == "2026-11-22T08:00:00Z")
        #expect(try client.get(order).state == "valid")
    }

    @Test("One that failed has the error (Identifier Validation Challenges)")
    func invalid() throws {
        let (challenge, authorization, order) = try challenge("http-01")
        try client.respond(to: challenge)
        server.finish(ACMEProblem(.connection, "nobody listens"))
        let failed = try client.get(challenge.url)
        #expect(failed.state == "invalid")
        #expect(failed.error?["type"] as? String == "urn:ietf:params:acme:error:connection")
        #expect(failed.error?["detail"] as? String == "nobody listens")
        #expect(try client.get(authorization).state == "invalid")
        #expect(try client.get(order).state == "invalid")
    }

    @Test(
        "The key authorization is compared, echoed, and validated (Responding to Challenges)",
        arguments: ["http-01", "tls-sni-02", "dns-01"])
    func echoed(_ type: String) throws {
        let (challenge, authorization, _) = try challenge(type)
        #expect(try client.get(challenge.url).json["keyAuthorization"] == nil)
        let response = try client.post(
            challenge.url, ["type": type, "keyAuthorization": challenge.keyAuthorization, "more": true])
        #expect(response.status == 200)
        #expect(response.json["more"] == nil)
        #expect(response.json["keyAuthorization"] as? String == challenge.keyAuthorization)
        #expect(server.pendingJobs.map(\.attempt.type.rawValue) == [type])
        #expect(server.pendingJobs.first?.attempt.keyAuthorization.description == challenge.keyAuthorization)
        server.finish()
        let shown = try client.get(authorization).challenges.first { $0["type"] as? String == type }
        #expect(shown?["keyAuthorization"] as? String == challenge.keyAuthorization)
    }

    @Test(
        "A key authorization that does not match is refused, and nothing is validated (HTTP)",
        arguments: ["http-01", "tls-sni-02", "dns-01"])
    func compared(_ type: String) throws {
        let (challenge, _, _) = try challenge(type)
        let stranger = try AccountKey().thumbprint
        for wrong: Any? in [
            nil, "", 1, challenge.token, "\(challenge.token).", "\(challenge.token).\(stranger)",
            "\(challenge.keyAuthorization) ", "AAAAAAAAAAAAAAAAAAAAAA.\(client.key.thumbprint)",
        ] {
            var payload: [String: Any] = [:]
            payload["keyAuthorization"] = wrong
            let response = try client.post(challenge.url, payload)
            #expect(400..<500 ~= response.status, "\(wrong ?? "none")")
            #expect(["malformed", "unauthorized"].contains(response.problem), "\(response.text)")
        }
        #expect(server.pendingJobs.isEmpty)
        let untouched = try client.get(challenge.url)
        #expect(untouched.state == "pending")
        #expect(untouched.json["keyAuthorization"] == nil)
        #expect(try client.respond(to: challenge).status == 200)
    }

    @Test("The key authorization is that of the account's present key (Account Key Roll-over)")
    func keyChanged() throws {
        let (old, authorization, _) = try challenge("http-01")
        let new = try AccountKey()
        try client.changeKey(to: new)
        client.key = new
        #expect(400..<500 ~= (try client.respond(to: old).status))
        #expect(try client.respond(to: try client.challenge("http-01", of: authorization)).status == 200)
    }

    @Test(
        "The draft's four types and no later one are offered, by type and version (Identifier Validation Challenges)"
    )
    func types() throws {
        let (_, authorization, _) = try challenge("http-01")
        let types = try client.get(authorization).challenges.compactMap { $0["type"] as? String }
        #expect(types == ["http-01", "tls-sni-02", "dns-01", "oob-01"])
    }

    @Test("A wildcard is proved by dns-01, or by a human (Authorization Objects)")
    func wildcard() throws {
        let order = try client.order(["*.example.test"])
        let types = try client.get(order.authorizations[0]).challenges.compactMap { $0["type"] as? String }
        #expect(types == ["dns-01", "oob-01"])
    }

    @Test("Without any setting, the types that need no human are offered (Identifier Validation Challenges)")
    func standard() throws {
        let client = try TestServer().draftRegistered()
        let order = try client.order(["www.example.test"])
        let types = try client.get(order.authorizations[0]).challenges.compactMap { $0["type"] as? String }
        #expect(types == ["http-01", "tls-sni-02", "dns-01"])
    }

    @Test("The two names, by their test vectors (TLS with Server Name Indication (TLS SNI))")
    func names() {
        let challenge = DraftChallenge(
            name: "www.example.test", type: "tls-sni-02", url: "", token: "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA",
            thumbprint: "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI")
        #expect(
            challenge.sanA
                == "7ea0aaa69214e71e02cebb18bb867736.09b730209baabf60e43d4999979ff139.token.acme.invalid")
        #expect(
            challenge.sanB == "94233b719c905dc5472b69e75b78e302.1353dc5be6d7c50dfa45996649caa183.ka.acme.invalid")
        #expect(challenge.digest == "lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM")
    }

    @Test("A challenge has a page, and no token; the response names its type (Out-of-Band)")
    func outOfBand() throws {
        let (challenge, _, _) = try challenge("oob-01")
        #expect(challenge.token.isEmpty)
        let href = try #require(challenge.href)
        #expect(try client.get(href).status == 200)
        let response = try client.respond(to: challenge)
        #expect(response.status == 200)
        #expect(response.json["keyAuthorization"] == nil)
        #expect(response.json["href"] as? String == href)
    }

    @Test("A response of another type, or of none, is refused (Out-of-Band)")
    func outOfBandType() throws {
        let (challenge, _, _) = try challenge("oob-01")
        for payload: [String: Any] in [[:], ["type": "http-01"], ["type": 1], ["type": "OOB-01"]] {
            expectRefusal(try client.post(challenge.url, payload), 400, "malformed", "type")
        }
    }

    @Test("A challenge can be read again and again, and that answers nothing (Identifier Validation Challenges)")
    func read() throws {
        let (challenge, authorization, _) = try challenge("http-01")
        for _ in 0..<3 {
            let response = try client.get(challenge.url)
            #expect(response.status == 200)
            #expect(response.links("up") == [authorization])
        }
        #expect(server.pendingJobs.isEmpty)
        #expect(try client.get(authorization).status == 200)
    }

    @Test("Nobody but the owner of the authorization responds (Responding to Challenges)")
    func stranger() throws {
        let (challenge, _, _) = try challenge("http-01")
        let response = try server.draftRegistered().post(challenge.url, challenge.response)
        #expect([403, 404].contains(response.status))
        #expect(server.pendingJobs.isEmpty)
    }

    @Test("A number that no challenge has is not found (Identifier Validation Challenges)")
    func unknown() throws {
        let (challenge, _, _) = try challenge("http-01")
        expectRefusal(try client.get(challenge.url + "9"), 404, "malformed")
    }
}
