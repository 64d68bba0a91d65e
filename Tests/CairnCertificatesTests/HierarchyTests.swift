import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("The hierarchy", .timeLimit(.minutes(5)))
struct HierarchyTests {
    @Test("the same seed gives byte for byte the same root and intermediate", arguments: authorityKeys)
    func sameSeed(_ key: CairnKeyAlgorithm) throws {
        let configuration = CairnAuthorityConfiguration(rootKey: key, intermediateKey: key)
        let (one, other) = (try authority(configuration, seed: 7), try authority(configuration, seed: 7))
        #expect(one.roots == other.roots)
        #expect(one.roots.map(\.derEncoded) == other.roots.map(\.derEncoded))
        #expect(one.intermediates.map(\.derEncoded) == other.intermediates.map(\.derEncoded))
    }

    @Test("another seed gives another root and intermediate, with other names", arguments: authorityKeys)
    func otherSeed(_ key: CairnKeyAlgorithm) throws {
        let configuration = CairnAuthorityConfiguration(rootKey: key, intermediateKey: key)
        let (one, other) = (try authority(configuration, seed: 7), try authority(configuration, seed: 8))
        #expect(one.roots.map(\.derEncoded) != other.roots.map(\.derEncoded))
        #expect(one.roots.map(\.subject) != other.roots.map(\.subject))
        #expect(one.intermediates.map(\.derEncoded) != other.intermediates.map(\.derEncoded))
        #expect(one.intermediates.map(\.subject) != other.intermediates.map(\.subject))
    }

    @Test("a change of the intermediate's key leaves the root as it was")
    func independence() throws {
        let one = try authority(CairnAuthorityConfiguration(rootKey: .rsa2048, intermediateKey: .p256))
        let other = try authority(CairnAuthorityConfiguration(rootKey: .rsa2048, intermediateKey: .rsa2048))
        #expect(one.roots == other.roots)
    }

    @Test("a root signs itself and says what RFC 5280 §4.2 wants of an authority", arguments: authorityKeys)
    func root(_ key: CairnKeyAlgorithm) throws {
        let authority = try authority(CairnAuthorityConfiguration(rootKey: key, intermediateKey: .p256))
        #expect(authority.roots.count == 1)
        let root = try OpenSSLCertificate(derEncoded: try #require(authority.roots.first).derEncoded)
        #expect(root.isSelfSigned)
        #expect(try root.subject == root.issuer)
        #expect(try root.extension("2.5.29.19") == .init(isCritical: true, text: "CA:TRUE"))
        #expect(try root.extension("2.5.29.15") == .init(isCritical: true, text: "Certificate Sign, CRL Sign"))
        #expect(try root.extension("2.5.29.14")?.isCritical == false)
    }

    @Test("names can be a common name alone, with six digits of the authority's own or of its root's")
    func commonNames() throws {
        let configuration = CairnAuthorityConfiguration(
            name: "Pebble", chains: [.root(0), .root(1)], chainLength: 2, naming: .commonName)
        let authority = try authority(configuration, seed: 7)
        let (roots, intermediates) = (authority.roots.map(\.subject), authority.intermediates.map(\.subject))
        for (number, root) in roots.enumerated() {
            let digits = try #require(root.wholeMatch(of: /CN=Pebble Root CA ([0-9a-f]{6})/)?.1)
            #expect(intermediates.contains("CN=Pebble Intermediate CA \(digits) #1"))
            #expect(
                try OpenSSLCertificate(derEncoded: authority.roots[number].derEncoded).subject.contains("O=") == false)
            #expect(authority.roots[number].commonName == "Pebble Root CA \(digits)")
            #expect(authority.roots[number].keyIdentifier.count == 20)
        }
        #expect(Set(roots).count == 2)
        #expect(intermediates[0].wholeMatch(of: /CN=Pebble Intermediate CA [0-9a-f]{6}/) != nil)
        #expect(throws: CairnAuthorityError.self) {
            try CairnAuthorityConfiguration(name: String(repeating: "n", count: 38), naming: .commonName).validate()
        }
    }

    @Test("an intermediate may sign leaves alone", arguments: authorityKeys)
    func intermediate(_ key: CairnKeyAlgorithm) throws {
        let authority = try authority(CairnAuthorityConfiguration(rootKey: .p256, intermediateKey: key))
        let root = try OpenSSLCertificate(derEncoded: try #require(authority.roots.first).derEncoded)
        let intermediate = try OpenSSLCertificate(derEncoded: try #require(authority.intermediates.first).derEncoded)
        #expect(!intermediate.isSelfSigned)
        #expect(try intermediate.issuer == root.subject)
        #expect(try intermediate.extension("2.5.29.19") == .init(isCritical: true, text: "CA:TRUE, pathlen:0"))
        #expect(
            try intermediate.extension("2.5.29.15")
                == .init(isCritical: true, text: "Digital Signature, Certificate Sign, CRL Sign"))
        #expect(try intermediate.extension("2.5.29.35")?.text == root.extension("2.5.29.14")?.text)
        #expect(
            try intermediate.extension("2.5.29.37")
                == .init(isCritical: false, text: "TLS Web Server Authentication"))
    }

    @Test("authorities are valid from 2020 to the end of 2119, whatever the time of a test is")
    func validity() throws {
        let authority = try authority()
        for certificate in authority.roots + authority.intermediates {
            let certificate = try OpenSSLCertificate(derEncoded: certificate.derEncoded)
            #expect(CairnInstant(secondsSinceEpoch: Int64(try certificate.notBefore)).rfc3339 == "2020-01-01T00:00:00Z")
            #expect(CairnInstant(secondsSinceEpoch: Int64(try certificate.notAfter)).rfc3339 == "2119-12-31T23:59:59Z")
        }
    }

    @Test("the subjects carry the configured name and a mark of the seed's")
    func names() throws {
        let authority = try authority(CairnAuthorityConfiguration(name: "Ünterwegs, Ltd"))
        let root = try #require(authority.roots.first)
        #expect(root.subject.hasPrefix("CN=Ünterwegs\\, Ltd Root "))
        #expect(root.subject.hasSuffix(",O=Ünterwegs\\, Ltd"))
        let subject = try OpenSSLCertificate(derEncoded: root.derEncoded).subject
        #expect(subject.hasPrefix("CN=\\C3\\9Cnterwegs\\, Ltd Root "))
        #expect(subject.hasSuffix(",O=\\C3\\9Cnterwegs\\, Ltd"))
    }

    @Test("root and intermediate never share one of the fixed RSA keys")
    func distinctRSAKeys() throws {
        let configuration = CairnAuthorityConfiguration(rootKey: .rsa2048, intermediateKey: .rsa2048)
        var keys: Set<[UInt8]> = []
        for number in UInt64(0)..<40 {
            let authority = try authority(configuration, seed: CairnSeed(number))
            let root = try OpenSSLCertificate(derEncoded: try #require(authority.roots.first).derEncoded)
            let intermediate = try OpenSSLCertificate(
                derEncoded: try #require(authority.intermediates.first).derEncoded)
            #expect(try root.subjectPublicKeyInfo != intermediate.subjectPublicKeyInfo)
            keys.insert(try root.subjectPublicKeyInfo)
        }
        #expect(keys.count > 8)
    }

    @Test("the fixed RSA keys are sixteen different sound keys of 2048 bits")
    func fixedRSAKeys() throws {
        #expect(RSATestKeys.base64.count == 16)
        #expect(Set(RSATestKeys.base64).count == 16)
        for text in RSATestKeys.base64 {
            let encoded = try #require(Data(base64Encoded: text, options: .ignoreUnknownCharacters))
            let key = try OpenSSLKey(privateKey: Array(encoded))
            #expect(key.algorithm == "RSA")
            #expect(key.bits == 2048)
            #expect(key.isConsistent)
        }
    }

    @Test("configurations that cannot be had are refused with the reason")
    func refusals() throws {
        func reason(_ configuration: CairnAuthorityConfiguration) -> String {
            do {
                _ = try authority(configuration)
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        var endless = CairnCertificateProfile.standard
        endless.validity = .zero
        var early = CairnCertificateProfile.standard
        early.backdate = .seconds(-1)
        #expect(reason(CairnAuthorityConfiguration(name: "")) == "the authority's name needs 1 to 42 characters, got 0")
        #expect(
            reason(CairnAuthorityConfiguration(name: String(repeating: "x", count: 43)))
                == "the authority's name needs 1 to 42 characters, got 43")
        #expect(reason(CairnAuthorityConfiguration(name: String(repeating: "x", count: 42))) == "accepted")
        #expect(
            reason(CairnAuthorityConfiguration(profiles: [])) == "an authority needs at least one profile, got none")
        #expect(
            reason(CairnAuthorityConfiguration(profiles: [.standard, .standard]))
                == "the profile \"default\" is configured twice")
        #expect(
            reason(CairnAuthorityConfiguration(profiles: [endless])).contains("a validity of one second to 100 years"))
        #expect(reason(CairnAuthorityConfiguration(profiles: [early])).contains("a back-dating of at most 100 years"))
        #expect(reason(CairnAuthorityConfiguration(issuerURLBase: "http://ü.test")).contains("ASCII"))
    }
}

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
