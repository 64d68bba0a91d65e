import CairnModel

/// How policies name what they are about: a name or an address itself, or `*.` and a name for all names below it.
enum NamePattern {
    /// The form in which patterns are compared: addresses as RFC 8738 §3 writes them, names in lower case without a
    /// final dot.
    static func canonical(_ text: String) -> String {
        if let address = CairnIPAddress(text) { return address.description }
        let lowercased = text.lowercased()
        return lowercased.hasSuffix(".") ? String(lowercased.dropLast()) : lowercased
    }

    /// The entry that says most about an identifier: its own, or the one for the nearest `*.` above it.
    ///
    /// A wildcard is found by patterns alone.
    static func entry<Value>(for identifier: ACMEIdentifier, in find: (String) -> Value?) -> Value? {
        if let own = find(identifier.value) { return own }
        guard identifier.type == .dns else { return nil }
        var rest = identifier.value[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if let above = find("*.\(rest)") { return above }
        }
        return nil
    }
}
