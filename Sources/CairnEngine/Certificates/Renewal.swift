package import CairnCertificates
public import CairnModel

/// What the CA says about renewals (RFC 9773).
public struct CairnRenewalInfoPolicy: Hashable, Sendable {
    /// When clients are told to ask again, in whole seconds and at least one.
    ///
    /// Default: 6 hours. `nil` tells them nothing. Deviation: RFC 9773 §4.3 requires it.
    public var retryAfter: Duration? = .hours(6)

    /// Everything at its default.
    public init() {}
}

/// When a certificate is best renewed (RFC 9773 §4.2).
public struct ACMERenewalInfo: Hashable, Sendable {
    /// The beginning of the window in which clients pick a time at random.
    public var start: CairnInstant
    /// After ``start``, or no client can read it.
    public var end: CairnInstant
    /// A page for humans about the reason.
    ///
    /// Default: `nil`, none.
    public var explanationURL: String?

    /// Takes the window as it is; nothing is checked here.
    public init(start: CairnInstant, end: CairnInstant, explanationURL: String? = nil) {
        (self.start, self.end, self.explanationURL) = (start, end, explanationURL)
    }
}

extension ACMERenewalInfo {
    /// What a CA says of certificates that it is going to revoke: the window has passed, so that clients renew at once.
    ///
    /// - Parameter explanationURL: a page for humans about the reason.
    package static func incident(at now: CairnInstant, _ explanationURL: String?) -> ACMERenewalInfo {
        ACMERenewalInfo(
            start: (now - .hours(1)).wholeSecond, end: (now - .minutes(30)).wholeSecond,
            explanationURL: explanationURL)
    }
}

extension Certificate {
    /// What was set for the certificate, or what follows from its lifetime.
    ///
    /// As with Let's Encrypt the window is 4 % of the lifetime wide, around the beginning of its last third, or of its
    /// second half if it lives less than 10 days. For a certificate that is revoked it has passed.
    package func renewalInfo(at now: CairnInstant) -> ACMERenewalInfo {
        if let suggestion { return suggestion }
        guard state.status == .valid else {
            return .incident(at: now, nil)
        }
        let lifetime = issued.notAfter - issued.notBefore + .seconds(1)
        let best = issued.notAfter - lifetime / (lifetime < .days(10) ? 2 : 3)
        let start = (best - lifetime / 50).wholeSecond
        return ACMERenewalInfo(start: start, end: max((best + lifetime / 50).wholeSecond, start + .seconds(1)))
    }
}

extension Engine {
    /// The certificate that a certID names (RFC 9773 §4.1).
    package func certificate(_ id: CertID, at now: CairnInstant) throws(Refusal) -> Certificate {
        try transact(at: now) { (state) throws(Refusal) in try state.certificates.certificate(id) }
    }

    /// Has the CA suggest a time for the renewal of a certificate; `nil` takes that back.
    ///
    /// `false` if there is no such certificate.
    package func suggestRenewal(_ info: ACMERenewalInfo?, of id: Certificate.ID, at now: CairnInstant) -> Bool {
        (try? transact(at: now) { (state) throws(Refusal) in
            state.certificates.suggest(info, for: id)
        }) ?? false
    }
}

extension Engine {
    /// Sets the whole answer about the renewal of a certificate, sent as it stands; `nil` takes that back.
    ///
    /// `false` if there is no such certificate.
    package func setRenewalInfoBody(_ body: [UInt8]?, of id: Certificate.ID, at now: CairnInstant) -> Bool {
        (try? transact(at: now) { (state) throws(Refusal) in
            state.certificates.setRenewalInfoBody(body, of: id)
        }) ?? false
    }
}

/// Orders that replace a certificate (RFC 9773 §5).
extension CertificateStore {
    /// The certificate that a certID names.
    func certificate(_ id: CertID) throws(Refusal) -> Certificate {
        let isIssuer = id.keyIdentifier == issuerKeyIdentifier
        let certificate = self[id.serialNumber]
        if isIssuer, let certificate { return certificate }
        var faults: [String] = []
        if !isIssuer {
            faults.append(
                "expected the key identifier \(Base64URL.encode(issuerKeyIdentifier).quoted), got "
                    + "\(Base64URL.encode(id.keyIdentifier).quoted)")
        }
        if certificate == nil {
            faults.append("the serial number \(id.serialNumber) is that of no certificate that it has")
        }
        let good =
            faults.count > 1 ? "" : isIssuer ? "; the key identifier is right" : "; there is such a serial number"
        throw Refusal(
            .malformed,
            "this CA did not issue a certificate \("\(id)".quoted): \(faults.joined(separator: ", and "))\(good) "
                + "(RFC 9773 §4.1)", cause: .unknownCertID)
    }
}
