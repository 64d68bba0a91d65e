import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Foundation
import Testing

/// Rules are those of the ACME draft of March 2017, "Out-of-Band".
@Suite("oob-01 in a whole CA", .timeLimit(.minutes(5)))
struct OutOfBandTests {
    private func ca(_ change: (inout TestCA.Configuration) -> Void = { _ in }) throws -> TestCA {
        try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.policy.challengeTypes = [.oob01]
                $0.policy.showsProcessing = true
                change(&$0)
            })
    }

    /// A client with an order for one name, and its challenge.
    private func order(
        _ name: String, _ ca: TestCA
    ) throws -> (client: ReferenceClient, order: String, challenge: String) {
        let client = try ca.client()
        try client.register()
        let order = try client.order([name])
        return (client, order.url, try client.challenge("oob-01", of: order.authorizations[0]).url)
    }

    @Test("A test approves it, by the URL of the challenge, once the client has answered")
    func approved() throws {
        let ca = try ca()
        let (client, order, challenge) = try order("*.example.test", ca)
        #expect(ca.outOfBand.pending.map(\.isAnswered) == [false])
        #expect(try client.respond(to: challenge).state == "processing")
        let pending = try #require(ca.outOfBand.pending.first)
        #expect(pending.identifier == "*.example.test")
        #expect(pending.isAnswered)
        #expect(CairnObjectID(challengeURL: challenge) == pending.id)
        #expect(CairnObjectID(url: client.kid ?? "") == pending.account)
        #expect(ca.journal.probes.isEmpty)
        try ca.outOfBand.approve(CairnObjectID(challengeURL: challenge))
        let late = #expect(throws: TestCA.ObjectError.self) { try ca.outOfBand.approve(pending.id) }
        #expect(late?.reason == .status)
        #expect(ca.outOfBand.pending.isEmpty)
        #expect(try client.read(order).state == "ready")
        #expect(ca.journal.probes.map(\.problem?.type) == [nil])
    }

    @Test("A decision can be made before the client answers")
    func early() throws {
        let ca = try ca()
        let client = try ca.client()
        let issuance = try client.obtain(["www.example.test", "example.test"], by: "oob-01") { _ in
            for challenge in ca.outOfBand.pending { try ca.outOfBand.approve(challenge.id) }
        }
        #expect(try ca.objection(to: issuance, name: .host("example.test")) == nil)
    }

    @Test("A test denies it, for a reason of its own")
    func denied() throws {
        let ca = try ca()
        let (client, order, challenge) = try order("www.example.test", ca)
        try client.respond(to: challenge)
        try ca.outOfBand.deny(
            CairnObjectID(challengeURL: challenge), because: ACMEProblem(.rejectedIdentifier, "the letter came back"))
        let error = try client.read(challenge).json["error"] as? [String: Any]
        #expect(error?["type"] as? String == "urn:ietf:params:acme:error:rejectedIdentifier")
        #expect((error?["detail"] as? String) == "the letter came back")
        #expect(try client.read(order).state == "invalid")
    }

    @Test("The validation policy decides it without anybody")
    func policy() throws {
        let ca = try ca()
        ca.validation.standard = .approve
        ca.validation["denied.example.test"] = .deny(ACMEProblem(.unauthorized, "never"))
        _ = try ca.client().obtain(["www.example.test"], by: "oob-01") { _ in }
        let (client, order, challenge) = try order("denied.example.test", ca)
        try client.respond(to: challenge)
        #expect(try client.read(order).state == "invalid")
        #expect(ca.outOfBand.pending.isEmpty)
    }

    @Test("What the policy denied and will look at again waits for a human once the policy is silent")
    func retried() throws {
        let ca = try ca { $0.policy.validationRetries = [.seconds(5), .seconds(5)] }
        let (client, order, challenge) = try order("www.example.test", ca)
        ca.validation.standard = .deny(ACMEProblem(.unauthorized, "not yet"))
        try client.respond(to: challenge)
        ca.validation.reset()
        ca.clock.advance(by: .hours(1))
        #expect(try client.read(challenge).state == "processing")
        try ca.outOfBand.approve(CairnObjectID(challengeURL: challenge))
        #expect(try client.read(order).state == "ready")
    }

    @Test("A query that is planned is not waited for once somebody decides")
    func decidedBeforeRetry() throws {
        let ca = try ca { $0.policy.validationRetries = [.hours(1)] }
        let (client, order, challenge) = try order("www.example.test", ca)
        ca.validation.standard = .deny(ACMEProblem(.unauthorized, "not yet"))
        try client.respond(to: challenge)
        ca.validation.reset()
        try ca.outOfBand.approve(CairnObjectID(challengeURL: challenge))
        #expect(try client.read(order).state == "ready")
        ca.clock.advance(by: .hours(2))
        #expect(ca.journal.probes.map(\.problem?.type) == [.unauthorized, nil])
    }

    @Test("Once somebody decides, Retry-After is that of what is left to wait for (RFC 8555 §7.5.1)")
    func retryAfter() throws {
        let ca = try ca { $0.policy.validationRetries = [.hours(1)] }
        let (client, _, challenge) = try order("www.example.test", ca)
        ca.validation.standard = .deny(ACMEProblem(.unauthorized, "not yet"))
        try client.respond(to: challenge)
        #expect(try client.read(challenge)["Retry-After"] == "3601")
        ca.validation.reset()
        ca.policy.progress.validation = .manually
        try ca.outOfBand.approve(CairnObjectID(challengeURL: challenge))
        #expect(try client.read(challenge).state == "processing")
        #expect(try client.read(challenge)["Retry-After"] == "1")
    }

    @Test("CAA records can forbid what somebody approves (RFC 8657 §4)")
    func caa() throws {
        let ca = try ca()
        ca.dns["www.example.test"] = [.caa(flags: 0, tag: "issue", value: "cairn.test; validationmethods=dns-01")]
        let (client, _, challenge) = try order("www.example.test", ca)
        try client.respond(to: challenge)
        try ca.outOfBand.approve(CairnObjectID(challengeURL: challenge))
        #expect(try client.read(challenge).text.contains("urn:ietf:params:acme:error:caa"))
    }

    @Test("A challenge that is not there, or of another type, is an error")
    func unknown() throws {
        let ca = try ca { $0.policy.challengeTypes = [.http01, .oob01] }
        let client = try ca.client()
        try client.register()
        let http = try client.challenge("http-01", of: try client.order(["www.example.test"]).authorizations[0]).url
        for name in [http, http + "9", "nobody", "", "a/b"] {
            let error = #expect(throws: TestCA.ObjectError.self) {
                try ca.outOfBand.approve(CairnObjectID(rawValue: name))
            }
            #expect(error?.reason == .unknown)
            #expect(error?.description == "there is no oob-01 challenge \"\(name)\"")
        }
    }

    @Test("A person approves it on its page, over the network")
    func network() async throws {
        try await withTestCA(.with { $0.policy.challengeTypes = [.oob01] }) { ca in
            try await onOwnThread {
                let (client, order, challenge) = try self.order("www.example.test", ca)
                try client.respond(to: challenge)
                #expect(try client.read(order).state == "pending")
                let page = try #require(try client.read(challenge).json["href"] as? String)
                #expect(try client.send("GET", page).text.contains("www.example.test"))
                let posted = try client.send(
                    "POST", page, fields: ["Content-Type": "application/x-www-form-urlencoded"],
                    body: Data("decision=approve".utf8))
                #expect(posted.status == 200)
                #expect(try client.poll(order, until: ["ready", "invalid"]).state == "ready")
            }
        }
    }
}
