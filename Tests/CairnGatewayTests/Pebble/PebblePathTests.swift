import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("The paths of Pebble", .timeLimit(.minutes(5)))
struct PebblePathTests {
    private static let origin = "https://ca.example.test"
    private static let id = "AAAAAAAAAAAAAAAAAAAAAA"

    private static func server(
        _ personality: CairnPersonality = .strict, _ authority: CairnAuthorityConfiguration = .init()
    ) throws -> TestServer {
        try TestServer(
            authority: authority,
            configuration: GatewayConfiguration(.with { $0.paths = .pebble }, personality: personality))
    }

    @Test("The directory names Pebble's entrances, and everything else follows from it", arguments: [false, true])
    func entrances(_ isPebble: Bool) throws {
        let client = try Self.server(isPebble ? .pebble : .strict).registered(as: isPebble ? .pebble : .strict)
        let expected = [
            "newNonce": "/nonce-plz", "newAccount": "/sign-me-up", "newOrder": "/order-plz",
            "revokeCert": "/revoke-cert", "keyChange": "/rollover-account-key",
            "renewalInfo": "/draft-ietf-acme-ari-03/renewalInfo",
        ]
        for (name, path) in expected { #expect(try client.endpoint(name) == Self.origin + path) }
        #expect(client.kid?.hasPrefix(Self.origin + "/my-account/") == true)
        let order = try client.order(["www.example.test"])
        #expect(order.url.hasPrefix(Self.origin + "/my-order/"))
        #expect(order.finalize.hasPrefix(Self.origin + "/finalize-order/"))
        let authorization = try #require(order.authorizations.first)
        #expect(authorization.hasPrefix(Self.origin + "/authZ/"))
        let challenge = try client.challenge("http-01", of: authorization).url
        #expect(challenge.hasPrefix(Self.origin + "/chalZ/"))
        #expect(!challenge.dropFirst((Self.origin + "/chalZ/").count).contains("/"))
        #expect(try client.issue(["a.example.test"]).state == "valid")
    }

    @Test("A certificate is at its serial number, as harnesses look for it, and with its alternate chains below that")
    func certificates() throws {
        var authority = CairnAuthorityConfiguration()
        authority.chains = [.root(0), .root(1), .root(2)]
        let client = try Self.server(.strict, authority).registered()
        let order = try client.issue(["www.example.test"])
        let url = try #require(order.json["certificate"] as? String)
        let chain = try client.certificate(of: order)
        let serial = CairnSerialNumber(ofCertificate: try chain.leaf())
        let prefix = "\(Self.origin)/certZ/"
        #expect(url.hasPrefix(prefix))
        // A short number has zeros before it.
        let digits = try #require(serial).hexadecimal.drop { $0 == "0" }
        #expect(url.dropFirst(prefix.count).drop { $0 == "0" } == digits)
        #expect(url.wholeMatch(of: /.*\/certZ\/[\w\d]{14,}/) != nil)
        #expect(chain.links("alternate") == ["\(url)/alternate/1", "\(url)/alternate/2"])
        let first = try client.read("\(url)/alternate/1")
        #expect(first.status == 200)
        #expect(first.links("alternate") == [url, "\(url)/alternate/2"])
        #expect(try client.read("\(url)/alternate/0").body == chain.body)
        expectRefusal(try client.read("\(url)/alternate/3"), 404, "malformed", "2 alternate chains")
        for name in ["x", "0123456789abcdef", "\(serial?.hexadecimal ?? "")00"] {
            expectRefusal(try client.read("\(Self.origin)/certZ/\(name)"), 404, "malformed", "no certificate")
        }
    }

    @Test("A certificate is for its account alone, by whatever URL (§7.4.2)")
    func owners() throws {
        let server = try Self.server()
        let url = try #require(try server.registered().issue(["www.example.test"]).json["certificate"] as? String)
        expectRefusal(try server.registered().read(url), 403, "unauthorized", "belongs to another account")
    }

    @Test(
        "What stands below the word of an object is the name of one, which may be none (§6.7)",
        arguments: [
            "/my-order/", "/my-order/1", "/my-order/1/2", "/authZ/x", "/chalZ/x", "/chalZ/\(id)", "/chalZ/\(id)x",
            "/chalZ/\(id)0", "/certZ/x", "/certZ/7f/alternate/x", "/finalize-order/x", "/my-account/x",
            "/list-orderz/x", "/list-orderz/x/page/2", "/my-order/\(id)",
        ])
    func names(_ path: String) throws {
        let client = try Self.server().registered()
        let read = try client.send("GET", Self.origin + path)
        expectRefusal(read, 405, "malformed")
        #expect(read.values("Allow") == ["POST"])
        let payload: [String: Any]? = path.hasPrefix("/finalize") ? ["csr": ""] : nil
        expectRefusal(try client.post(Self.origin + path, payload), 404, "malformed", "no")
    }

    @Test(
        "Any other path leads nowhere, those of Cairn's own among them (§6.7)",
        arguments: [
            "/", "/directory", "/dir/", "/dir/x", "/nonce-plz/", "/new-order", "/order/\(id)", "/certificate/\(id)",
        ]
    )
    func nowhere(_ path: String) throws {
        expectRefusal(try Self.server().client().send("GET", Self.origin + path), 404, "malformed", "\"/dir\"")
        let pebble = try Self.server(.pebble).client()
        pebble.tolerances = [.plainNotFound]
        let plain = try pebble.send("GET", Self.origin + path)
        #expect(plain.status == 404)
        #expect(plain.text == "404 page not found\n")
        #expect(plain.values("Link").isEmpty && plain.values("Cache-Control").isEmpty)
    }

    @Test("The pages of an orders list have numbers, and one that is none is 404 (§7.1.2.1)")
    func pages() throws {
        let server = try Self.server()
        server.engine.policy.ordersPerPage = 2
        let client = try server.client()
        let account = try client.register()
        let list = try #require(account.json["orders"] as? String)
        #expect(list.hasPrefix(Self.origin + "/list-orderz/"))
        let placed = try (0..<5).map { try client.order(["a\($0).example.test"]).url }
        let first = try client.read(list)
        #expect(first.json["orders"] as? [String] == Array(placed[..<2]))
        #expect(first.links("next") == ["\(list)/page/2"])
        let second = try client.read("\(list)/page/2")
        #expect(second.json["orders"] as? [String] == Array(placed[2..<4]))
        #expect(second.links("next") == ["\(list)/page/3"])
        let third = try client.read("\(list)/page/3")
        #expect(third.json["orders"] as? [String] == Array(placed[4...]))
        #expect(third.links("next").isEmpty)
        for number in ["4", "9000000000000000000"] {
            #expect(try client.read("\(list)/page/\(number)").json["orders"] as? [String] == [])
        }
        for number in ["0", "1", "-1", "x", "02", "99999999999999999999"] {
            expectRefusal(try client.read("\(list)/page/\(number)"), 404, "malformed", "the number of a page")
        }
        expectRefusal(try server.registered().read("\(list)/page/2"), 403, "unauthorized", "signed by")
    }

    @Test("Pages for people and the draft are where they are in any case")
    func others() throws {
        let client = try Self.server().client()
        #expect(try client.send("GET", Self.origin + "/terms/1").status == 200)
        #expect(try client.send("GET", Self.origin + "/issuer/0").status == 200)
        #expect(try client.send("GET", Self.origin + "/rate-limits").status == 200)
        let server = try Self.server()
        #expect(try server.draftRegistered().kid?.hasPrefix(Self.origin + "/draft/account/") == true)
    }

    @Test("A rule for an order meets the download of its certificate by the serial number")
    func rules() throws {
        let server = try Self.server()
        let client = try server.registered()
        let order = try client.issue(["www.example.test"])
        let url = try #require(order.json["certificate"] as? String)
        let rules = CairnRules(server.gateway.rules) { server.now }
        try rules.add([
            CairnRule(.problem(.serverInternal), at: .certificate, where: .identifier("www.example.test"))
        ])
        #expect(try client.read(url).status == 500)
    }
}
