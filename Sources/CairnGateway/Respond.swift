import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Answers a request: the stages in order, none of which reaches back.
    ///
    /// The answer to HEAD has the body that GET has, for whoever sends it to count and leave out.
    package func respond(to request: CairnRequest) -> CairnDelivery {
        var exchange = begin(request)
        return drive(&exchange) { (exchange) throws(Refusal) in try passStages(&exchange) }
    }

    /// Takes a request from one of its stages to its delivery.
    private func drive(
        _ exchange: inout Exchange, _ stages: (inout Exchange) throws(Refusal) -> Course
    ) -> CairnDelivery {
        let delivery = RequestNumber.$current.withValue(exchange.number) {
            let course: Course
            do throws(Refusal) { course = try stages(&exchange) } catch { course = .answer(write(error, exchange)) }
            return switch course {
            case .answer(let answer): finish(answer, &exchange)
            case .held(let gate, let rule, let resume): hold(exchange, at: gate, of: rule, resume)
            }
        }
        for job in exchange.jobs { validate(job) }
        exchange.jobs = []
        validateDueJobs()
        return delivery
    }

    /// From the request to what it comes to, which is a value until it is rendered.
    private func passStages(_ exchange: inout Exchange) throws(Refusal) -> Course {
        let routing = Result { () throws(Refusal) in try route(&exchange) }  // 1: path and method → resource
        exchange.rules = rules.attend(number: exchange.number, to: exchange.endpoint, in: exchange.world?.name)
        return try understand(&exchange, routing)
    }

    private func understand(
        _ exchange: inout Exchange, _ routing: Result<Void, Refusal>
    ) throws(Refusal) -> Course {
        // Point A: nothing has been looked at but where the request goes.
        if exchange.rules.asks(.routed),
            let course = detour(
                at: .routed, &exchange,
                { @Sendable (gateway, exchange) throws(Refusal) in
                    try gateway.understand(&exchange, routing)
                })
        {
            return course
        }
        try routing.get()
        try authenticate(&exchange)  // 2, 3: JWS, nonce, signature → who asks for what
        return try carryOut(try decode(&exchange), &exchange)  // 4: payload → operation
    }

    private func carryOut(_ operation: Operation, _ exchange: inout Exchange) throws(Refusal) -> Course {
        try keepApart(operation, exchange)
        if !exchange.rules.isEmpty {
            exchange.wanted = (operation.identifiers, operation.profile, operation.certificate)
        }
        // Point B: the request is signed and understood, and nothing has happened.
        if exchange.rules.asks(.understood),
            let course = detour(
                at: .understood, &exchange,
                { @Sendable (gateway, exchange) throws(Refusal) in
                    try gateway.carryOut(operation, &exchange)
                })
        {
            return course
        }
        let outcome = try perform(operation, &exchange)  // 5, 6: policy and state, in the engine
        if case .order(let order, isNew: true) = outcome { exchange.made = order.id }
        // Point C: it has happened, and nothing is written.
        if exchange.rules.asks(.committed), let course = detour(at: .committed, &exchange) {
            return course
        }
        return .answer(write(outcome, exchange))  // 7: status, fields, JSON
    }

    /// From an answer to what is sent.
    ///
    /// - Parameter isReadable: whether anything is known of the request.
    func finish(_ written: consuming Answer, _ exchange: inout Exchange, isReadable: Bool = true) -> CairnDelivery {
        var answer = consume written
        if answer.isBare {
            addMediaType(to: &answer)
        } else {
            let personality = exchange.sharedPersonality
            addCommonFields(to: &answer, exchange)
            personality.alter(&answer, to: exchange)
            addMediaType(to: &answer)
            personality.alterMediaType(of: &answer)
        }
        if configuration.wire.shufflesLists { shuffleLists(of: &answer) }
        var sight: Sight?
        alter(&answer, &exchange, &sight)  // Point D: the answer can be altered as a value.
        var delivery = render(answer, exchange.personality.jsonText)  // 8: bytes
        alter(&delivery, showing: answer, &exchange, &sight)  // Point E: the bytes can, and how they are sent.
        exchange.notes.write(to: engine.journal, at: exchange.now)
        delivery.entry = record(exchange, answer, delivery, number: exchange.number, isReadable: isReadable)
        if let (gate, rule) = exchange.detour.gate {
            let finished = delivery
            delivery.held = CairnDelivery.Held(gate, for: exchange.held(by: rule, isCarriedOut: true)) { finished }
        }
        return delivery
    }
}

// MARK: - Where rules have their say

/// What a request has come to so far.
enum Course {
    case answer(Answer)
    /// Something waits at the gate of a rule, and goes on from there.
    case held(RuleGate, rule: String, Resumption)
}

/// How a request goes on that was held.
typealias Resumption = @Sendable (Gateway, inout Exchange) throws(Refusal) -> Course

/// How rules have an answer go out otherwise than the server would.
struct Detour {
    /// How much later it goes out.
    var delay = Duration.zero
    /// Set where nothing goes out at all.
    var ending: CairnDelivery.Ending?
    /// Where the answer waits, and by which rule.
    var gate: (RuleGate, rule: String)?
}

extension Gateway {
    /// What rules do in place of the server; `nil` lets it do what it would.
    ///
    /// - Parameter resume: how a request goes on that is held here.
    private func detour(
        at point: RulePoint, _ exchange: inout Exchange,
        _ resume: Resumption? = nil
    ) -> Course? {
        var rules = exchange.rules
        let verdict = rules.before(point, url: exchange.url, exchange.sight())
        exchange.rules = rules
        switch verdict {
        case nil: return nil
        case .problem(let problem, let fields): return .answer(write(problem, fields, exchange))
        case .answer(let status, let fields, let body):
            let type = fields[.contentType] ?? ""
            var answer = Answer(status, body.isEmpty ? .empty : .bytes(body, type: type), fields: fields)
            answer.isBare = true
            return .answer(answer)
        case .hold(let gate, let rule):
            if let resume { return .held(gate, rule: rule, resume) }
            exchange.detour.gate = (gate, rule)
        case .late(let delay): exchange.detour.delay += delay
        case .drop: return silence(.cut(afterBodyBytes: nil), at: point, &exchange)
        case .reset: return silence(.reset(afterBodyBytes: nil), at: point, &exchange)
        }
        return nil
    }

    /// Says nothing to a request; if it was carried out, the journal has what would have been said.
    private func silence(
        _ ending: CairnDelivery.Ending, at point: RulePoint, _ exchange: inout Exchange
    ) -> Course? {
        exchange.detour.ending = ending
        guard point != .committed else { return nil }
        var answer = Answer(HTTPResponse.Status(code: 0))
        answer.isBare = true
        return .answer(answer)
    }

    /// Keeps a request until a gate opens.
    private func hold(
        _ exchange: Exchange, at gate: RuleGate, of rule: String, _ resume: @escaping Resumption
    ) -> CairnDelivery {
        var delivery = CairnDelivery(HTTPResponse(status: .serviceUnavailable))
        delivery.held = CairnDelivery.Held(gate, for: exchange.held(by: rule, isCarriedOut: false)) { [self] in
            var exchange = exchange
            exchange.now = now()
            return drive(&exchange) { (exchange) throws(Refusal) in try resume(self, &exchange) }
        }
        return delivery
    }

    /// Lets rules alter an answer as a value.
    private func alter(_ answer: inout Answer, _ exchange: inout Exchange, _ sight: inout Sight?) {
        guard exchange.rules.asks(.answer), exchange.detour.ending == nil else { return }
        let json: CairnJSON? = if case .json(let value) = answer.body { value } else { nil }
        var altered = AlteredAnswer(status: answer.status, fields: answer.fields, json: json)
        let nonces = RuleNonces(
            fresh: engine.issueNonce,
            used: { [engine] in
                let nonce = engine.issueNonce()
                _ = engine.spendNonce(nonce)
                return nonce
            })
        var rules = exchange.rules
        rules.alter(&altered, nonces, exchange.sight(answering: answer, after: &sight))
        exchange.rules = rules
        (answer.status, answer.fields) = (altered.status, altered.fields)
        if let json = altered.json { answer.body = .json(json) }
    }

    /// Lets rules alter an answer as bytes, and how it is sent.
    private func alter(
        _ delivery: inout CairnDelivery, showing answer: Answer, _ exchange: inout Exchange, _ sight: inout Sight?
    ) {
        if exchange.detour.delay > .zero { delivery.pace.beforeHead += exchange.detour.delay }
        if let ending = exchange.detour.ending { return delivery.ending = ending }
        guard exchange.rules.asks(.bytes) || exchange.rules.asks(.wire) else { return }
        var rules = exchange.rules
        if rules.asks(.bytes) {
            let json: CairnJSON? = if case .json(let value) = answer.body { value } else { nil }
            let altered = AlteredAnswer(status: answer.status, fields: answer.fields, json: json)
            rules.alterBytes(&delivery.body, of: altered, exchange.sight(answering: answer, after: &sight))
        }
        if rules.asks(.wire) {
            let aftermath = rules.deliver(&delivery, exchange.sight(answering: answer, after: &sight))
            if aftermath.goesAway { delivery.persistence = .announcedLast }
            if aftermath.closes { delivery.persistence = .closed }
            if aftermath.resetsStream { delivery.ending = .resetStream }
        }
        exchange.rules = rules
    }
}
