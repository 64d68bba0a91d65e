import ACME
import CairnTesting
import Testing

@Test(.testCA) func asksWhatThereIsAndWhatHappened() async throws {
    let ca = try TestCA.current
    ca.validation.standard = .approve
    let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
    _ = try await client.certificate(for: "www.example.test") { _, _ in }
    let issued = await ca.journal.first(where: { $0.certificate != nil }, within: .minutes(5))
    #expect(issued?.at == ca.certificates.last?.created)
    #expect(ca.orders.last?.status == .valid)
    #expect(ca.snapshot.authorizations.count == 1)
}
