import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Foundation
import Testing

@Suite("What a CA holds, changed by hand", .timeLimit(.minutes(5)))
struct ObjectsTests {
    private let ca: TestCA
    private let client: ReferenceClient

    init() throws {
        ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        client = try ca.client()
        try client.register()
    }

    private func account() throws -> CairnObjectID { CairnObjectID(url: try #require(client.kid)) }

    private func issue(_ name: String = "www.example.test") throws -> CairnCertificateRecord {
        ca.validation.standard = .approve
        _ = try client.obtain([name], by: "http-01") { _ in }
        return try #require(ca.certificates.last)
    }

    private func csr() throws -> [UInt8] {
        try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: "DNS:www.example.test").derEncoded
    }

    /// Why something was not done.
    private func objection(_ change: () throws(TestCA.ObjectError) -> Void) -> TestCA.ObjectError? {
        do { try change() } catch { return error }
        return nil
    }

    @Test("Nobody is blamed for what was forgotten by hand")
    func blameless() throws {
        let kinds = { Set(ca.journal.findings.map(\.kind)) }
        let pending = try client.order(["b.example.test"])
        let finalized = try client.order(["www.example.test"])
        try ca.objects.force(.order(CairnObjectID(url: finalized.url)), into: .ready)
        #expect(try client.finalize(finalized, csr: csr()).state == "valid")
        #expect(kinds() == [.leftAuthorizationsPending, .neverDownloaded])
        try ca.objects.purge(.order(CairnObjectID(url: finalized.url)))
        #expect(kinds() == [.leftAuthorizationsPending])
        try ca.objects.purge(.authorization(CairnObjectID(url: pending.authorizations[0])))
        #expect(kinds() == [])
        _ = try client.order(["c.example.test"])
        #expect(kinds() == [.leftAuthorizationsPending])
        try ca.accounts.forget(account())
        #expect(kinds() == [])
    }

    // MARK: Forcing

    @Test("An order that is forced to be ready has its authorizations valid, and can be finalized (§7.1.6)")
    func ready() throws {
        let order = try client.order(["www.example.test", "*.example.test"])
        try ca.objects.force(.order(CairnObjectID(url: order.url)), into: .ready)
        #expect(ca.authorizations.map(\.status) == [.valid, .valid])
        #expect(ca.authorizations.allSatisfy { $0.challenges.filter { $0.status == .valid }.count == 1 })
        let other = try client.order(["www.example.test"])
        try ca.objects.force(.order(CairnObjectID(url: other.url)), into: .ready)
        #expect(try client.finalize(other, csr: csr()).state == "valid")
    }

    @Test("An order is processing for ever, until it is forced to fail with a problem that a test chooses (§7.4)")
    func processing() throws {
        let order = try client.order(["www.example.test"])
        try ca.objects.force(.order(CairnObjectID(url: order.url)), into: .processing)
        #expect(try client.read(order.url).state == "processing")
        try ca.objects.force(
            .order(CairnObjectID(url: order.url)), into: .invalid, because: ACMEProblem(.caa, "not for you"))
        let response = try client.read(order.url)
        #expect(response.state == "invalid" && response.text.contains("not for you"))
    }

    @Test("An order whose certificate is held back is forced to be valid; one without a certificate is not (§7.1.3)")
    func valid() throws {
        ca.policy.progress.issuance = .manually
        let order = try client.order(["www.example.test"])
        try ca.objects.force(.order(CairnObjectID(url: order.url)), into: .ready)
        let objection = objection { () throws(TestCA.ObjectError) in
            try ca.objects.force(.order(CairnObjectID(url: order.url)), into: .valid)
        }
        #expect(objection?.description.contains("expected an order whose certificate is held back") == true)
        #expect(try client.finalize(order, csr: csr()).state == "processing")
        try ca.objects.force(.order(CairnObjectID(url: order.url)), into: .valid)
        #expect(try client.read(order.url).state == "valid" && ca.certificates.count == 1)
    }

    @Test(
        "An authorization comes to any status that the figure has, and its order follows (§7.1.6)",
        arguments: [
            ("valid", "ready"), ("invalid", "invalid"), ("deactivated", "invalid"), ("expired", "invalid"),
            ("revoked", "invalid"),
        ])
    func authorization(_ status: String, _ order: String) throws {
        let placed = try client.order(["www.example.test"])
        try ca.objects.force(
            .authorization(CairnObjectID(url: placed.authorizations[0])), into: ACMEStatus(rawValue: status))
        #expect(try client.read(placed.authorizations[0]).state == status)
        #expect(try client.read(placed.url).state == order)
    }

    @Test("A challenge comes to any status, before its client answers it and after (§7.1.6)")
    func challenge() throws {
        for (status, authorization) in [("valid", "valid"), ("invalid", "invalid"), ("processing", "pending")] {
            let order = try client.order(["www.example.test"])
            let challenge = try client.challenge("dns-01", of: order.authorizations[0])
            try ca.objects.force(
                .challenge(CairnObjectID(challengeURL: challenge.url)), into: ACMEStatus(rawValue: status))
            let shown = try #require(ca.authorizations.last?.challenges.first { $0.type == .dns01 })
            #expect(shown.status.rawValue == status)
            #expect(try client.read(order.authorizations[0]).state == authorization)
        }
        ca.policy.progress.validation = .manually
        let order = try client.order(["late.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0])
        try client.respond(to: challenge.url)
        try ca.objects.force(
            .challenge(CairnObjectID(challengeURL: challenge.url)), into: .invalid,
            because: ACMEProblem(.dns, "no such name"))
        #expect(ca.progress.held.isEmpty)
        #expect(try client.read(order.authorizations[0]).text.contains("no such name"))
    }

    @Test("An account is deactivated or revoked, and what it has begun is cancelled (§7.1.6, §7.3.6)")
    func accounts() throws {
        for status in [ACMEStatus.deactivated, .revoked] {
            let client = try ca.client()
            try client.register()
            let order = try client.order(["www.example.test"])
            let account = CairnObjectID(url: client.kid ?? "")
            if status == .revoked { try ca.accounts.revoke(account) } else { try ca.accounts.deactivate(account) }
            #expect(ca.accounts.last?.status == status)
            #expect(try client.read(order.url).status == 401)
            #expect(ca.orders.last?.status == .invalid)
        }
    }

    @Test("What the figures do not have is refused, with what there is (§7.1.6)")
    func illegal() throws {
        let order = try client.order(["www.example.test"])
        func says(_ object: TestCA.Object, _ status: ACMEStatus) -> String? {
            objection { () throws(TestCA.ObjectError) in try ca.objects.force(object, into: status) }?.description
        }
        #expect(
            says(.order(CairnObjectID(url: order.url)), "done")
                == #"expected the status of an order, "pending", "ready", "processing", "valid" or "invalid", got "done""#
        )
        #expect(says(.order(CairnObjectID(url: order.url)), .pending) == nil)
        try ca.objects.force(.order(CairnObjectID(url: order.url)), into: .processing)
        #expect(
            says(.order(CairnObjectID(url: order.url)), .pending)
                == #"an order that is "processing" can become "valid" or "invalid", got "pending" (RFC 8555 §7.1.6)"#)
        try ca.objects.force(.order(CairnObjectID(url: order.url)), into: .invalid)
        #expect(
            says(.order(CairnObjectID(url: order.url)), .ready)?.hasPrefix(
                #"an order that is "invalid" can become nothing else"#) == true)
        for object in [
            TestCA.Object.order("x"), .challenge(CairnObjectID(challengeURL: order.authorizations[0] + "/9")),
        ] {
            let objection = objection { () throws(TestCA.ObjectError) in try ca.objects.force(object, into: .invalid) }
            #expect(objection?.reason == .unknown && objection?.description.hasPrefix("there is no ") == true)
        }
    }

    // MARK: Ends

    @Test("An order and an authorization expire by hand; what is over does not (§7.1.6)")
    func expired() throws {
        let (first, second) = (try client.order(["a.example.test"]), try client.order(["b.example.test"]))
        try ca.objects.expire(.order(CairnObjectID(url: first.url)))
        #expect(try client.read(first.url).text.contains("expired at 2031-06-03T12:00:00Z"))
        try ca.objects.expire(.authorization(CairnObjectID(url: second.authorizations[0])))
        #expect(try client.read(second.authorizations[0]).state == "expired")
        #expect(try client.read(second.url).state == "invalid")
        for object in [
            TestCA.Object.order(CairnObjectID(url: first.url)),
            .authorization(CairnObjectID(url: second.authorizations[0])),
        ] {
            #expect(throws: TestCA.ObjectError.self) { try ca.objects.expire(object) }
        }
    }

    @Test("All that an account has expires, and nothing of another")
    func expiredAll() throws {
        let other = try ca.client()
        try other.register()
        let kept = try other.order(["www.example.test"])
        _ = try issue()
        _ = try client.order(["a.example.test"])
        try ca.accounts.expireObjects(of: account())
        #expect(Set(ca.authorizations.dropFirst().map(\.status)) == [.expired])
        #expect(ca.orders.map(\.status) == [.pending, .valid, .invalid])
        #expect(try other.read(kept.url).state == "pending")
    }

    @Test("What is forgotten is not there: 404 for an order, an authorization, a certificate (§7.1.3)")
    func purged() throws {
        let certificate = try issue()
        let order = try client.order(["a.example.test", "b.example.test"])
        try ca.objects.purge(.authorization(CairnObjectID(url: order.authorizations[0])))
        #expect(try client.read(order.authorizations[0]).status == 404)
        #expect(try client.read(order.url).state == "invalid")
        try ca.objects.purge(.order(CairnObjectID(url: order.url)))
        #expect(try client.read(order.url).status == 404)
        #expect(try client.read(order.authorizations[1]).status == 404)
        try ca.objects.purge(.certificate(certificate.id))
        let issued = try client.endpoint("newOrder").replacingOccurrences(
            of: "new-order", with: "certificate/\(certificate.order)")
        #expect(try client.read(issued).status == 404)
        #expect(throws: TestCA.ObjectError.self) { try ca.objects.purge(.certificate(certificate.id)) }
    }

    @Test("All that an account has is forgotten, and the account goes on")
    func purgedAll() throws {
        _ = try issue()
        _ = try client.order(["a.example.test"])
        try ca.accounts.purgeObjects(of: account())
        #expect(ca.orders.isEmpty && ca.authorizations.isEmpty && ca.certificates.isEmpty)
        _ = try client.order(["b.example.test"])
        #expect(ca.orders.count == 1)
    }

    @Test("An account that is forgotten does not exist, and its key gets another (§7.3.1)")
    func forgotten() throws {
        let old = try account()
        let order = try client.order(["www.example.test"])
        try ca.grants.grant(.name("granted.example.test"), to: old)
        try ca.pauses.pause([.dns("paused.example.test")], for: old)
        try ca.accounts.forget(old)
        #expect(ca.accounts.isEmpty && ca.orders.isEmpty && ca.authorizations.isEmpty && ca.grants.isEmpty)
        #expect(try client.read(order.url).problem == "accountDoesNotExist")
        #expect(try client.register().status == 201)
        #expect(try account() != old)
        #expect(objection { () throws(TestCA.ObjectError) in try ca.accounts.forget(old) }?.reason == .unknown)
    }

    @Test("All nonces are forgotten (§6.5)")
    func nonces() throws {
        ca.objects.forgetNonces()
        #expect(try client.read(client.kid ?? "").problem == "badNonce")
        #expect(try client.read(client.kid ?? "").status == 200)
    }

    // MARK: Certificates

    @Test("A certificate is revoked for any reason that is assigned, once (RFC 5280 §5.3.1)")
    func revoked() throws {
        let certificate = try issue()
        #expect(throws: TestCA.ObjectError.self) {
            try ca.objects.revoke(certificate.id, for: ACMERevocationReason(rawValue: 7))
        }
        try ca.objects.revoke(certificate.id, for: .cACompromise)
        #expect(ca.certificates.last?.status == .revoked)
        #expect(ca.revocations.map(\.reason) == [.cACompromise])
        let again = try client.post(
            try client.endpoint("revokeCert"), ["certificate": base64URL(certificate.derEncoded)])
        #expect(again.problem == "alreadyRevoked")
        #expect(objection { () throws(TestCA.ObjectError) in try ca.objects.revoke(certificate.id) }?.reason == .status)
        let forced = objection { () throws(TestCA.ObjectError) in
            try ca.objects.force(.certificate(certificate.id), into: .revoked)
        }
        #expect(forced?.reason == .invalid)
    }

    @Test("Certificates in an incident are to be renewed at once, and a page says why (RFC 9773 §4.2)")
    func incident() throws {
        let certificate = try issue()
        let page = "https://ca.example.test/incident"
        try ca.objects.announceIncident([certificate.id], explanationURL: page)
        let id = try client.endpoint("renewalInfo") + "/" + certificate.certificate.certID
        let info = try client.send("GET", id).json
        #expect(info["explanationURL"] as? String == page)
        let end = (info["suggestedWindow"] as? [String: Any])?["end"] as? String
        #expect(try #require(CairnInstant(rfc3339: end ?? "")) < ca.clock.now)
        try ca.suggestRenewal(nil, of: certificate.id)
        #expect(try client.send("GET", id).json["explanationURL"] == nil)
    }
}
