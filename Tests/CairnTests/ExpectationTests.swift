import Cairn
import CairnReferenceClient
import CairnTesting
import Testing

@Suite("Expectations of a test", .testCA { $0.validation.standard = .approve }, .timeLimit(.minutes(5)))
struct ExpectationTests {
    @Test("Those that are met say nothing")
    func met() async throws {
        let ca = try TestCA.current
        try await ca.issue("www.example.test")
        ca.expect(.finalize, .exactly(1))
        ca.expect(.finalize)
        ca.expect(.requests, .atLeast(5))
        ca.expect(.requests(to: .newOrder).accepted.answered(201), .once)
        ca.expect(.issuances, .between(1...2))
        ca.expect(.status(of: .order, .valid), .atMost(1))
        ca.expectInOrder(.newOrder, .finalize, .certificate)
        ca.expectInOrder(.newOrder, .status(of: .order, .ready), .issuances)
        ca.expectNever(.newOrder.refused(for: .rateLimited))
        ca.expectNoFindings()
        await ca.expect(.certificate, .atLeast(1), within: .minutes(5))
    }

    @Test("One that is not met fails, and tells what was expected, what came, and the conversation")
    func unmet() async throws {
        let ca = try TestCA.current
        try await ca.issue("www.example.test")
        let notes = try await notesOf {
            #expect(!ca.expect(.finalize, .exactly(3)))
            #expect(!ca.expectNever(.issuances))
            #expect(!ca.expectInOrder(.certificate, .finalize))
            #expect(!ca.expect(.requests(to: .keyChange)))
        }
        try #require(notes.count == 4)
        #expect(notes[0].hasPrefix("expected exactly 3 requests to finalize, got 1\nThe conversation:\n  #"))
        #expect(notes[0].contains(" POST /order/"))
        #expect(notes[0].contains(", nonce "))
        #expect(notes[1].hasPrefix("expected no certificates issued, got 1\n"))
        #expect(
            notes[2].hasPrefix(
                "expected requests to certificate, then requests to finalize, got no requests to finalize after requests "
                    + "to certificate\n"))
        #expect(notes[3].hasPrefix("expected at least 1 requests to keyChange, got none\n"))
    }

    @Test("They wait on the clock of the CA", .testCA { $0.clock = .standing(at: "2030-01-01T00:00:00Z") })
    func within() async throws {
        let ca = try TestCA.current
        async let notes = notesOf {
            _ = await ca.expect(.newOrder, within: .minutes(5))
        }
        while ca.journal.waits == 0 { await Task.yield() }
        ca.clock.advance(by: .minutes(5))
        #expect(try await notes.first?.hasPrefix("expected at least 1 requests to newOrder within") == true)
        async let isMet = ca.expect(.directory, within: .minutes(5))
        while ca.journal.waits == 0 { await Task.yield() }
        _ = CairnRequest("GET", ca.directoryURL).map { ca.respond(to: $0) }
        #expect(await isMet)
    }

    @Test("A client that does what it should not is told by its findings")
    func findings() async throws {
        let ca = try TestCA.inMemory(.with { $0.validation.standard = .approve })
        let client = try ca.client()
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        try client.send("GET", try #require(client.kid))
        let notes = try await notesOf {
            ca.expectNoFindings()
            ca.expectNoFindings(atLeast: .must)
        }
        #expect(notes.count == 2)
        #expect(notes.first?.hasPrefix("expected no findings, got 1\n  finding plainGET (MUST, RFC 8555 §6.3)") == true)
    }

    @Test(
        "Answering a challenge before it is met is seen when the CA looks again (RFC 8555 §8.2)",
        arguments: [true, false])
    func reachable(_ isLate: Bool) throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: "2030-01-01T00:00:00Z")
                $0.policy.validationRetries = [.seconds(5)]
            })
        ca.dns["www.example.test"] = [.a("127.0.0.1")]
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0])
        let put = {
            ca.responder.setHTTP01(
                token: challenge.token, keyAuthorization: client.keyAuthorization(challenge.token))
        }
        if isLate { ca.responder.onProbe { _ in .response(status: 404, body: Array("no".utf8)) } } else { put() }
        try client.respond(to: challenge.url)
        ca.responder.reset()
        put()
        ca.clock.advance(by: .seconds(6))
        #expect(try client.read(order.authorizations[0]).state == "valid")
        #expect(ca.journal.findings.map(\.kind) == (isLate ? [.answeredBeforeReachable] : []))
        #expect(ca.journal.findings.first?.events.count == (isLate ? 2 : nil))
    }
}
