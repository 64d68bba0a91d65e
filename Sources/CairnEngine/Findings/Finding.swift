public import CairnModel

/// Something that a client should not do.
///
/// Some are recorded while a request is answered: what a ``CairnLeniency`` accepted, what was left out of a
/// certificate. Others are derived from the journal when ``CairnJournal/findings`` is read. Repeated behaviour is one
/// finding, with the ``events`` that show it.
public struct CairnFinding: Hashable, Sendable {
    /// The kind of a finding.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// A name in camel case, such as `mixedDialects`.
        public var rawValue: String

        /// Creates a kind from any name, known or not.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The kind of what a ``CairnLeniency`` accepted; both have the same name.
        public init(_ leniency: CairnLeniency) { rawValue = leniency.name }
    }

    /// How binding the requirement is (RFC 2119).
    public enum Grade: String, CaseIterable, Comparable, Sendable {
        /// It is allowed, but not good practice.
        case may = "MAY"
        /// It needs a good reason.
        case should = "SHOULD"
        /// It is forbidden.
        case must = "MUST"

        /// Whether the first is less binding than the second.
        public static func < (left: Grade, right: Grade) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }

    /// The kind.
    public let kind: Kind
    /// What was observed.
    public let detail: String
    /// The account concerned, if any.
    public let account: CairnObjectID?
    /// The number of the last request that shows it (``CairnRequestEvent/number``), if any.
    public internal(set) var request: Int?
    /// The numbers of the first journal entries that show it (``CairnJournalEntry/number``), in order.
    public internal(set) var events: [Int] = []

    /// How binding the requirement is.
    public var grade: Grade { kind.grade }
    /// The section of the requirement: `RFC 8555 §6.5`; empty if no standard has it.
    public var section: String { kind.section }

    /// A finding about the request that is being answered.
    package init(_ kind: Kind, _ detail: String, account: CairnObjectID?, request: Int? = RequestNumber.current) {
        (self.kind, self.detail, self.account, self.request) = (kind, detail, account, request)
    }

    /// What a leniency accepted.
    package init(_ leniency: CairnLeniency, _ detail: String, account: CairnObjectID?) {
        self.init(Kind(leniency), "\(detail): \(leniency.letter)", account: account)
    }
}

/// The number of the request that is being answered, for whatever notes something about it, however deep below.
package enum RequestNumber {
    /// `nil` while nothing is: due work, validations.
    @TaskLocal package static var current: Int?
}

extension CairnFinding: CustomStringConvertible {
    /// `finding reusedNonce (MUST, RFC 8555 §6.5) in request 7: …, account kQ2, events #12 and #15`.
    public var description: String {
        let place = [grade.rawValue, section].filter { !$0.isEmpty }.joined(separator: ", ")
        var words = "finding \(kind.rawValue.plain) (\(place))" + (request.map { " in request \($0)" } ?? "")
        words += ": \(detail.visible)" + (account.map { ", account \($0.rawValue.plain)" } ?? "")
        guard let last = events.last else { return words }
        let others = events.dropLast().map { "#\($0)" }.joined(separator: ", ")
        return words + (others.isEmpty ? ", event #\(last)" : ", events \(others) and #\(last)")
    }
}

extension CairnFinding {
    /// The finding as a JSON object: `kind`, `grade`, `section`, `detail`, `account`, `request`, `events`, without
    /// absent values.
    public var json: CairnJSON {
        var json = CairnJSONObject()
        write(to: &json)
        return .object(json)
    }

    func write(to json: inout CairnJSONObject) {
        json["kind"] = .string(kind.rawValue)
        json["grade"] = .string(grade.rawValue)
        if !section.isEmpty { json["section"] = .string(section) }
        json["detail"] = .string(detail)
        json["account"] = account.map { .string($0.rawValue) }
        json["request"] = request.map { .integer($0) }
        if !events.isEmpty { json["events"] = .array(events.map { .integer($0) }) }
    }
}
