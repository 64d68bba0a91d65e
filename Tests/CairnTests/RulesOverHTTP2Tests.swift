import Cairn
import CairnOpenSSLJudge
import CairnTesting
import Testing

/// Frame by frame over real TLS, as a client of OpenSSL sees them.
@Suite("What rules do over HTTP/2", .timeLimit(.minutes(5)))
struct RulesOverHTTP2Tests {
    /// Runs `body` on a connection to a CA, on a thread of its own.
    private static func connected(
        _ body: @escaping @Sendable (TestCA, () throws -> WireHTTP2) throws -> Void
    ) async throws {
        try await withTestCA { ca in
            let address = try #require(ca.address)
            let demands = Wire.Demands(roots: ca.trustRoots.map(\.pem).joined())
            try await onOwnThread { try body(ca) { try WireHTTP2(at: "\(address)", demands: demands) } }
        }
    }

    private static func directory(over http: WireHTTP2) throws -> WireHTTP2.Response {
        try http.response(to: try http.send("GET", "/dir"))
    }

    private static func expectServed(_ response: WireHTTP2.Response, at place: SourceLocation = #_sourceLocation) {
        #expect(response.status == 200 && response.ending == .complete, sourceLocation: place)
        #expect(response.text.contains("newNonce") && response.heads == 1, sourceLocation: place)
    }

    @Test("A GOAWAY comes after as many answers as the rule says, and then the connection ends (RFC 9113 §6.8)")
    func goAway() async throws {
        try await Self.connected { ca, connect in
            ca.rules.add(.goAway.times(1), after: 2)
            let http = try connect()
            for _ in 0..<2 { Self.expectServed(try Self.directory(over: http)) }
            #expect(http.goAway == nil)
            let last = try http.send("GET", "/dir")
            Self.expectServed(try http.response(to: last))
            #expect(try http.close() == .closed)
            #expect(http.goAway?.lastStream == last && http.goAway?.code == 0)
            Self.expectServed(try Self.directory(over: try connect()))
        }
    }

    @Test("Every answer can be the last of its connection")
    func goAwayEachTime() async throws {
        try await Self.connected { ca, connect in
            ca.rules.add(.goAway)
            for _ in 0..<3 {
                let http = try connect()
                Self.expectServed(try Self.directory(over: http))
                #expect(try http.close() == .closed)
                #expect(http.goAway?.lastStream == 1)
            }
        }
    }

    @Test("A connection that is closed after the answer says nothing before")
    func close() async throws {
        try await Self.connected { ca, connect in
            ca.rules.add(.close.times(1))
            let http = try connect()
            Self.expectServed(try Self.directory(over: http))
            #expect(try http.close() == .closed)
            #expect(http.goAway == nil)
        }
    }

    @Test("A stream that is reset leaves its connection as it was (RFC 9113 §6.4)")
    func resetStream() async throws {
        try await Self.connected { ca, connect in
            ca.rules.add(.resetStream.times(2), at: .directory)
            let http = try connect()
            for _ in 0..<2 {
                let response = try Self.directory(over: http)
                #expect(response.ending == .reset(WireHTTP2.internalError) && response.heads == 0)
            }
            Self.expectServed(try Self.directory(over: http))
        }
    }

    @Test("A dropped request ends the connection in good order, and a reset one breaks it")
    func dropped() async throws {
        try await Self.connected { ca, connect in
            ca.rules.add(.drop.times(1).then(.reset).times(1).then(.loseAnswer).times(1), at: .directory)
            let dropped = try Self.directory(over: try connect())
            #expect(dropped.ending == .closed && dropped.heads == 0)
            for _ in 0..<2 {
                let reset = try Self.directory(over: try connect())
                #expect(reset.ending == .broken(isReset: true) && reset.heads == 0)
            }
            Self.expectServed(try Self.directory(over: try connect()))
            let kinds = ca.journal.requests.map(\.rules.first?.action)
            #expect(kinds == ["drop", "reset", "loseAnswer", nil])
        }
    }

    @Test("A held request gets its answer when the gate opens, and others of its connection are answered meanwhile")
    func held() async throws {
        try await Self.connected { ca, connect in
            let gate = ca.rules.add(.hold, at: .directory)
            let http = try connect()
            let held = try http.send("GET", "/dir")
            let other = try http.send("HEAD", "/new-nonce")
            #expect(try http.response(to: other).status == 200)
            #expect(gate.waiting == 1)
            gate.release()
            Self.expectServed(try http.response(to: held))
        }
    }

    @Test("A delayed and dribbled answer comes whole")
    func slow() async throws {
        try await Self.connected { ca, connect in
            ca.rules.add(.delay(.milliseconds(5)))
            ca.rules.add(.delayBody(.milliseconds(5)))
            ca.rules.add(.dribble(bytes: 64, every: .milliseconds(1)))
            Self.expectServed(try Self.directory(over: try connect()))
            #expect(ca.journal.requests.first?.rules.map(\.action) == ["delay", "delayBody", "dribble"])
        }
    }

    @Test("A cut answer ends after as many bytes as the rule says, its stream cancelled or its connection reset")
    func cut() async throws {
        try await Self.connected { ca, connect in
            ca.rules.add(.cut(after: 10).times(1).then(.reset(after: 20)).times(1), at: .directory)
            let http = try connect()
            let cut = try Self.directory(over: http)
            #expect(cut.ending == .reset(WireHTTP2.cancel) && cut.body.count == 10 && cut.status == 200)
            let reset = try Self.directory(over: http)
            #expect(reset.ending == .broken(isReset: true))
            Self.expectServed(try Self.directory(over: try connect()))
        }
    }

    @Test("Statuses and redirects are answers like others", arguments: [503, 429, 308])
    func statuses(status: Int) async throws {
        try await Self.connected { ca, connect in
            ca.rules.add(status == 308 ? .redirect(to: "", status: 308).times(1) : .status(status).times(1))
            let http = try connect()
            let response = try Self.directory(over: http)
            #expect(response.status == status && response.ending == .complete)
            Self.expectServed(try Self.directory(over: http))
        }
    }

    @Test("A 204 that gives a length has the body that it may not have (RFC 9110 §8.6)")
    func lengthOfNothing() async throws {
        try await Self.connected { ca, connect in
            ca.rules.add(.setStatus(204), at: .directory)
            let http = try connect()
            #expect(try Self.directory(over: http).body.isEmpty)
            ca.rules.add(.set(.named("Content-Length"), "5"), at: .directory)
            ca.rules.add(.truncate(after: 5), at: .directory)
            let response = try Self.directory(over: http)
            #expect(response.status == 204 && response.body.count == 5)
        }
    }
}
