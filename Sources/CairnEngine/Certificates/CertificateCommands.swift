package import CairnCertificates
package import CairnModel

/// Who asks for a revocation (RFC 8555 §7.6).
package enum RevocationAuthority: Sendable {
    /// An account: the one that ordered the certificate, or one with a valid authorization for each of its identifiers.
    case account(Account.ID)
    /// Whoever holds the private key of the certificate.
    case key(PublicKey)

    fileprivate var isKey: Bool {
        if case .key = self { true } else { false }
    }
}

extension Engine {
    /// The certificate that an order led to, for the account it was issued to, or for whoever knows its URL if `account` is
    /// `nil`.
    ///
    /// Orders name certificates here, since their ids cannot be guessed and serial numbers can (RFC 8555 §10.5).
    package func certificate(
        ofOrder id: Order.ID, for account: Account.ID?, at now: CairnInstant
    ) throws(Refusal) -> Certificate {
        try transact(at: now) { (state) throws(Refusal) in
            guard let serial = state.orders[id]?.certificate, let certificate = state.certificates[serial] else {
                throw Refusal(.malformed, "there is no certificate \"\(id)\"", status: 404, cause: .unknownObject)
            }
            try state.require(
                account, toBe: certificate.account, orAnybodyIf: certificate.isPublic, for: "certificate \"\(id)\"",
                .certificate)
            return certificate
        }
    }

    /// Revokes a certificate (RFC 8555 §7.6).
    package func revoke(
        derEncoded der: [UInt8], reason: ACMERevocationReason?, by authority: RevocationAuthority, at now: CairnInstant
    ) throws(Refusal) {
        try transact(at: now) { (state) throws(Refusal) in
            if case .account(let id) = authority { _ = try state.validAccount(id) }
            guard let serial = CairnSerialNumber(ofCertificate: der), var certificate = state.certificates[serial],
                certificate.issued.derEncoded == der
            else {
                throw Refusal(
                    .malformed, "this CA did not issue that certificate (RFC 8555 §7.6)", status: 404,
                    cause: .unknownObject)
            }
            try state.requireAuthority(authority, over: certificate, at: now)
            if let reason, !ACMERevocationReason.forSubscribers.contains(reason) {
                let allowed = ACMERevocationReason.forSubscribers.map { "\($0.rawValue)" }.joined(separator: ", ")
                throw Refusal(
                    .badRevocationReason,
                    "expected one of the reasons \(allowed), got \(reason.rawValue) (RFC 8555 §7.6, RFC 5280 §5.3.1)")
            }
            guard (try? certificate.state.handle(.revoked)) != nil else {
                throw Refusal(.alreadyRevoked, "certificate \"\(serial)\" is revoked already (RFC 8555 §7.6)")
            }
            certificate.revocation = Certificate.Revocation(at: now, reason: reason)
            state.certificates[serial] = certificate
            if reason == .keyCompromise {
                state.noteCompromise(of: certificate.issued.subjectPublicKeyInfo, isProven: authority.isKey)
            }
            state.note(.revoked(serial, reason), at: now)
            state.note(
                .certificate, "\(serial)", certificate.issued.identifiers, from: CertificateState.Status.valid.rawValue,
                to: certificate.state.status.rawValue, at: now)
        }
    }
}

extension State {
    fileprivate func requireAuthority(
        _ authority: RevocationAuthority, over certificate: Certificate, at now: CairnInstant
    ) throws(Refusal) {
        switch authority {
        case .key(let key):
            guard key.subjectPublicKeyInfo == certificate.issued.subjectPublicKeyInfo else {
                throw Refusal(
                    .unauthorized,
                    "expected a request signed by the key of the certificate, got another key (RFC 8555 §7.6)")
            }
        case .account(let id):
            guard id != certificate.account else { return }
            let held = holdings[id] ?? Holdings()
            let missing = certificate.issued.identifiers.filter {
                !held.holdsValidAuthorization(for: $0) && grants.grant(of: id, for: $0, at: now) == nil
                    && preAuthorizationCovering($0, of: id) == nil
            }
            guard missing.isEmpty else {
                let names = missing.map(\.value).quotedList
                throw Refusal(
                    .unauthorized,
                    "expected the account that ordered the certificate, or one with valid authorizations for all its "
                        + "identifiers; this one has none for \(names) (RFC 8555 §7.6)")
            }
        }
    }
}
