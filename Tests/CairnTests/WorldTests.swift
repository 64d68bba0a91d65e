import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Foundation
import Testing

@Suite("Worlds that clients choose by their directory", .timeLimit(.minutes(5)))
struct WorldTests {
    private let ca: TestCA

    init() throws {
        ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        ca.validation.standard = .approve
        for name in ["a", "b"] { try ca.rulesets.save([CairnRule(.badNonce, at: .keyChange)], as: name) }
    }

    private func client(in world: String?, key: AccountKey? = nil) throws -> ReferenceClient {
        let origin = String(ca.directoryURL.dropLast("/dir".count))
        let directory = world.map { "\(origin)/with/\($0)/dir" } ?? ca.directoryURL
        return try ReferenceClient(directory: directory, key: key) { [ca] in ca.respond(to: $0) }
    }

    @Test("The same key has an account of its own in each world, and none knows the others (§7.3.1)")
    func accounts() throws {
        let key = try AccountKey()
        for world in [nil, "a", "b", "a+b"] {
            let client = try client(in: world, key: key)
            #expect(try client.register(["onlyReturnExisting": true]).problem == "accountDoesNotExist")
            #expect(try client.register().status == 201)
            #expect(try client.register().status == 200)
        }
        #expect(ca.accounts.map(\.world) == [nil, "a", "b", "a+b"])
        #expect(Set(ca.accounts.map(\.id)).count == 4)
    }

    @Test("An account of another world does not exist, however its URL is written (§6.2)")
    func foreignAccount() throws {
        let inA = try client(in: "a")
        try inA.register()
        let id = try #require(inA.kid?.split(separator: "/").last)
        for world in [nil, "b"] {
            let client = try client(in: world, key: inA.key)
            let directory = try client.endpoint("newAccount")
            client.kid = directory.replacingOccurrences(of: "new-account", with: "account/\(id)")
            #expect(try client.read(client.kid ?? "").problem == "accountDoesNotExist")
            client.kid = inA.kid
            #expect(try client.read(client.endpoint("newOrder")).problem == "accountDoesNotExist")
        }
    }

    @Test("A rule of one world changes nothing of another, nor of another account, whoever names it")
    func foreignChanges() throws {
        try ca.rulesets.save(
            [CairnRule(.purge(.order), at: .order), CairnRule(.incident(), at: .renewalInfo)],
            as: "harm")
        let (inside, outside) = (try client(in: "harm"), try client(in: nil))
        for client in [inside, outside] { try client.register() }
        _ = try outside.obtain(["www.example.test"], by: "http-01") { _ in }
        let (order, certificate) = (try #require(ca.orders.last), try #require(ca.certificates.last))
        let read = try outside.endpoint("renewalInfo") + "/" + certificate.certificate.certID
        let before = try outside.send("GET", read).body
        let place = try inside.endpoint("newOrder").replacingOccurrences(of: "new-order", with: "order/\(order.id)")
        #expect(try inside.read(place).status == 404)
        let window = try inside.endpoint("renewalInfo") + "/" + certificate.certificate.certID
        #expect(try inside.send("GET", window).status == 404)
        #expect(ca.orders.last?.id == order.id)
        #expect(try outside.send("GET", read).body == before)

        let other = try client(in: nil)
        try other.register()
        ca.rules.add(.purge(.order), at: .order, isOptional: true)
        let own = try outside.endpoint("newOrder").replacingOccurrences(of: "new-order", with: "order/\(order.id)")
        #expect(try other.read(own).problem == "unauthorized")
        #expect(ca.orders.last?.id == order.id)
    }

    @Test("Objects of one world are 404 in all others, for accounts that are there (§7.1)")
    func foreignObjects() throws {
        let key = try AccountKey()
        let (inA, inB, outside) = (
            try client(in: "a", key: key), try client(in: "b", key: key), try client(in: nil, key: key)
        )
        for client in [inB, outside] { try client.register() }
        _ = try inA.obtain(["www.example.test"], by: "http-01") { _ in }
        let open = try inA.order(["b.example.test"])
        let challenge = try inA.challenge("http-01", of: open.authorizations[0])
        let record = try #require(ca.certificates.first)
        let certificate = try #require(try inA.read(url(of: record, in: inA)).json["certificate"] as? String)
        let urls = [open.url, open.finalize, open.authorizations[0], challenge.url, certificate]
        for (client, prefix) in [(inB, "/with/b/"), (outside, "/")] {
            for url in urls {
                let moved = url.replacingOccurrences(of: "/with/a/", with: prefix)
                let payload: [String: Any]? = url == open.finalize ? ["csr": ""] : nil
                let answer = try client.post(moved, payload)
                #expect(answer.status == 404 && answer.problem == "malformed", "\(moved): \(answer.text)")
            }
            let renewal = "\(try client.endpoint("renewalInfo"))/\(record.certificate.certID)"
            #expect(try client.send("GET", renewal).status == 404)
            let revocation = try client.post(
                try client.endpoint("revokeCert"), ["certificate": base64URL(record.derEncoded)])
            #expect(revocation.status == 404)
            let order: [String: Any] = [
                "identifiers": [["type": "dns", "value": "www.example.test"]], "replaces": record.certificate.certID,
            ]
            #expect(try client.post(try client.endpoint("newOrder"), order).status == 404)
        }
        #expect(try inA.read(open.url).state == "pending")
    }

    private func url(of record: CairnCertificateRecord, in client: ReferenceClient) throws -> String {
        try client.endpoint("newOrder").replacingOccurrences(of: "new-order", with: "order/\(record.order)")
    }

    @Test("Views and journal say which world it was")
    func views() throws {
        for world in [nil, "a"] { _ = try client(in: world).obtain(["www.example.test"], by: "http-01") { _ in } }
        #expect(ca.orders.map(\.world) == [nil, "a"])
        #expect(ca.authorizations.map(\.world) == [nil, "a"])
        #expect(ca.certificates.map(\.world) == [nil, "a"])
        #expect(ca.snapshot.orders.last?.json["world"] == "a")
        #expect(ca.snapshot.accounts.first?.json["world"] == nil)
        let requests = ca.journal.requests
        #expect(Set(requests.map(\.world)) == [nil, "a"])
        #expect(requests.last?.world == "a")
        #expect(ca.journal.entries.last?.json["world"] == "a")
    }

    @Test("A key change meets no account of another world (§7.3.5)")
    func keyChange() throws {
        let (inA, outside) = (try client(in: "a"), try client(in: nil))
        try inA.register()
        try outside.register()
        #expect(try outside.changeKey(to: inA.key).status == 200)
    }

    @Test("Every URL that a client of a world is told leads below its prefix", arguments: [1, 2])
    func prefix(_ issuers: Int) async throws {
        try await withTestCA(configure: {
            $0.authority.chainLength = issuers
            $0.authority.chains = [.root(0), .root(1)]
            $0.policy.ordersPerPage = 1
            $0.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(3, per: .hours(1))
        }) { ca in
            ca.validation.standard = .approve
            try ca.rulesets.save([], as: "mine")
            let told = try await onOwnThread { () -> [String] in
                let origin = String(ca.directoryURL.dropLast("/dir".count))
                let transport = try ReferenceClient.overTheWire(
                    to: ca.directoryURL, at: "\(ca.address!)", trusting: ca.trustRoots.map(\.pem).joined())
                var told: [String] = []
                let client = try ReferenceClient(directory: "\(origin)/with/mine/dir") { method, url, fields, body in
                    let response = try transport(method, url, fields, body)
                    let text = response.fields.map(\.value).joined(separator: " ") + " " + response.text
                    told += text.matches(of: /https?:\/\/localhost[^"> ]*/).map { String($0.output) }
                    return response
                }
                for name in ["a.example.test", "b.example.test"] {
                    let issuance = try client.obtain([name], by: "http-01") { _ in }
                    let access = try issuance.leaf.extension("1.3.6.1.5.5.7.1.1")?.text ?? ""
                    told += access.matches(of: /https?:\/\/localhost[^"> \n]*/).map { String($0.output) }
                }
                let record = try #require(ca.certificates.last)
                let order = try client.read(
                    try client.endpoint("newOrder").replacingOccurrences(of: "new-order", with: "order/\(record.order)")
                )
                let certificate = try client.read(try #require(order.json["certificate"] as? String))
                for link in certificate.links("alternate") + certificate.links("up") { try client.read(link) }
                try client.read((client.kid ?? "") + "/orders")
                try client.send("GET", "\(try client.endpoint("renewalInfo"))/\(record.certificate.certID)")
                _ = try client.order(["c.example.test"])
                let limited: [String: Any] = ["identifiers": [["type": "dns", "value": "d.example.test"]]]
                #expect(try client.post(try client.endpoint("newOrder"), limited).status == 429)
                ca.policy.termsOfService?.version = "2"
                #expect(try client.post(try client.endpoint("newOrder"), limited).status >= 400)
                return told
            }
            let prefix = String(ca.directoryURL.dropLast("dir".count)) + "with/mine/"
            #expect(told.count > 60)
            #expect(told.filter { !$0.hasPrefix(prefix) } == [])
        }
    }
}
