import CairnGateway
import CairnModel
import HTTPTypes
import Synchronization
import Testing

/// An engine, and requests that are nothing but what rules see of them.
final class RuleBench: Sendable {
    private final class Changes: Sendable { let list = Mutex<[CairnRule.StateChange]>([]) }

    let engine: RuleEngine
    private let changes = Changes()
    private let number = Atomic(0)
    private let time = Mutex<CairnInstant>("2026-11-22T07:50:00Z")

    init(
        seed: CairnSeed = 1, remaining: @escaping @Sendable (CairnRule.Each, [String]) -> Set<String>? = { _, _ in nil }
    ) {
        engine = RuleEngine(
            seed: seed, carryOut: { [changes] change, _ in changes.list.withLock { $0.append(change) } },
            remaining: remaining)
    }

    /// What rules made of the state that the server holds, in order.
    var changed: [CairnRule.StateChange] { changes.list.withLock { $0 } }
    var now: CairnInstant { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }

    var rules: CairnRules { CairnRules(engine) { [self] in now } }
    var rulesets: CairnRulesets { CairnRulesets(engine) { [self] in now } }

    /// What became of a request.
    struct Outcome {
        var verdict: RuleVerdict?
        var answer: AlteredAnswer
        var body: [UInt8] = []
        var delivery: CairnDelivery
        var aftermath = RuleAftermath()
        var firings: [CairnRuleFiring]

        /// What was done, in a word: the type of a problem, the status of an answer, `nil` for nothing.
        var word: String? {
            switch verdict {
            case .problem(let problem, _): problem.type.name
            case .answer(let status, _, _): "\(status.code)"
            case .hold: "hold"
            case .drop: "drop"
            case .reset: "reset"
            case .late: "late"
            case nil: nil
            }
        }
    }

    /// Takes a request along its way.
    @discardableResult
    func request(
        to endpoint: ACMEEndpoint? = .newOrder, in world: String? = nil, passed: [String] = [],
        answer: AlteredAnswer = AlteredAnswer(status: .ok, fields: [:], json: nil), body: [UInt8] = [],
        _ describe: (inout Sight) -> Void = { _ in }
    ) -> Outcome {
        let number = number.add(1, ordering: .relaxed).newValue
        var sight = Sight(number: number, now: now, endpoint: endpoint)
        describe(&sight)
        var rules = engine.attend(number: number, to: endpoint, in: world, passed: passed)
        var outcome = Outcome(answer: answer, delivery: CairnDelivery(HTTPResponse(status: .ok)), firings: [])
        for point in [RulePoint.routed, .understood, .committed] where outcome.verdict == nil {
            outcome.verdict = rules.before(point, url: "https://ca.test/here", sight)
        }
        sight.status = answer.status.code
        sight.answer = answer.json
        if case .problem(let problem, _) = outcome.verdict {
            (sight.status, sight.isProblem) = (problem.status, true)
        }
        let nonces = RuleNonces(fresh: { "fresh" }, used: { "used" })
        rules.alter(&outcome.answer, nonces, sight)
        outcome.body = body.isEmpty ? outcome.answer.json?.serialized() ?? [] : body
        rules.alterBytes(&outcome.body, of: outcome.answer, sight)
        outcome.delivery.body = outcome.body
        outcome.aftermath = rules.deliver(&outcome.delivery, sight)
        outcome.firings = rules.firings
        return outcome
    }

    /// What became of some requests, one after the other.
    func words(_ count: Int, to endpoint: ACMEEndpoint? = .newOrder, in world: String? = nil) -> [String?] {
        (0..<count).map { _ in request(to: endpoint, in: world).word }
    }
}

extension CairnRuleRecord {
    func with(left: Int) -> CairnRuleRecord {
        var record = self
        record.left = left
        return record
    }
}
