import CairnModel

/// What lookups need to know of a zone.
protocol ZoneContent {
    var defaultIPv4: CairnIPAddress? { get }
    var defaultIPv6: CairnIPAddress? { get }
    /// The records of a name itself, by its key; `nil` for a name that was not set.
    func records(of key: DNSName) -> [CairnDNSRecord]?
    /// Whether names that were set lie below a name.
    func hasDescendants(_ key: DNSName) -> Bool
    func failure(for name: DNSName, type: CairnDNSType) -> CairnDNSResponseCode?
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
        if key.labels.isEmpty || hasDescendants(key) { return .existing([]) }
        // RFC 4592 §3.3.1: the closest encloser alone may have the wildcard that covers the name.
        var encloser = key
        while let parent = encloser.parent {
            encloser = parent
            if records(of: parent) != nil || hasDescendants(parent) { break }
        }
        return records(of: encloser.wildcard).map(ZoneNode.existing) ?? .missing
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
    /// That is the nearest name with a SOA record. Where there is none, the last two labels are taken for a zone if that
    /// name exists, and otherwise the root is.
    func startOfAuthority(for name: DNSName) -> OwnedRecord {
        var candidate: DNSName? = name
        while let owner = candidate {
            if let record = records(of: owner.key)?.first(where: { $0.type == .soa }) {
                return OwnedRecord(owner, record)
            }
            candidate = owner.parent
        }
        let apex = name.suffix(2)
        if apex.labels.count == 2, exists(apex) { return OwnedRecord(apex, .soa()) }
        return OwnedRecord(.root, .soa())
    }

    func exists(_ name: DNSName) -> Bool {
        if everyNameExists { return true }
        if case .existing = node(at: name) { return true }
        return false
    }
}
