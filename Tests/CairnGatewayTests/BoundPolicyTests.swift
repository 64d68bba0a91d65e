import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("What a bound account may order", .timeLimit(.minutes(5)))
struct BoundPolicyTests {
    private func bound(_ policy: CairnBoundPolicy) throws -> ReferenceClient {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [.standard, CairnCertificateProfile(name: "short", description: "", validity: .days(6))]
        let server = try TestServer(authority: authority)
        let key = try server.engine.issueExternalAccountKey(
            identifier: nil, macKey: nil, uses: .once, expires: nil, policy: policy, at: server.now)
        let client = try server.client()
        try client.register(boundTo: ExternalAccount(key.identifier, key.macKey))
        return client
    }

    private func newOrder(_ client: ReferenceClient, _ names: [String], profile: String? = nil) throws -> Response {
        var members: [String: Any] = [
            "identifiers": names.map { ["type": $0.first?.isNumber == true ? "ip" : "dns", "value": $0] }
        ]
        members["profile"] = profile
        return try client.post(try client.endpoint("newOrder"), members)
    }

    @Test("Names that it may not have are refused one by one (§7.3.4, §6.7.1)")
    func names() throws {
        let client = try bound(
            CairnBoundPolicy(
                names: ["www.one.test", "*.two.test", .domain("three.test"), "192.0.2.1"],
                deniedNames: ["secret.three.test", "*.secret.three.test"]))
        for name in [
            "www.one.test", "WWW.TWO.test", "*.two.test", "a.b.two.test", "*.a.two.test", "three.test",
            "a.b.three.test", "*.b.three.test", "192.0.2.1",
        ] {
            #expect(try newOrder(client, [name]).status == 201, "\(name)")
        }
        for name in [
            "one.test", "a.www.one.test", "*.one.test", "two.test", "xtwo.test", "xthree.test", "*.three.test",
            "secret.three.test", "a.secret.three.test", "192.0.2.2",
        ] {
            let response = try newOrder(client, ["www.one.test", name])
            expectRefusal(response, 400, "rejectedIdentifier", "\"\(name)\" is not among the names", "§7.3.4")
            #expect(response.refusedIdentifiers == [name])
        }
        let two = try newOrder(client, ["a.test", "www.one.test", "b.test"])
        expectRefusal(two, 400, "rejectedIdentifier", "2 identifiers were refused", "\"a.test\", \"b.test\"", "§6.7.1")
        #expect(two.refusedIdentifiers == ["a.test", "b.test"])
    }

    @Test("Profiles and numbers of names have limits of their own (§7.3.4)")
    func limits() throws {
        let client = try bound(CairnBoundPolicy(profiles: ["short"], maximumIdentifiers: 2))
        #expect(try newOrder(client, ["a.test", "b.test"], profile: "short").status == 201)
        expectRefusal(
            try newOrder(client, ["a.test"], profile: "default"), 400, "invalidProfile",
            "expected one of the profiles \"short\"", "got \"default\"", "§7.3.4")
        #expect(try newOrder(client, ["a.test"]).json["profile"] as? String == "short")
        expectRefusal(
            try newOrder(client, ["a.test", "b.test", "c.test"], profile: "short"), 403, "unauthorized",
            "expected at most 2 identifiers", "got 3")
    }

    @Test("newAuthz is refused the same names, with 403 (§7.3.4, §7.4.1)")
    func preAuthorization() throws {
        let client = try bound(CairnBoundPolicy(names: ["www.one.test"]))
        func newAuthz(_ name: String) throws -> Response {
            try client.post(try client.endpoint("newAuthz"), ["identifier": ["type": "dns", "value": name]])
        }
        #expect(try newAuthz("www.one.test").status == 201)
        expectRefusal(
            try newAuthz("two.test"), 403, "rejectedIdentifier", "\"two.test\" is not among the names", "§7.3.4")
    }

    @Test("Without a policy it may order what anybody may")
    func free() throws {
        #expect(try newOrder(try bound(CairnBoundPolicy()), ["anything.test"]).status == 201)
    }
}
