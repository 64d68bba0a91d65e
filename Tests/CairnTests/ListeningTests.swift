import Cairn
import CairnOpenSSLJudge
import CairnTesting
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("A server that refuses connections", .timeLimit(.minutes(5)))
struct ListeningTests {
    /// What a client that connects is told.
    private static func connect(to ca: TestCA) async throws -> String {
        let address = try #require(ca.address)
        let demands = Wire.Demands(roots: ca.trustRoots.map(\.pem).joined())
        return try await onOwnThread {
            do {
                let http = WireHTTP(at: "\(address)", demands: demands)
                return "\(try http.exchange("GET", "/dir", authority: "localhost").status)"
            } catch let error as OpenSSLError { return error.description }
        }
    }

    @Test("Connections are refused until they are accepted again, at the same port", arguments: [1, 2])
    func refused(threads: Int) async throws {
        try await withTestCA(.with { $0.threads = threads }) { ca in
            let address = ca.address
            for _ in 0..<3 {
                let before = try await Self.connect(to: ca)
                try await ca.refuseConnections()
                #expect(ca.refusesConnections)
                let meanwhile = try await Self.connect(to: ca)
                try await ca.acceptConnections()
                #expect(!ca.refusesConnections)
                let afterwards = try await Self.connect(to: ca)
                #expect(before == "200" && afterwards == "200")
                #expect(meanwhile.contains("Connection refused"))
            }
            #expect(ca.address == address)
        }
    }

    /// A copy of the socket that listens on a port, as a program has one that is just being started.
    private static func copyOfListener(at port: Int) -> Int32? {
        for descriptor in Int32(3)..<4_096 {
            var (isListening, name): (Int32, sockaddr_in) = (0, sockaddr_in())
            var size = socklen_t(MemoryLayout<Int32>.size)
            guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening != 0 else {
                continue
            }
            size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &name) { name in
                name.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
            }
            if status == 0, Int(UInt16(bigEndian: name.sin_port)) == port { return dup(descriptor) }
        }
        return nil
    }

    @Test("Connections are not said to be refused as long as somebody else has a copy of the socket")
    func copied() async throws {
        try await withTestCA { ca in
            let port = try #require(ca.address).port
            let copy = try #require(Self.copyOfListener(at: port))
            async let refusing: Void = ca.refuseConnections()
            // Nobody connects but the CA, to see whether it is refused; without that this would wait in vain.
            let accepted = try await onOwnThread {
                var waiting = pollfd(fd: copy, events: Int16(POLLIN), revents: 0)
                return poll(&waiting, 1, 60_000) == 1 ? accept(copy, nil, nil) : -1
            }
            #expect(accepted >= 0)
            close(copy)
            close(accepted)
            try await refusing
            #expect(try await Self.connect(to: ca).contains("Connection refused"))
        }
    }

    @Test("Connections that there are end, and their requests with them")
    func ended() async throws {
        try await withTestCA { ca in
            let address = try #require(ca.address)
            let demands = Wire.Demands(roots: ca.trustRoots.map(\.pem).joined())
            let gate = ca.rules.add(.hold, at: .directory)
            async let ending = onOwnThread {
                let http = try WireHTTP2(at: "\(address)", demands: demands)
                return try http.response(to: try http.send("GET", "/dir")).ending
            }
            await withCheckedContinuation { continuation in
                ca.rules.engine.gate(named: gate.name)?.whenWaiting(1) { continuation.resume() }
            }
            try await ca.refuseConnections()
            #expect(try await ending == .closed)
            gate.release()
            #expect(await ca.journal.first { $0.request?.sent?.ending == .serverStopped } != nil)
        }
    }

    @Test("To ask twice is to ask once, and a CA that refuses connections can be shut down")
    func twice() async throws {
        let ca = try await TestCA.start()
        async let first: Void = ca.refuseConnections()
        async let second: Void = ca.refuseConnections()
        _ = try await (first, second)
        #expect(ca.refusesConnections)
        try await ca.acceptConnections()
        try await ca.acceptConnections()
        #expect(try await Self.connect(to: ca) == "200")
        try await ca.refuseConnections()
        await ca.shutdown()
        await #expect(throws: TestCA.StartError.self) { try await ca.acceptConnections() }
    }

    @Test("A CA without sockets has no connections to refuse")
    func without() async throws {
        let ca = try TestCA.inMemory()
        await #expect(throws: TestCA.StartError.self) { try await ca.refuseConnections() }
        await #expect(throws: TestCA.StartError.self) { try await ca.acceptConnections() }
        #expect(!ca.refusesConnections)
    }
}
