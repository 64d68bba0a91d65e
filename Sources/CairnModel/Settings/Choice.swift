/// A value that a personality decides until somebody chooses it.
///
/// Whatever is assigned is chosen, whichever value it is and whether it comes from Swift, a file, the command line, a preset
/// or the management API; a personality decides the rest. What the projected value says of it:
///
/// ```swift
/// configuration.personality = .pebble
/// configuration.policy.ordersPerPage = 50
/// configuration.policy.$ordersPerPage.isChosen     // true: 50 stands, where Pebble has 3
/// configuration.policy.$maximumContacts.isChosen   // false: it will be Pebble's 2
/// ```
/// Two of the same value are equal, chosen or not.
@propertyWrapper
public struct CairnChoice<Value> {
    /// The value that counts.
    public var wrappedValue: Value { didSet { isChosen = true } }
    /// Whether it was assigned; otherwise it is the default, or what the personality has decided.
    public private(set) var isChosen = false

    /// A value that nobody has chosen yet.
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    /// The choice itself, to be asked, or taken over from another policy or profile together with whether it is one.
    public var projectedValue: CairnChoice {
        get { self }
        set { self = newValue }
    }

    /// Decides for whoever has not chosen.
    package mutating func decide(_ value: Value) {
        if !isChosen { self = CairnChoice(wrappedValue: value) }
    }
}

extension CairnChoice: Sendable where Value: Sendable {}

extension CairnChoice: Equatable where Value: Equatable {
    /// Compares the values.
    public static func == (left: CairnChoice, right: CairnChoice) -> Bool { left.wrappedValue == right.wrappedValue }
}

extension CairnChoice: Hashable where Value: Hashable {
    /// Hashes the value.
    public func hash(into hasher: inout Hasher) { hasher.combine(wrappedValue) }
}
