import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Crypto
import SwiftASN1
import Testing
import X509
import _CryptoExtras

@Suite("Which keys are accepted", .timeLimit(.minutes(5)))
struct KeyRulesTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    private func subjectPublicKeyInfo(_ key: P256.Signing.PrivateKey) -> [UInt8] {
        Array(key.publicKey.derRepresentation)
    }

    // MARK: Sizes and weak keys

    @Test("RSA keys smaller or larger than the policy has it are badPublicKey and badCSR (§6.2, §7.4)")
    func sizes() throws {
        let rsa = try AccountKey(.rsa2048)
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        let request = try csr(
            ["www.example.test"], key: .init(try _RSA.Signing.PrivateKey(keySize: .bits2048)),
            algorithm: .sha256WithRSAEncryption)
        for (minimum, maximum) in [(2049, 8192), (1024, 2047)] {
            server.engine.policy.keys.minimumRSABits = minimum
            server.engine.policy.keys.maximumRSABits = maximum
            let words = "expected an RSA key of \(minimum) to \(maximum) bits, got 2048"
            expectRefusal(try server.client(key: rsa).register(), 400, "badPublicKey", words, "§6.2")
            expectRefusal(try client.changeKey(to: rsa), 400, "badPublicKey", "the new key", words)
            expectRefusal(try client.finalize(order, csr: request), 400, "badCSR", "the CSR's key", words, "§7.4")
            #expect(try client.read(order.url).state == "ready")
        }
        server.engine.policy.keys = CairnKeyRules()
        #expect(try client.finalize(order, csr: request).state == "valid")
        #expect(try server.client(key: rsa).register().status == 201)
    }

    @Test("A key with the ROCA flaw is refused everywhere, unless the policy lets weak keys be")
    func roca() throws {
        let key = try AccountKey(rsaPEM: WeakKeys.rocaPEM)
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        let request = try csr(
            ["www.example.test"], key: .init(try _RSA.Signing.PrivateKey(pemRepresentation: WeakKeys.rocaPEM)),
            algorithm: .sha256WithRSAEncryption)
        expectRefusal(try server.client(key: key).register(), 400, "badPublicKey", "the key in \"jwk\"", "ROCA", "§6.2")
        expectRefusal(try client.changeKey(to: key), 400, "badPublicKey", "the new key", "ROCA")
        expectRefusal(try client.finalize(order, csr: request), 400, "badCSR", "ROCA")
        server.engine.policy.keys.refusesWeakKeys = false
        #expect(try client.finalize(order, csr: request).state == "valid")
        #expect(try server.client(key: key).register().status == 201)
    }

    @Test("A modulus with a small factor is refused, and the factor named")
    func smallFactor() throws {
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        expectRefusal(
            try client.finalize(order, csr: WeakKeys.smallFactorRequest), 400, "badCSR", "that 739 divides", "§7.4")
        server.engine.policy.keys.refusesWeakKeys = false
        #expect(try client.finalize(order, csr: WeakKeys.smallFactorRequest).state == "valid")
    }

    // MARK: Keys by name

    @Test("A key on the list is refused as account key, as new key and in a CSR")
    func blocked() throws {
        let pair = P256.Signing.PrivateKey()
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        let request = try csr(["www.example.test"], key: .init(pair))
        server.engine.policy.keys.blocked = [CairnKeyDigest(subjectPublicKeyInfo: subjectPublicKeyInfo(pair))]
        expectRefusal(
            try server.client(key: AccountKey(pair)).register(), 400, "badPublicKey", "\"jwk\" is blocked", "§6.2")
        expectRefusal(try client.changeKey(to: AccountKey(pair)), 400, "badPublicKey", "the new key is blocked")
        expectRefusal(try client.finalize(order, csr: request), 400, "badCSR", "the CSR's key is blocked", "§7.4")
        #expect(try client.read(order.url).state == "ready")
        server.engine.policy.keys.blocked = []
        #expect(try client.finalize(order, csr: request).state == "valid")
    }

    private func revoke(
        _ client: ReferenceClient, _ pair: P256.Signing.PrivateKey, reason: Int, byKey: Bool
    ) throws {
        let chain = try client.certificate(of: try client.issue(["www.example.test"], key: .init(pair)))
        let payload: [String: Any] = ["certificate": base64URL(try chain.leaf()), "reason": reason]
        let response =
            byKey
            ? try client.post(try client.endpoint("revokeCert"), payload, as: .key, signedBy: AccountKey(pair))
            : try client.post(try client.endpoint("revokeCert"), payload)
        #expect(response.status == 200, "\(response.text)")
    }

    @Test(
        "The key of a certificate that was revoked for keyCompromise is blocked as the policy has it (§7.6)",
        arguments: [
            (CairnCompromisedKeys.blockedIfProven, true, 1, true), (.blockedIfProven, false, 1, false),
            (.blockedIfProven, true, 4, false), (.blocked, false, 1, true), (.blocked, true, 1, true),
            (.blocked, true, 0, false), (.accepted, true, 1, false),
        ])
    func compromised(_ rule: CairnCompromisedKeys, _ byKey: Bool, _ reason: Int, _ isBlocked: Bool) throws {
        server.engine.policy.keys.compromised = rule
        let pair = P256.Signing.PrivateKey()
        let client = try server.registered()
        try revoke(client, pair, reason: reason, byKey: byKey)
        let order = try client.readyOrder(["www.example.test"])
        let again = try client.finalize(order, csr: try csr(["www.example.test"], key: .init(pair)))
        guard isBlocked else {
            #expect(again.state == "valid")
            return
        }
        expectRefusal(again, 400, "badCSR", "revoked for keyCompromise", "§7.6")
        #expect(try client.read(order.url).state == "ready")
        expectRefusal(
            try server.client(key: AccountKey(pair)).register(), 400, "badPublicKey", "revoked for keyCompromise")
        expectRefusal(try client.changeKey(to: AccountKey(pair)), 400, "badPublicKey", "revoked for keyCompromise")
        server.engine.policy.keys.compromised = .accepted
        #expect(try client.finalize(order, csr: try csr(["www.example.test"], key: .init(pair))).state == "valid")
    }

    @Test("An account whose key is no longer accepted goes on, and is found by it (§7.3.1)")
    func existing() throws {
        let pair = P256.Signing.PrivateKey()
        let client = try server.registered(key: AccountKey(pair))
        server.engine.policy.keys.blocked = [CairnKeyDigest(subjectPublicKeyInfo: subjectPublicKeyInfo(pair))]
        #expect(try client.issue(["www.example.test"]).state == "valid")
        #expect(try client.register(["onlyReturnExisting": true]).status == 200)
    }

    @Test("A blocked key can still revoke its certificate (§7.6)")
    func blockedRevokes() throws {
        let pair = P256.Signing.PrivateKey()
        let client = try server.registered()
        let chain = try client.certificate(of: try client.issue(["www.example.test"], key: .init(pair)))
        server.engine.policy.keys.blocked = [CairnKeyDigest(subjectPublicKeyInfo: subjectPublicKeyInfo(pair))]
        let response = try client.post(
            try client.endpoint("revokeCert"), ["certificate": base64URL(try chain.leaf())], as: .key,
            signedBy: AccountKey(pair))
        #expect(response.status == 200)
    }

    // MARK: Algorithms

    @Test("Algorithms that the CA does not take are badSignatureAlgorithm, with those that it does (§6.2)")
    func algorithms() throws {
        server.engine.policy.keys.signatureAlgorithms = [.rs256, .es256]
        for kind in AccountKey.Kind.allCases {
            let response = try server.client(key: AccountKey(kind)).register()
            if kind == .p256 || kind == .rsa2048 {
                #expect(response.status == 201)
            } else {
                expectRefusal(response, 400, "badSignatureAlgorithm", "expected RS256, ES256, got", "§6.2")
                #expect(response.json["algorithms"] as? [String] == ["RS256", "ES256"])
            }
        }
        let client = try server.registered()
        let change = try client.changeKey(to: AccountKey(.ed25519))
        expectRefusal(change, 400, "badSignatureAlgorithm", "inner JWS", "expected RS256, ES256, got \"EdDSA\"")
        #expect(change.json["algorithms"] as? [String] == ["RS256", "ES256"])
    }

    @Test("An algorithm that nobody implements stays refused, though the policy names it (§6.2)")
    func unknownAlgorithm() throws {
        server.engine.policy.keys.signatureAlgorithms = [.es256, .init(rawValue: "HS256"), .init(rawValue: "none")]
        let client = try server.client()
        for name in ["HS256", "none"] {
            let response = try client.post(
                try client.endpoint("newAccount"), ["termsOfServiceAgreed": true], as: .key
            ) { $0.header["alg"] = name }
            #expect(response.status == 400, "\(response.text)")
        }
        #expect(server.engine.census.accounts == 0)
    }
}
