package import CairnDNS
package import CairnModel

extension ChallengeKinds {
    /// Every kind that is known here.
    ///
    /// A new one costs a file beside the others, with all that there is to say about it, and a line in this list.
    package static let known = ChallengeKinds(validated)

    static let validated: [any ValidatedKind] = [
        HTTP01(),
        DNS01(),
        TLSALPN01(),
        TLSSNI02(),
        OOB01(),
        DNSAccount01(),
        DNSPersist01(),
    ]
}

/// A kind of challenge that is validated here.
package protocol ValidatedKind: ChallengeKind {
    /// How an attempt is validated, up to the question of CAA.
    ///
    /// - Parameter perspective: the remote perspective that looks; `nil` for the primary one.
    func validation(
        of attempt: ValidationAttempt, from perspective: String?, _ settings: CairnProbeSettings
    ) -> any Validation
}

/// A validation as a state machine: it says what it wants to have done, and is told what came of it.
///
/// Nothing happens in here: no lookup, no connection, no waiting. A machine has the functions for what it asks for.
package protocol Validation: Sendable {
    mutating func start() -> ValidationAction
    mutating func answered(_ answer: DNSAnswer) -> ValidationAction
    mutating func resolved(_ lookup: AddressLookup) -> ValidationAction
    mutating func fetched(_ outcome: HTTPProbe.Outcome) -> ValidationAction
    mutating func shook(_ outcome: TLSProbe.Outcome) -> ValidationAction
    mutating func spotted(_ names: [String]) -> ValidationAction
}

/// What a validation wants to have done next.
package enum ValidationAction: Sendable {
    /// Ask the DNS for records of a type, then call ``Validation/answered(_:)``.
    case lookUp(String, CairnDNSType)
    /// Look up the addresses of a host, then call ``Validation/resolved(_:)``.
    case resolve(String)
    /// Send a request, then call ``Validation/fetched(_:)``.
    case fetch(HTTPProbe)
    /// Make a handshake, then call ``Validation/shook(_:)``.
    case handshake(TLSProbe)
    /// Find out where in the table a TXT record with this text is, at or below a name, then call ``Validation/spotted(_:)``.
    ///
    /// No question is asked for it: it only helps to say what a client has done wrong.
    case spot(text: String, below: String)
    case finished(Verdict)
    /// Nothing, until somebody has decided: there is no verdict.
    case awaitDecision
}

extension Validation {
    package mutating func answered(_ answer: DNSAnswer) -> ValidationAction { .unasked }
    package mutating func resolved(_ lookup: AddressLookup) -> ValidationAction { .unasked }
    package mutating func fetched(_ outcome: HTTPProbe.Outcome) -> ValidationAction { .unasked }
    package mutating func shook(_ outcome: TLSProbe.Outcome) -> ValidationAction { .unasked }
    package mutating func spotted(_ names: [String]) -> ValidationAction { .unasked }
}

extension ValidationAction {
    static func invalid(_ problem: ACMEProblem) -> ValidationAction { .finished(.invalid(problem)) }

    /// A machine that is told what it has not asked for has a mistake in it.
    fileprivate static var unasked: ValidationAction {
        .invalid(ACMEProblem(.serverInternal, "a validation was told what it had not asked for"))
    }
}

/// What cannot be validated for the reason given.
struct Unvalidatable: Validation {
    let problem: ACMEProblem

    mutating func start() -> ValidationAction { .invalid(problem) }
}
