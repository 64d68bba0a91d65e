import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Foundation
import Testing

@Suite("What the journal tells of what was really sent", .timeLimit(.minutes(5)))
struct JournalDeliveryTests {
    @Test("Over TLS each request is completed with its connection and what went out, and observers hear of it")
    func complete() async throws {
        try await withTestCA { ca in
            try await ca.issue("www.example.test")
            let certificate = try #require(
                await ca.journal.first { $0.request?.endpoint == .certificate && $0.request?.sent != nil }?.request)
            let sent = try #require(certificate.sent)
            #expect(sent.ending == .complete)
            #expect(sent.bodyBytes == certificate.answer.body.count)
            #expect(sent.httpVersion == "HTTP/1.1")
            #expect((sent.connection ?? 0) >= 1)
            #expect(try #require(sent.headAt) <= sent.endedAt)
            #expect(
                ca.journal.requests(to: .newNonce).first?.sent?.bodyBytes == 0, "HEAD has no body (RFC 9110 §9.3.2)")
            let requests = ca.journal.requests.count
            await ca.shutdown()
            var delivered = 0
            for await _ in ca.journal.deliveries { delivered += 1 }
            #expect(delivered == requests)
        }
    }

    @Test("Without a wire a request is completed when its answer is there")
    func inMemory() throws {
        let ca = try TestCA.inMemory()
        _ = try ca.client().obtain(["www.example.test"], by: "http-01") { proof in
            ca.responder.setHTTP01(token: proof.token, keyAuthorization: proof.keyAuthorization)
        }
        #expect(ca.journal.requests.allSatisfy { $0.sent?.ending == .complete && $0.sent?.connection == nil })
        #expect(ca.journal.requests(to: .newNonce).allSatisfy { $0.sent?.bodyBytes == 0 })
        #expect(
            ca.journal.requests(to: .directory).allSatisfy {
                $0.sent?.bodyBytes == $0.answer.body.count && $0.status == 200
            })
    }

    @Test("A request that could not be read is one entry, and completed as well (RFC 9112 §2.2)")
    func unreadable() async throws {
        try await withTestCA(configure: { $0.listener.security = .none }) { ca in
            let address = try #require(ca.address)
            try await onOwnThread {
                let wire = try Wire(to: "\(address)")
                try wire.write(Array("???\r\n\r\n".utf8))
                while try !wire.read().isEmpty {}
            }
            let refused = try #require(await ca.journal.first { $0.request?.sent != nil }?.request)
            #expect(refused.status == 400)
            #expect(refused.sent?.ending == .complete)
            #expect(ca.journal.requests.count == 1)
        }
    }
}

@Suite("Waiting for what happens in a CA", .timeLimit(.minutes(5)))
struct JournalWaitTests {
    @Test("A wait is over when the clock of the CA has been moved so far, where it stands")
    func standing() async throws {
        try await withTestCA(configure: { $0.clock = .standing(at: noon) }) { ca in
            let wait = Task { await ca.journal.first(where: { $0.certificate != nil }, within: .seconds(30)) == nil }
            while ca.journal.waits == 0 { await Task.yield() }
            ca.clock.advance(by: .seconds(29))
            #expect(ca.journal.waits == 1)
            ca.clock.advance(by: .seconds(1))
            #expect(await wait.value)
            #expect(ca.clock.now == noon + .seconds(30))
        }
    }

    @Test("A wait is over by itself where the clock runs")
    func running() async throws {
        try await withTestCA { ca in
            #expect(await ca.journal.first(where: { $0.certificate != nil }, within: .milliseconds(20)) == nil)
            #expect(await ca.journal.first(where: { _ in true }, within: .zero) == nil)
            try await ca.issue("www.example.test")
            let issued = await ca.journal.first(where: { $0.certificate != nil }, within: .zero)
            #expect(issued?.certificate?.identifiers.map(\.value) == ["www.example.test"])
            #expect(ca.journal.waits == 0)
        }
    }

    @Test("The journal is a sequence that ends when the CA stops")
    func sequence() async throws {
        let ca = try await TestCA.start()
        let events = Task {
            var events: [CairnJournalEntry] = []
            for await entry in ca.journal { events.append(entry) }
            return events
        }
        try await ca.issue("www.example.test")
        await ca.shutdown()
        #expect(await events.value.map(\.number) == ca.journal.entries.map(\.number))
    }
}

@Suite("Looking things up in the journal", .timeLimit(.minutes(5)))
struct JournalQueryTests {
    @Test("Requests by endpoint, account and refusal, and the statuses of an object (RFC 8555 §7.1.6)")
    func queries() throws {
        let ca = try TestCA.inMemory()
        ca.validation.standard = .approve
        let client = try ca.client()
        try client.register()
        let account = CairnObjectID(url: try #require(client.kid))
        let order = try client.readyOrder("www.example.test")
        try client.post(order.finalize, ["csr": ""])
        #expect(ca.journal.requests(by: account).count == ca.journal.requests.count - 2)
        #expect(ca.journal.requests(refusedFor: .badCSR).map(\.endpoint) == [.finalize])
        #expect(ca.journal.requests(to: .newOrder, refusedFor: .badCSR).isEmpty)
        #expect(ca.journal.statuses(of: CairnObjectID(url: order.url)) == [.pending, .ready])
        #expect(ca.journal.statusChanges(of: .account).map(\.to) == [.valid])
        #expect(ca.journal.findings(.mixedDialects).isEmpty)
    }

    @Test("It prints as a conversation: who asked for what, with which nonce, and what became of it")
    func conversation() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        let client = try ca.client()
        try client.register()
        let account = CairnObjectID(url: try #require(client.kid))
        let lines = ca.journal.conversation(last: 2).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix("account \(account): new → valid") == true)
        let request = try #require(ca.journal.requests.last)
        let (used, given) = (try #require(request.nonce), request.answer.headerFields["Replay-Nonce"] ?? "")
        #expect(
            lines.last?.hasSuffix(
                "POST /new-account → 201, account \(account), by reference, nonce \(used) → \(given)") == true)
        #expect("\(try #require(request.payload))" == #"{"termsOfServiceAgreed":true}"#)
        let details = String(reflecting: request)
        #expect(details.contains("asked [") && details.contains("Replay-Nonce: ") && details.contains(", payload {"))
        #expect(details.contains("sent whole, with \(request.answer.body.count) bytes of body"))
    }
}

extension ReferenceClient {
    /// An order of one name whose authorization is valid, where everything is approved.
    fileprivate func readyOrder(_ name: String) throws -> Placed {
        let order = try order([name])
        try respond(to: try challenge("http-01", of: order.authorizations[0]).url)
        return order
    }
}

@Suite("The journal as JSON", .timeLimit(.minutes(5)))
struct JournalExportTests {
    private func ca() throws -> TestCA {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        ca.validation["www.example.test"] = .approve
        let client = try ca.client()
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        _ = try client.send("GET", "https://localhost/nowhere?a=b%20c&d")
        _ = try? client.post("https://localhost/new-order", nil) { $0.body = .init([0xff, 0x00]) }
        return ca
    }

    @Test("JSON Lines have one line an entry, with what the documentation lists (RFC 8259)")
    func lines() throws {
        let ca = try ca()
        let lines = ca.journal.jsonLines().split(separator: "\n")
        #expect(lines.count == ca.journal.entries.count)
        let entries = try lines.map { try CairnJSON(parsing: $0.utf8) }
        #expect(entries == ca.journal.entries.map(\.json))
        #expect(entries.map { $0["number"]?.integer } == Array(0..<lines.count))
        #expect(entries.allSatisfy { $0["at"] == "2031-06-03T12:00:00.000Z" })
        let kinds = Set(entries.compactMap { $0["event"]?.string })
        #expect(kinds.isSuperset(of: ["request", "status", "issued", "probe"]))
        let order = try #require(entries.first { $0["endpoint"] == "newOrder" })
        #expect(order["method"] == "POST")
        #expect(order["url"] == "https://localhost/new-order")
        #expect(order["protected"]?["alg"] == "ES256")
        #expect(order["payload"]?["identifiers"]?.array?.first?["value"] == "www.example.test")
        #expect(order["answer"]?["status"] == 201)
        #expect(order["answer"]?["fields"]?.array?.contains { $0["name"] == "Location" } == true)
        #expect(order["object"]?["status"] == "pending")
        #expect(order["sent"]?["ending"] == "complete")
        #expect(order["body"] == nil, "a JWS is shown decoded")
        #expect(entries.last?["bodyBase64url"] == "_wA")
        #expect(entries.last?["problem"]?["type"] == "urn:ietf:params:acme:error:malformed")
    }

    @Test("HAR has every member that version 1.2 requires, of the kind that it requires")
    func har() throws {
        let ca = try ca()
        let text = ca.journal.har().text()
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let log = try #require(document["log"] as? [String: Any])
        #expect(log["version"] as? String == "1.2")
        let creator = try #require(log["creator"] as? [String: Any])
        #expect(creator["name"] is String && creator["version"] is String)
        let entries = try #require(log["entries"] as? [[String: Any]])
        #expect(entries.count == ca.journal.requests.count)
        for entry in entries {
            #expect((entry["startedDateTime"] as? String).flatMap { CairnInstant(rfc3339: $0) } == noon)
            #expect(entry["cache"] is [String: Any])
            let timings = try #require(entry["timings"] as? [String: Double])
            #expect(["send", "wait", "receive"].allSatisfy { (timings[$0] ?? -1) >= 0 })
            #expect(entry["time"] as? Double == timings.values.reduce(0, +))
            let request = try #require(entry["request"] as? [String: Any])
            for member in ["method", "url", "httpVersion"] { #expect((request[member] as? String)?.isEmpty == false) }
            let response = try #require(entry["response"] as? [String: Any])
            for member in ["statusText", "httpVersion", "redirectURL"] { #expect(response[member] is String) }
            #expect(response["status"] is Int)
            for message in [request, response] {
                #expect(message["cookies"] is [[String: Any]])
                let headers = try #require(message["headers"] as? [[String: String]])
                #expect(headers.allSatisfy { $0["name"] != nil && $0["value"] != nil })
                #expect(message["headersSize"] is Int && message["bodySize"] is Int)
            }
            #expect(request["queryString"] is [[String: String]])
            let content = try #require(response["content"] as? [String: Any])
            #expect(content["size"] is Int && content["mimeType"] is String)
            if let posted = request["postData"] as? [String: Any] {
                #expect(posted["mimeType"] is String && posted["text"] is String && posted["params"] is [Any])
            }
        }
        let lost = try #require(
            entries.compactMap { $0["request"] as? [String: Any] }.first {
                ($0["url"] as? String)?.contains("/nowhere") == true
            })
        #expect(
            lost["queryString"] as? [[String: String]] == [
                ["name": "a", "value": "b c"], ["name": "d", "value": ""],
            ])
    }
}
