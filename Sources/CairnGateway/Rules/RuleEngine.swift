package import CairnModel
import Synchronization

/// The rules of one CA: which there are, how far each has come, and which worlds clients have chosen.
///
/// Where rules answer, the newest with hits left does, unless its priority says otherwise. Where they alter, all that match
/// do, the newest last. Without rules a request costs one look at a flag.
package final class RuleEngine: Sendable {
    struct State: Sendable {
        var rules: [LiveRule] = []
        var tables: [String?: RuleTable] = [:]
        /// Sets of rules by name.
        var sets: [String: [CairnRule]] = [:]
        /// The worlds that somebody has been in, by their names joined, and how many requests came to each.
        var worlds: [String: Int] = [:]
        /// How many requests and how many connections there have been while there were rules.
        var requests = 0
        var connections = 0
        /// The last requests to two different endpoints.
        var last: (number: Int, endpoint: ACMEEndpoint?)?
        var lastElsewhere: (number: Int, endpoint: ACMEEndpoint?)?
        /// The states of stories, by world and name.
        var stories: [Story: String] = [:]
        /// Counts the rules that were ever added.
        var added = 0
        /// Counts those that had no name.
        var unnamed = 0
        /// The gates of rules that were removed, to be opened outside of the lock.
        var leaving: [RuleGate] = []
    }

    /// The state of which story of which world.
    struct Story: Hashable, Sendable {
        let world: String?
        let name: String?
    }

    let state = Mutex(State())
    private let seed: CairnSeed
    /// The rules of presets by name; none for a preset that has settings alone.
    private let presets: [String: [CairnRule]]
    /// Changes what the server holds, when a rule says so.
    let carryOut: @Sendable (CairnRule.StateChange, Sight) -> Void
    /// Whether that would change anything.
    let canCarryOut: @Sendable (CairnRule.StateChange, Sight) -> Bool
    /// Which of the things that rules count for are still there; `nil` where nothing is known of such things.
    package let remaining: @Sendable (CairnRule.Each, [String]) -> Set<String>?
    /// What cannot be done here, in a sentence.
    private let refusal: @Sendable (CairnRule.Action, RulePoint) -> String?
    private let hasRules = Atomic(false)
    private let hasConnectionRules = Atomic(false)

    /// Makes an engine without rules.
    ///
    /// - Parameters:
    ///   - presets: sets of rules that are always there, unless others are saved under their names.
    ///   - carryOut: changes the state of the object that a request is about; it is called without a lock.
    ///   - canCarryOut: whether that would change anything; it is called with the lock of the rules.
    ///   - refusal: why an action cannot be done here, in a sentence; `nil` for those that can.
    ///   - remaining: which of some things, by the names that rules count for, are still there; `nil` where that cannot be
    ///     told; it is called with the lock of the rules.
    package init(
        seed: CairnSeed, presets: [String: [CairnRule]] = [:],
        carryOut: @escaping @Sendable (CairnRule.StateChange, Sight) -> Void = { _, _ in },
        canCarryOut: @escaping @Sendable (CairnRule.StateChange, Sight) -> Bool = { _, _ in true },
        refusing refusal: @escaping @Sendable (CairnRule.Action, RulePoint) -> String? = { _, _ in nil },
        remaining: @escaping @Sendable (CairnRule.Each, [String]) -> Set<String>? = { _, _ in nil }
    ) {
        (self.seed, self.presets) = (seed, presets)
        self.refusal = refusal
        self.canCarryOut = canCarryOut
        self.remaining = remaining
        self.carryOut = carryOut
    }

    /// Whether nothing can happen to any request.
    @inline(__always) package var isEmpty: Bool { !hasRules.load(ordering: .relaxed) }

    // MARK: The rules that there are

    /// Puts a rule into effect; one of the same name makes way for it.
    ///
    /// - Returns: the name that it goes by.
    /// - Throws: what is wrong, for a rule that cannot be.
    @discardableResult
    package func add(_ rule: CairnRule, at now: CairnInstant) throws(CairnRuleError) -> String {
        try check([rule])
        return change { state in
            var name = rule.name
            if name == nil {
                repeat {
                    state.unnamed += 1
                    name = "r\(state.unnamed)"
                } while state.rules.contains { $0.world == nil && $0.name == name }
            }
            let added = name ?? ""
            removeRules(&state) { $0.world == nil && $0.name.isSame(as: added) }
            insert(rule, name: added, world: nil, &state, at: now)
            return added
        }
    }

    /// Refuses rules that cannot be, or not here.
    func check(_ rules: [CairnRule]) throws(CairnRuleError) { try Self.check(rules, refusing: refusal) }

    static func check(
        _ rules: [CairnRule], refusing refusal: (CairnRule.Action, RulePoint) -> String?
    ) throws(CairnRuleError) {
        for rule in rules {
            try rule.check()
            for (index, step) in rule.fault.steps.enumerated() {
                guard let refusal = refusal(step.action, rule.point(of: step.action)) else { continue }
                let tokens = rule.fault.steps.count == 1 ? ["do"] : ["do", "\(index)"]
                throw CairnRuleError(refusal, at: CairnJSONPointer(tokens: tokens))
            }
        }
    }

    private func insert(
        _ rule: CairnRule, name: String, world: String?, _ state: inout State, at now: CairnInstant
    ) {
        // A stream by what the rule says, where it has no name, so that no other rule moves it.
        let text = rule.name ?? rule.json.text()
        let twins = rule.name == nil ? state.rules.count { $0.world == world && $0.isTwin(of: rule) } : 0
        let purpose = "rule \(world.map { "\($0)/" } ?? "")\(text)\(twins > 0 ? "#\(twins)" : "")"
        let isOfConnections = rule.endpoints == [.connection]
        let seen = isOfConnections ? state.connections : world.map { state.worlds[$0] ?? 0 } ?? state.requests
        state.added += 1
        state.rules.append(
            LiveRule(
                rule, name: name, world: world, age: state.added, seed: seed, purpose: purpose, seen: seen, at: now))
    }

    /// Changes which rules there are.
    private func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        let (value, leaving) = state.withLock { state in
            let value = body(&state)
            rebuild(&state)
            defer { state.leaving = [] }
            return (value, state.leaving)
        }
        for gate in leaving { gate.open() }
        return value
    }

    private func removeRules(_ state: inout State, where isGone: (LiveRule) -> Bool) {
        state.leaving += state.rules.filter(isGone).map(\.gate)
        state.rules.removeAll(where: isGone)
    }

    private func rebuild(_ state: inout State) {
        state.tables = [nil: RuleTable(state.rules, world: nil)]
        for world in state.worlds.keys { state.tables[world] = RuleTable(state.rules, world: world) }
        hasRules.store(!state.rules.isEmpty, ordering: .relaxed)
        hasConnectionRules.store(state.rules.contains { $0.rule.endpoints == [.connection] }, ordering: .relaxed)
    }

    /// Removes the rules of a name; tells whether there was one.
    @discardableResult
    package func remove(named name: String) -> Bool { remove { $0.name.isSame(as: name) } > 0 }

    /// Removes the rules that have a tag; returns how many there were.
    @discardableResult
    package func remove(tagged tag: String) -> Int { remove { $0.rule.tags.contains(tag) } }

    /// Forgets all rules, sets, worlds and stories, and everything that was counted.
    func beginAnew() {
        change { state in
            let leaving = state.leaving + state.rules.map(\.gate)
            state = State()
            state.leaving = leaving
        }
    }

    /// Removes the rules that have a tag and are of all worlds.
    package func removeShared(tagged tag: String) { _ = remove { $0.world == nil && $0.rule.tags.contains(tag) } }

    /// Removes all rules; worlds get those that are saved for them anew when somebody enters them.
    package func removeAll() {
        change { state in
            removeRules(&state) { _ in true }
            state.worlds = [:]
        }
    }

    private func remove(where isGone: (LiveRule) -> Bool) -> Int {
        change { state in
            let count = state.rules.count
            removeRules(&state, where: isGone)
            return count - state.rules.count
        }
    }

    /// Opens the gate of the rules of a name; tells whether there was one.
    @discardableResult
    package func release(named name: String) -> Bool {
        let gates = gates { $0.name.isSame(as: name) }
        for gate in gates { gate.open() }
        return !gates.isEmpty
    }

    /// Opens all gates, so that nothing waits any longer.
    package func releaseAll() { for gate in gates(where: { _ in true }) { gate.open() } }

    /// The gate of a rule; `nil` if there is no such rule.
    package func gate(named name: String) -> RuleGate? { gates { $0.name.isSame(as: name) }.first }

    /// Who waits at gates: by the age of the rules, and at each gate in the order in which they came.
    package var heldRequests: [CairnHeldRequest] { gates { _ in true }.flatMap(\.requests) }

    private func gates(where isMeant: (LiveRule) -> Bool) -> [RuleGate] {
        state.withLock { $0.rules.filter(isMeant).map(\.gate) }
    }

    /// All rules in the order in which they were added, and what became of each.
    package func records() -> [CairnRuleRecord] {
        state.withLock { state in state.rules.map { Self.record($0, state) } }
    }

    /// The rule of a name, and what became of it.
    package func record(named name: String) -> CairnRuleRecord? {
        records().last { $0.rule.name.map { $0.isSame(as: name) } ?? false }
    }

    /// The rules that never did anything, but for those of worlds, those that need not, and those that leave it to chance.
    package func unfired() -> [CairnRuleRecord] {
        records().filter { $0.fired == 0 && !$0.rule.isOptional && $0.world == nil && $0.rule.probability >= 1 }
    }

    /// Lets rules begin anew, all or those of a name; stories too, where it is all.
    package func resetCounters(named name: String? = nil) {
        state.withLock { state in
            for index in state.rules.indices where name == nil || state.rules[index].name == name {
                state.rules[index].resetCounters(seen: Self.seen(state.rules[index], state))
            }
            if name == nil { state.stories = [:] }
        }
    }

    private static func seen(_ rule: LiveRule, _ state: State) -> Int {
        if rule.rule.endpoints == [.connection] { return state.connections }
        return rule.world.map { state.worlds[$0] ?? 0 } ?? state.requests
    }

    private static func record(_ rule: LiveRule, _ state: State) -> CairnRuleRecord {
        let others = [state.last, state.lastElsewhere].compactMap { $0 }
        let other = others.first { other in !rule.rule.endpoints.contains { $0 == other.endpoint } }
        return rule.record(seen: seen(rule, state), other: rule.world == nil ? other : nil)
    }

    // MARK: Stories

    /// The state of a story.
    package func state(of story: String? = nil, in world: String? = nil) -> String {
        state.withLock { $0.stories[Story(world: world, name: story)] ?? CairnRule.Story.start }
    }

    /// The states of the stories that have a name, those of worlds aside: of all that rules are of, or that were moved on.
    package var stories: [String: String] {
        state.withLock { state in
            var stories: [String: String] = [:]
            for rule in state.rules where rule.world == nil {
                if let name = rule.rule.story?.name { stories[name] = CairnRule.Story.start }
            }
            for (story, text) in state.stories where story.world == nil {
                if let name = story.name { stories[name] = text }
            }
            return stories
        }
    }

    /// Moves a story on by hand.
    package func setState(_ text: String, of story: String? = nil, in world: String? = nil) {
        state.withLock { $0.stories[Story(world: world, name: story)] = text }
    }

    // MARK: Sets and worlds

    /// Keeps rules under a name that clients can choose in a URL; whoever is in a world of that name begins anew.
    ///
    /// - Throws: what is wrong, for a rule that cannot be.
    package func save(_ rules: [CairnRule], as name: String, at now: CairnInstant) throws(CairnRuleError) {
        guard RuleWorld.isName(name) else {
            throw CairnRuleError(
                "expected a name of letters, digits, \"-\", \".\", \"_\" and \"~\", which can stand in a URL, got \(name.quoted)",
                at: CairnJSONPointer(tokens: []))
        }
        try check(rules)
        if let index = rules.firstIndex(where: { $0.endpoints == [.connection] }) {
            throw CairnRuleError(
                "expected rules on requests, got one on connections, which come before the URL that names the set",
                at: CairnJSONPointer(tokens: ["\(index)", "at"]))
        }
        change { state in
            state.sets[name] = rules
            for world in Array(state.worlds.keys) where RuleWorld(world).names.contains(name) {
                populate(world, &state, at: now)
            }
        }
    }

    /// Forgets the rules of a name, and the worlds that have it; tells whether there were any.
    @discardableResult
    package func forget(set name: String) -> Bool {
        change { state in
            guard state.sets.removeValue(forKey: name) != nil else { return false }
            for world in Array(state.worlds.keys) where RuleWorld(world).names.contains(name) {
                removeRules(&state) { $0.world == world }
                state.worlds[world] = nil
            }
            return true
        }
    }

    /// The sets that there are.
    package var sets: [String: [CairnRule]] { state.withLock { $0.sets } }

    /// So many worlds there can be: clients make them by their URLs, and each has rules of its own.
    private static let worldLimit = 1_000

    /// Makes a world ready for a request.
    ///
    /// - Returns: what is wrong with its name, in a sentence; `nil` if nothing is.
    package func enter(_ world: RuleWorld, at now: CairnInstant) -> String? {
        if state.withLock({ $0.worlds[world.name] != nil }) { return nil }
        return change { state in
            for (index, name) in world.names.enumerated() {
                guard let rules = rules(named: name, state) else {
                    let hint = NearestName.to(name, among: (Array(state.sets.keys) + presets.keys).sorted())
                    return "there are no rules named \(name.quoted)"
                        + (hint.map { "; did you mean \($0.quoted)?" } ?? "")
                }
                guard !rules.isEmpty || state.sets[name] != nil else {
                    return "the preset \(name.quoted) has settings alone, which a URL cannot choose: they hold for the "
                        + "whole CA, and for one that was started with the preset"
                }
                guard !world.names[..<index].contains(name) else {
                    return "expected each name once in \(world.name.quoted), got \(name.quoted) again"
                }
            }
            // Another request may have been quicker.
            guard state.worlds[world.name] == nil else { return nil }
            guard state.worlds.count < Self.worldLimit else {
                return
                    "expected at most \(Self.worldLimit) different choices of rules, got \(world.name.quoted) besides"
            }
            state.worlds[world.name] = 0
            populate(world.name, &state, at: now)
            return nil
        }
    }

    /// What is saved under a name, or the rules of the preset of that name.
    private func rules(named name: String, _ state: State) -> [CairnRule]? { state.sets[name] ?? presets[name] }

    private func populate(_ world: String, _ state: inout State, at now: CairnInstant) {
        removeRules(&state) { $0.world == world }
        for key in state.stories.keys where key.world == world { state.stories[key] = nil }
        for name in RuleWorld(world).names {
            for (index, rule) in (rules(named: name, state) ?? []).enumerated() {
                insert(rule, name: rule.name ?? "\(name)-\(index + 1)", world: world, &state, at: now)
            }
        }
    }

    // MARK: Connections

    /// What becomes of a connection that comes in; `nil` if nothing out of turn does.
    ///
    /// - Parameter number: counts the connections.
    package func onConnection(
        number: Int, from source: CairnIPAddress?, at now: CairnInstant
    ) -> (verdict: ConnectionVerdict, firing: CairnRuleFiring)? {
        guard hasConnectionRules.load(ordering: .relaxed) else { return nil }
        let sight = Sight(number: number, now: now, endpoint: .connection, source: source)
        return state.withLock { state in
            state.connections += 1
            for place in state.tables[nil]?[.connection][.connection] ?? [] {
                var isHandled = false
                guard let firing = consider(place, sight, .connection, &state, &isHandled),
                    let verdict = ConnectionVerdict(firing.action)
                else { continue }
                commit(place, firing, &state)
                return (verdict, report(state.rules[place], firing))
            }
            return nil
        }
    }

    // MARK: One request, for those who go with it

    /// The rules that a request can meet on its way; call it once it is known what the request is for.
    ///
    /// - Parameters:
    ///   - number: as the journal counts requests.
    ///   - world: the one that the path names, after ``enter(_:at:)``.
    ///   - passed: the rules whose gates let the request go, when it comes again.
    package func attend(
        number: Int, to endpoint: ACMEEndpoint?, in world: String? = nil, passed: [String] = []
    ) -> RuleAttendance {
        if isEmpty { return RuleAttendance() }
        let points = state.withLock { state in
            if passed.isEmpty {
                state.requests += 1
                if let world { state.worlds[world]? += 1 }
                if let last = state.last, last.endpoint != endpoint { state.lastElsewhere = last }
                state.last = (number, endpoint)
            }
            return state.tables[world]?[endpoint].points ?? []
        }
        return RuleAttendance(self, points, endpoint: endpoint, world: world, passed: passed)
    }

    func consider(
        _ place: Int, _ sight: Sight, _ point: RulePoint, _ state: inout State, _ isHandled: inout Bool
    ) -> LiveRule.Firing? {
        let current = state.rules[place].isOfState ? Self.state(of: state.rules[place], state) : nil
        let firing = state.rules[place].consider(sight, at: point, state: current, isHandled: &isHandled)
        if state.rules[place].counts > LiveRule.leastCrowd { state.rules[place].forgetCounts(remaining) }
        return firing
    }

    /// The state of the story that a rule is of.
    private static func state(of rule: LiveRule, _ state: State) -> String {
        state.stories[Story(world: rule.world, name: rule.rule.story?.name)] ?? CairnRule.Story.start
    }

    func commit(_ place: Int, _ firing: LiveRule.Firing, _ state: inout State) {
        state.rules[place].commit(firing)
        let rule = state.rules[place]
        if let story = rule.rule.story, let next = story.becomes {
            state.stories[Story(world: rule.world, name: story.name)] = next
        }
    }

    func report(_ rule: LiveRule, _ firing: LiveRule.Firing) -> CairnRuleFiring {
        CairnRuleFiring(rule: rule.name, action: firing.action.name, point: firing.point)
    }
}

extension LiveRule {
    /// Whether it says the same as another, neither having been given a name.
    func isTwin(of other: CairnRule) -> Bool {
        guard isUnnamed, rule.fault == other.fault else { return false }
        var unnamed = rule
        unnamed.name = nil
        return unnamed == other
    }
}
