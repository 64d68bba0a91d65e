public import CairnModel

/// Who may update the fake DNS over DNS (RFC 2136) and transfer zones (RFC 5936).
///
/// ```swift
/// ca.dns.updates.keys = [CairnTSIGKey(name: "acme", secret: secret)]
/// ca.dns.updates.zones = ["example.test"]
/// ```
///
/// Without keys and ``acceptsUnsigned``, every update is `REFUSED`.
public struct CairnDNSUpdates: Hashable, Sendable {
    /// The keys that messages may be signed with (RFC 8945).
    ///
    /// Default: none. Messages signed with other keys are `NOTAUTH`.
    public var keys: [CairnTSIGKey] = []
    /// The names of the zones that can be updated.
    ///
    /// If set, each of these names is a zone with a generated SOA record, and updates of other zones are `NOTAUTH`.
    /// Default: none, which allows all: names with a SOA record are zones, otherwise the last two labels are.
    public var zones: [String] = []
    /// Whether updates without a signature are accepted.
    ///
    /// Default: false.
    public var acceptsUnsigned = false
    /// What happens to existing records when another of the same type is added.
    ///
    /// Default: ``Additions/add``, as in RFC 2136 §3.4.2.2.
    public var additions = Additions.add
    /// Who may transfer zones, over TCP.
    ///
    /// Default: ``Transfers/refused``.
    public var transfers = Transfers.refused

    /// Allows no updates and no transfers.
    public init() {}

    /// What happens to existing records when another of the same type is added.
    public enum Additions: String, CaseIterable, Sendable {
        /// They stay.
        case add
        /// They are replaced.
        ///
        /// Deviation: RFC 2136 §3.4.2.2 keeps them. Some DNS services store only the newest value, which makes orders
        /// for both `example.test` and `*.example.test` fail.
        case replace
    }

    /// Who may transfer zones.
    public enum Transfers: String, CaseIterable, Sendable {
        /// Nobody.
        case refused
        /// Clients that sign with one of the keys.
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

/// A dynamic update and its result (RFC 2136).
public struct CairnDNSUpdate: Hashable, Sendable {
    /// The number of the update, from 1.
    public var number: Int
    /// When it was received, on the CA's clock.
    public var at: CairnInstant
    /// The zone, without a trailing dot; empty if unknown.
    public var zone: String
    /// The transport.
    public var source: CairnDNSQuery.Source
    /// The address of the client, if known.
    public var client: CairnIPEndpoint?
    /// The name of the key that signed it; `nil` if unsigned or signed with an unknown key.
    public var key: String?
    /// The response code; ``CairnDNSResponseCode/noError`` if it was applied.
    public var responseCode: CairnDNSResponseCode
    /// Why it was refused.
    public var reason: String?
    /// The requested changes, in order; empty if it was refused before they were read.
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
    /// One line of text: `add _acme-challenge.example.test TXT "…"`.
    public var description: String {
        switch self {
        case .add(let record, let name): "add \(name) \(record)"
        case .remove(let record, let name): "remove \(name) \(record)"
        case .removeAll(let name, let type): "remove \(name) \(type.map { "\($0)" } ?? "ANY")"
        }
    }
}

extension CairnDNSUpdate: CustomStringConvertible {
    /// One line of text: number, source, zone, response code and changes.
    public var description: String {
        let end = changes.isEmpty ? "" : ": " + changes.map(\.description).joined(separator: "; ")
        return "#\(number) \(source) \(zone) \(responseCode)\(reason.map { " (\($0))" } ?? "")\(end)"
    }
}
