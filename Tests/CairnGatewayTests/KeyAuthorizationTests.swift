import CairnEngine
import CairnModel
import CairnReferenceClient
import Crypto
import Foundation
import Testing

@Suite("Key authorizations", .timeLimit(.minutes(5)))
struct KeyAuthorizationTests {
    @Test("Leading zeros of a coordinate belong to the thumbprint (§8.1, RFC 7518 §6.2.1.2)", arguments: ["x", "y"])
    func leadingZeros(_ coordinate: String) throws {
        // One key in 256 has them, so all of these are without once in 10³³ runs.
        let keys = (0..<20_000).lazy.map { _ in AccountKey(P256.Signing.PrivateKey()) }
        let key = try #require(keys.first { $0.jwk[coordinate]?.hasPrefix("AA") == true })
        let server = try TestServer(approving: false)
        let client = try server.registered(key: key)
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0])
        try client.respond(to: challenge.url)
        let job = try #require(server.pendingJobs.first)
        #expect(job.attempt.keyAuthorization.description == client.keyAuthorization(challenge.token))
    }

    @Test("Octets before an RSA modulus are no part of the key (§8.1, RFC 7518 §6.3.1.1)")
    func modulus() throws {
        let client = try TestServer().client(key: AccountKey(.rsa2048))
        let modulus = try #require(client.key.jwk["n"])
        let response = try client.post(try client.endpoint("newAccount"), ["termsOfServiceAgreed": true], as: .key) {
            var jwk = $0.header["jwk"] as? [String: String] ?? [:]
            // Three zero octets are four characters, so the rest of the text is the same.
            jwk["n"] = "AAAA" + modulus
            $0.header["jwk"] = jwk
        }
        expectRefusal(response, 400, "badPublicKey", "in the fewest octets, got a leading zero octet")
    }

    @Test("It is that of the key that answered the challenge, whatever the key is later (§8.3, §8.4)")
    func stored() throws {
        let server = try TestServer(approving: false)
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("dns-01", of: order.authorizations[0])
        let expected = client.keyAuthorization(challenge.token)
        try client.respond(to: challenge.url)
        let new = try AccountKey()
        try client.changeKey(to: new)
        client.key = new
        #expect(server.pendingJobs.map { $0.attempt.keyAuthorization.description } == [expected])
        server.finish()
        #expect(try client.read(order.url).state == "ready")
    }
}
