public import CairnCertificates
package import CairnModel
import Synchronization

/// How revocations are published: CRLs (RFC 5280 §5) and OCSP (RFC 6960).
public struct CairnRevocationStatusPolicy: Hashable, Sendable {
    /// When CRLs and OCSP responses are updated.
    ///
    /// Default: ``CairnStatusUpdates/immediately``.
    public var updates = CairnStatusUpdates.immediately
    /// The validity of CRLs, from `thisUpdate` to `nextUpdate` (RFC 5280 §5.1.2.5).
    ///
    /// At least one second. Default: 7 days.
    public var crlLifetime: Duration = .days(7)
    /// The validity of OCSP responses, from `thisUpdate` to `nextUpdate`; `nil` omits `nextUpdate`, which means that
    /// newer information is always available (RFC 6960 §4.2.2.1).
    ///
    /// At least one second. Default: 7 days.
    public var ocspLifetime: Duration? = .days(7)
    /// Whether an OCSP response repeats the nonce of its request (RFC 9654).
    ///
    /// Default: `true`. Responders that pre-produce responses do not (RFC 5019 §4).
    public var echoesNonce = true
    /// A fixed answer to every OCSP request; `nil` answers truthfully.
    ///
    /// `TestCA.Objects.answerOCSP(_:for:)` overrides it for single certificates. Default: `nil`.
    public var ocspAnswer: CairnOCSPAnswer?

    /// Creates the default policy.
    public init() {}

    /// How long a CRL stands until there is a new one, in seconds; `nil` for ever.
    var interval: Int64? {
        switch updates {
        // A new one comes well before the old one ends.
        case .immediately: max(1, (crlLifetime.bounded / 2).components.seconds)
        case .every(let interval): max(1, interval.bounded.components.seconds)
        case .manually: nil
        }
    }
}

/// When CRLs and OCSP responses are updated.
public enum CairnStatusUpdates: Hashable, Sendable {
    /// With each revocation; CRLs also when half of their validity has passed.
    case immediately
    /// At fixed intervals of at least one second, as public CAs do; in between they show the old state.
    case every(Duration)
    /// Only by `TestCA.publishStatus()`, so that they can go stale.
    case manually
}

/// One publication of a CRL.
struct StatusPublication: Hashable, Sendable {
    /// The CRL number (RFC 5280 §5.2.3).
    var number: Int
    var at: CairnInstant
    /// When the one before it was published: what has expired by then is in no list any more, and what has expired since is
    /// in this one for the last time (RFC 5280 §3.3).
    var previous: CairnInstant
    /// How many revocations there had been when it was published out of turn: the clock of a test may stand.
    var made: Int
    /// What was revoked before that is told as well, where it came by itself since.
    var until: CairnInstant?
}

/// When the lists of revocations were published: those of the shards of leaves, and as the last those of other issuers.
///
/// It follows from the time, so that nothing has to happen when a list is made anew, and nothing does when it is read.
struct StatusPublications: Sendable {
    /// What was published out of turn last; empty until the first instant is known.
    private var last: [StatusPublication] = []
    private let count: Int
    /// The latest instant that is known.
    private var latest: CairnInstant?

    init(shards: Int) { count = shards + 1 }

    /// Notes that it is `now`; the first time, that everything is published.
    mutating func see(_ now: CairnInstant, under policy: CairnRevocationStatusPolicy) {
        if let latest, now < latest { return seeEarlier(now, than: latest, under: policy) }
        latest = now
        guard last.isEmpty else { return }
        last = Array(repeating: StatusPublication(number: 1, at: now, previous: now, made: 0), count: count)
    }

    /// Makes lists of what was told at a later instant anew where a clock was moved back, since they would be good from some time
    /// to come and their numbers would fall (RFC 5280 §5.2.3).
    private mutating func seeEarlier(
        _ now: CairnInstant, than latest: CairnInstant, under policy: CairnRevocationStatusPolicy
    ) {
        // What is less was not moved: requests at the same time come here in any order.
        guard latest - now >= .seconds(60) else { return }
        self.latest = now
        for index in last.indices {
            var standing = standing(index, at: latest, under: policy)
            if standing.at > now, policy.interval != nil {
                standing.number += 1
                (standing.at, standing.previous) = (now, min(standing.previous, now))
            }
            last[index] = standing
        }
    }

    /// The publication that stands at an instant.
    func standing(_ index: Int, at now: CairnInstant, under policy: CairnRevocationStatusPolicy) -> StatusPublication {
        guard last.indices.contains(index) else {
            return StatusPublication(number: 1, at: now, previous: now, made: 0)
        }
        let publication = last[index]
        let passed = (now - publication.at).components.seconds
        guard let interval = policy.interval, passed >= interval else { return publication }
        let rounds = passed / interval
        let at = publication.at + .seconds(rounds * interval)
        return StatusPublication(
            number: publication.number + Int(rounds), at: at, previous: at - .seconds(interval),
            made: publication.made, until: at)
    }

    /// When there will be another publication by itself; `nil` if there will be none.
    func next(_ index: Int, at now: CairnInstant, under policy: CairnRevocationStatusPolicy) -> CairnInstant? {
        policy.interval.map { standing(index, at: now, under: policy).at + .seconds($0) }
    }

    /// Publishes a list out of turn.
    ///
    /// - Parameter made: how many revocations there have been.
    mutating func publish(
        _ index: Int, with made: Int, at now: CairnInstant, under policy: CairnRevocationStatusPolicy
    ) {
        guard last.indices.contains(index) else { return }
        let before = standing(index, at: now, under: policy)
        last[index] = StatusPublication(
            number: before.number + 1, at: now, previous: min(before.at, now), made: made)
    }

    /// Publishes all lists out of turn.
    mutating func publishAll(with made: Int, at now: CairnInstant, under policy: CairnRevocationStatusPolicy) {
        for index in last.indices { publish(index, with: made, at: now, under: policy) }
    }

    /// Goes on under another policy from what has been published by now.
    ///
    /// - Parameters:
    ///   - made: how many revocations there have been.
    ///   - isLate: whether a list lacks some of them.
    mutating func change(
        from old: CairnRevocationStatusPolicy, to new: CairnRevocationStatusPolicy, with made: Int,
        isLate: (_ index: Int, StatusPublication) -> Bool
    ) {
        guard let latest, old != new else { return }
        for index in last.indices {
            last[index] = standing(index, at: latest, under: old)
            if new.updates == .immediately, isLate(index, last[index]) {
                publish(index, with: made, at: latest, under: new)
            }
        }
    }

    /// What expired before that is in no list any more.
    func horizon(at now: CairnInstant, under policy: CairnRevocationStatusPolicy) -> CairnInstant {
        last.indices.map { standing($0, at: now, under: policy).previous }.min() ?? now
    }
}

// MARK: - CRLs

/// The lists that were signed, as long as nothing newer is asked for.
///
/// Signing one of many entries takes a while. It happens when somebody reads the list, without the lock of the CA, and once for
/// each publication.
final class SignedLists: Sendable {
    struct Key: Hashable, Sendable {
        let issuer: Int
        let shard: Int
        /// Where a list says which one it is, it says so by the name that the client has for it; `nil` where it does not.
        let url: WireText?
    }

    private struct Kept: Sendable {
        var lists: [Key: CairnRevocationList] = [:]
        var octets = 0
    }

    private let kept = Mutex(Kept())
    /// How many octets are kept in all, besides the last list.
    private let limit: Int

    init(limit: Int = 1 << 26) { self.limit = limit }

    subscript(key: Key) -> CairnRevocationList? { kept.withLock { $0.lists[key] } }

    func keep(_ list: CairnRevocationList, as key: Key) {
        kept.withLock { kept in
            // Clients invent names.
            if kept.octets > limit { kept = Kept() }
            kept.octets += list.derEncoded.count - (kept.lists[key]?.derEncoded.count ?? 0)
            kept.lists[key] = list
        }
    }

    func forgetAll() { kept.withLock { $0 = Kept() } }
}

extension Engine {
    /// The CRL of an issuer as it stands now; `nil` if there is no such list.
    ///
    /// - Parameter url: where the CA itself shows it, for whoever asks.
    package func revocationList(
        ofIssuer issuer: Int, shard: Int, url: String?, at now: CairnInstant
    ) throws -> CairnRevocationList? {
        guard let count = authority.revocationListCount(ofIssuer: issuer), (0..<count).contains(shard) else {
            return nil
        }
        let index = publicationIndex(ofIssuer: issuer, shard: shard)
        let url = authority.fixedURL(ofList: shard, issuer: issuer) ?? url
        let key = SignedLists.Key(issuer: issuer, shard: shard, url: count > 1 ? url.map(WireText.init) : nil)
        let (publication, lifetime) = transact(at: now) { state in
            let policy = state.policy.revocationStatus
            return (
                state.certificates.revocations.publications.standing(index, at: now, under: policy),
                policy.crlLifetime.bounded
            )
        }
        func isCurrent(_ list: CairnRevocationList) -> Bool {
            list.number == publication.number && list.thisUpdate == publication.at.wholeSecond
                && list.nextUpdate == (publication.at + lifetime).wholeSecond
        }
        if let list = signedLists[key], isCurrent(list) { return list.at(url) }
        let revocations = inspect { $0.certificates.revocations.published(index, in: publication) }
        let list = try authority.revocationList(
            ofIssuer: issuer, shard: shard,
            CertificateAuthority.RevocationListContents(
                number: publication.number, thisUpdate: publication.at, nextUpdate: publication.at + lifetime,
                entries: revocations.map { .init($0.serialNumber, at: $0.at, reason: $0.reason) },
                followsInSameSecond: publication.number > 1
                    && publication.previous.wholeSecond >= publication.at.wholeSecond), url: url)
        signedLists.keep(list, as: key)
        return list
    }

    /// When the CRL of an issuer is made anew by itself; `nil` if that can be at any time, or never.
    package func nextPublication(ofIssuer issuer: Int, shard: Int, at now: CairnInstant) -> CairnInstant? {
        let index = publicationIndex(ofIssuer: issuer, shard: shard)
        return inspect { state in
            let policy = state.policy.revocationStatus
            guard case .every = policy.updates else { return nil }
            return state.certificates.revocations.publications.next(index, at: now, under: policy)
        }
    }

    /// All lists that there are, as issuer and shard.
    package var revocationLists: [(issuer: Int, shard: Int)] {
        authority.issuers.indices.flatMap { issuer in
            (0..<(authority.revocationListCount(ofIssuer: issuer) ?? 0)).map { (issuer, $0) }
        }
    }

    /// Lists of leaves stand first, each with a place of its own; all others share the last.
    private func publicationIndex(ofIssuer issuer: Int, shard: Int) -> Int {
        issuer == 0 ? shard : authority.configuration.crlShards
    }

    /// Publishes all CRLs and OCSP responses anew.
    package func publishStatus(at now: CairnInstant) {
        transact(at: now) { state in
            state.certificates.revocations.publishAll(at: now, under: state.policy.revocationStatus)
        }
    }
}

// MARK: - OCSP

/// What an OCSP request comes to.
package struct OCSPReply: Sendable {
    /// The response in DER.
    package let derEncoded: [UInt8]
    /// What it says of each certificate, in the order of the request; where it is an error, of none.
    package let told: CairnRequestEvent.RevocationAnswer
    /// From when and until when it is good, as far as it says that.
    package var thisUpdate: CairnInstant?
    package var nextUpdate: CairnInstant?
    /// When there will be another; `nil` if that can be at any time, or never.
    package var nextPublication: CairnInstant?
}

extension Engine {
    /// Answers an OCSP request (RFC 6960).
    ///
    /// Of a certificate that is not of the issuer of leaves it says `unknown`, and if none is, that it is not authorized to
    /// answer (RFC 5019 §2.2.3).
    package func answer(_ request: OCSPRequest, at now: CairnInstant) throws -> OCSPReply {
        guard request.certificates.contains(where: { authority.issues($0) }) else { return .error(.unauthorized) }
        let (statuses, policy) = transact(at: now) { state in
            (
                request.certificates.map { id in
                    authority.issues(id)
                        ? state.status(of: id.serialNumber, at: now)
                        : StatusOfCertificate(answer: .unknown, thisUpdate: now)
                }, state.policy.revocationStatus
            )
        }
        if let error = statuses.first(where: { $0.answer.isError }) { return .error(error.answer) }
        let responses = zip(request.certificates, statuses).map { id, status in
            OCSPSingleResponse(
                id, status.single, thisUpdate: status.thisUpdate,
                nextUpdate: policy.ocspLifetime.map { status.thisUpdate + $0.bounded })
        }
        let bytes = try authority.ocspResponse(
            responses, nonce: policy.echoesNonce ? request.nonce : nil, producedAt: now)
        let told = zip(request.certificates, statuses).map { id, status in
            CairnRequestEvent.OCSPStatus(
                serialNumber: id.serialNumber, answer: status.answer, reason: status.revocation?.reason?.published)
        }
        let thisUpdate = statuses.map(\.thisUpdate).min()
        return OCSPReply(
            derEncoded: bytes, told: .ocsp(told), thisUpdate: thisUpdate,
            nextUpdate: policy.ocspLifetime.flatMap { lifetime in thisUpdate.map { $0 + lifetime.bounded } },
            nextPublication: statuses.compactMap(\.nextPublication).min())
    }

    /// Has the responder say something of a certificate, whatever the truth is; `nil` goes back to the truth.
    package func answerOCSP(_ answer: CairnOCSPAnswer?, for id: Certificate.ID, at now: CairnInstant) throws(Objection)
    {
        try transact(at: now) { (state) throws(Objection) in
            let most = max(1, state.bounds.revocations)
            let isNew = answer != nil && state.certificates.revocations.answers[id] == nil
            guard !isNew || state.certificates.revocations.answers.count < most else {
                throw Objection(.limit, "expected answers of OCSP for at most \(most) certificates, got one more")
            }
            state.certificates.revocations.answers[id] = answer
        }
    }

    /// What the responder was told to say.
    package var ocspAnswers: [Certificate.ID: CairnOCSPAnswer] { inspect { $0.certificates.revocations.answers } }
}

extension OCSPReply {
    /// A response that is an error.
    package static func error(_ answer: CairnOCSPAnswer) -> OCSPReply {
        OCSPReply(derEncoded: CertificateAuthority.ocspError(answer) ?? [], told: .ocspError(answer))
    }
}

/// What is said of one certificate.
private struct StatusOfCertificate: Sendable {
    var answer: CairnOCSPAnswer
    var thisUpdate: CairnInstant
    var revocation: (at: CairnInstant, reason: ACMERevocationReason?)?
    var nextPublication: CairnInstant?

    var single: OCSPSingleResponse.Status {
        switch answer {
        case .good: .good
        case .revoked: .revoked(at: revocation?.at ?? thisUpdate, revocation?.reason)
        default: .unknown
        }
    }
}

extension State {
    /// What is said of a certificate: what was so when that was published last.
    ///
    /// One that is forgotten is not known any more, unless it is revoked.
    fileprivate func status(of id: Certificate.ID, at now: CairnInstant) -> StatusOfCertificate {
        let policy = policy.revocationStatus
        let revocations = certificates.revocations
        let isImmediate = policy.updates == .immediately
        let publication = revocations.publications.standing(
            revocations.shard(of: id), at: now, under: policy)
        var status = StatusOfCertificate(answer: .unknown, thisUpdate: isImmediate ? now : publication.at)
        if case .every = policy.updates {
            status.nextPublication = revocations.publications.next(revocations.shard(of: id), at: now, under: policy)
        }
        let kept = revocations[id].map { ($0.at, $0.reason) }
        let revocation = kept ?? certificates[id]?.revocation.map { ($0.at, $0.reason) }
        if let revocation, isImmediate || revocations.isPublished(id, in: publication) {
            (status.answer, status.revocation) = (.revoked, revocation)
        } else if certificates[id] != nil || revocation != nil {
            status.answer = .good
        }
        if let forced = revocations.answers[id] ?? policy.ocspAnswer { status.answer = forced }
        if status.answer != .revoked { status.revocation = nil }
        return status
    }
}
