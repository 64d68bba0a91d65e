import ACME
import Engine
import HTTPTypes

extension Gateway {
    /// The problem document of a refusal, and the header fields that go with it.
    func answer(refusing refusal: Refusal, in exchange: Exchange) -> Answer {
        var problem = refusal.problem
        var answer = Answer(HTTPResponse.Status(code: problem.status))
        if problem.type == .userActionRequired, let terms = termsURL(exchange.links) {
            answer.link(terms, rel: "terms-of-service")
            let page = refusal.agreeingAccount.map { exchange.links.url(.agreement($0)) }
            problem.instance = problem.instance ?? page ?? terms
        }
        answer.problem = problem
        answer.retry(after: refusal.retryAfter)
        if let account = refusal.conflictingAccount { answer.fields[.location] = exchange.links.url(.account(account)) }
        if problem.status == 405, let route = exchange.route { answer.fields[.allow] = route.allow }
        return answer
    }

    /// Two spaces a level and a line feed at the end: what the most clients have seen, and people can read.
    private func text(of value: JSON) -> [UInt8] {
        var text = value.serialized(.indented)
        text.append(UInt8(ascii: "\n"))
        return text
    }

    /// Writes an answer down, with the header fields that every answer has.
    func deliver(_ answer: Answer, for exchange: Exchange, withIndex: Bool = true) -> Delivery {
        var head = HTTPResponse(status: answer.status, headerFields: answer.fields)
        let isNonce = exchange.route?.resource.endpoint == .newNonce
        if isNonce || exchange.request.head.method == .post {
            head.headerFields[.replayNonce] = engine.issueNonce()
        }
        if withIndex, exchange.route?.resource.endpoint != .directory {
            head.headerFields.append(
                HTTPField(name: .link, value: "<\(exchange.links.url(.directory))>;rel=\"index\""))
        }
        head.headerFields[.cacheControl] = isNonce ? "no-store" : "public, max-age=0, no-cache"
        head.headerFields[.accessControlAllowOrigin] = "*"
        head.headerFields[.accessControlExposeHeaders] = "Link, Location, Replay-Nonce, Retry-After"
        let body: [UInt8]
        if let problem = answer.problem {
            head.headerFields[.contentType] = MediaType.problem
            body = text(of: dialect.problem(problem, exchange.links))
        } else {
            switch answer.body {
            case .empty: body = []
            case .json(let value):
                head.headerFields[.contentType] = MediaType.json
                body = text(of: value)
            case .bytes(let bytes, let type):
                head.headerFields[.contentType] = type
                body = bytes
            }
        }
        return Delivery(head, body: body)
    }
}
