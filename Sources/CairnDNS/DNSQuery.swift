/// One question that was put to a table, and what came of it.
public struct CairnDNSQuery: Hashable, Sendable {
    /// The place among all questions put to the table, counted from 1.
    ///
    /// It goes on counting when old entries are dropped or cleared.
    public var number: Int
    /// The name as it was asked for, without a final dot.
    public var name: String
    /// The kind of records that was asked for.
    public var type: CairnDNSType
    /// Who asked, and over what.
    public var source: Source
    /// The remote perspective of the CA that asked; `nil` for the primary one, and for clients.
    public var perspective: String?
    /// What the lookup came to, at the end of all CNAME records.
    public var outcome: CairnDNSOutcome
    /// The records of the type that were found, without the CNAME records that led to them.
    public var records: [CairnDNSRecord]

    /// Who asked.
    public enum Source: Hashable, Sendable {
        /// The CA, validating.
        case validation
        /// A datagram.
        case udp
        /// A connection.
        case tcp
    }
}

extension CairnDNSQuery: CustomStringConvertible {
    /// One line for a log: number, source, name, type and outcome.
    public var description: String {
        let place = perspective.map { " from \($0)" } ?? ""
        return "#\(number) \(source)\(place) \(name) \(type): \(outcome)"
    }
}
