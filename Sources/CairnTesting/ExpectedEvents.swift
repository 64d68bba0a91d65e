public import Cairn

/// A kind of journal event that a test expects; see `TestCA.expect(_:_:)`.
///
/// ```swift
/// ca.expect(.finalize, .exactly(3))
/// ca.expect(.requests(to: .newOrder).refused(for: .rateLimited), .atMost(1))
/// ```
public struct CairnExpectedEvents: Sendable, CustomStringConvertible {
    /// The events in words: `requests to newOrder`.
    public let description: String
    let matches: @Sendable (CairnJournalEntry) -> Bool

    /// Events that satisfy a condition.
    ///
    /// - Parameters:
    ///   - words: their name in failures, such as `requests by certbot`.
    ///   - condition: whether a journal entry matches.
    public init(_ words: String, where condition: @escaping @Sendable (CairnJournalEntry) -> Bool) {
        (description, matches) = (words, condition)
    }

    private func narrowed(
        _ words: String, _ condition: @escaping @Sendable (CairnRequestEvent) -> Bool
    ) -> CairnExpectedEvents {
        CairnExpectedEvents("\(description) \(words)") { [matches] entry in
            matches(entry) && entry.request.map(condition) ?? false
        }
    }

    // MARK: Requests

    /// All requests.
    public static let requests = CairnExpectedEvents("requests") { $0.request != nil }

    /// Requests to an endpoint, whatever the answer.
    public static func requests(to endpoint: ACMEEndpoint) -> CairnExpectedEvents {
        CairnExpectedEvents("requests to \(endpoint)") { $0.request?.endpoint == endpoint }
    }

    /// Only requests that were refused with a problem type.
    public func refused(for type: ACMEProblemType) -> CairnExpectedEvents {
        narrowed("refused for \(type)") { $0.problem?.type == type }
    }

    /// Only requests that were not refused.
    public var accepted: CairnExpectedEvents { narrowed("that were accepted") { $0.problem == nil && $0.status < 400 } }

    /// Only requests that were answered with a status.
    public func answered(_ status: Int) -> CairnExpectedEvents {
        narrowed("answered with \(status)") { $0.status == status }
    }

    /// Only requests that an account signed.
    public func by(_ account: CairnObjectID) -> CairnExpectedEvents {
        narrowed("by account \(account)") { $0.account == account }
    }

    /// Reads of the directory.
    public static let directory = requests(to: .directory)
    /// Requests to newNonce.
    public static let newNonce = requests(to: .newNonce)
    /// Requests to newAccount.
    public static let newAccount = requests(to: .newAccount)
    /// Requests to newOrder.
    public static let newOrder = requests(to: .newOrder)
    /// Requests to orders.
    public static let order = requests(to: .order)
    /// Requests to authorizations.
    public static let authorization = requests(to: .authorization)
    /// Requests to challenges, mostly responses.
    public static let challenge = requests(to: .challenge)
    /// Requests to finalize.
    public static let finalize = requests(to: .finalize)
    /// Downloads of certificates.
    public static let certificate = requests(to: .certificate)
    /// Requests to revokeCert.
    public static let revokeCert = requests(to: .revokeCert)
    /// Requests to keyChange.
    public static let keyChange = requests(to: .keyChange)
    /// Requests for renewal information.
    public static let renewalInfo = requests(to: .renewalInfo)

    // MARK: What happened in the CA

    /// Issued certificates.
    public static let issuances = CairnExpectedEvents("certificates issued") { $0.certificate != nil }

    /// Validations.
    public static let validations = CairnExpectedEvents("validations") { $0.probe != nil }

    /// Objects of a kind entering a status: `.status(of: .order, .invalid)`.
    public static func status(of subject: CairnStatusEvent.Subject, _ status: ACMEStatus) -> CairnExpectedEvents {
        CairnExpectedEvents("times that \(subject) became \(status)") { entry in
            entry.statusChange.map { $0.subject == subject && $0.to == status } ?? false
        }
    }
}

/// How many events a test expects.
public struct CairnExpectedCount: Sendable, CustomStringConvertible {
    let range: ClosedRange<Int>

    /// Exactly `count`.
    public static func exactly(_ count: Int) -> CairnExpectedCount {
        CairnExpectedCount(range: max(0, count)...max(0, count))
    }
    /// `count` or more.
    public static func atLeast(_ count: Int) -> CairnExpectedCount {
        CairnExpectedCount(range: max(0, count)...Int.max)
    }
    /// `count` or fewer.
    public static func atMost(_ count: Int) -> CairnExpectedCount { CairnExpectedCount(range: 0...max(0, count)) }
    /// Any number in a range.
    public static func between(_ range: ClosedRange<Int>) -> CairnExpectedCount { CairnExpectedCount(range: range) }
    /// Zero.
    public static let never = exactly(0)
    /// Exactly one.
    public static let once = exactly(1)

    /// `exactly 3`.
    public var description: String {
        if range.lowerBound == range.upperBound { return range.lowerBound == 0 ? "no" : "exactly \(range.lowerBound)" }
        if range.upperBound == .max { return "at least \(range.lowerBound)" }
        return range.lowerBound == 0 ? "at most \(range.upperBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }
}
