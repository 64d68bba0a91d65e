/// When objects move on, so that a client sees what it would see of a slow CA.
///
/// Each part says how long a result that is there already is held back.
public struct CairnProgress: Hashable, Sendable {
    /// From the end of a validation until challenge and authorization show its result (RFC 8555 §7.5.1).
    ///
    /// Until then the authorization is `pending`, and the challenge as ``CairnPolicy/showsProcessing`` has it. Default: ``CairnPace/immediately``.
    public var validation = CairnPace.immediately
    /// From the last authorization of an order until the order is `ready` instead of `pending` (RFC 8555 §7.1.6).
    ///
    /// Default: ``CairnPace/immediately``.
    public var readiness = CairnPace.immediately
    /// From finalize until the order is `valid` instead of `processing` (RFC 8555 §7.4).
    ///
    /// ``CairnPace/immediately`` is a CA whose finalize answers with the certificate at hand, anything else one that issues
    /// later. Default: ``CairnPace/immediately``.
    public var issuance = CairnPace.immediately

    /// Nothing is held back.
    public init() {}
}

/// How long something is held back.
public enum CairnPace: Hashable, Sendable {
    /// Not at all.
    case immediately
    /// That many reads of the object still show the old status; the next one shows the new.
    ///
    /// A read of an object counts for all that its reader may be waiting for, so that a client ends whichever it polls: a
    /// read of an order for the challenges of its authorizations too, a read of an authorization for its challenges and
    /// for the orders that list it, a read of a challenge for that challenge and those orders. A response to a challenge
    /// that is being validated already, and a finalize that comes too early, count as reads.
    case afterPolls(Int)
    /// For that long on the clock of the CA.
    case after(Duration)
    /// Until the test releases it.
    case manually
}
