import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("Directory", .timeLimit(.minutes(5)))
struct DirectoryTests {
    private let url = "https://ca.example.test/dir"

    @Test("It names every resource (§7.1.1)")
    func resources() throws {
        let response = try TestServer().client().send("GET", url)
        #expect(response.status == 200)
        #expect(response.values("Content-Type") == ["application/json"])
        #expect(
            Set(response.json.keys) == [
                "newNonce", "newAccount", "newOrder", "newAuthz", "revokeCert", "keyChange", "renewalInfo", "meta",
            ])
        for name in response.json.keys where name != "meta" {
            #expect((response.json[name] as? String)?.hasPrefix("https://ca.example.test/") == true)
        }
    }

    @Test("meta is an object with the terms and the profiles (§7.1.1, draft-ietf-acme-profiles §3)")
    func meta() throws {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [
            .standard, CairnCertificateProfile(name: "short", description: "Six days", validity: .days(6)),
        ]
        let response = try TestServer(authority: authority).client().send("GET", url)
        let meta = try #require(response.json["meta"] as? [String: Any])
        #expect(meta["termsOfService"] as? String == "https://ca.example.test/terms/1")
        #expect((meta["profiles"] as? [String: String])?["short"] == "Six days")
        #expect((meta["profiles"] as? [String: String])?.count == 2)
        #expect(meta["externalAccountRequired"] == nil)
    }

    @Test("Terms of service are a page that can be read, one elsewhere, or none (§7.1.1)")
    func terms() throws {
        let server = try TestServer()
        let page = try server.client().send("GET", "https://ca.example.test/terms/1")
        #expect(page.status == 200)
        #expect(page.text.contains("certificate authority for tests"))

        var policy = CairnPolicy()
        policy.termsOfService = .url("https://terms.example.test/1")
        let elsewhere = try TestServer(policy: policy).client().send("GET", url)
        #expect(
            (elsewhere.json["meta"] as? [String: Any])?["termsOfService"] as? String == "https://terms.example.test/1")

        policy.termsOfService = nil
        let none = try TestServer(policy: policy).client().send("GET", url)
        #expect((none.json["meta"] as? [String: Any])?["termsOfService"] == nil)
    }

    @Test("It names a website if the CA has one (§7.1.1)")
    func website() throws {
        let server = try TestServer()
        let client = try server.client()
        #expect((try client.send("GET", url).json["meta"] as? [String: Any])?["website"] == nil)
        server.engine.policy.website = "https://www.example.test"
        let meta = try client.send("GET", url).json["meta"] as? [String: Any]
        #expect(meta?["website"] as? String == "https://www.example.test")
    }

    @Test("It carries no Link to itself, and no nonce unless it was posted to (§6.5, §7.1)")
    func fields() throws {
        let server = try TestServer()
        let response = try server.client().send("GET", url)
        #expect(response.values("Link").isEmpty)
        #expect(response["Replay-Nonce"] == nil)
    }

    @Test("It is read by POST-as-GET as well (§6.3)")
    func postAsGet() throws {
        let client = try TestServer().registered()
        let plain = try client.send("GET", url)
        let signed = try client.read(url)
        #expect(signed.status == 200)
        #expect(signed.body == plain.body)
        expectRefusal(try client.post(url, [:]), 400, "malformed", "POST-as-GET", "got 2 bytes")
    }

    @Test("Clients that know the host alone find it at /directory, where Boulder has it (§7.1.1)")
    func whereBoulderHasIt() throws {
        let client = try TestServer().registered()
        let (short, long) = ("https://ca.example.test/dir", "https://ca.example.test/directory")
        #expect(try client.send("GET", long).body == (try client.send("GET", short).body))
        #expect(try client.read(long).status == 200)
    }

    @Test("Its URLs begin with the origin of the request, or with the one that is configured (§7.1.1)")
    func origin() throws {
        let server = try TestServer()
        let other = try ReferenceClient(directory: "https://localhost:14000/dir") { server.gateway.respond(to: $0) }
        #expect(try other.endpoint("newOrder") == "https://localhost:14000/new-order")

        let fixed = try TestServer(configuration: GatewayConfiguration(origin: "https://acme.example.test:8443"))
        let client = try ReferenceClient(directory: "https://acme.example.test:8443/dir") { request in
            var request = request
            request.head.authority = "proxy.example.test"
            return fixed.gateway.respond(to: request)
        }
        try client.register()
        #expect(client.kid?.hasPrefix("https://acme.example.test:8443/account/") == true)
    }
}
