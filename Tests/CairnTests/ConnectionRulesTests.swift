import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

/// Judged by a client of OpenSSL, over real sockets.
@Suite("What rules do to connections", .timeLimit(.minutes(5)))
struct ConnectionRulesTests {
    /// How far a client comes.
    enum Outcome: Equatable, Sendable {
        case served
        /// The TCP connection, or the handshake, went wrong; in OpenSSL's words.
        case noHandshake(String, isReset: Bool)
        /// The handshake went well, and then the connection broke.
        case broken(isReset: Bool)
    }

    private static func visit(
        _ ca: TestCA, _ name: PathJudge.Name = .host("localhost"), trusting roots: String? = nil,
        versions: ClosedRange<Wire.Demands.Version> = .tls12 ... .tls13
    ) async throws -> Outcome {
        let address = try #require(ca.address)
        let demands = Wire.Demands(
            roots: roots ?? ca.trustRoots.map(\.pem).joined(), name: name, versions: versions)
        return try await onOwnThread {
            let wire: Wire
            do { wire = try Wire(to: "\(address)", demands: demands) } catch let error as OpenSSLError {
                return .noHandshake(error.description, isReset: error.isReset)
            }
            do {
                try wire.write(Array("GET /dir HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
                while !(try wire.read()).isEmpty {}
                return .served
            } catch let error as OpenSSLError { return .broken(isReset: error.isReset) }
        }
    }

    @Test("Connections are reset at the accept and in the handshake, and then are served")
    func resets() async throws {
        try await withTestCA { ca in
            let rule = ca.rules.add(.resetAtAccept.times(1).then(.resetInHandshake).times(1))
            for _ in 0..<2 {
                guard case .noHandshake = try await Self.visit(ca) else {
                    Issue.record("the handshake went well")
                    continue
                }
            }
            #expect(try await Self.visit(ca) == .served)
            #expect(rule.record?.fired == 2)
        }
    }

    @Test(
        "A connection that is reset after the handshake has had one",
        arguments: [Wire.Demands.Version.tls12, .tls13])
    func resetAfterHandshake(version: Wire.Demands.Version) async throws {
        try await withTestCA { ca in
            ca.rules.add(.resetAfterHandshake.times(1))
            let (first, second) = (
                try await Self.visit(ca, versions: version...version), try await Self.visit(ca)
            )
            #expect(first == .broken(isReset: true) && second == .served)
        }
    }

    @Test(
        "A handshake ends with the alert that the rule names (RFC 8446 §6.2)",
        arguments: [
            (CairnFault.handshakeFailure, "handshake failure"), (.tlsInternalError, "internal error"),
            (.unrecognizedName, "unrecognized name"),
        ])
    func alert(fault: CairnFault, words: String) async throws {
        try await withTestCA { ca in
            ca.rules.add(fault.times(1))
            let outcome = try await Self.visit(ca)
            guard case .noHandshake(let text, isReset: false) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(text.contains(words))
            #expect(try await Self.visit(ca) == .served)
        }
    }

    @Test(
        "The server shows a certificate of which one thing is wrong, and then its own again (RFC 9110 §4.3.4)",
        arguments: [
            (CairnFault.expiredServerCertificate, "certificate has expired"),
            (.futureServerCertificate, "certificate is not yet valid"),
            (.wrongServerCertificate, "hostname mismatch"),
            (.untrustedServerCertificate, "unable to get local issuer certificate"),
        ])
    func certificate(fault: CairnFault, words: String) async throws {
        try await withTestCA(.with { $0.listener.security = .ephemeral(names: ["ca.example.test"]) }) { ca in
            ca.rules.add(fault.times(2))
            for name in ["localhost", "ca.example.test"] {
                let outcome = try await Self.visit(ca, .host(name))
                guard case .noHandshake(let text, _) = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
                #expect(text.contains(words))
            }
            #expect(try await Self.visit(ca) == .served)
        }
    }

    @Test("A certificate that was given can be replaced by an untrusted one, and by no other")
    func given() async throws {
        let issuer = try TestCA.inMemory()
        issuer.validation.standard = .approve
        let key = try OpenSSLKey(.curve("P-256"))
        let issuance = try issuer.client().obtain(["ca.example.test"], by: "http-01", with: key) { _ in }
        let root = issuer.authority.roots[0].pem
        let security = TestCA.Configuration.Security.pem(
            chain: issuance.pem, privateKey: try key.privateKeyPEM, trustRoot: root)
        try await withTestCA(.with { $0.listener.security = security }) { ca in
            for fault in [CairnFault.expiredServerCertificate, .futureServerCertificate, .wrongServerCertificate] {
                let error = #expect(throws: CairnRuleError.self) { try ca.rules.add(CairnRule(fault, at: .connection)) }
                #expect(error?.pointer == "/do")
                #expect(error?.sentence.contains(#"expected "untrusted", got "#) == true)
            }
            ca.rules.add(.untrustedServerCertificate.times(1))
            let outcome = try await Self.visit(ca, .host("ca.example.test"), trusting: root)
            guard case .noHandshake(let text, _) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(text.contains("unable to get local issuer certificate"))
        }
    }

    @Test("The journal tells which rule did what to which connection")
    func journal() async throws {
        try await withTestCA { ca in
            ca.rules.add(.resetAtAccept.times(1), name: "first")
            ca.rules.add(.expiredServerCertificate.times(1), name: "second")
            for _ in 0..<3 { _ = try await Self.visit(ca) }
            #expect(ca.journal.connections.map(\.number) == [1, 2])
            #expect(ca.journal.connections.map(\.rule.description) == ["second: serverCertificate", "first: reset"])
            #expect(ca.journal.connections.allSatisfy { $0.source == .loopbackV4 && $0.rule.point == "connection" })
            let entry = try #require(ca.journal.entries.first)
            #expect(entry.description.hasSuffix("connection 1, by rule second: serverCertificate"))
            #expect(entry.json["event"] == "connection" && entry.json["connection"] == 1)
            #expect(entry.json["source"] == "127.0.0.1")
            #expect(
                entry.json["rules"]
                    == [["rule": "second", "action": "serverCertificate", "point": "connection"]])
            #expect(await ca.journal.first { $0.request?.sent?.connection == 3 } != nil)
        }
    }

    @Test("The same seed does the same to the same connections")
    func repeatable() async throws {
        func numbers() async throws -> [Int] {
            try await withTestCA(.with { $0.seed = 7 }) { ca in
                ca.rules.add(.handshakeFailure, probability: 0.5)
                for _ in 0..<12 { _ = try await Self.visit(ca) }
                return ca.journal.connections.map(\.number)
            }
        }
        let (first, second) = (try await numbers(), try await numbers())
        #expect((1...11).contains(first.count))
        #expect(first == second)
    }

    @Test("What cannot happen to the connections of a CA is refused when the rule is added")
    func refused() async throws {
        let faults: [CairnFault] = [
            .resetInHandshake, .resetAfterHandshake, .handshakeFailure, .untrustedServerCertificate,
        ]
        let inMemory = try TestCA.inMemory()
        for fault in faults + [.resetAtAccept] {
            let error = #expect(throws: CairnRuleError.self) {
                try inMemory.rules.add(CairnRule(fault, at: .connection))
            }
            #expect(error?.description.hasPrefix("/do: expected a CA that listens, got one without sockets") == true)
        }
        try await withTestCA(.with { $0.listener.security = .none }) { ca in
            for fault in faults {
                let error = #expect(throws: CairnRuleError.self) {
                    try ca.rules.add(CairnRule(fault, at: .connection))
                }
                #expect(error?.sentence.hasPrefix("expected a listener with TLS") == true)
            }
            try ca.rules.add(CairnRule(.resetAtAccept, at: .connection, isOptional: true))
            let set = [CairnRule(.badNonce), CairnRule(.resetAtAccept, at: .connection)]
            let error = #expect(throws: CairnRuleError.self) { try ca.rulesets.save(set, as: "set") }
            #expect(error?.pointer == "/1/at")
        }
    }
}
