import CairnCertificates
import CairnModel

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
    private(set) var revocations: RevocationStore

    init(issuerKeyIdentifier: [UInt8], bounds: CairnBounds) {
        self.issuerKeyIdentifier = issuerKeyIdentifier
        compromisedKeys = RecentSet(capacity: bounds.compromisedKeys)
        revocations = RevocationStore(capacity: bounds.revocations)
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
    mutating func revoke(_ id: Certificate.ID, for reason: ACMERevocationReason?, at now: CairnInstant) -> Bool {
        guard let certificate = table[id], (try? table[id]?.state.handle(.revoked)) != nil else { return false }
        table[id]?.revocation = Certificate.Revocation(at: now, reason: reason)
        revocations.insert(CairnRevocation(certificate, reason, at: now), at: now)
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
