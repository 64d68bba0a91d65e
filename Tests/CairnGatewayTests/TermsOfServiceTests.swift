import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("Changes of the terms of service", .timeLimit(.minutes(5)))
struct TermsOfServiceTests {
    private let server: TestServer
    private let client: ReferenceClient
    private let account: String
    private var page: String { "https://ca.example.test/terms/agreement/\(account.suffix(22))" }

    init() throws {
        server = try TestServer()
        client = try server.registered()
        account = try #require(client.kid)
    }

    private func expectAgreementWanted(_ response: Response, _ words: String, terms: String) {
        expectRefusal(response, 403, "userActionRequired", words, "§7.3.3")
        #expect(response.links("terms-of-service") == [terms])
        #expect(response.json["instance"] as? String == page)
    }

    private func accept(_ version: String = "2") throws -> Response {
        try client.send(
            "POST", page, fields: ["Content-Type": "application/x-www-form-urlencoded"],
            body: Data("version=\(version)".utf8))
    }

    @Test("Whatever leads to a certificate is userActionRequired, with Link and instance (§7.3.3)")
    func refused() throws {
        let (pending, ready) = (try client.order(["p.example.test"]), try client.readyOrder(["r.example.test"]))
        let challenge = try client.challenge("http-01", of: pending.authorizations[0]).url
        server.engine.policy.termsOfService = .page(version: "2")
        let request = try csr(["r.example.test"])
        func attempts() throws -> [Response] {
            [
                try client.post(
                    try client.endpoint("newOrder"), ["identifiers": [["type": "dns", "value": "n.example.test"]]]),
                try client.post(
                    try client.endpoint("newAuthz"), ["identifier": ["type": "dns", "value": "z.example.test"]]),
                try client.post(challenge, [:]), try client.finalize(ready, csr: request),
            ]
        }
        for response in try attempts() {
            expectAgreementWanted(
                response, "expected an account that agreed to version \"2\"", terms: "https://ca.example.test/terms/2")
            #expect(response.detail.contains("agreed to version \"1\""))
        }
        #expect(try accept().status == 200)
        #expect(try attempts().map(\.status) == [201, 201, 200, 200])
        #expect(try client.read(ready.url).state == "valid")
    }

    @Test("Reading, revoking, changing the key and giving up go on (§7.3.3)")
    func allowed() throws {
        let order = try client.issue(["www.example.test"])
        let open = try client.order(["open.example.test"])
        server.engine.policy.termsOfService = .page(version: "2")
        let chain = try client.certificate(of: order)
        for url in [account, account + "/orders", open.url, open.authorizations[0]] {
            #expect(try client.read(url).status == 200)
        }
        #expect(try client.read(try client.challenge("http-01", of: open.authorizations[0]).url).status == 200)
        let leaf = base64URL(try chain.leaf())
        #expect(try client.post(try client.endpoint("revokeCert"), ["certificate": leaf]).status == 200)
        let new = try AccountKey()
        #expect(try client.changeKey(to: new).status == 200)
        client.key = new
        #expect(try client.post(account, ["contact": ["mailto:a@example.test"]]).status == 200)
        #expect(try client.register(["onlyReturnExisting": true]).status == 200)
        #expect(try client.post(open.authorizations[0], ["status": "deactivated"]).status == 200)
        #expect(try client.post(account, ["status": "deactivated"]).status == 200)
    }

    @Test("No request of ACME agrees, neither an update nor a second newAccount (§7.3.2, §7.3.1)")
    func notByUpdate() throws {
        server.engine.policy.termsOfService = .page(version: "2")
        #expect(try client.post(account, ["termsOfServiceAgreed": true]).status == 200)
        #expect(try client.register().status == 200)
        let response = try client.post(
            try client.endpoint("newOrder"), ["identifiers": [["type": "dns", "value": "a.example.test"]]])
        expectAgreementWanted(response, "version \"2\"", terms: "https://ca.example.test/terms/2")
        #expect(try server.registered().issue(["www.example.test"]).state == "valid")
    }

    @Test("Another location or text is no new version, and the old version is good again when it is back (§7.3.3)")
    func versions() throws {
        server.engine.policy.termsOfService = .url("https://terms.example.test/")
        #expect(try client.issue(["a.example.test"]).state == "valid")
        server.engine.policy.termsOfService = .page(version: "1", text: "Other words")
        #expect(try client.issue(["b.example.test"]).state == "valid")
        server.engine.policy.termsOfService = .url("https://terms.example.test/", version: "2")
        let response = try client.post(
            try client.endpoint("newOrder"), ["identifiers": [["type": "dns", "value": "a.example.test"]]])
        expectAgreementWanted(response, "version \"2\"", terms: "https://terms.example.test/")
        server.engine.policy.termsOfService = nil
        #expect(try client.issue(["c.example.test"]).state == "valid")
        server.engine.policy.termsOfService = .page
        #expect(try client.issue(["d.example.test"]).state == "valid")
    }

    @Test("Terms that come later ask accounts that never saw any (§7.3.3)")
    func later() throws {
        var policy = CairnPolicy()
        policy.termsOfService = nil
        let server = try TestServer(policy: policy)
        let client = try server.client()
        try client.register(["termsOfServiceAgreed": true])
        server.engine.policy.termsOfService = .page
        let response = try client.post(
            try client.endpoint("newOrder"), ["identifiers": [["type": "dns", "value": "a.example.test"]]])
        expectRefusal(response, 403, "userActionRequired", "got one that agreed to none")
    }

    @Test("The page names the terms and has a form; sending it agrees, once (§7.3.3)")
    func agreement() throws {
        server.engine.policy.termsOfService = .page(version: "<2> & more", text: "New words")
        let read = try client.send("GET", page)
        #expect(read.status == 200)
        #expect(read.values("Content-Type") == ["text/html; charset=utf-8"])
        let terms = "https://ca.example.test/terms/%3C2%3E%20%26%20more"
        for words in [
            "<form method=\"post\">", "name=\"version\" value=\"&lt;2&gt; &amp; more\"",
            "href=\"\(terms)\"", account,
        ] {
            #expect(read.text.contains(words), "\(read.text)")
        }
        #expect(!read.text.contains("<script"))
        #expect(try client.send("GET", terms).text == "New words")
        let head = try client.send("HEAD", page)
        #expect(head.status == 200)

        let answer = try accept("%3C2%3E+%26+more")
        #expect(answer.status == 200)
        #expect(answer.text.contains("has agreed to"))
        #expect(!answer.text.contains("<form"))
        #expect(try accept("%3C2%3E+%26+more").status == 200)
        let agreed = server.engine.journal.entries.filter { if case .agreed = $0.event { true } else { false } }
        #expect(agreed.count == 1)
        #expect(try client.issue(["www.example.test"]).state == "valid")
    }

    @Test("A form that is none, or of a version that is over, agrees to nothing")
    func badForms() throws {
        server.engine.policy.termsOfService = .page(version: "2")
        expectRefusal(try accept("1"), 409, "malformed", "expected agreement to version \"2\"", "got version \"1\"")
        let body = Data("version=2".utf8)
        expectRefusal(
            try client.send("POST", page, fields: ["Content-Type": "application/json"], body: body), 415, "malformed",
            "expected the form", "got \"application/json\"")
        expectRefusal(try client.send("POST", page, body: body), 415, "malformed", "got no type")
        let form = ["Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"]
        expectRefusal(
            try client.send("POST", page, fields: form, body: Data("versions=2".utf8)), 400, "malformed",
            "expected a field \"version\"")
        let long = Data(repeating: UInt8(ascii: "a"), count: (1 << 17) + 1)
        expectRefusal(try client.send("POST", page, fields: form, body: long), 413, "malformed", "at most")
        #expect(!server.engine.journal.entries.contains { if case .agreed = $0.event { true } else { false } })
        #expect(try client.send("POST", page, fields: form, body: body).status == 200)
    }

    @Test("There is no page for an account that is not there or not valid, and nothing to agree to without terms")
    func noPage() throws {
        expectRefusal(
            try client.send("GET", "https://ca.example.test/terms/agreement/AAAAAAAAAAAAAAAAAAAAAA"), 404, "malformed")
        server.engine.policy.termsOfService = nil
        let empty = try client.send("GET", page)
        #expect(empty.text.contains("no terms to agree to"))
        #expect(!empty.text.contains("<form"))
        #expect(try accept("1").status == 200)
        try client.post(account, ["status": "deactivated"])
        expectRefusal(try client.send("GET", page), 401, "unauthorized", "\"deactivated\"")
        expectRefusal(try accept("1"), 401, "unauthorized")
    }

    @Test("The URL of the CA's own terms has their version; earlier ones are gone (§7.1.1, §7.3.3)")
    func urls() throws {
        server.engine.policy.termsOfService = .page(version: "2")
        let meta = try client.send("GET", "https://ca.example.test/dir").json["meta"] as? [String: Any]
        #expect(meta?["termsOfService"] as? String == "https://ca.example.test/terms/2")
        #expect(try client.send("GET", "https://ca.example.test/terms/2").status == 200)
        expectRefusal(
            try client.send("GET", "https://ca.example.test/terms/1"), 404, "malformed",
            "the current terms are at \"https://ca.example.test/terms/2\"")
        server.engine.policy.termsOfService = .url("https://terms.example.test/", version: "2")
        #expect(try client.send("GET", "https://ca.example.test/terms/2").status == 404)
    }
}
