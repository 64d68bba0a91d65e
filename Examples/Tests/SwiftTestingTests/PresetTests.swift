import ACME
import CairnTesting
import Testing

@Test(.testCA { $0.use(.letsEncrypt2028, .crlfChain) }) func copesWithLetsEncryptAsItWillBe() async throws {
    let ca = try TestCA.current
    ca.validation.standard = .approve
    let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
    let chain = try await client.certificate(for: "www.example.test") { _, _ in }
    let certificate = try #require(ca.journal.certificates.last)
    #expect(certificate.notAfter - certificate.notBefore < .seconds(45 * 86_400))
    #expect(chain.hasPrefix("-----BEGIN CERTIFICATE-----\r\n"))
}
