import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Writes down what was asked and what was answered.
    ///
    /// - Parameter isReadable: whether anything is known of the request.
    func record(
        _ exchange: Exchange, _ answer: Answer, _ delivery: CairnDelivery, number: Int, isReadable: Bool = true
    ) {
        let head = exchange.request.head
        var event = CairnRequestEvent(
            number: number, endpoint: exchange.route?.resource.endpoint,
            method: isReadable ? head.method.rawValue : "", path: head.path ?? "", status: answer.status.code)
        event.source = exchange.request.source
        event.client = head.headerFields[.userAgent].map(Self.client)
        event.account = exchange.signer.map { "\($0)" }
        event.payloadBytes = exchange.payload
        event.object = answer.shownObject
        event.problem = answer.problem
        if engine.journal.isObserved {
            event.exchange = CairnRequestEvent.Exchange(
                protectedHeader: exchange.protectedHeader.map(CairnJSON.object),
                requestFields: head.headerFields.listed,
                responseFields: delivery.head.headerFields.listed)
        }
        engine.journal.record(.request(event), at: exchange.now)
    }

    private static func client(_ userAgent: String) -> String {
        userAgent.utf8.count <= 200 ? userAgent : String(decoding: userAgent.utf8.prefix(200), as: UTF8.self)
    }
}

extension Answer {
    /// The object that the answer is about, with the status that its body shows.
    fileprivate var shownObject: CairnRequestEvent.ShownObject? {
        guard let shown else { return nil }
        var status = shown.status
        if status == nil, case .json(let value) = body { status = value["status"]?.string }
        return CairnRequestEvent.ShownObject(shown.subject, shown.id, status ?? "")
    }
}

extension HTTPFields {
    fileprivate var listed: [CairnRequestEvent.Exchange.Field] {
        map { CairnRequestEvent.Exchange.Field($0.name.rawName, $0.value) }
    }
}
