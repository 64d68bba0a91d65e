import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

@Suite("Issuance over TLS", .timeLimit(.minutes(5)))
struct IssuanceTests {
    @Test("http-01 is answered by token (RFC 8555 §8.3)")
    func httpByToken() async throws {
        try await withTestCA { ca in
            try await onOwnThread {
                let issuance = try ca.client().obtain(["www.example.test", "example.test"], by: "http-01") { proof in
                    ca.responder.setHTTP01(token: proof.token, keyAuthorization: proof.keyAuthorization)
                }
                #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
                #expect(try ca.objection(to: issuance, name: .host("example.test")) == nil)
                #expect(try ca.objection(to: issuance, name: .host("other.example.test")) == "hostname mismatch")
            }
        }
    }

    @Test("http-01 is answered by name and token, and for no other name")
    func httpByName() throws {
        let ca = try TestCA.inMemory()
        let client = try ca.client()
        let prove: (Proof) -> Void = { proof in
            ca.responder.setHTTP01(
                name: "A.example.test.", token: proof.token, keyAuthorization: proof.keyAuthorization)
        }
        _ = try client.obtain(["a.example.test"], by: "http-01", prove: prove)
        #expect(throws: ReferenceClient.Violation.self) {
            try client.obtain(["b.example.test"], by: "http-01", prove: prove)
        }
        #expect(ca.journal.probes.map(\.problem?.type) == [nil, .connection])
    }

    @Test("http-01 and tls-alpn-01 are answered by a closure", arguments: ["http-01", "tls-alpn-01"])
    func closure(_ type: String) async throws {
        try await withTestCA { ca in
            try await onOwnThread {
                let client = try ca.client()
                let thumbprint = client.key.thumbprint
                let issuance = try client.obtain(["www.example.test"], by: type) { proof in
                    let (name, keyAuthorization) = (proof.name, proof.keyAuthorization)
                    ca.responder.onProbe { probe in
                        guard probe.host == name, probe.challengeType.rawValue == type else { return nil }
                        // A web server knows no key authorization in advance; it has the thumbprint and the path.
                        return .keyAuthorization(probe.token.map { "\($0).\(thumbprint)" } ?? keyAuthorization)
                    }
                }
                #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
            }
        }
    }

    @Test("tls-alpn-01 is answered by name, and for an address by its text (RFC 8737 §3, RFC 8738 §6)")
    func tlsALPN() async throws {
        try await withTestCA { ca in
            try await onOwnThread {
                let issuance = try ca.client().obtain(["www.example.test", "127.0.0.1"], by: "tls-alpn-01") { proof in
                    ca.responder.setTLSALPN01(name: proof.name, keyAuthorization: proof.keyAuthorization)
                }
                #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
                #expect(try ca.objection(to: issuance, name: .address("127.0.0.1")) == nil)
            }
        }
    }

    @Test("dns-01 is looked up in the table, where nobody else answers, for a wildcard too (RFC 8555 §8.4, §11.2)")
    func dns() async throws {
        try await withTestCA { ca in
            try await onOwnThread {
                let issuance = try ca.client().obtain(["*.example.test", "example.test"], by: "dns-01") { proof in
                    ca.dns.add(.txt(proof.digest), to: "_acme-challenge.\(proof.name)")
                }
                #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
                #expect(try ca.objection(to: issuance, name: .host("example.test")) == nil)
                let queries = ca.dns.queries(for: "_acme-challenge.example.test")
                #expect(queries.map(\.type) == [.txt, .txt])
                #expect(queries.map(\.source) == [.validation, .validation])
            }
        }
    }

    @Test("http-01 connects to a web server on the configured port")
    func webServer() async throws {
        let server = try WebServer()
        defer { server.stop() }
        try await withTestCA(.with { $0.probes.httpPort = server.port }) { ca in
            try await onOwnThread {
                let issuance = try ca.client().obtain(["www.example.test"], by: "http-01") { proof in
                    server.serve(proof.keyAuthorization, at: "/.well-known/acme-challenge/\(proof.token)")
                }
                #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
            }
            let step = try #require(ca.journal.probes.first?.steps.first)
            #expect(step.host == "www.example.test")
            #expect(step.addressUsed == .loopbackV4)
            #expect(step.port == server.port)
            #expect(step.status == 200)
            #expect(server.hosts == ["www.example.test"])
        }
    }

    @Test("Names are approved or denied without a look at them")
    func policy() async throws {
        try await withTestCA { ca in
            ca.validation["approved.example.test"] = .approve
            ca.validation["*.denied.test"] = .deny(ACMEProblem(.caa, "not here"))
            try await onOwnThread {
                let client = try ca.client()
                _ = try client.obtain(["approved.example.test"], by: "http-01") { _ in }
                let order = try client.order(["www.denied.test"])
                let authorization = try #require(order.authorizations.first)
                try client.respond(to: client.challenge("http-01", of: authorization).url)
                let refused = try client.poll(authorization, until: ["invalid", "valid"])
                #expect(refused.state == "invalid")
                #expect(refused.text.contains("urn:ietf:params:acme:error:caa"))
                #expect(refused.text.contains("not here"))
                #expect(try client.read(order.url).state == "invalid")
            }
            #expect(ca.dns.queries.isEmpty)
            #expect(ca.journal.probes.map(\.steps.count) == [0, 0])
        }
    }

    @Test(
        "Every kind of certificate key is certified",
        arguments: [
            OpenSSLKey.Kind.curve("P-256"), .curve("P-384"), .curve("P-521"), .rsa(2048), .rsa(3072), .ed25519,
        ])
    func leafKeys(_ kind: OpenSSLKey.Kind) throws {
        let ca = try TestCA.inMemory()
        ca.validation.standard = .approve
        let issuance = try ca.client().obtain(["www.example.test"], by: "http-01", key: kind) { _ in }
        #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
    }

    @Test("A hierarchy has the keys of the configuration", arguments: [CairnKeyAlgorithm.p256, .p384, .rsa2048])
    func hierarchies(_ algorithm: CairnKeyAlgorithm) throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.authority.rootKey = algorithm
                $0.authority.intermediateKey = algorithm
            })
        ca.validation.standard = .approve
        let issuance = try ca.client().obtain(["www.example.test"], by: "http-01") { _ in }
        #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
        for certificate in ca.authority.roots.map(\.derEncoded) + ca.authority.intermediates.map(\.derEncoded) {
            let judged = try OpenSSLCertificate(derEncoded: certificate)
            let key = try OpenSSLKey(subjectPublicKeyInfo: judged.subjectPublicKeyInfo)
            #expect(
                "\(key.algorithm) \(key.bits)"
                    == (algorithm == .rsa2048 ? "RSA 2048" : "EC \(algorithm == .p256 ? 256 : 384)"))
        }
    }
}
