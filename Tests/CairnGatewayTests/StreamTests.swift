import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

/// Each purpose draws from a stream of its own, so that a test which does one thing more finds everything else as it was.
@Suite("Streams of chance", .timeLimit(.minutes(5)))
struct StreamTests {
    enum Purpose: CaseIterable {
        case nonces, ids, tokens, externalAccountKeys, pauses, pages, reuse, serialNumbers, retryAfter
    }

    private static func server() throws -> TestServer {
        var policy = CairnPolicy()
        policy.challengeTypes = [.http01, .oob01]
        policy.authorizationReuse["*.reuse.test"] = .sometimes(0.5)
        return try TestServer(
            policy: policy, configuration: GatewayConfiguration(.with { $0.retryAfterForm = .either }, seed: 7), seed: 7
        )
    }

    private static func id(_ client: ReferenceClient) throws -> Account.ID {
        try #require(client.kid?.split(separator: "/").last.flatMap { Account.ID($0) })
    }

    private static func issue(_ server: TestServer, _ identifier: String?, _ macKey: [UInt8]?) throws -> [String] {
        let key = try server.engine.issueExternalAccountKey(
            identifier: identifier, macKey: macKey, uses: .once, expires: nil, policy: CairnBoundPolicy(),
            at: server.now)
        return [key.identifier, key.macKeyText]
    }

    /// What is drawn for each purpose, once something has been drawn before.
    private static func run(after draw: (TestServer) throws -> Void = { _ in }) throws -> [Purpose: [String]] {
        let server = try server()
        try draw(server)
        var drawn: [Purpose: [String]] = [:]
        drawn[.nonces] = (0..<3).map { _ in server.engine.issueNonce() }
        let client = try server.registered()
        let account = try id(client)
        drawn[.externalAccountKeys] = try issue(server, nil, nil) + issue(server, nil, nil)

        let names = ["www.example.test", "a.reuse.test"]
        let order = try client.readyOrder(names)
        let authorizations = try order.authorizations.map { try client.read($0) }
        drawn[.ids] = [client.kid ?? "", order.url] + order.authorizations
        drawn[.tokens] = authorizations.flatMap(\.challenges).compactMap { $0["token"] as? String }
        drawn[.pages] = authorizations.flatMap(\.challenges).compactMap { $0["href"] as? String }
        try client.finalize(order, csr: try csr(names))
        drawn[.serialNumbers] = server.engine.journal.certificates.suffix(1).map(\.serialNumber.hexadecimal)
        drawn[.reuse] = try (0..<24).map { _ in try client.order(["a.reuse.test"]).response.state ?? "" }

        try server.engine.pause(["www.example.test"], of: account, at: server.now)
        drawn[.pauses] = try client.newOrder([("dns", "www.example.test")]).links("help")
        let waiting = try client.challenge("oob-01", of: try client.order(["oob.example.test"]).authorizations[0]).url
        try client.respond(to: waiting)
        drawn[.retryAfter] = try (0..<24).map { _ in
            try client.read(waiting)["Retry-After"]?.contains("GMT") == true ? "date" : "seconds"
        }
        return drawn
    }

    /// Something that draws once more, and from which streams.
    struct Draw: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let streams: Set<Purpose>
        let draw: @Sendable (TestServer) throws -> Void
    }

    static let draws: [Draw] = [
        Draw(testDescription: "a nonce", streams: [.nonces]) { _ = $0.engine.issueNonce() },
        Draw(testDescription: "an account", streams: [.ids]) { _ = try account($0) },
        Draw(testDescription: "an authorization", streams: [.ids, .tokens]) { server in
            _ = try server.engine.newAuthorization(
                for: "more.example.test", by: try account(server), challengeTypes: [.http01], at: server.now)
        },
        Draw(testDescription: "a page", streams: [.ids, .tokens, .pages]) { server in
            _ = try server.engine.newAuthorization(
                for: "more.example.test", by: try account(server), challengeTypes: [.oob01], at: server.now)
        },
        Draw(testDescription: "a pause", streams: [.ids, .pauses]) { server in
            try server.engine.pause(["more.example.test"], of: try account(server), at: server.now)
        },
        Draw(testDescription: "a key of an external account", streams: [.externalAccountKeys]) { server in
            _ = try issue(server, nil, nil)
        },
        Draw(testDescription: "a key of an external account with a name", streams: [.externalAccountKeys]) { server in
            _ = try issue(server, "kid-1", nil)
        },
        Draw(testDescription: "a key of an external account with everything", streams: [.externalAccountKeys]) {
            _ = try issue($0, "kid-1", [1, 2, 3])
        },
        Draw(testDescription: "a decision on reuse", streams: [.nonces, .ids, .tokens, .pages, .reuse, .retryAfter]) {
            server in
            let client = try server.registered()
            _ = try client.readyOrder(["b.reuse.test"])
            _ = try client.order(["b.reuse.test"])
        },
        Draw(testDescription: "a certificate", streams: [.nonces, .ids, .tokens, .pages, .serialNumbers, .retryAfter]) {
            server in
            _ = try server.registered().issue(["more.example.test"])
        },
        Draw(testDescription: "a Retry-After", streams: [.nonces, .ids, .tokens, .pages, .retryAfter]) { server in
            let client = try server.registered()
            let order = try client.order(["more.example.test"])
            try client.respond(to: try client.challenge("oob-01", of: order.authorizations[0]).url)
        },
    ]

    /// An account that is made without a request.
    private static func account(_ server: TestServer) throws -> Account.ID {
        let key = try PublicKey(
            jwk: ["kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"])
        return try server.engine.newAccount(NewAccount(termsOfServiceAgreed: true), key: key, at: server.now)
            .account.id
    }

    @Test("One thing more moves its own streams, and no other", arguments: draws)
    func apart(_ more: Draw) throws {
        let (without, with) = (try Self.run(), try Self.run(after: more.draw))
        for purpose in Purpose.allCases {
            #expect(without[purpose]?.isEmpty == false, "\(purpose)")
            #expect((with[purpose] != without[purpose]) == more.streams.contains(purpose), "\(purpose)")
        }
    }

    @Test("Every purpose is moved by something here")
    func complete() {
        #expect(Self.draws.reduce(into: Set<Purpose>()) { $0.formUnion($1.streams) } == Set(Purpose.allCases))
    }

    @Test("What one key of an external account is given decides nothing about the next")
    func externalAccountKeys() throws {
        let next = try [(nil, nil), ("kid-1", nil), (nil, [1]), ("kid-1", [1])].map { (given: (String?, [UInt8]?)) in
            let server = try Self.server()
            _ = try Self.issue(server, given.0, given.1)
            return try Self.issue(server, nil, nil)
        }
        #expect(Set(next).count == 1)
    }
}
