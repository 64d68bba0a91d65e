import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import SwiftASN1
import Testing
import X509

@Suite("Certificate resource", .timeLimit(.minutes(5)))
struct CertificateTests {
    @Test("It is a PEM chain that begins with the leaf, each certified by the next, without the root (§7.4.2, §9.1)")
    func chain() throws {
        let server = try TestServer()
        let client = try server.registered()
        let pair = CertificateKey()
        let response = try client.certificate(of: try client.issue(["www.example.test", "192.0.2.1"], key: pair.x509))
        #expect(response.values("Content-Type") == ["application/pem-certificate-chain"])
        #expect(response.text.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        #expect(response.text.hasSuffix("-----END CERTIFICATE-----\n"))
        let chain = try response.chain().map { try Certificate(derEncoded: $0) }
        #expect(chain.count == 2)
        #expect(chain[0].publicKey == pair.x509.publicKey)
        let names = try #require(try chain[0].extensions.subjectAlternativeNames)
        #expect(names.count == 2)
        #expect(names.first == .dnsName("www.example.test"))
        #expect(chain[1].publicKey.isValidSignature(chain[0].signature, for: chain[0]))
        let root = try Certificate(derEncoded: try #require(server.engine.authority.roots.first).derEncoded)
        #expect(root.publicKey.isValidSignature(chain[1].signature, for: chain[1]))
        #expect(chain[1].subject != chain[1].issuer)
    }

    @Test("Its PEM is strict: lines of 64 characters, and nothing but certificates (§9.1, erratum 5983, RFC 7468 §3)")
    func strict() throws {
        let client = try TestServer().registered()
        let text = try client.certificate(of: try client.issue(["www.example.test"])).text
        #expect(!text.contains("\r"))
        let blocks = text.components(separatedBy: "-----BEGIN CERTIFICATE-----\n").dropFirst()
        #expect(blocks.count == 2)
        for block in blocks {
            let parts = block.components(separatedBy: "\n-----END CERTIFICATE-----\n")
            #expect(parts.count == 2)
            #expect(parts.last == "", "between certificates: \(parts.last ?? "")")
            let lines = parts[0].split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.dropLast().allSatisfy { $0.count == 64 })
            #expect((1...64).contains(lines.last?.count ?? 0))
            #expect(Data(base64Encoded: lines.joined()) != nil)
        }
    }

    @Test("It is read by POST-as-GET, by the account it was issued to (§6.3, §7.4.2)")
    func access() throws {
        let server = try TestServer()
        let (client, other) = (try server.registered(), try server.registered())
        let url = try #require(try client.issue(["www.example.test"]).json["certificate"] as? String)
        expectRefusal(try other.read(url), 403, "unauthorized", "belongs to another account", "§6.2")
        expectRefusal(try client.post(url, [:]), 400, "malformed", "POST-as-GET")
        expectRefusal(try client.send("GET", url), 405, "malformed", "POST-as-GET")
        expectRefusal(
            try client.read("https://ca.example.test/certificate/AAAAAAAAAAAAAAAAAAAAAA"), 404, "malformed",
            "there is no certificate")
        #expect(try client.read(url).status == 200)
    }

    @Test("It has one URL (§10.5)")
    func url() throws {
        let client = try TestServer().registered()
        let url = try #require(try client.issue(["www.example.test"]).json["certificate"] as? String)
        let serial = try #require(url.split(separator: "/").last)
        let prefix = url.dropLast(serial.count)
        expectRefusal(try client.read(prefix + "00" + serial), 404, "malformed")
        expectRefusal(try client.read(prefix + serial.uppercased()), 404, "malformed")
    }

    @Test("It stays after it was revoked")
    func revoked() throws {
        let client = try TestServer().registered()
        let order = try client.issue(["www.example.test"])
        let chain = try client.certificate(of: order)
        try client.post(try client.endpoint("revokeCert"), ["certificate": base64URL(try chain.leaf())])
        #expect(try client.certificate(of: order).body == chain.body)
    }
}
