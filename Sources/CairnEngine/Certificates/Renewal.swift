package import CairnCertificates
public import CairnModel

/// Renewal information (RFC 9773).
public struct CairnRenewalInfoPolicy: Hashable, Sendable {
    /// The `Retry-After` of renewal information, in whole seconds; at least one.
    ///
    /// Default: 6 hours. `nil` sends none. Deviation: RFC 9773 §4.3 requires it.
    public var retryAfter: Duration? = .hours(6)
    /// The suggested renewal window (RFC 9773 §4.2).
    ///
    /// Default: ``CairnRenewalWindow/init(left:width:)``, as Let's Encrypt: around the start of the last third of the
    /// lifetime.
    public var window = CairnRenewalWindow()
    /// The window for certificates with less than ``shortLifetime``; `nil` uses ``window`` for all.
    ///
    /// Default: around the middle of the lifetime.
    public var shortWindow: CairnRenewalWindow? = CairnRenewalWindow(left: 0.5)
    /// The lifetime below which ``shortWindow`` applies.
    ///
    /// Default: 10 days.
    public var shortLifetime: Duration = .days(10)
    /// The URL of an explanation for humans, for certificates without their own.
    ///
    /// Default: `nil`, none.
    public var explanationURL: String?
    /// When a certificate counts as replaced, after which another order with the same `replaces` is `alreadyReplaced`
    /// (RFC 9773 §5).
    ///
    /// Default: ``CairnReplacementMoment/order``.
    public var replacedBy = CairnReplacementMoment.order

    /// Creates the default policy, which is what Let's Encrypt does.
    public init() {}

    /// As Let's Encrypt: 4 % of the lifetime around the start of its last third, or around its middle for lifetimes
    /// below 10 days.
    public static let letsEncrypt = CairnRenewalInfoPolicy()

    /// As Pebble 2.10: a day on each side of the start of the last third, whatever the lifetime; a certificate counts
    /// as replaced once its replacement is issued.
    public static let pebble: CairnRenewalInfoPolicy = {
        var pebble = CairnRenewalInfoPolicy()
        pebble.window = CairnRenewalWindow(width: .time(.days(2)))
        pebble.shortWindow = nil
        pebble.replacedBy = .certificate
        return pebble
    }()
}

/// A renewal window, relative to the lifetime of a certificate.
///
/// It is clamped to the certificate's validity and at least one second long.
public struct CairnRenewalWindow: Hashable, Sendable {
    /// The remaining part of the lifetime at the middle of the window, from 0 to 1.
    public var left: Double
    /// The length of the window.
    public var width: Width

    /// The length of a window.
    public enum Width: Hashable, Sendable {
        /// A part of the lifetime, from 0 to 1.
        case part(Double)
        /// A fixed duration.
        case time(Duration)
    }

    /// Creates a window; by default that of Let's Encrypt: 4 % of the lifetime around the start of its last third.
    public init(left: Double = 1.0 / 3, width: Width = .part(0.04)) { (self.left, self.width) = (left, width) }

    /// The window of a certificate that is valid from `start` to the end of the second `end`.
    func interval(of start: CairnInstant, to end: CairnInstant) -> (start: CairnInstant, end: CairnInstant) {
        let lifetime = Double((end - start + .seconds(1)).components.seconds)
        let half =
            switch width {
            case .part(let part): lifetime * part / 2
            case .time(let time): Double(time.components.seconds) / 2
            }
        // Whole seconds, rounded to the earlier one; what a third cannot be exactly as a number is no second.
        func instant(_ secondsLeft: Double) -> CairnInstant {
            min(max(end - .seconds(Int64((secondsLeft - 1e-6).rounded(.up))), start), end)
        }
        let first = min(instant(left * lifetime + half), max(start, end - .seconds(1))).wholeSecond
        return (first, max(instant(left * lifetime - half).wholeSecond, first + .seconds(1)))
    }
}

/// When a certificate counts as replaced.
public enum CairnReplacementMoment: String, CaseIterable, Hashable, Sendable {
    /// When an order that replaces it is placed, unless that becomes `invalid` (RFC 9773 §5).
    case order
    /// When the replacement is issued, as with Pebble; until then any number of orders may claim to replace it.
    case certificate
}

/// The renewal information of a certificate (RFC 9773 §4.2).
public struct ACMERenewalInfo: Hashable, Sendable {
    /// The start of the window in which clients pick a random time.
    public var start: CairnInstant
    /// The end of the window; clients require it to be after ``start``.
    public var end: CairnInstant
    /// The URL of an explanation for humans.
    ///
    /// Default: `nil`, none.
    public var explanationURL: String?

    /// Creates a window without checks.
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
    /// What was set for the certificate, or what follows from its lifetime; for one that is revoked the window has passed.
    package func renewalInfo(_ policy: CairnRenewalInfoPolicy, at now: CairnInstant) -> ACMERenewalInfo {
        if let suggestion { return suggestion }
        guard state.status == .valid else { return .incident(at: now, policy.explanationURL) }
        let isShort = issued.notAfter - issued.notBefore + .seconds(1) < policy.shortLifetime
        let window = isShort ? policy.shortWindow ?? policy.window : policy.window
        let (start, end) = window.interval(of: issued.notBefore, to: issued.notAfter)
        return ACMERenewalInfo(start: start, end: end, explanationURL: policy.explanationURL)
    }
}

extension Engine {
    /// The certificate that a certID names (RFC 9773 §4.1).
    package func certificate(_ id: CertID, at now: CairnInstant) throws(Refusal) -> Certificate {
        try transact(at: now) { (state) throws(Refusal) in try state.certificates.certificate(id) }
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
