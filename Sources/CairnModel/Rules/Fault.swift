/// What a rule does: one fault, or several in turn.
///
/// ```swift
/// .badNonce                                       // as long as the rule is there
/// .badNonce.times(2)                              // twice, then the CA behaves
/// .badNonce.times(2).then(.delay(.seconds(5)))    // twice, and then a delay each time
/// .sequence(.html(status: 502).times(1), .badNonce.times(1))
/// ```
///
/// The article on rules describes the JSON of each.
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

    /// Limits the fault to `count` times; in a sequence, its last step.
    ///
    /// - Parameter count: at least 1.
    public func times(_ count: Int) -> CairnFault {
        var fault = self
        if let last = fault.steps.indices.last { fault.steps[last].times = count }
        return fault
    }

    /// Continues with another fault after this one has happened once, or as often as ``times(_:)`` says.
    public func then(_ next: CairnFault) -> CairnFault {
        var fault = self
        if let last = fault.steps.indices.last { fault.steps[last].times = fault.steps[last].times ?? 1 }
        fault.steps += next.steps
        return fault
    }

    /// Several faults in turn.
    ///
    /// Each but the last happens once, or as often as ``times(_:)`` says.
    public static func sequence(_ first: CairnFault, _ others: CairnFault...) -> CairnFault {
        others.reduce(first) { $0.then($1) }
    }
}

// MARK: - In place of the server

extension CairnFault {
    /// Answers with a problem, after the request has been authenticated and parsed.
    ///
    /// - Parameters:
    ///   - status: by default the usual one for `type`.
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

    /// Answers with a problem of any type.
    ///
    /// - Parameter type: a name in the ACME namespace, or a full URI.
    public static func problem(
        _ type: String, status: Int? = nil, detail: String? = nil, retryAfter: CairnRetryAfter? = nil,
        instance: String? = nil, subproblems: [ACMEProblem] = []
    ) -> CairnFault {
        problem(
            ACMEProblemType(nameOrURI: type), status: status, detail: detail, retryAfter: retryAfter,
            instance: instance, subproblems: subproblems)
    }

    /// Refuses the nonce, even a valid one (RFC 8555 §6.5).
    public static let badNonce = problem(ACMEProblemType.badNonce)

    /// Claims that a rate limit is exceeded (RFC 8555 §6.6).
    public static func rateLimited(retryAfter: CairnRetryAfter? = nil) -> CairnFault {
        problem(ACMEProblemType.rateLimited, retryAfter: retryAfter)
    }

    /// Answers with a status without a body, before processing.
    public static func status(_ status: Int, retryAfter: CairnRetryAfter? = nil) -> CairnFault {
        CairnFault(.status(status, retryAfter))
    }

    /// Answers 503 without a body, before processing.
    public static func unavailable(retryAfter: CairnRetryAfter? = nil) -> CairnFault {
        status(503, retryAfter: retryAfter)
    }

    /// Answers 200 without a body, before processing.
    public static let empty = status(200)

    /// Answers with an HTML page, as proxies do, before processing.
    ///
    /// - Parameter text: the page; by default one that shows the status.
    public static func html(
        status: Int, text: String? = nil, retryAfter: CairnRetryAfter? = nil
    ) -> CairnFault {
        CairnFault(.html(status, text: text, retryAfter))
    }

    /// Redirects, before processing.
    ///
    /// - Parameter location: a URL or a relative reference; empty for the requested URL, which makes a loop.
    public static func redirect(to location: String, status: Int = 307) -> CairnFault {
        CairnFault(.redirect(location, status: status))
    }

    /// Holds the request at a gate, before processing, until it is released.
    public static let hold = CairnFault(.hold(.request))
    /// Processes the request and holds the answer at a gate until it is released.
    public static let holdAnswer = CairnFault(.hold(.answer))
    /// Closes the connection without processing the request.
    public static let drop = CairnFault(.drop)
    /// Resets the connection (TCP RST) without processing the request.
    public static let reset = CairnFault(.reset(.request))
    /// Does nothing: a step that lets requests pass and advances a story.
    public static let pass = CairnFault(.pass)

    /// Processes the request and then resets the connection.
    public static let loseAnswer = CairnFault(.loseAnswer(.reset))
    /// Processes the request and then closes the connection.
    public static let loseAnswerAndClose = CairnFault(.loseAnswer(.close))
    /// Processes the request and answers with another status, without a body.
    public static func loseAnswer(status: Int) -> CairnFault { CairnFault(.loseAnswer(.status(status))) }
    /// Processes the request and delays the answer.
    public static func loseAnswer(for delay: Duration) -> CairnFault { CairnFault(.loseAnswer(.delay(delay))) }
}

// MARK: - On the answer

extension CairnFault {
    /// Replaces the status of the answer.
    public static func setStatus(_ status: Int) -> CairnFault { CairnFault(.setStatus(status)) }

    private static func edit(_ name: CairnFieldName, _ change: CairnRule.FieldEdit.Change) -> CairnFault {
        CairnFault(.fields([CairnRule.FieldEdit(name, change)]))
    }

    /// Removes header fields.
    public static func remove(_ field: CairnFieldName) -> CairnFault { edit(field, .remove) }
    /// Sets a header field, replacing those of the same name.
    public static func set(_ field: CairnFieldName, _ values: String...) -> CairnFault { edit(field, .set(values)) }
    /// Adds a header field.
    public static func add(_ field: CairnFieldName, _ value: String) -> CairnFault { edit(field, .add(value)) }
    /// Sends each header field of a name twice.
    public static func double(_ field: CairnFieldName) -> CairnFault { edit(field, .double) }
    /// Renames header fields.
    public static func rename(_ field: CairnFieldName, to name: CairnFieldName) -> CairnFault {
        edit(field, .rename(name))
    }

    /// Sets a value in the JSON body, replacing an existing one or adding a member.
    public static func set(_ place: CairnJSONPointer, _ value: CairnJSON) -> CairnFault {
        CairnFault(.json([.set(place, value)]))
    }
    /// Inserts a value into an array of the JSON body, before the element at that place.
    public static func insert(_ value: CairnJSON, at place: CairnJSONPointer) -> CairnFault {
        CairnFault(.json([.insert(place, value)]))
    }
    /// Removes a value from the JSON body.
    public static func remove(_ place: CairnJSONPointer) -> CairnFault { CairnFault(.json([.remove(place)])) }
    /// Renames a member of the JSON body.
    public static func rename(_ place: CairnJSONPointer, to name: String) -> CairnFault {
        CairnFault(.json([.rename(place, to: name)]))
    }
    /// Shuffles an array of the JSON body, by the seed.
    public static func shuffle(_ place: CairnJSONPointer) -> CairnFault { CairnFault(.json([.shuffle(place)])) }
    /// Reverses an array of the JSON body.
    public static func reverse(_ place: CairnJSONPointer) -> CairnFault { CairnFault(.json([.reverse(place)])) }

    /// Several edits of the header fields, or several of the JSON body; the two cannot be mixed.
    ///
    /// ```swift
    /// ca.rules.add(.edit(.remove("/finalize"), .set("/error", [:])), at: .order)
    /// ```
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

    /// Adds a fresh nonce if the answer has none.
    public static let addNonce = CairnFault(.nonce(.add))
    /// Removes the nonce.
    public static let removeNonce = CairnFault(.nonce(.remove))
    /// Sends a nonce that has been used already.
    public static let usedNonce = CairnFault(.nonce(.used))
    /// Sends an empty nonce.
    public static let blankNonce = CairnFault(.nonce(.blank))
    /// Sends two fresh nonces in two fields.
    public static let twoNonces = CairnFault(.nonce(.two))
    /// Sends a nonce that the server never issued.
    public static func nonce(_ text: String) -> CairnFault { CairnFault(.nonce(.text(text))) }

    /// Changes the style of timestamps.
    public static func timestamps(_ style: CairnTimeStyle) -> CairnFault { CairnFault(.timeStyle(style)) }
    /// Changes the style of links.
    public static func links(style: CairnLinkStyle) -> CairnFault { CairnFault(.linkStyle(style)) }
    /// Adds a parameter to the media type: `charset=utf-8`.
    public static func mediaType(adding parameter: String) -> CairnFault {
        CairnFault(.mediaType(.parameter(parameter)))
    }
    /// Changes the case of the media type.
    public static func mediaType(_ letterCase: CairnLetterCase) -> CairnFault {
        CairnFault(.mediaType(.letterCase(letterCase)))
    }
    /// Changes the case of header field names (in HTTP/1.1; HTTP/2 has lower case only).
    public static func fieldNames(_ letterCase: CairnLetterCase) -> CairnFault { CairnFault(.fieldCase(letterCase)) }

    /// Changes the style of JSON.
    public static func json(style: CairnJSONStyle) -> CairnFault { CairnFault(.jsonStyle(style)) }
    /// Changes the style of the certificate chain.
    public static func pem(style: CairnPEMStyle) -> CairnFault { CairnFault(.pemStyle(style)) }
    /// Changes the line endings of the certificate chain.
    public static func pem(lineEnd: CairnPEMStyle.LineEnd) -> CairnFault { pem(style: CairnPEMStyle(lineEnd: lineEnd)) }
    /// Truncates the body, in an answer that is otherwise complete.
    public static func truncate(after bytes: Int) -> CairnFault { CairnFault(.truncate(bytes)) }
    /// Corrupts bytes of the body, by the seed.
    public static func garble(bytes: Int) -> CairnFault { CairnFault(.garble(bytes)) }
}

// MARK: - On the way

extension CairnFault {
    /// Delays the answer.
    public static func delay(_ duration: Duration) -> CairnFault { CairnFault(.delay(duration)) }
    /// Pauses between the header fields and the body.
    public static func delayBody(_ duration: Duration) -> CairnFault { CairnFault(.delayBody(duration)) }
    /// Sends the body a few bytes at a time.
    public static func dribble(bytes: Int, every interval: Duration) -> CairnFault {
        CairnFault(.dribble(bytes: bytes, every: interval))
    }
    /// Closes the connection after some bytes of the body.
    public static func cut(after bytes: Int) -> CairnFault { CairnFault(.cut(after: bytes, byReset: false)) }
    /// Resets the connection (TCP RST) after some bytes of the body.
    public static func reset(after bytes: Int) -> CairnFault { CairnFault(.cut(after: bytes, byReset: true)) }
    /// Resets the stream before the answer (HTTP/2; in HTTP/1.1 the connection).
    public static let resetStream = CairnFault(.reset(.stream))
    /// Announces that this is the last answer on the connection: `GOAWAY` in HTTP/2, `Connection: close` in HTTP/1.1.
    public static let goAway = CairnFault(.goAway)
    /// Closes the connection after the answer.
    public static let close = CairnFault(.close)

    /// Resets connections as soon as they are accepted.
    public static let resetAtAccept = CairnFault(.reset(.accept))
    /// Resets connections during the TLS handshake.
    public static let resetInHandshake = CairnFault(.reset(.handshake))
    /// Resets connections after the TLS handshake.
    public static let resetAfterHandshake = CairnFault(.reset(.connected))
    /// Ends the TLS handshake with `handshake_failure` (RFC 8446 §6.2).
    public static let handshakeFailure = CairnFault(.tlsAlert(.handshakeFailure))
    /// Ends the TLS handshake with `internal_error` (RFC 8446 §6.2).
    public static let tlsInternalError = CairnFault(.tlsAlert(.internalError))
    /// Ends the TLS handshake with `unrecognized_name` (RFC 6066 §3).
    public static let unrecognizedName = CairnFault(.tlsAlert(.unrecognizedName))
    /// Presents an expired server certificate.
    public static let expiredServerCertificate = CairnFault(.serverCertificate(.expired))
    /// Presents a server certificate that is not valid yet.
    public static let futureServerCertificate = CairnFault(.serverCertificate(.notYetValid))
    /// Presents a server certificate for another name.
    public static let wrongServerCertificate = CairnFault(.serverCertificate(.wrongName))
    /// Presents a server certificate from an untrusted root.
    public static let untrustedServerCertificate = CairnFault(.serverCertificate(.untrusted))
}

// MARK: - On what the server holds

extension CairnFault {
    /// What the server holds is changed, before the request is carried out or after it.
    package static func state(
        _ change: CairnRule.StateChange, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { CairnFault(.state(change, moment)) }

    /// Forces an object of the request into a status, along with whatever leads there: when an order becomes `ready`,
    /// its authorizations become `valid`.
    ///
    /// Does nothing if the status cannot be reached, for example from a final one (RFC 8555 §7.1.6).
    ///
    /// - Parameter object: an account, order, authorization or challenge. Others, and a status that such an object
    ///   cannot have, are refused when the rule is added.
    public static func force(
        _ status: ACMEStatus, of object: CairnRule.StateObject, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.force(object, status: status.rawValue), moment) }
    /// Deletes an order, authorization or certificate, or everything that the account has.
    public static func purge(
        _ object: CairnRule.StateObject, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.purge(object), moment) }
    /// Expires an order, an authorization, or everything that the account has; forgets nonces.
    public static func expire(
        _ object: CairnRule.StateObject, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.expire(object), moment) }
    /// Forgets the account with everything that it has, or all nonces.
    public static func forget(
        _ object: CairnRule.StateObject, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.forget(object), moment) }
    /// Deactivates the account or an authorization.
    public static func deactivate(
        _ object: CairnRule.StateObject, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.deactivate(object), moment) }
    /// Revokes the certificate, optionally with a reason of RFC 5280 §5.3.1.
    public static func revokeCertificate(
        reason: Int? = nil, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.revoke(reason: reason), moment) }
    /// Sets the certificate's suggested renewal window, relative to the request; negative is in the past (RFC 9773
    /// §4.2).
    public static func renewalWindow(
        from start: Duration, to end: Duration, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.moveRenewalWindow(start: start, end: end), moment) }
    /// Asks for immediate replacement of the certificate: its window is in the past, and a page explains why (RFC 9773
    /// §4.2).
    public static func incident(
        explanationURL: String? = nil, _ moment: CairnRule.StateMoment = .before
    ) -> CairnFault { state(.incident(explanationURL: explanationURL), moment) }
    /// Publishes a new version of the terms of service, before the request is processed.
    public static func changeTerms(to version: String) -> CairnFault { state(.changeTerms(version: version)) }
}

extension ACMEProblemType {
    /// A name in the namespace of ACME, or, where there is a colon in it, a whole URI.
    package init(nameOrURI text: String) {
        self = text.utf8.contains(UInt8(ascii: ":")) ? ACMEProblemType(rawValue: text) : ACMEProblemType(name: text)
    }
}
