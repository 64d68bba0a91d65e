import CairnCertificates
import CairnEngine
import CairnGateway
import CairnReferenceClient
import Foundation
import Testing

@Suite("The issuer's certificate", .timeLimit(.minutes(5)))
struct IssuerTests {
    @Test("A leaf says where its issuer is, by the name that the client used, and there it is (RFC 5280 §4.2.2.1)")
    func accessibleIssuer() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.issue(["www.example.test"])
        #expect(order.state == "valid")
        let leaf = try #require(server.engine.journal.certificates.last)
        let url = "https://ca.example.test/issuer/0"
        #expect(Data(leaf.derEncoded).range(of: Data(url.utf8)) != nil)

        let response = try client.send("GET", url)
        #expect(response.status == 200)
        #expect(response.values("Content-Type") == ["application/pkix-cert"])
        #expect(response.body == server.engine.authority.intermediates[0].derEncoded)
        #expect(response.links("up") == ["https://ca.example.test/issuer/1"])
        let root = try client.send("GET", "https://ca.example.test/issuer/1")
        #expect(root.body == server.engine.authority.roots[0].derEncoded)
        #expect(root.links("up").isEmpty)
    }

    @Test("Other numbers lead nowhere", arguments: ["2", "-1", "00", "x", "99999999999999999999"])
    func unknown(number: String) throws {
        let response = try TestServer().client().send("GET", "https://ca.example.test/issuer/\(number)")
        #expect(response.status == 404)
        #expect(response.problem == "malformed")
    }
}
