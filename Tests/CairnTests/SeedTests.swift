import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Crypto
import Foundation
import Testing

@Suite("The seed of a CA", .timeLimit(.minutes(5)))
struct SeedTests {
    /// What a client sees of a CA that does the same with each.
    private struct Run {
        var roots: [String]
        var texts: [String] = []

        init(seed: CairnSeed, isOverTheWire: Bool = false, csr: [UInt8]) async throws {
            let configuration = TestCA.Configuration.with {
                $0.seed = seed
                $0.clock = .standing(at: noon)
                $0.origin = "https://ca.example.test"
                // Unlike ECDSA, PKCS #1 v1.5 has one signature for a message.
                $0.authority.intermediateKey = .rsa2048
            }
            let ca = try isOverTheWire ? await TestCA.start(configuration) : TestCA.inMemory(configuration)
            roots = ca.authority.roots.map(\.pem) + ca.authority.intermediates.map(\.pem)
            ca.validation.standard = .approve
            texts = try await onOwnThread { try Self.texts(ca, csr) }
            await ca.shutdown()
        }

        private static func texts(_ ca: TestCA, _ csr: [UInt8]) throws -> [String] {
            let key = AccountKey(try P256.Signing.PrivateKey(rawRepresentation: Data(repeating: 7, count: 32)))
            var texts: [String] = []
            let client = try ca.sameClient(key)
            texts.append(try client.nonce())
            texts.append(try client.register()["Location"] ?? "")
            let order = try client.order(["www.example.test"])
            texts += [order.url] + order.authorizations + [order.response.text]
            let challenge = try client.challenge("http-01", of: try #require(order.authorizations.first))
            texts += [challenge.url, challenge.token]
            try client.respond(to: challenge.url)
            try client.finalize(order, csr: csr)
            texts.append(try client.certificate(of: client.read(order.url)).text)
            return texts
        }
    }

    private static let csr = Result {
        try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: "DNS:www.example.test").derEncoded
    }

    @Test("The same seed and requests give the same roots, ids, tokens, nonces and certificates")
    func same() async throws {
        let csr = try Self.csr.get()
        let first = try await Run(seed: 42, csr: csr)
        for isOverTheWire in [false, true] {
            let again = try await Run(seed: 42, isOverTheWire: isOverTheWire, csr: csr)
            #expect(again.roots == first.roots)
            #expect(again.texts == first.texts)
        }
    }

    @Test("Another seed gives other roots, ids, tokens, nonces and certificates")
    func different() async throws {
        let csr = try Self.csr.get()
        let (first, second) = (try await Run(seed: 42, csr: csr), try await Run(seed: 43, csr: csr))
        #expect(Set(first.roots).isDisjoint(with: second.roots))
        #expect(Set(first.texts).isDisjoint(with: second.texts))
    }

    @Test("A seed that nobody chose is drawn, told, and can be used again")
    func drawn() throws {
        let (first, second) = (try TestCA.inMemory(), try TestCA.inMemory())
        #expect(first.seed != second.seed)
        #expect(first.configuration.seed == first.seed)
        let again = try TestCA.inMemory(.with { $0.seed = first.seed })
        #expect(again.authority.intermediates.count == first.authority.intermediates.count)
        #expect(again.authority.roots.map(\.subject) == first.authority.roots.map(\.subject))
    }
}

extension TestCA {
    /// A client that has its URLs from the configured origin, wherever it connects.
    func sameClient(_ key: AccountKey) throws -> ReferenceClient {
        guard let address, let root = trustRoots.first else { return try client(key: key) }
        let http = WireHTTP(at: "\(address)", demands: Wire.Demands(roots: root.pem))
        return try ReferenceClient(directory: directoryURL, key: key) { method, url, fields, body in
            let path = String(url.dropFirst("https://ca.example.test".count))
            let response = try http.exchange(
                method, path, authority: "ca.example.test",
                fields: fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, body: Array(body)
            )
            return Response(status: response.status, fields: response.fields, body: response.body)
        }
    }
}
