import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

extension Exchange {
    /// What rules see of the request and what is said to it.
    ///
    /// - Parameter sight: what they saw when they looked at an earlier form of the answer, since no more has changed.
    func sight(answering answer: Answer, after sight: inout Sight?) -> Sight {
        var seen = sight ?? self.sight()
        seen.status = answer.status.code
        seen.isProblem = answer.problem != nil
        seen.answer = if case .json(let value) = answer.body { value } else { nil }
        sight = seen
        return seen
    }

    /// What rules see of the request by now.
    func sight() -> Sight {
        var sight = Sight(
            number: number, now: now, endpoint: endpoint, dialect: dialect.word, method: request.head.method.rawValue,
            path: String(path), fields: request.head.headerFields, source: request.source ?? .loopbackV4,
            connection: request.connection.map(String.init))
        sight.account = signer?.description
        sight.payload = Sight.Payload(payload)
        let resource = route?.resource
        let order = resource.flatMap { engine.order(of: $0) }
        sight.order = (order ?? made)?.description
        switch resource {
        case .issued(let number, _): sight.certificate = number
        case .authorization(let id): sight.authorization = id.description
        case .challenge(let id, let index): (sight.authorization, sight.challenge) = (id.description, index)
        case .renewalInfo(let text?): sight.certificate = (try? CertID(parsing: text))?.serialNumber
        default: sight.certificate = wanted.certificate
        }
        sight.subject = Sight.Subject { [engine, wanted] in
            var parts = Sight.Subject.Parts()
            switch resource {
            case .order, .finalize, .certificate, .issued:
                guard let order = order.flatMap({ engine.glimpse(of: $0) }) else { break }
                (parts.identifiers, parts.profile) = (order.identifiers, order.profile.name)
                (parts.orderNumber, parts.orderStatus) = (order.number + 1, order.state.status.rawValue)
            case .authorization(let id), .challenge(let id, _):
                parts.identifiers = engine.glimpse(of: id).map { [$0.identifier] } ?? []
            default:
                (parts.identifiers, parts.profile) = (wanted.identifiers, wanted.profile)
            }
            return parts
        }
        return sight
    }
}

extension Engine {
    /// The order that a resource is, or belongs to.
    fileprivate func order(of resource: Resource) -> Order.ID? {
        switch resource {
        case .order(let id), .finalize(let id), .certificate(let id, _): id
        case .issued(let number, _): order(ofCertificate: number)
        default: nil
        }
    }
}
