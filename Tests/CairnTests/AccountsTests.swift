import Cairn
import CairnReferenceClient
import Foundation
import Testing

@Suite("Accounts from outside ACME", .timeLimit(.minutes(5)))
struct AccountsTests {
    private let ca: TestCA
    private let client: ReferenceClient

    init() throws {
        ca = try TestCA.inMemory()
        client = try ca.client()
    }

    @Test("A CA can revoke an account; its requests are 401, its work cancelled, its certificates stay (§7.1.6)")
    func revoked() throws {
        ca.validation.standard = .approve
        let issuance = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        #expect(issuance.pem.hasPrefix("-----BEGIN CERTIFICATE-----"))
        let account = try #require(client.kid)
        let order = try client.order(["open.example.test"])
        try ca.accounts.revoke(account)

        let response = try client.read(order.url)
        #expect(response.status == 401)
        #expect(response.problem == "unauthorized")
        #expect(response.detail.contains("got one that is \"revoked\" (RFC 8555 §7.1.6)"))
        #expect(try client.register().status == 401)
        let changes = ca.journal.statusChanges.suffix(3).map { "\($0.subject) \($0.from ?? "-") \($0.to)" }
        #expect(changes == ["account valid revoked", "authorization pending revoked", "order pending invalid"])
        let count = ca.journal.statusChanges.count
        try ca.accounts.revoke(account)
        #expect(ca.journal.statusChanges.count == count)
    }

    @Test("A test agrees to new terms for an account, by its URL or the end of it (§7.3.3)")
    func agreed() throws {
        ca.validation.standard = .approve
        try client.register()
        let account = try #require(client.kid)
        for (version, name) in [("2", account), ("3", String(account.suffix(22)))] {
            ca.policy.termsOfService = .page(version: version)
            #expect(throws: ReferenceClient.Violation.self) { try client.order(["www.example.test"]) }
            try ca.accounts.agreeToTerms(name)
            _ = try client.order(["www.example.test"])
        }
        let agreed = ca.journal.entries.compactMap { entry in
            if case .agreed(let account, let terms) = entry.event { "\(account) \(terms)" } else { nil }
        }
        #expect(agreed == ["2", "3"].map { "\(account.suffix(22)) \($0)" })
    }

    @Test("An account that is not there is an error, and so is agreeing for one that is not valid")
    func unknown() throws {
        for name in ["", "AAAAAAAAAAAAAAAAAAAAAA", "https://ca.example.test/account/x"] {
            #expect(throws: TestCA.UnknownObject.self) { try ca.accounts.revoke(name) }
            #expect(throws: TestCA.UnknownObject.self) { try ca.accounts.agreeToTerms(name) }
        }
        try client.register()
        let account = try #require(client.kid)
        try ca.accounts.revoke(account)
        #expect(throws: TestCA.UnknownObject.self) { try ca.accounts.agreeToTerms(account) }
    }

    @Test("Keys for external accounts are given out, looked at and revoked (§7.3.4)")
    func externalAccounts() throws {
        ca.policy.externalAccountBinding = .required
        let key = try ca.externalAccounts.issue(
            macKey: Array("secret".utf8), expires: ca.clock.now + .hours(1),
            policy: CairnBoundPolicy(names: ["*.example.test"]))
        #expect(key.macKeyText == "c2VjcmV0")
        let external = ExternalAccount(key.identifier, Array("secret".utf8))
        #expect(try client.register(boundTo: external).status == 201)
        let used = try #require(ca.externalAccounts[key.identifier])
        #expect(used.status(at: ca.clock.now) == .used)
        #expect(used.accounts == [String(try #require(client.kid).suffix(22))])
        #expect(throws: ReferenceClient.Violation.self) { try client.order(["www.example.org"]) }
        _ = try client.order(["www.example.test"])
        try ca.externalAccounts.revoke(key.identifier)
        #expect(ca.externalAccounts[key.identifier]?.status(at: ca.clock.now) == .revoked)
        #expect(ca.externalAccounts.keys.count == 1)
        #expect(throws: TestCA.UnknownObject.self) { try ca.externalAccounts.revoke("other") }
        #expect(throws: CairnExternalAccountKeyError.self) { try ca.externalAccounts.issue(identifier: key.identifier) }
    }
}
