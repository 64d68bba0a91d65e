public import CairnCertificates
public import CairnModel

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
    /// None, or one: nothing becomes of most certificates, and they take no room for what might.
    private var fates: [Fate] = []
    /// The place of the certificate among all certificates of the CA.
    var number = 0

    init(issued: CairnCertificate, created: CairnInstant, account: Account.ID, order: Order.ID, isPublic: Bool) {
        (self.issued, self.created, self.account, self.order) = (issued, created, account, order)
        self.isPublic = isPublic
    }

    /// What has become of it, or is to.
    private struct Fate: Sendable {
        var revocation: Revocation?
        var replacement: Order.ID?
        var suggestion: ACMERenewalInfo?
        var renewalInfoBody: [UInt8]?
    }

    package internal(set) var revocation: Revocation? {
        get { fates.first?.revocation }
        set { updateFate(newValue != nil) { $0.revocation = newValue } }
    }

    /// The order that replaces it, unless that is invalid (RFC 9773 §5).
    var replacement: Order.ID? {
        get { fates.first?.replacement }
        set { updateFate(newValue != nil) { $0.replacement = newValue } }
    }

    /// The renewal that a test wants to have suggested.
    var suggestion: ACMERenewalInfo? {
        get { fates.first?.suggestion }
        set { updateFate(newValue != nil) { $0.suggestion = newValue } }
    }

    /// The whole answer about its renewal, if a test wants that to be what it is; ``Engine/setRenewalInfoBody(_:of:at:)``.
    package internal(set) var renewalInfoBody: [UInt8]? {
        get { fates.first?.renewalInfoBody }
        set { updateFate(newValue != nil) { $0.renewalInfoBody = newValue } }
    }

    private mutating func updateFate(_ isSet: Bool, _ change: (inout Fate) -> Void) {
        if fates.isEmpty {
            guard isSet else { return }
            fates.append(Fate())
        }
        change(&fates[0])
    }

    package var id: ID { issued.serialNumber }

    package struct Revocation: Sendable {
        package let at: CairnInstant
        /// The reason; `nil` if the request named none, so none is published (RFC 8555 §7.6).
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
                throw Refusal(.malformed, "there is no certificate \"\(id)\"", cause: .unknownObject)
            }
            try state.require(account, toRead: certificate)
            return certificate
        }
    }

    /// The certificate with that serial number, for the same readers.
    package func certificate(
        _ serial: Certificate.ID, for account: Account.ID?, at now: CairnInstant
    ) throws(Refusal) -> Certificate {
        try transact(at: now) { (state) throws(Refusal) in
            guard let certificate = state.certificates[serial] else {
                throw Refusal(
                    .malformed, "there is no certificate \"\(serial.hexadecimal)\"", cause: .unknownObject)
            }
            try state.require(account, toRead: certificate)
            return certificate
        }
    }

    /// The order that led to a certificate.
    package func order(ofCertificate serial: Certificate.ID) -> Order.ID? {
        inspect { $0.certificates[serial]?.order }
    }
}

extension State {
    fileprivate func require(_ reader: Account.ID?, toRead certificate: Certificate) throws(Refusal) {
        try require(
            reader, toBe: certificate.account, orAnybodyIf: certificate.isPublic,
            for: "certificate \"\(certificate.order)\"", .certificate)
    }
}

/// An issued certificate as it was at one instant.
public struct CairnCertificateRecord: Hashable, Sendable, Identifiable {
    /// The certificate itself.
    public let certificate: CairnCertificate
    /// When it was issued, whatever ``CairnCertificate/notBefore`` says.
    public let created: CairnInstant
    /// `valid` or `revoked`; one that has expired keeps its status.
    public let status: ACMEStatus
    /// The account that it was issued to.
    public let account: CairnObjectID
    /// The order for which it was issued.
    public let order: CairnObjectID
    /// When and why it was revoked; `nil` if it was not.
    public let revocation: CairnRevocation?
    /// The order that replaces it, unless that is invalid (RFC 9773 §5).
    public let replacement: CairnObjectID?
    /// The world of its account; `nil` for the one without a prefix.
    public let world: String?

    init(_ certificate: Certificate, in world: String?) {
        self.world = world
        self.certificate = certificate.issued
        created = certificate.created
        status = ACMEStatus(certificate.state)
        account = CairnObjectID(certificate.account)
        order = CairnObjectID(certificate.order)
        revocation = certificate.revocation.map { CairnRevocation(certificate, $0.reason, at: $0.at) }
        replacement = certificate.replacement.map { CairnObjectID($0) }
    }

    /// Its serial number.
    public var id: CairnSerialNumber { certificate.serialNumber }
    /// Its identifiers, in the order of the subject alternative names.
    public var identifiers: [ACMEIdentifier] { certificate.identifiers }
    /// The certificate in DER.
    public var derEncoded: [UInt8] { certificate.derEncoded }
    /// The certificate in PEM, ending with a line feed (RFC 7468 §5).
    public var pem: String { certificate.pem }

    /// The same as JSON, with the certificate in PEM and without absent values.
    public var json: CairnJSON {
        var object: CairnJSONObject = [
            "serialNumber": .string("\(id)"), "created": created.json, "status": status.json,
        ]
        object["account"] = account.json
        object["order"] = order.json
        object["identifiers"] = .array(identifiers.map(\.json))
        object["notBefore"] = certificate.notBefore.json
        object["notAfter"] = certificate.notAfter.json
        object["revocation"] = revocation?.json
        object["replacement"] = replacement?.json
        object["pem"] = .string(pem)
        object["world"] = world.map(CairnJSON.string)
        return .object(object)
    }
}

/// The certificates that are kept, by their serial numbers, by their keys and by what they are for; and what outlives them.
struct CertificateStore: Sendable {
    /// The key identifier in the certificates of this CA, for the certIDs of RFC 9773 §4.1.
    let issuerKeyIdentifier: [UInt8]
    private var table: [Certificate.ID: Certificate] = [:]
    /// How many have a key, by its SubjectPublicKeyInfo.
    private var keys: [[UInt8]: Int] = [:]
    /// `nil` until a rate limit asks for it.
    private var issuedSets: IssuedSets?
    private var made = 0
    /// The keys of certificates that were revoked for keyCompromise.
    private var compromisedKeys: RecentSet<CairnKeyDigest>
    var revocations: RevocationStore

    /// - Parameter shards: how many CRLs there are.
    init(issuerKeyIdentifier: [UInt8], shards: Int, bounds: CairnBounds) {
        self.issuerKeyIdentifier = issuerKeyIdentifier
        compromisedKeys = RecentSet(capacity: bounds.compromisedKeys)
        revocations = RevocationStore(capacity: bounds.revocations, shards: shards)
    }

    var count: Int { table.count }

    var compromisedKeyCount: Int { compromisedKeys.count }

    /// In any order.
    var all: some Collection<Certificate> { table.values }

    subscript(id: Certificate.ID) -> Certificate? { table[id] }

    /// Whether there is a certificate of a key.
    func certify(_ subjectPublicKeyInfo: [UInt8]) -> Bool { keys[subjectPublicKeyInfo] != nil }

    /// Whether a certificate for exactly these identifiers was issued and is not forgotten.
    mutating func isRenewal(_ identifiers: [ACMEIdentifier]) -> Bool {
        if let issuedSets { return issuedSets.contains(identifiers) }
        var sets = IssuedSets()
        for certificate in table.values { sets.add(certificate.issued.identifiers) }
        issuedSets = sets
        return sets.contains(identifiers)
    }

    mutating func insert(_ certificate: Certificate) {
        var certificate = certificate
        certificate.number = made
        made += 1
        table[certificate.id] = certificate
        keys[certificate.issued.subjectPublicKeyInfo, default: 0] += 1
        issuedSets?.add(certificate.issued.identifiers)
    }

    /// Forgets a certificate; a revocation of it stays.
    mutating func remove(_ id: Certificate.ID) {
        guard let certificate = table.removeValue(forKey: id) else { return }
        let key = certificate.issued.subjectPublicKeyInfo
        if let count = keys[key] { keys[key] = count > 1 ? count - 1 : nil }
        issuedSets?.remove(certificate.issued.identifiers)
    }

    // MARK: Revocation (RFC 8555 §7.6)

    /// Revokes a certificate; `false` if it is revoked already, or not there.
    ///
    /// - Parameter policy: when relying parties are told.
    mutating func revoke(
        _ id: Certificate.ID, for reason: ACMERevocationReason?, at now: CairnInstant,
        under policy: CairnRevocationStatusPolicy
    ) -> Bool {
        guard let certificate = table[id], (try? table[id]?.state.handle(.revoked)) != nil else { return false }
        table[id]?.revocation = Certificate.Revocation(at: now, reason: reason)
        revocations.insert(CairnRevocation(certificate, reason, at: now), at: now, under: policy)
        return true
    }

    mutating func noteCompromised(_ subjectPublicKeyInfo: [UInt8]) {
        compromisedKeys.insert(CairnKeyDigest(subjectPublicKeyInfo: subjectPublicKeyInfo))
    }

    /// Whether a key is that of a certificate that was revoked for keyCompromise.
    func isCompromised(_ subjectPublicKeyInfo: [UInt8]) -> Bool {
        !compromisedKeys.isEmpty
            && compromisedKeys.contains(CairnKeyDigest(subjectPublicKeyInfo: subjectPublicKeyInfo))
    }

    // MARK: Renewal (RFC 9773)

    /// Notes which order replaces a certificate.
    mutating func markReplaced(_ id: Certificate.ID, by order: Order.ID) { table[id]?.replacement = order }

    /// Lets a certificate be replaced by another order, now that this one has become invalid.
    mutating func unmarkReplaced(_ id: Certificate.ID, by order: Order.ID) {
        if table[id]?.replacement == order { table[id]?.replacement = nil }
    }

    /// Notes the whole answer about a renewal; `false` if there is no such certificate.
    mutating func setRenewalInfoBody(_ body: [UInt8]?, of id: Certificate.ID) -> Bool {
        guard table[id] != nil else { return false }
        table[id]?.renewalInfoBody = body
        return true
    }

    /// Notes the renewal that is to be suggested; `false` if there is no such certificate.
    mutating func suggest(_ info: ACMERenewalInfo?, for id: Certificate.ID) -> Bool {
        guard table[id] != nil else { return false }
        table[id]?.suggestion = info
        return true
    }
}

/// Which sets of identifiers have had a certificate, so that renewals can be told from new certificates.
///
/// It is made when it is first asked for, and kept up from then on; a CA without limits never has it.
private struct IssuedSets: Sendable {
    private var counts: [Set<ACMEIdentifier>: Int] = [:]

    func contains(_ identifiers: [ACMEIdentifier]) -> Bool { counts[Set(identifiers)] != nil }

    mutating func add(_ identifiers: [ACMEIdentifier]) { counts[Set(identifiers), default: 0] += 1 }

    mutating func remove(_ identifiers: [ACMEIdentifier]) {
        let set = Set(identifiers)
        guard let count = counts[set] else { return }
        counts[set] = count > 1 ? count - 1 : nil
    }
}
