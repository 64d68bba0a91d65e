import CairnReferenceClient
import Foundation
import Testing

@Suite("Issuance, from the directory to the certificate", .timeLimit(.minutes(5)))
struct IssuanceTests {
    @Test("An account orders, proves control, finalizes and downloads (RFC 8555 §7.1)")
    func whole() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.issue(["www.example.test", "example.test"])
        #expect(order.status == 200)
        #expect(order.state == "valid")
        let chain = try client.certificate(of: order)
        #expect(chain.text.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
    }

    @Test("Every kind of account key signs requests (RFC 8555 §6.2)", arguments: AccountKey.Kind.allCases)
    func keys(_ kind: AccountKey.Kind) throws {
        let server = try TestServer()
        let client = try server.registered(key: AccountKey(kind))
        #expect(try client.issue(["www.example.test"]).state == "valid")
    }
}
