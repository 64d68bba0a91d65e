import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Answers a request: the stages in order, none of which reaches back.
    ///
    /// The answer to HEAD has the body that GET has, for whoever sends it to count and leave out.
    package func respond(to request: CairnRequest) -> CairnDelivery {
        var exchange = begin(request)
        let delivery = RequestNumber.$current.withValue(exchange.number) {
            let answer = answer(&exchange)
            return finish(answer, exchange)
        }
        for job in exchange.jobs { validate(job) }
        validateDueJobs()
        return delivery
    }

    /// From the request to what it comes to, which is a value until it is rendered.
    private func answer(_ exchange: inout Exchange) -> Answer {
        do throws(Refusal) {
            try route(&exchange)  // 1: path and method → resource
            // Point A: nothing has been looked at but where the request goes.
            try authenticate(&exchange)  // 2, 3: JWS, nonce, signature → who asks for what
            let operation = try decode(&exchange)  // 4: payload → operation
            // Point B: the request is signed and understood, and nothing has happened.
            let outcome = try perform(operation, &exchange)  // 5, 6: policy and state, in the engine
            // Point C: it has happened, and nothing is written.
            return write(outcome, exchange)  // 7: status, fields, JSON
        } catch {
            return write(error, exchange)
        }
    }

    /// From an answer to what is sent.
    ///
    /// - Parameter isReadable: whether anything is known of the request.
    func finish(_ written: Answer, _ exchange: Exchange, isReadable: Bool = true) -> CairnDelivery {
        var answer = written
        addCommonFields(to: &answer, exchange)
        let personality = exchange.dialect.personality
        personality.alter(&answer, to: exchange)
        // Point D: the answer can be altered as a value.
        var delivery = render(answer)  // 8: bytes
        personality.alter(&delivery)
        // Point E: the bytes can.
        exchange.notes.write(to: engine.journal, at: exchange.now)
        delivery.entry = record(exchange, answer, delivery, number: exchange.number, isReadable: isReadable)
        return delivery
    }
}
