import CairnCertificates
import CairnEngine
import CairnModel

/// The revocation status that relying parties see.
///
/// ```swift
/// try ca.objects.revoke(serialNumber, for: .keyCompromise)
/// #expect(try ca.crl(of: serialNumber).contains(serialNumber))
/// ```
/// Clients read the same at the URLs in certificates. ``CairnPolicy/revocationStatus`` says when it is updated, and how long
/// it is valid.
extension TestCA {
    /// The CRL that covers a certificate, as a client would get it now (RFC 5280 §5).
    ///
    /// - Parameter serialNumber: of any certificate, issued or not.
    /// - Throws: ``TestCA/ObjectError`` if the list cannot be signed.
    public func crl(of serialNumber: CairnSerialNumber) throws(TestCA.ObjectError) -> CairnRevocationList {
        try crl(ofIssuer: 0, shard: engine.authority.shard(of: serialNumber))
    }

    /// A CRL of an issuer, as a client would get it now (RFC 5280 §5).
    ///
    /// Issuers that sign no leaf certificates have one too, which is always empty.
    ///
    /// - Parameters:
    ///   - issuer: its number, as in the URL of its certificate; 0 issues all leaf certificates.
    ///   - shard: less than ``CairnAuthorityConfiguration/crlShards``; 0 for other issuers.
    /// - Throws: ``TestCA/ObjectError`` if there is no such list, or it cannot be signed.
    public func crl(ofIssuer issuer: Int, shard: Int = 0) throws(TestCA.ObjectError) -> CairnRevocationList {
        let url = gateway.url(ofList: shard, issuer: issuer, origin: origin)
        let list: CairnRevocationList?
        do {
            list = try engine.revocationList(ofIssuer: issuer, shard: shard, url: url, at: clock.now)
        } catch { throw TestCA.ObjectError(.signing, "the CRL \"\(issuer)/\(shard)\" could not be signed: \(error)") }
        guard let list else { throw TestCA.ObjectError(.unknown, "there is no CRL \"\(issuer)/\(shard)\"") }
        return list
    }

    /// All CRLs, those for leaf certificates first.
    public var crls: [CairnRevocationList] {
        engine.revocationLists.compactMap { try? crl(ofIssuer: $0.issuer, shard: $0.shard) }
    }

    /// Updates all CRLs and OCSP responses to include every revocation so far.
    ///
    /// With ``CairnStatusUpdates/manually``, nothing else updates them.
    public func publishStatus() { engine.publishStatus(at: clock.now) }
}

extension TestCA.Objects {
    /// Sets what OCSP says of a certificate, true or not; the CRL still tells the truth.
    ///
    /// ```swift
    /// try ca.objects.answerOCSP(.good, for: serialNumber)  // though it is revoked
    /// ```
    /// A request about several certificates is answered with an error if one of them has an error set.
    ///
    /// - Parameters:
    ///   - answer: `nil` restores the truth.
    ///   - certificate: its serial number; it need not have been issued.
    /// - Throws: ``TestCA/ObjectError`` if answers are set for ``CairnBounds/revocations`` other certificates already.
    public func answerOCSP(
        _ answer: CairnOCSPAnswer?, for certificate: CairnSerialNumber
    ) throws(TestCA.ObjectError) {
        do { try ca.engine.answerOCSP(answer, for: certificate, at: ca.clock.now) } catch {
            throw TestCA.ObjectError(error)
        }
    }

    /// The answers that were set for OCSP.
    public var ocspAnswers: [CairnSerialNumber: CairnOCSPAnswer] { ca.engine.ocspAnswers }
}
