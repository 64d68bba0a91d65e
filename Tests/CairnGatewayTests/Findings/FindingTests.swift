import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

/// Each kind of finding: a client that misbehaves in one way, and one that does not.
@Suite("Findings about a client", .timeLimit(.minutes(5)))
struct FindingTests {
    private func server(_ change: (inout CairnPolicy) -> Void = { _ in }) throws -> TestServer {
        var policy = CairnPolicy()
        change(&policy)
        return try TestServer(policy: policy)
    }

    /// An order whose authorizations are valid, and a client that did all of it well.
    private func ready(_ server: TestServer) throws -> (ReferenceClient, ReferenceClient.Placed) {
        let client = try server.registered()
        return (client, try client.readyOrder(["www.example.test"]))
    }

    @Test(
        "There are none about a client that goes all the way, also with a wildcard, an address and a reused authorization"
    )
    func correct() throws {
        let server = try server { $0.authorizationReuse = .always }
        let client = try server.registered()
        for names in [["www.example.test", "*.example.test"], ["192.0.2.1"], ["www.example.test"]] {
            let order = try client.order(names)
            for url in order.authorizations where try client.read(url).state == "pending" {
                try client.respond(to: client.challenge(names[0].first == "1" ? "http-01" : "dns-01", of: url).url)
            }
            try client.finalize(order, csr: try csr(names))
            _ = try client.certificate(of: client.poll(order.url, until: ["valid"]))
        }
        #expect(server.findings.isEmpty)
    }

    @Test("No User-Agent (§6.1)")
    func noUserAgent() throws {
        let server = try TestServer()
        let client = try ReferenceClient(directory: "https://ca.example.test/dir") { method, url, fields, body in
            var fields = fields
            fields["User-Agent"] = nil
            return try ReferenceClient.inProcess { server.gateway.respond(to: $0) }(method, url, fields, body)
        }
        try client.register()
        try expect([.noUserAgent], on: server, events: [0, 1, 3])
    }

    @Test("Another media type than application/jose+json (§6.2)")
    func wrongMediaType() throws {
        let server = try TestServer()
        let client = try server.registered()
        let kid = try #require(client.kid)
        try client.read(kid, fields: ["Content-Type": "application/jose+json; charset=utf-8"])
        #expect(server.findings.isEmpty)
        try client.post(kid, nil) { $0.contentType = "application/json" }
        try expect([.wrongMediaType], on: server)
        #expect(server.findings.first?.detail.contains("got \"application/json\"") == true)
    }

    @Test("A plain GET of what is read by POST-as-GET (§6.3)", arguments: ["order", "authorization", "certificate"])
    func plainGET(_ what: String) throws {
        let server = try TestServer()
        let (client, order) = try ready(server)
        let done = try client.finalize(order, csr: try csr(["www.example.test"]))
        try client.send("GET", try client.endpoint("newNonce"))
        #expect(server.findings.isEmpty)
        let url =
            switch what {
            case "order": order.url
            case "authorization": order.authorizations[0]
            default: try #require(done.json["certificate"] as? String)
            }
        try client.send("GET", url)
        try expect([.plainGET], on: server)
    }

    @Test("A nonce again (§6.5); not one that the server refuses though it was never used")
    func reusedNonce() throws {
        let server = try TestServer()
        let client = try server.registered()
        let kid = try #require(client.kid)
        let nonce = try client.nonce()
        server.engine.forgetNonces()
        #expect(try client.post(kid, nil) { $0.header["nonce"] = nonce }.problem == "badNonce")
        server.engine.forgetNonces()
        _ = try client.post(kid, nil)
        _ = try client.post(kid, nil)
        #expect(server.findings.isEmpty)
        let good = try client.nonce()
        #expect(try client.post(kid, nil) { $0.header["nonce"] = good }.status == 200)
        #expect(try client.post(kid, nil) { $0.header["nonce"] = good }.problem == "badNonce")
        #expect(try client.read(kid).status == 200)
        try expect([.reusedNonce], on: server)
        let events = try #require(server.findings.first?.events)
        let shown = server.engine.journal.entries.filter { events.contains($0.number) }.compactMap(\.request?.nonce)
        #expect(shown == [good, good])
    }

    @Test("Giving up on badNonce (§6.5), until the request comes again, or after five answers")
    func gaveUpOnBadNonce() throws {
        let server = try TestServer()
        let client = try server.registered()
        let kid = try #require(client.kid)
        let bad: (inout Message) -> Void = { $0.header["nonce"] = "AAAAAAAAAAAAAAAAAAAAAA" }
        #expect(try client.post(kid, nil, misbehave: bad).problem == "badNonce")
        try expect([.gaveUpOnBadNonce], on: server)
        #expect(try client.read(kid).status == 200)
        #expect(server.findings.isEmpty)
        for letter in "BCDEF" {
            try client.post(kid, nil) { $0.header["nonce"] = "AAAAAAAAAAAAAAAAAAAAA" + String(letter) }
        }
        #expect(server.engine.journal.findings(.gaveUpOnBadNonce).isEmpty)
    }

    @Test("Not waiting for the Retry-After of a refusal (RFC 9110 §10.2.3); another order is another matter")
    func ignoredRetryAfter() throws {
        let server = try server { $0.rateLimits.newOrdersPerAccount = CairnRateLimit(1, per: .hours(3)) }
        let client = try server.registered()
        _ = try client.readyOrder(["a.example.test"])
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 429)
        server.advance(by: .seconds(1))
        #expect(try client.newOrder([("dns", "b.example.test")]).status == 429)
        server.advance(by: .hours(3))
        _ = try client.readyOrder(["b.example.test"])
        #expect(server.findings.isEmpty)
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 429)
        server.advance(by: .seconds(1))
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 429)
        try expect([.ignoredRetryAfter], on: server)
    }

    @Test("Polling faster than Retry-After (§7.5.1), by a clock that runs")
    func polledTooFast() throws {
        let server = try TestServer(
            policy: {
                var policy = CairnPolicy()
                policy.validationRetries = [.seconds(5)]
                return policy
            }(), approving: false)
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        try client.respond(to: client.challenge("http-01", of: order.authorizations[0]).url)
        server.finish(ACMEProblem(.dns, "first"))
        #expect(try client.read(order.authorizations[0])["Retry-After"] == "6")
        // The clock stands still, so nothing is known of how long the client has waited.
        #expect(try client.read(order.authorizations[0])["Retry-After"] == "6")
        server.advance(by: .seconds(5))
        server.finish()
        #expect(server.engine.journal.findings(atLeast: .should).isEmpty)
        try client.read(order.authorizations[0])
        try expect([.polledTooFast], on: server)
    }

    @Test("Polling as late as Retry-After says is no finding (§7.5.1)")
    func polledInTime() throws {
        let server = try TestServer(
            policy: {
                var policy = CairnPolicy()
                policy.validationRetries = [.seconds(5)]
                return policy
            }(), approving: false)
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        try client.respond(to: client.challenge("http-01", of: order.authorizations[0]).url)
        server.finish(ACMEProblem(.dns, "first"))
        #expect(try client.read(order.authorizations[0])["Retry-After"] == "6")
        server.advance(by: .seconds(5))
        server.finish()
        server.advance(by: .seconds(1))
        #expect(try client.read(order.authorizations[0]).state == "valid")
        #expect(server.findings.isEmpty)
    }

    @Test("The same again after a fatal refusal, in one run (RFC 9110 §15.5.4)")
    func retriedFatalRefusal() throws {
        let server = try server { $0.blockedNames = ["*.blocked.test"] }
        let client = try server.registered()
        for name in ["a.blocked.test", "b.blocked.test"] {
            #expect(try client.newOrder([("dns", name)]).problem == "rejectedIdentifier")
        }
        // Somebody starts it again.
        try client.send("GET", "https://ca.example.test/dir")
        #expect(try client.newOrder([("dns", "b.blocked.test")]).problem == "rejectedIdentifier")
        #expect(server.findings.isEmpty)
        #expect(try client.newOrder([("dns", "b.blocked.test")]).problem == "rejectedIdentifier")
        try expect([.retriedFatalRefusal], on: server)
    }

    @Test("Ten refusals in a row, whoever starts it again (RFC 9110 §15.5.4)")
    func hammered() throws {
        let server = try server { $0.blockedNames = ["*.blocked.test"] }
        let client = try server.registered()
        for number in 1...10 {
            #expect(server.findings.isEmpty)
            try client.send("GET", "https://ca.example.test/dir")
            #expect(try client.newOrder([("dns", "n\(number).blocked.test")]).problem == "rejectedIdentifier")
        }
        try expect([.hammered], on: server)
        #expect(server.findings.first?.events.count == 8)
    }

    @Test("Refusals that lie apart are no hammering")
    func patient() throws {
        let server = try server { $0.blockedNames = ["*.blocked.test"] }
        let client = try server.registered()
        for number in 0..<20 {
            #expect(try client.newOrder([("dns", "n\(number).blocked.test")]).problem == "rejectedIdentifier")
            server.advance(by: .minutes(5))
        }
        #expect(server.findings.isEmpty)
    }

    @Test("Finalizing twice (§7.4); once more after a refusal is right")
    func finalizedTwice() throws {
        let server = try TestServer()
        let (client, order) = try ready(server)
        #expect(try client.finalize(order, csr: try csr(["other.example.test"])).problem == "badCSR")
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).status == 200)
        #expect(server.findings.isEmpty)
        _ = try client.finalize(order, csr: try csr(["www.example.test"]))
        try expect([.finalizedTwice], on: server)
    }

    @Test("Finalizing again because the answer was lost is right (§7.4)")
    func finalizedAfterLoss() throws {
        let server = try TestServer()
        let (client, order) = try ready(server)
        _ = try client.finalize(order, csr: try csr(["www.example.test"]))
        let last = try #require(server.engine.journal.entries.last)
        server.gateway.complete(
            last.number, by: CairnDeliveryReport(headAt: nil, endedAt: server.now, bodyBytes: 0, ending: .reset))
        _ = try client.finalize(order, csr: try csr(["www.example.test"]))
        #expect(server.findings.isEmpty)
    }

    @Test("Authorizations that are left pending (§7.5.2), until they are answered or deactivated")
    func leftAuthorizationsPending() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.order(["a.example.test", "b.example.test"])
        try expect([.leftAuthorizationsPending], on: server)
        try client.respond(to: client.challenge("http-01", of: order.authorizations[0]).url)
        try expect([.leftAuthorizationsPending], on: server)
        try client.post(order.authorizations[1], ["status": "deactivated"])
        #expect(server.findings.isEmpty)
    }

    @Test("Answering a challenge of an authorization that was shown as valid (§7.5.1)")
    func answeredValidAuthorization() throws {
        let server = try server { $0.authorizationReuse = .always }
        let (client, _) = try ready(server)
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0])
        try client.read(challenge.url)
        #expect(server.findings.isEmpty)
        try client.respond(to: challenge.url)
        try expect([.answeredValidAuthorization], on: server)
    }

    @Test("`replaces` where the directory has no renewalInfo (RFC 9773 §5)")
    func replacesWithoutRenewalInfo() throws {
        for isOffered in [true, false] {
            let server = try server { if !isOffered { $0.renewalInfo = nil } }
            let client = try server.registered()
            let first = try client.certificate(of: client.issue(["www.example.test"])).certID()
            let next = try client.order(["www.example.test"], ["replaces": first])
            try client.respond(to: client.challenge("http-01", of: next.authorizations[0]).url)
            try expect(isOffered ? [] : [.replacesWithoutRenewalInfo], on: server)
        }
    }

    @Test("A new account for every run (§7.3); three that order different names are three clients")
    func newAccountEachRun() throws {
        let server = try TestServer()
        for name in ["a", "b", "c"] { _ = try server.registered().readyOrder(["\(name).example.test"]) }
        for _ in 0..<2 { _ = try server.registered().readyOrder(["www.example.test"]) }
        #expect(server.findings.isEmpty)
        _ = try server.registered().readyOrder(["www.example.test"])
        try expect([.newAccountEachRun], on: server)
    }

    @Test("A download before the order is valid (§7.4)")
    func downloadedBeforeValid() throws {
        let server = try TestServer()
        let (client, order) = try ready(server)
        let url = order.url.replacingOccurrences(of: "/order/", with: "/certificate/")
        #expect(try client.read(url).status >= 400)
        try expect([.downloadedBeforeValid], on: server)
    }

    // MARK: How they are kept

    @Test("They outlive the entries that show them, and are the same whenever they are read")
    func forgotten() throws {
        var bounds = CairnBounds()
        bounds.journalEntries = 3
        let servers = [try TestServer(), try TestServer(bounds: bounds)]
        for server in servers {
            let (client, order) = try ready(server)
            try client.send("GET", order.url)
            _ = try client.finalize(order, csr: try csr(["www.example.test"]))
            _ = try client.finalize(order, csr: try csr(["www.example.test"]))
            for _ in 0..<5 { try client.read(order.url) }
        }
        let findings = servers.map(\.findings)
        #expect(findings[0].map(\.kind) == [.plainGET, .finalizedTwice])
        #expect(findings[1].map(\.kind) == findings[0].map(\.kind))
        #expect(findings[1].map(\.events) == findings[0].map(\.events))
        servers[1].engine.journal.clear()
        #expect(servers[1].findings.isEmpty)
    }

    @Test("They say in words and in JSON what was seen, where it is written, and which events show it")
    func words() throws {
        let server = try TestServer()
        let (client, order) = try ready(server)
        try client.send("GET", order.url)
        let finding = try #require(server.findings.first)
        let event = try #require(server.engine.journal.entries.last?.number)
        #expect(finding.grade == .must)
        #expect(finding.description.hasPrefix("finding plainGET (MUST, RFC 8555 §6.3) in request "))
        #expect(finding.description.hasSuffix("got GET, event #\(event)"))
        #expect(finding.json["kind"] == "plainGET")
        #expect(finding.json["grade"] == "MUST")
        #expect(finding.json["section"] == "RFC 8555 §6.3")
        #expect(finding.json["events"] == .array([.integer(event)]))
        #expect(server.engine.journal.findings(atLeast: .must) == [finding])
        #expect(server.engine.journal.findings(.reusedNonce, .hammered).isEmpty)
    }

    private func expect(
        _ kinds: [CairnFinding.Kind], on server: TestServer, events: [Int]? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let findings = server.findings
        #expect(findings.map(\.kind) == kinds, "\(findings)", sourceLocation: sourceLocation)
        for finding in findings {
            #expect(!finding.events.isEmpty, sourceLocation: sourceLocation)
            let numbers = Set(server.engine.journal.entries.map(\.number))
            #expect(numbers.isSuperset(of: finding.events), sourceLocation: sourceLocation)
            #expect(!finding.section.isEmpty, sourceLocation: sourceLocation)
        }
        if let events { #expect(findings.first?.events == events, sourceLocation: sourceLocation) }
    }
}

@Suite("The page of findings", .timeLimit(.minutes(5)))
struct FindingPageTests {
    @Test("Findings.md has every kind with the grade, section and words of the code")
    func page() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/Cairn/Cairn.docc/Findings.md")
        let lines = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n")
        let rows = lines.filter { $0.hasPrefix("| `") }
        let expected = CairnFinding.Kind.all.map { kind in
            "| `\(kind.rawValue)` | \(kind.grade.rawValue) | \(kind.section) | \(kind.summary) |"
        }
        #expect(rows == expected)
    }

    @Test("Every kind has a section and a name of its own")
    func kinds() {
        let kinds = CairnFinding.Kind.all
        #expect(Set(kinds).count == kinds.count)
        for kind in kinds {
            #expect(kind.section.wholeMatch(of: /RFC \d{4} §[\d., §]+/) != nil, "\(kind.rawValue): \(kind.section)")
            #expect(!kind.summary.isEmpty)
        }
    }
}
