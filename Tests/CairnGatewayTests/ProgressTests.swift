import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Progress", .timeLimit(.minutes(5)))
struct ProgressTests {
    private func server(_ change: (inout CairnProgress) -> Void) throws -> TestServer {
        var policy = CairnPolicy()
        policy.showsProcessing = true
        change(&policy.progress)
        return try TestServer(policy: policy)
    }

    @Test("A certificate that comes after some polls leaves its order processing, with Retry-After (§7.4)")
    func issuanceAfterPolls() throws {
        let server = try server { $0.issuance = .afterPolls(2) }
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        let finalized = try client.finalize(order, csr: try csr(["www.example.test"]))
        #expect(finalized.status == 200)
        #expect(finalized.state == "processing")
        #expect(finalized["Retry-After"] == "1")
        #expect(finalized.json["certificate"] == nil)
        expectRefusal(try client.finalize(order, csr: try csr(["www.example.test"])), 403, "orderNotReady")
        for _ in 0..<2 { #expect(try client.read(order.url).state == "processing") }
        let valid = try client.read(order.url)
        #expect(valid.state == "valid")
        #expect(try client.certificate(of: valid).status == 200)
    }

    @Test("A certificate that comes after some time is there when the clock has moved (§7.4)")
    func issuanceAfterTime() throws {
        let server = try server { $0.issuance = .after(.seconds(30)) }
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "processing")
        server.advance(by: .seconds(29))
        #expect(try client.read(order.url).state == "processing")
        server.advance(by: .seconds(1))
        #expect(try client.read(order.url).state == "valid")
    }

    @Test("A verdict that is held back leaves challenge processing and authorization pending (§7.5.1)")
    func validationManually() throws {
        let server = try server { $0.validation = .manually }
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0]).url
        for _ in 0..<5 {
            #expect(try client.read(challenge).state == "processing")
            #expect(try client.read(order.authorizations[0]).state == "pending")
        }
        #expect(server.engine.held.count == 1)
        for subject in server.engine.held { #expect(server.engine.release(subject, at: server.now)) }
        #expect(try client.read(challenge).state == "valid")
        #expect(try client.read(order.url).state == "ready")
        #expect(server.engine.held.isEmpty)
    }

    @Test("Reads of the authorization and of the challenge both count", arguments: [true, false])
    func polls(_ readsChallenge: Bool) throws {
        let server = try server { $0.validation = .afterPolls(3) }
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0]).url
        try client.respond(to: challenge)
        let url = readsChallenge ? challenge : order.authorizations[0]
        for _ in 0..<3 { #expect(try client.read(url).state == (readsChallenge ? "processing" : "pending")) }
        #expect(try client.read(url).state == "valid")
    }

    @Test("An order may stay pending for a while although all its authorizations are valid (§7.1.6)")
    func readiness() throws {
        let server = try server { $0.readiness = .afterPolls(3) }
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        // The reads of what it waits for count, and so does a finalize that comes too early.
        #expect(try client.read(order.authorizations[0]).state == "valid")
        expectRefusal(try client.finalize(order, csr: try csr(["www.example.test"])), 403, "orderNotReady")
        #expect(try client.read(order.url).state == "pending")
        #expect(try client.read(order.url).state == "ready")
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "valid")
    }

    @Test(
        "What is over cannot be released any more (§7.1.6)",
        arguments: [CairnPace.manually, .after(.hours(1)), .afterPolls(9)])
    func over(_ pace: CairnPace) throws {
        let server = try server { $0.issuance = pace }
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "processing")
        try client.post(order.authorizations[0], ["status": "deactivated"])
        #expect(try client.read(order.url).state == "invalid")
        #expect(server.engine.held.isEmpty)
        server.advance(by: .hours(2))
        #expect(try client.read(order.url).state == "invalid")
        #expect(server.engine.census.certificates == 0)
    }

    @Test("An order that expires while its certificate is held back is invalid (§7.1.6)")
    func expiry() throws {
        let server = try server { $0.issuance = .manually }
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "processing")
        server.advance(by: .days(7))
        let expired = try client.read(order.url)
        #expect(expired.state == "invalid")
        #expect((expired.error?["detail"] as? String)?.contains("expired") == true)
        #expect(server.engine.held.isEmpty)
    }

    @Test("What was released before its time does not end what is held back after it (§7.4)")
    func releasedEarly() throws {
        let server = try server {
            $0.readiness = .after(.seconds(30))
            $0.issuance = .after(.seconds(30))
        }
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        server.advance(by: .seconds(10))
        for subject in server.engine.held { #expect(server.engine.release(subject, at: server.now)) }
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "processing")
        server.advance(by: .seconds(29))
        #expect(try client.read(order.url).state == "processing")
        server.advance(by: .seconds(1))
        #expect(try client.read(order.url).state == "valid")
    }

    @Test("An authorization that ends takes nothing with it that is held back for ever (§7.1.6)")
    func endedAuthorization() throws {
        let server = try server { $0.validation = .manually }
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0]).url
        #expect(try client.read(challenge).state == "processing")
        #expect(try client.post(order.authorizations[0], ["status": "deactivated"]).state == "deactivated")
        #expect(server.engine.held.isEmpty)
        #expect(try client.read(challenge).state == "valid", "as if the verdict had come at once")
        #expect(try client.read(order.authorizations[0]).state == "deactivated")
        #expect(try client.read(order.url).state == "invalid")
        _ = try client.readyOrder(["www.example.test"])
        server.advance(by: .days(7))
        #expect(server.engine.held.isEmpty)
    }

    @Test("A verdict that comes after the end is not held back (§7.1.6)")
    func lateVerdict() throws {
        var policy = CairnPolicy()
        policy.progress.validation = .manually
        let server = try TestServer(policy: policy, approving: false)
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        try client.post(order.authorizations[0], ["status": "deactivated"])
        server.finish()
        #expect(server.engine.held.isEmpty)
        #expect(try client.read(order.authorizations[0]).state == "deactivated")
    }

    @Test("The policy can be changed between two steps of one order")
    func live() throws {
        let server = try server { _ in }
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        server.engine.policy.progress.issuance = .manually
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "processing")
        server.engine.policy.progress.issuance = .immediately
        #expect(try client.read(order.url).state == "processing", "what is held back stays so")
        for subject in server.engine.held { server.engine.release(subject, at: server.now) }
        #expect(try client.read(order.url).state == "valid")
    }
}
