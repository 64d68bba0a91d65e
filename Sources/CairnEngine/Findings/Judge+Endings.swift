import CairnCertificates
import CairnModel

/// How clients come to an end, and whether they go on after one.
extension Judge {
    // MARK: Giving up

    /// The statuses of refusals that pass (RFC 6585 §4, RFC 9110 §15.6).
    private static let passing: Set<Int> = [429, 500, 502, 503, 504]

    /// Notes that something is to be asked for again, until it is.
    mutating func judgePatience(_ act: Act) {
        let request = act.request
        if !openRefusals.isEmpty {
            for errand in [act.errandOfClient, act.errand] { openRefusals[errand] = nil }
        }
        let isLost = !act.duty.isSigned && !act.wasDelivered
        guard isLost || act.wasDelivered && Self.passing.contains(request.status) else { return }
        openRefusals[act.errand] = OpenRefusal(
            words: isLost ? "an answer that did not come" : "an answer with \(request.status)",
            account: request.account, request: request.number, path: "\(request.method) \(request.path.plain)",
            event: act.event)
    }

    /// Notes that an order with `replaces` was refused, until the client does without (RFC 9773 §5).
    mutating func seeReplacement(_ act: Act) {
        let request = act.request
        guard !act.isBadNonce else { return }
        if !openReplacements.isEmpty { openReplacements[act.sender] = nil }
        guard let problem = request.problem, act.wasDelivered, request.payload?["replaces"]?.string != nil,
            directories[act.folder]?.hasRenewalInfo != false, Self.isAboutReplacing(problem)
        else { return }
        openReplacements[act.sender] = OpenRefusal(
            words: problem.type.name.plain, account: request.account, request: request.number,
            path: request.path.plain, event: act.event)
    }

    /// Whether a refusal may go away with `replaces`.
    private static func isAboutReplacing(_ problem: ACMEProblem) -> Bool {
        let others: Set<ACMEProblemType> = [
            .rejectedIdentifier, .unsupportedIdentifier, .rateLimited, .userActionRequired, .accountDoesNotExist, .caa,
            .dns, .compound,
        ]
        return !others.contains(problem.type) && problem.status < 500
    }

    // MARK: Nonces

    /// Whether the nonce that came with a refusal was used (RFC 8555 §6.5).
    mutating func judgeSecondNonce(_ act: Act, after open: BadNonces) {
        guard let fresh = open.fresh, !fresh.isEmpty, let nonce = act.request.nonce, nonce != fresh,
            let last = open.events.last
        else { return }
        note(
            .ignoredFreshNonce, "expected the nonce \(fresh.plain) of the refusal, got \(nonce.plain)", act.request,
            about: "\(act.sender)", events: [last, act.event])
    }

    // MARK: Orders

    /// Whether an order was finalized that was still pending (RFC 8555 §7.4).
    mutating func judgeReadiness(_ act: Act) {
        guard act.request.problem?.type == .orderNotReady,
            let id = act.owner.map(String.init), orders[TextDigest(id)]?.status == .pending
        else { return }
        note(
            .finalizedBeforeReady,
            "expected a finalize of an order that is ready, got one of order \(id.plain), "
                + "which is pending", act.request, about: id, events: [act.event])
    }

    /// Whether something that has come to its end is read on and on (RFC 8555 §7.1.6).
    mutating func judgePoll(_ act: Act) {
        let request = act.request
        guard request.status < 300, act.wasDelivered, let status = request.shownStatus, Self.isDead(status),
            request.signedText.isEmpty
        else { return }
        let key = "\(act.errand) \(runs[act.client] ?? 0)"
        var events = ends[key] ?? []
        if events.count < FindingList.eventLimit { events.append(act.event) }
        ends[key] = events
        guard events.count > 2 else { return }
        note(
            .polledAfterTheEnd,
            "expected no more reads of \(request.path.plain), which is \(status) for good, got another", request,
            about: key, events: events)
    }

    /// Whether an object with a status can be used no more.
    static func isDead(_ status: String) -> Bool {
        switch status {
        case "invalid", "deactivated", "expired", "revoked": true
        default: false
        }
    }

    /// Notes that an order was finalized, and what came of it.
    mutating func seeEnd(of change: CairnStatusEvent, _ event: Int) {
        let id = change.id.rawValue
        switch change.to {
        case .processing, .valid: undownloaded[id] = event
        case .invalid: undownloaded[id] = nil
        default: break
        }
        guard change.to == .valid, let (certificate, at, issuance) = lastIssued else { return }
        lastIssued = nil
        // Whose it is has to be certain.
        guard let owner = owners[TextDigest(id)] else { return }
        let names = Self.names(change.identifiers)
        let key = Holding(owner: owner, names: names)
        var renewals = renewals[key] ?? Renewals(middle: at, events: [])
        let isEarly = at < renewals.middle
        // A finding shows no more of them.
        let isKnown = isEarly && renewals.events.count >= FindingList.eventLimit
        if !isKnown { renewals.events = isEarly ? renewals.events + [issuance] : [issuance] }
        renewals.middle = at + (certificate.notAfter - at) / 2
        self.renewals[key] = renewals
        guard !isKnown, renewals.events.count > 2 else { return }
        note(
            .renewedTooEarly,
            "expected the certificate for \(names) to be kept for half of its lifetime, got \(renewals.events.count) in a "
                + "row that were not", by: "\(owner)", about: "\(key)", events: renewals.events)
    }

    /// Notes that somebody asks for the certificate of an order.
    mutating func seeDownload(_ act: Act) {
        if !undownloaded.isEmpty, let order = act.orderOfCertificate { undownloaded[order] = nil }
    }

    // MARK: The end

    /// What there is to say of requests if nothing comes any more.
    func concludeRequests(_ list: inout FindingList) {
        for (key, open) in openRefusals.all {
            list.add(
                CairnFinding(
                    .gaveUpTooSoon, "expected \(open.path) again after \(open.words), got none", account: open.account,
                    request: open.request), about: "\(key)", events: [open.event])
        }
        for (key, open) in openReplacements.all {
            list.add(
                CairnFinding(
                    .gaveUpOnReplaces, "expected the order again without \"replaces\" after \(open.words), got none",
                    account: open.account, request: open.request), about: "\(key)", events: [open.event])
        }
        for (id, event) in undownloaded.all {
            list.add(
                CairnFinding(
                    .neverDownloaded, "expected the certificate of order \(id.plain) to be downloaded, got no request",
                    account: owners[TextDigest(id)].map { "\($0)" }, request: nil), about: id, events: [event])
        }
    }
}
