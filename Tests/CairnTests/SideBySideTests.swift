import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

@Suite("CAs in one process", .timeLimit(.minutes(5)))
struct SideBySideTests {
    @Test("Fifty at once issue, and share nothing")
    func fifty() async throws {
        let cas = try await withThrowingTaskGroup { group in
            for _ in 0..<50 { group.addTask { try await TestCA.start() } }
            var cas: [TestCA] = []
            for try await ca in group { cas.append(ca) }
            return cas
        }
        try await withThrowingTaskGroup { group in
            for (number, ca) in cas.enumerated() {
                ca.dns["only-here.example.test"] = [.txt("\(number)")]
                group.addTask { try await ca.issue("ca-\(number).example.test") }
            }
            try await group.waitForAll()
        }
        #expect(Set(cas.compactMap(\.address)).count == 50)
        #expect(Set(cas.compactMap(\.dnsAddress)).count == 50)
        #expect(Set(cas.flatMap(\.trustRoots)).count == 50)
        #expect(Set(cas.flatMap(\.authority.roots)).count == 50)
        #expect(Set(cas.map(\.seed)).count == 50)
        for (number, ca) in cas.enumerated() {
            #expect(ca.journal.probes.map(\.identifier.value) == ["ca-\(number).example.test"])
            #expect(ca.dns["only-here.example.test"] == [.txt("\(number)")])
            await ca.shutdown()
        }
    }

    @Test("An account of one is unknown to another, even if they have the same seed")
    func accounts() throws {
        let first = try TestCA.inMemory(.with { $0.seed = 5 })
        let second = try TestCA.inMemory(.with { $0.seed = 5 })
        let client = try first.client()
        try client.register()
        let stranger = try second.client(key: client.key)
        stranger.kid = client.kid
        #expect(try stranger.post(stranger.endpoint("newOrder"), [:]).problem == "accountDoesNotExist")
    }
}

@Suite("The end of a CA", .timeLimit(.minutes(5)))
struct ShutdownTests {
    @Test("A second end is harmless, also at the same time as the first")
    func twice() async throws {
        let ca = try await TestCA.start()
        try await ca.issue("www.example.test")
        async let first: Void = ca.shutdown()
        async let second: Void = ca.shutdown()
        _ = await (first, second)
        await ca.shutdown()
        #expect(try await onOwnThread { !ca.answers })
    }

    @Test("What happened can be read afterwards, and requests without a socket are still answered")
    func afterwards() async throws {
        let ca = try await withTestCA { ca in
            try await ca.issue("www.example.test")
            return ca
        }
        #expect(ca.journal.requests(to: .finalize).count == 1)
        let client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
        #expect(try client.register().status == 201)
    }

    @Test("Connections that clients keep open do not delay it")
    func openConnections() async throws {
        let ca = try await TestCA.start()
        let address = try #require(ca.address)
        let demands = Wire.Demands(roots: try #require(ca.trustRoots.first).pem)
        let wire = try await onOwnThread { Opened(wire: try Wire(to: "\(address)", demands: demands)) }
        await ca.shutdown()
        let rest = try await onOwnThread { try wire.wire.read() }
        #expect(rest.isEmpty)
    }

    /// A connection that one thread after the other uses.
    private struct Opened: @unchecked Sendable { let wire: Wire }

    @Test("A body that throws ends it too, and its error comes through")
    func throwing() async throws {
        struct Mishap: Error {}
        var ended: TestCA?
        try await notesOf {
            await #expect(throws: Mishap.self) {
                try await withTestCA { ca in
                    ended = ca
                    throw Mishap()
                }
            }
        }
        let ca = try #require(ended)
        #expect(try await onOwnThread { !ca.answers })
    }

    @Test("It leaves no timer on, and none is set when its clock is moved afterwards")
    func alarm() async throws {
        let ca = try await TestCA.start()
        try await onOwnThread {
            let client = try ca.client()
            try client.register()
            _ = try client.order(["www.example.test"])
        }
        #expect(ca.isAwake)
        await ca.shutdown()
        #expect(!ca.isAwake)
        ca.clock.advance(by: .days(6))
        #expect(!ca.isAwake)
    }

    @Test(
        "Nothing of it stays in memory when nothing refers to it, whether it was shut down or not",
        arguments: [true, false])
    func memory(isShutDown: Bool) async throws {
        weak var journal: CairnJournal?
        do {
            let ca = try await TestCA.start()
            journal = ca.journal
            try await ca.issue("www.example.test")
            if isShutDown { await ca.shutdown() }
        }
        await eventually("the CA is gone") { journal == nil }
    }
}
