package import CairnModel

/// A challenge (RFC 8555 §8).
///
/// It is named by its authorization and its place in it.
package struct Challenge: Sendable {
    package let type: ACMEChallengeType
    private let secret: Token
    /// Where a human decides it, if one does.
    package internal(set) var page: OutOfBandPage.ID?
    package internal(set) var state = ChallengeState()
    /// None, or one: most challenges are never answered, and take no room for what comes with an answer.
    private var answers: [Answer] = []

    /// What there is once the client has answered.
    private struct Answer: Sendable {
        var keyAuthorization: KeyAuthorization?
        var validated: CairnInstant?
        var error: Shared<ACMEProblem>?
        var nextQuery: CairnInstant?
        var failures: [ACMEProblem] = []
        var query = 0
        var spentRetries = 0
        var requestedRetries = 0
        var limits: ProofLimits?
    }

    init(type: ACMEChallengeType, token: Token) {
        self.type = type
        secret = token
    }

    /// At least 128 bits of entropy in base64url (RFC 8555 §8.3).
    package var token: String { secret.description }

    /// What the client was to show when it answered last.
    package internal(set) var keyAuthorization: KeyAuthorization? {
        get { answers.first?.keyAuthorization }
        set { updateAnswer { $0.keyAuthorization = newValue } }
    }

    package internal(set) var validated: CairnInstant? {
        get { answers.first?.validated }
        set { updateAnswer { $0.validated = newValue } }
    }

    package internal(set) var error: ACMEProblem? {
        get { answers.first?.error?.value }
        set { updateAnswer { $0.error = newValue.map(Shared.init) } }
    }

    /// When the CA will look again, while it is `processing` and the last query failed (RFC 8555 §8.2).
    package internal(set) var nextQuery: CairnInstant? {
        get { answers.first?.nextQuery }
        set { updateAnswer { $0.nextQuery = newValue } }
    }

    /// How long the proof counts, if it does not for as long as the policy says.
    var limits: ProofLimits? {
        get { answers.first?.limits }
        set { if newValue != nil || !answers.isEmpty { updateAnswer { $0.limits = newValue } } }
    }

    /// The queries that failed, oldest first.
    var failures: [ACMEProblem] { answers.first?.failures ?? [] }

    /// The query that is on its way or planned, counted from 0.
    var query: Int { answers.first?.query ?? 0 }

    /// How many of the policy's retries have been planned.
    var spentRetries: Int { answers.first?.spentRetries ?? 0 }

    /// How many retries the client has asked for.
    var requestedRetries: Int { answers.first?.requestedRetries ?? 0 }

    /// Notes a query that failed.
    mutating func noteFailure(_ problem: ACMEProblem) { updateAnswer { $0.failures.append(problem) } }

    /// Plans the next query.
    ///
    /// - Parameter isNew: whether it is one more of the policy's retries, and not one that was planned before.
    mutating func planQuery(at due: CairnInstant, isNew: Bool) {
        updateAnswer { answer in
            answer.query += 1
            answer.nextQuery = due
            if isNew { answer.spentRetries += 1 }
        }
    }

    /// Takes the planned query forward because the client asks for it.
    mutating func takeQueryForward() {
        updateAnswer { answer in
            answer.requestedRetries += 1
            answer.nextQuery = nil
        }
    }

    private mutating func updateAnswer(_ change: (inout Answer) -> Void) {
        if answers.isEmpty { answers.append(Answer()) }
        change(&answers[0])
    }

    /// What the failures amount to: the last of them, and each as an entry if there were several (RFC 8555 §8.2).
    func summary(of last: ACMEProblem, about identifier: ACMEIdentifier) -> ACMEProblem {
        guard failures.count > 1 else { return last }
        var summary = last
        summary.detail = "\(failures.count) queries failed; the last one: \(last.detail) (RFC 8555 §8.2)"
        summary.subproblems = failures.map { failure in
            var entry = failure
            entry.identifier = identifier
            return entry
        }
        return summary
    }

    /// 256 bits, kept without the text that they are shown as.
    struct Token: Sendable, CustomStringConvertible {
        private let high: UInt128
        private let low: UInt128

        init(from generator: inout SeededGenerator) {
            high = ResourceID<Token>(from: &generator).bits
            low = ResourceID<Token>(from: &generator).bits
        }

        var description: String {
            withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Base64URL.encode($0) }
        }
    }
}

/// The status of a challenge (RFC 8555 §7.1.6).
///
/// ```
///            pending
///               |  the client responds
///               v
///           processing
///               |
///        +------+------+
///        v             v
///      valid        invalid
/// ```
package struct ChallengeState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case pending, processing, valid, invalid }
    package enum Event: CaseIterable, Sendable { case responded, validated, failed }

    package let status: Status

    package init(_ status: Status = .pending) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch (status, event) {
        case (.pending, .responded): .processing
        case (.processing, .validated): .valid
        case (.processing, .failed): .invalid
        case (.pending, .validated), (.pending, .failed), (.processing, .responded): nil
        case (.valid, _), (.invalid, _): nil
        }
    }
}
