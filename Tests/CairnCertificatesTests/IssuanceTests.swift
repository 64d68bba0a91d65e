import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

@Suite("Issuing", .timeLimit(.minutes(5)))
struct IssuanceTests {
    private func leaf(_ certificate: CairnCertificate) throws -> OpenSSLCertificate {
        try OpenSSLCertificate(derEncoded: certificate.derEncoded)
    }

    @Test("a leaf has the extensions of a TLS server's certificate (CA/Browser Forum baseline requirements §7.1.2.7)")
    func extensions() throws {
        let authority = try authority()
        let leaf = try leaf(authority.issue(try request("DNS:b.example.test,DNS:a.example.test,IP:127.0.0.1,IP:::1")))
        let issuer = try OpenSSLCertificate(derEncoded: try #require(authority.intermediates.first).derEncoded)
        #expect(
            Set(leaf.extensions)
                == ["2.5.29.15", "2.5.29.37", "2.5.29.19", "2.5.29.14", "2.5.29.35", "2.5.29.17", "2.5.29.32"])
        #expect(try leaf.extension("2.5.29.15") == .init(isCritical: true, text: "Digital Signature"))
        #expect(try leaf.extension("2.5.29.37") == .init(isCritical: false, text: "TLS Web Server Authentication"))
        #expect(try leaf.extension("2.5.29.19") == .init(isCritical: true, text: "CA:FALSE"))
        #expect(
            try leaf.extension("2.5.29.17")
                == .init(
                    isCritical: false,
                    text: "DNS:b.example.test, DNS:a.example.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"))
        #expect(try leaf.extension("2.5.29.35")?.text == issuer.extension("2.5.29.14")?.text)
        #expect(try leaf.extension("2.5.29.14")?.text != issuer.extension("2.5.29.14")?.text)
        #expect(try leaf.extension("2.5.29.32")?.text.contains("2.23.140.1.2.1") == true)
        #expect(try leaf.issuer == issuer.subject)
    }

    @Test("the alternative names stand as in the order, not as in the request")
    func orderOfNames() throws {
        let certificate = try authority().issue(
            try request("DNS:b.example.test,DNS:a.example.test"),
            identifiers: ["a.example.test", "b.example.test"], profile: .standard, at: noon)
        #expect(certificate.identifiers == ["a.example.test", "b.example.test"])
        #expect(
            try leaf(certificate).extension("2.5.29.17")?.text == "DNS:a.example.test, DNS:b.example.test")
    }

    @Test("a certificate of any length is well formed (X.690 §8.1.3)", arguments: [1, 2, 3, 7, 8, 9, 100, 2_500])
    func lengths(of names: Int) throws {
        // Lists around 127, 255 and 65,535 octets.
        let names = (0..<names).map { "n\($0).\(String(repeating: "x", count: 20)).test" }
        let issued = try authority().issue(
            try request("DNS:\(names[0])"), identifiers: names.map { .dns($0) }, profile: .standard, at: noon)
        let listed = try leaf(issued).extension("2.5.29.17")?.text
        #expect(listed == names.map { "DNS:\($0)" }.joined(separator: ", "))
        #expect(try OpenSSLCertificate(derEncoded: issued.derEncoded).derEncoded == issued.derEncoded)
    }

    @Test("an RSA key may also encipher keys")
    func keyUsageOfRSA() throws {
        let made = OpenSSLRequest(key: try OpenSSLKey(.rsa(2048)), names: "DNS:www.example.test")
        let leaf = try leaf(authority().issue(try SigningRequest(derEncoded: made.derEncoded)))
        #expect(
            try leaf.extension("2.5.29.15") == .init(isCritical: true, text: "Digital Signature, Key Encipherment"))
    }

    @Test("the issuer's address is there when a base is configured (RFC 5280 §4.2.2.1)")
    func issuerURL() throws {
        let configuration = CairnAuthorityConfiguration(issuerURLBase: "http://127.0.0.1:14000/intermediates")
        let leaf = try leaf(authority(configuration).issue(try request("DNS:www.example.test")))
        #expect(
            try leaf.extension("1.3.6.1.5.5.7.1.1")
                == .init(isCritical: false, text: "CA Issuers - URI:http://127.0.0.1:14000/intermediates/0"))
    }

    @Test("must-staple is copied from the request (RFC 7633)")
    func mustStaple() throws {
        let asked = try request("DNS:www.example.test") { $0.extensions.append(("tlsfeature", "status_request")) }
        #expect(asked.mustStaple)
        #expect(
            try leaf(authority().issue(asked)).extension("1.3.6.1.5.5.7.1.24")
                == .init(isCritical: false, text: "status_request"))
        let other = try request("DNS:www.example.test") { $0.extensions.append(("tlsfeature", "17")) }
        #expect(!other.mustStaple)
        #expect(try leaf(authority().issue(other)).extension("1.3.6.1.5.5.7.1.24") == nil)
    }

    @Test("the validity begins an hour early and ends after ninety days, in whole seconds")
    func validity() throws {
        let certificate = try authority().issue(try request("DNS:www.example.test"), at: noon + .milliseconds(999))
        #expect(certificate.notBefore == noon - .hours(1))
        #expect(certificate.notAfter == noon - .hours(1) + .days(90) - .seconds(1))
        let leaf = try leaf(certificate)
        #expect(try leaf.notBefore == Int(certificate.notBefore.secondsSinceEpoch))
        #expect(try leaf.notAfter == Int(certificate.notAfter.secondsSinceEpoch))
    }

    @Test("a profile sets the validity and the back-dating")
    func profile() throws {
        let profile = CairnCertificateProfile(
            name: "short", description: "", validity: .hours(6) + .milliseconds(500), backdate: .minutes(5))
        let certificate = try authority().issue(
            try request("DNS:www.example.test"), identifiers: ["www.example.test"], profile: profile, at: noon)
        #expect(certificate.notBefore == noon - .minutes(5))
        #expect(certificate.notAfter == noon - .minutes(5) + .hours(6) - .seconds(1))
    }

    @Test("the times that an order asks for are kept, without their fractions (RFC 8555 §7.4)")
    func explicitValidity() throws {
        let authority = try authority()
        let asked = try request("DNS:www.example.test")
        func issue(_ notBefore: CairnInstant?, _ notAfter: CairnInstant?) throws -> OpenSSLCertificate {
            try leaf(
                authority.issue(
                    asked, identifiers: asked.identifiers, profile: .standard, notBefore: notBefore, notAfter: notAfter,
                    at: noon))
        }
        let both = try issue(noon + .days(1) + .milliseconds(700), noon + .days(2) + .milliseconds(700))
        #expect(try both.notBefore == Int((noon + .days(1)).secondsSinceEpoch))
        #expect(try both.notAfter == Int((noon + .days(2)).secondsSinceEpoch))
        let beginning = try issue(noon + .days(1), nil)
        #expect(try beginning.notBefore == Int((noon + .days(1)).secondsSinceEpoch))
        #expect(try beginning.notAfter == Int((noon + .days(91)).secondsSinceEpoch) - 1)
        let end = try issue(nil, noon + .days(2))
        #expect(try end.notBefore == Int((noon - .hours(1)).secondsSinceEpoch))
        #expect(try end.notAfter == Int((noon + .days(2)).secondsSinceEpoch))
    }

    @Test("times after 2049 are written in four digits (RFC 5280 §4.1.2.5)")
    func generalizedTime() throws {
        let later = try #require(CairnInstant(rfc3339: "2049-12-31T00:00:00Z"))
        let certificate = try authority().issue(try request("DNS:www.example.test"), at: later)
        #expect(try leaf(certificate).notBefore == Int((later - .hours(1)).secondsSinceEpoch))
        #expect(try leaf(certificate).notAfter == Int(certificate.notAfter.secondsSinceEpoch))
    }

    @Test("times that no certificate can say are refused, not written wrong (RFC 5280 §4.1.2.5)")
    func impossibleValidity() throws {
        let authority = try authority()
        let asked = try request("DNS:www.example.test")
        let cases: [(notBefore: CairnInstant?, notAfter: CairnInstant?, reason: String)] = [
            (nil, noon - .days(1), "has to end after it begins"),
            (noon + .days(400), noon, "has to end after it begins"),
            (nil, CairnInstant(secondsSinceEpoch: 253_402_300_800), "within the years 1 to 9999"),
            (CairnInstant(secondsSinceEpoch: 253_402_300_799), nil, "within the years 1 to 9999"),
            (CairnInstant(secondsSinceEpoch: .min), nil, "within the years 1 to 9999"),
            (CairnInstant(secondsSinceEpoch: .max), nil, "within the years 1 to 9999"),
        ]
        for (notBefore, notAfter, reason) in cases {
            let error = #expect(throws: CairnAuthorityError.self) {
                try authority.issue(
                    asked, identifiers: asked.identifiers, profile: .standard, notBefore: notBefore, notAfter: notAfter,
                    at: noon)
            }
            #expect(error?.description.contains(reason) == true)
        }
    }

    @Test("what is not a certificate has no serial number")
    func noSerialNumber() throws {
        let certificate = try authority().issue(try request("DNS:www.example.test")).derEncoded
        #expect(CairnSerialNumber(ofCertificate: []) == nil)
        #expect(CairnSerialNumber(ofCertificate: [0x30, 0]) == nil)
        #expect(CairnSerialNumber(ofCertificate: Array(certificate.dropLast())) == nil)
        #expect(CairnSerialNumber(ofCertificate: certificate + [0]) == nil)
        #expect(CairnSerialNumber(ofCertificate: [0x30, 2, 0x30, 0]) == nil)
        #expect(CairnSerialNumber(ofCertificate: [0x30, 5, 0x30, 3, 4, 1, 7]) == nil)
    }

    @Test("the chain is the leaf and the intermediate, each block ended by a line feed (RFC 8555 §9.1)")
    func chain() throws {
        let authority = try authority(CairnAuthorityConfiguration(intermediateKey: .rsa2048))
        let certificate = try authority.issue(try request("DNS:www.example.test"))
        let text = String(decoding: authority.chainPEM(for: certificate), as: UTF8.self)
        #expect(text == certificate.pem + authority.intermediates.map(\.pem).joined())
        #expect(text.hasSuffix("-----END CERTIFICATE-----\n"))
        let read = try OpenSSLCertificate.certificates(inPEM: text)
        #expect(
            try read.map { try $0.derEncoded } == [certificate.derEncoded] + authority.intermediates.map(\.derEncoded))
    }

    @Test("the key identifier of the issuer is the one in the certificate")
    func authorityKeyIdentifier() throws {
        let certificate = try authority().issue(try request("DNS:www.example.test"))
        let text = try #require(try leaf(certificate).extension("2.5.29.35")?.text)
        #expect(certificate.authorityKeyIdentifier.hexadecimal == text.filter(\.isHexDigit).lowercased())
    }

    @Test("the common name is the one asked for, else the first domain name that 64 characters hold, else none")
    func commonName() throws {
        let long = String(repeating: "l", count: 52) + ".example.test"
        let fitting = String(repeating: "l", count: 51) + ".example.test"
        func subject(_ names: String, asking commonName: String? = nil) throws -> String {
            let request = try request(names) { request in
                if let commonName { request.subject = [("CN", commonName)] }
            }
            return try leaf(authority().issue(request)).subject
        }
        #expect(try subject("DNS:a.example.test,DNS:b.example.test") == "CN=a.example.test")
        #expect(try subject("DNS:a.example.test,DNS:b.example.test", asking: "B.example.test") == "CN=b.example.test")
        #expect(try subject("IP:127.0.0.1,DNS:b.example.test") == "CN=b.example.test")
        #expect(try subject("DNS:b.example.test,IP:127.0.0.1", asking: "127.0.0.1") == "")
        #expect(try subject("IP:127.0.0.1") == "")
        #expect(fitting.count == 64 && long.count == 65)
        #expect(try subject("DNS:\(fitting)") == "CN=\(fitting)")
        #expect(try subject("DNS:\(long)") == "")
        #expect(try subject("DNS:\(long),DNS:b.example.test") == "CN=b.example.test")
        // What was asked for and is left out has nothing in its place, as with Boulder and Pebble.
        #expect(try subject("DNS:\(long),DNS:b.example.test", asking: long) == "")
        #expect(try subject("DNS:\(fitting),DNS:b.example.test", asking: fitting) == "CN=\(fitting)")
    }

    @Test("an empty subject makes the alternative names critical (RFC 5280 §4.2.1.6)")
    func criticalNames() throws {
        let leaf = try leaf(authority().issue(try request("IP:127.0.0.1")))
        #expect(try leaf.subject == "")
        #expect(try leaf.extension("2.5.29.17")?.isCritical == true)
    }

    @Test("an identifier that certificates cannot carry is refused")
    func impossibleIdentifiers() throws {
        let authority = try authority()
        let asked = try request("DNS:www.example.test")
        for identifier in [
            ACMEIdentifier(type: .ip, value: "www.example.test"),
            ACMEIdentifier(type: .init(rawValue: "email"), value: "a@b.test"),
            .dns("bücher.example.test"),
        ] {
            #expect(throws: CairnAuthorityError.self) {
                try authority.issue(asked, identifiers: [identifier], profile: .standard, at: noon)
            }
        }
    }
}
