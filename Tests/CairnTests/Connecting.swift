import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Synchronization
import Testing

extension TestCA {
    /// A strict client of this CA: over TLS that OpenSSL judges, or without a socket if the CA has none.
    func client(key: AccountKey? = nil) throws -> ReferenceClient {
        guard let address else {
            return try ReferenceClient(directory: directoryURL, key: key) { self.respond(to: $0) }
        }
        return try ReferenceClient(directory: directoryURL, at: "\(address)", trusting: trustRoots.first?.pem, key: key)
    }

    /// Whether this CA still shakes hands.
    ///
    /// It is not enough to connect: another CA may have taken the port, and a child process that another test started may
    /// hold the socket a little longer.
    var answers: Bool {
        guard let address else { return false }
        return (try? Wire(to: "\(address)", demands: Wire.Demands(roots: trustRoots.map(\.pem).joined()))) != nil
    }

    /// Why OpenSSL refuses a chain of this CA, or `nil`.
    func objection(to issuance: Issuance, name: PathJudge.Name) throws -> String? {
        try issuance.objection(roots: authority.roots.map(\.pem), name: name, at: clock.now.secondsSinceEpoch)
    }

    /// Has a client go through an issuance by `http-01` on a thread of its own, and returns the chain.
    @discardableResult
    func issue(_ names: String...) async throws -> String {
        try await onOwnThread {
            try self.client().obtain(names, by: "http-01") { proof in
                self.responder.setHTTP01(token: proof.token, keyAuthorization: proof.keyAuthorization)
            }.pem
        }
    }
}

extension TestCA.Configuration {
    /// A configuration with some settings changed.
    static func with(_ change: (inout TestCA.Configuration) -> Void) -> TestCA.Configuration {
        var configuration = TestCA.Configuration()
        change(&configuration)
        return configuration
    }
}

/// An instant that no test shares with the real clock.
let noon = CivilTime(year: 2031, month: 6, day: 3, hour: 12).instant

/// Waits until something is true that becomes true without being asked for.
///
/// It is given a minute, which only ends a test that would hang.
func eventually(
    _ expectation: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
) async rethrows {
    let end = ContinuousClock.now + .seconds(60)
    while try !condition() {
        guard ContinuousClock.now < end else {
            Issue.record(
                "expected that \(expectation), got a minute in which it was not so", sourceLocation: sourceLocation)
            return
        }
        await Task.yield()
    }
}

/// What issues say that `body` records, none of which counts as one.
@discardableResult
func notesOf(_ body: () async throws -> Void) async throws -> [String] {
    let notes = Mutex<[String]>([])
    try await withKnownIssue(isIntermittent: true) {
        try await body()
    } matching: { issue in
        let comments = issue.comments.map(\.rawValue)
        notes.withLock { $0 += comments }
        return true
    }
    return notes.withLock { $0 }
}
