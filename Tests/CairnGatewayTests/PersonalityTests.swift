import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("Personalities: the statuses and types that the servers in the open give", .timeLimit(.minutes(5)))
struct PersonalityTests {
    /// A refusal, and how each server puts it: `strict`, `pebble`, `boulder`, `stepCA`, `vault`.
    struct Situation: Sendable, CustomTestStringConvertible {
        let name: String
        let answers: [String]
        let provoke: @Sendable (ReferenceClient, TestServer) throws -> Response

        init(
            _ name: String, _ answers: String...,
            provoke: @escaping @Sendable (ReferenceClient, TestServer) throws -> Response
        ) {
            (self.name, self.answers, self.provoke) = (name, answers, provoke)
        }

        var testDescription: String { name }
    }

    private static let origin = "https://ca.example.test"
    private static let id = "AAAAAAAAAAAAAAAAAAAAAA"

    private static let situations: [Situation] = [
        Situation(
            "an unknown path", "404 malformed", "404 malformed", "404 malformed", "404 malformed", "404 malformed"
        ) { client, _ in try client.send("GET", origin + "/nowhere") },
        Situation(
            "a method that is not there", "405 malformed", "405 malformed", "405 malformed", "405 malformed",
            "405 malformed"
        ) { client, _ in try client.send("GET", origin + "/new-order") },
        Situation("an unknown order", "404 malformed", "404 nothing", "404 malformed", "400 malformed", "400 malformed")
        {
            client, _ in try client.read("\(origin)/order/\(id)")
        },
        Situation(
            "an unknown authorization", "404 malformed", "404 nothing", "404 malformed", "400 malformed",
            "400 malformed"
        ) { client, _ in try client.read("\(origin)/authorization/\(id)") },
        Situation(
            "an unknown certificate", "404 malformed", "404 nothing", "404 malformed", "400 malformed", "400 malformed"
        ) { client, _ in try client.read("\(origin)/certificate/7f") },
        Situation(
            "an order to finalize that is unknown", "404 malformed", "404 malformed", "404 malformed", "400 malformed",
            "400 malformed"
        ) { client, _ in try client.post("\(origin)/order/\(id)/finalize", ["csr": base64URL(try csr(["a.test"]))]) },
        Situation(
            "a wrong Content-Type", "415 malformed", "415 malformed", "400 malformed", "400 malformed", "415 malformed"
        ) {
            client, _ in
            try client.post(try client.endpoint("newOrder"), [:]) { $0.contentType = "application/json" }
        },
        Situation(
            "a wrong url", "403 unauthorized", "400 malformed", "400 malformed", "400 malformed", "401 unauthorized"
        ) { client, _ in
            try client.post(try client.endpoint("newOrder"), [:]) { $0.header["url"] = origin + "/new-account" }
        },
        Situation(
            "a deactivated account", "401 unauthorized", "403 unauthorized", "403 unauthorized", "401 unauthorized",
            "401 unauthorized"
        ) { client, _ in
            try client.post(try #require(client.kid), ["status": "deactivated"])
            return try client.post(try client.endpoint("newOrder"), [:])
        },
        Situation(
            "the order of another account", "403 unauthorized", "403 unauthorized", "403 unauthorized",
            "401 unauthorized", "401 unauthorized"
        ) { client, server in
            try client.read(try server.registered(tolerating: client.tolerances).order(["a.test"]).url)
        },
        Situation(
            "a CSR for other names", "400 badCSR", "403 unauthorized", "403 unauthorized", "400 badCSR", "400 badCSR"
        ) { client, _ in
            try client.finalize(try client.readyOrder(["a.test"]), csr: try csr(["b.test"]))
        },
        Situation(
            "an order that is not ready", "403 orderNotReady", "403 orderNotReady", "403 orderNotReady",
            "400 orderNotReady", "403 orderNotReady"
        ) { client, _ in try client.finalize(try client.order(["a.test"]), csr: try csr(["a.test"])) },
        Situation(
            "a new key that is in use", "409 malformed", "409 malformed", "409 conflict", "409 malformed",
            "409 malformed"
        ) { client, server in
            let other = try server.registered(tolerating: client.tolerances)
            return try client.changeKey(to: other.key)
        },
        Situation(
            "terms not agreed to", "403 userActionRequired", "403 userActionRequired", "400 malformed",
            "400 userActionRequired", "401 userActionRequired"
        ) { client, server in
            let newcomer = try server.client()
            newcomer.tolerances = client.tolerances
            return try newcomer.register([:])
        },
        Situation(
            "an unsupported identifier", "400 unsupportedIdentifier", "400 malformed", "400 unsupportedIdentifier",
            "400 unsupportedIdentifier", "400 unsupportedIdentifier"
        ) { client, _ in
            try client.post(
                try client.endpoint("newOrder"), ["identifiers": [["type": "email", "value": "a@example.test"]]])
        },
        Situation(
            "an invalid contact", "400 invalidContact", "400 invalidContact", "400 invalidContact",
            "400 incorrectResponse", "400 invalidContact"
        ) { client, _ in try client.post(try #require(client.kid), ["contact": ["mailto:"]]) },
        Situation(
            "an algorithm that is not supported", "400 badSignatureAlgorithm", "400 badSignatureAlgorithm",
            "400 badSignatureAlgorithm", "400 badSignatureAlgorithm", "400 malformed"
        ) { client, _ in try client.post(try client.endpoint("newOrder"), [:]) { $0.header["alg"] = "HS256" } },
        Situation(
            "terms that changed", "403 userActionRequired", "403 userActionRequired", "400 malformed",
            "400 userActionRequired", "401 userActionRequired"
        ) { client, server in
            server.engine.policy.termsOfService = .page(version: "2")
            return try client.newOrder([("dns", "a.test")])
        },
        Situation(
            "a binding that is missing", "403 externalAccountRequired", "403 externalAccountRequired",
            "403 externalAccountRequired", "400 externalAccountRequired", "401 externalAccountRequired"
        ) { client, server in
            server.engine.policy.externalAccountBinding = .required
            let newcomer = try server.client()
            newcomer.tolerances = client.tolerances
            return try newcomer.register()
        },
        Situation(
            "a rate limit", "429 rateLimited", "429 rateLimited", "429 rateLimited", "400 rateLimited",
            "429 rateLimited"
        ) { client, server in
            server.engine.policy.rateLimits.newOrdersPerAccount = RateLimit(0, per: .hours(1))
            return try client.newOrder([("dns", "a.test")])
        },
        Situation(
            "a paused name", "429 rateLimited", "429 rateLimited", "429 rateLimited", "400 rateLimited",
            "429 rateLimited"
        ) { client, server in
            let id = try #require(client.kid?.split(separator: "/").last.flatMap { Account.ID($0) })
            try server.engine.pause(["a.test"], of: id, at: server.now)
            return try client.newOrder([("dns", "a.test")])
        },
        Situation(
            "CAA records that forbid", "403 caa", "403 caa", "403 caa", "400 caa", "403 caa"
        ) { client, server in
            let order = try client.readyOrder(["a.test"])
            server.advance(by: .hours(8))
            server.forbidByCAA(Problem(.caa, "not here"))
            return try client.finalize(order, csr: try csr(["a.test"]))
        },
        Situation(
            "a name that the CA blocks", "400 rejectedIdentifier", "400 rejectedIdentifier", "400 rejectedIdentifier",
            "400 rejectedIdentifier", "400 rejectedIdentifier"
        ) { client, server in
            server.engine.policy.blockedNames = ["a.test"]
            return try client.newOrder([("dns", "a.test")])
        },
        Situation("a bad nonce", "400 badNonce", "400 badNonce", "400 badNonce", "400 badNonce", "400 badNonce") {
            client, _ in try client.post(try client.endpoint("newOrder"), [:]) { $0.header["nonce"] = "bm8" }
        },
    ]

    @Test("Each server's answer to each refusal", arguments: Array(Personality.all.enumerated()), situations)
    func refusals(_ personality: (offset: Int, element: Personality), _ situation: Situation) throws {
        let server = try TestServer(configuration: GatewayConfiguration(personality: personality.element))
        let client = try server.registered(tolerating: Self.tolerances(of: personality.element))
        let response = try situation.provoke(client, server)
        let answer = "\(response.status) \(response.problem ?? "nothing")"
        #expect(answer == situation.answers[personality.offset], "\(personality.element): \(response.text)")
    }

    /// What went wrong with a challenge, and what each server writes into it and into its order.
    struct Failure: Sendable, CustomTestStringConvertible {
        let challenge: String
        let type: ProblemType
        let errors: [String]

        init(_ challenge: String, _ type: ProblemType, _ errors: String...) {
            (self.challenge, self.type, self.errors) = (challenge, type, errors)
        }

        var testDescription: String { "\(challenge) \(type)" }
    }

    private static let failures: [Failure] = [
        Failure("http-01", .dns, "400 dns", "400 connection", "400 dns", "400 dns", "500 dns"),
        Failure("http-01", .tls, "400 tls", "400 connection", "400 tls", "400 tls", "500 tls"),
        Failure(
            "http-01", .connection, "400 connection", "400 connection", "400 connection", "400 connection",
            "500 connection"),
        Failure(
            "http-01", .incorrectResponse, "400 incorrectResponse", "403 unauthorized", "403 unauthorized",
            "400 incorrectResponse", "400 incorrectResponse"),
        Failure(
            "http-01", .unauthorized, "403 unauthorized", "403 unauthorized", "403 unauthorized", "401 unauthorized",
            "401 unauthorized"),
        Failure("http-01", .caa, "403 caa", "403 caa", "403 caa", "400 caa", "403 caa"),
        Failure(
            "http-01", .rateLimited, "429 rateLimited", "429 rateLimited", "429 rateLimited", "400 rateLimited",
            "429 rateLimited"),
        Failure(
            "http-01", .externalAccountRequired, "403 externalAccountRequired", "403 externalAccountRequired",
            "403 externalAccountRequired", "400 externalAccountRequired", "401 externalAccountRequired"),
        Failure("dns-01", .dns, "400 dns", "403 unauthorized", "400 dns", "400 dns", "500 dns"),
        Failure("tls-alpn-01", .dns, "400 dns", "400 malformed", "400 dns", "400 dns", "500 dns"),
        Failure("tls-alpn-01", .tls, "400 tls", "403 unauthorized", "400 tls", "400 tls", "500 tls"),
        Failure(
            "tls-alpn-01", .connection, "400 connection", "403 unauthorized", "400 connection", "400 connection",
            "500 connection"),
    ]

    @Test("Each server's error in a challenge and its order", arguments: Array(Personality.all.enumerated()), failures)
    func errors(_ personality: (offset: Int, element: Personality), _ failure: Failure) throws {
        let server = try TestServer(configuration: GatewayConfiguration(personality: personality.element))
        let type = failure.type
        server.decide { _ in Problem(type, "nothing was right") }
        let client = try server.registered(tolerating: Self.tolerances(of: personality.element))
        let order = try client.order(["a.test"])
        let url = try client.challenge(failure.challenge, of: try #require(order.authorizations.first)).url
        try client.respond(to: url)
        let expected = failure.errors[personality.offset].split(separator: " ").map(String.init)
        for error in [try client.read(url).error, try client.read(order.url).error] {
            let error = try #require(error)
            #expect(error["type"] as? String == "urn:ietf:params:acme:error:\(expected[1])")
            let hasStatus = ![Personality.stepCA, .vault].contains(personality.element)
            #expect(error["status"] as? Int == (hasStatus ? Int(expected[0]) : nil))
            for subproblem in error["subproblems"] as? [[String: Any]] ?? [] {
                #expect(subproblem["type"] as? String == "urn:ietf:params:acme:error:\(expected[1])")
            }
        }
    }

    @Test(
        "Members of problem documents that a server does not have",
        arguments: [
            (.strict, true, true, true), (.pebble, false, false, true), (.boulder, true, false, true),
            (.stepCA, false, false, false), (.vault, false, false, false),
        ] as [(Personality, Bool, Bool, Bool)])
    func members(_ personality: Personality, _ algorithms: Bool, _ instance: Bool, _ status: Bool) throws {
        let server = try TestServer(configuration: GatewayConfiguration(personality: personality))
        let client = try server.client()
        client.tolerances = Self.tolerances(of: personality)
        let unsigned = try client.register(["termsOfServiceAgreed": false])
        #expect((unsigned.json["instance"] != nil) == instance)
        #expect((unsigned.json["status"] != nil) == status)
        #expect(unsigned.links("terms-of-service").count == 1)
        let odd = try client.post(try client.endpoint("newAccount"), [:], as: .key) { $0.header["alg"] = "HS256" }
        #expect(odd.detail.contains("HS256"))
        #expect((odd.json["algorithms"] != nil) == algorithms)
    }

    @Test(
        "Only Pebble puts a charset after its media types, has one format, and lets newNonce be stored",
        arguments: Personality.all)
    func fields(_ personality: Personality) throws {
        let server = try TestServer(configuration: GatewayConfiguration(personality: personality))
        let client = try server.registered(tolerating: Self.tolerances(of: personality))
        let isPebble = personality == .pebble
        let suffix = isPebble ? "; charset=utf-8" : ""
        let directory = try client.send("GET", Self.origin + "/dir")
        #expect(directory.values("Content-Type") == ["application/json" + suffix])
        #expect(
            directory.values("Access-Control-Expose-Headers")
                == [isPebble ? "Link, Replay-Nonce, Location" : "Link, Location, Replay-Nonce, Retry-After"])
        let order = try client.issue(["www.example.test"])
        #expect(order.values("Location").isEmpty == isPebble)
        let chain = try client.certificate(of: order)
        #expect(chain.values("Content-Type") == ["application/pem-certificate-chain" + suffix])
        let leaf = try client.read(
            try #require(order.json["certificate"] as? String), fields: ["Accept": "application/pkix-cert"])
        let expected = isPebble ? "application/pem-certificate-chain; charset=utf-8" : "application/pkix-cert"
        #expect(leaf.values("Content-Type") == [expected])
        let refusal = try client.send("GET", Self.origin + "/nowhere")
        #expect(refusal.values("Content-Type") == ["application/problem+json" + suffix])
        let nonce = try client.send("HEAD", try client.endpoint("newNonce"))
        #expect(nonce.values("Cache-Control") == [isPebble ? "public, max-age=0, no-cache" : "no-store"])
        let changed = try client.changeKey(to: try AccountKey())
        #expect(changed.status == 200)
        #expect(changed.body.isEmpty == isPebble)
    }

    @Test("Boulder says which account asked, once it knows", arguments: Personality.all)
    func requester(_ personality: Personality) throws {
        let server = try TestServer(configuration: GatewayConfiguration(personality: personality))
        let client = try server.registered(tolerating: Self.tolerances(of: personality))
        let account = try #require(client.kid?.split(separator: "/").last)
        let asked = try client.read(try #require(client.kid))
        #expect(asked.values("Boulder-Requester") == (personality == .boulder ? [String(account)] : []))
        #expect(try client.send("GET", Self.origin + "/dir").values("Boulder-Requester").isEmpty)
    }

    @Test("A server without a personality of its own is strict, and the strict client finds nothing to tolerate")
    func strict() throws {
        #expect(GatewayConfiguration().personality == .strict)
        #expect(Self.tolerances(of: .strict).isEmpty)
        #expect(Personality.all.map(\.name) == ["strict", "pebble", "boulder", "stepCA", "vault"])
    }

    @Test("What is refused does not depend on the personality", arguments: Personality.all)
    func decisions(_ personality: Personality) throws {
        let server = try TestServer(configuration: GatewayConfiguration(personality: personality))
        let client = try server.registered(tolerating: Self.tolerances(of: personality))
        #expect(try client.issue(["www.example.test"]).state == "valid")
        expectRefusal(try client.post(try client.endpoint("newOrder"), ["identifiers": []]), 400, "malformed", "§7.4")
    }

    /// What a strict client has to put up with to speak to a server at all.
    private static func tolerances(of personality: Personality) -> Set<ReferenceClient.Tolerance> {
        switch personality {
        case .pebble: [.mediaTypeParameters, .bareNotFound]
        case .boulder: [.unregisteredTypes]
        case .stepCA, .vault: [.problemWithoutStatus]
        default: []
        }
    }
}

extension TestServer {
    /// A client that has an account and puts up with some things.
    fileprivate func registered(tolerating tolerances: Set<ReferenceClient.Tolerance>) throws -> ReferenceClient {
        let client = try client()
        client.tolerances = tolerances
        try client.register()
        return client
    }
}
