import Addressing

/// Which records belong to which names, and which names exist for that.
struct Zone {
    /// The default addresses: see ``DNSTable/defaultIPv4``.
    var defaultIPv4: IPAddress?
    var defaultIPv6: IPAddress?
    var failures = Failures()

    /// The records of each name that has any, by its key.
    private var nodes: [DNSName: [DNSRecord]] = [:]
    /// How many names with records lie below a name, by its key.
    ///
    /// A name found here alone is an empty non-terminal.
    private var descendants: [DNSName: Int] = [:]

    init(defaultIPv4: IPAddress?, defaultIPv6: IPAddress?) {
        (self.defaultIPv4, self.defaultIPv6) = (defaultIPv4, defaultIPv6)
    }

    /// The names that have records, in lower case.
    var names: [DNSName] { Array(nodes.keys) }

    /// The records of a name itself; setting none removes the name.
    subscript(name: DNSName) -> [DNSRecord] {
        get { nodes[name.key] ?? [] }
        set {
            let key = name.key
            let before = nodes[key] != nil
            nodes[key] = newValue.isEmpty ? nil : newValue
            guard before == newValue.isEmpty else { return }
            var ancestor = key.parent
            while let name = ancestor {
                let count = (descendants[name] ?? 0) + (before ? -1 : 1)
                descendants[name] = count > 0 ? count : nil
                ancestor = name.parent
            }
        }
    }

    /// What stands at a name before types are looked at.
    enum Node {
        /// Records of its own, or of the wildcard that covers it; none for an empty non-terminal.
        case existing([DNSRecord])
        /// Neither records, nor names below it, nor a wildcard.
        case missing
    }

    func node(at name: DNSName) -> Node {
        let key = name.key
        if let records = nodes[key] { return .existing(records) }
        if key.labels.isEmpty || descendants[key] != nil { return .existing([]) }
        // RFC 4592 §3.3.1: the closest encloser alone may have the wildcard that covers the name.
        var encloser = key
        while let parent = encloser.parent {
            encloser = parent
            if nodes[parent] != nil || descendants[parent] != nil { break }
        }
        return nodes[encloser.wildcard].map(Node.existing) ?? .missing
    }

    /// Whether a name without anything of its own exists because of a default address.
    var everyNameExists: Bool { defaultIPv4 != nil || defaultIPv6 != nil }

    /// The default record of a type for a name whose own records are `records`.
    func defaultRecord(of type: DNSType, for name: DNSName, with records: [DNSRecord]) -> DNSRecord? {
        let isReverse = name.key.labels.last == Array("arpa".utf8)
        let overrides: Set<DNSType> = [.a, .aaaa, .cname]
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
            if let record = self[owner].first(where: { $0.type == .soa }) { return OwnedRecord(owner, record) }
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
