import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

/// Rules are those of draft-ietf-acme-profiles-01.
@Suite("Which profile an order has", .timeLimit(.minutes(5)))
struct ProfileChoiceTests {
    private static let names = ["default", "short", "long"]

    private func server(seed: CairnSeed = 1, _ change: (inout CairnPolicy) -> Void = { _ in }) throws -> TestServer {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = Self.names.map { CairnCertificateProfile(name: $0, description: "The \($0) one") }
        var policy = CairnPolicy()
        change(&policy)
        return try TestServer(policy: policy, authority: authority, seed: seed)
    }

    private func profile(_ client: ReferenceClient, _ number: Int) throws -> String {
        try client.order(["\(number).example.test"]).response.json["profile"] as? String ?? ""
    }

    @Test("An order that names none has the first, or the one of the policy, and shows which (§4)")
    func standard() throws {
        let server = try server()
        let client = try server.registered()
        #expect(try profile(client, 1) == "default")
        server.engine.policy.defaultProfile = .named("long")
        #expect(try profile(client, 2) == "long")
        server.engine.policy.defaultProfile = .named("gone")
        #expect(try profile(client, 3) == "default")
        #expect(
            try client.order(["a.example.test"], ["profile": "short"]).response.json["profile"] as? String == "short")
    }

    @Test("It can be any, and the same again with the same seed (§4)")
    func random() throws {
        func draws(_ seed: CairnSeed) throws -> [String] {
            let client = try server(seed: seed) { $0.defaultProfile = .random }.registered()
            return try (1...30).map { try profile(client, $0) }
        }
        let first = try draws(1)
        #expect(Set(first) == Set(Self.names))
        #expect(try draws(1) == first)
        #expect(try draws(2) != first)
    }

    @Test("An order that names none has one that its account may have (§4)")
    func allowed() throws {
        let server = try server { $0.defaultProfile = .random }
        let (chosen, other) = (try server.registered(), try server.registered())
        let kid = try #require(chosen.kid)
        server.engine.policy.profiles["default"] = CairnProfileRules(accounts: [CairnObjectID(url: kid)])
        server.engine.policy.profiles["long"] = CairnProfileRules(accounts: [CairnObjectID(url: kid)])
        #expect(try Set((1...30).map { try profile(other, $0) }) == ["short"])
        #expect(try Set((1...30).map { try profile(chosen, $0) }) == Set(Self.names))
        server.engine.policy.defaultProfile = .first
        #expect(try profile(other, 31) == "short" && profile(chosen, 31) == "default")
        // One that the CA names is nobody's choice but its own, and where none is left there is nothing to draw.
        server.engine.policy.defaultProfile = .named("long")
        #expect(try other.newOrder([("dns", "a.example.test")]).problem == "invalidProfile")
        server.engine.policy.defaultProfile = .random
        server.engine.policy.profiles["short"] = CairnProfileRules(accounts: [CairnObjectID(url: kid)])
        #expect(try other.newOrder([("dns", "a.example.test")]).problem == "invalidProfile")
    }

    @Test("An order that names none has one that the external account behind its account may have (RFC 8555 §7.3.4)")
    func bound() throws {
        let server = try server { $0.defaultProfile = .random }
        let key = try server.engine.issueExternalAccountKey(
            identifier: nil, macKey: nil, uses: .once, expires: nil,
            policy: CairnBoundPolicy(profiles: ["short", "long"]), at: server.now)
        let client = try server.client()
        try client.register(boundTo: ExternalAccount(key.identifier, key.macKey))
        #expect(try Set((1...30).map { try profile(client, $0) }) == ["short", "long"])
        server.engine.policy.defaultProfile = .first
        #expect(try profile(client, 31) == "short")
    }

    @Test("One that is not offered is invalidProfile (§4)")
    func unknown() throws {
        let client = try server { $0.profileRefusal = .unauthorized }.registered()
        expectRefusal(
            try client.newOrder([("dns", "a.example.test")], ["profile": "Short"]), 400, "invalidProfile",
            "expected one of the profiles \"default\", \"short\", \"long\", got \"Short\"")
    }

    @Test("One that others may order is refused by the type that the CA chooses (§4)")
    func accounts() throws {
        let server = try server()
        let (chosen, other) = (try server.registered(), try server.registered())
        let list = [("dns", "a.example.test")]
        server.engine.policy.profiles["short"] = CairnProfileRules(
            accounts: [CairnObjectID(rawValue: try #require(chosen.kid))])
        #expect(try chosen.newOrder(list, ["profile": "short"]).status == 201)
        expectRefusal(
            try other.newOrder(list, ["profile": "short"]), 400, "invalidProfile",
            "expected an account that may order the profile \"short\"")
        #expect(try other.newOrder(list, ["profile": "long"]).status == 201)
        server.engine.policy.profileRefusal = .unauthorized
        expectRefusal(try other.newOrder(list, ["profile": "short"]), 403, "unauthorized", "\"short\"")
        // The last part of the URL does as well, and nothing of it.
        let id = CairnObjectID(url: try #require(other.kid))
        server.engine.policy.profiles["short"]?.accounts = [id]
        #expect(try other.newOrder(list, ["profile": "short"]).status == 201)
        #expect(try chosen.newOrder(list, ["profile": "short"]).status == 403)
        let part = CairnObjectID(rawValue: String(id.rawValue.dropLast()))
        server.engine.policy.profiles["short"]?.accounts = [part, ""]
        #expect(try other.newOrder(list, ["profile": "short"]).status == 403)
    }

    @Test(
        "Profiles can be added, changed and taken away while the CA runs; orders keep what they were placed under (§4)")
    func live() throws {
        let server = try server()
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"], ["profile": "short"])
        server.engine.profiles[1].validity = .days(7)
        server.engine.profiles.append(CairnCertificateProfile(name: "new", description: "New"))
        let meta = try #require(try server.registered().directory["meta"] as? [String: Any])
        #expect((meta["profiles"] as? [String: String])?.keys.sorted() == ["default", "long", "new", "short"])
        #expect(try client.newOrder([("dns", "a.example.test")], ["profile": "new"]).status == 201)
        _ = try client.finalize(order, csr: try csr(["www.example.test"]))
        let next = try client.readyOrder(["next.example.test"], ["profile": "short"])
        _ = try client.finalize(next, csr: try csr(["next.example.test"]))
        let lengths = server.engine.journal.certificates.map { $0.notAfter - $0.notBefore + .seconds(1) }
        #expect(lengths == [.days(90), .days(7)])
        server.engine.beginAnew()
        #expect(server.engine.profiles.map(\.name) == Self.names)
    }

    @Test("Under a profile that is gone an order cannot be finalized, until it is back, or the CA keeps its word (§5)")
    func removed() throws {
        let server = try server()
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"], ["profile": "short"])
        let short = server.engine.profiles.remove(at: 1)
        let request = try csr(["www.example.test"])
        expectRefusal(
            try client.finalize(order, csr: request), 400, "invalidProfile",
            "expected an order of a profile that is still offered, got one of \"short\"")
        #expect(try client.read(order.url).state == "ready")
        server.engine.profiles.append(short)
        #expect(try client.finalize(order, csr: request).state == "valid")
        let kept = try client.readyOrder(["kept.example.test"], ["profile": "long"])
        server.engine.profiles.removeAll { $0.name == "long" }
        server.engine.policy.removedProfile = .issued
        #expect(try client.finalize(kept, csr: try csr(["kept.example.test"])).state == "valid")
    }
}
