package import CairnModel

/// A challenge (RFC 8555 §8).
///
/// It is named by its authorization and its place in it.
package struct Challenge: Sendable {
    package let type: ChallengeType
    /// At least 128 bits of entropy in base64url (RFC 8555 §8.3).
    package let token: String
    /// Where a human decides it, with `oob-01`.
    package internal(set) var page: OutOfBandPage.ID?
    package internal(set) var state = ChallengeState()
    /// What the client was to show when it answered last.
    package internal(set) var keyAuthorization: KeyAuthorization?
    package internal(set) var validated: Instant?
    package internal(set) var error: Problem?
    /// When the CA will look again, while it is `processing` and the last query failed (RFC 8555 §8.2).
    package internal(set) var nextQuery: Instant?
    /// The queries that failed, oldest first.
    var failures: [Problem] = []
    /// The query that is on its way or planned, counted from 0.
    var query = 0
    /// How many retries the client has asked for.
    var requestedRetries = 0

    init(type: ChallengeType, token: String) {
        self.type = type
        self.token = token
    }

    /// What the failures amount to: the last of them, and each as an entry if there were several (RFC 8555 §8.2).
    func summary(of last: Problem, about identifier: Identifier) -> Problem {
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
}
