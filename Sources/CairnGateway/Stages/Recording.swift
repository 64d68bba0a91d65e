import CairnEngine
package import CairnModel
import HTTPTypes

extension Gateway {
    /// Writes down what was asked and what was answered, and returns the number of the entry.
    ///
    /// Nothing is copied or converted: the entry shares what request and delivery consist of anyway.
    ///
    /// - Parameter isReadable: whether anything is known of the request.
    func record(
        _ exchange: Exchange, _ answer: Answer, _ delivery: CairnDelivery, number: Int, isReadable: Bool = true
    ) -> Int {
        // In one expression: what has a name is copied.
        engine.journal.record(
            .request(
                CairnRequestEvent(facts(of: exchange, answer, delivery, number: number, isReadable: isReadable))),
            at: exchange.now)
    }

    private func facts(
        of exchange: Exchange, _ answer: Answer, _ delivery: CairnDelivery, number: Int, isReadable: Bool
    ) -> CairnRequestEvent.Facts {
        let (request, status) = (exchange.request, delivery.head.status)
        var facts = CairnRequestEvent.Facts(
            number: number, endpoint: exchange.endpoint,
            method: isReadable ? request.head.method.rawValue : "", path: request.head.path ?? "",
            status: status.code)
        facts.dialect = exchange.dialect.name
        (facts.scheme, facts.authority) = (request.head.scheme, request.head.authority)
        facts.source = request.source
        facts.fields = KeptFields(request.head.headerFields)
        facts.body = request.body
        facts.nonce = exchange.nonce
        facts.account = exchange.signer
        facts.reason = status.reasonPhrase
        facts.answerFields = KeptFields(delivery.head.headerFields)
        facts.retryAfter = delivery.head.headerFields.only(.retryAfter)
        facts.answerBody = delivery.body
        facts.object = answer.shownObject
        facts.problem = answer.problem
        facts.told = answer.told
        facts.rules = exchange.rules.firings
        return facts
    }

    /// Notes what was really sent of a delivery.
    package func complete(_ entry: Int, by report: CairnDeliveryReport) {
        engine.journal.complete(entry, report)
    }

    /// Answers a request that came over no wire: what was decided is what is sent, and at once.
    package func respondWithoutWire(to request: CairnRequest) -> CairnDelivery {
        sendNowhere(respond(to: request), answering: request.head.method)
    }

    private func sendNowhere(_ decided: consuming CairnDelivery, answering method: HTTPRequest.Method) -> CairnDelivery
    {
        var delivery = consume decided
        if let held = delivery.held {
            delivery.held = CairnDelivery.Held(held.gate, for: held.request) { [self] in
                sendNowhere(held.proceed(), answering: method)
            }
        } else if let entry = delivery.entry {
            complete(entry, by: delivery.report(to: method, at: now()))
        }
        delivery.entry = nil
        return delivery
    }
}

extension CairnDelivery {
    /// What is sent of it if all goes as it says.
    fileprivate func report(to method: HTTPRequest.Method, at now: CairnInstant) -> CairnDeliveryReport {
        let length = method == .head ? 0 : body.count
        var report = CairnDeliveryReport(headAt: now, endedAt: now, bodyBytes: length, ending: .complete)
        switch ending {
        case .complete: break
        case .cut(let count): (report.bodyBytes, report.ending) = (min(max(0, count ?? 0), length), .cut)
        case .reset(let count): (report.bodyBytes, report.ending) = (min(max(0, count ?? 0), length), .reset)
        case .resetStream: (report.bodyBytes, report.ending) = (0, .reset)
        }
        switch ending {
        case .cut(nil), .reset(nil), .resetStream: report.headAt = nil
        case .complete, .cut, .reset: break
        }
        return report
    }
}

/// Header fields as the journal keeps them: in one word.
private struct KeptFields: HeaderFieldSource {
    private let fields: HTTPFields

    init(_ fields: HTTPFields) { self.fields = fields }

    var count: Int { fields.count }

    var listed: [CairnHeaderFields.Field] { fields.map { CairnHeaderFields.Field($0.name.rawName, $0.value) } }

    var digest: FieldDigest {
        var digest = FieldDigest()
        digest.count = fields.count
        // By place: a field that goes to the body of a loop is copied.
        for place in fields.indices {
            digest.bytes += fields[place].name.rawName.utf8.count + fields[place].withUnsafeBytesOfValue { $0.count }
            switch fields[place].name {
            case .userAgent: digest.userAgent = digest.userAgent ?? fields[place].value
            case .contentType: digest.contentType = digest.contentType ?? fields[place].value
            default: break
            }
        }
        return digest
    }
}

extension Answer {
    /// The object that the answer is about, with the status that its body shows.
    fileprivate var shownObject: CairnRequestEvent.ShownObject? {
        guard let shown else { return nil }
        var status = shown.status
        if status == nil, case .json(let value) = body { status = value["status"]?.string }
        return CairnRequestEvent.ShownObject(
            shown.subject, CairnObjectID(rawValue: shown.id), ACMEStatus(rawValue: status ?? ""))
    }
}
