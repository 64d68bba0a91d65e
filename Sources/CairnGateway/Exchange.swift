import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes
import Synchronization

/// One request on its way through the stages, and what they found out about it.
struct Exchange: Sendable {
    /// What no stage changes.
    private let arrival: Arrival
    /// When the request came in, or was let go by the gate that held it.
    var now: CairnInstant
    /// Whether the URLs of ``links`` lead here: a request that names no host that could be one leaves that open, unless the
    /// configuration says it.
    var knowsOrigin: Bool
    /// Where it goes; known after stage 1.
    var route: Route?
    /// What the engine knew when the request came in; known after stage 2.
    var opening: Opening?
    /// The nonce in the protected header, once that is read.
    var nonce: String?
    /// What was signed, once its signature is verified; empty for a POST-as-GET.
    var payload: [UInt8] = []
    /// The account that signed, once that is certain; also the one that the request created or found.
    var signer: Account.ID?
    /// The account that signed, as it was when the request came in; known after stage 3.
    var account: Shared<Account>?
    /// The key that signed, where the request carries it; known after stage 3.
    var key: PublicKey?
    /// The payload, where it is an object; known after stage 4.
    var members: Payload?
    /// The validations that the answer promises.
    var jobs: [ValidationJob] = []
    /// The rules on the way of the request; known after stage 1.
    var rules = RuleAttendance()
    /// What it names, for the rules that want to know; known after stage 4.
    var wanted: (identifiers: [ACMEIdentifier], profile: String?, certificate: CairnSerialNumber?) = ([], nil, nil)
    /// The order that it has made.
    var made: Order.ID?
    /// How rules have the answer go out otherwise than the server would.
    var detour = Detour()

    /// - Parameters:
    ///   - target: path and query of the request, without the prefix of the world.
    ///   - origin: where all URLs begin, whatever the request says; `nil` takes that from the request.
    ///   - plainPort: where relying parties are served without TLS; `nil` for nowhere but there.
    init(
        _ request: CairnRequest, number: Int, to target: String, in world: RuleWorld?, of engine: Engine,
        origin: String?, plainPort: Int?, dialect: any Dialect, now: CairnInstant
    ) {
        var fault: URLAuthority.Fault?
        var authority: String?
        var port: Int?
        if let named = request.head.authority {
            do {
                port = try URLAuthority(named).port
                authority = named
            } catch { fault = error }
        }
        // A request that names no authority (HTTP/1.0) is for `localhost`.
        let personality = dialect.sharedPersonality
        let scheme = personality.value.forwardedScheme(of: request) ?? request.head.scheme ?? "https"
        let beginning = origin ?? String(joining: scheme, "://", authority ?? "localhost")
        arrival = Arrival(
            request, number: number, engine: engine,
            links: Links(
                origin: world.map { beginning + $0.prefix } ?? beginning, dialect: dialect, plainPort: plainPort),
            world: world, personality: personality, target: target, hostFault: fault)
        self.now = now
        // Where relying parties are served there is no directory.
        let isBeside = plainPort.map { request.head.scheme == "http" && (port ?? $0) == $0 } ?? false
        knowsOrigin = origin != nil || fault == nil && !isBeside
    }

    /// What is known of a request when it comes in: a large value, which goes through the stages as one word.
    private final class Arrival: Sendable {
        let request: CairnRequest
        let number: Int
        let engine: Engine
        let links: Links
        let world: RuleWorld?
        let personality: Shared<CairnPersonality>
        let target: String
        let hostFault: URLAuthority.Fault?
        let notes = Notes()

        init(
            _ request: CairnRequest, number: Int, engine: Engine, links: Links, world: RuleWorld?,
            personality: Shared<CairnPersonality>, target: String, hostFault: URLAuthority.Fault?
        ) {
            (self.request, self.number, self.engine, self.links) = (request, number, engine, links)
            (self.world, self.target, self.hostFault) = (world, target, hostFault)
            self.personality = personality
        }
    }
}

extension Exchange {
    var request: CairnRequest { arrival.request }
    /// Counts requests from 1 on.
    var number: Int { arrival.number }
    var engine: Engine { arrival.engine }
    var links: Links { arrival.links }
    /// The sets of rules that the client chose by its URL; `nil` for those of all alone.
    var world: RuleWorld? { arrival.world }
    /// Path and query, without the prefix of the ``world``.
    var target: String { arrival.target }
    /// Why the request does not say by which name this server was called; `nil` if it does.
    var hostFault: URLAuthority.Fault? { arrival.hostFault }
    /// What is noted about the request while it is read.
    var notes: Notes { arrival.notes }

    /// How requests and answers look.
    var dialect: any Dialect { arrival.links.dialect }

    /// How answers differ from those of the letter; that of the ``dialect``.
    var personality: CairnPersonality { arrival.personality.value }
    var sharedPersonality: Shared<CairnPersonality> { arrival.personality }

    /// What the CA asks of clients: as it was when the request came in, once the engine was asked.
    var policy: CairnPolicy { sharedPolicy.value }

    /// The same, to read a little of it without copying all.
    var sharedPolicy: Shared<CairnPolicy> { opening?.policy ?? engine.sharedPolicy }

    var endpoint: ACMEEndpoint? { route?.row.endpoint }

    /// Whether the answer tells a page of another origin what it may read of it: not where it asks in vain what it may send.
    var isAllowedToPages: Bool {
        request.isFromPage && (personality.crossOrigin == .everybody || request.head.method != .options)
    }

    /// What a refusal may be worded by.
    var place: Wording.Place { Wording.Place(endpoint: endpoint, account: signer.map { "\($0)" }) }

    /// Whether the answer brings a nonce: to what may be answered with a POST (RFC 8555 §6.5, §7.2).
    ///
    /// Relying parties are no clients of ACME.
    var bringsNonce: Bool { request.head.method == .post && endpoint != .ocsp || endpoint == .newNonce }

    /// The path without its query.
    var path: Substring { target.text(before: "?") }

    /// What follows the question mark; `nil` if there is none.
    var query: Substring? {
        let mark = path.endIndex
        return mark < target.endIndex ? target[target.utf8.index(after: mark)...] : nil
    }

    /// The URL that the request was sent to, as this server would have written it.
    var url: String { links.origin + target }

    /// Whether that is the ``url``.
    func isSent(to text: String) -> Bool {
        text.utf8.count == links.origin.utf8.count + target.utf8.count && text.begins(with: links.origin)
            && text.text(after: links.origin).isSame(as: target)
    }

    /// The URL of an account.
    func url(of account: Account.ID) -> String { links.url(.account(account)) }
}

/// What is noted about a request while it is read: it is in the journal when the request is.
final class Notes: Sendable {
    private let findings = Mutex<[CairnFinding]>([])

    func note(_ kind: CairnFinding.Kind, _ detail: String, by account: Account.ID?) {
        add(CairnFinding(kind, detail, account: account.map { "\($0)" }))
    }

    private func add(_ finding: CairnFinding) { findings.withLock { $0.append(finding) } }

    /// Accepts what a leniency is for, and notes it.
    ///
    /// - Parameters:
    ///   - leniencies: those that the CA has.
    ///   - detail: what was expected, and what came.
    ///   - section: where the letter is.
    /// - Throws: `malformed`, where the CA does not have the leniency.
    func accept(
        _ leniency: CairnLeniency, of leniencies: CairnLeniencies, _ detail: String, _ section: String,
        by account: Account.ID?
    ) throws(Refusal) {
        guard leniencies.accept(leniency) else { throw Refusal(.malformed, "\(detail) (\(section))") }
        add(CairnFinding(leniency, detail, account: account.map { "\($0)" }))
    }

    func write(to journal: CairnJournal, at now: CairnInstant) {
        for finding in findings.withLock({ $0 }) { journal.record(.finding(finding), at: now) }
    }
}
