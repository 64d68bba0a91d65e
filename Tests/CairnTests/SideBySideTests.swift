import Cairn
import Foundation
import OpenSSLJudge
import ReferenceClient
import Testing

@Suite("CAs in one process")
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
        #expect(Set(cas.flatMap(\.roots)).count == 50)
        #expect(Set(cas.map(\.seed)).count == 50)
        for (number, ca) in cas.enumerated() {
            #expect(ca.journal.probes.map(\.identifier.value) == ["ca-\(number).example.test"])
            #expect(ca.dns["only-here.example.test"] == [.txt("\(number)")])
            try await ca.shutdown()
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

@Suite("The end of a CA")
struct ShutdownTests {
    @Test("Its ports are free again, and a second end is harmless")
    func ports() async throws {
        let configuration = TestCA.Configuration.with {
            $0.listener.addresses = [quietAddress(1)]
            $0.dnsListener?.addresses = [quietAddress(1)]
            $0.listener.security = .none
        }
        let ca = try await TestCA.start(configuration)
        let (http, dns) = (try #require(ca.address), try #require(ca.dnsAddress))
        try await ca.issue("www.example.test")
        try await ca.shutdown()
        try await ca.shutdown()
        await #expect(throws: OpenSSLError.self) { try await onOwnThread { _ = try Wire(to: "\(http)") } }
        var same = configuration
        same.listener.port = http.port
        same.dnsListener?.port = dns.port
        try await withTestCA(same) { again in
            #expect(again.address == http)
            #expect(again.dnsAddress == dns)
            try await again.issue("www.example.test")
        }
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
        try await ca.shutdown()
        let rest = try await onOwnThread { try wire.wire.read() }
        #expect(rest.isEmpty)
    }

    /// A connection that one thread after the other uses.
    private struct Opened: @unchecked Sendable { let wire: Wire }

    @Test("A body that throws ends it too, and its error comes through")
    func throwing() async throws {
        struct Mishap: Error {}
        var address: IPEndpoint?
        let configuration = TestCA.Configuration.with { $0.listener.addresses = [quietAddress(2)] }
        await #expect(throws: Mishap.self) {
            try await withTestCA(configuration) { ca in
                address = ca.address
                throw Mishap()
            }
        }
        var same = configuration
        same.listener.port = try #require(address).port
        try await withTestCA(same) { _ in }
    }

    #if compiler(>=6.2) && os(Linux)
        @Test("It leaves no thread, no socket and no other file open")
        func leavesNothing() async {
            // In a process of its own, where no other test opens anything.
            await #expect(processExitsWith: .success) {
                func issue() async throws {
                    try await withTestCA(.with { $0.threads = 3 }) { ca in
                        let client = try ca.client()
                        _ = try client.obtain(["www.example.test"], by: "http-01") { proof in
                            ca.responder.setHTTP01(token: proof.token, keyAuthorization: proof.keyAuthorization)
                        }
                        let address = try #require(ca.dnsAddress)
                        try #require(Process.eventLoops == 3)
                        _ = try Wire(to: "\(address)")
                    }
                }
                // What libraries open once and for all is open after the first.
                try await issue()
                let before = try Process.descriptors
                for _ in 0..<5 { try await issue() }
                try #require(try Process.descriptors == before)
                try #require(Process.eventLoops == 0)
            }
        }

        /// What this process has, as the kernel tells it.
        private enum Process {
            static var descriptors: [String] {
                get throws {
                    // The listing itself opens a file, whose number no longer leads anywhere.
                    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").sorted().compactMap { number in
                        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)"))
                            .map { "\(number) \($0)" }
                    }
                }
            }

            static var eventLoops: Int {
                let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
                return threads.count { thread in
                    let name = try? String(contentsOfFile: "/proc/self/task/\(thread)/comm", encoding: .utf8)
                    return name?.hasPrefix("NIO") == true
                }
            }
        }
    #endif
}
