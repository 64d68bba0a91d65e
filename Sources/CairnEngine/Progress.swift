import CairnCertificates
package import CairnModel

/// Something that has been decided and is held back, as ``CairnProgress`` wants it.
package struct HeldResult: Sendable {
    /// What it is about.
    ///
    /// Each has one thing at most that is held back.
    package enum Subject: Hashable, Sendable {
        case challenge(Authorization.ID, Int)
        case order(Order.ID)
    }

    enum Result: Sendable {
        /// What a validation came to: `nil` if the challenge is fulfilled.
        case verdict(ValidationJob, ACMEProblem?)
        /// The last authorization became valid.
        case readiness
        /// The certificate was signed.
        case issuance(CairnCertificate)
    }

    let result: Result
    /// How many reads it still outlasts; `nil` if reads do not matter.
    var polls: Int?
    /// When it ends by itself; `nil` if time does not matter.
    var due: CairnInstant?
}

extension Engine {
    /// What is held back now, in an order that is the same in every run.
    package var held: [HeldResult.Subject] {
        inspect { state in state.held.keys.sorted { $0.place < $1.place } }
    }

    /// Lets what is held back happen now; `false` if nothing was.
    @discardableResult
    package func release(_ subject: HeldResult.Subject, at now: CairnInstant) -> Bool {
        (try? transact(at: now) { (state) throws(Refusal) in state.release(subject, at: now) }) ?? false
    }
}

extension HeldResult.Subject {
    /// Orders after challenges, each by its number.
    fileprivate var place: (Int, UInt128, Int) {
        switch self {
        case .challenge(let id, let index): (0, id.bits, index)
        case .order(let id): (1, id.bits, 0)
        }
    }
}

extension State {
    /// Lets `result` happen at the pace that the policy has for it.
    mutating func settle(_ result: HeldResult.Result, of subject: HeldResult.Subject, at now: CairnInstant) {
        // What is over has nothing to wait for, and nobody would take it out again.
        guard !isOver(subject) else { return apply(result, to: subject, at: now) }
        switch pace(of: result) {
        case .immediately: apply(result, to: subject, at: now)
        case .afterPolls(let polls): held[subject] = HeldResult(result: result, polls: max(0, polls))
        case .after(let duration):
            let due = now + duration.bounded
            held[subject] = HeldResult(result: result, due: due)
            schedule(.release(subject), at: due)
        case .manually: held[subject] = HeldResult(result: result)
        }
    }

    /// Lets what is held back happen; `false` if nothing was.
    @discardableResult
    mutating func release(_ subject: HeldResult.Subject, at now: CairnInstant) -> Bool {
        guard let hold = held.removeValue(forKey: subject) else { return false }
        apply(hold.result, to: subject, at: now)
        return true
    }

    /// Lets happen what was held back until now, unless it has happened before and something else is held back since.
    mutating func releaseDue(_ subject: HeldResult.Subject, at due: CairnInstant) {
        if held[subject]?.due == due { release(subject, at: due) }
    }

    /// Counts a read of an order for the order, and for the challenges that it waits for; `false` if nothing waits for reads.
    @discardableResult
    mutating func poll(_ id: Order.ID, at now: CairnInstant) -> Bool {
        guard !held.isEmpty else { return false }
        // First the order: what is held back of it only because of this read has not been read yet.
        poll(.order(id), at: now)
        guard let order = orders[id], order.state.status == .pending else { return true }
        for authorization in order.authorizations {
            for index in authorizations[authorization]?.challenges.indices ?? 0..<0 {
                poll(.challenge(authorization, index), at: now)
            }
        }
        return true
    }

    /// Counts a read of an authorization, or of one challenge of it, for its challenges and for the orders that wait for
    /// it; `false` if nothing waits for reads.
    @discardableResult
    mutating func poll(_ id: Authorization.ID, challenge: Int? = nil, at now: CairnInstant) -> Bool {
        guard !held.isEmpty, let authorization = authorizations[id] else { return false }
        for order in authorization.unfinishedOrders { poll(.order(order), at: now) }
        for index in authorization.challenges.indices where challenge == nil || challenge == index {
            poll(.challenge(id, index), at: now)
        }
        return true
    }

    /// Counts a read, and lets happen what has waited for enough of them.
    private mutating func poll(_ subject: HeldResult.Subject, at now: CairnInstant) {
        guard let polls = held[subject]?.polls else { return }
        if polls == 0 { release(subject, at: now) } else { held[subject]?.polls = polls - 1 }
    }

    /// Whether the object is final or forgotten that a result is about.
    private func isOver(_ subject: HeldResult.Subject) -> Bool {
        switch subject {
        case .challenge(let id, _): authorizations[id]?.state.isFinal ?? true
        case .order(let id): orders[id]?.state.isFinal ?? true
        }
    }

    /// Makes known what is held back of the challenges of an authorization that has come to its end.
    ///
    /// Otherwise they would be `processing` for ever.
    mutating func releaseVerdicts(on authorization: Authorization, at now: CairnInstant) {
        guard !held.isEmpty else { return }
        for index in authorization.challenges.indices { release(.challenge(authorization.id, index), at: now) }
    }

    private func pace(of result: HeldResult.Result) -> CairnPace {
        switch result {
        case .verdict: policy.progress.validation
        case .readiness: policy.progress.readiness
        case .issuance: policy.progress.issuance
        }
    }

    private mutating func apply(_ result: HeldResult.Result, to subject: HeldResult.Subject, at now: CairnInstant) {
        switch (result, subject) {
        case (.verdict(let job, let problem), _): finish(job, problem: problem, at: now)
        case (.readiness, .order(let id)): change(id, .authorized, at: now)
        case (.issuance(let issued), .order(let id)): record(issued, for: id, at: now)
        case (.readiness, .challenge), (.issuance, .challenge): break
        }
    }
}

/// When objects progress, to imitate a slow CA.
///
/// Each value says how long an existing result is held back.
public struct CairnProgress: Hashable, Sendable {
    /// The time from the end of a validation until challenge and authorization show the result (RFC 8555 §7.5.1).
    ///
    /// Until then the authorization is `pending`, and the challenge as ``CairnPolicy/showsProcessing`` says. Default:
    /// ``CairnPace/immediately``.
    public var validation = CairnPace.immediately
    /// The time from an order's last valid authorization until the order is `ready` (RFC 8555 §7.1.6).
    ///
    /// Default: ``CairnPace/immediately``.
    public var readiness = CairnPace.immediately
    /// The time from finalize until the order is `valid` instead of `processing` (RFC 8555 §7.4).
    ///
    /// With ``CairnPace/immediately``, finalize answers with a valid order. Default: ``CairnPace/immediately``.
    public var issuance = CairnPace.immediately

    /// Creates a policy that holds nothing back.
    public init() {}
}

/// How long a result is held back.
public enum CairnPace: Hashable, Sendable {
    /// Not at all.
    case immediately
    /// For a number of reads that still show the old status; the next read shows the new one.
    ///
    /// A read counts for everything that the client may be waiting for, so that clients can poll any object: reading an
    /// order also counts for its authorizations' challenges, reading an authorization for its challenges and orders,
    /// and reading a challenge for itself and those orders. A response to a challenge that is already being validated
    /// and a premature finalize count as reads.
    case afterPolls(Int)
    /// For a time on the CA's clock.
    case after(Duration)
    /// Until the test releases it.
    case manually
}

/// A status that only events change.
///
/// A machine is a value: it holds the status, knows which events are legal in it, and nothing else. What follows from a
/// transition (an order that becomes ready, a certificate to issue) is decided by the command that caused it.
package protocol StateMachine: Sendable, Equatable {
    associatedtype Status: RawRepresentable, CaseIterable, Sendable where Status.RawValue == String
    associatedtype Event: CaseIterable, Sendable

    /// The status now.
    var status: Status { get }

    /// A machine in any status, for tables and tests.
    init(_ status: Status)

    /// The status that `event` leads to from `status`, or `nil` where the standard draws no such arrow.
    static func next(after event: Event, in status: Status) -> Status?

    /// Takes the arrow of `event`, or throws and stays.
    mutating func handle(_ event: Event) throws(IllegalTransition)
}

/// An event that has no arrow in the present status.
package struct IllegalTransition: Error, Equatable, CustomStringConvertible {
    package var description: String

    package init(machine: String, status: String, event: String) {
        description = "\(machine) is \"\(status)\", where \"\(event)\" cannot happen"
    }
}

extension StateMachine {
    /// Whether no event leads out of the status.
    package var isFinal: Bool {
        Event.allCases.allSatisfy { Self.next(after: $0, in: status) == nil }
    }

    fileprivate func target(of event: Event) throws(IllegalTransition) -> Status {
        guard let next = Self.next(after: event, in: status) else {
            throw IllegalTransition(machine: "\(Self.self)", status: status.rawValue, event: "\(event)")
        }
        return next
    }

    package mutating func handle(_ event: Event) throws(IllegalTransition) {
        self = Self(try target(of: event))
    }
}
