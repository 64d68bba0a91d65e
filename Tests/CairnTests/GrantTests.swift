import Cairn
import CairnReferenceClient
import Testing

@Suite("Grants", .timeLimit(.minutes(5)))
struct GrantTests {
    private let ca: TestCA
    private let client: ReferenceClient
    private let account: CairnObjectID

    init() throws {
        ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        client = try ca.client()
        try client.register()
        account = CairnObjectID(url: try #require(client.kid))
    }

    @Test("An account, by its URL or the last part of it, is authorized until it ends (RFC 8555 §7.4.1)")
    func granted() throws {
        let grant = try ca.grants.grant(.domain("example.test"), to: account, for: .hours(2))
        let other = try ca.grants.grant(.address("192.0.2.1"), to: try #require(grant.account))
        #expect(grant.expires == noon + .hours(2))
        #expect(other.expires == noon + .days(365))
        #expect(Array(ca.grants) == [grant, other])
        let order = try client.order(["www.example.test", "192.0.2.1"])
        #expect(order.response.state == "ready")
        ca.clock.advance(by: .hours(2))
        #expect(Array(ca.grants) == [other])
        #expect(try client.read(order.url).state == "invalid")
    }

    @Test(
        "An external account is authorized before there is an account: the first that is bound to it (RFC 8555 §7.3.4)")
    func externalAccount() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.grants = [.init(.domain("example.test"), toExternalAccount: "kid-1", for: .days(3))]
            })
        #expect(ca.grants.map(\.account) == [nil])
        #expect(ca.grants.map(\.externalAccountKey) == ["kid-1"])
        #expect(ca.grants.map(\.expires) == [noon + .days(3)])
        let key = try ca.externalAccountKeys.issue(identifier: "kid-1", uses: .unlimited)
        let client = try ca.client()
        try client.register(boundTo: ExternalAccount(key.identifier, key.macKey))
        #expect(try client.order(["www.example.test"]).response.state == "ready")
        #expect(ca.grants.first?.account.map { client.kid?.hasSuffix($0.rawValue) } == true)
        // What is granted later goes to that account, too.
        try ca.grants.grant(.name("other.test"), toExternalAccount: "kid-1", for: .hours(1))
        let order = try client.order(["other.test"])
        #expect(order.response.state == "ready")
        try ca.grants.withdraw(try #require(ca.grants.last))
        #expect(try client.read(order.url).state == "invalid")
        // A second account of the key has none of it.
        let second = try ca.client()
        try second.register(boundTo: ExternalAccount(key.identifier, key.macKey))
        #expect(try second.order(["www.example.test"]).response.state == "pending")
    }

    @Test("A grant that no CA could start with is an error that names it")
    func impossibleAtStart() {
        let error = #expect(throws: TestCA.StartError.self) {
            try TestCA.inMemory(.with { $0.grants = [.init(.name("a_b.test"), toExternalAccount: "kid-1")] })
        }
        #expect(error?.description.contains("\"kid-1\"") == true)
    }

    @Test("Withdrawn, it authorizes no more")
    func revoked() throws {
        let grant = try ca.grants.grant(.name("www.example.test"), to: account)
        let order = try client.order(["www.example.test"])
        try ca.grants.withdraw(grant)
        let error = #expect(throws: TestCA.ObjectError.self) { try ca.grants.withdraw(grant) }
        #expect(error?.reason == .unknown)
        #expect(try client.read(order.url).state == "invalid")
        #expect(ca.grants.isEmpty)
    }

    @Test("One that cannot be made says why")
    func impossible() throws {
        for (scope, account, end, reason, words) in [
            (.name("www.example.test"), "nobody", noon + .days(1), .unknown, "there is no account \"nobody\""),
            (
                .name("www.example.test"), "AAAAAAAAAAAAAAAAAAAAAA", noon + .days(1), .unknown,
                "there is no account \"AAAAAAAAAAAAAAAAAAAAAA\""
            ),
            (.name("a_b.test"), account, noon + .days(1), .invalid, "letters, digits and hyphens"),
            (
                .name("www.example.test"), account, noon, .invalid,
                "expected a grant that ends in the hundred years after"
            ),
            (
                .name("www.example.test"), account, noon + .seconds(Int64.max), .invalid,
                "a grant that ends in the hundred years"
            ),
        ] as [(CairnGrant.Scope, CairnObjectID, CairnInstant, TestCA.ObjectError.Reason, String)] {
            let error = #expect(throws: TestCA.ObjectError.self) { try ca.grants.grant(scope, to: account, until: end) }
            #expect(error?.reason == reason)
            #expect(error?.description.contains(words) == true)
        }
        try ca.accounts.deactivate(account)
        let error = #expect(throws: TestCA.ObjectError.self) {
            try ca.grants.grant(.name("www.example.test"), to: account)
        }
        #expect(error?.reason == .status && error?.description.contains("\"deactivated\"") == true)
        let small = try TestCA.inMemory(.with { $0.bounds.grants = 0 })
        let limit = #expect(throws: TestCA.ObjectError.self) {
            try small.grants.grant(.name("a.test"), toExternalAccount: "kid-1")
        }
        #expect(limit?.reason == .limit)
    }
}
