import CairnModel

/// Which records belong to which names, and which names exist for that.
struct Zone {
    /// The default addresses: see ``CairnDNSTable/defaultIPv4``.
    var defaultIPv4: CairnIPAddress?
    var defaultIPv6: CairnIPAddress?
    var failures = Failures()

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

    /// The records of a name itself; `nil` removes the name, while none make it exist without records.
    subscript(name: DNSName) -> [CairnDNSRecord]? {
        get { nodes[name.key]?.records }
        set {
            let key = name.key
            let before = nodes[key] != nil
            nodes[key] = newValue.map(RecordSet.init)
            count(key, before: before)
        }
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
    func records(of key: DNSName) -> [CairnDNSRecord]? { nodes[key]?.records }
    func failure(for name: DNSName, type: CairnDNSType) -> CairnDNSResponseCode? {
        failures.code(for: name, type: type)
    }
}
