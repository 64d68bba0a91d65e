import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("Paths and methods", .timeLimit(.minutes(5)))
struct RoutingTests {
    private static let origin = "https://ca.example.test"
    private static let id = "AAAAAAAAAAAAAAAAAAAAAA"

    @Test(
        "A path that leads nowhere is 404 with a problem document, and a POST to it still brings a nonce (§6.5, §6.7)",
        arguments: [
            "/", "//", "/dir/", "/dir/x", "/directory/", "/DIR", "/new-order/", "/order", "/order/", "/order/short",
            "/order/\(id)/", "/order/\(id)/other", "/order/\(id)/finalize/x", "/account/\(id)x", "/challenge/\(id)",
            "/challenge/\(id)/x", "/challenge/\(id)/+1", "/challenge/\(id)/01", "/challenge/\(id)/99999999999999999999",
            "/certificate/xyz", "/certificate/", "/certificate/7f", "/orders/\(id)", "/unpause", "/unpause/x",
            "/out-of-band", "/out-of-band/x", "/out-of-band/\(id)/1",
            "/rate-limits/", "/%64ir", "/dir#x",
            "/terms", "/terms/1/", "/terms/agreement/short", "/terms/1/\(id)", "/terms/agreement/\(id)/x",
        ])
    func unknown(_ path: String) throws {
        let client = try TestServer().client()
        let response = try client.send("GET", Self.origin + path)
        expectRefusal(response, 404, "malformed", "/dir")
        let posted = try client.send("POST", Self.origin + path)
        #expect(posted.status == 404)
        #expect(posted["Replay-Nonce"] != nil)
    }

    @Test("Every kind of resource has a path in some layout, and each path leads back to its resource")
    func paths() throws {
        let account = try #require(Account.ID(Self.id))
        let order = try #require(Order.ID(Self.id))
        let authorization = try #require(Authorization.ID(Self.id))
        let serial = try #require(CairnSerialNumber(hexadecimal: "7f"))
        let page = try #require(OutOfBandPage.ID(Self.id))
        let pause = try #require(Pause.ID(Self.id))
        let kinds: [Resource.Kind: [Resource]] = [
            .directory: [.directory], .newNonce: [.newNonce], .newAccount: [.newAccount], .newOrder: [.newOrder],
            .newAuthz: [.newAuthz], .revokeCert: [.revokeCert], .keyChange: [.keyChange], .account: [.account(account)],
            .orders: [.orders(account)], .ordersPage: [.ordersPage(account, 2)], .order: [.order(order)],
            .finalize: [.finalize(order)], .authorization: [.authorization(authorization)],
            .challenge: [.challenge(authorization, 0), .challenge(authorization, 12)],
            .certificate: [.certificate(order, chain: 0), .certificate(order, chain: 1)],
            .issued: [.issued(serial, chain: 0), .issued(serial, chain: 1)],
            .renewalInfo: [.renewalInfo(nil), .renewalInfo("a.b")], .issuer: [.issuer(0)],
            .crl: [.crl(issuer: 0, shard: 1)], .ocsp: [.ocsp], .ocspRequest: [.ocspRequest("a/b+c=")],
            .termsOfService: [.termsOfService("1")], .agreement: [.agreement(account)], .rateLimits: [.rateLimits],
            .unpause: [.unpause(pause)], .outOfBand: [.outOfBand(page)],
        ]
        let layouts = CairnPaths.allCases.map { Paths($0, reading: [.post], isFinalized: true) }
        for kind in Resource.Kind.allCases {
            for resource in try #require(kinds[kind]) {
                let written = layouts.map { ($0, $0.path(of: resource)) }.filter { $0.1 != "/" }
                #expect(!written.isEmpty, "\(kind)")
                for (layout, path) in written {
                    let found = try #require(layout.route(path[...]), "\(path)")
                    #expect("\(found.resource)" == "\(resource)", "\(path)")
                    #expect(found.row.endpoint == kind.row.endpoint)
                }
            }
        }
    }

    @Test(
        "A method that a resource does not have is 405, with Allow and a problem document (§6.3)",
        arguments: [
            ("/dir", "GET, HEAD, POST"), ("/new-nonce", "GET, HEAD, POST"), ("/terms/1", "GET, HEAD"),
            ("/terms/agreement/\(id)", "GET, HEAD, POST"),
            ("/new-account", "POST"), ("/new-order", "POST"), ("/new-authz", "POST"), ("/revoke-cert", "POST"),
            ("/key-change", "POST"),
            ("/account/\(id)", "POST"), ("/account/\(id)/orders", "POST"), ("/order/\(id)", "POST"),
            ("/order/\(id)/finalize", "POST"), ("/authorization/\(id)", "POST"), ("/challenge/\(id)/0", "POST"),
            ("/certificate/\(id)", "POST"), ("/renewal-info", "GET, HEAD"), ("/renewal-info/AQ.AQ", "GET, HEAD"),
            ("/issuer/0", "GET, HEAD, POST"), ("/rate-limits", "GET, HEAD"), ("/unpause/\(id)", "GET, HEAD, POST"),
            ("/out-of-band/\(id)", "GET, HEAD, POST"),
        ])
    func methods(_ path: String, _ allowed: String) throws {
        let client = try TestServer().client()
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "QUERY"] {
            let response = try client.send(method, Self.origin + path)
            if allowed.contains(method) {
                #expect(response.status != 405, "\(method) \(path)")
            } else {
                #expect(response.values("Allow") == [allowed], "\(method) \(path)")
                expectRefusal(response, 405, "malformed", allowed, method)
                // What is read by GET is not said to be read otherwise.
                #expect(response.detail.contains("POST-as-GET") == !allowed.contains("GET"), "\(response.detail)")
                #expect(response.detail.contains("§6.3") == !allowed.contains("GET"))
            }
        }
    }

    @Test("HEAD answers as GET does (RFC 9110 §9.3.2)", arguments: ["/dir", "/terms/1", "/rate-limits"])
    func head(_ path: String) throws {
        let client = try TestServer().client()
        let (head, get) = (try client.send("HEAD", Self.origin + path), try client.send("GET", Self.origin + path))
        #expect(head.status == get.status)
        #expect(head.fields.map(\.name) == get.fields.map(\.name))
        #expect(head.fields.map(\.value) == get.fields.map(\.value))
    }

    @Test("Every answer may be read by scripts of any origin, with the fields that ACME needs (§6.1)")
    func crossOrigin() throws {
        let client = try TestServer().client()
        for (method, path) in [("GET", "/dir"), ("GET", "/nowhere"), ("HEAD", "/new-nonce"), ("POST", "/new-order")] {
            let response = try client.send(method, Self.origin + path, fields: ["Origin": "https://page.example.test"])
            #expect(response.values("Access-Control-Allow-Origin") == ["*"])
            let exposed = response["Access-Control-Expose-Headers"] ?? ""
            for name in ["Link", "Location", "Replay-Nonce", "Retry-After"] { #expect(exposed.contains(name)) }
        }
    }

    @Test("Who is no page gets no field whose value names another: a shell client finds what it looks for (§6.1)")
    func greppable() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        let answers = [
            try client.send("GET", Self.origin + "/dir"), try client.send("HEAD", Self.origin + "/new-nonce"),
            try client.send("OPTIONS", Self.origin + "/new-order"), order.response, try client.read(order.url),
            try client.post(order.finalize, ["csr": ""]),
            try client.post(order.url, nil) { $0.header["nonce"] = "AAAAAAAAAAAAAAAAAAAAAA" },
        ]
        for answer in answers {
            #expect(answer.values("Access-Control-Allow-Origin") == ["*"])
            #expect(answer.fields.filter { $0.name.lowercased().hasPrefix("access-control-") }.count == 1)
            for name in ["Location", "Replay-Nonce", "Retry-After", "Link", "Content-Type"] {
                let lines =
                    answer.fields.map { "\($0.name): \($0.value)" }
                    + answer.text.split(separator: "\n").map(String.init)
                for line in lines where line.lowercased().contains(name.lowercased()) {
                    #expect(line.lowercased().hasPrefix(name.lowercased() + ": "), "\(line)")
                }
            }
        }
    }

    @Test("A browser that asks first is told the methods and that it may send its Content-Type (Fetch §3.2)")
    func preflight() throws {
        let client = try TestServer().client()
        let response = try client.send(
            "OPTIONS", Self.origin + "/new-order",
            fields: [
                "Origin": "https://page.example.test", "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type",
            ])
        #expect(response.status == 204)
        #expect(response.body.isEmpty)
        #expect(response.values("Access-Control-Allow-Methods") == ["POST"])
        #expect(response.values("Access-Control-Allow-Headers") == ["Content-Type"])
        #expect(response.values("Access-Control-Allow-Origin") == ["*"])
        #expect(try client.send("OPTIONS", Self.origin + "/nowhere").status == 404)
    }

    @Test("A client that names neither itself nor a language is answered: to do so is its own duty (§6.1)")
    func anonymous() throws {
        let server = try TestServer()
        for (path, status) in [("/dir", 200), ("/new-nonce", 204)] {
            let head = HTTPRequest(method: .get, scheme: "https", authority: "ca.example.test", path: path)
            #expect(server.gateway.respond(to: CairnRequest(head)).head.status.code == status)
        }
    }

    @Test("The URL of every object ends in 128 bits that nobody can guess (§10.5)")
    func unpredictable() throws {
        func ids(_ seed: UInt64) throws -> [Substring] {
            let client = try TestServer(seed: CairnSeed(seed)).registered()
            return try (0..<4).flatMap { number in
                let order = try client.readyOrder(["n\(number).example.test"])
                let issued = try client.finalize(order, csr: try csr(["n\(number).example.test"]))
                let challenge = try client.challenge("dns-01", of: order.authorizations[0]).url
                let urls = [client.kid, order.url, order.authorizations[0], issued.json["certificate"] as? String]
                #expect(challenge.contains(order.authorizations[0].split(separator: "/").last ?? "none"))
                return urls.compactMap { $0?.split(separator: "/").last }
            }
        }
        let (first, second) = (try ids(1), try ids(2))
        #expect(first.count == 16)
        #expect(first.allSatisfy { $0.count >= 22 })
        // The account is the same in each round, and a certificate has the id of its order; nothing else is the same, and no
        // two begin alike.
        let distinct = Set(first + second)
        #expect(distinct.count == 2 * 9)
        #expect(Set(distinct.map { $0.prefix(6) }).count == distinct.count)
    }

    @Test("Every answer but the directory links to the directory (§7.1)")
    func index() throws {
        // The client checks each answer; these are the ones it meets elsewhere only by accident.
        let client = try TestServer().client()
        for (method, path) in [
            ("GET", "/terms/1"), ("GET", "/nowhere"), ("PUT", "/new-order"), ("OPTIONS", "/new-order"),
        ] {
            let response = try client.send(method, Self.origin + path)
            #expect(response.links("index") == [Self.origin + "/dir"], "\(method) \(path)")
        }
    }
}
