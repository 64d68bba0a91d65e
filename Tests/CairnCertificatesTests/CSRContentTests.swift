import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

/// A request as tools make it, and what is said of it.
struct OddRequest: Sendable, CustomTestStringConvertible {
    let content: CairnCSRContent
    /// What was asked for, in the words of refusals and findings.
    let words: String
    let names: String
    let ordered: [ACMEIdentifier]
    let change: @Sendable (inout OpenSSLRequest) -> Void

    init(
        _ content: CairnCSRContent, _ words: String, names: String = "DNS:a.example.test",
        ordered: [ACMEIdentifier] = ["a.example.test"],
        _ change: @escaping @Sendable (inout OpenSSLRequest) -> Void = { _ in }
    ) {
        (self.content, self.words, self.names, self.ordered, self.change) = (content, words, names, ordered, change)
    }

    /// One with an extension in OpenSSL's notation.
    init(_ content: CairnCSRContent, _ words: String, extension name: String, _ value: String) {
        self.init(content, words) { $0.extensions.append((name, value)) }
    }

    var testDescription: String { words }

    func made() throws -> SigningRequest { try request(names, change) }

    private static let long = String(repeating: "l", count: 52) + ".example.test"

    /// All for which deployed CAs issue.
    static let accepted = [
        OddRequest(.version, "has the version 2, expected 0") { $0.version = 2 },
        OddRequest(.attribute, "has the attribute challengePassword (1.2.840.113549.1.9.7), expected no") {
            $0.attributes = [("challengePassword", "secret")]
        },
        OddRequest(.subject, "asks for the subject's country \"DE\", the subject's organization \"Example\"") {
            $0.subject = [("C", "DE"), ("O", "Example"), ("CN", "a.example.test")]
        },
        OddRequest(.subject, "asks for the subject's 2.5.4.12 \"Boss\", expected no subject") {
            $0.subject = [("title", "Boss")]
        },
        OddRequest(
            .longCommonName, "has the common name \"\(long)\", of 65 characters, expected one of 64",
            names: "DNS:\(long)", ordered: [.dns(long)]
        ) { $0.subject = [("CN", long)] },
        OddRequest(
            .addressAsCommonName, "has the address \"127.0.0.1\" as common name", names: "IP:127.0.0.1",
            ordered: ["127.0.0.1"]
        ) { $0.subject = [("CN", "127.0.0.1")] },
        OddRequest(
            .severalCommonNames, "has 2 common names, expected one at most",
            names: "DNS:a.example.test,DNS:b.example.test",
            ordered: ["a.example.test", "b.example.test"]
        ) { $0.subject = [("CN", "a.example.test"), ("CN", "b.example.test")] },
        OddRequest(
            .generalName, "asks for the e-mail address \"a@b.test\"", names: "DNS:a.example.test,email:a@b.test"),
        OddRequest(
            .generalName, "asks for the URI \"https://b.test/\"", names: "DNS:a.example.test,URI:https://b.test/"),
        OddRequest(.generalName, "asks for the registered ID 1.2.3.4", names: "DNS:a.example.test,RID:1.2.3.4"),
        OddRequest(
            .generalName, "asks for a user principal name, expected domain names",
            names: "DNS:a.example.test,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:a@b.test"),
        OddRequest(
            .generalName, "asks for another name, of type 1.2.3.4", names: "DNS:a.example.test,otherName:1.2.3.4;UTF8:x"
        ),
        OddRequest(
            .keyUsage, "asks for the key usage keyEncipherment, the key usage keyCertSign, expected digitalSignature",
            extension: "keyUsage", "critical,digitalSignature,keyEncipherment,keyCertSign"),
        OddRequest(.keyUsage, "asks for a keyUsage that cannot be read", extension: "keyUsage", "DER:05:00"),
        OddRequest(
            .extendedKeyUsage, "asks for the extended key usage clientAuth, the extended key usage 1.2.3.4, expected",
            extension: "extendedKeyUsage", "serverAuth,clientAuth,1.2.3.4"),
        OddRequest(
            .extendedKeyUsage, "asks for an extendedKeyUsage that cannot be read", extension: "extendedKeyUsage",
            "DER:05:00"),
        OddRequest(
            .subjectKeyIdentifier, "asks for the subjectKeyIdentifier 0102, expected the CA's choice",
            extension: "subjectKeyIdentifier", "0102"),
        OddRequest(.tlsFeature, "asks for the TLS feature 17, expected status_request", extension: "tlsfeature", "17"),
        OddRequest(
            .issuerExtension, "asks for authorityInformationAccess", extension: "authorityInfoAccess",
            "caIssuers;URI:http://b.test/"),
        OddRequest(
            .issuerExtension, "asks for certificatePolicies", extension: "certificatePolicies",
            "DER:30:07:30:05:06:03:2a:03:04"),
        OddRequest(
            .foreignExtension, "asks for the extension 1.2.3.4.5, expected none", extension: "1.2.3.4.5",
            "ASN1:UTF8String:mine"),
        OddRequest(
            .foreignExtension, "asks for the extension S/MIME capabilities (1.2.840.113549.1.9.15)",
            extension: "1.2.840.113549.1.9.15", "DER:30:00"),
        OddRequest(
            .foreignExtension, "asks for the extension Microsoft's application policies (1.3.6.1.4.1.311.21.10)",
            extension: "1.3.6.1.4.1.311.21.10", "DER:30:00"),
        OddRequest(
            .foreignExtension, "asks for the extension Netscape's certificate type (2.16.840.1.113730.1.1)",
            extension: "nsCertType", "server"),
        OddRequest(
            .foreignExtension, "asks for the extension nameConstraints (2.5.29.30)", extension: "nameConstraints",
            "permitted;DNS:b.test"),
    ]
}

@Suite("What a request asks for besides key and identifiers (RFC 8555 §7.4)", .timeLimit(.minutes(5)))
struct CSRContentTests {
    private func leaf(_ certificate: CairnCertificate) throws -> OpenSSLCertificate {
        try OpenSSLCertificate(derEncoded: certificate.derEncoded)
    }

    private func refusal(
        _ request: SigningRequest, _ ordered: [ACMEIdentifier] = ["a.example.test"], _ policy: CairnCSRContentPolicy
    ) -> CSRRefusal? {
        do {
            _ = try CSRPolicy.enforce(on: request, against: ordered, content: policy)
            return nil
        } catch {
            return error
        }
    }

    @Test("what deployed CAs issue for is issued for, and what it lacks is said", arguments: OddRequest.accepted)
    func accepted(_ odd: OddRequest) throws {
        let request = try odd.made()
        let leftOut = try CSRPolicy.enforce(on: request, against: odd.ordered)
        #expect(leftOut.map(\.content) == [odd.content])
        #expect(leftOut.first?.detail.hasPrefix("the CSR \(odd.words)") == true, "\(leftOut)")
        #expect(leftOut.first?.detail.hasSuffix("); issued without") == true)
        let authority = try authority()
        let certificate = try authority.issue(request, identifiers: odd.ordered, profile: .standard, at: noon)
        let usual = try leaf(
            authority.issue(
                try CairnCertificatesTests.request(odd.names.contains("IP") ? odd.names : "DNS:a.example.test")))
        #expect(try leaf(certificate).extensions == usual.extensions)
        for identifier in ["2.5.29.15", "2.5.29.37", "2.5.29.19"] {
            #expect(try leaf(certificate).extension(identifier) == usual.extension(identifier))
        }
        #expect(try !leaf(certificate).subject.contains("O="))
        let name = odd.ordered[0]
        #expect(
            try authority.objection(to: certificate, name.type == .ip ? .address(name.value) : .host(name.value)) == nil
        )
    }

    @Test(
        "by the letter it is refused in the same words, and so are two things at once", arguments: OddRequest.accepted)
    func strict(_ odd: OddRequest) throws {
        let refusal = refusal(try odd.made(), odd.ordered, .strict)
        #expect(refusal?.reason.hasPrefix("the CSR \(odd.words)") == true, "\(refusal?.reason ?? "accepted")")
        #expect(refusal?.reason.contains("(RFC ") == true)
        #expect(refusal?.cause == .contentOfCSR)
        #expect(refusal?.identifiers == [])
        let both = try CairnCertificatesTests.request(odd.names) { request in
            odd.change(&request)
            request.extensions.append(("basicConstraints", "CA:TRUE"))
        }
        let reason = self.refusal(both, odd.ordered, .strict)?.reason
        #expect(reason?.contains("; it asks for") == true || reason?.contains("asks for basicConstraints") == true)
    }

    @Test("what an ordinary request asks for leaves no trace, by whatever policy")
    func ordinary() throws {
        for (_, policy) in CairnCSRContentPolicy.presets {
            for commonName in [nil, "", "A.example.test"] {
                let request = try request("DNS:a.example.test,IP:::1") { request in
                    if let commonName { request.subject = [("CN", commonName)] }
                    request.extensions += [
                        ("keyUsage", "critical,digitalSignature"), ("extendedKeyUsage", "serverAuth"),
                        ("basicConstraints", "CA:FALSE"),
                    ]
                }
                #expect(try CSRPolicy.enforce(on: request, against: ["a.example.test", "::1"], content: policy) == [])
            }
        }
    }

    @Test("of many things of one kind the first ten are said")
    func many() throws {
        let request = try request("DNS:a.example.test") { request in
            request.extensions += (1...13).map { ("1.2.3.\($0)", "DER:05:00") }
        }
        let leftOut = try CSRPolicy.enforce(on: request, against: ["a.example.test"])
        #expect(leftOut.count == 1)
        #expect(leftOut.first?.detail.contains("the extension 1.2.3.10 and 3 more, expected none") == true)
    }

    // MARK: Common names

    @Test("a common name of 64 characters is in the certificate, one of 65 is left out (RFC 5280 appendix A.1)")
    func longCommonName() throws {
        for count in [64, 65] {
            let name = String(repeating: "l", count: count - 13) + ".example.test"
            let request = try request("DNS:\(name)") { $0.subject = [("CN", name)] }
            let leftOut = try CSRPolicy.enforce(on: request, against: [.dns(name)])
            #expect(leftOut.map(\.content) == (count == 64 ? [] : [.longCommonName]))
            #expect((refusal(request, [.dns(name)], .strict) == nil) == (count == 64))
            #expect(try leaf(authority().issue(request)).subject == (count == 64 ? "CN=\(name)" : ""))
        }
    }

    @Test("an address as common name is in the certificate where that is granted")
    func addressAsCommonName() throws {
        let request = try request("IP:127.0.0.1") { $0.subject = [("CN", "127.0.0.1")] }
        var profile = CairnCertificateProfile.standard
        profile.csrContent[.addressAsCommonName] = .granted
        let certificate = try authority().issue(request, identifiers: ["127.0.0.1"], profile: profile, at: noon)
        #expect(try leaf(certificate).subject == "CN=127.0.0.1")
        #expect(try CSRPolicy.enforce(on: request, against: ["127.0.0.1"], content: profile.csrContent) == [])
    }

    @Test("of several common names the last one is in the certificate")
    func severalCommonNames() throws {
        let request = try request("DNS:a.example.test,DNS:b.example.test") {
            $0.subject = [("CN", "b.example.test"), ("CN", "a.example.test")]
        }
        #expect(try leaf(authority().issue(request)).subject == "CN=a.example.test")
    }

    @Test("with Pebble the common name counts for nothing: not as a name of the order, nor against it")
    func ignoredCommonName() throws {
        let alone = try request("DNS:a.example.test") { $0.subject = [("CN", "b.example.test")] }
        let ordered: [ACMEIdentifier] = ["a.example.test", "b.example.test"]
        #expect(try CSRPolicy.enforce(on: alone, against: ordered) == [])
        #expect(refusal(alone, ordered, .pebble)?.reason.contains("it lacks dns \"b.example.test\"") == true)
        #expect(refusal(alone, ordered, .pebble)?.cause == .identifiersOfCSR)
        let foreign = try request("DNS:a.example.test") { $0.subject = [("CN", "Example Ltd")] }
        #expect(refusal(foreign, .deployed)?.cause == .identifiersOfCSR)
        let leftOut = try CSRPolicy.enforce(on: foreign, against: ["a.example.test"], content: .pebble)
        #expect(leftOut.map(\.content) == [.foreignCommonName])
        #expect(leftOut.first?.detail.contains("the common name \"Example Ltd\"") == true)
        let certificate = try authority().issue(foreign, identifiers: ["a.example.test"], profile: .standard, at: noon)
        #expect(try leaf(certificate).subject == "CN=a.example.test")
        // A name that is in the alternative names as well is none that only the common name says.
        let both = try request("DNS:a.example.test,DNS:c.example.test") { $0.subject = [("CN", "c.example.test")] }
        #expect(refusal(both, .pebble)?.reason.contains("the order has no dns \"c.example.test\"") == true)
    }

    // MARK: What can be granted

    private func issue(
        _ request: SigningRequest, _ change: (inout CairnCSRContentPolicy) -> Void
    ) throws -> OpenSSLCertificate {
        var profile = CairnCertificateProfile.standard
        change(&profile.csrContent)
        let leftOut = try CSRPolicy.enforce(on: request, against: request.identifiers, content: profile.csrContent)
        #expect(leftOut == [])
        let configuration = CairnAuthorityConfiguration(profiles: [profile])
        return try leaf(authority(configuration).issue(request))
    }

    @Test("client authentication is refused, left out or granted, and a granted one holds along the path")
    func clientAuth() throws {
        let asked = try request("DNS:a.example.test") {
            $0.extensions += [("extendedKeyUsage", "serverAuth,clientAuth")]
        }
        #expect(refusal(asked, .google)?.reason.contains("asks for the extended key usage clientAuth") == true)
        #expect(try CSRPolicy.enforce(on: asked, against: ["a.example.test"], content: .letsEncrypt).count == 1)
        var profile = CairnCertificateProfile.standard
        profile.csrContent = .privateCA
        let authority = try authority(CairnAuthorityConfiguration(profiles: [.standard, profile].map(renamed)))
        let granted = try authority.issue(asked, identifiers: asked.identifiers, profile: profile, at: noon)
        #expect(
            try leaf(granted).extension("2.5.29.37")?.text
                == "TLS Web Server Authentication, TLS Web Client Authentication")
        let other = try authority.issue(asked, identifiers: asked.identifiers, profile: .standard, at: noon)
        #expect(try authority.objection(to: granted, .host("a.example.test"), for: .client) == nil)
        #expect(try authority.objection(to: granted, .host("a.example.test")) == nil)
        #expect(try authority.objection(to: other, .host("a.example.test"), for: .client) != nil)
        #expect(try authority.objection(to: other, .host("a.example.test")) == nil)
    }

    private func renamed(_ profile: CairnCertificateProfile) -> CairnCertificateProfile {
        var profile = profile
        profile.name = "\(profile.csrContent == .deployed)"
        return profile
    }

    @Test("where any purpose is granted, the intermediates restrict none")
    func anyPurpose() throws {
        let asked = try request("DNS:a.example.test") { $0.extensions += [("extendedKeyUsage", "codeSigning,1.2.3.4")] }
        #expect(
            try issue(asked) { $0[.extendedKeyUsage] = .granted }.extension("2.5.29.37")?.text
                == "TLS Web Server Authentication, Code Signing, 1.2.3.4")
        var profile = CairnCertificateProfile.standard
        profile.csrContent[.extendedKeyUsage] = .granted
        let authority = try authority(CairnAuthorityConfiguration(profiles: [profile]))
        let intermediate = try OpenSSLCertificate(derEncoded: try #require(authority.intermediates.first).derEncoded)
        #expect(try intermediate.extension("2.5.29.37") == nil)
        #expect(try authority.objection(to: authority.issue(asked), .host("a.example.test")) == nil)
    }

    @Test("bits of keyUsage are granted where they fit the key (RFC 5280 §4.2.1.3, RFC 5480 §3)")
    func keyUsage() throws {
        let usage = "nonRepudiation,keyEncipherment,dataEncipherment,keyAgreement,keyCertSign"
        let asked = try request("DNS:a.example.test") { $0.extensions.append(("keyUsage", usage)) }
        var profile = CairnCertificateProfile.standard
        profile.csrContent[.keyUsage] = .granted
        let leftOut = try CSRPolicy.enforce(on: asked, against: ["a.example.test"], content: profile.csrContent)
        #expect(
            leftOut.first?.detail.contains(
                "keyEncipherment, the key usage dataEncipherment, the key usage keyCertSign, expected") == true)
        let issued = try leaf(authority().issue(asked, identifiers: ["a.example.test"], profile: profile, at: noon))
        #expect(
            try issued.extension("2.5.29.15")
                == .init(isCritical: true, text: "Digital Signature, Non Repudiation, Key Agreement"))
        var made = OpenSSLRequest(key: try OpenSSLKey(.rsa(2048)), names: "DNS:a.example.test")
        made.extensions.append(("keyUsage", usage))
        let rsa = try SigningRequest(derEncoded: made.derEncoded)
        #expect(
            try leaf(authority().issue(rsa, identifiers: ["a.example.test"], profile: profile, at: noon))
                .extension("2.5.29.15")?.text
                == "Digital Signature, Non Repudiation, Key Encipherment, Data Encipherment")
    }

    @Test("a subjectKeyIdentifier is granted")
    func subjectKeyIdentifier() throws {
        let asked = try request("DNS:a.example.test") { $0.extensions.append(("subjectKeyIdentifier", "0102")) }
        #expect(try issue(asked) { $0[.subjectKeyIdentifier] = .granted }.extension("2.5.29.14")?.text == "01:02")
    }

    @Test(
        "the subjectKeyIdentifier that the CA would write anyway is no question (RFC 5280 §4.2.1.2)",
        arguments: acceptedKeys)
    func ownSubjectKeyIdentifier(_ kind: OpenSSLKey.Kind) throws {
        let key = try OpenSSLKey(kind)
        var made = OpenSSLRequest(key: key, names: "DNS:a.example.test")
        let own = try leaf(authority().issue(SigningRequest(derEncoded: made.derEncoded))).extension("2.5.29.14")?.text
        made.extensions.append(("subjectKeyIdentifier", try #require(own).filter(\.isHexDigit)))
        let same = try SigningRequest(derEncoded: made.derEncoded)
        #expect(try CSRPolicy.enforce(on: same, against: ["a.example.test"], content: .strict) == [])
    }

    @Test("must-staple is granted, left out, or refused as Let's Encrypt does (RFC 7633)")
    func mustStaple() throws {
        let asked = try request("DNS:a.example.test") { $0.extensions.append(("tlsfeature", "status_request")) }
        #expect(try CSRPolicy.enforce(on: asked, against: ["a.example.test"]) == [])
        #expect(refusal(asked, .letsEncrypt)?.reason.contains("(must-staple), expected none") == true)
        var profile = CairnCertificateProfile.standard
        profile.csrContent[.mustStaple] = .leftOut
        #expect(
            try CSRPolicy.enforce(on: asked, against: ["a.example.test"], content: profile.csrContent).map(\.content)
                == [.mustStaple])
        let issued = try authority().issue(asked, identifiers: ["a.example.test"], profile: profile, at: noon)
        #expect(try leaf(issued).extension("1.3.6.1.5.5.7.1.24") == nil)
    }

    @Test("an extension of any number is copied where that is granted, by its number or altogether")
    func foreignExtension() throws {
        let asked = try request("DNS:a.example.test") {
            $0.extensions += [("1.2.3.4", "critical,ASN1:UTF8String:mine"), ("1.2.3.5", "ASN1:UTF8String:other")]
        }
        let all = try issue(asked) { $0[.foreignExtension] = .granted }
        // The number, and for the first one that it is critical, then the value.
        #expect(try all.derEncoded.contains([6, 3, 0x2a, 3, 4, 1, 1, 0xff, 4, 6, 0x0c, 4] + Array("mine".utf8)))
        #expect(try all.derEncoded.contains([6, 3, 0x2a, 3, 5, 4, 7, 0x0c, 5] + Array("other".utf8)))
        var profile = CairnCertificateProfile.standard
        profile.csrContent["extension.1.2.3.5"] = .granted
        let one = try leaf(authority().issue(asked, identifiers: ["a.example.test"], profile: profile, at: noon))
        #expect(!one.extensions.contains("1.2.3.4") && one.extensions.contains("1.2.3.5"))
    }

    @Test("an extension that the CA writes itself is not copied beside its own (RFC 5280 §4.2)")
    func foreignTwice() throws {
        let asked = try request("DNS:a.example.test") {
            $0.extensions += [
                ("1.3.6.1.5.5.7.1.1", "DER:30:00"), ("2.5.29.31", "DER:30:00"), ("2.5.29.32", "DER:30:00"),
                ("2.5.29.35", "DER:30:00"),
            ]
        }
        var profile = CairnCertificateProfile.standard
        profile.csrContent[.foreignExtension] = .granted
        let own = try authority(CairnAuthorityConfiguration(issuerURLBase: "http://127.0.0.1/issuer"))
        let extensions = try leaf(
            own.issue(asked, identifiers: ["a.example.test"], profile: profile, at: noon)
        ).extensions
        #expect(Set(extensions).count == extensions.count && !extensions.contains("2.5.29.31"))
    }

    @Test("CA:FALSE is what a certificate has, and can be refused; a written default is read as well")
    func basicConstraints() throws {
        var profile = CairnCertificateProfile.standard
        for value in ["CA:FALSE", "critical,CA:FALSE", "DER:30:00", "DER:30:03:01:01:00"] {
            let asked = try request("DNS:a.example.test") { $0.extensions.append(("basicConstraints", value)) }
            #expect(try CSRPolicy.enforce(on: asked, against: ["a.example.test"], content: .strict) == [])
            profile.csrContent[.basicConstraints] = .refused
            #expect(
                refusal(asked, profile.csrContent)?.reason.contains("basicConstraints with cA false, expected no")
                    == true)
        }
    }

    @Test("a request to become an authority is refused, or left out as Pebble does")
    func certificateAuthority() throws {
        let asked = try request("DNS:a.example.test") { $0.extensions.append(("basicConstraints", "critical,CA:TRUE")) }
        #expect(asked.asksForAuthority)
        #expect(refusal(asked, .deployed)?.cause == .contentOfCSR)
        #expect(try CSRPolicy.enforce(on: asked, against: ["a.example.test"], content: .pebble).count == 1)
        #expect(try leaf(authority().issue(asked)).extension("2.5.29.19")?.text == "CA:FALSE")
    }

    @Test("e-mail addresses and URIs are refused as Let's Encrypt does, other names are not")
    func generalNames() throws {
        for (name, isRefused) in [("email:a@b.test", true), ("URI:https://b.test/", true), ("RID:1.2.3.4", false)] {
            let asked = try request("DNS:a.example.test,\(name)")
            #expect((refusal(asked, .letsEncrypt) != nil) == isRefused)
        }
    }

    // MARK: The policy

    @Test("a rule for a kind holds for its special cases, unless they have one of their own")
    func specialCases() {
        var policy = CairnCSRContentPolicy.deployed
        #expect(policy[.clientAuth] == .leftOut)
        policy[.extendedKeyUsage] = .refused
        #expect(policy[.clientAuth] == .refused && policy["extendedKeyUsage.1.2.3"] == .refused)
        policy[.clientAuth] = .granted
        policy[.extendedKeyUsage] = .leftOut
        #expect(policy[.clientAuth] == .granted && policy["extendedKeyUsage.1.2.3"] == .leftOut)
        #expect(policy[.longCommonName] == .leftOut && policy[.foreignCommonName] == .refused)
    }

    @Test(
        "a rule for what there is not, or for what no certificate has, makes no CA",
        arguments: [
            (
                "extensions", CairnCSRContentRule.refused,
                "has a rule for \"extensions\", expected one of version, attribute"
            ),
            ("extendedKeyUsage.clientauth", .granted, "has a rule for \"extendedKeyUsage.clientauth\""),
            ("version.2", .leftOut, "has a rule for \"version.2\""), ("commonName", .leftOut, "has a rule for"),
            ("version", .granted, "grants \"version\", expected \"refused\" or \"leftOut\""),
            ("keyUsage.keyCertSign", .granted, "grants \"keyUsage.keyCertSign\""),
            ("certificateAuthority", .granted, "grants \"certificateAuthority\""),
        ])
    func impossible(_ name: String, _ rule: CairnCSRContentRule, _ words: String) {
        var profile = CairnCertificateProfile.standard
        profile.csrContent[name] = rule
        let error = #expect(throws: CairnAuthorityError.self) {
            try authority(CairnAuthorityConfiguration(profiles: [profile]))
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("every kind can be ruled as every preset has it, and every special case by its name")
    func possible() throws {
        for (name, policy) in CairnCSRContentPolicy.presets {
            var profile = CairnCertificateProfile.standard
            profile.csrContent = policy
            for content in CairnCSRContent.all { profile.csrContent[content] = policy[content] }
            profile.csrContent["subject.organization"] = .refused
            profile.csrContent["generalName.upn"] = .leftOut
            profile.csrContent["issuerExtension.certificatePolicies"] = .refused
            _ = try authority(CairnAuthorityConfiguration(profiles: [profile]))
            #expect(!name.isEmpty)
        }
    }
}

extension [UInt8] {
    fileprivate func contains(_ pattern: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: pattern) }
    }
}

extension CSRContentTests {
    private func refusal(_ request: SigningRequest, _ policy: CairnCSRContentPolicy) -> CSRRefusal? {
        refusal(request, ["a.example.test"], policy)
    }
}
