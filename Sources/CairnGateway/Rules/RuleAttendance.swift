package import CairnModel
package import HTTPTypes
import Synchronization

/// The rules on the way of one request: whoever drives the request asks at each point, in their order.
///
/// ```
/// var rules = engine.attend(number: number, to: endpoint)
/// if let verdict = rules.before(.routed, exchange.sight) { … }
/// if let verdict = rules.before(.understood, exchange.sight) { … }
/// if let verdict = rules.before(.committed, exchange.sight) { … }
/// rules.alter(&answer, nonces, exchange.sight)
/// rules.alterBytes(&body, of: answer, exchange.sight)
/// let aftermath = rules.deliver(&delivery, exchange.sight)
/// ```
///
/// A point that no rule is for costs nothing, not even the sight.
package struct RuleAttendance: Sendable {
    private let engine: RuleEngine?
    private let points: RulePoints
    private let endpoint: ACMEEndpoint?
    private let world: String?
    private let passed: [String]
    /// The rules that counted the request already, by their age.
    private var handled: Set<Int> = []
    /// What rules did so far, in order.
    package private(set) var firings: [CairnRuleFiring] = []

    /// No rule is for the request.
    package init() {
        (engine, points, endpoint, world, passed) = (nil, [], nil, nil, [])
    }

    init(_ engine: RuleEngine, _ points: RulePoints, endpoint: ACMEEndpoint?, world: String?, passed: [String]) {
        (self.engine, self.points, self.endpoint) = (engine, points, endpoint)
        (self.world, self.passed) = (world, passed)
    }

    /// Whether no rule can do anything.
    package var isEmpty: Bool { points.isEmpty }

    /// Whether some rule may do something at a point.
    package func asks(_ point: RulePoint) -> Bool { points.contains(RulePoints(point)) }

    /// What is done in place of what the server would do; `nil` lets it do that.
    ///
    /// - Parameters:
    ///   - point: ``RulePoint/routed``, ``RulePoint/understood`` or ``RulePoint/committed``.
    ///   - url: what was asked for, for redirects that lead back.
    package mutating func before(
        _ point: RulePoint, url: @autoclosure () -> String = "", _ sight: @autoclosure () -> Sight
    ) -> RuleVerdict? {
        guard let engine, asks(point) else { return nil }
        let sight = sight()
        var verdict: RuleVerdict?
        var changes: [CairnRule.StateChange] = []
        visit(engine, point, sight) { rule, firing in
            if case .state(let change, _) = firing.action {
                guard engine.canCarryOut(change, sight) else { return .unchanged }
                changes.append(change)
            }
            if firing.action.answers { verdict = RuleVerdict(firing.action, rule: rule, sight: sight, url: url()) }
            return firing.action.answers ? .done : .next
        }
        for change in changes { engine.carryOut(change, sight) }
        return verdict
    }

    /// Changes status, header fields and JSON of an answer.
    ///
    /// - Parameter nonces: where nonces come from that rules put in.
    package mutating func alter(
        _ answer: inout AlteredAnswer, _ nonces: RuleNonces, _ sight: @autoclosure () -> Sight
    ) {
        guard let engine, asks(.answer) else { return }
        visit(engine, .answer, sight()) { rule, firing in
            answer.apply(firing.action, nonces, &rule) ? .next : .unchanged
        }
    }

    /// Changes how the body of an answer is written.
    package mutating func alterBytes(
        _ body: inout [UInt8], of answer: AlteredAnswer, _ sight: @autoclosure () -> Sight
    ) {
        guard let engine, asks(.bytes) else { return }
        visit(engine, .bytes, sight()) { rule, firing in
            firing.action.rewrite(&body, answer.json, &rule) ? .next : .unchanged
        }
    }

    /// Changes how an answer reaches the client.
    package mutating func deliver(
        _ delivery: inout CairnDelivery, _ sight: @autoclosure () -> Sight
    ) -> RuleAftermath {
        guard let engine, asks(.wire) else { return RuleAftermath() }
        var aftermath = RuleAftermath()
        visit(engine, .wire, sight()) { _, firing in
            delivery.apply(firing.action, &aftermath) ? .next : .unchanged
        }
        return aftermath
    }

    private enum Next { case next, done, unchanged }

    private mutating func visit(
        _ engine: RuleEngine, _ point: RulePoint, _ sight: Sight,
        _ act: (inout LiveRule, LiveRule.Firing) -> Next
    ) {
        var (handled, firings) = (handled, firings)
        engine.state.withLock { state in
            // The rules may be others by now than when the request came.
            let places = state.tables[world]?[endpoint][point] ?? []
            for place in places {
                let age = state.rules[place].age
                guard handled.isEmpty || !handled.contains(age),
                    passed.isEmpty || !passed.contains(state.rules[place].name)
                else { continue }
                var isHandled = false
                let firing = engine.consider(place, sight, point, &state, &isHandled)
                if isHandled, state.rules[place].isAskedAgain { handled.insert(age) }
                guard let firing else { continue }
                let next = act(&state.rules[place], firing)
                guard next != .unchanged else {
                    state.rules[place].abandon(sight)
                    continue
                }
                engine.commit(place, firing, &state)
                firings.append(engine.report(state.rules[place], firing))
                guard next == .done else { continue }
                if case .hold = firing.action {
                    // When the gate lets the request go, those are asked that have not been.
                    for other in places {
                        handled.insert(state.rules[other].age)
                        if other == place { break }
                    }
                }
                break
            }
        }
        (self.handled, self.firings) = (handled, firings)
    }
}

/// Where nonces come from that rules put into answers.
package struct RuleNonces {
    /// One that the server will take.
    package let fresh: () -> String
    /// One that it will not take, since it was used.
    package let used: () -> String

    package init(fresh: @escaping () -> String, used: @escaping () -> String) {
        (self.fresh, self.used) = (fresh, used)
    }
}

/// An answer as rules change it: complete but for its bytes.
package struct AlteredAnswer: Sendable {
    package var status: HTTPResponse.Status
    /// All of them, the nonce and the links too.
    package var fields: HTTPFields
    /// The body, if it is JSON, a problem document too.
    package var json: CairnJSON?

    package init(status: HTTPResponse.Status, fields: HTTPFields, json: CairnJSON?) {
        (self.status, self.fields, self.json) = (status, fields, json)
    }
}
