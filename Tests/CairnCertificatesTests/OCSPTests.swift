import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

@Suite("OCSP", .timeLimit(.minutes(5)))
struct OCSPTests {
    private let seconds = Int(noon.secondsSinceEpoch)

    private struct Bench {
        let authority: CertificateAuthority
        let leaf: OpenSSLCertificate
        let issuer: OpenSSLCertificate
        let roots: [OpenSSLCertificate]

        init(_ configuration: CairnAuthorityConfiguration = CairnAuthorityConfiguration()) throws {
            authority = try CertificateAuthority(configuration, seed: 1)
            leaf = try OpenSSLCertificate(
                derEncoded: authority.issue(try request("DNS:www.example.test")).derEncoded)
            issuer = try OpenSSLCertificate(derEncoded: authority.issuers[0].derEncoded)
            roots = try authority.roots.map { try OpenSSLCertificate(derEncoded: $0.derEncoded) }
        }

        func respond(
            _ request: OpenSSLStatusRequest, _ status: OCSPSingleResponse.Status, nextUpdate: CairnInstant? = nil
        ) throws -> OpenSSLStatusResponse {
            let read = try OCSPRequest(derEncoded: request.derEncoded)
            let responses = read.certificates.map {
                OCSPSingleResponse($0, status, thisUpdate: noon, nextUpdate: nextUpdate)
            }
            return try OpenSSLStatusResponse(
                derEncoded: authority.ocspResponse(responses, nonce: read.nonce, producedAt: noon))
        }
    }

    @Test(
        "A response is one that OpenSSL trusts, whatever signs it (RFC 6960 §4.2.2.2)", arguments: authorityKeys,
        CairnOCSPSigner.allCases)
    func signed(_ key: CairnKeyAlgorithm, _ signer: CairnOCSPSigner) throws {
        let bench = try Bench(CairnAuthorityConfiguration(rootKey: key, intermediateKey: key, ocspSigner: signer))
        let request = try OpenSSLStatusRequest([bench.leaf], issuer: bench.issuer)
        let response = try bench.respond(request, .good)
        #expect(response.status == 0)
        #expect(try response.objection(issuers: [bench.issuer], roots: bench.roots, at: seconds) == nil)
        #expect(try response.answers(to: request).map { $0?.status } == ["good"])
        #expect((bench.authority.responderCertificate != nil) == (signer == .delegated))
        // Another authority's root does not vouch for it.
        let other = try Bench(CairnAuthorityConfiguration(name: "Other"))
        #expect(try response.objection(issuers: [bench.issuer], roots: other.roots, at: seconds) != nil)
    }

    @Test("A root that signs leaves itself answers for them too", arguments: CairnOCSPSigner.allCases)
    func root(_ signer: CairnOCSPSigner) throws {
        let bench = try Bench(CairnAuthorityConfiguration(chainLength: 0, ocspSigner: signer))
        let request = try OpenSSLStatusRequest([bench.leaf], issuer: bench.issuer)
        let response = try bench.respond(request, .good)
        #expect(try response.objection(issuers: bench.roots, roots: bench.roots, at: seconds) == nil)
    }

    @Test("A delegate has the purpose OCSPSigning, and is not to be checked itself (RFC 6960 §4.2.2.2.1)")
    func delegate() throws {
        let bench = try Bench(CairnAuthorityConfiguration(ocspSigner: .delegated))
        let made = try #require(bench.authority.responderCertificate)
        let certificate = try OpenSSLCertificate(derEncoded: made.derEncoded)
        #expect(try certificate.extension("2.5.29.37")?.text == "OCSP Signing")
        #expect(try certificate.extension("1.3.6.1.5.5.7.48.1.5")?.isCritical == false)
        #expect(try certificate.issuer == bench.issuer.subject)
        #expect(
            try Bench(CairnAuthorityConfiguration(ocspSigner: .delegated)).authority.responderCertificate == made)
    }

    @Test("Every status is said with its time and reason, and until when it is good (RFC 6960 §4.2.1)")
    func statuses() throws {
        let bench = try Bench()
        let request = try OpenSSLStatusRequest([bench.leaf], issuer: bench.issuer)
        func single(
            _ status: OCSPSingleResponse.Status, until nextUpdate: CairnInstant? = nil
        ) throws -> OpenSSLStatusResponse.Single? {
            try bench.respond(request, status, nextUpdate: nextUpdate).answers(to: request)[0]
        }
        #expect(
            try single(.good, until: noon + .days(4))
                == .init(
                    status: "good", reason: nil, revokedAt: nil, thisUpdate: seconds, nextUpdate: seconds + 4 * 86_400))
        #expect(
            try single(.revoked(at: noon - .hours(2), .keyCompromise))
                == .init(
                    status: "revoked", reason: 1, revokedAt: seconds - 7_200, thisUpdate: seconds, nextUpdate: nil))
        #expect(try single(.revoked(at: noon, .unspecified))?.reason == nil)
        #expect(
            try single(.unknown)
                == .init(status: "unknown", reason: nil, revokedAt: nil, thisUpdate: seconds, nextUpdate: nil))
    }

    @Test(
        "Certificates are named by hashes of any usual kind (RFC 6960 §4.3)",
        arguments: OpenSSLStatusRequest.Hash.allCases)
    func hashes(_ hash: OpenSSLStatusRequest.Hash) throws {
        let bench = try Bench()
        let request = try OpenSSLStatusRequest([bench.leaf], issuer: bench.issuer, hash: hash)
        let read = try OCSPRequest(derEncoded: request.derEncoded)
        #expect(bench.authority.issues(read.certificates[0]) == (hash != .md5))
        #expect(try read.certificates[0].serialNumber.bytes == Array(bench.leaf.serialNumber.drop { $0 == 0 }))
        #expect(try bench.respond(request, .good).answers(to: request).map { $0?.status } == ["good"])
        let strange = try OpenSSLStatusRequest([bench.leaf], issuer: bench.roots[0], hash: hash)
        #expect(!bench.authority.issues(try OCSPRequest(derEncoded: strange.derEncoded).certificates[0]))
    }

    @Test("A nonce comes back as it was; one of no octets or of more than 128 is refused (RFC 9654 §2.1)")
    func nonce() throws {
        let bench = try Bench()
        for count in [1, 16, 32, 128] {
            let request = try OpenSSLStatusRequest([bench.leaf], issuer: bench.issuer, nonce: count)
            #expect(try bench.respond(request, .good).nonce(of: request) == 1)
        }
        let without = try OpenSSLStatusRequest([bench.leaf], issuer: bench.issuer)
        #expect(try bench.respond(without, .good).nonce(of: without) == 2)
        let long = try OpenSSLStatusRequest([bench.leaf], issuer: bench.issuer, nonce: 129).derEncoded
        let fault = #expect(throws: OCSPRequest.Fault.self) { try OCSPRequest(derEncoded: long) }
        #expect(fault?.description == "expected a nonce of 1 to 128 octets, got 129 (RFC 9654 §2.1)")
    }

    @Test("A request about several certificates is answered about each (RFC 6960 §4.1.1)")
    func several() throws {
        let bench = try Bench()
        let others = try (0..<3).map { _ in
            try OpenSSLCertificate(derEncoded: bench.authority.issue(request("DNS:more.example.test")).derEncoded)
        }
        let question = try OpenSSLStatusRequest([bench.leaf] + others, issuer: bench.issuer)
        let response = try bench.respond(question, .good)
        #expect(response.count == 4)
        #expect(try response.answers(to: question).compactMap { $0?.status } == ["good", "good", "good", "good"])
    }

    @Test("What is no request is refused in words, however it is broken (RFC 6960 §4.1.1)")
    func malformed() throws {
        let bench = try Bench()
        let good = try OpenSSLStatusRequest([bench.leaf], issuer: bench.issuer, nonce: 16).derEncoded
        func complaint(_ bytes: [UInt8]) -> String? {
            do { _ = try OCSPRequest(derEncoded: bytes) } catch { return error.description }
            return nil
        }
        #expect(complaint(good) == nil)
        #expect(complaint([])?.hasPrefix("expected an OCSPRequest in DER, got 0 bytes") == true)
        #expect(complaint(Array("hello".utf8)) != nil)
        #expect(complaint(der(0x30)) == "expected tbsRequest, got the end (RFC 6960 §4.1.1)")
        #expect(complaint(der(0x30, der(0x30))) == "expected requestList, got the end (RFC 6960 §4.1.1)")
        #expect(complaint(der(0x30, der(0x30, der(0x30))))?.hasPrefix("expected at least one certificate") == true)
        #expect(
            complaint(der(0x30, der(0x30, der(0xa0, [2, 1, 1]), der(0x30))))?.hasPrefix("expected version 1, got 2")
                == true)
        for length in 1..<good.count { #expect(complaint(Array(good.prefix(length))) != nil) }
        // No bit that is turned ends the process.
        for index in good.indices {
            for bit in 0..<8 {
                var bytes = good
                bytes[index] ^= 1 << bit
                _ = complaint(bytes)
            }
        }
    }

    @Test("Errors are what OpenSSL reads as such, and are not signed (RFC 6960 §2.3)")
    func errors() throws {
        for (answer, number) in [
            (CairnOCSPAnswer.malformedRequest, 1), (.internalError, 2), (.tryLater, 3), (.unauthorized, 6),
        ] {
            let bytes = try #require(CertificateAuthority.ocspError(answer))
            let response = try OpenSSLStatusResponse(derEncoded: bytes)
            #expect(response.status == number && response.count == 0)
        }
        #expect(CertificateAuthority.ocspError(.good) == nil)
    }
}
