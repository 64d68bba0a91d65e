public import CairnModel
import DequeModule
import Synchronization

/// The DNS of a test CA: which records belong to which names.
///
/// Every validation resolves through this table and nothing else, and the same table answers DNS messages, so that a
/// client's own check of its records sees what the CA will see.
///
///     ca.dns["www.example.test"] = [.a("127.0.0.1")]
///     ca.dns.add(.txt("…"), to: "_acme-challenge.example.test")
///     ca.dns.setFailure(.serverFailure, for: "broken.example.test")
///
/// **Names** are compared without regard to case, and their final dot may be left out (RFC 4343, RFC 1034 §3.1). A name
/// that no message can carry, such as one with a label of 64 octets, may be set but answers `FORMERR`.
///
/// **What overrides what**, from the strongest to the weakest, for the name of the question and again for every name that
/// a CNAME leads to:
/// 1. a failure set with ``setFailure(_:for:type:)``;
/// 2. a CNAME record of the name, whatever else the name has, unless CNAME is what was asked for;
/// 3. the records of the name;
/// 4. the records of the wildcard that covers it. By RFC 4592 that is `*.` and the longest existing name above it; a name
///    that has records, or that has names with records below it, is covered by none;
/// 5. the default addresses ``defaultIPv4`` and ``defaultIPv6``, unless 3 or 4 gave the name an A, AAAA or CNAME record.
///    So a name with a TXT record only still has the default addresses, and one with an A record only has no AAAA;
/// 6. nothing: the name exists without records of the type (`NODATA`) if it has other records, if a name below it has
///    some, or if a default address is set. Otherwise it does not exist (`NXDOMAIN`).
///
/// Names below `arpa` and the root never have default addresses.
///
/// **Zones**: the SOA that goes with a negative answer is that of the nearest name with a SOA record. Where there is none,
/// the last two labels of a name are taken for its zone, with a made-up SOA that also answers questions for it.
///
/// **Perspectives**: a remote perspective of the CA (RFC 8555 §10.2) sees this table too, but for what its ``view(_:)``
/// puts in the place of it.
public final class CairnDNSTable: Sendable {
    struct State {
        var zone: Zone
        /// What each perspective sees in another way.
        var views: [WireText: ZoneOverlay] = [:]
        var queries: Deque<CairnDNSQuery> = []
        var asked = 0
        var queryLimit: Int

        mutating func record(
            _ answer: DNSAnswer, from source: CairnDNSQuery.Source, perspective: String? = nil, agent: String? = nil
        ) {
            asked += 1
            guard queryLimit > 0 else { return }
            if queries.count == queryLimit { queries.removeFirst() }
            queries.append(
                CairnDNSQuery(
                    number: asked, name: answer.question.description, type: answer.type, source: source,
                    perspective: perspective, outcome: answer.outcome, records: answer.records, userAgent: agent))
        }
    }

    let state: Mutex<State>
    private let manner: Manner

    /// - Parameter queryLimit: how many entries ``queries`` keeps at most.
    public convenience init(queryLimit: Int = 10_000) { self.init(answering: .zones, queryLimit: queryLimit) }

    /// - Parameter manner: how questions are answered from the records.
    package init(answering manner: Manner, queryLimit: Int = 10_000) {
        self.manner = manner
        state = Mutex(State(zone: Zone(defaultIPv4: .loopbackV4, defaultIPv6: nil), queryLimit: max(0, queryLimit)))
    }

    // MARK: Records

    /// Exactly the records of a name; setting `[]` removes it.
    ///
    /// Reading gives what was set, without wildcards and default addresses.
    public subscript(name: String) -> [CairnDNSRecord] {
        get { state.withLock { $0.zone[DNSName(name)] ?? [] } }
        set { state.withLock { $0.zone[DNSName(name)] = newValue.isEmpty ? nil : newValue } }
    }

    /// The names that have records, in lower case and in alphabetical order.
    public var names: [String] {
        state.withLock { $0.zone.names }.map(\.description).sorted()
    }

    /// Adds a record beside those that the name has.
    ///
    /// A record with the same type and data is replaced, since a name has no record twice (RFC 2181 §5).
    public func add(_ record: CairnDNSRecord, to name: String) {
        edit(name) { $0.add(record) }
    }

    /// Adds records beside those that the name has, as ``add(_:to:)`` does for one.
    public func add(_ records: [CairnDNSRecord], to name: String) {
        edit(name) { set in
            for record in records { set.add(record) }
        }
    }

    /// Puts a record in the place of all records of its type; those of other types stay.
    ///
    /// With TXT it does what a client does that overwrites the value which an order for both `example.test` and
    /// `*.example.test` had put at their common `_acme-challenge` name.
    public func replace(with record: CairnDNSRecord, at name: String) {
        edit(name) { records in
            records.removeAll { $0.type == record.type }
            records.add(record)
        }
    }

    /// Removes the record with this type and data, whatever its time to live.
    public func remove(_ record: CairnDNSRecord, from name: String) {
        edit(name) { $0.remove(record.content) }
    }

    /// Removes all records of a name, or those of one type.
    public func removeAll(at name: String, type: CairnDNSType? = nil) {
        edit(name) { $0.removeAll { type == nil || $0.type == type } }
    }

    private func edit(_ name: String, _ change: (inout RecordSet) -> Void) {
        let name = DNSName(name)
        state.withLock { $0.zone.edit(name, change) }
    }

    /// Forgets all records, failures and views, and puts the default addresses back to `127.0.0.1` and `nil`.
    ///
    /// The history stays: ``clearQueries()``.
    public func reset() {
        state.withLock { state in
            state.zone = Zone(defaultIPv4: .loopbackV4, defaultIPv6: nil)
            state.views = [:]
        }
    }

    /// Forgets the history too, and counts the questions from 1 again.
    package func beginAnew() {
        reset()
        state.withLock { ($0.queries, $0.asked) = ([], 0) }
    }

    // MARK: Perspectives

    /// What one remote perspective sees in another way than this table has it.
    ///
    /// - Parameter perspective: one of the names in the configuration. Nobody asks from a perspective that is not there.
    public func view(_ perspective: String) -> CairnDNSView {
        CairnDNSView(of: self, from: perspective)
    }

    // MARK: Defaults

    /// The IPv4 address of every name that has no address and no CNAME of its own; `127.0.0.1` unless changed.
    ///
    /// While this or ``defaultIPv6`` is set every name exists; with both `nil` unknown names do not. An IPv6 address here
    /// is a programmer's mistake and traps.
    public var defaultIPv4: CairnIPAddress? {
        get { state.withLock { $0.zone.defaultIPv4 } }
        set {
            precondition(newValue?.isV6 != true, "the default IPv4 address cannot be an IPv6 address")
            state.withLock { $0.zone.defaultIPv4 = newValue }
        }
    }

    /// The IPv6 address of every name that has no address and no CNAME of its own; `nil` unless changed.
    ///
    /// An IPv4 address here is a programmer's mistake and traps.
    public var defaultIPv6: CairnIPAddress? {
        get { state.withLock { $0.zone.defaultIPv6 } }
        set {
            precondition(newValue?.isV6 != false, "the default IPv6 address cannot be an IPv4 address")
            state.withLock { $0.zone.defaultIPv6 = newValue }
        }
    }

    // MARK: Failures

    /// Makes questions for a name fail, also when a CNAME record leads to it, whatever records there are.
    ///
    /// A name that begins with `*.` stands for every name below, at any depth, that has no failure of its own. A failure
    /// for one type is stronger than one for all types.
    ///
    /// - Parameters:
    ///   - code: ``CairnDNSResponseCode/nameError`` makes the name nonexistent; ``CairnDNSResponseCode/noError`` makes it exist
    ///     without records; any other code is answered as it is.
    ///   - type: the type of the questions that fail; `nil` for all.
    public func setFailure(_ code: CairnDNSResponseCode, for name: String, type: CairnDNSType? = nil) {
        state.withLock { $0.zone.failures.set(code, for: DNSName(name), type: type) }
    }

    /// Takes back what ``setFailure(_:for:type:)`` set for the same name and type.
    public func clearFailure(for name: String, type: CairnDNSType? = nil) {
        state.withLock { $0.zone.failures.set(nil, for: DNSName(name), type: type) }
    }

    /// The questions that fail, in the order of the names.
    package var failures: [(name: String, type: CairnDNSType?, code: CairnDNSResponseCode)] {
        state.withLock { $0.zone.failures.all }
    }

    // MARK: History

    /// The questions so far, the oldest first.
    ///
    /// When there are more than the limit given to ``init(queryLimit:)`` the oldest are dropped.
    public var queries: [CairnDNSQuery] {
        state.withLock { Array($0.queries) }
    }

    /// The questions for a name so far, compared without regard to case, the oldest first.
    public func queries(for name: String) -> [CairnDNSQuery] {
        let key = DNSName(name).key
        return queries.filter { DNSName($0.name).key == key }
    }

    /// Forgets the history; the numbers go on.
    public func clearQueries() {
        state.withLock { $0.queries.removeAll() }
    }

    /// Forgets the questions for a name, compared without regard to case; the numbers go on.
    public func clearQueries(for name: String) {
        let key = DNSName(name).key
        state.withLock { $0.queries.removeAll { DNSName($0.name).key == key } }
    }

    // MARK: Questions

    /// Answers a question of the CA and enters it in the history.
    ///
    /// - Parameter perspective: the remote perspective that asks; `nil` for the primary one.
    package func lookup(_ name: String, _ type: CairnDNSType, from perspective: String? = nil) -> DNSAnswer {
        resolve(DNSName(name), type, from: .validation, perspective: perspective)
    }

    func resolve(
        _ name: DNSName, _ type: CairnDNSType, from source: CairnDNSQuery.Source, perspective: String? = nil,
        agent: String? = nil
    ) -> DNSAnswer {
        state.withLock { state in
            let answer =
                if manner == .flat {
                    state.zone.resolveFlat(name, type)
                } else if let overlay = perspective.flatMap({ state.views[WireText($0)] }) {
                    OverlaidZone(base: state.zone, overlay: overlay).resolve(name, type)
                } else {
                    state.zone.resolve(name, type)
                }
            state.record(answer, from: source, perspective: perspective, agent: agent)
            return answer
        }
    }

    /// Enters a question that is not answered from the zone.
    func refuse(
        _ name: DNSName, _ type: CairnDNSType, _ code: CairnDNSResponseCode, from source: CairnDNSQuery.Source,
        agent: String? = nil
    ) {
        state.withLock {
            $0.record(DNSAnswer(question: name, type: type, outcome: .failed(code)), from: source, agent: agent)
        }
    }
}

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
    /// The `User-Agent` of a question that came over HTTPS with one; otherwise `nil`.
    public var userAgent: String?

    /// Who asked.
    public enum Source: Hashable, Sendable {
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
    /// One line for a log: number, source, name, type and outcome.
    public var description: String {
        let place = perspective.map { " from \($0)" } ?? ""
        return "#\(number) \(source)\(place) \(name) \(type): \(outcome)"
    }
}
