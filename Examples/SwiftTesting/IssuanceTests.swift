import CairnExampleClient
import CairnTesting
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

// With the trait, each test has a CA of its own, and a failure tells the seed.
@Test(.testCA) func reportsWhatTheCAFound() async throws {
    let ca = try TestCA.current
    ca.dns.setFailure(.serverFailure, for: "broken.example.test")
    let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
    await #expect(throws: ACMEClient.Failure.self) {
        try await client.certificate(for: "broken.example.test") { _, _ in }
    }
    #expect(ca.journal.probes.map(\.problem?.type) == [.dns])
}

/// A CA can be set up: here its clock stands, so that a test can tell every second.
private var newYear: TestCA.Configuration {
    var configuration = TestCA.Configuration()
    configuration.seed = 42
    configuration.clock = .standing(at: CivilTime(year: 2030, month: 1, day: 1).instant)
    return configuration
}

@Test(.testCA(newYear)) func datesCertificatesByTheClock() async throws {
    let ca = try TestCA.current
    ca.validation.standard = .approve
    let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
    _ = try await client.certificate(for: "www.example.test") { _, _ in }
    let issued = try #require(ca.journal.certificates.first)
    #expect(issued.notAfter == ca.clock.now + .days(90) - .hours(1) - .seconds(1))
}

// What a real CA may do is asked for, and can be changed while the CA runs.
@Test(.testCA) func waitsForASlowCAAndStopsAtALimit() async throws {
    let ca = try TestCA.current
    ca.validation.standard = .approve
    ca.policy.progress.issuance = .afterPolls(2)
    ca.policy.rateLimits.newOrdersPerAccount = RateLimit(1, per: .hours(3))
    let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
    _ = try await client.certificate(for: "www.example.test") { _, _ in }
    await #expect(throws: ACMEClient.Failure.self) {
        try await client.certificate(for: "mail.example.test") { _, _ in }
    }
    #expect(ca.journal.requests(to: .newOrder).last?.problem?.type == .rateLimited)
}
