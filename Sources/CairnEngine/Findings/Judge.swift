import CairnCertificates
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
    /// The nonces of the last requests, which are only searched once one is refused.
    var nonces: Deque<(nonce: TextDigest, event: Int)> = []
    var openBadNonces = Recent<Errand, BadNonces>()
    var waits = Recent<TextDigest, Wait>()
    var refusals = Recent<Errand, Refusals>()
    var finalized = Recent<TextDigest, Int>()
    /// Authorizations that were shown as valid.
    var shownValid = Recent<TextDigest, Int>()
    /// Authorizations that were shown as what can be used no more.
    var shownDead = Recent<TextDigest, (status: String, event: Int)>()
    /// Polls in a row that showed an end, by who polled what in which run.
    var ends = Recent<String, [Int]>()
    /// Refusals that pass, and answers that did not come, after which nothing came again.
    var openRefusals = Recent<Errand, OpenRefusal>()
    /// Orders with `replaces` that were refused, after which none came without.
    var openReplacements = Recent<Sender, OpenRefusal>()
    /// Orders that were finalized and whose certificates nobody has asked for.
    var undownloaded = Recent<String, Int>()
    /// The accounts of orders.
    var owners = Recent<TextDigest, Account.ID>()
    /// The last certificates for the same identifiers of an account.
    var renewals = Recent<Holding, Renewals>()
    /// The last certificate, until it is known for which order it is.
    var lastIssued: (certificate: CairnCertificate, at: CairnInstant, event: Int)?
    var pendingAuthorizations = Recent<String, Int>()
    var orders = Recent<TextDigest, PlacedOrder>()
    var failedProbes = Recent<String, Int>()
    /// What the last directory offered, by the path that it is in.
    var directories = Recent<String, (body: [UInt8], hasRenewalInfo: Bool)>(64)
    /// How often a client has read the directory.
    var runs = Recent<Client, Int>()
    var newAccounts = Recent<Account.ID, Int>()
    var ordering = Recent<Interest, [Account.ID: [Int]]>()

    /// Orders and authorizations that were forgotten by hand, and the numbers of the entries that came next.
    var excused: Deque<(number: Int, id: String)> = []

    /// How clients without account are told apart.
    ///
    /// What comes to another world comes to another CA.
    struct Client: Hashable, Sendable, CustomStringConvertible {
        let world: String?
        let source: CairnIPAddress?
        let name: String

        var description: String { (world.map { "\($0) " } ?? "") + (source.map { "\($0) " } ?? "") + name }
    }

    /// Who sends requests: accounts nearly always, so that clients take no room in every errand.
    enum Sender: Hashable, Sendable, CustomStringConvertible {
        case account(Account.ID)
        indirect case client(Client)

        var description: String {
            switch self {
            case .account(let id): "\(id)"
            case .client(let client): "\(client)"
            }
        }
    }

    /// Who asks for what.
    struct Errand: Hashable, Sendable, CustomStringConvertible {
        let sender: Sender
        let path: WireText

        var description: String { "\(sender) \(path.string)" }

        var digest: TextDigest { TextDigest(of: self) }
    }

    /// Who has certificates for which identifiers.
    struct Holding: Hashable, Sendable, CustomStringConvertible {
        let owner: Account.ID
        let names: String

        var description: String { "\(owner) \(names)" }
    }

    /// Which client orders for which identifiers.
    struct Interest: Hashable, Sendable, CustomStringConvertible {
        let client: Client
        let names: String

        var description: String { "\(client) \(names)" }
    }

    /// Answers with `badNonce` in a row, with nothing else between them.
    struct BadNonces: Sendable {
        var events: [Int]
        let account: CairnObjectID?
        let request: Int
        let path: String
        /// The nonce that the last of them brought.
        var fresh: String?
    }

    /// A refusal that a client has not answered yet as it should.
    struct OpenRefusal: Sendable {
        let words: String
        let account: CairnObjectID?
        let request: Int
        let path: String
        let event: Int
    }

    /// Certificates for the same identifiers, one after the other.
    struct Renewals: Sendable {
        /// The middle of the lifetime of the last one.
        var middle: CairnInstant
        /// The first of those in a row that came before the middle of the one before.
        var events: [Int]
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
        let status: ACMEStatus
        let identifiers: [ACMEIdentifier]

        var names: String { Judge.names(identifiers) }
    }

    /// Identifiers in words, in an order that is the same whichever they come in.
    static func names(_ identifiers: [ACMEIdentifier]) -> String {
        identifiers.count == 1
            ? identifiers[0].value : identifiers.map(\.value).sorted().joined(separator: ", ")
    }

    /// Forgets its findings and not what it keeps in mind.
    mutating func forgetFindings() { list = FindingList() }

    mutating func note(
        _ kind: CairnFinding.Kind, _ detail: String, _ request: CairnRequestEvent, about scope: String, events: [Int]
    ) {
        list.add(
            CairnFinding(kind, detail, account: request.account, request: request.number), about: scope, events: events)
    }

    /// Notes a finding that no request shows alone.
    mutating func note(
        _ kind: CairnFinding.Kind, _ detail: String, by account: CairnObjectID?, about scope: String, events: [Int]
    ) {
        list.add(CairnFinding(kind, detail, account: account, request: nil), about: scope, events: events)
    }

    /// Has what was forgotten by hand held against nobody.
    ///
    /// - Parameter end: the number of the entry that comes next.
    mutating func excuse(before end: Int) {
        while let first = excused.first, first.number <= end {
            excused.removeFirst()
            pendingAuthorizations[first.id] = nil
            undownloaded[first.id] = nil
        }
    }

    /// Looks at the next entry.
    mutating func see(_ entry: CairnJournalEntry) {
        next = entry.number + 1
        if !excused.isEmpty { excuse(before: entry.number) }
        switch entry.event {
        case .request(let request):
            list.add(event: entry.number, ofRequest: request.number)
            if !request.method.isEmpty, request.method != "OPTIONS" { see(request, entry.number, at: entry.at) }
        case .finding(let finding): list.add(noted: finding, event: entry.number)
        case .status(let change): see(change, entry.number)
        case .probe(let probe): see(probe, entry.number)
        case .issued(let certificate): lastIssued = (certificate, entry.at, entry.number)
        case .revoked, .agreed, .connection, .refusedSetting: break
        }
    }

    private mutating func see(_ change: CairnStatusEvent, _ event: Int) {
        switch change.subject {
        case .authorization:
            pendingAuthorizations[change.id.rawValue] = change.to == .pending ? event : nil
        case .order:
            seeEnd(of: change, event)
            if change.to == .valid || change.to == .invalid {
                orders[TextDigest(change.id.rawValue)] = nil
            } else {
                orders[TextDigest(change.id.rawValue)] = PlacedOrder(status: change.to, identifiers: change.identifiers)
            }
        case .challenge:
            // It was answered, or has failed for good.
            guard change.to == .processing || change.to == .invalid else { return }
            for identifier in change.identifiers { failedProbes[identifier.value] = nil }
        case .account, .certificate, .externalAccountKey: break
        }
    }

    private mutating func see(_ probe: CairnProbeEvent, _ event: Int) {
        // What was decided without looking tells nothing, nor does one perspective of several.
        guard !probe.steps.isEmpty, probe.perspective == nil else { return }
        let key = probe.identifier.value
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
        // What timed out or broke may be the network's fault.
        let isUnmet =
            [.incorrectResponse, .unauthorized, .dns].contains(problem.type)
            || problem.type == .connection && problem.detail.contains("refused")
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
                    account: open.account, request: open.request), about: "\(key)", events: open.events)
        }
        concludeRequests(&list)
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
