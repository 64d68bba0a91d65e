package import CairnCertificates
package import CairnModel

/// A certificate that was issued for an order.
package struct Certificate: Sendable {
    package typealias ID = CairnSerialNumber

    package let issued: CairnCertificate
    package let created: CairnInstant
    package let account: Account.ID
    package let order: Order.ID
    /// Whether whoever knows its URL may read it; otherwise its account alone.
    package let isPublic: Bool
    package internal(set) var state = CertificateState()
    package internal(set) var revocation: Revocation?
    /// The order that replaces it and is not invalid (RFC 9773 §5).
    var replacement: Order.ID?
    /// The renewal that a test wants to have suggested.
    var suggestion: ACMERenewalInfo?
    /// The place of the certificate among all certificates of the CA.
    var number = 0

    package var id: ID { issued.serialNumber }

    package struct Revocation: Sendable {
        package let at: CairnInstant
        /// `nil` when the request named none, so that none is published (RFC 8555 §7.6).
        package let reason: ACMERevocationReason?
    }
}

/// The status of a certificate: revoked once, for good (RFC 5280 §3.3).
package struct CertificateState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case valid, revoked }
    package enum Event: CaseIterable, Sendable { case revoked }

    package let status: Status

    package init(_ status: Status = .valid) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch status {
        case .valid: .revoked
        case .revoked: nil
        }
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
}
