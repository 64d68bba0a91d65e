import Cairn
import CairnReferenceClient
import Foundation
import Testing

@Suite("Views", .timeLimit(.minutes(5)))
struct ViewTests {
    private let ca: TestCA
    private let client: ReferenceClient

    init() throws {
        ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        ca.validation.standard = .approve
        client = try ca.client()
    }

    /// The last part of a URL.
    private func id(_ url: String?) -> CairnObjectID { CairnObjectID(url: url ?? "") }

    @Test("A CA that nobody has used has nothing")
    func nothing() {
        #expect(ca.accounts.isEmpty)
        #expect(ca.orders.isEmpty)
        #expect(ca.authorizations.isEmpty)
        #expect(ca.certificates.isEmpty)
        #expect(ca.revocations.isEmpty)
        #expect(ca.snapshot.orders.isEmpty)
        #expect(ca.snapshot.at == noon)
    }

    @Test("An account shows its status, its contacts, its key and what its holder agreed to (§7.1.2)")
    func account() throws {
        try client.register(["termsOfServiceAgreed": true, "contact": ["mailto:admin@example.test"]])
        let account = try #require(ca.accounts.last)
        #expect(account.id == id(client.kid))
        #expect(account.created == noon)
        #expect(account.status == .valid)
        #expect(account.contact == ["mailto:admin@example.test"])
        #expect(account.keyThumbprint == client.key.thumbprint)
        #expect(account.termsOfServiceAgreed)
        #expect(account.agreedTerms == "1")
        #expect(account.externalAccountKey == nil)
        try client.post(try #require(client.kid), ["status": "deactivated"])
        #expect(account.status == .valid)
        #expect(ca.accounts.map(\.status) == [.deactivated])
        #expect(ca.accounts.last?.json.object?["status"] == "deactivated")
    }

    @Test("An order is linked to its account, its authorizations and its certificate (§7.1.3, §7.1.4)")
    func issued() throws {
        try client.register()
        ca.clock.advance(by: .hours(1))
        _ = try client.obtain(["www.example.test", "*.example.test"], by: "dns-01") { _ in }
        let now = ca.snapshot
        let order = try #require(now.orders.last)
        #expect(order.status == .valid)
        #expect(order.account == now.accounts.last?.id)
        #expect(order.created == noon + .hours(1))
        #expect(order.expires == noon + .hours(1) + .days(7))
        #expect(order.identifiers == ["www.example.test", "*.example.test"])
        #expect(order.authorizations == now.authorizations.map(\.id))
        #expect(order.error == nil)
        #expect(now.authorizations.map(\.identifier) == ["www.example.test", "example.test"])
        #expect(now.authorizations.map(\.isWildcard) == [false, true])
        for authorization in now.authorizations {
            #expect(authorization.status == .valid)
            #expect(authorization.account == order.account)
            #expect(authorization.unfinishedOrders.isEmpty)
            let proven = try #require(authorization.challenges.first { $0.status == .valid })
            #expect(proven.type == .dns01)
            #expect(proven.validated == noon + .hours(1))
            #expect(proven.keyAuthorization == "\(proven.token).\(client.key.thumbprint)")
            #expect(proven.id.rawValue.hasPrefix("\(authorization.id)/"))
        }
        let record = try #require(now.certificates.last)
        #expect(record.id == order.certificate)
        #expect(record.order == order.id)
        #expect(record.account == order.account)
        #expect(record.status == .valid)
        #expect(record.revocation == nil)
        #expect(record.certificate == ca.journal.certificates.last)
        #expect(record.pem.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
    }

    @Test("Each list is oldest first, however many there are")
    func sequence() throws {
        try client.register()
        let urls = try (0..<40).map { try client.order(["n\($0).example.test"]).url }
        #expect(ca.orders.map(\.id) == urls.map { CairnObjectID(url: $0) })
        #expect(ca.authorizations.map(\.identifier.value) == (0..<40).map { "n\($0).example.test" })
        let others = try (0..<10).map { _ in
            let other = try ca.client()
            try other.register()
            return id(other.kid)
        }
        #expect(ca.accounts.map(\.id) == [id(client.kid)] + others)
    }

    @Test("What failed says why, and reading is no poll (§7.1.6, §8.2)")
    func failed() throws {
        ca.validation.standard = .deny(ACMEProblem(.dns, "no such name"))
        ca.policy.progress.validation = .afterPolls(1)
        try client.register()
        let order = try client.order(["www.example.test"])
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        for _ in 0..<5 { #expect(ca.orders.last?.status == .pending) }
        #expect(ca.authorizations.last?.challenges.first?.status == .processing)
        for _ in 0..<2 { try client.read(order.authorizations[0]) }
        #expect(ca.orders.last?.status == .invalid)
        #expect(ca.orders.last?.error?.type == .dns)
        #expect(ca.authorizations.last?.challenges.first?.error?.type == .dns)
    }

    @Test("What was due until now has happened when something is read (§7.1.6)")
    func due() throws {
        try client.register()
        _ = try client.order(["www.example.test"])
        #expect(ca.authorizations.last?.unfinishedOrders == ca.orders.map(\.id))
        ca.clock.advance(by: .days(8))
        #expect(ca.orders.last?.status == .invalid)
        #expect(ca.authorizations.last?.status == .expired)
    }

    @Test("A revocation has its date and its reason, and says until when it matters (§7.6)")
    func revoked() throws {
        try client.register()
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        let record = try #require(ca.certificates.last)
        ca.clock.advance(by: .hours(3))
        try client.post(
            try client.endpoint("revokeCert"), ["certificate": base64URL(record.derEncoded), "reason": 4])
        let revocation = try #require(ca.revocations.last)
        #expect(revocation.serialNumber == record.id)
        #expect(revocation.at == ca.clock.now)
        #expect(revocation.reason == .superseded)
        #expect(revocation.notAfter == record.certificate.notAfter)
        #expect(ca.certificates.map(\.status) == [.revoked])
        #expect(ca.certificates.last?.revocation == revocation)
        ca.clock.advance(by: .days(365))
        #expect(ca.revocations.isEmpty)
    }

    @Test("The JSON of a snapshot has everything, and can be read")
    func json() throws {
        try client.register()
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        let snapshot = ca.snapshot
        let json = try CairnJSON(parsing: snapshot.json.serialized()).object
        #expect(json?.names == ["at", "accounts", "orders", "authorizations", "certificates", "revocations"])
        let order = json?["orders"]?.array?.first?.object
        #expect(order?["id"]?.string == snapshot.orders[0].id.rawValue)
        #expect(order?["status"] == "valid")
        #expect(order?["expires"]?.string == "\(snapshot.orders[0].expires)")
        #expect(order?["identifiers"] == [["type": "dns", "value": "www.example.test"]])
        #expect(order?["certificate"]?.string == "\(snapshot.certificates[0].id)")
        #expect(order?["error"] == nil)
        let challenges = json?["authorizations"]?.array?.first?.object?["challenges"]?.array
        #expect(challenges?.map { $0.object?["type"]?.string } == ["http-01", "dns-01", "tls-alpn-01"])
        #expect(json?["certificates"]?.array?.first?.object?["pem"]?.string == snapshot.certificates[0].pem)
    }
}

@Suite("Views in words", .timeLimit(.minutes(5)))
struct ViewWordTests {
    @Test("Each view is a line, and a snapshot all of them")
    func words() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.validation.standard = .approve
                $0.externalAccountKeys = [.init(identifier: "kid 1", macKey: [1])]
            })
        let client = try ca.client()
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        ca.validation.standard = .deny(ACMEProblem(.dns, "no\nsuch name"))
        let failed = try client.order(["*.example.test"])
        try client.respond(to: try client.challenge("dns-01", of: failed.authorizations[0]).url)
        let (account, serialNumber) = (try #require(ca.accounts.first?.id), try #require(ca.certificates.first?.id))
        try ca.objects.revoke(serialNumber, for: .keyCompromise)
        let snapshot = ca.snapshot
        let (good, bad) = (snapshot.orders[0].id, snapshot.orders[1].id)
        let authorizations = snapshot.authorizations.map(\.id)
        let until = snapshot.certificates[0].certificate.notAfter
        #expect(
            snapshot.description == """
                at 2031-06-03T12:00:00Z: 1 account, 2 orders, 2 authorizations, 1 certificate, 1 revocation
                  account \(account) valid
                  order \(good) valid for www.example.test, certificate \(serialNumber), account \(account)
                  order \(bad) invalid for *.example.test (\(snapshot.orders[1].problemWords)), account \(account)
                  authorization \(authorizations[0]) valid for www.example.test, http-01 valid, dns-01 pending, \
                tls-alpn-01 pending, account \(account)
                  authorization \(authorizations[1]) invalid for *.example.test, dns-01 invalid (dns: no\\nsuch name), \
                account \(account)
                  certificate \(serialNumber) revoked for www.example.test, until \(until), order \(good), \
                account \(account)
                  revocation of \(serialNumber) at 2031-06-03T12:00:00Z for keyCompromise
                """)
        let challenge = try #require(snapshot.authorizations[1].challenges.first)
        #expect("\(challenge)" == "dns-01 challenge \(authorizations[1])/0 invalid (dns: no\\nsuch name)")
        let grant = try ca.grants.grant(.domain("example.test"), to: account, for: .days(1))
        #expect(
            "\(grant)"
                == "grant \(grant.number) of example.test and all below it to account \(account), until "
                + "2031-06-04T12:00:00Z")
        #expect(
            ca.externalAccountKeys.map(\.description)
                == [#"external account key "kid 1" for any number of accounts"#])
    }
}

extension CairnOrder {
    /// Its error as descriptions have it.
    fileprivate var problemWords: String {
        error.map { "\($0.type.name): \($0.detail.replacingOccurrences(of: "\n", with: "\\n"))" } ?? ""
    }
}

@Suite("Changes of the policy", .timeLimit(.minutes(5)))
struct PolicyUpdateTests {
    @Test("Of changes at the same time none is lost")
    func concurrent() async throws {
        let ca = try TestCA.inMemory()
        await withTaskGroup { group in
            for number in 0..<64 {
                group.addTask { _ = try? ca.updatePolicy { $0.blockedNames.insert("n\(number).example.test") } }
            }
        }
        let names = (0..<64).map { "n\($0).example.test" }
        #expect(ca.policy.blockedNames == CairnNameSet(names))
    }

    @Test("What it returns comes back, and what is refused changes nothing")
    func results() throws {
        let ca = try TestCA.inMemory()
        let before = try ca.updatePolicy { policy in
            defer { policy.maximumContacts = 3 }
            return policy.maximumContacts
        }
        #expect(before == 10)
        let error = #expect(throws: TestCA.SettingError.self) {
            try ca.updatePolicy { policy in
                policy.maximumContacts = 4
                policy.ordersPerPage = 0
                policy.maximumIdentifiers = 0
            }
        }
        #expect(
            error?.description
                == "policy.maximumIdentifiers: expected a whole number from 1 to 10000, got 0; "
                + "policy.ordersPerPage: expected a whole number from 1 to 10000, got 0")
        #expect(error?.refused.map(\.path) == ["policy.maximumIdentifiers", "policy.ordersPerPage"])
        #expect(ca.policy.maximumContacts == 3)
        #expect(ca.policy.ordersPerPage == 50)
        #expect(ca.journal.entries.isEmpty)
    }

    @Test("An assigned value that a configuration could not have is refused, and the journal says so; others are taken")
    func refused() throws {
        let ca = try TestCA.inMemory()
        var policy = ca.policy
        (policy.ordersPerPage, policy.maximumContacts) = (0, 3)
        ca.policy = policy
        #expect(ca.policy.ordersPerPage == 50)
        #expect(ca.policy.maximumContacts == 3)
        ca.authority.profiles = []
        #expect(ca.authority.profiles.count == 1)
        #expect(ca.journal.findings.isEmpty)
        #expect(ca.journal.refusedSettings.map(\.path) == ["policy.ordersPerPage", "authority.profiles"])
        #expect(
            ca.journal.entries.first?.event.description
                == "setting policy.ordersPerPage refused: expected a whole number from 1 to 10000, got 0")
        let json = try #require(ca.journal.entries.first?.json)
        #expect(json["event"] == "refusedSetting" && json["setting"] == "policy.ordersPerPage")
        #expect(json["reason"] == "expected a whole number from 1 to 10000, got 0")
    }

    @Test("Profiles and probes are changed in one step too, or not at all")
    func updates() throws {
        let ca = try TestCA.inMemory()
        #expect(throws: TestCA.SettingError.self) { try ca.authority.updateProfiles { $0 = [] } }
        #expect(ca.authority.profiles.map(\.name) == ["default"])
        try ca.authority.updateProfiles { $0.append(CairnCertificateProfile(name: "second", description: "another")) }
        #expect(ca.authority.profiles.map(\.name) == ["default", "second"])
        let error = #expect(throws: TestCA.SettingError.self) {
            try ca.updateProbes {
                $0.httpPort = 5002
                $0.perspectiveQuorum = 1
            }
        }
        #expect(error?.description == "probes.perspectiveQuorum: expected 0 to 0, got 1")
        #expect(ca.probes == CairnProbeSettings())
        try ca.updateProbes { $0.httpPort = 5002 }
        #expect(ca.probes.httpPort == 5002)
        #expect(ca.journal.entries.isEmpty)
    }

    @Test("The CA can be read while its policy is changed")
    func reading() throws {
        let ca = try TestCA.inMemory()
        try ca.updatePolicy { policy in policy.maximumContacts = ca.policy.maximumContacts + ca.orders.count + 1 }
        #expect(ca.policy.maximumContacts == 11)
    }
}
