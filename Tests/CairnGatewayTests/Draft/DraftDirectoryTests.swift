import CairnEngine
import CairnReferenceClient
import Testing

@Suite("Draft: the directory", .timeLimit(.minutes(5)))
struct DraftDirectoryTests {
    private let server: TestServer
    private let client: DraftClient

    init() throws {
        server = try TestServer()
        client = try server.draftClient()
    }

    @Test("Its keys have hyphens, and its URLs are the draft's own (Directory)")
    func keys() throws {
        let directory = try client.get(client.directoryURL).json
        #expect(
            Set(directory.keys) == [
                "new-nonce", "new-account", "new-order", "new-authz", "revoke-cert", "key-change", "meta",
            ])
        for (name, url) in directory where name != "meta" {
            #expect((url as? String)?.hasPrefix("https://ca.example.test/draft/") == true, "\(url)")
        }
    }

    @Test("The metadata are the terms, and the names in CAA records in lower case (Directory)")
    func meta() throws {
        server.engine.policy.caa?.identities = ["CA.Example.Test", "cairn.test"]
        let meta = try #require(try client.get(client.directoryURL).json["meta"] as? [String: Any])
        #expect(meta["caa-identities"] as? [String] == ["ca.example.test", "cairn.test"])
        let terms = try #require(meta["terms-of-service"] as? String)
        #expect(try client.get(terms).status == 200)
        #expect(Set(meta.keys) == ["terms-of-service", "caa-identities"])
        server.engine.policy.website = "https://www.example.test"
        let more = try client.get(client.directoryURL).json["meta"] as? [String: Any]
        #expect(more?["website"] as? String == "https://www.example.test")
    }

    @Test("Without anything to say there is no meta, whatever else RFC 8555 would say there (Directory)")
    func noMeta() throws {
        server.engine.policy.termsOfService = nil
        server.engine.policy.caa = nil
        #expect(try client.get(client.directoryURL).json["meta"] == nil)
    }

    @Test("Without new-authz there is none in the directory, and nothing at its URL (Pre-Authorization)")
    func preAuthorization() throws {
        let client = try server.draftRegistered()
        let url = try client.endpoint("new-authz")
        server.engine.policy.preAuthorization = false
        #expect(try client.get(client.directoryURL).json["new-authz"] == nil)
        expectRefusal(try client.post(url, ["identifier": ["type": "dns", "value": "a.test"]]), 404, "malformed")
    }
}
