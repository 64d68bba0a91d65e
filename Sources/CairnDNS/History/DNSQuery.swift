public import CairnModel
import DequeModule

/// One question that was put to a table, and what came of it.
public struct CairnDNSQuery: Hashable, Sendable {
    /// The place among all questions put to the table, counted from 1.
    ///
    /// It goes on counting when old entries are dropped or cleared.
    public var number: Int
    /// When it was asked, by the clock of the CA.
    public var at: CairnInstant
    /// The name as it was asked for, without a final dot; a dot alone for the root.
    public var name: String
    /// The kind of records that was asked for.
    public var type: CairnDNSType
    /// The number of the class that was asked for (RFC 1035 §3.2.4): 1, `IN`, but for strange clients.
    public var questionClass: UInt16 = 1
    /// Who asked, and over what.
    public var source: Source
    /// Where the question came from, if it came in a message and that is known.
    public var client: CairnIPEndpoint?
    /// The name of the key that it was signed with (RFC 8945); `nil` if it was not.
    public var key: String?
    /// The remote perspective of the CA that asked; `nil` for the primary one, and for clients.
    public var perspective: String?
    /// What the lookup came to, at the end of all CNAME records.
    public var outcome: CairnDNSOutcome
    /// What went wrong, in words, where the outcome alone does not say it.
    public var reason: String?
    /// The records of the type that were found, without the CNAME records that led to them.
    public var records: [CairnDNSRecord]
    /// The names of the scripts that had a hand in it.
    public var scripts: [String] = []
    /// By how much scripts delayed the answer.
    public var delay = Duration.zero
    /// The `User-Agent` of a question that came over HTTPS with one; otherwise `nil`.
    public var userAgent: String?

    /// Who asked.
    public enum Source: String, CaseIterable, Hashable, Sendable {
        /// The CA, validating.
        case validation
        /// A datagram.
        case udp
        /// A connection.
        case tcp
        /// A request of HTTP (RFC 8484).
        case https
    }
}

extension CairnDNSQuery: CustomStringConvertible {
    /// One line for a log: number, source, name, type, outcome, and the scripts that had a hand in it.
    public var description: String {
        let place = perspective.map { " from \($0)" } ?? ""
        let scripted = scripts.isEmpty ? "" : " by \(scripts.joined(separator: ", "))"
        return "#\(number) \(source)\(place) \(name) \(type): \(outcome)\(scripted)"
    }
}

/// Who asks a question.
package struct DNSAsker: Hashable, Sendable {
    package var source: CairnDNSQuery.Source
    package var perspective: String?
    package var client: CairnIPEndpoint?
    package var key: String?
    package var userAgent: String?
    package var questionClass = DNSMessage.RecordClass.internet

    package init(_ source: CairnDNSQuery.Source, perspective: String? = nil, client: CairnIPEndpoint? = nil) {
        (self.source, self.perspective, self.client) = (source, perspective, client)
    }
}

/// The last entries of something that goes on, the oldest first.
struct BoundedHistory<Entry: Sendable>: Sendable {
    private var entries: Deque<Entry> = []
    /// How many entries there were, those that were dropped too.
    private(set) var count = 0
    private let limit: Int

    init(limit: Int) { self.limit = max(0, limit) }

    /// Adds what is made of the next number; the oldest entry goes if there are too many.
    mutating func append(_ make: (_ number: Int) -> Entry) {
        count += 1
        guard limit > 0 else { return }
        if entries.count == limit { entries.removeFirst() }
        entries.append(make(count))
    }

    var all: [Entry] { Array(entries) }

    /// Forgets the entries; the numbers go on.
    mutating func clear() { entries.removeAll() }

    /// Forgets some of the entries; the numbers go on.
    mutating func removeAll(where isForgotten: (Entry) -> Bool) { entries.removeAll(where: isForgotten) }

    /// Forgets the entries, and counts from 1 again.
    mutating func beginAnew() { self = BoundedHistory(limit: limit) }
}
