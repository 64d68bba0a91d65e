import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Testing

@Suite("Values that no policy needs", .timeLimit(.minutes(5)))
struct ExtremePolicyTests {
    struct Extreme: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let set: @Sendable (inout TestCA.Configuration) -> Void

        init(_ name: String, _ set: @escaping @Sendable (inout TestCA.Configuration) -> Void) {
            (testDescription, self.set) = (name, set)
        }
    }

    private static let endless = Duration.seconds(Int64.max)
    private static let century = Duration.days(36_500)

    @Test(
        "They are taken for the nearest that makes sense, even while the CA runs",
        arguments: [
            Extreme("lifetimes without end") {
                $0.policy.lifetimes.order = endless
                $0.policy.lifetimes.pendingAuthorization = endless
                $0.policy.lifetimes.validAuthorization = endless
            },
            Extreme("waits without end") {
                $0.policy.progress.issuance = .after(endless)
                $0.policy.validationRetries = [endless, endless]
                $0.policy.renewalInfo?.retryAfter = endless
                $0.policy.caa?.recheckAfter = endless
                $0.retryAfter = endless
                $0.retryAfterForm = .httpDate
            },
            Extreme("negative waits") {
                $0.policy.progress.validation = .after(Duration.zero - endless)
                $0.policy.validationRetries = [Duration.zero - endless]
                $0.policy.caa?.recheckAfter = Duration.zero - endless
                $0.retryAfter = Duration.zero - endless
            },
            Extreme("polls without end") {
                $0.policy.progress.validation = .afterPolls(.min)
                $0.policy.progress.issuance = .afterPolls(.max)
            },
            Extreme("no bounds") {
                $0.bounds.nonces = .max
                $0.bounds.journalEntries = .max
                $0.bounds.dnsQueries = .max
                $0.bounds.finishedOrders = .max
                $0.bounds.finishedAuthorizations = .max
            },
            Extreme("no room") {
                $0.bounds.nonces = .min
                $0.bounds.journalEntries = .min
                $0.bounds.dnsQueries = .min
                $0.bounds.finishedOrders = .min
                $0.bounds.finishedAuthorizations = .min
            },
        ])
    func extremes(_ extreme: Extreme) throws {
        let configuration = TestCA.Configuration.with {
            $0.clock = .standing(at: noon)
            extreme.set(&$0)
            $0.policy.lifetimes = Policy.Lifetimes()
        }
        let ca = try TestCA.inMemory(configuration)
        var wanted = configuration
        extreme.set(&wanted)
        ca.policy = wanted.policy
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0]).url
        #expect(try client.respond(to: challenge).status == 200)
        #expect(try client.read(challenge).status == 200)
        ca.clock.advance(by: .seconds(1))
        ca.validation.standard = .approve
        let proven = try client.order(["proven.example.test"])
        try client.respond(to: try client.challenge("http-01", of: proven.authorizations[0]).url)
        let authorization = try client.poll(proven.authorizations[0], until: ["valid"])
        #expect(try client.poll(proven.url, until: ["ready"]).status == 200)
        let expires = try [proven.response, authorization].map { response in
            try #require((response.json["expires"] as? String).flatMap { Instant(rfc3339: $0) })
        }
        #expect(expires.allSatisfy { $0 <= ca.clock.now + Self.century })
        let request = try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: "DNS:proven.example.test")
        let finalized = try client.finalize(proven, csr: request.derEncoded)
        #expect(["processing", "valid"].contains(finalized.state))
    }

    @Test("Lifetimes below zero are over at once (RFC 8555 §7.1.6)")
    func negativeLifetimes() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        ca.policy.lifetimes.order = .zero - Self.endless
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        #expect(order.response.json["expires"] as? String == noon.rfc3339)
        #expect(try client.read(order.url).state == "invalid")
    }
}
