/// Something that a standard forbids and that the CAs in use accept.
///
/// Cairn accepts it as well and leaves a finding of the same name; a CA that keeps to the letter refuses it with words. Which
/// of the two it is says ``CairnLeniencies``. All there are stand in ``all``: that is the one place where they are described.
public struct CairnLeniency: Hashable, Sendable {
    /// As settings and findings have it, such as `nullMember`.
    public let name: String
    /// What is accepted, in a sentence.
    public let accepts: String
    /// What the letter says instead, with its section.
    public let letter: String
    /// Which CAs do what.
    public let deployed: String

    package init(_ name: String, accepts: String, letter: String, deployed: String) {
        (self.name, self.accepts, self.letter, self.deployed) = (name, accepts, letter, deployed)
    }

    /// Two of the same name are the same.
    public static func == (left: CairnLeniency, right: CairnLeniency) -> Bool { left.name == right.name }

    /// Hashes the name, as `==` compares it.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension CairnLeniency: CustomStringConvertible {
    /// Its ``name``.
    public var description: String { name }
}

/// Which leniencies a CA has.
public struct CairnLeniencies: Hashable, Sendable {
    /// Those that it does not have.
    public var refused: Set<CairnLeniency>

    /// All but those.
    public init(refusing refused: Set<CairnLeniency>) { self.refused = refused }

    /// What the CAs in use accept is accepted, and leaves a finding.
    ///
    /// The default.
    public static let deployed = CairnLeniencies(refusing: [])
    /// What the standards forbid is refused.
    public static let none = CairnLeniencies(refusing: Set(CairnLeniency.all))

    package func accept(_ leniency: CairnLeniency) -> Bool { !refused.contains(leniency) }
}
