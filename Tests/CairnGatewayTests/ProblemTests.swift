import CairnEngine
import CairnModel
import CairnReferenceClient
import Crypto
import Foundation
import Testing

@Suite("Problem documents", .timeLimit(.minutes(5)))
struct ProblemTests {
    @Test("Every type of error is a registered one, in answers and within objects (§6.7)")
    func registered() throws {
        // The client refuses every other type, wherever it reads one. This goes through those that it meets.
        let server = try TestServer()
        let pair = CertificateKey()
        let client = try server.registered()
        let (account, newOrder) = (try #require(client.kid), try client.endpoint("newOrder"))
        let revokeCert = try client.endpoint("revokeCert")
        let ready = try client.readyOrder(["www.example.test"])
        let leaf = try client.certificate(of: try client.issue(["a.example.test"], key: pair.x509)).leaf()
        let certificate = base64URL(leaf)
        let answers = [
            try client.post(newOrder, [:]),
            try client.post(newOrder, [:]) { $0.header["nonce"] = "AAAA" },
            try client.post(newOrder, [:]) { $0.header["alg"] = "HS256" },
            try client.post(newOrder, [:]) { $0.header["url"] = "x" },
            try client.post(newOrder, [:]) { $0.header["kid"] = "x" },
            try client.post(try client.endpoint("newAccount"), [:], as: .key) {
                $0.header["jwk"] = [:] as [String: String]
            },
            try server.client().register([:]),
            try client.newOrder([("email", "a@example.test")]),
            try client.newOrder([("email", "a@example.test"), ("dns", "_")]),
            try client.newOrder([("dns", "a.example.test")], ["profile": "none"]),
            try client.post(account, ["contact": ["tel:1"]]), try client.post(account, ["contact": ["mailto:"]]),
            try client.finalize(ready, csr: []),
            try client.post(try client.order(["b.example.test"]).finalize, ["csr": ""]),
            try client.post(revokeCert, ["certificate": certificate, "reason": 2]),
            try client.post(revokeCert, ["certificate": certificate]),
            try client.post(revokeCert, ["certificate": certificate]),
        ]
        #expect(
            Set(answers.compactMap(\.problem)) == [
                "malformed", "badNonce", "badSignatureAlgorithm", "unauthorized", "accountDoesNotExist", "badPublicKey",
                "userActionRequired", "unsupportedIdentifier", "compound", "invalidProfile", "unsupportedContact",
                "invalidContact", "badCSR", "orderNotReady", "badRevocationReason", "alreadyRevoked",
            ])
        server.decide { _ in ACMEProblem(.tls, "no handshake") }
        let failed = try client.readyOrder(["c.example.test"])
        for url in [failed.url, failed.authorizations[0]] { #expect(try client.read(url).state == "invalid") }
    }

    @Test(
        "The client that judges this server sees what is forbidden in a problem (§6.7, §6.7.1)",
        arguments: [
            #"{"type":"urn:ietf:params:acme:error:oops"}"#,
            #"{"type":"about:blank","identifier":{"type":"dns","value":"a.test"}}"#,
            #"{"type":"about:blank","subproblems":[{"type":"urn:ietf:params:acme:error:oops"}]}"#,
        ])
    func judged(_ text: String) throws {
        let problem = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(ErrorTypes.fault(in: problem) != nil)
        #expect(
            ErrorTypes.fault(in: ["type": "about:blank", "subproblems": [["type": "about:blank", "identifier": 1]]])
                == nil)
    }
}
