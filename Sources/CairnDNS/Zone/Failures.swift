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
