import CairnCertificates
import CairnEngine
import CairnModel

extension TestCA {
    /// Changes orders, authorizations, challenges, certificates and nonces by hand.
    ///
    /// ```swift
    /// try ca.objects.force(.order(order.id), into: .invalid)
    /// try ca.objects.purge(.certificate(serialNumber))
    /// try ca.objects.announceIncident([serialNumber], explanationURL: "https://ca.example.test/incident")
    /// ```
    /// A change has its usual consequences: an order that loses an authorization becomes `invalid`. The journal records every
    /// new status. Rules do the same to what a request is about. Accounts are changed by ``TestCA/accounts``, new terms are
    /// a setting, ``TestCA/policy``.
    public var objects: TestCA.Objects { TestCA.Objects(ca: self) }

    /// Changes objects of a CA by hand.
    public struct Objects: Sendable {
        let ca: TestCA

        /// Gives an object a status (RFC 8555 §7.1.6); nothing happens if it has that status already.
        ///
        /// The steps that lead there happen too: for an order to become `ready`, its pending authorizations become `valid`, and
        /// for an authorization to become `valid`, its first undecided challenge does.
        ///
        /// Accounts have verbs of their own in ``TestCA/accounts``, and certificates are revoked by ``revoke(_:for:)``.
        ///
        /// - Parameters:
        ///   - object: an order, authorization or challenge.
        ///   - status: a status that it can reach.
        ///   - problem: the object's `error` if it becomes `invalid`; by default, one that says that a test did it.
        /// - Throws: ``TestCA/ObjectError`` if there is no such object, or it cannot reach that status: because its status is
        ///   final, or because no certificate was signed for an order that is to be `valid`.
        public func force(
            _ object: TestCA.Object, into status: ACMEStatus, because problem: ACMEProblem? = nil
        ) throws(TestCA.ObjectError) {
            guard object.kind != .certificate else {
                throw TestCA.ObjectError(
                    .invalid, "expected an order, an authorization or a challenge, got a certificate")
            }
            try ca.intervene(.force(try known(object), into: status.rawValue, because: problem))
        }

        /// Expires an order or authorization early.
        ///
        /// - Throws: ``TestCA/ObjectError`` if there is no such object, or it can no longer expire.
        public func expire(_ object: TestCA.Object) throws(TestCA.ObjectError) {
            try ca.intervene(.expire(try known(object)))
        }

        /// Forgets an order with its certificate, an authorization, or a certificate alone: its URL answers 404.
        ///
        /// - Throws: ``TestCA/ObjectError`` if there is no such object, or it is a challenge.
        public func purge(_ object: TestCA.Object) throws(TestCA.ObjectError) {
            try ca.intervene(.purge(try known(object)))
        }

        /// Forgets all unused nonces: requests that use one are refused with `badNonce`.
        public func forgetNonces() { ca.engine.forgetNonces() }

        /// Revokes a certificate (RFC 5280 §5.3.1).
        ///
        /// - Parameters:
        ///   - certificate: its serial number.
        ///   - reason: any assigned reason; `nil` for none.
        /// - Throws: ``TestCA/ObjectError`` if there is no such certificate, or it is revoked already.
        public func revoke(
            _ certificate: CairnSerialNumber, for reason: ACMERevocationReason? = nil
        ) throws(TestCA.ObjectError) { try ca.intervene(.revoke(certificate, for: reason)) }

        /// Tells clients to replace certificates at once, as a CA does before it revokes them: their renewal windows are in the
        /// past, and a page says why (RFC 9773 §4.2).
        ///
        /// ``TestCA/suggestRenewal(_:of:)`` with `nil` undoes it.
        ///
        /// - Parameters:
        ///   - certificates: their serial numbers.
        ///   - explanationURL: the page; `nil` for none.
        /// - Throws: ``TestCA/ObjectError`` if there is no such certificate; those before it in the list are announced.
        public func announceIncident(
            _ certificates: [CairnSerialNumber], explanationURL: String? = nil
        ) throws(TestCA.ObjectError) {
            let info = ACMERenewalInfo.incident(at: ca.clock.now, explanationURL)
            for certificate in certificates { try ca.intervene(.suggestRenewal(of: certificate, info)) }
        }

        private func known(_ object: TestCA.Object) throws(TestCA.ObjectError) -> NamedObject {
            guard let known = object.known else {
                throw TestCA.ObjectError(.unknown, "there is no \(object.kind.rawValue) \(object.name.quoted)")
            }
            return known
        }
    }

    /// An object of a CA, by the name that views and the journal have for it.
    public struct Object: Hashable, Sendable {
        let kind: CairnStatusEvent.Subject
        let name: String

        /// An order.
        public static func order(_ id: CairnObjectID) -> Object { Object(kind: .order, name: id.rawValue) }
        /// An authorization.
        public static func authorization(_ id: CairnObjectID) -> Object {
            Object(kind: .authorization, name: id.rawValue)
        }
        /// A challenge, by its authorization and its number there: `CairnObjectID(challengeURL:)`.
        public static func challenge(_ id: CairnObjectID) -> Object { Object(kind: .challenge, name: id.rawValue) }
        /// A certificate.
        public static func certificate(_ serialNumber: CairnSerialNumber) -> Object {
            Object(kind: .certificate, name: "\(serialNumber)")
        }

        /// `nil` for a name that no such object can have.
        var known: NamedObject? {
            let parts = name.split(separator: "/")
            guard let last = parts.last else { return nil }
            switch kind {
            case .order: return Order.ID(last).map { .order($0) }
            case .authorization: return Authorization.ID(last).map { .authorization($0) }
            case .certificate: return CairnSerialNumber(hexadecimal: String(last)).map { .certificate($0) }
            case .challenge:
                guard let index = Int(last), let id = parts.dropLast().last.flatMap({ Authorization.ID($0) }) else {
                    return nil
                }
                return .challenge(id, index)
            case .account, .externalAccountKey: return nil
            }
        }
    }
}
