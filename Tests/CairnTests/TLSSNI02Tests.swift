import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Crypto
import Foundation
import Testing

/// Rules are those of the ACME draft of March 2017, "TLS with Server Name Indication (TLS SNI)".
@Suite("tls-sni-02 in a whole CA", .timeLimit(.minutes(5)))
struct TLSSNI02Tests {
    private static func name(_ text: String, _ label: String) -> String {
        let digest = SHA256.hash(data: Data(text.utf8)).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return "\(digest[..<16].joined()).\(digest[16...].joined()).\(label).acme.invalid"
    }

    @Test("The responder meets it in the process, for an RFC 8555 client too")
    func inProcess() throws {
        let ca = try TestCA.inMemory(.with { $0.policy.challengeTypes = [.tlsSNI02] })
        let issuance = try ca.client().obtain(["www.example.test", "example.test"], by: "tls-sni-02") { proof in
            ca.responder.setTLSSNI02(token: proof.token, keyAuthorization: proof.keyAuthorization)
        }
        #expect(try ca.objection(to: issuance, name: .host("example.test")) == nil)
        #expect(ca.journal.probes.map(\.challenge) == [.tlsSNI02, .tlsSNI02])
    }

    @Test("Wildcards and addresses cannot be proved by it")
    func unfit() throws {
        let ca = try TestCA.inMemory(.with { $0.policy.challengeTypes = [.tlsSNI02] })
        let client = try ca.client()
        try client.register()
        for name in ["*.example.test", "127.0.0.1"] {
            let error = #expect(throws: ReferenceClient.Violation.self) { try client.order([name]) }
            #expect(error?.description.contains("rejectedIdentifier") == true)
        }
    }

    struct Server: Sendable {
        let key: OpenSSLKey.Kind
        let versions: ClosedRange<Wire.Demands.Version>
        /// `nil` for a certificate without a key usage.
        var keyUsage: String?
    }

    @Test(
        "A TLS server meets it over the network, whatever its version, key and key usage",
        arguments: [
            Server(key: .curve("P-256"), versions: .tls12 ... .tls12),
            Server(key: .curve("P-256"), versions: .tls13 ... .tls13),
            Server(key: .rsa(2048), versions: .tls12 ... .tls12, keyUsage: "critical,keyEncipherment"),
            Server(key: .rsa(2048), versions: .tls12 ... .tls13, keyUsage: "critical,keyEncipherment"),
        ])
    func network(_ offer: Server) async throws {
        let server = try TLSServer()
        defer { server.stop() }
        let configuration = TestCA.Configuration.with {
            $0.policy.challengeTypes = [.tlsSNI02]
            $0.probes.tlsPort = server.port
        }
        try await withTestCA(configuration) { ca in
            let asked = try await onOwnThread {
                var asked: String?
                let issuance = try ca.client().obtain(["www.example.test"], by: "tls-sni-02") { proof in
                    let names = [Self.name(proof.token, "token"), Self.name(proof.keyAuthorization, "ka")]
                    asked = names[0]
                    let usage = offer.keyUsage.map { [(name: "keyUsage", value: $0)] } ?? []
                    server.answer(
                        try WireServer(
                            key: OpenSSLKey(offer.key),
                            extensions: [("subjectAltName", names.map { "DNS:\($0)" }.joined(separator: ","))] + usage,
                            versions: offer.versions))
                }
                #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
                return asked
            }
            // Our TLS library finishes no handshake with such a key usage, so there is a second one that need not be.
            #expect(server.names == Array(repeating: asked, count: offer.keyUsage == nil ? 1 : 2))
        }
    }
}
