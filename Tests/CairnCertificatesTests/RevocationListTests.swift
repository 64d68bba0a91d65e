import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

@Suite("CRLs", .timeLimit(.minutes(5)))
struct RevocationListTests {
    private typealias Contents = CertificateAuthority.RevocationListContents

    private func list(
        _ authority: CertificateAuthority, ofIssuer issuer: Int = 0, shard: Int = 0, number: Int = 1,
        at now: CairnInstant = noon, _ entries: [CairnRevocationList.Entry] = [], url: String? = nil
    ) throws -> CairnRevocationList {
        try authority.revocationList(
            ofIssuer: issuer, shard: shard,
            Contents(number: number, thisUpdate: now, nextUpdate: now + .days(7), entries: entries), url: url)
    }

    private func issuer(_ authority: CertificateAuthority, _ number: Int = 0) throws -> OpenSSLCertificate {
        try OpenSSLCertificate(derEncoded: authority.issuers[number].derEncoded)
    }

    @Test("A list says what OpenSSL reads: numbers, times, serial numbers and reasons (RFC 5280 §5.1, §5.2.3, §5.3.1)")
    func contents() throws {
        let authority = try authority()
        let entries: [CairnRevocationList.Entry] = [
            .init(0x7f, at: noon - .hours(1), reason: .keyCompromise), .init(0x80, at: noon, reason: nil),
            .init(CairnSerialNumber(bytes: Array(repeating: 0xff, count: 19)), at: noon, reason: .superseded),
        ]
        let made = try list(authority, number: 300, entries)
        let read = try OpenSSLRevocationList(derEncoded: made.derEncoded)
        #expect(read.version == 1)
        #expect(read.number == 300)
        #expect(try read.thisUpdate == Int(noon.secondsSinceEpoch))
        #expect(try read.nextUpdate == Int((noon + .days(7)).secondsSinceEpoch))
        let seconds = Int(noon.secondsSinceEpoch)
        #expect(
            try read.entries == [
                .init(serialNumber: [0x7f], at: seconds - 3_600, reason: 1),
                .init(serialNumber: [0, 0x80], at: seconds, reason: nil),
                .init(serialNumber: [0] + Array(repeating: 0xff, count: 19), at: seconds, reason: 4),
            ])
        #expect(read.isSigned(by: try issuer(authority)))
        #expect(!read.isSigned(by: try issuer(authority, 1)))
        let identifier = try #require(try issuer(authority).extension("2.5.29.14")?.text)
        #expect(try read.text.contains(identifier))
        #expect(try !read.text.contains("Issuing Distribution Point"))
    }

    @Test("Neither unspecified nor removeFromCRL is a reason that a list gives (RFC 5280 §5.3.1)")
    func reasons() throws {
        let made = try list(
            authority(),
            ACMERevocationReason.assigned.enumerated().map { index, reason in
                .init(CairnSerialNumber(integerLiteral: UInt64(index + 1)), at: noon, reason: reason)
            })
        let read = try OpenSSLRevocationList(derEncoded: made.derEncoded)
        #expect(try read.entries.map(\.reason) == [nil, 1, 2, 3, 4, 5, 6, nil, 9, 10])
    }

    @Test("A list without entries has none at all, and is good (RFC 5280 §5.1.2.6)")
    func empty() throws {
        let authority = try authority()
        let read = try OpenSSLRevocationList(derEncoded: try list(authority).derEncoded)
        #expect(try read.entries == [])
        #expect(try read.text.contains("No Revoked Certificates"))
        #expect(read.isSigned(by: try issuer(authority)))
    }

    @Test("Every key of an authority signs lists, and always alike", arguments: authorityKeys)
    func keys(_ key: CairnKeyAlgorithm) throws {
        let configuration = CairnAuthorityConfiguration(rootKey: key, intermediateKey: key)
        let (first, second) = (try authority(configuration), try authority(configuration))
        for number in 0...1 {
            let made = try list(first, ofIssuer: number)
            #expect(try OpenSSLRevocationList(derEncoded: made.derEncoded).isSigned(by: issuer(first, number)))
            #expect(try list(second, ofIssuer: number) == made)
        }
    }

    @Test("A list of ten thousand entries is read whole")
    func many() throws {
        let authority = try authority()
        let entries = (1...10_000).map { number in
            CairnRevocationList.Entry(
                CairnSerialNumber(integerLiteral: UInt64(number) << 20), at: noon, reason: .superseded)
        }
        let read = try OpenSSLRevocationList(derEncoded: try list(authority, entries).derEncoded)
        #expect(try read.entries.count == 10_000)
        #expect(read.isSigned(by: try issuer(authority)))
    }

    @Test("Times from 2050 on have four digits of the year (RFC 5280 §5.1.2.4)")
    func generalizedTime() throws {
        let later = try #require(CairnInstant(rfc3339: "2049-12-30T00:00:00Z"))
        let made = try list(authority(), at: later, [.init(1, at: later + .days(3), reason: nil)])
        let read = try OpenSSLRevocationList(derEncoded: made.derEncoded)
        #expect(try read.thisUpdate == Int(later.secondsSinceEpoch))
        #expect(try read.nextUpdate == Int((later + .days(7)).secondsSinceEpoch))
        #expect(try read.entries.first?.at == Int((later + .days(3)).secondsSinceEpoch))
    }

    @Test("Each of several lists says which distribution point it is for, and that it is for leaves (RFC 5280 §5.2.5)")
    func distributionPoint() throws {
        let authority = try authority(CairnAuthorityConfiguration(crlShards: 3))
        #expect(authority.revocationListCount(ofIssuer: 0) == 3)
        #expect(authority.revocationListCount(ofIssuer: 1) == 1)
        #expect(authority.revocationListCount(ofIssuer: 2) == nil)
        let text = try OpenSSLRevocationList(
            derEncoded: try list(authority, shard: 2, url: "http://ca.example.test/crl/0/2").derEncoded
        ).text
        #expect(text.contains("Issuing Distribution Point: critical"))
        #expect(text.contains("URI:http://ca.example.test/crl/0/2"))
        #expect(text.contains("Only User Certificates"))
        let root = try OpenSSLRevocationList(
            derEncoded: try list(authority, ofIssuer: 1, url: "http://ca.example.test/crl/1/0").derEncoded
        ).text
        #expect(!root.contains("Issuing Distribution Point"))
    }

    @Test("An issuer with two certificates has its lists under the number of the first")
    func crossSigned() throws {
        let authority = try authority(CairnAuthorityConfiguration(chains: [.root(0), .root(1)], crlShards: 2))
        #expect((0..<5).map { authority.revocationListCount(ofIssuer: $0) } == [2, nil, 1, 1, nil])
    }

    @Test("A leaf names the list that it belongs to, by its serial number (RFC 5280 §4.2.1.13)")
    func named() throws {
        let authority = try authority(
            CairnAuthorityConfiguration(serialNumbers: .sequential(from: 0xfd), crlShards: 3))
        let places = StatusPlaces(crl: { "http://ca.example.test/crl/0/\($0)" }, ocsp: "http://ca.example.test/ocsp")
        for number in [0xfd, 0xfe, 0xff, 0x100] {
            let asked = try request("DNS:www.example.test")
            let certificate = try authority.issue(
                asked, identifiers: asked.identifiers, profile: .standard, places: places, at: noon)
            let leaf = try OpenSSLCertificate(derEncoded: certificate.derEncoded)
            let text = try #require(try leaf.extension("2.5.29.31")?.text)
            #expect(text.contains("URI:http://ca.example.test/crl/0/\(number % 3)"))
            #expect(authority.shard(of: certificate.serialNumber) == number % 3)
        }
    }

    @Test(
        "A profile decides what a leaf names: a CRL, an OCSP responder, both or neither (RFC 5280 §4.2.1.13, §4.2.2.1)",
        arguments: CairnRevocationInformation.allCases)
    func information(_ information: CairnRevocationInformation) throws {
        let places = StatusPlaces(crl: { "http://ca.example.test/crl/0/\($0)" }, ocsp: "http://ca.example.test/ocsp")
        let asked = try request("DNS:www.example.test")
        func leaf(_ configuration: CairnAuthorityConfiguration) throws -> (crl: String?, access: String?) {
            var profile = CairnCertificateProfile.standard
            profile.revocationInformation = information
            let certificate = try authority(configuration).issue(
                asked, identifiers: asked.identifiers, profile: profile, issuerURL: "http://ca.example.test/issuer/0",
                places: places, at: noon)
            let leaf = try OpenSSLCertificate(derEncoded: certificate.derEncoded)
            return (try leaf.extension("2.5.29.31")?.text, try leaf.extension("1.3.6.1.5.5.7.1.1")?.text)
        }
        let own = try leaf(CairnAuthorityConfiguration())
        #expect(
            (own.crl?.contains("URI:http://ca.example.test/crl/0/0") == true)
                == (information == .crl || information == .both))
        #expect((own.crl == nil) == (information == .ocsp || information == .neither))
        #expect(
            own.access?.contains("OCSP - URI:http://ca.example.test/ocsp")
                == (information == .ocsp || information == .both))
        #expect(own.access?.contains("CA Issuers - URI:http://ca.example.test/issuer/0") == true)
        let fixed = try leaf(
            CairnAuthorityConfiguration(crlURLBase: "http://c.test/x", ocspURL: "http://o.test/y"))
        #expect(
            (fixed.crl?.contains("URI:http://c.test/x/0/0") == true) == (information == .crl || information == .both))
        // A fixed responder is named wherever a status is.
        #expect(fixed.access?.contains("OCSP - URI:http://o.test/y") == (information != .neither))
    }

    @Test("Every leaf of a profile can demand a stapled response, whatever its request says (RFC 7633)")
    func mustStaple() throws {
        var profile = CairnCertificateProfile.standard
        profile.forcesMustStaple = true
        let asked = try request("DNS:www.example.test")
        let certificate = try authority().issue(asked, identifiers: asked.identifiers, profile: profile, at: noon)
        let leaf = try OpenSSLCertificate(derEncoded: certificate.derEncoded)
        #expect(try leaf.extension("1.3.6.1.5.5.7.1.24") == .init(isCritical: false, text: "status_request"))
    }

    @Test("What no authority can have is refused, in words")
    func refused() throws {
        for (configuration, words) in [
            (CairnAuthorityConfiguration(crlShards: 0), "1 to 1,000 CRLs, got 0"),
            (CairnAuthorityConfiguration(crlShards: 1_001), "1 to 1,000 CRLs, got 1001"),
            (
                CairnAuthorityConfiguration(crlURLBase: "http://bücher.test"),
                "the base of the URLs of CRLs has to be ASCII"
            ),
            (
                CairnAuthorityConfiguration(ocspURL: "http://bücher.test"),
                "the URL of the OCSP responder has to be ASCII"
            ),
        ] {
            let error = #expect(throws: CairnAuthorityError.self) { try authority(configuration) }
            #expect(error?.description.contains(words) == true)
        }
    }
}
