import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("Chains and personalities of a CA", .timeLimit(.minutes(5)))
struct AlternateChainTests {
    @Test("A client can choose the chain to the older root, as with Let's Encrypt's until 2024 (RFC 8555 §7.4.2)")
    func olderRoot() throws {
        let ca = try TestCA.inMemory(
            .with { $0.authority.chains = [.root(0).crossSigned(by: 1), .root(0)] })
        ca.validation.standard = .approve
        let client = try ca.client()
        let issuance = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        #expect(ca.authority.roots.count == 2)
        #expect(ca.authority.chains.map(\.root) == [ca.authority.roots[1], ca.authority.roots[0]])
        #expect(ca.authority.intermediates.count == 2)
        for root in ca.authority.roots {
            let objection = try issuance.objection(
                roots: [root.pem], name: .host("www.example.test"), at: ca.clock.now.secondsSinceEpoch)
            #expect(objection == nil)
        }
        let sent = try issuance.intermediates.map { try $0.derEncoded }
        #expect(sent == ca.authority.chains[0].intermediates.map(\.derEncoded))
    }

    @Test("A hierarchy that cannot be is refused at the start")
    func refused() {
        let error = #expect(throws: TestCA.StartError.self) {
            try TestCA.inMemory(
                .with {
                    $0.authority.roots = 2
                    $0.authority.chainLength = 0
                })
        }
        #expect(error.map { "\($0)" }?.contains("without intermediates a leaf is signed by one root") == true)
    }

    @Test("A CA has the personality that it is given", arguments: CairnPersonality.all)
    func personality(_ personality: CairnPersonality) throws {
        let ca = try TestCA.inMemory(.with { $0.personality = personality })
        let delivery = ca.respond(
            to: CairnRequest(
                HTTPRequest(
                    method: .get, scheme: "https", authority: "a", path: "/dir", headerFields: [.userAgent: "test"])))
        let expected = personality == .pebble ? "application/json; charset=utf-8" : "application/json"
        #expect(delivery.head.headerFields[.contentType] == expected)
        #expect(TestCA.Configuration().personality == .strict)
    }
}
