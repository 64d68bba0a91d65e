public import CairnModel
import DequeModule

/// A DNS query and its result.
public struct CairnDNSQuery: Hashable, Sendable {
    /// The number of the query, from 1.
    ///
    /// Numbering continues when old entries are dropped or cleared.
    public var number: Int
    /// When it was received, on the CA's clock.
    public var at: CairnInstant
    /// The requested name as sent, without a trailing dot; a single dot for the root.
    public var name: String
    /// The requested type.
    public var type: CairnDNSType
    /// The requested class (RFC 1035 §3.2.4), normally 1 (`IN`).
    public var questionClass: UInt16 = 1
    /// Who sent the query, and over which transport.
    public var source: Source
    /// The address of the client, if known.
    public var client: CairnIPEndpoint?
    /// The name of the key that signed it (RFC 8945), if any.
    public var key: String?
    /// The remote perspective that sent it; `nil` for the primary one and for clients.
    public var perspective: String?
    /// The outcome, after following CNAME records.
    public var outcome: CairnDNSOutcome
    /// Details of a failure, if the outcome does not say enough.
    public var reason: String?
    /// The records found of the type, without the CNAME records that led to them.
    public var records: [CairnDNSRecord]
    /// The names of the scripts that affected the answer.
    public var scripts: [String] = []
    /// The delay added by scripts.
    public var delay = Duration.zero
    /// The `User-Agent` of a query over HTTPS, if any.
    public var userAgent: String?

    /// Who sent the query.
    public enum Source: String, CaseIterable, Hashable, Sendable {
        /// The CA, for a validation.
        case validation
        /// A client over UDP.
        case udp
        /// A client over TCP.
        case tcp
        /// A client over HTTPS (RFC 8484).
        case https
    }
}

extension CairnDNSQuery: CustomStringConvertible {
    /// One line of text: number, source, name, type, outcome, and the scripts that affected it.
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
