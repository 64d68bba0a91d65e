import CairnModel

/// A rule that is in effect: how far it has come, and what it draws from.
struct LiveRule: Sendable {
    /// How far the count for one thing, or for all requests, has come.
    private struct Cursor: Sendable {
        /// How many requests matched.
        var matched = 0
        /// Counts up from thing to thing.
        var age = 0
        /// The step that is next; past the last one when there is no more.
        var step = 0
        /// How often that step happened.
        var times = 0
    }

    /// Why a request was none for the rule.
    private enum Miss: Sendable {
        case check(Int, RuleCheck.Instead)
        case noneOfEach
        case state(String)
        case nothingToChange
    }

    /// What a rule is about to do; done with ``LiveRule/commit(_:)``.
    struct Firing: Sendable {
        let action: CairnRule.Action
        let point: RulePoint
        fileprivate let keys: [String]?
    }

    let rule: CairnRule
    /// The name that it goes by.
    let name: String
    /// Whether the name is one that it was given for want of another.
    let isUnnamed: Bool
    /// `nil` for everywhere.
    let world: String?
    /// Counts up from rule to rule.
    let age: Int
    /// Holds requests back, where the rule does.
    let gate = RuleGate()
    private let end: CairnInstant?
    private let checks: [RuleCheck]
    private let points: [RulePoint]
    private let requiredState: String?
    private let seed: CairnSeed
    private let purpose: String
    private var stream: SeededGenerator?
    private var common = Cursor()
    private var cursors: [String: Cursor] = [:]
    /// How many things it has counted for.
    private var things = 0
    /// With how many counts it is looked for those that are of no use any more.
    private var crowd = LiveRule.leastCrowd
    /// So many counts are few.
    static let leastCrowd = 1_000
    /// So many counts there are at most, of things of which nobody knows when they are gone.
    static let mostCounts = 10_000
    /// How many requests there had been when it was added.
    private var seenBefore: Int
    private var matched = 0
    private var fired = 0
    private var miss: (request: Int, cause: Miss)?

    /// - Parameters:
    ///   - purpose: what its stream of random numbers is told apart by.
    ///   - seen: how many requests there have been.
    init(
        _ rule: CairnRule, name: String, world: String?, age: Int, seed: CairnSeed, purpose: String, seen: Int,
        at now: CairnInstant
    ) {
        isUnnamed = rule.name == nil
        var rule = rule
        rule.name = name
        self.rule = rule
        (self.name, self.world, self.age, self.seed, self.purpose) = (name, world, age, seed, purpose)
        seenBefore = seen
        end =
            switch rule.until {
            case .at(let instant): instant
            case .after(let duration): now + duration
            case nil: nil
            }
        checks = rule.conditions.map(RuleCheck.init)
        requiredState = rule.story?.requires
        let points = rule.fault.steps.map { rule.point(of: $0.action) }
        self.points = points
        allPoints = points.reduce(into: []) { $0.insert(RulePoints($1)) }
        isAskedAgain = points.contains { $0 != points[0] }
    }

    /// The points at which it can do something.
    let allPoints: RulePoints
    /// Whether it is asked about a request more than once.
    let isAskedAgain: Bool
    /// Whether it is for one state of a story.
    var isOfState: Bool { requiredState != nil }

    /// The stream of its own.
    mutating func draw<Value>(_ draw: (inout SeededGenerator) -> Value) -> Value {
        var generator = stream ?? seed.generator(for: purpose)
        defer { stream = generator }
        return draw(&generator)
    }

    /// Whether there was a time for it, and that is over.
    func hasEnded(at now: CairnInstant) -> Bool { end.map { now >= $0 } ?? false }

    // MARK: One request

    /// Looks at a request, and says what is to be done to it; `nil` for nothing.
    ///
    /// - Parameters:
    ///   - state: that of its story, if it is for one state of it.
    ///   - isHandled: set when the request was counted, so that no later step looks at it too.
    mutating func consider(
        _ sight: Sight, at point: RulePoint, state: String?, isHandled: inout Bool
    ) -> Firing? {
        guard !hasEnded(at: sight.now) else { return nil }
        var keys: [String]?
        if let each = rule.each {
            guard let found = sight.keys(of: each) else {
                // What it counts for may be known later.
                if points.contains(point) { missed(sight, .noneOfEach) }
                return nil
            }
            keys = found
        }
        // Of several things the first that has something left counts.
        let key = keys.flatMap { keys in keys.first { !isDone(cursors[$0] ?? Cursor()) } ?? keys.first }
        let cursor = key.map { cursors[$0] ?? Cursor() } ?? common
        // By their places, since as raw values they would be compared as texts, for every rule at every point.
        guard points[min(cursor.step, points.count - 1)].index == point.index else { return nil }
        isHandled = true
        for index in checks.indices {
            if let instead = checks[index].miss(sight) {
                missed(sight, .check(index, instead))
                return nil
            }
        }
        if let requiredState, let state, !state.isSame(as: requiredState) {
            missed(sight, .state(state))
            return nil
        }
        matched += 1
        count(keys)
        let number = cursor.matched + 1 - rule.after
        guard !isDone(cursor), number > 0, number % rule.every == 0, isDrawn() else { return nil }
        let action = rule.fault.steps[cursor.step].action
        if case .hold = action, gate.isOpen { return nil }
        return Firing(action: action, point: point, keys: keys)
    }

    private func isDone(_ cursor: Cursor) -> Bool { cursor.step >= points.count }

    private mutating func count(_ keys: [String]?) {
        guard let keys else { return common.matched += 1 }
        for key in keys {
            if cursors[key] == nil {
                things += 1
                cursors[key] = Cursor(age: things)
            }
            cursors[key]?.matched += 1
        }
    }

    /// How many things it has a count for.
    var counts: Int { cursors.count }

    /// Forgets the counts of things that are gone; where nobody knows that, those of the things that were met first.
    ///
    /// - Parameter remaining: which of some things are still there; `nil` where nobody knows.
    mutating func forgetCounts(_ remaining: (CairnRule.Each, [String]) -> Set<String>?) {
        guard cursors.count > crowd, let each = rule.each else { return }
        if let left = remaining(each, Array(cursors.keys)) {
            cursors = cursors.filter { left.contains($0.key) }
            crowd = max(Self.leastCrowd, 2 * cursors.count)
        } else {
            crowd = 2 * Self.mostCounts
            guard cursors.count > Self.mostCounts else { return }
            let oldest = things - Self.mostCounts
            cursors = cursors.filter { $0.value.age > oldest }
        }
    }

    private mutating func isDrawn() -> Bool {
        if rule.probability >= 1 { return true }
        guard rule.probability > 0 else { return false }
        // 53 bits make every number of [0, 1) that a Double can tell apart.
        return draw { Double($0.next() >> 11) * 0x1p-53 } < rule.probability
    }

    /// What the rule was about to do is done.
    mutating func commit(_ firing: Firing) {
        fired += 1
        guard let keys = firing.keys else { return advance(&common) }
        for key in keys { advance(&cursors[key, default: Cursor()]) }
    }

    private func advance(_ cursor: inout Cursor) {
        guard !isDone(cursor) else { return }
        cursor.times += 1
        if let times = rule.fault.steps[cursor.step].times, cursor.times >= times {
            cursor.step += 1
            cursor.times = 0
        }
    }

    /// What the rule was about to do would have changed nothing.
    mutating func abandon(_ sight: Sight) { missed(sight, .nothingToChange) }

    private mutating func missed(_ sight: Sight, _ cause: Miss) { miss = (sight.number, cause) }

    // MARK: What became of it

    mutating func resetCounters(seen: Int) {
        common = Cursor()
        cursors = [:]
        seenBefore = seen
        (matched, fired, miss) = (0, 0, nil)
    }

    /// - Parameters:
    ///   - seen: how many requests there have been.
    ///   - other: the last request to another endpoint than those of the rule.
    func record(seen: Int, other: (number: Int, endpoint: ACMEEndpoint?)?) -> CairnRuleRecord {
        var record = CairnRuleRecord(rule: rule, world: world)
        record.seen = seen - seenBefore
        record.matched = matched
        record.fired = fired
        record.left = left
        if let miss {
            record.nearMiss = CairnRuleRecord.NearMiss(request: miss.request, why: why(miss.cause))
        } else if let other, record.seen > 0, !rule.endpoints.isEmpty {
            let wanted = rule.endpoints.map(\.rawValue).joined(separator: " or ")
            record.nearMiss = CairnRuleRecord.NearMiss(
                request: other.number, why: "at: \(other.endpoint?.rawValue ?? "nowhere"), not \(wanted)")
        }
        return record
    }

    private var left: Int? {
        guard rule.each == nil else { return nil }
        var left = 0
        for step in rule.fault.steps.dropFirst(common.step) {
            guard let times = step.times else { return nil }
            left += times
        }
        return left - common.times
    }

    private func why(_ miss: Miss) -> String {
        switch miss {
        case .check(let index, let instead): checks[index].sentence(instead)
        case .noneOfEach: "each: the request is about no \(rule.each?.rawValue ?? "thing")"
        case .state(let state): "state: \(state.quoted), not \((rule.story?.requires ?? "").quoted)"
        case .nothingToChange: "do: there was nothing to change"
        }
    }
}
