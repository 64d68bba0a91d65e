import CairnCertificates
import CairnEngine
import CairnModel

extension TestCA {
    /// Changes what the CA holds, by hand.
    ///
    /// ```swift
    /// try ca.objects.force(.order(order.id), into: .invalid)
    /// try ca.objects.purge(.certificate(serialNumber))
    /// try ca.objects.announceIncident([serialNumber], explanationURL: "https://ca.example.test/incident")
    /// ```
    /// What follows from a change happens with it: an order that loses an authorization becomes `invalid`. The journal has
    /// every new status. Rules do the same to what a request is about. New terms are a setting, ``TestCA/policy``.
    public var objects: TestCA.Objects { TestCA.Objects(ca: self) }

    /// What a test does to the objects of a CA.
    public struct Objects: Sendable {
        let ca: TestCA

        /// Gives an object a status (RFC 8555 §7.1.6); nothing happens to one that has it already.
        ///
        /// Whatever leads to that status happens on the way: an order that becomes `ready` has its pending authorizations
        /// become `valid`, and an authorization that becomes `valid` has its first undecided challenge become so.
        ///
        /// - Parameters:
        ///   - object: an account, order, authorization, challenge or certificate.
        ///   - status: one that it can come to.
        ///   - problem: what the object shows as its `error` where it becomes `invalid`; one that says so by default.
        /// - Throws: ``TestCA/ObjectError`` if there is no such object, or nothing leads to that status: out of one that is
        ///   final, or to an order that is `valid` though no certificate was signed for it.
        public func force(
            _ object: TestCA.Object, into status: ACMEStatus, because problem: ACMEProblem? = nil
        ) throws(TestCA.ObjectError) {
            try intervene(.force(try known(object), into: status.rawValue, because: problem))
        }

        /// Lets an order or authorization expire before its time.
        ///
        /// - Throws: ``TestCA/ObjectError`` if there is no such object, or it does not expire any more.
        public func expire(_ object: TestCA.Object) throws(TestCA.ObjectError) {
            try intervene(.expire(try known(object)))
        }

        /// Lets all unfinished orders of an account expire, and all authorizations that it can use.
        ///
        /// - Parameter account: its URL, or the last part of it.
        /// - Throws: ``TestCA/ObjectError`` if there is no such account.
        public func expireAll(of account: String) throws(TestCA.ObjectError) {
            try intervene(.expireAll(of: try id(account)))
        }

        /// Forgets an order with its certificate, an authorization, or a certificate alone, so that its URL leads nowhere.
        ///
        /// - Throws: ``TestCA/ObjectError`` if there is no such object, or it is another.
        public func purge(_ object: TestCA.Object) throws(TestCA.ObjectError) {
            try intervene(.purge(try known(object)))
        }

        /// Forgets all orders, authorizations and certificates of an account; the account stays.
        ///
        /// - Parameter account: its URL, or the last part of it.
        /// - Throws: ``TestCA/ObjectError`` if there is no such account.
        public func purgeAll(of account: String) throws(TestCA.ObjectError) {
            try intervene(.purgeAll(of: try id(account)))
        }

        /// Forgets an account with all that it has: its requests are refused with `accountDoesNotExist`, and its key can
        /// have another.
        ///
        /// - Parameter account: its URL, or the last part of it.
        /// - Throws: ``TestCA/ObjectError`` if there is no such account.
        public func forget(account: String) throws(TestCA.ObjectError) { try intervene(.forget(try id(account))) }

        /// Forgets all nonces that are out, so that each request which has one is refused with `badNonce`.
        public func forgetNonces() { ca.engine.forgetNonces() }

        /// Revokes a certificate (RFC 5280 §5.3.1).
        ///
        /// - Parameters:
        ///   - certificate: its serial number.
        ///   - reason: any that is assigned; `nil` for none.
        /// - Throws: ``TestCA/ObjectError`` if there is no such certificate, or it is revoked already.
        public func revoke(
            _ certificate: CairnSerialNumber, for reason: ACMERevocationReason? = nil
        ) throws(TestCA.ObjectError) { try intervene(.revoke(certificate, for: reason)) }

        /// Tells clients to replace certificates at once, as a CA does before it revokes them: their windows for renewal have
        /// passed, and a page says why (RFC 9773 §4.2).
        ///
        /// ``TestCA/suggestRenewal(_:of:)`` with `nil` takes it back.
        ///
        /// - Parameters:
        ///   - certificates: their serial numbers.
        ///   - explanationURL: the page; `nil` for none.
        /// - Throws: ``TestCA/ObjectError`` if there is no such certificate; the ones before it are told of.
        public func announceIncident(
            _ certificates: [CairnSerialNumber], explanationURL: String? = nil
        ) throws(TestCA.ObjectError) {
            let info = ACMERenewalInfo.incident(at: ca.clock.now, explanationURL)
            for certificate in certificates { try intervene(.suggestRenewal(of: certificate, info)) }
        }

        private func id(_ account: String) throws(TestCA.ObjectError) -> Account.ID {
            guard case .account(let id)? = TestCA.Object.account(account).known else {
                throw TestCA.ObjectError(unknown: "account", account)
            }
            return id
        }

        private func known(_ object: TestCA.Object) throws(TestCA.ObjectError) -> NamedObject {
            guard let known = object.known else { throw TestCA.ObjectError(unknown: object.kind.rawValue, object.name) }
            return known
        }

        private func intervene(_ intervention: Intervention) throws(TestCA.ObjectError) {
            do { try ca.engine.intervene(intervention, at: ca.clock.now) } catch { throw TestCA.ObjectError(error) }
            ca.gateway.catchUp()
        }
    }

    /// An object of a CA, by its name: its URL or the end of that, as clients, views and the journal have it.
    public struct Object: Hashable, Sendable {
        let kind: CairnStatusEvent.Subject
        let name: String

        /// An account.
        public static func account(_ name: some CustomStringConvertible) -> Object {
            Object(kind: .account, name: "\(name)")
        }
        /// An order.
        public static func order(_ name: some CustomStringConvertible) -> Object {
            Object(kind: .order, name: "\(name)")
        }
        /// An authorization.
        public static func authorization(_ name: some CustomStringConvertible) -> Object {
            Object(kind: .authorization, name: "\(name)")
        }
        /// A challenge, by its authorization and its place there.
        public static func challenge(_ name: some CustomStringConvertible) -> Object {
            Object(kind: .challenge, name: "\(name)")
        }
        /// A certificate.
        public static func certificate(_ serialNumber: CairnSerialNumber) -> Object {
            Object(kind: .certificate, name: "\(serialNumber)")
        }

        /// `nil` for a name that no such object can have.
        var known: NamedObject? {
            let parts = name.split(separator: "/")
            guard let last = parts.last else { return nil }
            switch kind {
            case .account: return Account.ID(last).map { .account($0) }
            case .order: return Order.ID(last).map { .order($0) }
            case .authorization: return Authorization.ID(last).map { .authorization($0) }
            case .certificate: return CairnSerialNumber(hexadecimal: String(last)).map { .certificate($0) }
            case .challenge:
                guard let index = Int(last), let id = parts.dropLast().last.flatMap({ Authorization.ID($0) }) else {
                    return nil
                }
                return .challenge(id, index)
            case .externalAccountKey: return nil
            }
        }
    }

    /// Something that cannot be done to an object.
    public struct ObjectError: Error, Hashable, Sendable, CustomStringConvertible {
        /// Whether that is so because there is no such object.
        public let isUnknown: Bool
        /// What was expected and what is there, in words.
        public let description: String

        init(unknown kind: String, _ name: String) {
            (isUnknown, description) = (true, "there is no \(kind) \(name.quoted)")
        }

        init(_ objection: Objection) { (isUnknown, description) = (objection.isUnknown, objection.description) }
    }
}
