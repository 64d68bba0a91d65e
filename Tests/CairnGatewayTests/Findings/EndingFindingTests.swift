import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

/// How clients come to an end, and whether they go on after one.
@Suite("Findings about ends", .timeLimit(.minutes(5)))
struct EndingFindingTests {
    private let ca: RuledServer
    private let client: ReferenceClient

    init() throws {
        ca = try RuledServer()
        client = try ca.registered()
    }

    private func found(_ kinds: CairnFinding.Kind...) -> Bool {
        ca.journal.findings(
            .ignoredFreshNonce, .gaveUpTooSoon, .polledAfterTheEnd, .finalizedBeforeReady,
            .neverDownloaded, .answeredDeadAuthorization, .gaveUpOnReplaces, .renewedTooEarly
        ).map(\.kind) == kinds
    }

    private func issue() throws {
        _ = try client.certificate(of: client.issue(["www.example.test"]))
    }

    @Test("A nonce other than the one that came with badNonce (§6.5); one that is good after all is no finding")
    func ignoredFreshNonce() throws {
        let kid = try #require(client.kid)
        let stored = [try client.nonce(), try client.nonce()]
        ca.server.engine.forgetNonces()
        try client.post(kid, nil) { $0.header["nonce"] = stored[0] }
        #expect(found())
        try client.post(kid, nil) { $0.header["nonce"] = stored[1] }
        #expect(found(.ignoredFreshNonce))
        #expect(ca.journal.findings(.ignoredFreshNonce).first?.events.count == 2)
    }

    @Test("The fresh nonce, refused once more, is no finding (§6.5)")
    func usedFreshNonce() throws {
        ca.rules.add(.badNonce.times(3), at: .account)
        let kid = try #require(client.kid)
        for _ in 0..<4 {
            let nonce = try client.nonce()
            try client.post(kid, nil) { $0.header["nonce"] = nonce }
        }
        #expect(found())
    }

    @Test(
        "Giving up after a refusal that passes (RFC 9110 §15.6), until the request comes again", arguments: [429, 503])
    func gaveUpTooSoon(_ status: Int) throws {
        ca.rules.add(.status(status, retryAfter: .seconds(5)).times(1), at: .newOrder)
        _ = ca.answer { _ = try client.order(["www.example.test"]) }
        #expect(found(.gaveUpTooSoon))
        _ = try client.order(["www.example.test"])
        #expect(found())
    }

    @Test("Giving up where newNonce does not answer (RFC 9110 §15.6)")
    func lostNonce() throws {
        ca.rules.add(.resetStream.times(1), at: .newNonce)
        let url = try client.endpoint("newNonce")
        try client.send("HEAD", url)
        let last = try #require(ca.journal.entries.last)
        ca.server.gateway.complete(
            last.number, by: CairnDeliveryReport(headAt: nil, endedAt: ca.server.now, bodyBytes: 0, ending: .reset))
        #expect(found(.gaveUpTooSoon))
        try client.send("HEAD", url)
        #expect(found())
    }

    @Test("Polling what is invalid, the third time (§7.1.6); once a run is right")
    func polledAfterTheEnd() throws {
        let order = try client.order(["www.example.test"])
        try ca.server.engine.intervene(.expire(.order(try #require(Order.ID(order.url.suffix(22))))), at: ca.server.now)
        for _ in 0..<4 {
            try client.send("GET", "https://ca.example.test/dir")
            try client.read(order.url)
        }
        try client.read(order.url)
        #expect(found())
        try client.read(order.url)
        #expect(found(.polledAfterTheEnd))
    }

    @Test("Finalizing an order that is pending (§7.4)")
    func finalizedBeforeReady() throws {
        let order = try client.order(["www.example.test"])
        try client.finalize(order, csr: try csr(["www.example.test"]))
        #expect(found(.finalizedBeforeReady))
    }

    @Test("A certificate that nobody asks for (§7.4.2)")
    func neverDownloaded() throws {
        let order = try client.issue(["www.example.test"])
        #expect(found(.neverDownloaded))
        _ = try client.certificate(of: order)
        #expect(found())
    }

    @Test("Answering a challenge of an authorization that was shown as invalid (§7.5.1)")
    func answeredDeadAuthorization() throws {
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0])
        let id = try #require(Authorization.ID(order.authorizations[0].suffix(22)))
        try ca.server.engine.intervene(.force(.authorization(id), into: "invalid"), at: ca.server.now)
        try client.respond(to: challenge.url)
        #expect(found())
        try client.read(order.authorizations[0])
        try client.respond(to: challenge.url)
        #expect(found(.answeredDeadAuthorization))
    }

    @Test("Giving an order up because its `replaces` was refused (RFC 9773 §5)")
    func gaveUpOnReplaces() throws {
        try issue()
        let certID = try #require(ca.server.engine.certificates(at: ca.server.now).first?.certificate.certID)
        ca.rules.add(.problem("conflict", status: 409).times(1), at: .newOrder)
        _ = ca.answer { _ = try client.order(["www.example.test"], ["replaces": certID]) }
        #expect(found(.gaveUpOnReplaces))
        _ = try client.readyOrder(["www.example.test"])
        #expect(found())
    }

    @Test("A third certificate within half of the lifetime of the one before, twice (RFC 9773 §4.2)")
    func renewedTooEarly() throws {
        for days in [46, 46, 1] {
            try issue()
            ca.server.advance(by: .days(days))
        }
        try issue()
        #expect(found())
        try issue()
        #expect(found(.renewedTooEarly))
    }

    @Test("Clients of several worlds are several clients (§7.3)")
    func worlds() throws {
        for world in ["a", "b", "c"] {
            try ca.rulesets.save([], as: world)
            let client = try ca.registered(in: world)
            _ = try client.readyOrder(["www.example.test"])
        }
        #expect(ca.journal.findings(.newAccountEachRun).isEmpty)
    }
}
