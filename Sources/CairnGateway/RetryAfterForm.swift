import CairnModel
import HTTPTypes
import Synchronization

/// How a `Retry-After` is written (RFC 9110 §10.2.3).
///
/// Both forms are legal, and clients have failed on each.
public enum CairnRetryAfterForm: String, CaseIterable, Sendable {
    /// `Retry-After: 120`.
    case seconds
    /// `Retry-After: Sun, 22 Nov 2026 08:02:00 GMT`, by the clock of the CA.
    case httpDate
    /// One or the other, by the seed.
    case either
}

extension Gateway {
    /// The value of `Retry-After`: from a second to a hundred years from now, and no fraction of a second too early.
    func retryAfter(_ wait: Duration, at now: CairnInstant) -> String {
        let wait = max(wait.bounded, .seconds(1))
        switch configuration.retryAfterForm {
        case .seconds: return seconds(wait)
        case .httpDate: return (now + wait + .nanoseconds(999_999_999)).wholeSecond.httpDate
        case .either:
            let isDate = dice.withLock { $0.next() & 1 == 1 }
            return isDate ? (now + wait + .nanoseconds(999_999_999)).wholeSecond.httpDate : seconds(wait)
        }
    }

    private func seconds(_ wait: Duration) -> String {
        let (seconds, attoseconds) = wait.components
        return "\(seconds + (attoseconds > 0 ? 1 : 0))"
    }
}
