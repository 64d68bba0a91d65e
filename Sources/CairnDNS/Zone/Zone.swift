import CairnModel

/// Which records belong to which names, and which names exist for that.
struct Zone {
    /// The default addresses: see ``CairnDNSTable/defaultIPv4``.
    var defaultIPv4: CairnIPAddress?
    var defaultIPv6: CairnIPAddress?
    var failures = Failures()
    /// Which names are zones though they have no SOA record.
    var hosting = ZoneHosting()
    /// The serial numbers of zones without a SOA record, by their keys, once they are not 1 any more.
    var serials: [DNSName: UInt32] = [:]

    /// The records of each name that was set, by its key.
    private var nodes: [DNSName: RecordSet] = [:]
    /// How many names that were set lie below a name, by its key.
    ///
    /// A name found here alone is an empty non-terminal.
    private var descendants: [DNSName: Int] = [:]

    init(defaultIPv4: CairnIPAddress? = nil, defaultIPv6: CairnIPAddress? = nil) {
        (self.defaultIPv4, self.defaultIPv6) = (defaultIPv4, defaultIPv6)
    }

    /// The names that were set, in lower case.
    var names: [DNSName] { Array(nodes.keys) }

    /// The records of a name itself; `nil` for a name that was not set.
    subscript(name: DNSName) -> [CairnDNSRecord]? { nodes[name.key]?.records }

    /// Gives a name these records; `nil` removes the name, while none make it exist without records.
    ///
    /// Those that it had before count as written when they were.
    mutating func set(_ records: [CairnDNSRecord]?, at name: DNSName, _ now: CairnInstant) {
        let key = name.key
        let before = nodes[key]
        nodes[key] = records.map { RecordSet($0, writtenAt: now, after: before) }
        count(key, before: before != nil)
    }

    /// Changes the records of a name where they are; a name that is left without any is removed.
    mutating func edit(_ name: DNSName, _ change: (inout RecordSet) -> Void) {
        let key = name.key
        let before = nodes[key] != nil
        change(&nodes[key, default: RecordSet()])
        if nodes[key]?.isEmpty == true { nodes[key] = nil }
        count(key, before: before)
    }

    /// Keeps count of the names below other names, after a change of the name `key`.
    private mutating func count(_ key: DNSName, before: Bool) {
        // A name that no message can carry is never on the way to another, and may have any number of labels.
        guard before != (nodes[key] != nil), key.flaw == nil else { return }
        var ancestor = key.parent
        while let name = ancestor {
            let count = (descendants[name] ?? 0) + (before ? -1 : 1)
            descendants[name] = count > 0 ? count : nil
            ancestor = name.parent
        }
    }

    func hasDescendants(_ key: DNSName) -> Bool { descendants[key] != nil }
}

extension Zone: ZoneContent {
    func serial(of key: DNSName) -> UInt32 { serials[key] ?? 1 }
    func records(of key: DNSName) -> [CairnDNSRecord]? { nodes[key]?.records }
    func records(of key: DNSName, writtenBy latest: CairnInstant) -> [CairnDNSRecord]? {
        guard let node = nodes[key] else { return nil }
        let records = node.records(writtenBy: latest)
        return records.isEmpty && !node.isEmpty ? nil : records
    }
    func failure(for name: DNSName, type: CairnDNSType) -> CairnDNSResponseCode? {
        failures.code(for: name, type: type)
    }
}

/// What lookups need to know of a zone.
protocol ZoneContent {
    var defaultIPv4: CairnIPAddress? { get }
    var defaultIPv6: CairnIPAddress? { get }
    /// The records of a name itself, by its key; `nil` for a name that was not set.
    func records(of key: DNSName) -> [CairnDNSRecord]?
    /// Those of them that were written no later; `nil` also for a name of which all came later.
    func records(of key: DNSName, writtenBy latest: CairnInstant) -> [CairnDNSRecord]?
    /// Whether names that were set lie below a name.
    func hasDescendants(_ key: DNSName) -> Bool
    func failure(for name: DNSName, type: CairnDNSType) -> CairnDNSResponseCode?
    /// Which names are zones though they have no SOA record.
    var hosting: ZoneHosting { get }
    /// The serial number of a zone without a SOA record.
    func serial(of key: DNSName) -> UInt32
}

/// What stands at a name before types are looked at.
enum ZoneNode {
    /// Records of its own, or of the wildcard that covers it; none for an empty non-terminal.
    case existing([CairnDNSRecord])
    /// Neither records, nor names below it, nor a wildcard.
    case missing
}

extension ZoneContent {
    func node(at name: DNSName) -> ZoneNode {
        let key = name.key
        if let records = records(of: key) { return .existing(records) }
        if key.labels.isEmpty || hasDescendants(key) || hosting.cuts.contains(key) { return .existing([]) }
        // RFC 4592 §3.3.1: the closest encloser alone may have the wildcard that covers the name.
        var encloser = key
        while let parent = encloser.parent {
            encloser = parent
            if records(of: parent) != nil || hasDescendants(parent) || hosting.cuts.contains(parent) { break }
        }
        return records(of: encloser.wildcard).map(ZoneNode.existing)
            ?? (hosting.isApex(key) ? .existing([]) : .missing)
    }

    /// Whether a name without anything of its own exists because of a default address.
    var everyNameExists: Bool { defaultIPv4 != nil || defaultIPv6 != nil }

    /// The default record of a type for a name whose own records are `records`.
    func defaultRecord(of type: CairnDNSType, for name: DNSName, with records: [CairnDNSRecord]) -> CairnDNSRecord? {
        let isReverse = name.key.labels.last == Array("arpa".utf8)
        let overrides: Set<CairnDNSType> = [.a, .aaaa, .cname]
        guard !name.labels.isEmpty, !isReverse, !records.contains(where: { overrides.contains($0.type) })
        else { return nil }
        switch type {
        case .a: return defaultIPv4.map { .address($0) }
        case .aaaa: return defaultIPv6.map { .address($0) }
        default: return nil
        }
    }

    /// The SOA of the zone that a name lies in.
    ///
    /// That is the nearest name with a SOA record, or that updates name as a zone. Where there is none, the last two labels
    /// are taken for a zone if that name exists, and otherwise the root is.
    func startOfAuthority(for name: DNSName) -> OwnedRecord {
        var candidate: DNSName? = name
        while let owner = candidate {
            if let record = records(of: owner.key)?.first(where: { $0.type == .soa }) {
                return OwnedRecord(owner, record)
            }
            if !hosting.cuts.isEmpty, hosting.cuts.contains(owner.key) { return madeUpStart(of: owner) }
            candidate = owner.parent
        }
        let apex = name.suffix(2)
        return madeUpStart(of: apex.labels.count == 2 && exists(apex) ? apex : .root)
    }

    private func madeUpStart(of apex: DNSName) -> OwnedRecord {
        OwnedRecord(apex, .soa(CairnDNSRecord.StartOfAuthority(serial: serial(of: apex.key))))
    }

    func exists(_ name: DNSName) -> Bool {
        if everyNameExists { return true }
        if case .existing = node(at: name) { return true }
        return false
    }
}

/// What was there at an earlier time: records that came later are missing, and wildcards cover their names.
struct EarlierContent<Content: ZoneContent>: ZoneContent {
    let content: Content
    let latest: CairnInstant

    var defaultIPv4: CairnIPAddress? { content.defaultIPv4 }
    var defaultIPv6: CairnIPAddress? { content.defaultIPv6 }
    var hosting: ZoneHosting { content.hosting }
    func serial(of key: DNSName) -> UInt32 { content.serial(of: key) }
    func hasDescendants(_ key: DNSName) -> Bool { content.hasDescendants(key) }
    func failure(for name: DNSName, type: CairnDNSType) -> CairnDNSResponseCode? {
        content.failure(for: name, type: type)
    }

    func records(of key: DNSName) -> [CairnDNSRecord]? { content.records(of: key, writtenBy: latest) }
    func records(of key: DNSName, writtenBy latest: CairnInstant) -> [CairnDNSRecord]? {
        content.records(of: key, writtenBy: min(latest, self.latest))
    }
}

/// The records of a name, in the order in which they came, each type and data once (RFC 2181 §5).
///
/// Adding and removing a record take the same time however many there are.
struct RecordSet {
    private var stored: [CairnDNSRecord]
    /// When each was written.
    private var times: [CairnInstant]
    /// The place of each record, once there are more of them than is quick to search.
    private var places: [CairnDNSRecord.Content: Int]?
    /// The places whose records were removed; they are closed up once they are half of all.
    private var gaps: Set<Int> = []

    /// From how many records on there is an index.
    private static let searched = 16

    init() { (stored, times) = ([], []) }

    /// - Parameter former: the records that were there before; what is still there was written then.
    init(_ records: [CairnDNSRecord], writtenAt now: CairnInstant, after former: RecordSet? = nil) {
        stored = records
        times = [CairnInstant](repeating: now, count: records.count)
        index()
        guard let former, !former.isEmpty else { return }
        for (place, record) in stored.enumerated() {
            if let old = former.place(of: record.content) { times[place] = former.times[old] }
        }
    }

    var isEmpty: Bool { stored.count == gaps.count }

    var records: [CairnDNSRecord] {
        gaps.isEmpty ? stored : stored.indices.lazy.filter { !gaps.contains($0) }.map { stored[$0] }
    }

    /// Those that were written no later.
    func records(writtenBy latest: CairnInstant) -> [CairnDNSRecord] {
        stored.indices.lazy.filter { !gaps.contains($0) && times[$0] <= latest }.map { stored[$0] }
    }

    /// Adds a record at the end; one with the same type and data goes, and when that was written stays.
    mutating func add(_ record: CairnDNSRecord, at now: CairnInstant) {
        let written = place(of: record.content).map { times[$0] } ?? now
        remove(record.content)
        places?[record.content] = stored.count
        stored.append(record)
        times.append(written)
        if places == nil { index() }
    }

    /// Puts a record in the place of the same one, or at the end; returns whether anything is different now.
    ///
    /// - Parameter isSame: whether a record says the same as the new one, though it may be written in another way.
    mutating func put(_ record: CairnDNSRecord, at now: CairnInstant, inPlaceOf isSame: (CairnDNSRecord) -> Bool)
        -> Bool
    {
        let former = place(of: record.content) ?? stored.indices.first { !gaps.contains($0) && isSame(stored[$0]) }
        guard let former else {
            add(record, at: now)
            return true
        }
        guard stored[former] != record else { return false }
        places?[stored[former].content] = nil
        places?[record.content] = former
        stored[former] = record
        return true
    }

    /// Whether there is a record for which something is true.
    func contains(where isWanted: (CairnDNSRecord) -> Bool) -> Bool {
        stored.indices.contains { !gaps.contains($0) && isWanted(stored[$0]) }
    }

    /// Adds a record in the place of all of its type.
    mutating func replace(with record: CairnDNSRecord, at now: CairnInstant) {
        let written = place(of: record.content).map { times[$0] } ?? now
        removeAll { $0.type == record.type }
        add(record, at: written)
    }

    /// Removes the record with this type and data, whatever its time to live.
    mutating func remove(_ content: CairnDNSRecord.Content) {
        guard let place = place(of: content) else { return }
        guard places != nil else {
            stored.remove(at: place)
            times.remove(at: place)
            return
        }
        places?[content] = nil
        gaps.insert(place)
        if gaps.count * 2 > stored.count { removeAll { _ in false } }
    }

    mutating func removeAll(where isUnwanted: (CairnDNSRecord) -> Bool) {
        let rest = stored.indices.filter { !gaps.contains($0) && !isUnwanted(stored[$0]) }
        (stored, times) = (rest.map { stored[$0] }, rest.map { times[$0] })
        (places, gaps) = (nil, [])
        index()
    }

    private func place(of content: CairnDNSRecord.Content) -> Int? {
        places.map { $0[content] } ?? stored.firstIndex { $0.content == content }
    }

    private mutating func index() {
        guard stored.count > Self.searched else { return }
        // Of records that were set twice, as a test may want them, the first is found.
        places = Dictionary(stored.enumerated().map { ($1.content, $0) }) { first, _ in first }
    }
}

/// The response codes that a test wants for certain names and types.
struct Failures {
    private struct Key: Hashable {
        var name: DNSName
        /// `nil` for all types.
        var type: CairnDNSType?
    }

    private var codes: [Key: CairnDNSResponseCode] = [:]

    mutating func set(_ code: CairnDNSResponseCode?, for name: DNSName, type: CairnDNSType?) {
        codes[Key(name: name.key, type: type)] = code
    }

    /// All of them, in the order of the names.
    var all: [(name: String, type: CairnDNSType?, code: CairnDNSResponseCode)] {
        codes.map { ($0.name.description, $0.type, $1) }
            .sorted { ($0.0, $0.1?.rawValue ?? 0) < ($1.0, $1.1?.rawValue ?? 0) }
    }

    /// The code for a name: its own for the type, its own for all types, then that of the nearest `*.` above it.
    func code(for name: DNSName, type: CairnDNSType) -> CairnDNSResponseCode? {
        guard !codes.isEmpty else { return nil }
        var name = name.key
        if let own = codes[Key(name: name, type: type)] ?? codes[Key(name: name)] { return own }
        while let parent = name.parent {
            let wildcard = parent.wildcard
            if let above = codes[Key(name: wildcard, type: type)] ?? codes[Key(name: wildcard)] { return above }
            name = parent
        }
        return nil
    }
}
