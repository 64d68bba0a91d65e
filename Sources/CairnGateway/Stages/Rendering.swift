import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// The problem document of a refusal, and the header fields that go with it.
    func answer(refusing refusal: Refusal, in exchange: Exchange) -> Answer {
        var problem = exchange.dialect.personality.version(of: refusal.problem)
        var answer = Answer(HTTPResponse.Status(code: problem.status))
        if refusal.problem.type == .userActionRequired, let terms = termsURL(exchange.links) {
            answer.link(terms, rel: "terms-of-service")
            let page = refusal.agreeingAccount.map { exchange.links.url(.agreement($0)) }
            problem.instance = problem.instance ?? page ?? terms
        }
        if problem.type == .rateLimited { explain(refusal.pause, &problem, &answer, exchange.links) }
        answer.problem = problem
        answer.retry(after: refusal.retryAfter)
        if let account = refusal.conflictingAccount { answer.fields[.location] = exchange.links.url(.account(account)) }
        if problem.cause == .method, let route = exchange.route { answer.fields[.allow] = route.allow }
        return answer
    }

    /// Two spaces a level and a line feed at the end: what the most clients have seen, and people can read.
    private func text(of value: CairnJSON) -> [UInt8] {
        var text = value.serialized(.indented)
        text.append(UInt8(ascii: "\n"))
        return text
    }

    /// Writes an answer down.
    func deliver(_ answer: Answer, for exchange: Exchange) -> CairnDelivery {
        let personality = exchange.dialect.personality
        let endpoint = exchange.route?.resource.endpoint
        var head = HTTPResponse(status: answer.status, headerFields: answer.fields)
        if let wait = answer.retryAfter { head.headerFields[.retryAfter] = retryAfter(wait, at: exchange.now) }
        addCommonFields(to: &head, exchange)
        if let requesterField = personality.requesterField, let signer = exchange.signer {
            head.headerFields[requesterField] = "\(signer)"
        }
        if let endpoint, personality.unlocated.contains(endpoint) { head.headerFields[.location] = nil }
        guard !personality.leavesOutBody(of: answer, at: endpoint) else { return CairnDelivery(head) }
        let (body, type) = content(of: answer, exchange.links)
        head.headerFields[.contentType] = type.map(personality.mediaType)
        return CairnDelivery(head, body: body)
    }

    /// Adds the header fields that every answer has, whoever made it: a nonce to what may answer a POST (RFC 8555 §6.5), a
    /// link to the directory (RFC 8555 §7.1), what caches and browsers are to know (RFC 8555 §6.1, §7.2).
    ///
    /// Values that name other fields go to pages alone: a shell client that looks for `Location` in the head of an answer
    /// must find that field and no other.
    private func addCommonFields(to head: inout HTTPResponse, _ exchange: Exchange) {
        let personality = exchange.dialect.personality
        let endpoint = exchange.route?.resource.endpoint
        let isNonce = endpoint == .newNonce
        if isNonce || exchange.request.head.method == .post {
            head.headerFields[.replayNonce] = engine.issueNonce()
        }
        let isDirectory = endpoint == .directory && exchange.url == exchange.links.url(.directory)
        if exchange.knowsOrigin, !isDirectory {
            head.headerFields.append(
                HTTPField(name: .link, value: "<\(exchange.links.url(.directory))>;rel=\"index\""))
        }
        head.headerFields[.cacheControl] = isNonce ? personality.nonceCaching : "public, max-age=0, no-cache"
        head.headerFields[.accessControlAllowOrigin] = "*"
        if exchange.request.isFromPage {
            head.headerFields[.accessControlExposeHeaders] = personality.exposedFields
        }
    }

    private func content(of answer: Answer, _ links: Links) -> (body: [UInt8], type: String?) {
        if let problem = answer.problem { return (text(of: links.dialect.problem(problem, links)), MediaType.problem) }
        switch answer.body {
        case .empty: return ([], nil)
        case .json(let value): return (text(of: value), MediaType.json)
        case .bytes(let bytes, let type): return (bytes, type)
        }
    }
}

extension CairnRequest {
    /// Whether a script of a page in a browser sent it (RFC 6454 §7).
    var isFromPage: Bool { head.headerFields[.origin] != nil }
}

extension CairnPersonality {
    fileprivate func leavesOutBody(of answer: Answer, at endpoint: ACMEEndpoint?) -> Bool {
        guard let endpoint else { return false }
        return answer.status == .notFound && bareNotFound.contains(endpoint)
            || answer.problem == nil && bareSuccess.contains(endpoint)
    }

    /// A media type with the parameters that this server puts there, if it does.
    fileprivate func mediaType(_ type: String) -> String {
        guard !mediaTypeParameters.isEmpty else { return type }
        return switch type {
        case MediaType.json, MediaType.problem, MediaType.pemChain: type + mediaTypeParameters
        default: type
        }
    }
}
