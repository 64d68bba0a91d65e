public import CairnModel

/// Who may change the fake DNS by DNS messages, and read whole zones (RFC 2136, RFC 5936).
///
/// ```swift
/// ca.dns.updates.keys = [CairnTSIGKey(name: "acme", secret: secret)]
/// ca.dns.updates.zones = ["example.test"]
/// ```
///
/// Without keys, and without ``acceptsUnsigned``, every update is `REFUSED`.
public struct CairnDNSUpdates: Hashable, Sendable {
    /// The keys by which messages are signed (RFC 8945).
    ///
    /// Default: none. A message that is signed with another key is `NOTAUTH`, whatever it asks for.
    public var keys: [CairnTSIGKey] = []
    /// The names of the zones that can be updated.
    ///
    /// Default: none, which stands for all: a name with a SOA record is a zone, and where there is none the last two labels
    /// are. With names here, each of them is a zone, with a SOA record made up for it, and an update of any other is
    /// `NOTAUTH`.
    public var zones: [String] = []
    /// Whether updates without a signature are accepted.
    ///
    /// Default: false.
    public var acceptsUnsigned = false
    /// What becomes of the records that a name has when another of the same type is added.
    ///
    /// Default: ``Additions/add``, as RFC 2136 §3.4.2.2 has it.
    public var additions = Additions.add
    /// Who gets a zone as a whole, over TCP.
    ///
    /// Default: ``Transfers/refused``.
    public var transfers = Transfers.refused

    /// No updates and no transfers.
    public init() {}

    /// What becomes of the records that a name has when another of the same type is added.
    public enum Additions: String, CaseIterable, Sendable {
        /// They stay.
        case add
        /// They go.
        ///
        /// Deviation: RFC 2136 §3.4.2.2 has them stay. DNS services exist whose interface keeps the newest value alone; with
        /// them an order for `example.test` and `*.example.test` fails.
        case replace
    }

    /// Who gets a zone as a whole.
    public enum Transfers: String, CaseIterable, Sendable {
        /// Nobody.
        case refused
        /// Whoever signs with one of the keys.
        case signed
        /// Everybody.
        case open
    }

    /// Whether there is anybody who may update anything.
    var areAccepted: Bool { acceptsUnsigned || !keys.isEmpty }

    /// Which names are zones because of it.
    var hosting: ZoneHosting {
        ZoneHosting(cuts: Set(zones.map { DNSName($0).key }), isEveryDomain: areAccepted && zones.isEmpty)
    }
}

/// Which names are zones though they have no SOA record.
struct ZoneHosting: Hashable, Sendable {
    /// By their keys.
    var cuts: Set<DNSName> = []
    /// Whether every name of two labels is one, whether it exists or not.
    var isEveryDomain = false

    func isApex(_ key: DNSName) -> Bool { cuts.contains(key) || isEveryDomain && key.labels.count == 2 }
}

/// One update that was asked for by a DNS message, and what came of it (RFC 2136).
public struct CairnDNSUpdate: Hashable, Sendable {
    /// The place among all updates, counted from 1.
    public var number: Int
    /// When it came, by the clock of the CA.
    public var at: CairnInstant
    /// The zone that it was for, without a final dot; empty if it could not be told.
    public var zone: String
    /// Over what it came.
    public var source: CairnDNSQuery.Source
    /// Where it came from, if that is known.
    public var client: CairnIPEndpoint?
    /// The name of the key that it was signed with; `nil` if it was not, or with an unknown one.
    public var key: String?
    /// What was answered; ``CairnDNSResponseCode/noError`` if it was carried out.
    public var responseCode: CairnDNSResponseCode
    /// Why it was refused, in words.
    public var reason: String?
    /// What was asked for, in that order; none if it was refused before that was looked at.
    public var changes: [Change]

    /// One change of a zone (RFC 2136 §2.5).
    public enum Change: Hashable, Sendable {
        /// A record is added to a name.
        case add(CairnDNSRecord, to: String)
        /// The record with this type and these data is removed.
        case remove(CairnDNSRecord, from: String)
        /// All records of a name are removed, or those of one type.
        case removeAll(at: String, type: CairnDNSType?)
    }
}

extension CairnDNSUpdate.Change: CustomStringConvertible {
    /// A line for a log: `add _acme-challenge.example.test TXT "…"`.
    public var description: String {
        switch self {
        case .add(let record, let name): "add \(name) \(record)"
        case .remove(let record, let name): "remove \(name) \(record)"
        case .removeAll(let name, let type): "remove \(name) \(type.map { "\($0)" } ?? "ANY")"
        }
    }
}

extension CairnDNSUpdate: CustomStringConvertible {
    /// One line for a log: number, source, zone, what was answered and what was asked for.
    public var description: String {
        let end = changes.isEmpty ? "" : ": " + changes.map(\.description).joined(separator: "; ")
        return "#\(number) \(source) \(zone) \(responseCode)\(reason.map { " (\($0))" } ?? "")\(end)"
    }
}
