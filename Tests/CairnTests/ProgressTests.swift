import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

@Suite("What a CA holds back, and what it does by itself", .timeLimit(.minutes(5)))
struct ProgressTests {
    @Test("A test sees what is held back, and releases it step by step")
    func control() throws {
        let ca = try TestCA.inMemory(.with { $0.policy.progress.validation = .manually })
        ca.policy.progress.issuance = .manually
        ca.validation.standard = .approve
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0]).url
        try client.respond(to: challenge)
        let held = try #require(ca.progress.held.first)
        #expect(held.subject == .challenge)
        #expect(held.id == CairnObjectID(challengeURL: challenge))
        #expect("\(held)" == "challenge \(held.id)")
        #expect(ca.progress.release(held))
        #expect(!ca.progress.release(held))
        #expect(try client.read(order.url).state == "ready")
        let request = try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: "DNS:www.example.test").derEncoded
        #expect(try client.finalize(order, csr: request).state == "processing")
        #expect(ca.progress.held.map(\.subject) == [.order])
        ca.progress.release()
        #expect(try client.read(order.url).state == "valid")
        #expect(ca.progress.held.isEmpty)
    }

    @Test("A CA whose clock runs does what is due without being asked", arguments: [false, true])
    func alarm(_ isMoved: Bool) async throws {
        let configuration = TestCA.Configuration.with {
            $0.policy.progress.issuance = .after(.milliseconds(20) + (isMoved ? .hours(2) : .zero))
        }
        try await withTestCA(configuration) { ca in
            ca.validation.standard = .approve
            let (issued, continuation) = AsyncStream.makeStream(of: ACMEStatus.self)
            ca.journal.observe { entry in
                if case .status(let event) = entry.event, event.subject == .certificate { continuation.yield(event.to) }
            }
            let state = try await onOwnThread {
                let client = try ca.client()
                try client.register()
                let order = try client.order(["www.example.test"])
                try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
                _ = try client.poll(order.url, until: ["ready"])
                let key = try OpenSSLKey(.curve("P-256"))
                return try client.finalize(
                    order, csr: try OpenSSLRequest(key: key, names: "DNS:www.example.test").derEncoded
                ).state
            }
            // On a machine that is busy the time may be over before finalize is answered.
            #expect(state == "processing" || state == "valid" && !isMoved)
            if isMoved { ca.clock.advance(by: .hours(2)) }
            var events = issued.makeAsyncIterator()
            #expect(await events.next() == "valid")
        }
    }

    @Test("A retry that is due while no request comes is made (RFC 8555 §8.2)")
    func retry() async throws {
        let configuration = TestCA.Configuration.with {
            $0.policy.validationRetries = [.milliseconds(20), .milliseconds(1)]
        }
        try await withTestCA(configuration) { ca in
            let (probes, continuation) = AsyncStream.makeStream(of: Bool.self)
            ca.journal.observe { entry in
                if case .probe(let event) = entry.event { continuation.yield(event.problem == nil) }
            }
            try await onOwnThread {
                let client = try ca.client()
                try client.register()
                let order = try client.order(["www.example.test"])
                try client.respond(to: try client.challenge("dns-01", of: order.authorizations[0]).url)
            }
            var events = probes.makeAsyncIterator()
            for _ in 0..<3 { #expect(await events.next() == false) }
        }
    }

    @Test("A clock that is moved makes every retry at its time")
    func moved() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.policy.validationRetries = [.seconds(5), .seconds(10)]
                $0.policy.showsProcessing = true
            })
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let url = try client.challenge("dns-01", of: order.authorizations[0]).url
        try client.respond(to: url)
        #expect(try client.read(url).state == "processing")
        ca.clock.advance(by: .minutes(10))
        let probes = ca.journal.entries.filter { if case .probe = $0.event { true } else { false } }
        #expect(probes.map(\.at) == [noon, noon + .seconds(5), noon + .seconds(15)])
        #expect(try client.read(url).state == "invalid")
    }
}
