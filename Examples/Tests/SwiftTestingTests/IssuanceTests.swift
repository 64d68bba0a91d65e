import ACME
import CairnTesting
import Foundation
import Testing

@Test func issuesACertificate() async throws {
    try await withTestCA { ca in
        let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
        let chain = try await client.certificate(for: "www.example.test") { token, keyAuthorization in
            ca.responder.setHTTP01(token: token, keyAuthorization: keyAuthorization)
        }
        #expect(chain.hasPrefix("-----BEGIN CERTIFICATE-----"))
        #expect(ca.journal.requests(to: .finalize).count == 1)
    }
}

@Test(.testCA) func reportsWhatTheCAFound() async throws {
    let ca = try TestCA.current
    ca.dns.setFailure(.serverFailure, for: "broken.example.test")
    let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
    await #expect(throws: ACMEClient.Failure.self) {
        try await client.certificate(for: "broken.example.test") { _, _ in }
    }
    #expect(ca.journal.probes.map(\.problem?.type) == [.dns])
}

@Test(.testCA { $0.clock = .standing(at: "2030-01-01T00:00:00Z") }) func datesCertificatesByTheClock() async throws {
    let ca = try TestCA.current
    ca.validation.standard = .approve
    let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
    _ = try await client.certificate(for: "www.example.test") { _, _ in }
    let issued = try #require(ca.journal.certificates.first)
    #expect(issued.notAfter == "2030-03-31T22:59:59Z")
    #expect(Date(issued.notAfter) < Date(ca.clock.now + .days(90)))
}

@Test(.testCA(seed: 42)) func isTheSameEachTime() async throws {
    let ca = try TestCA.current
    #expect(ca.seed == 42)
    #expect(try TestCA.inMemory(ca.configuration).authority.roots == ca.authority.roots)
}

@Test(.testCA) func waitsForASlowCAAndStopsAtALimit() async throws {
    let ca = try TestCA.current
    ca.validation.standard = .approve
    ca.policy.progress.issuance = .afterPolls(2)
    ca.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(1, per: .hours(3))
    let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
    _ = try await client.certificate(for: "www.example.test") { _, _ in }
    await #expect(throws: ACMEClient.Failure.self) {
        try await client.certificate(for: "mail.example.test") { _, _ in }
    }
    #expect(ca.journal.requests(to: .newOrder).last?.problem?.type == .rateLimited)
}
