import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

/// What a listener answers to a ClientHello that offers one version and one cipher suite.
@Suite("TLS handshakes with a CA, one offer at a time", .timeLimit(.minutes(5)))
struct HandshakeTests {
    /// The key of the server; the minor version, which is one more than that of TLS 1, and the suite that the client offers.
    struct Offer: Sendable {
        let key: OpenSSLKey.Kind
        let minor: UInt8
        let suite: UInt16

        init(_ key: OpenSSLKey.Kind, minor: UInt8, _ suite: UInt16) {
            (self.key, self.minor, self.suite) = (key, minor, suite)
        }
    }

    /// A ClientHello (RFC 5246 §7.4.1.2) with P-256, uncompressed points, and ECDSA or RSA with SHA-256.
    private static func hello(_ offer: Offer) -> [UInt8] {
        let extensions: [UInt8] = [
            0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 8, 0, 6, 4, 3, 4, 1, 8, 4,
        ]
        var hello: [UInt8] = [3, offer.minor] + [UInt8](repeating: 7, count: 32) + [0, 0, 2]
        hello += [UInt8(offer.suite >> 8), UInt8(offer.suite & 0xff), 1, 0, 0, UInt8(extensions.count)] + extensions
        let message = [1, 0, 0, UInt8(hello.count)] + hello
        return [22, 3, 1, 0, UInt8(message.count)] + message
    }

    /// The first seven bytes of what a listener with a certificate of that key answers.
    private static func answer(_ offer: Offer) async throws -> [UInt8] {
        let issuer = try TestCA.inMemory()
        issuer.validation.standard = .approve
        let key = try OpenSSLKey(offer.key)
        let issuance = try issuer.client().obtain(["ca.example.test"], by: "http-01", with: key) { _ in }
        let security = TestCA.Configuration.Security.pem(
            chain: issuance.pem, privateKey: try key.privateKeyPEM, trustRoot: issuer.authority.roots[0].pem)
        return try await withTestCA(.with { $0.listener.security = security }) { ca in
            let address = try #require(ca.address)
            return try await onOwnThread {
                let wire = try Wire(to: "\(address)")
                try wire.write(Self.hello(offer))
                var bytes: [UInt8] = []
                while bytes.count < 7 {
                    let more = try wire.read()
                    if more.isEmpty { break }
                    bytes += more
                }
                return Array(bytes.prefix(7))
            }
        }
    }

    @Test(
        "Forward secrecy over TLS 1.2 is agreed to (RFC 8555 §6.1, RFC 9325 §4.2)",
        arguments: [
            Offer(.curve("P-256"), minor: 3, 0xc02b), Offer(.curve("P-256"), minor: 3, 0xc02c),
            Offer(.rsa(2048), minor: 3, 0xc02f),
        ])
    func strong(offer: Offer) async throws {
        let answer = try await Self.answer(offer)
        // A handshake record with a ServerHello.
        #expect(answer.first == 22)
        #expect(answer.dropFirst(5).first == 2)
    }

    @Test(
        "TLS 1.0, TLS 1.1, key transport by RSA and CBC are not (RFC 8555 §6.1, RFC 9325 §3.1.1, §4.1, §4.2)",
        arguments: [
            // protocol_version
            (Offer(.curve("P-256"), minor: 1, 0xc009), 70), (Offer(.curve("P-256"), minor: 2, 0xc009), 70),
            (Offer(.rsa(2048), minor: 2, 0xc013), 70),
            // handshake_failure
            (Offer(.rsa(2048), minor: 3, 0x009c), 40), (Offer(.rsa(2048), minor: 3, 0x002f), 40),
            (Offer(.curve("P-256"), minor: 3, 0xc009), 40), (Offer(.rsa(2048), minor: 3, 0xc013), 40),
        ])
    func weak(offer: Offer, alert: Int) async throws {
        let answer = try await Self.answer(offer)
        #expect(answer.first == 21, "\(answer)")
        #expect(answer.suffix(2).map(Int.init) == [2, alert], "\(answer)")
    }
}
