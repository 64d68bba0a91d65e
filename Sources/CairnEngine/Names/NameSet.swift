package import CairnModel

/// A set of names and addresses, each for itself, or as `*.example.test` for all names below one at any depth.
///
///     policy.blockedNames = ["bank.test", "*.bank.test", "192.0.2.1"]
public struct CairnNameSet: Hashable, Sendable, ExpressibleByArrayLiteral {
    private var entries: Set<String> = []
    /// How many of the names stand directly below each name, which is what a wildcard would cover.
    private var children: [Substring: Int] = [:]

    /// The empty set.
    public init() {}

    /// Takes names, addresses and `*.` patterns, in any case and with or without a final dot.
    public init(_ names: some Sequence<String>) {
        for name in names { insert(name) }
    }

    /// Takes what ``init(_:)`` takes.
    public init(arrayLiteral names: String...) {
        self.init(names)
    }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { entries.isEmpty }

    /// What is in it, in the order of the texts.
    package var names: [String] { entries.sorted() }

    /// Adds a name, an address, or a `*.` pattern, in any case and with or without a final dot.
    public mutating func insert(_ name: String) {
        let name = NamePattern.canonical(name)
        guard entries.insert(name).inserted, let parent = Self.parent(of: name) else { return }
        children[parent, default: 0] += 1
    }

    /// Takes a name, an address, or a `*.` pattern out as it was put in.
    public mutating func remove(_ name: String) {
        let name = NamePattern.canonical(name)
        guard entries.remove(name) != nil, let parent = Self.parent(of: name), let count = children[parent] else {
            return
        }
        children[parent] = count > 1 ? count - 1 : nil
    }

    /// The name above one that stands for itself.
    private static func parent(of name: String) -> Substring? {
        guard !name.hasPrefix("*."), let dot = name.firstIndex(of: ".") else { return nil }
        return name[name.index(after: dot)...]
    }

    /// Whether an identifier is in the set.
    ///
    /// A wildcard is if the name under its `*.` is, or any name that it covers.
    package func covers(_ identifier: ACMEIdentifier) -> Bool {
        guard !entries.isEmpty else { return false }
        if NamePattern.entry(for: identifier, in: { entries.contains($0) ? true : nil }) != nil { return true }
        guard identifier.isWildcard else { return false }
        let base = identifier.withoutWildcard
        return children[base.value[...]] != nil || covers(base)
    }
}

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
