public import CairnModel

/// The rules of a CA, which can be added, read and removed while it runs.
///
/// ```swift
/// ca.rules.add(.badNonce.times(3), at: .finalize)
/// ca.rules.add(.badNonce, every: 20)
/// ca.rules.add(.problem("conflict", status: 409).times(1), at: .newOrder, where: .payload("/replaces", .exists))
/// ```
///
/// If several rules could answer in place of the server, the newest that has not run out does, subject to its priority.
/// Rules that alter the server's answer all apply, the newest last.
public struct CairnRules: Sendable {
    package let engine: RuleEngine
    private let now: @Sendable () -> CairnInstant

    /// - Parameter now: the clock of the CA.
    package init(_ engine: RuleEngine, now: @escaping @Sendable () -> CairnInstant) {
        (self.engine, self.now) = (engine, now)
    }

    /// Adds a rule, replacing one with the same name.
    ///
    /// Traps for invalid combinations, such as a fault on connections at ``ACMEEndpoint/finalize``. The overload that
    /// takes a ``CairnRule`` throws instead.
    ///
    /// - Parameters:
    ///   - endpoints: the endpoints that it applies to; empty for all.
    ///   - conditions: further conditions, all of which have to be true.
    ///   - each: what requests are counted by.
    ///   - after: how many matching requests to let pass first.
    ///   - every: fires for every n-th matching request.
    ///   - probability: the probability of firing, drawn from a separate random stream.
    ///   - instant: when it ends, on the CA's clock.
    ///   - duration: how long after being added it ends, on the CA's clock.
    ///   - requires: the state in which its story has to be.
    ///   - becomes: the next state of its story once it has fired.
    ///   - story: the name of its story; `nil` for the unnamed one.
    ///   - priority: the priority among rules that could answer: the highest number wins, whatever their age.
    ///   - isOptional: whether a test may end without it having fired.
    ///   - name: the name by which it is listed and removed; `nil` is replaced by a number.
    ///   - tags: tags by which several rules can be listed and removed.
    @discardableResult
    public func add(
        _ fault: CairnFault, at endpoints: ACMEEndpoint..., where conditions: CairnRule.Condition...,
        each: CairnRule.Each? = nil, after: Int = 0, every: Int = 1, probability: Double = 1,
        until instant: CairnInstant? = nil, lasting duration: Duration? = nil, requires: String? = nil,
        becomes: String? = nil, story: String? = nil, priority: Int = 0, isOptional: Bool = false,
        name: String? = nil, tags: [String] = []
    ) -> Handle {
        let isOfStory = requires != nil || becomes != nil || story != nil
        let rule = CairnRule(
            fault: fault, endpoints: endpoints, conditions: conditions, each: each, after: after, every: every,
            probability: probability, until: instant.map(CairnRule.End.at) ?? duration.map(CairnRule.End.after),
            story: isOfStory ? CairnRule.Story(requires: requires, becomes: becomes, of: story) : nil,
            priority: priority, isOptional: isOptional, name: name, tags: tags)
        do {
            return try add(rule)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// Adds a rule, replacing one with the same name.
    @discardableResult
    public func add(_ rule: CairnRule) throws(CairnRuleError) -> Handle {
        Handle(name: try engine.add(rule, at: now()), engine: engine)
    }

    /// Adds rules in order; if one is invalid, none is added.
    @discardableResult
    public func add(_ rules: [CairnRule]) throws(CairnRuleError) -> [Handle] {
        try engine.check(rules)
        var handles: [Handle] = []
        for rule in rules { handles.append(try add(rule)) }
        return handles
    }

    /// Refuses rules that cannot be, as adding them to a CA with those powers would.
    package static func check(_ rules: [CairnRule], _ powers: ConnectionPowers) throws(CairnRuleError) {
        try RuleEngine.check(rules) { $0.impossibility(at: $1, powers) }
    }

    /// All rules with their counters, in the order in which they were added.
    public var all: [CairnRuleRecord] { engine.records() }

    /// The rule with a name and its counters, if any.
    public subscript(name: String) -> CairnRuleRecord? { engine.record(named: name) }

    /// The rules that never fired, with near misses.
    ///
    /// Excludes rules that fire by chance and those that are ``CairnRule/isOptional``.
    public var unfired: [CairnRuleRecord] { engine.unfired() }

    /// Removes the rule with a name; returns whether there was one.
    @discardableResult
    public func remove(_ name: String) -> Bool { engine.remove(named: name) }

    /// Removes the rules with a tag; returns their number.
    @discardableResult
    public func remove(tagged tag: String) -> Int { engine.remove(tagged: tag) }

    /// Removes all rules.
    public func removeAll() { engine.removeAll() }

    /// The requests held at gates, by the age of the rules, and at each gate in order of arrival.
    ///
    /// A request stays held if its client disconnects, and is processed when it is released.
    public var held: [CairnHeldRequest] { engine.heldRequests }

    /// Opens the gate of a rule, which holds nothing from then on; returns whether there is such a rule.
    @discardableResult
    public func release(_ name: String) -> Bool { engine.release(named: name) }

    /// Resets the counters of all rules, and all stories.
    public func resetCounters() { engine.resetCounters() }

    /// The state of a story; `nil` means the unnamed one.
    public func state(of story: String? = nil) -> String { engine.state(of: story) }

    /// The states of all named stories.
    public var stories: [String: String] { engine.stories }

    /// Sets the state of a story.
    public func setState(_ state: String, of story: String? = nil) { engine.setState(state, of: story) }

    /// A handle to a rule of a CA.
    public struct Handle: Sendable {
        /// The name of the rule.
        public let name: String
        private let engine: RuleEngine

        fileprivate init(name: String, engine: RuleEngine) { (self.name, self.engine) = (name, engine) }

        /// The rule with its counters; `nil` once it is removed.
        public var record: CairnRuleRecord? { engine.record(named: name) }
        /// The number of requests or answers held at its gate.
        public var waiting: Int { engine.gate(named: name)?.waiting ?? 0 }
        /// Opens its gate, which holds nothing from then on.
        public func release() { _ = engine.release(named: name) }
        /// Removes the rule and opens its gate.
        public func remove() { _ = engine.remove(named: name) }
    }
}

/// The rules that clients can choose by name in the URL of the directory, `/with/NAME/dir`.
///
/// ```swift
/// try ca.rulesets.save([CairnRule(.badNonce.times(3), at: .finalize)], as: "flaky")
/// // … a client that is given https://localhost:40125/with/flaky/dir meets them, and others do not
/// ```
public struct CairnRulesets: Sendable {
    private let engine: RuleEngine
    private let now: @Sendable () -> CairnInstant

    /// - Parameter now: the clock of the CA.
    package init(_ engine: RuleEngine, now: @escaping @Sendable () -> CairnInstant) {
        (self.engine, self.now) = (engine, now)
    }

    /// The saved rules, by name.
    public var all: [String: [CairnRule]] { engine.sets }

    /// The rules of a name; `nil` if there are none.
    public subscript(name: String) -> [CairnRule]? { engine.sets[name] }

    /// Saves rules under a name that clients can select in the directory URL: `/with/NAME/dir`.
    ///
    /// Each world has its own counters; saving resets those of worlds with that name.
    /// - Throws: ``CairnRuleError`` for a rule or a name that cannot be.
    public func save(_ rules: [CairnRule], as name: String) throws(CairnRuleError) {
        try engine.save(rules, as: name, at: now())
    }

    /// Deletes saved rules; returns whether there were any.
    @discardableResult
    public func forget(_ name: String) -> Bool { engine.forget(set: name) }
}
