import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

@Suite("What certificates have by their profile", .timeLimit(.minutes(5)))
struct ProfileTests {
    private func leaf(
        _ kind: OpenSSLKey.Kind = .curve("P-256"), _ change: (inout CairnCertificateProfile) -> Void
    ) throws -> OpenSSLCertificate {
        var profile = CairnCertificateProfile.standard
        change(&profile)
        let made = OpenSSLRequest(key: try OpenSSLKey(kind), names: "DNS:www.example.test")
        let request = try SigningRequest(derEncoded: made.derEncoded)
        let authority = try authority(CairnAuthorityConfiguration(profiles: [profile]))
        return try OpenSSLCertificate(derEncoded: authority.issue(request).derEncoded)
    }

    @Test("keyUsage has the bits of the profile, whatever the key, or is not there (RFC 5280 §4.2.1.3)")
    func keyUsage() throws {
        #expect(
            try leaf(.rsa(2048)) { $0.keyUsage = [.digitalSignature] }.extension("2.5.29.15")?.text
                == "Digital Signature")
        let all = try leaf { $0.keyUsage = Set(CairnKeyUsage.allCases) }.extension("2.5.29.15")
        #expect(
            all
                == .init(
                    isCritical: true,
                    text: "Digital Signature, Non Repudiation, Key Encipherment, Data Encipherment, Key Agreement, "
                        + "Certificate Sign, CRL Sign, Encipher Only, Decipher Only"))
        #expect(try leaf { $0.keyUsage = [] }.extension("2.5.29.15") == nil)
    }

    @Test("extKeyUsage has the purposes of the profile in their order, or is not there (RFC 5280 §4.2.1.12)")
    func purposes() throws {
        let both = try leaf {
            $0.purposes = [.clientAuth, .serverAuth, CairnKeyPurpose(rawValue: "1.3.6.1.5.5.7.3.17")]
        }
        #expect(
            try both.extension("2.5.29.37")
                == .init(
                    isCritical: false,
                    text: "TLS Web Client Authentication, TLS Web Server Authentication, ipsec Internet Key Exchange"))
        #expect(try leaf { $0.purposes = [] }.extension("2.5.29.37") == nil)
    }

    @Test("A key identifier can be left out, that of the key or that of the issuer (RFC 5280 §4.2.1.1, §4.2.1.2)")
    func keyIdentifiers() throws {
        let without = try leaf { $0.includesSubjectKeyIdentifier = false }
        #expect(!without.extensions.contains("2.5.29.14") && without.extensions.contains("2.5.29.35"))
        let orphan = try leaf { $0.includesAuthorityKeyIdentifier = false }
        #expect(orphan.extensions.contains("2.5.29.14") && !orphan.extensions.contains("2.5.29.35"))
    }

    @Test("certificatePolicies has the numbers of the profile, or is not there (RFC 5280 §4.2.1.4)")
    func policies() throws {
        let text = try leaf { $0.policies = ["2.23.140.1.2.2", "1.3.6.1.4.1.44947.1.1.1"] }.extension("2.5.29.32")?.text
        #expect(text == "Policy: 2.23.140.1.2.2\nPolicy: 1.3.6.1.4.1.44947.1.1.1" || text?.contains("44947") == true)
        #expect(try leaf { $0.policies = [] }.extension("2.5.29.32") == nil)
    }

    @Test("What a request is granted comes on top (RFC 5280 §4.2.1.3, §4.2.1.12)")
    func granted() throws {
        var profile = CairnCertificateProfile.standard
        profile.csrContent[.clientAuth] = .granted
        profile.csrContent["keyUsage.keyAgreement"] = .granted
        profile.csrContent[.subjectKeyIdentifier] = .granted
        (profile.keyUsage, profile.includesSubjectKeyIdentifier) = ([.digitalSignature], false)
        profile.purposes = [CairnKeyPurpose(rawValue: "emailProtection")]
        let request = try request("DNS:www.example.test") {
            $0.extensions += [
                ("keyUsage", "keyAgreement"), ("extendedKeyUsage", "clientAuth"), ("subjectKeyIdentifier", "01020304"),
            ]
        }
        let certificate = try authority(CairnAuthorityConfiguration(profiles: [profile])).issue(request)
        let leaf = try OpenSSLCertificate(derEncoded: certificate.derEncoded)
        #expect(try leaf.extension("2.5.29.15")?.text == "Digital Signature, Key Agreement")
        #expect(try leaf.extension("2.5.29.37")?.text == "E-mail Protection, TLS Web Client Authentication")
        #expect(try leaf.extension("2.5.29.14")?.text == "01:02:03:04")
    }

    @Test(
        "A profile that names what has no number, or something twice, makes no authority (RFC 5280 §4.2.1.4, §4.2.1.12)",
        arguments: [
            ("serverauth", "2.23.140.1.2.1", "got \"serverauth\""), ("1", "2.23.140.1.2.1", "got \"1\""),
            ("3.1", "2.23.140.1.2.1", "got \"3.1\""), ("serverAuth", "1.40", "got \"1.40\""),
            ("serverAuth", "2.5.", "got \"2.5.\""), ("1.3.6.1.5.5.7.3.2", "x", "got \"x\""),
        ])
    func refused(_ purpose: String, _ policy: String, _ words: String) throws {
        let profile = CairnCertificateProfile(
            name: "odd", description: "", purposes: [CairnKeyPurpose(rawValue: purpose)], policies: [policy])
        let error = #expect(throws: CairnAuthorityError.self) {
            try authority(CairnAuthorityConfiguration(profiles: [profile]))
        }
        #expect(error?.description.contains(words) == true, "\(error as Any)")
        let twice = CairnCertificateProfile(
            name: "odd", description: "", purposes: [.clientAuth, CairnKeyPurpose(rawValue: "1.3.6.1.5.5.7.3.2")])
        #expect(throws: CairnAuthorityError.self) { try authority(CairnAuthorityConfiguration(profiles: [twice])) }
    }
}
