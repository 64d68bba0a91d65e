import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import HTTPTypes
import Testing

@Suite("What goes over the wire as with Pebble", .timeLimit(.minutes(5)))
struct PebbleWireTests {
    private static let origin = "https://ca.example.test"

    private static func server(
        _ policy: CairnPolicy = CairnPolicy(), shufflesLists: Bool = false, seed: CairnSeed = 1
    ) throws -> TestServer {
        var policy = policy
        CairnPersonality.pebble.decide(&policy)
        return try TestServer(
            policy: policy,
            configuration: GatewayConfiguration(
                .with { ($0.paths, $0.shufflesLists) = (.pebble, shufflesLists) }, personality: .pebble, seed: seed),
            seed: seed)
    }

    // MARK: Pages of other origins (the CORS protocol of the Fetch standard)

    @Test("A preflight is answered for a method that the resource has, and for pages alone")
    func preflight() throws {
        let client = try Self.server().client()
        client.tolerances = [.mediaTypeParameters]
        let fields = ["Origin": "https://page.example.test", "Access-Control-Request-Method": "POST"]
        let answer = try client.send("OPTIONS", Self.origin + "/order-plz", fields: fields)
        #expect(answer.status == 204)
        #expect(answer["Access-Control-Allow-Origin"] == "*")
        #expect(answer["Access-Control-Allow-Headers"] == "Content-Type")
        #expect(answer["Access-Control-Max-Age"] == "5")
        #expect(answer["Cache-Control"] == nil && answer["Link"] == nil)
        for (name, value) in [("Access-Control-Request-Method", "GET"), ("Origin", "")] {
            var fields = fields
            fields[name] = value.isEmpty ? nil : value
            let refusal = try client.send("OPTIONS", Self.origin + "/order-plz", fields: fields)
            expectRefusal(refusal, 405, "malformed", "Method not allowed")
            #expect(refusal.values("Allow") == ["POST"])
        }
        let page = try client.send("GET", Self.origin + "/dir", fields: ["Origin": "https://page.example.test"])
        #expect(page["Access-Control-Allow-Origin"] == "*")
    }

    @Test("A request without User-Agent brings no nonce, not even a POST (§6.1)")
    func userAgent() throws {
        let gateway = try Self.server().gateway
        for method in [HTTPRequest.Method.get, .post] {
            let delivery = gateway.respond(
                to: CairnRequest(
                    HTTPRequest(method: method, scheme: "https", authority: "ca.example.test", path: "/order-plz")))
            #expect(delivery.head.status.code == 400)
            #expect(delivery.head.headerFields[HTTPField.Name("Replay-Nonce")!] == nil)
            #expect(String(decoding: delivery.body, as: UTF8.self).contains("MUST include a User-Agent header"))
        }
    }

    @Test(
        "URLs begin with the scheme that a proxy names, and only with one of HTTP; a signed request has to have that, too"
    )
    func forwarded() throws {
        let server = try Self.server()
        let client = try server.client()
        for (value, scheme) in [("http", "http"), ("https", "https"), ("gopher", "https"), ("", "https")] {
            let directory = try client.send("GET", Self.origin + "/dir", fields: ["X-Forwarded-Proto": value])
            #expect(directory.json["newOrder"] as? String == "\(scheme)://ca.example.test/order-plz")
        }
        // Whoever passes requests on from HTTP in the clear to HTTPS.
        let proxied = try ReferenceClient(directory: "http://ca.example.test/dir") { request in
            var request = request
            request.head.scheme = "https"
            request.head.headerFields[HTTPField.Name("X-Forwarded-Proto")!] = "http"
            return server.gateway.respond(to: request)
        }
        proxied.tolerances = [.mediaTypeParameters]
        try proxied.register()
        #expect(proxied.kid?.hasPrefix("http://ca.example.test/my-account/") == true)
    }

    // MARK: Lists

    private static func lists(_ server: TestServer) throws -> [[String]] {
        let client = try server.registered(as: .pebble)
        let names = (0..<6).map { "a\($0).example.test" }
        let order = try client.order(names)
        return try (0..<6).flatMap { _ in
            let read = try client.read(order.url)
            let authorization = try client.read(order.authorizations.sorted()[0])
            let kinds = (authorization.json["challenges"] as? [[String: Any]] ?? []).compactMap {
                $0["type"] as? String
            }
            return [read.identifiers, read.json["authorizations"] as? [String] ?? [], kinds]
        }
    }

    @Test("Lists are in another order in each answer, by the seed, and hold the same (§7.1.3, §7.1.4)")
    func shuffled() throws {
        let lists = try Self.lists(Self.server(shufflesLists: true))
        for kind in 0..<3 {
            let same = stride(from: kind, to: lists.count, by: 3).map { lists[$0] }
            #expect(Set(same).count > 1)
            #expect(Set(same.map { $0.sorted() }).count == 1)
        }
        #expect(try Self.lists(Self.server(shufflesLists: true)).map(\.count) == lists.map(\.count))
        let again = try [1, 1].map { try Self.lists(Self.server(shufflesLists: true, seed: $0)) }
        // Keys differ from run to run, and ids do not depend on them.
        #expect(again[0] == again[1])
        let usual = try Self.lists(Self.server())
        for kind in 0..<3 { #expect(Set(stride(from: kind, to: usual.count, by: 3).map { usual[$0] }).count == 1) }
    }

    // MARK: -strict

    @Test("Forms of the time before RFC 8555 are refused where the policy says so, and else are not looked at (§7.5.1)")
    func earlierForms() throws {
        var policy = CairnPolicy()
        for isStrict in [false, true] {
            policy.refusesEarlierForms = isStrict
            let client = try Self.server(policy).registered(as: .pebble)
            let names = [["type": "dns", "value": "www.example.test"]]
            let order = try client.post(
                try client.endpoint("newOrder"), ["identifiers": names, "resource": "new-order"])
            #expect(order.status == (isStrict ? 400 : 201))
            if isStrict {
                expectRefusal(
                    order, 400, "malformed",
                    "JWS body included JSON with a deprecated ACME v1 \"resource\" field (\"new-order\")")
            }
            for (body, isRelic) in [("{}", false), ("{ }", true), ("{\"a\":1}", true)] {
                let placed = try client.order(["www.example.test"])
                let url = try client.challenge("http-01", of: placed.authorizations[0]).url
                let response = try client.post(url, [:]) { $0.payload = Data(body.utf8) }
                #expect(response.status == (isStrict && isRelic ? 400 : 200), "\(response.text)")
                if response.status == 400 {
                    #expect(response.detail == "challenge initiation POST JWS body was not \"{}\"")
                }
            }
        }
    }

    // MARK: Texts

    typealias Mistake = @Sendable (ReferenceClient) throws -> Response

    private static func order(_ value: Any, _ type: String = "dns") -> Mistake {
        nonisolated(unsafe) let value = value
        return { client in
            try client.post(try client.endpoint("newOrder"), ["identifiers": [["type": type, "value": value]]])
        }
    }

    private static func header(_ name: String, _ value: (any Sendable)?) -> Mistake {
        { client in try client.post(try client.endpoint("newOrder"), [:]) { $0.header[name] = value } }
    }

    private static func update(_ payload: [String: any Sendable]) -> Mistake {
        { client in try client.post(client.kid ?? "", payload) }
    }

    private static func csr(_ names: [String]) -> Mistake {
        { client in
            let order = try client.readyOrder(["www.example.test"])
            return try client.finalize(order, csr: try CairnGatewayTests.csr(names))
        }
    }

    private static let texts: [(String, Mistake)] = [
        ("JWS has no anti-replay nonce", header("nonce", nil)),
        ("JWS has an invalid anti-replay nonce: bm8", header("nonce", "bm8")),
        ("JWS header parameter 'url' required.", header("url", nil)),
        (
            "JWS header parameter 'url' incorrect. Expected \"\(origin)/order-plz\", got \"\(origin)/x\"",
            header("url", origin + "/x")
        ),
        ("Key ID (kid) in JWS header missing expected URL prefix", header("kid", "https://other.test/1")),
        ("Key ID (kid) in JWS header missing expected URL prefix", header("kid", nil)),
        ("Account \(origin)/my-account/1 not found.", header("kid", origin + "/my-account/1")),
        (
            "JWS header contained unsupported algorithm, supported algorithms are: [RS256 ES256 ES384 ES512]",
            header("alg", "HS256")
        ),
        ("Order included DNS identifier with empty value", order("")),
        ("Order included DNS identifier with a value containing an illegal character: '_'", order("_a.test")),
        (
            "Order included DNS identifier that was longer than 253 characters",
            order(String(repeating: "a", count: 254))
        ),
        ("Order included a DNS identifier with an IP address value: \"10.0.0.1\"\n", order("10.0.0.1")),
        ("Order included a DNS identifier with a value ending in a period: \"a.test.\"\n", order("a.test.")),
        (
            "Order included DNS type identifier with illegal wildcard value: too many wildcards \"*.*.test\"",
            order("*.*.test")
        ),
        (
            "Order included DNS type identifier with illegal wildcard value: wildcard isn't leftmost prefix \"a.*.test\"",
            order("a.*.test")
        ),
        ("Order includes unknown identifier type email", order("a@example.test", "email")),
        ("contact method \"tel\" is not supported", update(["contact": ["tel:1"]])),
        ("contact method \"\" is not supported", update(["contact": ["a@example.test"]])),
        ("contact email \"nobody\" is invalid", update(["contact": ["mailto:nobody"]])),
        ("too many contacts provided: 3 > 2", update(["contact": Array(repeating: "mailto:a@a.test", count: 3)])),
        ("Use POST-as-GET to retrieve account data instead of doing an empty update", update([:])),
        ("Error unmarshaling account update JSON body", update(["contact": 1])),
        ("CSR is missing Order domain \"www.example.test\"", csr(["a.example.test"])),
        (
            "Order includes different number of DNSnames identifiers than CSR specifies",
            csr(["www.example.test", "a.example.test"])
        ),
        (
            "Order includes different number of IP address identifiers than CSR specifies",
            csr(["www.example.test", "10.0.0.1"])
        ),
        (
            "Order's status (\"pending\") was not ready",
            { client in
                try client.finalize(
                    try client.order(["www.example.test"]), csr: try CairnGatewayTests.csr(["www.example.test"]))
            }
        ),
        (
            "POST-as-GET requests must have a nil body",
            { client in try client.post(try client.order(["www.example.test"]).url, [:]) }
        ),
    ]

    @Test("What is wrong is told in the words that the tests of clients compare", arguments: texts.indices)
    func words(_ index: Int) throws {
        let (text, mistake) = Self.texts[index]
        let response = try mistake(try Self.server().registered(as: .pebble))
        #expect(response.status >= 400)
        #expect(response.detail == text)
    }

    @Test("A revocation is refused in those words as well (§7.6)")
    func revocation() throws {
        let client = try Self.server().registered(as: .pebble)
        let leaf = base64URL(try client.certificate(of: try client.issue(["www.example.test"])).leaf())
        let url = try client.endpoint("revokeCert")
        let seven = try client.post(url, ["certificate": leaf, "reason": 7])
        #expect(seven.detail == "Invalid revocation reason: 7")
        #expect(try client.post(url, ["certificate": leaf]).status == 200)
        #expect(try client.post(url, ["certificate": leaf]).detail == "Certificate has already been revoked.")
        #expect(try client.post(url, ["certificate": "AAAA"]).detail == "Unable to find specified certificate.")
    }
}
