import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

/// The three profiles of Let's Encrypt (https://letsencrypt.org/docs/profiles/), as its preset has them at the end of 2026.
@Suite("Let's Encrypt's profiles, judged by OpenSSL", .timeLimit(.minutes(5)))
struct LetsEncryptProfileTests {
    private static let names = ["www.example.test", "example.test"]
    private static let oids = (
        keyUsage: "2.5.29.15", purposes: "2.5.29.37", subjectKey: "2.5.29.14", authorityKey: "2.5.29.35",
        names: "2.5.29.17", policies: "2.5.29.32", stapling: "1.3.6.1.5.5.7.1.24"
    )

    private func leaf(
        _ profile: String, _ names: [String] = names, key: OpenSSLKey.Kind = .rsa(2048),
        more: [(name: String, value: String)] = []
    ) throws -> OpenSSLCertificate {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.validation.standard = .approve
                $0.use(.letsEncrypt)
            })
        let client = try ca.client()
        client.tolerances = Set(ReferenceClient.Tolerance.allCases)
        try client.register()
        let order = try client.order(names, ["profile": profile])
        for authorization in order.authorizations {
            try client.respond(to: client.challenge("http-01", of: authorization).url)
        }
        let list = names.map { ($0.first?.isNumber == true ? "IP:" : "DNS:") + $0 }.joined(separator: ",")
        var request = OpenSSLRequest(key: try OpenSSLKey(key), names: list)
        request.extensions += more
        let issued = try client.finalize(order, csr: try request.derEncoded)
        let issuance = try Issuance(pem: try client.certificate(of: issued).text)
        let name: PathJudge.Name = names[0].first?.isNumber == true ? .address(names[0]) : .host(names[0])
        #expect(try ca.objection(to: issuance, name: name) == nil)
        return issuance.leaf
    }

    private func days(_ leaf: OpenSSLCertificate) throws -> Double {
        Double(try leaf.notAfter - leaf.notBefore + 1) / 86_400
    }

    @Test("classic: 90 days, a common name, a subject key identifier, keyEncipherment for RSA; no clientAuth")
    func classic() throws {
        let leaf = try leaf("classic", more: [("extendedKeyUsage", "serverAuth,clientAuth")])
        #expect(try days(leaf) == 90)
        #expect(try leaf.subject == "CN=www.example.test")
        #expect(try leaf.extension(Self.oids.keyUsage)?.text == "Digital Signature, Key Encipherment")
        #expect(try leaf.extension(Self.oids.purposes)?.text == "TLS Web Server Authentication")
        #expect(leaf.extensions.contains(Self.oids.subjectKey))
        #expect(try leaf.extension(Self.oids.policies)?.text.contains("2.23.140.1.2.1") == true)
    }

    @Test(
        "tlsserver and shortlived: neither common name nor subject key identifier nor keyEncipherment nor clientAuth",
        arguments: [("tlsserver", 45.0), ("shortlived", 160.0 / 24)], [OpenSSLKey.Kind.rsa(2048), .curve("P-256")])
    func slender(_ profile: (name: String, days: Double), _ key: OpenSSLKey.Kind) throws {
        let leaf = try leaf(profile.name, key: key, more: [("extendedKeyUsage", "serverAuth,clientAuth")])
        #expect(try days(leaf) == profile.days)
        #expect(try leaf.subject == "")
        #expect(
            try leaf.extension(Self.oids.names)
                == .init(isCritical: true, text: "DNS:www.example.test, DNS:example.test"))
        #expect(try leaf.extension(Self.oids.keyUsage) == .init(isCritical: true, text: "Digital Signature"))
        #expect(try leaf.extension(Self.oids.purposes)?.text == "TLS Web Server Authentication")
        #expect(!leaf.extensions.contains(Self.oids.subjectKey))
        #expect(leaf.extensions.contains(Self.oids.authorityKey))
        #expect(!leaf.extensions.contains(Self.oids.stapling))
    }

    @Test("shortlived is for addresses too, the others are not (RFC 8738 §3)")
    func addresses() throws {
        let leaf = try leaf("shortlived", ["192.0.2.1", "www.example.test"])
        #expect(
            try leaf.extension(Self.oids.names)
                == .init(isCritical: true, text: "IP Address:192.0.2.1, DNS:www.example.test"))
        for profile in ["classic", "tlsserver"] {
            let refusal = #expect(throws: ReferenceClient.Violation.self) { try self.leaf(profile, ["192.0.2.1"]) }
            #expect(refusal?.description.contains("rejectedIdentifier") == true)
        }
    }
}
