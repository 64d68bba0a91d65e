public import CairnModel

/// Something that a client does and should not.
///
/// Some are noted while a request is answered: what a ``CairnLeniency`` accepted, what was left out of a certificate. The
/// others are judged from the journal, when ``CairnJournal/findings`` is read. What a client does over and over again is one
/// finding, with the ``events`` that show it.
public struct CairnFinding: Hashable, Sendable {
    /// What kind of thing it is.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// A name in camel case, such as `mixedDialects`.
        public var rawValue: String

        /// Takes any name, known or not.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// What a ``CairnLeniency`` accepted; the kind has its name.
        public init(_ leniency: CairnLeniency) { rawValue = leniency.name }
    }

    /// How binding the words are that a client did not heed (RFC 2119).
    public enum Grade: String, CaseIterable, Comparable, Sendable {
        /// It is allowed, and others do better.
        case may = "MAY"
        /// There has to be a good reason.
        case should = "SHOULD"
        /// It is forbidden.
        case must = "MUST"

        /// Whether the first binds less than the second.
        public static func < (left: Grade, right: Grade) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }

    /// What the finding can be told from others by.
    public let kind: Kind
    /// What was seen, in words.
    public let detail: String
    /// The account concerned; `nil` if none is.
    public let account: CairnObjectID?
    /// The number of the last request in which it was seen, that is ``CairnRequestEvent/number``; `nil` if it was in none.
    public internal(set) var request: Int?
    /// The numbers of the first entries of the journal that show it, that is ``CairnJournalEntry/number``, in order.
    public internal(set) var events: [Int] = []

    /// How binding the words are that the client did not heed.
    public var grade: Grade { kind.grade }
    /// Where they stand: `RFC 8555 §6.5`; empty for a kind that is about no standard.
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
    /// The finding as a JSON object: `kind`, `grade`, `section`, `detail`, `account`, `request`, `events`; what there is none
    /// of is left out.
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
