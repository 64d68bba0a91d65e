public import CairnModel
import Synchronization

/// What a remote perspective of a CA (RFC 8555 §10.2) sees instead of the ``CairnDNSTable``.
///
/// ```swift
/// ca.dns.view("eu")["www.example.test"] = [.a("127.0.0.2")]
/// ca.dns.view("asia").setFailure(.serverFailure, for: "www.example.test")
/// ```
///
/// A name with records here is answered only from here, whatever its records and failures in the table; other names are
/// answered from the table, also along CNAME records. A failure set here overrides both. The primary perspective and
/// the DNS server are not affected.
public struct CairnDNSView: Sendable {
    private let table: CairnDNSTable
    /// The name of the perspective.
    public let perspective: String

    init(of table: CairnDNSTable, from perspective: String) {
        (self.table, self.perspective) = (table, perspective)
    }

    // MARK: Records

    /// The records that the perspective sees at a name; `nil` if it sees those of the table.
    ///
    /// Setting `[]` makes the name exist without records.
    public subscript(name: String) -> [CairnDNSRecord]? {
        get { table.state.withLock { $0.views[WireText(perspective)]?.zone[DNSName(name)] } }
        nonmutating set { edit { $0.set(newValue, at: DNSName(name), $1) } }
    }

    /// Adds a record to a name.
    ///
    /// The first one hides those of the table.
    public func add(_ record: CairnDNSRecord, to name: String) {
        add([record], to: name)
    }

    /// Adds records to a name.
    public func add(_ records: [CairnDNSRecord], to name: String) {
        edit { zone, now in
            zone.edit(DNSName(name)) { set in
                for record in records { set.add(record, at: now) }
            }
        }
    }

    /// Replaces all records of the same type that the name has here.
    public func replace(with record: CairnDNSRecord, at name: String) {
        edit { zone, now in
            zone.edit(DNSName(name)) { $0.replace(with: record, at: now) }
        }
    }

    /// Removes the record with the same type and data, whatever its time to live; when none is left, the table's apply
    /// again.
    public func remove(_ record: CairnDNSRecord, from name: String) {
        edit { zone, _ in zone.edit(DNSName(name)) { $0.remove(record.content) } }
    }

    /// Removes all records that a name has here, or those of a type; when none is left, the table's apply again.
    public func removeAll(at name: String, type: CairnDNSType? = nil) {
        edit { zone, _ in
            zone.edit(DNSName(name)) { $0.removeAll { type == nil || $0.type == type } }
        }
    }

    /// Resets the view: the perspective sees the table.
    public func reset() {
        table.state.withLock { $0.views[WireText(perspective)] = nil }
    }

    // MARK: Defaults

    /// The IPv4 address of names without address and CNAME records; by default that of the table.
    ///
    /// `nil` means no address. Traps if set to an IPv6 address.
    public var defaultIPv4: CairnIPAddress? {
        get { seen(\.defaultIPv4) }
        nonmutating set {
            precondition(newValue?.isV6 != true, "the default IPv4 address cannot be an IPv6 address")
            change { $0.defaultIPv4 = ZoneOverlay.DefaultAddress(address: newValue) }
        }
    }

    /// The IPv6 address of names without address and CNAME records; by default that of the table.
    ///
    /// `nil` means no address. Traps if set to an IPv4 address.
    public var defaultIPv6: CairnIPAddress? {
        get { seen(\.defaultIPv6) }
        nonmutating set {
            precondition(newValue?.isV6 != false, "the default IPv6 address cannot be an IPv4 address")
            change { $0.defaultIPv6 = ZoneOverlay.DefaultAddress(address: newValue) }
        }
    }

    // MARK: Failures

    /// Makes the perspective's queries for a name fail; see ``CairnDNSTable/setFailure(_:for:type:)``.
    public func setFailure(_ code: CairnDNSResponseCode, for name: String, type: CairnDNSType? = nil) {
        change { $0.zone.failures.set(code, for: DNSName(name), type: type) }
    }

    /// Removes the failure set here for the same name and type.
    public func clearFailure(for name: String, type: CairnDNSType? = nil) {
        change { $0.zone.failures.set(nil, for: DNSName(name), type: type) }
    }

    /// The questions that fail here, in the order of the names.
    package var failures: [(name: String, type: CairnDNSType?, code: CairnDNSResponseCode)] {
        table.state.withLock { $0.views[WireText(perspective)]?.zone.failures.all ?? [] }
    }

    /// The names that have records of their own here, in alphabetical order.
    package var names: [String] {
        table.state.withLock { $0.views[WireText(perspective)]?.zone.names ?? [] }.map(\.description).sorted()
    }

    private func edit(_ edit: (inout Zone, _ now: CairnInstant) -> Void) {
        let now = table.now()
        change { edit(&$0.zone, now) }
    }

    private func change(_ change: (inout ZoneOverlay) -> Void) {
        table.state.withLock { change(&$0.views[WireText(perspective), default: ZoneOverlay()]) }
    }

    private func seen(_ path: KeyPath<OverlaidZone, CairnIPAddress?>) -> CairnIPAddress? {
        table.state.withLock { state in
            OverlaidZone(base: state.zone, overlay: state.views[WireText(perspective)] ?? ZoneOverlay())[keyPath: path]
        }
    }
}

/// What one perspective sees in another way than the others.
struct ZoneOverlay {
    /// Names and failures; its default addresses are not looked at.
    var zone = Zone()
    /// `nil` where the default address of the table holds.
    var defaultIPv4: DefaultAddress?
    var defaultIPv6: DefaultAddress?

    struct DefaultAddress {
        /// `nil` for names without any.
        var address: CairnIPAddress?
    }
}

/// A zone as a perspective sees it: each name from the overlay if that has it, otherwise from the zone below.
struct OverlaidZone: ZoneContent {
    let base: Zone
    let overlay: ZoneOverlay

    var defaultIPv4: CairnIPAddress? { overlay.defaultIPv4.map(\.address) ?? base.defaultIPv4 }
    var defaultIPv6: CairnIPAddress? { overlay.defaultIPv6.map(\.address) ?? base.defaultIPv6 }

    var hosting: ZoneHosting { base.hosting }

    func serial(of key: DNSName) -> UInt32 { base.serial(of: key) }

    func records(of key: DNSName) -> [CairnDNSRecord]? { overlay.zone.records(of: key) ?? base.records(of: key) }

    func records(of key: DNSName, writtenBy latest: CairnInstant) -> [CairnDNSRecord]? {
        let zone = overlay.zone.records(of: key) == nil ? base : overlay.zone
        return zone.records(of: key, writtenBy: latest)
    }

    func hasDescendants(_ key: DNSName) -> Bool {
        overlay.zone.hasDescendants(key) || base.hasDescendants(key)
    }

    func failure(for name: DNSName, type: CairnDNSType) -> CairnDNSResponseCode? {
        if let own = overlay.zone.failure(for: name, type: type) { return own }
        return overlay.zone[name] == nil ? base.failure(for: name, type: type) : nil
    }
}
