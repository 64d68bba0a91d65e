import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

extension Exchange {
    /// What rules see of the request by now.
    ///
    /// - Parameter answer: what is said to it, once that is known.
    func sight(answering answer: Answer? = nil) -> Sight {
        var sight = Sight(
            number: number, now: now, endpoint: endpoint, dialect: dialect.word, method: request.head.method.rawValue,
            path: String(path), fields: request.head.headerFields, source: request.source ?? .loopbackV4,
            connection: request.connection.map(String.init))
        sight.account = signer.map { "\($0)" }
        sight.payload = Sight.Payload(payload)
        let resource = route?.resource
        switch resource {
        case .order(let id), .finalize(let id), .certificate(let id, _): sight.order = "\(id)"
        case .authorization(let id): sight.authorization = "\(id)"
        case .challenge(let id, let index): (sight.authorization, sight.challenge) = ("\(id)", index)
        case .renewalInfo(let text?): sight.certificate = (try? CertID(parsing: text))?.serialNumber
        case .ocsp:
            if case .askStatus(.success(let request))? = operation {
                sight.certificate = request.certificates.first?.serialNumber
            }
        default: sight.order = made.map { "\($0)" }
        }
        sight.subject = Sight.Subject { [engine, operation] in
            var parts = Sight.Subject.Parts()
            switch resource {
            case .order(let id), .finalize(let id), .certificate(let id, _):
                guard let order = engine.glimpse(of: id) else { break }
                (parts.identifiers, parts.profile) = (order.identifiers, order.profile.name)
                (parts.orderNumber, parts.orderStatus) = (order.number + 1, order.state.status.rawValue)
            case .authorization(let id), .challenge(let id, _):
                parts.identifiers = engine.glimpse(of: id).map { [$0.identifier] } ?? []
            default:
                parts.identifiers = operation?.identifiers ?? []
                parts.profile = operation?.profile
            }
            return parts
        }
        guard let answer else { return sight }
        sight.status = answer.status.code
        sight.isProblem = answer.problem != nil
        if case .json(let value) = answer.body { sight.answer = value }
        return sight
    }
}
