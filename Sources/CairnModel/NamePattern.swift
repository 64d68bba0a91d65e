/// A name or an address itself, or `*.` and a name for all names below it at any depth, wildcards among them.
///
/// Policies, decisions and grants name identifiers this way:
///
/// ```swift
/// ca.policy.blockedNames = ["bank.test", "*.bank.test", "192.0.2.1"]
/// ca.policy.authorizationReuse["*.fresh.test"] = .never
/// ca.validation["*.refused.test"] = .deny(ACMEProblem(.unauthorized, "not today"))
/// ```
///
/// If several patterns match, the identifier itself wins, then the nearest `*.` above it.
///
/// `*` means something else in four places:
/// - In an order, in ``CairnGrant/Scope/wildcard(_:)`` and in the scope of a grant, `*.example.test` is the wildcard identifier
///   itself (RFC 8555 §7.1.3).
/// - In `dns.records` it is the owner of wildcard records (RFC 4592).
/// - In `listener.hosts` it stands for names one label below, as in certificates (RFC 6125 §6.4.3).
/// - In a ``CairnRule/Condition``, `*` stands for any text anywhere.
public struct CairnNamePattern: Hashable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    private let text: WireText

    /// Creates a pattern from a name, an address, or `*.` and a name; in any case, with or without a trailing dot.
    public init(_ text: String) {
        if let address = CairnIPAddress(text) {
            self.text = WireText(address.description)
        } else {
            let name = text.lowercasedASCII
            self.text = WireText(
                name.utf8.last == UInt8(ascii: ".") ? String(name.unicodeScalars.dropLast()) : name)
        }
    }

    /// The same as ``init(_:)``.
    public init(stringLiteral text: String) { self.init(text) }

    /// All names below a domain, but not the domain itself.
    public static func below(_ domain: String) -> CairnNamePattern { CairnNamePattern("*.\(domain)") }

    /// An identifier itself, whatever it looks like.
    package init(_ identifier: ACMEIdentifier) { text = WireText(identifier.value) }

    /// The pattern in canonical form: addresses as in RFC 8738 §3, names in lower case without a trailing dot.
    public var description: String { text.string }

    /// Whether it matches all names below one.
    public var isBelow: Bool { text.string.begins(with: "*.") }

    /// Whether it matches an identifier.
    public func matches(_ identifier: ACMEIdentifier) -> Bool {
        if identifier.value.isSame(as: text.string) { return true }
        return isBelow && identifier.type == .dns
            && identifier.value.ends(with: Substring(text.string.utf8.dropFirst()))
    }

    /// All patterns that match an identifier, the strongest first.
    package static func matching(_ identifier: ACMEIdentifier) -> [CairnNamePattern] {
        [CairnNamePattern(identifier)] + identifier.namesAbove.map { .below($0) }
    }
}

extension String {
    /// What follows the `*.` at the beginning; `nil` if it does not begin so.
    package var nameBelowStar: String? { begins(with: "*.") ? String(unicodeScalars.dropFirst(2)) : nil }
}

extension ACMEIdentifier {
    /// The domains that a name is in, the nearest first: for `www.example.test`, `example.test` and `test`.
    package var namesAbove: [String] {
        guard type == .dns else { return [] }
        var names: [String] = []
        var rest = value.utf8[...]
        while let dot = rest.firstIndex(of: UInt8(ascii: ".")) {
            rest = rest[rest.index(after: dot)...]
            names.append(String(Substring(rest)))
        }
        return names
    }
}

/// A set of names and addresses, each a ``CairnNamePattern``.
///
/// ```swift
/// ca.policy.blockedNames = ["bank.test", "*.bank.test", "192.0.2.1"]
/// ```
public struct CairnNameSet: Hashable, Sendable, ExpressibleByArrayLiteral {
    private var patterns: Set<CairnNamePattern> = []
    /// How many of the names stand directly below each name, which is what a wildcard would cover.
    private var children: [WireText: Int] = [:]

    /// Creates an empty set.
    public init() {}

    /// Creates a set of names, addresses and `*.` patterns; in any case, with or without a trailing dot.
    public init(_ names: some Sequence<String>) {
        for name in names { insert(CairnNamePattern(name)) }
    }

    /// The same as ``init(_:)``.
    public init(arrayLiteral patterns: CairnNamePattern...) {
        for pattern in patterns { insert(pattern) }
    }

    /// Whether the set is empty.
    public var isEmpty: Bool { patterns.isEmpty }

    /// What is in it, in the order of the texts.
    package var names: [String] { patterns.map(\.description).sorted() }

    /// Adds a name, an address, or a `*.` pattern.
    public mutating func insert(_ pattern: CairnNamePattern) {
        guard patterns.insert(pattern).inserted, let parent = Self.parent(of: pattern) else { return }
        children[parent, default: 0] += 1
    }

    /// Removes a name, an address, or a `*.` pattern.
    public mutating func remove(_ pattern: CairnNamePattern) {
        guard patterns.remove(pattern) != nil, let parent = Self.parent(of: pattern), let count = children[parent]
        else {
            return
        }
        children[parent] = count > 1 ? count - 1 : nil
    }

    /// The name above one that stands for itself.
    private static func parent(of pattern: CairnNamePattern) -> WireText? {
        pattern.isBelow ? nil : ACMEIdentifier.dns(pattern.description).namesAbove.first.map { WireText($0) }
    }

    /// Whether an identifier is in the set.
    ///
    /// A wildcard is if the name under its `*.` is, or any name that it covers.
    package func covers(_ identifier: ACMEIdentifier) -> Bool {
        guard !patterns.isEmpty else { return false }
        if CairnNamePattern.matching(identifier).contains(where: patterns.contains) { return true }
        guard identifier.isWildcard else { return false }
        let base = identifier.withoutWildcard
        return children[WireText(base.value)] != nil || covers(base)
    }
}
