import CairnCertificates
import CairnEngine
import CairnModel
import CairnOpenSSLJudge
import CairnReferenceClient
import Testing

@Suite("Draft: certificates", .timeLimit(.minutes(5)))
struct DraftCertificateTests {
    @Test(
        "The chain is PEM of the draft's own type, the leaf first, without the root (Downloading the Certificate)")
    func pem() throws {
        let client = try TestServer().draftRegistered()
        let order = try client.issue(["www.example.test"])
        for accept in [nil, "*/*", "application/x-pem-file", "text/html"] {
            let response = try client.certificate(of: order, accept: accept)
            #expect(response["Content-Type"] == "application/x-pem-file")
            let issuance = try Issuance(pem: response.text)
            #expect(try issuance.leaf.extension("2.5.29.17")?.text == "DNS:www.example.test")
            #expect(issuance.intermediates.count == 1)
            #expect(!issuance.intermediates.contains { $0.isSelfSigned })
        }
    }

    @Test("A client that asks for it gets the leaf alone, in DER (Downloading the Certificate)")
    func der() throws {
        let client = try TestServer().draftRegistered()
        let order = try client.issue(["www.example.test"])
        let response = try client.certificate(of: order, accept: "application/pkix-cert")
        #expect(response["Content-Type"] == "application/pkix-cert")
        #expect(response.body == (try client.certificate(of: order).leaf()))
        #expect(try OpenSSLCertificate(derEncoded: response.body).derEncoded == response.body)
    }

    @Test("A certificate that does not exist is not found (Downloading the Certificate)")
    func unknown() throws {
        let client = try TestServer().draftRegistered()
        let url = try #require(try client.issue(["www.example.test"]).json["certificate"] as? String)
        expectRefusal(try client.get(url + "00"), 404, "malformed")
        expectRefusal(try client.get(url + "/7"), 404, "malformed")
    }

    @Test("Other chains of the same leaf are linked (Downloading the Certificate)")
    func alternates() throws {
        let client = try TestServer(authority: CairnAuthorityConfiguration(chains: [.root(0), .root(1)]))
            .draftRegistered()
        let order = try client.issue(["www.example.test"])
        let first = try client.certificate(of: order)
        let alternate = try #require(first.links("alternate").first)
        #expect(alternate.hasPrefix("https://ca.example.test/draft/certificate/"))
        let second = try client.get(alternate)
        #expect(second["Content-Type"] == "application/x-pem-file")
        #expect(try second.leaf() == first.leaf())
        #expect(second.links("alternate") == [try #require(order.json["certificate"] as? String)])
        #expect(try second.chain() != first.chain())
    }
}
