import CairnCertificates
import CairnEngine
import CairnModel
import CairnOpenSSLJudge
import CairnReferenceClient
import Foundation
import Testing

@Suite("Alternate chains and other formats (RFC 8555 §7.4.2)", .timeLimit(.minutes(5)))
struct AlternateChainTests {
    private static func server(_ chains: [CairnRootPath], length: Int = 1) throws -> TestServer {
        try TestServer(authority: CairnAuthorityConfiguration(chains: chains, chainLength: length))
    }

    private static func certificate(_ client: ReferenceClient) throws -> String {
        try #require(try client.issue(["www.example.test"]).json["certificate"] as? String)
    }

    @Test("Each chain links to all others, begins with the same leaf, and leads to its own root (§7.4.2)")
    func alternates() throws {
        let server = try Self.server([.root(0), .root(1), .root(0).crossSigned(by: 1)])
        let client = try server.registered()
        let url = try Self.certificate(client)
        let urls = [url, url + "/1", url + "/2"]
        var leaves = Set<[UInt8]>()
        for (number, this) in urls.enumerated() {
            let response = try client.read(this)
            #expect(response.values("Content-Type") == ["application/pem-certificate-chain"])
            #expect(response.links("alternate") == urls.filter { $0 != this })
            #expect(response.links("up").isEmpty)
            let chain = try Issuance(pem: response.text)
            leaves.insert(try chain.leaf.derEncoded)
            let sent = try chain.intermediates.map { try $0.derEncoded }
            #expect(sent == server.engine.authority.chains[number].intermediates.map(\.derEncoded))
            let root = server.engine.authority.chains[number].root.pem
            let objection = try chain.objection(
                roots: [root], name: .host("www.example.test"), at: server.now.secondsSinceEpoch)
            #expect(objection == nil)
        }
        #expect(leaves.count == 1)
    }

    @Test("A chain that is the beginning of another is the same up to its end, and can be told by its root")
    func prefix() throws {
        let server = try Self.server([.root(0).crossSigned(by: 1), .root(0)])
        let client = try server.registered()
        let long = try client.read(try Self.certificate(client))
        let short = try client.read(try #require(long.links("alternate").first))
        #expect(long.text.hasPrefix(short.text))
        #expect(long.text != short.text)
    }

    @Test("One chain has no alternates, and numbers that no chain has lead nowhere")
    func unknown() throws {
        let client = try Self.server([.root(0), .root(1)]).registered()
        let url = try Self.certificate(client)
        for rest in ["/0", "/2", "/-1", "/01", "/x", "/", "/1/", "/99999999999999999999"] {
            expectRefusal(try client.read(url + rest), 404, "malformed")
        }
        let alone = try TestServer().registered()
        let only = try alone.read(try Self.certificate(alone))
        #expect(only.links("alternate").isEmpty)
        expectRefusal(try alone.read(try Self.certificate(alone) + "/1"), 404, "malformed", "0 alternate chains")
    }

    @Test("An alternate is for the account of the certificate alone, by POST-as-GET (§6.3)")
    func access() throws {
        let server = try Self.server([.root(0), .root(1)])
        let (client, other) = (try server.registered(), try server.registered())
        let url = try Self.certificate(client) + "/1"
        expectRefusal(try other.read(url), 403, "unauthorized", "belongs to another account")
        expectRefusal(try client.send("GET", url), 405, "malformed", "POST-as-GET")
        #expect(try client.read(url).status == 200)
    }

    /// An `Accept`, and whether it means the leaf in DER.
    struct Preference: Sendable, CustomTestStringConvertible {
        let accept: String?
        let isDER: Bool

        var testDescription: String { accept ?? "no Accept" }
    }

    private static let chainLikers = [
        nil, "", "*/*", "application/*", "application/pem-certificate-chain",
        "application/pem-certificate-chain, application/x-pem-file, */*",
        "application/pem-certificate-chain,application/pkix-cert", "application/pkix-cert, */*",
        "application/pkix-cert;q=0.9, application/pem-certificate-chain",
        "application/pkix-cert;q=0.5, */*;q=0.6", "application/pkix-cert;q=0, */*", "APPLICATION/*;Q=0.1",
        "application/pem-certificate-chain ; q=0.001 , application/pkix-cert;q=0.0",
        // Neither can be had: the Accept is disregarded (RFC 9110 §12.5.1).
        "application/json", "text/html,application/xhtml+xml;q=0.9", "application/pkcs7-mime", "*/*;q=0",
        "application/pem-certificate-chain;q=0, application/pkix-cert;q=0",
        // Nothing can be read in them.
        ",", "application", "/", "*/pkix-cert", "application/pkix-cert;q=2", "application/pkix-cert;q=0.1234",
        "application/pkix-cert;q=x", "application/pkix-cert;q=", "application/pkix-cert;q=-1",
    ].map { Preference(accept: $0, isDER: false) }

    private static let leafLikers = [
        "application/pkix-cert", "APPLICATION/PKIX-CERT", "application/pkix-cert;version=1",
        "application/pkix-cert, */*;q=0.5", "application/json, application/pkix-cert;q=0.1",
        "application/pem-certificate-chain;q=0.5,application/pkix-cert;q=0.501",
        "application/pem-certificate-chain;q=0, */*", "nonsense, application/pkix-cert ;\tq=1.000",
        "application/pem-certificate-chain;q=0.2, application/*;q=0.3",
    ].map { Preference(accept: $0, isDER: true) }

    @Test("The format is the one that Accept likes best (RFC 9110 §12.5.1)", arguments: chainLikers + leafLikers)
    func formats(_ preference: Preference) throws {
        let client = try TestServer().registered()
        let url = try Self.certificate(client)
        let response = try client.read(url, fields: preference.accept.map { ["Accept": $0] } ?? [:])
        #expect(response.status == 200)
        let leaf = try client.read(url).leaf()
        if preference.isDER {
            #expect(response.values("Content-Type") == ["application/pkix-cert"])
            #expect(response.body == leaf)
        } else {
            #expect(response.values("Content-Type") == ["application/pem-certificate-chain"])
            #expect(try response.chain().count == 2)
        }
    }

    @Test("From the leaf alone, the links \"up\" lead to each certificate of its chain (§7.4.2, §9.1)")
    func up() throws {
        let server = try Self.server([.root(0), .root(1), .root(0).crossSigned(by: 1)], length: 2)
        let client = try server.registered()
        let url = try Self.certificate(client)
        for (number, chain) in server.engine.authority.chains.enumerated() {
            let this = number == 0 ? url : "\(url)/\(number)"
            let leaf = try client.read(this, fields: ["Accept": "application/pkix-cert"])
            #expect(leaf.links("alternate").count == 2)
            var links = leaf.links("up")
            #expect(links.count == 1)
            for expected in chain.intermediates + [chain.root] {
                // A client that looks for a certain chain takes the link to the certificate of it.
                let found = try links.map { try client.send("GET", $0) }
                let next = try #require(found.first { $0.body == expected.derEncoded })
                #expect(next.values("Content-Type") == ["application/pkix-cert"])
                links = next.links("up")
            }
            #expect(links.isEmpty)
        }
    }

    @Test("Where the root signs leaves, it is the issuer that they point to (RFC 5280 §4.2.2.1)")
    func withoutIntermediates() throws {
        let server = try Self.server([.root(0)], length: 0)
        let client = try server.registered()
        let response = try client.read(try Self.certificate(client))
        #expect(try response.chain().count == 1)
        let url = "https://ca.example.test/issuer/0"
        #expect(Data(try response.leaf()).range(of: Data(url.utf8)) != nil)
        #expect(try client.send("GET", url).body == server.engine.authority.roots[0].derEncoded)
    }
}
