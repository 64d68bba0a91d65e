import CairnModel
import DequeModule

/// Judges clients by what is in the journal, one entry after the other.
///
/// What it keeps in mind is bounded, and an entry costs it the same however many came before. It doubts in favour of the
/// client: an answer that was not sent whole was not received, a clock that stands still tells nothing about haste, and where
/// two clients cannot be told apart nothing is held against either.
struct Judge: Sendable {
    /// The number of the first entry that it has not seen.
    private(set) var next = 0
    private(set) var list = FindingList()

    // What it keeps in mind.
    /// The bodies of the last requests, whose nonces are only read once one is refused.
    var bodies: Deque<(body: [UInt8], event: Int)> = []
    var nonces = Recent<String, Int>(4_000)
    var openBadNonces = Recent<String, BadNonces>()
    var waits = Recent<String, Wait>()
    var refusals = Recent<String, Refusals>()
    var finalized = Recent<String, Int>()
    /// Authorizations that were shown as valid.
    var shownValid = Recent<String, Int>()
    var pendingAuthorizations = Recent<String, Int>()
    var orders = Recent<String, PlacedOrder>()
    var failedProbes = Recent<String, Int>()
    /// What the last directory offered, by the path that it is in.
    var directories = Recent<String, (body: [UInt8], hasRenewalInfo: Bool)>(64)
    /// How often a client has read the directory.
    var runs = Recent<String, Int>()
    var newAccounts = Recent<CairnObjectID, Int>()
    var ordering = Recent<String, [CairnObjectID: [Int]]>()

    /// Answers with `badNonce` in a row, with nothing else between them.
    struct BadNonces: Sendable {
        var events: [Int]
        let account: CairnObjectID?
        let request: Int
        let path: String
    }

    /// When a client was asked to come back.
    struct Wait: Sendable {
        let from: CairnInstant
        let until: CairnInstant
        let event: Int
        /// What was refused; `nil` for the answer to a poll.
        let payload: String?
    }

    /// Refusals of a client at a path in a row.
    struct Refusals: Sendable {
        let type: ACMEProblemType
        let since: CairnInstant
        var events: [Int]
        var count = 1
        /// What was refused last, if trying again cannot help.
        var fatal: (payload: String, run: Int, event: Int)?
    }

    struct PlacedOrder: Sendable {
        var status: ACMEStatus
        let identifiers: String
    }

    /// Forgets its findings and not what it keeps in mind.
    mutating func forgetFindings() { list = FindingList() }

    mutating func note(
        _ kind: CairnFinding.Kind, _ detail: String, _ request: CairnRequestEvent, about scope: String, events: [Int]
    ) {
        list.add(
            CairnFinding(kind, detail, account: request.account, request: request.number), about: scope, events: events)
    }

    /// Looks at the next entry.
    mutating func see(_ entry: CairnJournalEntry) {
        next = entry.number + 1
        switch entry.event {
        case .request(let request):
            list.add(event: entry.number, ofRequest: request.number)
            if !request.method.isEmpty, request.method != "OPTIONS" { see(request, entry.number, at: entry.at) }
        case .finding(let finding): list.add(noted: finding, event: entry.number)
        case .status(let change): see(change, entry.number)
        case .probe(let probe): see(probe, entry.number)
        case .issued, .revoked, .agreed, .connection: break
        }
    }

    private mutating func see(_ change: CairnStatusEvent, _ event: Int) {
        switch change.subject {
        case .authorization:
            pendingAuthorizations[change.id.rawValue] = change.to == .pending ? event : nil
        case .order:
            if change.to == .valid || change.to == .invalid {
                orders[change.id.rawValue] = nil
            } else {
                let names = change.identifiers.map { "\($0)" }.sorted().joined(separator: ", ")
                orders[change.id.rawValue] = PlacedOrder(status: change.to, identifiers: names)
            }
        case .challenge:
            // It was answered, or has failed for good.
            guard change.to == .processing || change.to == .invalid else { return }
            for identifier in change.identifiers { failedProbes["\(identifier)"] = nil }
        case .account, .certificate, .externalAccountKey: break
        }
    }

    private mutating func see(_ probe: CairnProbeEvent, _ event: Int) {
        // What was decided without looking tells nothing, nor does one perspective of several.
        guard !probe.steps.isEmpty, probe.perspective == nil else { return }
        let key = "\(probe.identifier)"
        guard let problem = probe.problem else {
            guard let failed = failedProbes[key] else { return }
            failedProbes[key] = nil
            list.add(
                CairnFinding(
                    .answeredBeforeReachable,
                    "expected the \(probe.challenge) challenge of \(probe.identifier) to be met before it is answered, "
                        + "got one that was met when the CA looked again", account: nil, request: nil),
                about: key, events: [failed, event])
            return
        }
        let isUnmet = [.connection, .incorrectResponse, .unauthorized, .dns].contains(problem.type)
        let isServerFailure = probe.steps.contains { step in
            step.lookups.contains { $0.contains("SERVFAIL") || $0.contains("time") || $0.contains("REFUSED") }
        }
        // An earlier failure than a second one shows as much.
        if isUnmet, !isServerFailure, failedProbes[key] == nil { failedProbes[key] = event }
    }

    /// What there is to say if nothing comes any more.
    var conclusion: [CairnFinding] {
        var list = list
        for (key, open) in openBadNonces.all where open.events.count < 5 {
            list.add(
                CairnFinding(
                    .gaveUpOnBadNonce,
                    "expected the POST of \(open.path) again with the nonce of the answer, got none after "
                        + (open.events.count == 1 ? "badNonce" : "\(open.events.count) answers with badNonce in a row"),
                    account: open.account, request: open.request), about: key, events: open.events)
        }
        let pending = pendingAuthorizations.all
        if !pending.isEmpty {
            let names = pending.prefix(3).map(\.key).joined(separator: ", ") + (pending.count > 3 ? ", …" : "")
            list.add(
                CairnFinding(
                    .leftAuthorizationsPending,
                    "expected every authorization to be answered or deactivated, got \(pending.count) pending: \(names)",
                    account: nil, request: nil), about: "", events: pending.map(\.value))
        }
        // Each list is in order, and findings that are seen first stand first.
        return list.all.enumerated()
            .sorted { ($0.element.events.first ?? 0, $0.offset) < ($1.element.events.first ?? 0, $1.offset) }
            .map(\.element)
    }
}
