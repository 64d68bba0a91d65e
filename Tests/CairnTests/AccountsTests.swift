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
        let account = CairnObjectID(url: try #require(client.kid))
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
            try ca.accounts.agreeToTerms(CairnObjectID(rawValue: name))
            _ = try client.order(["www.example.test"])
        }
        let agreed = ca.journal.entries.compactMap { entry in
            if case .agreed(let account, let terms) = entry.event { "\(account) \(terms)" } else { nil }
        }
        #expect(agreed == ["2", "3"].map { "\(account.suffix(22)) \($0)" })
    }

    @Test("One cause has one reason, whichever handle is asked")
    func reasons() throws {
        for name: CairnObjectID in ["", "AAAAAAAAAAAAAAAAAAAAAA", "https://ca.example.test/account/x"] {
            for change: () throws -> Void in [
                { try ca.accounts.revoke(name) },
                { try ca.accounts.deactivate(name) },
                { try ca.accounts.agreeToTerms(name) },
                { try ca.accounts.expireObjects(of: name) },
                { try ca.accounts.purgeObjects(of: name) },
                { try ca.accounts.forget(name) },
                { try ca.pauses.pause(["a.test"], for: name) },
                { try ca.pauses.unpause(for: name) },
                { _ = try ca.pauses.identifiers(of: name) },
                { _ = try ca.grants.grant(.name("a.test"), to: name) },
                { _ = try ca.persistentRecord(for: "a.test", account: name) },
            ] {
                let error = reason(change)
                #expect(error?.reason == .unknown && error?.description.hasPrefix("there is no account") == true)
            }
        }
        try client.register()
        let account = CairnObjectID(url: try #require(client.kid))
        try ca.accounts.revoke(account)
        for change: () throws -> Void in [
            { try ca.accounts.agreeToTerms(account) },
            { try ca.accounts.deactivate(account) },
            { _ = try ca.grants.grant(.name("a.test"), to: account) },
        ] { #expect(reason(change)?.reason == .status) }
    }

    private func reason(_ change: () throws -> Void) -> TestCA.ObjectError? {
        do { try change() } catch { return error as? TestCA.ObjectError }
        return nil
    }

    @Test("Keys for external accounts are given out, looked at and revoked (§7.3.4)")
    func externalAccounts() throws {
        ca.policy.externalAccountBinding = .required
        let key = try ca.externalAccountKeys.issue(
            macKey: Array("secret".utf8), expires: ca.clock.now + .hours(1),
            policy: CairnBoundPolicy(names: ["*.example.test"]))
        #expect(key.macKeyText == "c2VjcmV0")
        let external = ExternalAccount(key.identifier, Array("secret".utf8))
        #expect(try client.register(boundTo: external).status == 201)
        let used = try #require(ca.externalAccountKeys[key.identifier])
        #expect(used.status(at: ca.clock.now) == .used)
        #expect(used.accounts == [CairnObjectID(url: try #require(client.kid))])
        #expect(throws: ReferenceClient.Violation.self) { try client.order(["www.example.org"]) }
        _ = try client.order(["www.example.test"])
        try ca.externalAccountKeys.revoke(key.identifier)
        #expect(ca.externalAccountKeys[key.identifier]?.status(at: ca.clock.now) == .revoked)
        #expect(ca.externalAccountKeys.count == 1)
        #expect(
            reason { try ca.externalAccountKeys.revoke("other") }?.reason == .unknown)
        for (identifier, macKey, reason) in [
            (key.identifier, [1], .exists), ("é", [1], .invalid), ("kid", [], .invalid),
        ] as [(String, [UInt8], TestCA.ObjectError.Reason)] {
            let error = self.reason {
                _ = try ca.externalAccountKeys.issue(identifier: identifier, macKey: macKey)
            }
            #expect(error?.reason == reason)
        }
    }
}
