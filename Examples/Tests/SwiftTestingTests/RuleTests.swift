import ACME
import CairnTesting
import Testing

@Test(.testCA) func findsThatTheClientGivesUpOnABadNonce() async throws {
    let ca = try TestCA.current
    ca.validation.standard = .approve
    ca.policy.authorizationReuse = .sometimes(0.5)
    ca.rules.add(.badNonce.times(3), at: .finalize)
    ca.rules.add(.rateLimited(retryAfter: .seconds(30)).times(1), at: .newOrder, after: 1, isOptional: true)
    ca.rules.add(.changeTerms(to: "2").times(1), at: .newOrder, after: 2, isOptional: true)
    let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
    await #expect(throws: ACMEClient.Failure.self) {
        try await client.certificate(for: "www.example.test") { _, _ in }
    }
    #expect(ca.journal.findings(atLeast: .should).map(\.kind) == [.gaveUpOnBadNonce])
}
