/// What a rule does: one thing, or several in turn.
///
///     .badNonce                                       // as long as the rule is there
///     .badNonce.times(2)                              // twice, then the CA behaves
///     .badNonce.times(2).then(.delay(.seconds(5)))    // twice, and then a delay each time
///     .sequence(.html(status: 502).times(1), .badNonce.times(1))
///
/// What each is called in JSON, and what it may say, is in the article on rules.
public struct CairnFault: Hashable, Sendable {
    /// One thing, and how often before the next comes.
    package struct Step: Hashable, Sendable {
        package var action: CairnRule.Action
        /// `nil` goes on for ever.
        package var times: Int?

        package init(_ action: CairnRule.Action, times: Int? = nil) { (self.action, self.times) = (action, times) }
    }

    package var steps: [Step]

    package init(_ action: CairnRule.Action) { steps = [Step(action)] }
    package init(steps: [Step]) { self.steps = steps }

    /// The same, so many times and then no more; of a sequence it is the last step that this is said of.
    ///
    /// - Parameter count: at least 1.
    public func times(_ count: Int) -> CairnFault {
        var fault = self
        if let last = fault.steps.indices.last { fault.steps[last].times = count }
        return fault
    }

    /// This, and another thing once it has happened as often as it should: once, unless ``times(_:)`` says more.
    public func then(_ next: CairnFault) -> CairnFault {
        var fault = self
        if let last = fault.steps.indices.last { fault.steps[last].times = fault.steps[last].times ?? 1 }
        fault.steps += next.steps
        return fault
    }

    /// Several things in turn; each but the last happens once, unless ``times(_:)`` says more.
    public static func sequence(_ first: CairnFault, _ others: CairnFault...) -> CairnFault {
        others.reduce(first) { $0.then($1) }
    }
}

// MARK: - In place of the server

extension CairnFault {
    /// A problem document, once the request is known to be signed and understood.
    ///
    /// - Parameters:
    ///   - status: by default what servers commonly send with `type`.
    ///   - detail: by default a sentence that names the rule.
    public static func problem(
        _ type: ACMEProblemType, status: Int? = nil, detail: String? = nil, retryAfter: CairnRetryAfter? = nil,
        instance: String? = nil, subproblems: [ACMEProblem] = []
    ) -> CairnFault {
        var form = CairnRule.ProblemForm(type)
        form.status = status
        form.detail = detail
        form.retryAfter = retryAfter
        form.instance = instance
        form.subproblems = subproblems
        return CairnFault(.problem(form))
    }

    /// A problem document of any type.
    ///
    /// - Parameter type: a name in the namespace of ACME, or a whole URI.
    public static func problem(
        _ type: String, status: Int? = nil, detail: String? = nil, retryAfter: CairnRetryAfter? = nil,
        instance: String? = nil, subproblems: [ACMEProblem] = []
    ) -> CairnFault {
        problem(
            ACMEProblemType(nameOrURI: type), status: status, detail: detail, retryAfter: retryAfter,
            instance: instance, subproblems: subproblems)
    }

    /// The nonce is refused, however good it is (RFC 8555 §6.5).
    public static let badNonce = problem(ACMEProblemType.badNonce)

    /// A limit is said to be exceeded (RFC 8555 §6.6).
    public static func rateLimited(retryAfter: CairnRetryAfter? = nil) -> CairnFault {
        problem(ACMEProblemType.rateLimited, retryAfter: retryAfter)
    }

    /// A status without a body, before anything is looked at.
    public static func status(_ status: Int, retryAfter: CairnRetryAfter? = nil) -> CairnFault {
        CairnFault(.status(status, retryAfter))
    }

    /// 503 without a body, before anything is looked at.
    public static func unavailable(retryAfter: CairnRetryAfter? = nil) -> CairnFault {
        status(503, retryAfter: retryAfter)
    }

    /// 200 without a body, before anything is looked at.
    public static let empty = status(200)

    /// A page as proxies send it, before anything is looked at.
    ///
    /// - Parameter text: the page; by default one that says the status.
    public static func html(
        status: Int, text: String? = nil, retryAfter: CairnRetryAfter? = nil
    ) -> CairnFault {
        CairnFault(.html(status, text: text, retryAfter))
    }

    /// A redirect, before anything is looked at.
    ///
    /// - Parameter location: a URL or a relative reference; empty for the URL that was asked for, which makes a loop.
    public static func redirect(to location: String, status: Int = 307) -> CairnFault {
        CairnFault(.redirect(location, status: status))
    }

    /// The request waits at a gate, before anything is looked at, until it is released.
    public static let hold = CairnFault(.hold(.request))
    /// The request is carried out, and the answer waits at a gate until it is released.
    public static let holdAnswer = CairnFault(.hold(.answer))
    /// The connection is closed in good order, and the request was never there.
    public static let drop = CairnFault(.drop)
    /// The connection is reset (TCP RST), and the request was never there.
    public static let reset = CairnFault(.reset(.request))
    /// Nothing happens: a step that lets requests pass, and moves a story on.
    public static let pass = CairnFault(.pass)

    /// The request is carried out, and then the connection is reset.
    public static let loseAnswer = CairnFault(.loseAnswer(.reset))
    /// The request is carried out, and then the connection is closed in good order.
    public static let loseAnswerAndClose = CairnFault(.loseAnswer(.close))
    /// The request is carried out, and the answer is another status, without a body.
    public static func loseAnswer(status: Int) -> CairnFault { CairnFault(.loseAnswer(.status(status))) }
    /// The request is carried out, and the answer comes that much later.
    public static func loseAnswer(for delay: Duration) -> CairnFault { CairnFault(.loseAnswer(.delay(delay))) }
}

// MARK: - On the answer

extension CairnFault {
    /// Another status on what the server answers.
    public static func setStatus(_ status: Int) -> CairnFault { CairnFault(.setStatus(status)) }

    private static func edit(_ name: CairnFieldName, _ change: CairnRule.FieldEdit.Change) -> CairnFault {
        CairnFault(.fields([CairnRule.FieldEdit(name, change)]))
    }

    /// Takes header fields out.
    public static func remove(_ field: CairnFieldName) -> CairnFault { edit(field, .remove) }
    /// Puts a header field in, in place of those of its name.
    public static func set(_ field: CairnFieldName, _ values: String...) -> CairnFault { edit(field, .set(values)) }
    /// Puts a header field in beside those of its name.
    public static func add(_ field: CairnFieldName, _ value: String) -> CairnFault { edit(field, .add(value)) }
    /// Sends each header field of a name twice.
    public static func double(_ field: CairnFieldName) -> CairnFault { edit(field, .double) }
    /// Sends header fields under another name.
    public static func rename(_ field: CairnFieldName, to name: CairnFieldName) -> CairnFault {
        edit(field, .rename(name))
    }

    /// Puts a value into the JSON body, in place of the one that is there or as a new member.
    public static func set(_ place: CairnJSONPointer, _ value: CairnJSON) -> CairnFault {
        CairnFault(.json([.set(place, value)]))
    }
    /// Puts a value into a list of the JSON body, before the element that is there.
    public static func insert(_ value: CairnJSON, at place: CairnJSONPointer) -> CairnFault {
        CairnFault(.json([.insert(place, value)]))
    }
    /// Takes a value out of the JSON body.
    public static func remove(_ place: CairnJSONPointer) -> CairnFault { CairnFault(.json([.remove(place)])) }
    /// Gives a member of the JSON body another name.
    public static func rename(_ place: CairnJSONPointer, to name: String) -> CairnFault {
        CairnFault(.json([.rename(place, to: name)]))
    }
    /// Puts a list of the JSON body in an order by the seed, another each time.
    public static func shuffle(_ place: CairnJSONPointer) -> CairnFault { CairnFault(.json([.shuffle(place)])) }
    /// Turns a list of the JSON body round.
    public static func reverse(_ place: CairnJSONPointer) -> CairnFault { CairnFault(.json([.reverse(place)])) }

    /// Several changes of the header fields at once, or several of the JSON body; both in one cannot be.
    ///
    ///     .edit(.remove("/finalize"), .set("/error", [:]))
    public static func edit(_ first: CairnFault, _ others: CairnFault...) -> CairnFault {
        var (fields, json): ([CairnRule.FieldEdit], [CairnRule.JSONEdit]) = ([], [])
        for step in ([first] + others).flatMap(\.steps) {
            switch step.action {
            case .fields(let edits): fields += edits
            case .json(let edits): json += edits
            default: preconditionFailure("expected changes of header fields or of the JSON body, got another fault")
            }
        }
        precondition(fields.isEmpty || json.isEmpty, "expected changes of header fields or of the JSON body, got both")
        return CairnFault(fields.isEmpty ? .json(json) : .fields(fields))
    }

    /// A fresh nonce where the answer has none.
    public static let addNonce = CairnFault(.nonce(.add))
    /// No nonce.
    public static let removeNonce = CairnFault(.nonce(.remove))
    /// A nonce that is spent already.
    public static let usedNonce = CairnFault(.nonce(.used))
    /// An empty nonce.
    public static let blankNonce = CairnFault(.nonce(.blank))
    /// Two fresh nonces, in two fields.
    public static let twoNonces = CairnFault(.nonce(.two))
    /// A nonce that the server never gave out.
    public static func nonce(_ text: String) -> CairnFault { CairnFault(.nonce(.text(text))) }

    /// Timestamps in another style.
    public static func timestamps(_ style: CairnTimeStyle) -> CairnFault { CairnFault(.timeStyle(style)) }
    /// Links in another style.
    public static func links(style: CairnLinkStyle) -> CairnFault { CairnFault(.linkStyle(style)) }
    /// A media type with a parameter: `charset=utf-8`.
    public static func mediaType(adding parameter: String) -> CairnFault {
        CairnFault(.mediaType(.parameter(parameter)))
    }
    /// A media type in another case.
    public static func mediaType(_ letterCase: CairnLetterCase) -> CairnFault {
        CairnFault(.mediaType(.letterCase(letterCase)))
    }
    /// The names of header fields in another case (in HTTP/1.1; HTTP/2 knows small letters alone).
    public static func fieldNames(_ letterCase: CairnLetterCase) -> CairnFault { CairnFault(.fieldCase(letterCase)) }

    /// JSON in another style.
    public static func json(style: CairnJSONStyle) -> CairnFault { CairnFault(.jsonStyle(style)) }
    /// The certificate chain in another style.
    public static func pem(style: CairnPEMStyle) -> CairnFault { CairnFault(.pemStyle(style)) }
    /// The certificate chain with other ends of lines.
    public static func pem(lineEnd: CairnPEMStyle.LineEnd) -> CairnFault { pem(style: CairnPEMStyle(lineEnd: lineEnd)) }
    /// The body without what comes after so many bytes, in an answer that is otherwise whole.
    public static func truncate(after bytes: Int) -> CairnFault { CairnFault(.truncate(bytes)) }
    /// The body with so many bytes exchanged for others, by the seed.
    public static func garble(bytes: Int) -> CairnFault { CairnFault(.garble(bytes)) }
}

// MARK: - On the way

extension CairnFault {
    /// The server is silent for a while before it answers.
    public static func delay(_ duration: Duration) -> CairnFault { CairnFault(.delay(duration)) }
    /// The server is silent for a while between the header fields and the body.
    public static func delayBody(_ duration: Duration) -> CairnFault { CairnFault(.delayBody(duration)) }
    /// The body comes a few bytes at a time.
    public static func dribble(bytes: Int, every interval: Duration) -> CairnFault {
        CairnFault(.dribble(bytes: bytes, every: interval))
    }
    /// The connection is closed in good order after so many bytes of the body.
    public static func cut(after bytes: Int) -> CairnFault { CairnFault(.cut(after: bytes, byReset: false)) }
    /// The connection is reset (TCP RST) after so many bytes of the body.
    public static func reset(after bytes: Int) -> CairnFault { CairnFault(.cut(after: bytes, byReset: true)) }
    /// The stream is reset before it brings an answer (HTTP/2; in HTTP/1.1 the connection is).
    public static let resetStream = CairnFault(.reset(.stream))
    /// The answer is the last one on its connection, which a `GOAWAY` says (HTTP/2; in HTTP/1.1 `Connection: close`).
    public static let goAway = CairnFault(.goAway)
    /// The connection is closed after the answer.
    public static let close = CairnFault(.close)

    /// Connections are reset as soon as they are accepted.
    public static let resetAtAccept = CairnFault(.reset(.accept))
    /// Connections are reset in the TLS handshake.
    public static let resetInHandshake = CairnFault(.reset(.handshake))
    /// Connections are reset after the TLS handshake.
    public static let resetAfterHandshake = CairnFault(.reset(.connected))
    /// The TLS handshake ends with `handshake_failure` (RFC 8446 §6.2).
    public static let handshakeFailure = CairnFault(.tlsAlert(.handshakeFailure))
    /// The TLS handshake ends with `internal_error` (RFC 8446 §6.2).
    public static let tlsInternalError = CairnFault(.tlsAlert(.internalError))
    /// The TLS handshake ends with `unrecognized_name` (RFC 6066 §3).
    public static let unrecognizedName = CairnFault(.tlsAlert(.unrecognizedName))
    /// The server shows a certificate that has expired.
    public static let expiredServerCertificate = CairnFault(.serverCertificate(.expired))
    /// The server shows a certificate that is not valid yet.
    public static let futureServerCertificate = CairnFault(.serverCertificate(.notYetValid))
    /// The server shows a certificate for another name.
    public static let wrongServerCertificate = CairnFault(.serverCertificate(.wrongName))
    /// The server shows a certificate that no root vouches for.
    public static let untrustedServerCertificate = CairnFault(.serverCertificate(.untrusted))
}

// MARK: - On what the server holds

extension CairnFault {
    /// What the server holds is changed, before the request is carried out or after it.
    package static func state(
        _ change: CairnRule.StateChange, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { CairnFault(.state(change, moment)) }

    /// What the request is about gets a status, and whatever leads to that status happens on the way: an order that becomes
    /// `ready` has its authorizations become `valid`.
    ///
    /// Where nothing leads to that status, as out of one that is final (RFC 8555 §7.1.6), nothing happens.
    ///
    /// - Parameter object: an account, order, authorization or challenge; another, or a status that such an object cannot
    ///   have, is refused when the rule is added.
    public static func force(
        _ status: ACMEStatus, of object: CairnRule.StateObject, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.force(object, status: status.rawValue), moment) }
    /// An order, authorization or certificate is gone, or all that the account has.
    public static func purge(
        _ object: CairnRule.StateObject, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.purge(object), moment) }
    /// An order or authorization expires, or all that the account has; nonces are forgotten.
    public static func expire(
        _ object: CairnRule.StateObject, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.expire(object), moment) }
    /// The account is forgotten with all that it has, or all nonces are.
    public static func forget(
        _ object: CairnRule.StateObject, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.forget(object), moment) }
    /// The account or an authorization is deactivated.
    public static func deactivate(
        _ object: CairnRule.StateObject, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.deactivate(object), moment) }
    /// The certificate is revoked, for a reason of RFC 5280 §5.3.1 or none.
    public static func revokeCertificate(
        reason: Int? = nil, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.revoke(reason: reason), moment) }
    /// The certificate is best renewed in a window that is counted from the request on; negative is past (RFC 9773 §4.2).
    public static func renewalWindow(
        from start: Duration, to end: Duration, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.moveRenewalWindow(start: start, end: end), moment) }
    /// The certificate is to be replaced at once: its window has passed, and a page says why (RFC 9773 §4.2).
    public static func incident(
        explanationURL: String? = nil, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.incident(explanationURL: explanationURL), moment) }
    /// There is a new version of the terms of service, before the request is carried out.
    public static func changeTerms(to version: String) -> CairnFault { state(.changeTerms(version: version)) }
}

extension ACMEProblemType {
    /// A name in the namespace of ACME, or, where there is a colon in it, a whole URI.
    package init(nameOrURI text: String) {
        self = text.utf8.contains(UInt8(ascii: ":")) ? ACMEProblemType(rawValue: text) : ACMEProblemType(name: text)
    }
}
