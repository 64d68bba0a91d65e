public import CairnModel

/// The rules of a CA, to be added, read and removed while it runs.
///
/// ```swift
/// ca.rules.add(.badNonce.times(3), at: .finalize)
/// ca.rules.add(.badNonce, every: 20)
/// ca.rules.add(.problem("conflict", status: 409).times(1), at: .newOrder, where: .payload("/replaces", .exists))
/// ```
///
/// Where rules answer in place of the server, the newest with hits left does, unless its priority says otherwise; where they
/// alter what the server answers, all that match do, the newest last.
public struct CairnRules: Sendable {
    package let engine: RuleEngine
    private let now: @Sendable () -> CairnInstant

    /// - Parameter now: the clock of the CA.
    package init(_ engine: RuleEngine, now: @escaping @Sendable () -> CairnInstant) {
        (self.engine, self.now) = (engine, now)
    }

    /// Puts a rule into effect; one of the same name makes way for it.
    ///
    /// What cannot be, such as a fault of connections at ``ACMEEndpoint/finalize``, is a mistake of whoever wrote it, and
    /// ends the process with a sentence that says what it is. The overload that takes a whole rule throws that sentence.
    ///
    /// - Parameters:
    ///   - endpoints: the requests that it is for; none for all.
    ///   - conditions: what else has to be true of a request, all of it.
    ///   - each: for which things there is a count of its own.
    ///   - after: how many requests that match it lets pass first.
    ///   - every: of the requests that match it takes one in so many.
    ///   - probability: by what chance it takes a request, from a stream of its own.
    ///   - instant: when it ends, by the clock of the CA.
    ///   - duration: how long after now it ends, by the clock of the CA.
    ///   - requires: the state in which its story has to be.
    ///   - becomes: the state in which its story is once it did something.
    ///   - story: which story that is; `nil` for the one without a name.
    ///   - priority: which rule answers where several would: the one with the higher number, whatever their age.
    ///   - isOptional: whether a scope may end before it did anything.
    ///   - name: by what it is listed and removed; `nil` gives it a number.
    ///   - tags: what it belongs to.
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

    /// Puts a rule into effect; one of the same name makes way for it.
    @discardableResult
    public func add(_ rule: CairnRule) throws(CairnRuleError) -> Handle {
        Handle(name: try engine.add(rule, at: now()), engine: engine)
    }

    /// Puts rules into effect in their order, all of them or, where one cannot be, none.
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

    /// All rules in the order in which they were added, and what became of each.
    public var all: [CairnRuleRecord] { engine.records() }

    /// The rule of a name, and what became of it; `nil` if there is none.
    public subscript(name: String) -> CairnRuleRecord? { engine.record(named: name) }

    /// The rules that never did anything though they should have, and what came near each.
    ///
    /// Those that leave it to chance are not among them, nor those that ``CairnRule/isOptional`` excuses.
    public var unfired: [CairnRuleRecord] { engine.unfired() }

    /// Removes the rules of a name; tells whether there was one.
    @discardableResult
    public func remove(_ name: String) -> Bool { engine.remove(named: name) }

    /// Removes the rules that have a tag; returns how many there were.
    @discardableResult
    public func remove(tagged tag: String) -> Int { engine.remove(tagged: tag) }

    /// Removes all rules.
    public func removeAll() { engine.removeAll() }

    /// Lets go what waits at the gate of a rule, and holds nothing from now on; tells whether there was one of that name.
    @discardableResult
    public func release(_ name: String) -> Bool { engine.release(named: name) }

    /// Lets all rules count from the beginning, and all stories begin anew.
    public func resetCounters() { engine.resetCounters() }

    /// The state of a story; `nil` for the one without a name.
    public func state(of story: String? = nil) -> String { engine.state(of: story) }

    /// The states of all stories that have a name: those that rules are of, and those that were moved on by hand.
    public var stories: [String: String] { engine.stories }

    /// Moves a story on by hand.
    public func setState(_ state: String, of story: String? = nil) { engine.setState(state, of: story) }

    /// Keeps rules under a name that clients can choose in the URL of the directory: `/with/NAME/dir`.
    ///
    /// Each world counts for itself; whoever is in one of that name begins anew.
    public func save(_ rules: [CairnRule], as name: String) throws(CairnRuleError) {
        try engine.save(rules, as: name, at: now())
    }

    /// Forgets the rules of a name; tells whether there were any.
    @discardableResult
    public func forget(_ name: String) -> Bool { engine.forget(set: name) }

    /// The rules that are kept for clients to choose, by name.
    public var saved: [String: [CairnRule]] { engine.sets }

    /// One rule of a CA.
    public struct Handle: Sendable {
        /// The name that the rule goes by.
        public let name: String
        private let engine: RuleEngine

        fileprivate init(name: String, engine: RuleEngine) { (self.name, self.engine) = (name, engine) }

        /// The rule, and what became of it; `nil` once it is removed.
        public var record: CairnRuleRecord? { engine.record(named: name) }
        /// How many requests or answers wait at its gate.
        public var waiting: Int { engine.gate(named: name)?.waiting ?? 0 }
        /// Lets go what waits at its gate, and holds nothing from now on.
        public func release() { _ = engine.release(named: name) }
        /// Removes the rule, and lets go what waits at its gate.
        public func remove() { _ = engine.remove(named: name) }
    }
}
