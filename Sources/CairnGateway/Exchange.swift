import CairnEngine
import CairnModel
import HTTPTypes

/// One request on its way through the stages, and what they found out about it.
struct Exchange: Sendable {
    let request: CairnRequest
    let engine: Engine
    let links: Links
    let now: CairnInstant
    /// Why the request does not say by which name this server was called; `nil` if it does.
    let hostFault: URLAuthority.Fault?
    /// Whether the URLs of ``links`` lead here: a request that names no host that could be one leaves that open, unless the
    /// configuration says it.
    var knowsOrigin: Bool
    var route: Route?
    /// The account that signed, once that is certain.
    var signer: Account.ID?
    /// The protected header, once it is read.
    var protectedHeader: CairnJSONObject?
    /// What was signed, once its signature is verified; empty for a POST-as-GET.
    var payload: [UInt8] = []
    /// The validations that the answer promises.
    var jobs: [ValidationJob] = []

    /// - Parameter origin: where all URLs begin, whatever the request says; `nil` takes that from the request.
    init(_ request: CairnRequest, of engine: Engine, origin: String?, dialect: any Dialect, now: CairnInstant) {
        self.request = request
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
        links = Links(
            origin: origin ?? "\(request.head.scheme ?? "https")://\(authority ?? "localhost")", dialect: dialect)
        hostFault = fault
        knowsOrigin = origin != nil || fault == nil
    }

    /// How requests and answers look.
    var dialect: any Dialect { links.dialect }

    /// The path without its query.
    var path: Substring {
        (request.head.path ?? "").text(before: "?")
    }

    /// What follows the question mark; `nil` if there is none.
    var query: Substring? {
        guard let path = request.head.path, let mark = path.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        return path[path.utf8.index(after: mark)...]
    }

    /// The URL that the request was sent to, as this server would have written it.
    var url: String { links.origin + (request.head.path ?? "") }

    /// Where what is accepted against the letter is noted.
    var notes: Notes { Notes(engine: engine, now: now, account: signer) }
}

/// What is noted about a request while it is read.
struct Notes: Sendable {
    let engine: Engine
    let now: CairnInstant
    /// The account that signed.
    let account: Account.ID?

    func note(_ kind: CairnFinding.Kind, _ detail: String) {
        record(CairnFinding(kind, detail, account: account.map { "\($0)" }))
    }

    /// Accepts what a leniency is for, and notes it.
    ///
    /// - Parameters:
    ///   - detail: what was expected, and what came.
    ///   - section: where the letter is.
    /// - Throws: `malformed`, where the CA does not have the leniency.
    func accept(_ leniency: CairnLeniency, _ detail: String, _ section: String) throws(Refusal) {
        guard engine.policy.leniencies.accept(leniency) else {
            throw Refusal(.malformed, "\(detail) (\(section))")
        }
        record(CairnFinding(leniency, detail, account: account.map { "\($0)" }))
    }

    private func record(_ finding: CairnFinding) {
        engine.journal.record(.finding(finding), at: now)
    }
}
