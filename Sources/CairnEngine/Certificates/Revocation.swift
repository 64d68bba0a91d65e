public import CairnCertificates
public import CairnModel
import DequeModule

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

/// The revocation of a certificate (RFC 8555 §7.6).
///
/// It is kept until the certificate has expired, even when the order and certificate are forgotten
/// (``CairnBounds/revocations``).
public struct CairnRevocation: Hashable, Sendable {
    /// The revoked certificate.
    public let serialNumber: CairnSerialNumber
    /// When it was revoked.
    public let at: CairnInstant
    /// The reason; `nil` if the request named none, so none is published (RFC 8555 §7.6).
    public let reason: ACMERevocationReason?
    /// The end of the certificate's validity.
    public let notAfter: CairnInstant
    let owner: CertificateOwner
    /// What tells the certificate from one that was made up with its serial number.
    let fingerprint: [UInt8]

    init(_ certificate: Certificate, _ reason: ACMERevocationReason?, at now: CairnInstant) {
        serialNumber = certificate.id
        (at, self.reason, notAfter) = (now, reason, certificate.issued.notAfter)
        owner = CertificateOwner(of: certificate)
        fingerprint = CairnCertificate.fingerprint(ofDER: certificate.issued.derEncoded)
    }

    /// The same as JSON, without absent values.
    public var json: CairnJSON {
        var object: CairnJSONObject = ["serialNumber": .string("\(serialNumber)"), "at": at.json]
        object["reason"] = reason.map { .integer($0.rawValue) }
        object["notAfter"] = notAfter.json
        return .object(object)
    }
}

/// Who may have a certificate revoked.
struct CertificateOwner: Hashable, Sendable {
    let account: Account.ID
    let key: CairnKeyDigest
    let identifiers: [ACMEIdentifier]

    init(of certificate: Certificate) {
        account = certificate.account
        key = CairnKeyDigest(subjectPublicKeyInfo: certificate.issued.subjectPublicKeyInfo)
        identifiers = certificate.issued.identifiers
    }
}

/// The revocations of certificates that have not expired, or not long ago, by their serial numbers; and what is told of them.
struct RevocationStore: Sendable {
    private struct Kept: Sendable {
        let revocation: CairnRevocation
        /// Its place among all that there have ever been.
        let number: Int

        func isPublished(in publication: StatusPublication) -> Bool {
            number < publication.made || publication.until.map { revocation.at < $0 } ?? false
        }
    }

    private let capacity: Int
    private var table: [CairnSerialNumber: Kept] = [:]
    /// How many there have ever been.
    private var made = 0
    /// Oldest first.
    private var sequence: Deque<CairnSerialNumber> = []
    private var sweepAt = 64
    /// Into how many parts they are divided for relying parties.
    private let shards: Int
    /// What relying parties have been told, and when.
    var publications: StatusPublications
    /// What OCSP says of certificates whatever the truth is.
    var answers: [CairnSerialNumber: CairnOCSPAnswer] = [:]

    /// - Parameters:
    ///   - capacity: how many are kept; at least 1.
    ///   - shards: how many CRLs they are divided among.
    init(capacity: Int, shards: Int) {
        (self.capacity, self.shards) = (max(1, capacity), shards)
        publications = StatusPublications(shards: shards)
    }

    /// How many there are, those included whose certificates have expired since this was looked at last.
    var count: Int { table.count }

    /// Those whose certificates have not expired, oldest first.
    func all(at now: CairnInstant) -> [CairnRevocation] {
        sequence.compactMap { table[$0]?.revocation }.filter { $0.notAfter >= now }
    }

    /// The revocation of a certificate, unless it has expired.
    func revocation(of id: CairnSerialNumber, fingerprint: [UInt8], at now: CairnInstant) -> CairnRevocation? {
        table[id].flatMap { kept in
            let revocation = kept.revocation
            return revocation.fingerprint == fingerprint && revocation.notAfter >= now ? revocation : nil
        }
    }

    /// The revocation of a certificate, those included that have expired since this was looked at last.
    subscript(id: CairnSerialNumber) -> CairnRevocation? { table[id]?.revocation }

    /// The part that a certificate belongs to.
    func shard(of id: CairnSerialNumber) -> Int { id.shard(of: shards) }

    /// What stands in a CRL, oldest first.
    func published(_ index: Int, in publication: StatusPublication) -> [CairnRevocation] {
        guard index < shards else { return [] }
        return sequence.compactMap { id -> CairnRevocation? in
            guard let kept = table[id], kept.isPublished(in: publication), shard(of: id) == index,
                kept.revocation.notAfter >= publication.previous
            else { return nil }
            return kept.revocation
        }
    }

    /// Whether relying parties have been told of a revocation; one that is forgotten they have been.
    func isPublished(_ id: CairnSerialNumber, in publication: StatusPublication) -> Bool {
        table[id]?.isPublished(in: publication) ?? true
    }

    /// Publishes everything out of turn.
    mutating func publishAll(at now: CairnInstant, under policy: CairnRevocationStatusPolicy) {
        publications.publishAll(with: made, at: now, under: policy)
    }

    /// Goes on under another policy.
    mutating func change(from old: CairnRevocationStatusPolicy, to new: CairnRevocationStatusPolicy) {
        guard old != new else { return }
        let shards = shards
        let kept = Dictionary(grouping: table.values) { $0.revocation.serialNumber.shard(of: shards) }
        publications.change(from: old, to: new, with: made) { index, publication in
            kept[index]?.contains { !$0.isPublished(in: publication) } ?? false
        }
    }

    mutating func insert(
        _ revocation: CairnRevocation, at now: CairnInstant, under policy: CairnRevocationStatusPolicy
    ) {
        made += 1
        if policy.updates == .immediately {
            publications.publish(shard(of: revocation.serialNumber), with: made, at: now, under: policy)
        }
        if table.count >= sweepAt {
            let horizon = min(now, publications.horizon(at: now, under: policy))
            table = table.filter { $0.value.revocation.notAfter >= horizon }
            sequence.removeAll { table[$0] == nil }
            sweepAt = max(64, 2 * table.count)
        }
        table[revocation.serialNumber] = Kept(revocation: revocation, number: made - 1)
        sequence.append(revocation.serialNumber)
        while table.count > capacity, let oldest = sequence.popFirst() { table[oldest] = nil }
    }
}

extension Engine {
    /// Revokes a certificate (RFC 8555 §7.6).
    ///
    /// One that was revoked and then forgotten with its order is revoked all the same.
    package func revoke(
        derEncoded der: [UInt8], reason: ACMERevocationReason?, by authority: RevocationAuthority, at now: CairnInstant
    ) throws(Refusal) {
        let fingerprint = CairnCertificate.fingerprint(ofDER: der)
        try transact(at: now) { (state) throws(Refusal) in
            if case .account(let id) = authority { _ = try state.validAccount(id) }
            let serial = CairnSerialNumber(ofCertificate: der)
            let certificate = serial.flatMap { state.certificates[$0] }.flatMap {
                $0.issued.derEncoded == der ? $0 : nil
            }
            let earlier = serial.flatMap {
                state.certificates.revocations.revocation(of: $0, fingerprint: fingerprint, at: now)
            }
            guard let serial, let owner = certificate.map({ CertificateOwner(of: $0) }) ?? earlier?.owner else {
                throw Refusal(
                    .malformed, "this CA did not issue that certificate (RFC 8555 §7.6)", cause: .foreignCertificate)
            }
            try state.requireAuthority(authority, over: owner, at: now)
            if let reason, !state.policy.revocationReasons.contains(reason) {
                let allowed = state.policy.revocationReasons.map(\.rawValue).sorted().map(String.init)
                    .joined(separator: ", ")
                throw Refusal(
                    .badRevocationReason,
                    "expected one of the reasons \(allowed), got \(reason.rawValue) (RFC 8555 §7.6, RFC 5280 §5.3.1)",
                    cause: .revocationReason, facts: ["\(reason.rawValue)"])
            }
            let reason = authority.isKey && state.policy.revocationByKeyIsCompromise ? .keyCompromise : reason
            let policy = state.policy.revocationStatus
            guard let certificate, state.certificates.revoke(serial, for: reason, at: now, under: policy) else {
                throw Refusal(
                    .alreadyRevoked, "certificate \"\(serial)\" is revoked already (RFC 8555 §7.6)",
                    cause: .alreadyRevoked)
            }
            state.noteRevocation(of: certificate, for: reason, isProven: authority.isKey, at: now)
        }
    }
}

extension State {
    /// Notes that a certificate was revoked.
    ///
    /// - Parameter isProven: whether whoever says so has its key.
    mutating func noteRevocation(
        of certificate: Certificate, for reason: ACMERevocationReason?, isProven: Bool, at now: CairnInstant
    ) {
        if reason == .keyCompromise {
            noteCompromise(of: certificate.issued.subjectPublicKeyInfo, isProven: isProven)
        }
        note(.revoked(certificate.id, reason), at: now)
        note(
            .certificate, certificate.id.description, certificate.issued.identifiers,
            from: CertificateState.Status.valid.rawValue, to: CertificateState.Status.revoked.rawValue, at: now)
    }

    fileprivate func requireAuthority(
        _ authority: RevocationAuthority, over owner: CertificateOwner, at now: CairnInstant
    ) throws(Refusal) {
        switch authority {
        case .key(let key):
            guard CairnKeyDigest(subjectPublicKeyInfo: key.subjectPublicKeyInfo) == owner.key else {
                throw Refusal(
                    .unauthorized,
                    "expected a request signed by the key of the certificate, got another key (RFC 8555 §7.6)",
                    cause: .notRevokersKey)
            }
        case .account(let id):
            guard id != owner.account else { return }
            let missing = owner.identifiers.filter {
                !authorizations.hasValid(of: id, for: $0) && grants.grant(of: id, for: $0, at: now) == nil
                    && preAuthorizationCovering($0, of: id, at: now) == nil
            }
            guard missing.isEmpty else {
                let names = missing.map(\.value).quotedList
                throw Refusal(
                    .unauthorized,
                    "expected the account that ordered the certificate, or one with valid authorizations for all its "
                        + "identifiers; this one has none for \(names) (RFC 8555 §7.6)",
                    cause: .notRevoker, facts: ["\(id)"])
            }
        }
    }
}
