import CairnCertificates
import CairnEngine
import CairnModel

/// What relying parties are told of revocations.
///
/// ```swift
/// try ca.objects.revoke(serialNumber, for: .keyCompromise)
/// #expect(try ca.crl(of: serialNumber).contains(serialNumber))
/// ```
/// Clients read the same at the URLs that certificates name. When it is told, and how long it is good, is
/// ``CairnPolicy/revocationStatus``.
extension TestCA {
    /// The CRL that a certificate belongs to, as a client would get it now (RFC 5280 §5).
    ///
    /// - Parameter serialNumber: of any certificate, issued or not.
    /// - Throws: ``TestCA/UnknownObject`` where the list cannot be signed, with the reason.
    public func crl(of serialNumber: CairnSerialNumber) throws(TestCA.UnknownObject) -> CairnRevocationList {
        try crl(ofIssuer: 0, shard: engine.authority.shard(of: serialNumber))
    }

    /// A CRL of an issuer, as a client would get it now (RFC 5280 §5).
    ///
    /// Issuers that sign no leaves have one too, which is always empty.
    ///
    /// - Parameters:
    ///   - issuer: its number, as in the URL of its certificate; 0 is the issuer of all leaves.
    ///   - shard: less than ``CairnAuthorityConfiguration/crlShards``; 0 for other issuers.
    /// - Throws: ``TestCA/UnknownObject`` if there is no such list.
    public func crl(ofIssuer issuer: Int, shard: Int = 0) throws(TestCA.UnknownObject) -> CairnRevocationList {
        let url = gateway.url(ofList: shard, issuer: issuer, origin: origin)
        let list: CairnRevocationList?
        do {
            list = try engine.revocationList(ofIssuer: issuer, shard: shard, url: url, at: clock.now)
        } catch { throw TestCA.UnknownObject("the CRL \"\(issuer)/\(shard)\" could not be signed: \(error)") }
        guard let list else { throw TestCA.UnknownObject("there is no CRL \"\(issuer)/\(shard)\"") }
        return list
    }

    /// All CRLs, those of the leaves first.
    public var crls: [CairnRevocationList] {
        engine.revocationLists.compactMap { try? crl(ofIssuer: $0.issuer, shard: $0.shard) }
    }

    /// Makes all CRLs and OCSP responses anew, so that they tell of every revocation by now: the only time that they are with
    /// ``CairnStatusUpdates/manually``.
    public func publishStatus() { engine.publishStatus(at: clock.now) }

    /// The certificate of the OCSP responder, where that is not the issuer itself (``CairnOCSPSigner/delegated``).
    public var ocspResponder: CairnCACertificate? { engine.authority.responderCertificate }
}

extension TestCA.Objects {
    /// Has OCSP say something of a certificate, whatever the truth is; the CRL goes on to tell the truth.
    ///
    /// ```swift
    /// try ca.objects.answerOCSP(.good, for: serialNumber)  // though it is revoked
    /// ```
    /// A request about several certificates is answered with an error if it is the answer for one of them.
    ///
    /// - Parameters:
    ///   - answer: `nil` goes back to the truth.
    ///   - certificate: its serial number; it need not have been issued.
    /// - Throws: ``TestCA/ObjectError`` if there are answers for ``CairnBounds/revocations`` other certificates.
    public func answerOCSP(
        _ answer: CairnOCSPAnswer?, for certificate: CairnSerialNumber
    ) throws(TestCA.ObjectError) {
        do { try ca.engine.answerOCSP(answer, for: certificate, at: ca.clock.now) } catch {
            throw TestCA.ObjectError(error)
        }
    }

    /// What OCSP was told to say of certificates.
    public var ocspAnswers: [CairnSerialNumber: CairnOCSPAnswer] { ca.engine.ocspAnswers }
}
