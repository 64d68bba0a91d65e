extension CairnRule {
    /// What one step of a rule does: exactly one of these.
    package enum Action: Hashable, Sendable {
        // In place of the server.
        case problem(ProblemForm)
        case status(Int, CairnRetryAfter?)
        case html(Int, text: String?, CairnRetryAfter?)
        case redirect(String, status: Int)
        case hold(Held)
        case drop
        case reset(ResetMoment)
        case pass
        case loseAnswer(Loss)
        // On the answer as a value.
        case setStatus(Int)
        case fields([FieldEdit])
        case json([JSONEdit])
        case nonce(NonceEdit)
        case timeStyle(CairnTimeStyle)
        case linkStyle(CairnLinkStyle)
        case mediaType(MediaTypeEdit)
        case fieldCase(CairnLetterCase)
        // On its bytes.
        case jsonStyle(CairnJSONStyle)
        case pemStyle(CairnPEMStyle)
        case truncate(Int)
        case garble(Int)
        // On the way.
        case delay(Duration)
        case delayBody(Duration)
        case dribble(bytes: Int, every: Duration)
        case cut(after: Int, byReset: Bool)
        case goAway
        case close
        // Before there is a request.
        case tlsAlert(TLSAlert)
        case serverCertificate(ServerCertificate)
        // On what the server holds.
        case state(StateChange, StateMoment)
    }

    /// A refusal as a rule asks for it.
    package struct ProblemForm: Hashable, Sendable {
        package var type: ACMEProblemType
        /// `nil` for the common one of the type.
        package var status: Int?
        /// `nil` for one that names the rule.
        package var detail: String?
        package var retryAfter: CairnRetryAfter?
        package var instance: String?
        package var subproblems: [ACMEProblem] = []

        package init(_ type: ACMEProblemType) { self.type = type }
    }

    /// What waits at a gate.
    package enum Held: String, CaseIterable, Sendable {
        /// The request, before anything is looked at.
        case request
        /// The answer, after what was asked for is done.
        case answer
    }

    /// How an answer is lost after what was asked for is done.
    package enum Loss: Hashable, Sendable {
        case reset
        case close
        case status(Int)
        case delay(Duration)
    }

    /// When a connection, or a stream of one, is reset.
    package enum ResetMoment: String, CaseIterable, Sendable {
        case accept, handshake, connected, request, stream
    }

    /// A change of the header fields of one name.
    package struct FieldEdit: Hashable, Sendable {
        package enum Change: Hashable, Sendable {
            case remove
            case set([String])
            case add(String)
            case double
            case rename(CairnFieldName)
        }

        package var name: CairnFieldName
        package var change: Change

        package init(_ name: CairnFieldName, _ change: Change) { (self.name, self.change) = (name, change) }
    }

    /// A change at one place of a JSON body.
    package enum JSONEdit: Hashable, Sendable {
        case set(CairnJSONPointer, CairnJSON)
        case insert(CairnJSONPointer, CairnJSON)
        case remove(CairnJSONPointer)
        case rename(CairnJSONPointer, to: String)
        case shuffle(CairnJSONPointer)
        case reverse(CairnJSONPointer)
    }

    /// What becomes of the nonce of an answer.
    package enum NonceEdit: Hashable, Sendable {
        case add, remove, used, blank, two
        case text(String)
    }

    /// What becomes of the media type of an answer.
    package enum MediaTypeEdit: Hashable, Sendable {
        case parameter(String)
        case letterCase(CairnLetterCase)
    }

    /// An alert of TLS (RFC 8446 §6).
    package enum TLSAlert: String, CaseIterable, Sendable {
        case closeNotify, handshakeFailure, badCertificate, unrecognizedName, internalError, protocolVersion,
            accessDenied

        /// Its number (RFC 8446 §B.2).
        package var number: UInt8 {
            switch self {
            case .closeNotify: 0
            case .handshakeFailure: 40
            case .badCertificate: 42
            case .accessDenied: 49
            case .protocolVersion: 70
            case .internalError: 80
            case .unrecognizedName: 112
            }
        }
    }

    /// What is wrong with the certificate of the server's own TLS.
    package enum ServerCertificate: String, CaseIterable, Sendable {
        case expired, notYetValid, wrongName, untrusted
    }

    /// A change of what the server holds, at the object that the request is about.
    package enum StateChange: Hashable, Sendable {
        case force(StateObject, status: String)
        case purge(StateObject)
        case expire(StateObject)
        case forget(StateObject)
        case deactivate(StateObject)
        case revoke(reason: Int?)
        case changeTerms(version: String)
        /// From the time of the request on.
        case moveRenewalWindow(start: Duration, end: Duration)
        /// Its certificate is to be replaced at once, for a reason that a page tells.
        case incident(explanationURL: String?)
    }

    /// The objects of a request whose state a rule can change.
    public enum StateObject: String, CaseIterable, Sendable {
        /// The account that signed the request.
        case account
        /// The order; for an authorization, its unfinished orders.
        case order
        /// The authorization; for an order, all of its authorizations.
        case authorization
        /// The challenge.
        case challenge
        /// The certificate; for an order, its certificate.
        case certificate
        /// All issued nonces.
        case nonces
        /// Everything that the signing account has.
        case allOfAccount
    }

    /// When the state changes.
    public enum StateMoment: String, CaseIterable, Sendable {
        /// Before the request is processed, so that the request sees the change.
        case before
        /// After the request is processed.
        case after
    }
}

extension CairnRule.Action {
    /// Where it happens at the earliest.
    package var point: RulePoint {
        switch self {
        case .status, .html, .redirect, .drop, .pass: .routed
        case .problem: .understood
        case .hold(let held): held == .request ? .routed : .committed
        case .loseAnswer: .committed
        case .reset(let moment):
            switch moment {
            case .accept, .handshake, .connected: .connection
            case .request: .routed
            case .stream: .wire
            }
        case .setStatus, .fields, .json, .nonce, .timeStyle, .linkStyle, .mediaType, .fieldCase: .answer
        case .jsonStyle, .pemStyle, .truncate, .garble: .bytes
        case .delay, .delayBody, .dribble, .cut, .goAway, .close: .wire
        case .tlsAlert, .serverCertificate: .connection
        case .state(_, let moment): moment == .before ? .understood : .committed
        }
    }

    /// Whether it is done in place of the server, so that no older rule is asked.
    package var answers: Bool {
        switch self {
        case .pass, .state: false
        default: !point.alters
        }
    }

    /// Whether it is chance that says how it looks.
    package var draws: Bool {
        switch self {
        case .json(let edits): edits.contains { if case .shuffle = $0 { true } else { false } }
        case .jsonStyle(let style): style.memberOrder == .shuffled
        case .garble: true
        default: false
        }
    }
}

extension CairnRule.StateObject {
    /// The statuses that one of these can have (RFC 8555 §7.1.6); none for what has no status that can be forced.
    package var statuses: [String] {
        switch self {
        case .account: ["valid", "deactivated", "revoked"]
        case .order: ["pending", "ready", "processing", "valid", "invalid"]
        case .authorization: ["pending", "valid", "invalid", "deactivated", "expired", "revoked"]
        case .challenge: ["pending", "processing", "valid", "invalid"]
        case .certificate, .nonces, .allOfAccount: []
        }
    }
}
