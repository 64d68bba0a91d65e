import CairnModel

/// Which records belong to which names, and which names exist for that.
struct Zone {
    /// The default addresses: see ``DNSTable/defaultIPv4``.
    var defaultIPv4: IPAddress?
    var defaultIPv6: IPAddress?
    var failures = Failures()

    /// The records of each name that was set, by its key.
    private var nodes: [DNSName: [DNSRecord]] = [:]
    /// How many names that were set lie below a name, by its key.
    ///
    /// A name found here alone is an empty non-terminal.
    private var descendants: [DNSName: Int] = [:]

    init(defaultIPv4: IPAddress? = nil, defaultIPv6: IPAddress? = nil) {
        (self.defaultIPv4, self.defaultIPv6) = (defaultIPv4, defaultIPv6)
    }

    /// The names that were set, in lower case.
    var names: [DNSName] { Array(nodes.keys) }

    /// The records of a name itself; `nil` removes the name, while none make it exist without records.
    subscript(name: DNSName) -> [DNSRecord]? {
        get { nodes[name.key] }
        set {
            let key = name.key
            let before = nodes[key] != nil
            nodes[key] = newValue
            guard before == (newValue == nil) else { return }
            var ancestor = key.parent
            while let name = ancestor {
                let count = (descendants[name] ?? 0) + (before ? -1 : 1)
                descendants[name] = count > 0 ? count : nil
                ancestor = name.parent
            }
        }
    }

    func hasDescendants(_ key: DNSName) -> Bool { descendants[key] != nil }
}

extension Zone: ZoneContent {
    func records(of key: DNSName) -> [DNSRecord]? { nodes[key] }
    func failure(for name: DNSName, type: DNSType) -> DNSResponseCode? { failures.code(for: name, type: type) }
}
