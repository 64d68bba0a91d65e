/// A rule of a CA with its counters.
public struct CairnRuleRecord: Hashable, Sendable, CustomStringConvertible {
    /// The rule, including its name.
    public var rule: CairnRule
    /// The worlds that it applies to, joined by `+`; `nil` for all.
    public var world: String?
    /// The number of requests since it was added.
    public var seen = 0
    /// The number of requests that matched.
    public var matched = 0
    /// How often it has fired.
    public var fired = 0
    /// How often it can still fire; `nil` if that is unlimited or counted per object.
    public var left: Int?
    /// The last request that did not match, preferring one that almost did.
    public var nearMiss: NearMiss?

    /// A rule that nothing became of yet.
    package init(rule: CairnRule, world: String? = nil) { (self.rule, self.world) = (rule, world) }

    /// A request or connection that a rule did not match.
    public struct NearMiss: Hashable, Sendable {
        /// Its number in the journal; for rules on connections, the number of the connection.
        public var request: Int
        /// What did not match: `at: newOrder, not finalize`.
        public var why: String

        package init(request: Int, why: String) { (self.request, self.why) = (request, why) }
    }

    /// The rule, its world, and the counters.
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

    /// One line of text: `r1: fired 0 times, 4 requests seen, 0 matched; request 4 came near (at: newOrder, not
    /// finalize)`.
    public var description: String {
        let thing = rule.endpoints == [.connection] ? "connection" : "request"
        var text = "\(rule.name ?? "a rule"): fired \(fired) times, \(seen) \(thing)s seen, \(matched) matched"
        if let left { text += ", \(left) left" }
        if let nearMiss { text += "; \(thing) \(nearMiss.request) came near (\(nearMiss.why))" }
        return text
    }
}

/// What a rule did to a request, as recorded in the journal.
public struct CairnRuleFiring: Hashable, Sendable, CustomStringConvertible {
    /// The name of the rule.
    public var rule: String
    /// The name of the action in JSON: `problem`.
    public var action: String
    /// The stage of the request: `routed`, `understood`, `committed`, `answer`, `bytes`, `wire`, `connection`.
    public var point: String

    package init(rule: String, action: String, point: RulePoint) {
        (self.rule, self.action, self.point) = (rule, action, point.rawValue)
    }

    /// `r1: problem`.
    public var description: String { "\(rule): \(action)" }
}
