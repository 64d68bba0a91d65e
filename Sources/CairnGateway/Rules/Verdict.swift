package import CairnModel
package import HTTPTypes

/// What is done to a request in place of what the server would do.
package enum RuleVerdict: Sendable {
    /// A refusal, written down as any other; ``fields`` has the `Retry-After`.
    case problem(ACMEProblem, fields: HTTPFields)
    /// An answer that is not the server's own.
    case answer(status: HTTPResponse.Status, fields: HTTPFields, body: [UInt8])
    /// Request or answer waits until the gate opens; then the request begins again, or the answer goes out.
    case hold(RuleGate, rule: String)
    /// The connection is closed in good order, and nothing is said.
    case drop
    /// The connection is reset, and nothing is said.
    case reset
    /// The answer goes out that much later.
    case late(Duration)
}

/// What becomes of a connection that comes in.
package enum ConnectionVerdict: Hashable, Sendable {
    /// At `accept`, in the `handshake`, or once `connected`.
    case reset(CairnRule.ResetMoment)
    case alert(CairnRule.TLSAlert)
    case certificate(CairnRule.ServerCertificate)

    init?(_ action: CairnRule.Action) {
        switch action {
        case .reset(let moment): self = .reset(moment)
        case .tlsAlert(let alert): self = .alert(alert)
        case .serverCertificate(let fault): self = .certificate(fault)
        default: return nil
        }
    }
}

/// What happens to a connection besides what a delivery says of its answer.
package struct RuleAftermath: Hashable, Sendable {
    /// The answer is the last one on its connection, and that is said.
    package var goesAway = false
    /// The connection is closed after the answer.
    package var closes = false
    /// The stream is reset before the answer.
    package var resetsStream = false

    package init() {}
}

extension RuleVerdict {
    /// - Parameter url: what was asked for.
    init?(_ action: CairnRule.Action, rule: LiveRule, sight: Sight, url: String) {
        switch action {
        case .problem(let form):
            let problem = ACMEProblem(
                form.type, form.detail ?? "the rule \(rule.name.quoted) asks for this refusal", status: form.status,
                subproblems: form.subproblems, instance: form.instance)
            self = .problem(problem, fields: Self.fields(form.retryAfter, sight))
        case .status(let status, let retryAfter):
            self = .answer(status: .init(code: status), fields: Self.fields(retryAfter, sight), body: [])
        case .html(let status, let text, let retryAfter):
            let status = HTTPResponse.Status(code: status)
            var fields = Self.fields(retryAfter, sight)
            fields[.contentType] = "text/html"
            self = .answer(status: status, fields: fields, body: Array((text ?? Self.page(status)).utf8))
        case .redirect(let location, let status):
            self = .answer(
                status: .init(code: status), fields: [.location: location.isEmpty ? url : location], body: [])
        case .hold: self = .hold(rule.gate, rule: rule.name)
        case .drop, .loseAnswer(.close): self = .drop
        case .reset, .loseAnswer(.reset): self = .reset
        case .loseAnswer(.status(let status)): self = .answer(status: .init(code: status), fields: [:], body: [])
        case .loseAnswer(.delay(let duration)): self = .late(duration)
        default: return nil
        }
    }

    private static func fields(_ retryAfter: CairnRetryAfter?, _ sight: Sight) -> HTTPFields {
        var fields = HTTPFields()
        fields[values: .retryAfter] = retryAfter?.values(at: sight.now) ?? []
        return fields
    }

    /// As a proxy says that what is behind it does not answer.
    private static func page(_ status: HTTPResponse.Status) -> String {
        let known: [HTTPResponse.Status] = [
            .ok, .forbidden, .notFound, .tooManyRequests, .internalServerError, .badGateway, .serviceUnavailable,
            .gatewayTimeout,
        ]
        let phrase = known.first { $0.code == status.code }?.reasonPhrase
        let title = phrase.map { "\(status.code) \($0)" } ?? "\(status.code)"
        return """
            <html>
            <head><title>\(title)</title></head>
            <body>
            <center><h1>\(title)</h1></center>
            </body>
            </html>

            """
    }
}
