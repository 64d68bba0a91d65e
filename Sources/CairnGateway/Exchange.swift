import CairnEngine
import CairnModel
import HTTPTypes
import Synchronization

/// One request on its way through the stages, and what they found out about it.
struct Exchange: Sendable {
    let request: CairnRequest
    /// Counts requests from 1 on.
    let number: Int
    let engine: Engine
    let links: Links
    /// When the request came in, or was let go by the gate that held it.
    var now: CairnInstant
    /// The sets of rules that the client chose by its URL; `nil` for those of all alone.
    let world: RuleWorld?
    /// Path and query, without the prefix of the ``world``.
    let target: String
    /// Why the request does not say by which name this server was called; `nil` if it does.
    let hostFault: URLAuthority.Fault?
    /// Whether the URLs of ``links`` lead here: a request that names no host that could be one leaves that open, unless the
    /// configuration says it.
    var knowsOrigin: Bool
    /// Where it goes; known after stage 1.
    var route: Route?
    /// What the engine knew when the request came in; known after stage 2.
    var opening: Opening?
    /// The protected header, once it is read.
    var protectedHeader: CairnJSONObject?
    /// What was signed, once its signature is verified; empty for a POST-as-GET.
    var payload: [UInt8] = []
    /// The account that signed, once that is certain; also the one that the request created or found.
    var signer: Account.ID?
    /// The account that signed, as it was when the request came in; known after stage 3.
    var account: Account?
    /// The key that signed, where the request carries it; known after stage 3.
    var key: PublicKey?
    /// The payload, where it is an object; known after stage 4.
    var members: Payload?
    /// The validations that the answer promises.
    var jobs: [ValidationJob] = []
    /// What is noted about the request while it is read.
    let notes = Notes()
    /// The rules on the way of the request; known after stage 1.
    var rules = RuleAttendance()
    /// What it asks for, for the rules that want to know; known after stage 4.
    var operation: Operation?
    /// The order that it has made.
    var made: Order.ID?
    /// How rules have the answer go out otherwise than the server would.
    var detour = Detour()

    /// - Parameters:
    ///   - target: path and query of the request, without the prefix of the world.
    ///   - origin: where all URLs begin, whatever the request says; `nil` takes that from the request.
    init(
        _ request: CairnRequest, number: Int, to target: String, in world: RuleWorld?, of engine: Engine,
        origin: String?, dialect: any Dialect, now: CairnInstant
    ) {
        self.request = request
        (self.target, self.world) = (target, world)
        self.number = number
        self.engine = engine
        self.now = now
        var fault: URLAuthority.Fault?
        var authority: String?
        if let named = request.head.authority {
            do {
                _ = try URLAuthority(named)
                authority = named
            } catch { fault = error }
        }
        // A request that names no authority (HTTP/1.0) is for `localhost`.
        let beginning = origin ?? "\(request.head.scheme ?? "https")://\(authority ?? "localhost")"
        links = Links(origin: world.map { beginning + $0.prefix } ?? beginning, dialect: dialect)
        hostFault = fault
        knowsOrigin = origin != nil || fault == nil
    }

    /// How requests and answers look.
    var dialect: any Dialect { links.dialect }

    /// What the CA asks of clients: as it was when the request came in, once the engine was asked.
    var policy: CairnPolicy {
        _read {
            if let opening { yield opening.policy } else { yield engine.policy }
        }
    }

    var endpoint: ACMEEndpoint? { route?.resource.endpoint }

    /// Whether the answer brings a nonce: to what may be answered with a POST (RFC 8555 §6.5, §7.2).
    ///
    /// Relying parties are no clients of ACME.
    var bringsNonce: Bool { request.head.method == .post && endpoint != .ocsp || endpoint == .newNonce }

    /// The path without its query.
    var path: Substring { target.text(before: "?") }

    /// What follows the question mark; `nil` if there is none.
    var query: Substring? {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        return target[target.utf8.index(after: mark)...]
    }

    /// The URL that the request was sent to, as this server would have written it.
    var url: String { links.origin + target }

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
