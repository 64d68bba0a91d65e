/// A rule of a CA, and what became of it so far.
public struct CairnRuleRecord: Hashable, Sendable, CustomStringConvertible {
    /// The rule, with the name that it goes by.
    public var rule: CairnRule
    /// The worlds that it is in, joined by `+`; `nil` for all.
    public var world: String?
    /// How many requests came since it was added, whatever they were.
    public var seen = 0
    /// How many of them it is for.
    public var matched = 0
    /// How often it did something.
    public var fired = 0
    /// How often it will do something yet; `nil` if there is no end to it, or one for each thing that it counts for.
    public var left: Int?
    /// The last request that it is not for, one that came near before one that did not.
    public var nearMiss: NearMiss?

    /// A rule that nothing became of yet.
    package init(rule: CairnRule, world: String? = nil) { (self.rule, self.world) = (rule, world) }

    /// A request, or a connection, that a rule is not for.
    public struct NearMiss: Hashable, Sendable {
        /// Its number in the journal; that of the connection, for a rule on connections.
        public var request: Int
        /// What did not match: `at: newOrder, not finalize`.
        public var why: String

        package init(request: Int, why: String) { (self.request, self.why) = (request, why) }
    }

    /// The rule as it was written, the world that it is in, and the counters.
    public var json: CairnJSON {
        guard var object = rule.json.object else { return .null }
        object["world"] = world.map(CairnJSON.string)
        object["seen"] = .integer(seen)
        object["matched"] = .integer(matched)
        object["fired"] = .integer(fired)
        object["left"] = left.map(CairnJSON.integer) ?? .null
        if let nearMiss { object["nearMiss"] = ["request": .integer(nearMiss.request), "why": .string(nearMiss.why)] }
        return .object(object)
    }

    /// One line for people: `r1: fired 0 times, 4 requests seen, 0 matched; request 4 came near (at: newOrder, not finalize)`.
    public var description: String {
        let thing = rule.endpoints == [.connection] ? "connection" : "request"
        var text = "\(rule.name ?? "a rule"): fired \(fired) times, \(seen) \(thing)s seen, \(matched) matched"
        if let left { text += ", \(left) left" }
        if let nearMiss { text += "; \(thing) \(nearMiss.request) came near (\(nearMiss.why))" }
        return text
    }
}

/// What a rule did to a request, as the journal has it.
public struct CairnRuleFiring: Hashable, Sendable, CustomStringConvertible {
    /// The name that the rule goes by.
    public var rule: String
    /// What it did, by the name that the action has in JSON: `problem`.
    public var action: String
    /// Where on the way of the request: `routed`, `understood`, `committed`, `answer`, `bytes`, `wire`, `connection`.
    public var point: String

    package init(rule: String, action: String, point: RulePoint) {
        (self.rule, self.action, self.point) = (rule, action, point.rawValue)
    }

    /// `r1: problem`.
    public var description: String { "\(rule): \(action)" }
}
