import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

@Suite("Certification paths, judged by OpenSSL with strict flags", .timeLimit(.minutes(5)))
struct PathTests {
    @Test("every key of an authority certifies every key of a server", arguments: authorityKeys, acceptedKeys)
    func everyCombination(_ authorityKey: CairnKeyAlgorithm, _ key: OpenSSLKey.Kind) throws {
        let authority = try authority(CairnAuthorityConfiguration(rootKey: authorityKey, intermediateKey: authorityKey))
        let made = OpenSSLRequest(key: try OpenSSLKey(key), names: "DNS:www.example.test,IP:127.0.0.1,IP:2001:db8::1")
        let request = try SigningRequest(derEncoded: made.derEncoded)
        let certificate = try authority.issue(request)
        #expect(try authority.objection(to: certificate, .host("www.example.test")) == nil)
        #expect(try authority.objection(to: certificate, .address("127.0.0.1")) == nil)
        #expect(try authority.objection(to: certificate, .address("2001:db8::1")) == nil)
        #expect(try authority.objection(to: certificate, .host("other.example.test")) == "hostname mismatch")
        #expect(try authority.objection(to: certificate, .address("127.0.0.2")) == "IP address mismatch")
        let leaf = try OpenSSLCertificate(derEncoded: certificate.derEncoded)
        #expect(try leaf.subjectPublicKeyInfo == made.key.subjectPublicKeyInfo)
        #expect(certificate.subjectPublicKeyInfo == (try made.key.subjectPublicKeyInfo))
    }

    @Test("root and intermediate may have keys of different kinds", arguments: authorityKeys, authorityKeys)
    func mixedKeys(_ root: CairnKeyAlgorithm, _ intermediate: CairnKeyAlgorithm) throws {
        let authority = try authority(CairnAuthorityConfiguration(rootKey: root, intermediateKey: intermediate))
        let certificate = try authority.issue(try request("DNS:www.example.test"))
        #expect(try authority.objection(to: certificate, .host("www.example.test")) == nil)
    }

    @Test("a wildcard certificate serves names one label below, and no others (RFC 9525 §6.3)")
    func wildcard() throws {
        let authority = try authority()
        let certificate = try authority.issue(try request("DNS:*.example.test"))
        #expect(try authority.objection(to: certificate, .host("a.example.test")) == nil)
        #expect(try authority.objection(to: certificate, .host("a.b.example.test")) == "hostname mismatch")
        #expect(try authority.objection(to: certificate, .host("example.test")) == "hostname mismatch")
    }

    @Test("a certificate without a common name is accepted, its alternative names being critical (RFC 5280 §4.2.1.6)")
    func emptySubject() throws {
        let profile = CairnCertificateProfile(name: "bare", description: "", includesCommonName: false)
        let authority = try authority(CairnAuthorityConfiguration(profiles: [profile]))
        let certificate = try authority.issue(try request("DNS:www.example.test"))
        #expect(try authority.objection(to: certificate, .host("www.example.test")) == nil)
    }

    @Test("the validity is from its first second to its last, and not one more (RFC 5280 §4.1.2.5)")
    func boundaries() throws {
        let authority = try authority()
        let certificate = try authority.issue(try request("DNS:www.example.test"))
        func objection(_ time: CairnInstant) throws -> String? {
            try authority.objection(to: certificate, .host("www.example.test"), at: time)
        }
        #expect(try objection(certificate.notBefore - .seconds(1)) == "certificate is not yet valid")
        #expect(try objection(certificate.notBefore) == nil)
        // OpenSSL takes the last second itself for past, which RFC 5280 does not.
        #expect(try objection(certificate.notAfter - .seconds(1)) == nil)
        #expect(try objection(certificate.notAfter + .seconds(1)) == "certificate has expired")
    }

    @Test("the root of another seed is not trusted")
    func otherRoot() throws {
        let (authority, other) = (try authority(seed: 1), try authority(seed: 2))
        let certificate = try authority.issue(try request("DNS:www.example.test"))
        let objection = try PathJudge.objection(
            to: try OpenSSLCertificate(derEncoded: certificate.derEncoded),
            intermediates: try authority.intermediates.map { try OpenSSLCertificate(derEncoded: $0.derEncoded) },
            roots: try other.roots.map { try OpenSSLCertificate(derEncoded: $0.derEncoded) },
            name: .host("www.example.test"), at: Int(noon.secondsSinceEpoch))
        #expect(objection == "unable to get local issuer certificate")
    }
}
