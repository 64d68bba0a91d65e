import CairnEngine
package import CairnModel
package import HTTPTypes
import Synchronization

/// What a request comes to, before it is rendered as bytes.
package struct Answer: Sendable {
    package enum Body: Sendable {
        case empty
        case json(CairnJSON)
        case bytes([UInt8], type: String)
    }

    package var status: HTTPResponse.Status
    package var fields: HTTPFields
    package var body: Body
    /// When the client is to ask again.
    var retryAfter: Duration?
    /// The object that the body shows, and its status where the body does not say it.
    var shown: (subject: CairnStatusEvent.Subject, id: String, status: String?)?
    /// What a relying party is told of revocations.
    var told: CairnRequestEvent.RevocationAnswer?
    /// Set when the answer is a refusal, which the body shows.
    package var problem: ACMEProblem?
    /// Whether it goes out as it is, without what every answer of the server has: a rule made it.
    var isBare = false

    package init(_ status: HTTPResponse.Status, _ body: Body = .empty, fields: HTTPFields = [:]) {
        self.status = status
        self.fields = fields
        self.body = body
        // A few more come before it is sent.
        self.fields.reserveCapacity(8)
    }

    /// Adds a `Link` (RFC 8288).
    mutating func link(_ target: String, rel: String, title: String? = nil) {
        var link = String(joining: "<", target, ">;rel=\"", rel, "\"")
        if let title { link += ";title=\"\(title)\"" }
        fields.add(.link, link)
    }
}

extension Refusal {
    /// A refusal of what HTTP itself has a status for (RFC 9110 §15.5), whatever the request wants of the CA.
    init(_ type: ACMEProblemType, _ detail: String, status: HTTPResponse.Status) {
        self.init(ACMEProblem(type, detail, status: status.code))
    }
}

// MARK: What every answer has

extension Gateway {
    /// The problem document of a refusal, and the header fields that go with it.
    func write(_ refusal: Refusal, _ exchange: Exchange) -> Answer {
        return write(
            refusal, as: exchange.personality.version(of: refusal.problem, at: exchange.place), exchange)
    }

    /// A refusal that a rule asks for: to the letter, whatever the personality.
    func write(_ problem: ACMEProblem, _ fields: HTTPFields, _ exchange: Exchange) -> Answer {
        var answer = write(Refusal(problem), as: problem, exchange)
        if let problem = answer.problem { answer.body = .json(CairnPersonality.strict.written(problem)) }
        answer.fields.append(contentsOf: fields)
        return answer
    }

    private func write(_ refusal: Refusal, as version: ACMEProblem, _ exchange: Exchange) -> Answer {
        var problem = version
        if problem.cause == .unknownPath, let text = exchange.personality.unknownPath {
            var answer = Answer(.notFound, .bytes(Array(text.utf8), type: MediaType.text))
            (answer.problem, answer.isBare) = (problem, true)
            return answer
        }
        var answer = Answer(HTTPResponse.Status(code: problem.status))
        if refusal.problem.type == .userActionRequired, let terms = termsURL(exchange) {
            answer.link(terms, rel: "terms-of-service")
            let page = refusal.agreeingAccount.map { exchange.links.url(.agreement($0)) }
            problem.instance = problem.instance ?? page ?? terms
        }
        if problem.type == .rateLimited { explain(refusal.pause, &problem, &answer, exchange) }
        answer.problem = problem
        answer.body = .json(exchange.personality.written(problem))
        answer.retryAfter = refusal.retryAfter
        if let account = refusal.conflictingAccount, problem.status == 409 {
            answer.fields[.location] = exchange.url(of: account)
        }
        if problem.cause == .method, let route = exchange.route { answer.fields[.allow] = route.allow }
        return answer
    }

    /// Tells the client of a refusal where a human reads more (RFC 8555 §6.6).
    private func explain(
        _ pause: Pause.ID?, _ problem: inout ACMEProblem, _ answer: inout Answer, _ exchange: Exchange
    ) {
        let relation = exchange.dialect.limitRelation
        if let pause {
            let page = exchange.links.url(.unpause(pause))
            problem.detail += "; a human can end the pause at \(page)"
            return answer.link(page, rel: relation)
        }
        switch exchange.policy.rateLimits.help {
        case nil: break
        case .page: answer.link(exchange.links.url(.rateLimits), rel: relation)
        case .url(let url): answer.link(url, rel: relation)
        }
    }

    /// Adds the header fields that every answer has, whoever made it: a nonce to what may answer a POST (RFC 8555 §6.5), a
    /// link to the directory (RFC 8555 §7.1), what caches and browsers are to know (RFC 8555 §6.1, §7.2).
    ///
    /// Values that name other fields go to pages alone: a shell client that looks for `Location` in the head of an answer
    /// must find that field and no other.
    func addCommonFields(to answer: inout Answer, _ exchange: Exchange) {
        if let wait = answer.retryAfter { answer.fields[.retryAfter] = retryAfter(wait, exchange) }
        if exchange.bringsNonce, answer.problem?.cause != .noUserAgent {
            answer.fields[.replayNonce] = exchange.opening?.freshNonce ?? engine.issueNonce()
        }
        let isDirectory = exchange.endpoint == .directory && exchange.url == exchange.links.url(.directory)
        if exchange.knowsOrigin, !isDirectory {
            answer.link(exchange.links.url(.directory), rel: "index")
        }
        if !answer.fields.contains(.cacheControl) {
            answer.fields[.cacheControl] =
                exchange.endpoint == .newNonce ? "no-store" : "public, max-age=0, no-cache"
        }
        if exchange.personality.crossOrigin == .everybody || exchange.isAllowedToPages {
            answer.fields[.accessControlAllowOrigin] = "*"
        }
    }
}

extension CairnRequest {
    /// Whether a script of a page in a browser sent it (RFC 6454 §7).
    var isFromPage: Bool { head.headerFields.contains(.origin) }
}

// MARK: Retry-After

/// The format of `Retry-After` (RFC 9110 §10.2.3).
///
/// Both forms are valid, and clients have failed on each.
public enum CairnRetryAfterForm: String, CaseIterable, Sendable {
    /// `Retry-After: 120`.
    case seconds
    /// `Retry-After: Sun, 22 Nov 2026 08:02:00 GMT`, on the CA's clock.
    case httpDate
    /// Either, by the seed; always seconds for renewal information, as with Pebble.
    case either
}

extension Gateway {
    /// The value of `Retry-After`: from a second to a hundred years from now, and no fraction of a second too early.
    private func retryAfter(_ wait: Duration, _ exchange: Exchange) -> String {
        let wait = max(wait.bounded, .seconds(1))
        let isDate =
            switch configuration.wire.retryAfterForm {
            case .seconds: false
            case .httpDate: true
            case .either: exchange.endpoint != .renewalInfo && dice.withLock { $0.next() & 1 == 1 }
            }
        let (seconds, attoseconds) = wait.components
        let form: CairnRetryAfter.Form =
            isDate ? .date(wait, .date) : .seconds(Int(seconds) + (attoseconds > 0 ? 1 : 0))
        return form.value(at: exchange.now)
    }
}

extension Gateway {
    /// Says in the header fields of an answer what its body is.
    func addMediaType(to answer: inout Answer) {
        switch answer.body {
        case .empty: break
        case .json: answer.fields[.contentType] = answer.problem == nil ? MediaType.json : MediaType.problem
        case .bytes(_, let type): answer.fields[.contentType] = type
        }
    }

    /// Puts the lists of an object in an order that chance decides, where they have none of their own.
    func shuffleLists(of answer: inout Answer) {
        guard answer.problem == nil, case .json(var value) = answer.body else { return }
        shuffler.withLock { generator in
            for list in Self.unorderedLists { _ = value.editArray(list) { $0.shuffle(using: &generator) } }
        }
        answer.body = .json(value)
    }

    private static let unorderedLists: [CairnJSONPointer] = ["/identifiers", "/authorizations", "/challenges"]

    /// Renders an answer as bytes.
    func render(_ answer: Answer, _ style: JSONText) -> CairnDelivery {
        let head = HTTPResponse(status: answer.status, headerFields: answer.fields)
        return switch answer.body {
        case .empty: CairnDelivery(head)
        case .json(let value): CairnDelivery(head, body: style.text(of: value))
        case .bytes(let bytes, _): CairnDelivery(head, body: bytes)
        }
    }
}

/// How the JSON of answers is laid out.
package struct JSONText: Hashable, Sendable {
    var indentation: Int
    var endsInLineFeed: Bool

    /// Two spaces a level and a line feed at the end: what the most clients have seen, and people can read.
    static let usual = JSONText(indentation: 2, endsInLineFeed: true)

    func text(of value: CairnJSON) -> [UInt8] {
        var text = value.serialized(CairnJSON.Style(indentation: indentation))
        if endsInLineFeed { text.append(UInt8(ascii: "\n")) }
        return text
    }
}
