import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Crypto
import Foundation
import Testing

@Suite("The journal of the same seed and the same requests", .timeLimit(.minutes(5)))
struct JournalRepeatabilityTests {
    /// What a client and its CA do with each other, with chance wherever there can be some.
    private static func journal(isOverTheWire: Bool, csr: [UInt8]) async throws -> String {
        let configuration = TestCA.Configuration.with {
            $0.seed = 42
            $0.clock = .standing(at: noon)
            $0.origin = "https://ca.example.test"
            // Unlike ECDSA, PKCS #1 v1.5 has one signature for a message.
            $0.authority.intermediateKey = .rsa2048
            $0.policy.authorizationReuse = .sometimes(0.5)
            $0.retryAfterForm = .either
            $0.rules = [
                CairnRule(.badNonce, at: .account, probability: 0.5, isOptional: true),
                CairnRule(.shuffle("/authorizations"), at: .newOrder),
                CairnRule(.garble(bytes: 3), at: .renewalInfo, probability: 0.5, isOptional: true),
                CairnRule(.json(style: CairnJSONStyle(memberOrder: .shuffled)), at: .order),
            ]
        }
        let ca = try isOverTheWire ? await TestCA.start(configuration) : TestCA.inMemory(configuration)
        ca.validation.standard = .approve
        try await onOwnThread { try converse(ca, csr) }
        // What is sent has been told by then.
        await ca.shutdown()
        return ca.journal.jsonLines()
    }

    private static func converse(_ ca: TestCA, _ csr: [UInt8]) throws {
        let key = AccountKey(try P256.Signing.PrivateKey(rawRepresentation: Data(repeating: 7, count: 32)))
        let client = try ca.sameClient(key)
        try client.register()
        for _ in 0..<8 { try client.read(client.kid ?? "") }
        for round in 0..<2 {
            let order = try client.order(["www.example.test", "*.example.test"])
            for authorization in order.authorizations where try client.read(authorization).state == "pending" {
                try client.respond(to: client.challenge("dns-01", of: authorization).url)
            }
            guard round == 0 else { continue }
            try client.finalize(order, csr: csr)
            _ = try client.certificate(of: client.read(order.url))
        }
    }

    @Test("It is the same byte for byte, a hundred times, in the process and over TLS", arguments: [false, true])
    func same(isOverTheWire: Bool) async throws {
        let names = "DNS:www.example.test,DNS:*.example.test"
        let csr = try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: names).derEncoded
        let first = try await Self.journal(isOverTheWire: isOverTheWire, csr: csr)
        let lines = first.split(separator: "\n")
        #expect(lines.count > 30 && first.contains("badNonce") && first.contains("BEGIN CERTIFICATE"))
        for run in 2...100 {
            let again = try await Self.journal(isOverTheWire: isOverTheWire, csr: csr)
            guard again != first else { continue }
            let pair = zip(lines, again.split(separator: "\n")).first { $0 != $1 }
            Issue.record("run \(run) differs: \(pair.map { "\($0)\n\($1)" } ?? "in its length")")
            return
        }
    }
}
