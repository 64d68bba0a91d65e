/// A refusal, as RFC 7807 and RFC 8555 §6.7 write it down.
///
/// The detail of every problem of Cairn says what was expected, what came, and which section says so.
public struct ACMEProblem: Error, Hashable, Sendable {
    /// What programs tell problems apart by.
    public var type: ACMEProblemType
    /// The HTTP status of the response that carries the problem, and its member `status`.
    public var status: Int
    /// What people are told, in words.
    public var detail: String
    /// The identifier that a subproblem is about.
    ///
    /// Never set at the top level (RFC 8555 §6.7.1).
    public var identifier: ACMEIdentifier?
    /// One entry for each identifier that was refused (RFC 8555 §6.7.1).
    public var subproblems: [ACMEProblem]
    /// The signature algorithms that would have been accepted, with `badSignatureAlgorithm` (RFC 8555 §6.2).
    public var algorithms: [String]?
    /// The URL of a page for the human who has to act, with `userActionRequired` (RFC 8555 §6.7).
    public var instance: String?
    /// The rule that was broken, if that has to be known apart from the type.
    package var cause: Cause?

    /// - Parameter status: by default what servers commonly send with `type`; see ``commonStatus(of:)``.
    public init(
        _ type: ACMEProblemType, _ detail: String, status: Int? = nil, identifier: ACMEIdentifier? = nil,
        subproblems: [ACMEProblem] = [], algorithms: [String]? = nil, instance: String? = nil
    ) {
        self.type = type
        self.status = status ?? Self.commonStatus(of: type)
        self.detail = detail
        self.identifier = identifier
        self.subproblems = subproblems
        self.algorithms = algorithms
        self.instance = instance
    }

    /// The same problem, with the rule that was broken.
    package func caused(by cause: Cause) -> ACMEProblem {
        var problem = self
        problem.cause = cause
        return problem
    }

    /// The status that goes with a type unless something else is said.
    ///
    /// 409 for `alreadyReplaced`, 429 for `rateLimited`, 500 for `serverInternal`, 403 where the request was understood and
    /// refused, otherwise 400.
    public static func commonStatus(of type: ACMEProblemType) -> Int {
        switch type {
        case .alreadyReplaced: 409
        case .rateLimited: 429
        case .serverInternal: 500
        case .caa, .externalAccountRequired, .orderNotReady, .unauthorized, .userActionRequired: 403
        default: 400
        }
    }
}

extension ACMEProblem: CustomStringConvertible {
    /// Type and detail, for a log.
    public var description: String { "\(type): \(detail)" }
}
