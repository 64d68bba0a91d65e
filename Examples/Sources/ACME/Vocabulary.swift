// A client's own words. Cairn has the same ones under names of its own, so a test that imports both means these.

public struct Identifier: Hashable, Sendable {
    public var name: String
    public init(name: String) { self.name = name }
}

public struct Problem: Error, Equatable, Sendable {
    public var reason: String
    public init(reason: String) { self.reason = reason }
}

public struct Account: Equatable, Sendable {
    public var contact: String
    public init(contact: String) { self.contact = contact }
}

public struct Policy: Equatable, Sendable {
    public var renewsBefore = Duration.seconds(30 * 86_400)
    public init() {}
}

public struct Request: Equatable, Sendable {
    public var identifiers: [Identifier]
    public init(identifiers: [Identifier]) { self.identifiers = identifiers }
}

extension Duration {
    public static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }
}
