public import CairnModel
import DequeModule

/// An authorization (RFC 8555 §7.1.4).
package struct Authorization: Sendable {
    package typealias ID = ResourceID<Authorization>

    package let id: ID
    package let account: Account.ID
    /// Never a wildcard; see ``isWildcard``.
    package let identifier: ACMEIdentifier
    /// Whether the authorization is for the wildcard below ``identifier``.
    package let isWildcard: Bool
    package internal(set) var state = AuthorizationState()
    package internal(set) var expires: CairnInstant
    package internal(set) var challenges: [Challenge]
    /// When the CAA records were looked at last, and let the CA issue: of what it was made for.
    var caaChecked: CairnInstant?
    /// The same of what else it was good for.
    private var otherCAAChecks: [ACMEIdentifier: CairnInstant] = [:]
    /// Whether whoever knows its URL may read it; otherwise its account alone.
    package internal(set) var isPublic = false
    let origin: Origin
    private var waitingOrders: Deque<Order.ID> = []
    /// How many orders list it, the finished ones included.
    private(set) var orderCount = 0
    /// The place of the authorization among all authorizations of the CA.
    var number = 0

    init(
        id: ID, account: Account.ID, identifier: ACMEIdentifier, isWildcard: Bool,
        expires: CairnInstant, challenges: [Challenge], origin: Origin
    ) {
        (self.id, self.account, self.identifier, self.isWildcard) = (id, account, identifier, isWildcard)
        (self.expires, self.challenges, self.origin) = (expires, challenges, origin)
    }

    /// The orders that cannot do without the authorization: those that are not finished, oldest first.
    var unfinishedOrders: [Order.ID] { Array(waitingOrders) }

    /// Why there is an authorization.
    enum Origin: Sendable {
        case order
        /// Made for that order alone.
        case scopedOrder(Order.ID)
        /// The client asked for it before any order (RFC 8555 §7.4.1).
        case preAuthorization
        /// The account has it from outside ACME.
        case grant(CairnGrant.ID)
    }

    /// The order that alone may use it; `nil` if all orders may.
    package var scope: Order.ID? {
        if case .scopedOrder(let order) = origin { order } else { nil }
    }

    /// Whether it is kept although no order lists it.
    var outlivesItsOrders: Bool {
        if case .preAuthorization = origin { !state.isFinal } else { false }
    }

    mutating func join(_ order: Order.ID) {
        waitingOrders.append(order)
        orderCount += 1
    }

    /// Notes that an order is finished.
    mutating func release(_ order: Order.ID) {
        // Old ones are finished first, as a rule, so this finds them at once.
        if let place = waitingOrders.firstIndex(of: order) { waitingOrders.remove(at: place) }
    }

    /// Notes that a finished order is forgotten.
    mutating func forget(_ order: Order.ID) { orderCount -= 1 }

    /// Whether it can still be proven by each of these types, and by no other.
    func offers(_ types: [ACMEChallengeType]) -> Bool {
        challenges.map(\.type) == types && !challenges.contains { $0.state.status == .invalid }
    }

    /// Whether it is as good as one that would be proven by one of `types`, or by any if there are none.
    func isProven(by types: [ACMEChallengeType]?) -> Bool {
        guard let types else { return true }
        if case .grant = origin { return true }
        return challenges.contains { $0.state.status == .valid && types.contains($0.type) }
    }

    /// When the CAA records of an identifier were looked at last, and let the CA issue.
    func caaChecked(for ordered: ACMEIdentifier) -> CairnInstant? {
        ordered == orderedIdentifier ? caaChecked : otherCAAChecks[ordered]
    }

    mutating func noteCAACheck(of ordered: ACMEIdentifier, at now: CairnInstant) {
        if ordered == orderedIdentifier { caaChecked = now } else { otherCAAChecks[ordered] = now }
    }

    /// The same with challenges that are `pending` until they are decided, as ``CairnPolicy/showsProcessing`` has it.
    package var withoutProcessing: Authorization {
        var shown = self
        for index in challenges.indices where challenges[index].state.status == .processing {
            shown.challenges[index].state = ChallengeState(.pending)
        }
        return shown
    }

    /// When the CA will look again at a challenge whose last query failed (RFC 8555 §8.2).
    package var nextQuery: CairnInstant? {
        challenges.compactMap(\.nextQuery).min { $0 < $1 }
    }

    /// Whether the query of `job` is the one whose verdict is awaited.
    func isWaiting(for job: ValidationJob) -> Bool {
        challenges[job.challenge].state.status == .processing && challenges[job.challenge].query == job.query
    }

    /// Whether a challenge is left that has not been decided.
    var canStillBeProven: Bool { challenges.contains { !$0.state.isFinal } }

    /// What an order asks for to be given this authorization.
    package var orderedIdentifier: ACMEIdentifier {
        isWildcard ? ACMEIdentifier(type: identifier.type, value: "*." + identifier.value) : identifier
    }
}

/// The status of an authorization (RFC 8555 §7.1.6).
///
/// ```
///                  pending -----------------+
///                     |                     |
///           +---------+---------+           |
///           v                   v           |
///        invalid              valid         |
///                               |           |
///                +--------------+-----------+
///                |              |           |
///                v              v           v
///             revoked     deactivated    expired
/// ```
package struct AuthorizationState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case pending, valid, invalid, deactivated, expired, revoked }
    package enum Event: CaseIterable, Sendable {
        case challengeValidated, challengeFailed, deactivatedByClient, revokedByServer, expired
    }

    package let status: Status

    package init(_ status: Status = .pending) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch (status, event) {
        case (.pending, .challengeValidated): .valid
        case (.pending, .challengeFailed): .invalid
        case (.pending, .deactivatedByClient), (.valid, .deactivatedByClient): .deactivated
        case (.pending, .revokedByServer), (.valid, .revokedByServer): .revoked
        case (.pending, .expired), (.valid, .expired): .expired
        case (.valid, .challengeValidated), (.valid, .challengeFailed): nil
        case (.invalid, _), (.deactivated, _), (.expired, _), (.revoked, _): nil
        }
    }
}

/// An authorization as it was at one instant (RFC 8555 §7.1.4).
public struct CairnAuthorization: Hashable, Sendable, Identifiable {
    /// The last part of its URL.
    public let id: CairnObjectID
    /// `pending`, `valid`, `invalid`, `deactivated`, `expired` or `revoked` (RFC 8555 §7.1.6).
    public let status: ACMEStatus
    /// The account that it belongs to.
    public let account: CairnObjectID
    /// Never a wildcard; see ``isWildcard``.
    public let identifier: ACMEIdentifier
    /// Whether it is for the wildcard below ``identifier``.
    public let isWildcard: Bool
    /// When it can be used no more, whatever its status.
    public let expires: CairnInstant
    /// The ways to prove control, of which one is enough; none if it was granted.
    public let challenges: [CairnChallenge]
    /// The orders that wait for it or need it still, oldest first: those that are neither valid nor invalid.
    public let unfinishedOrders: [CairnObjectID]

    init(_ authorization: Authorization) {
        id = CairnObjectID(authorization.id)
        status = ACMEStatus(authorization.state)
        account = CairnObjectID(authorization.account)
        (identifier, isWildcard) = (authorization.identifier, authorization.isWildcard)
        expires = authorization.expires
        let id = id
        challenges = authorization.challenges.enumerated().map { CairnChallenge($1, $0, of: id) }
        unfinishedOrders = authorization.unfinishedOrders.map { CairnObjectID($0) }
    }

    /// The same as JSON; what there is none of is left out.
    public var json: CairnJSON {
        var object: CairnJSONObject = ["id": id.json, "status": status.json]
        object["account"] = account.json
        object["identifier"] = identifier.json
        object["isWildcard"] = .bool(isWildcard)
        object["expires"] = expires.json
        object["challenges"] = .array(challenges.map(\.json))
        object["unfinishedOrders"] = .array(unfinishedOrders.map(\.json))
        return .object(object)
    }
}

/// A challenge as it was at one instant (RFC 8555 §7.1.5, §8).
public struct CairnChallenge: Hashable, Sendable, Identifiable {
    /// The end of its URL: its authorization and its place there, counted from 0.
    public let id: CairnObjectID
    /// What the client has to do: `http-01`.
    public let type: ACMEChallengeType
    /// `pending`, `processing`, `valid` or `invalid` (RFC 8555 §7.1.6), whatever ``CairnPolicy/showsProcessing`` shows.
    public let status: ACMEStatus
    /// What tells the challenge from others (RFC 8555 §8.3).
    public let token: String
    /// What the client was to show when it answered last (RFC 8555 §8.1); `nil` until then.
    public let keyAuthorization: String?
    /// When it was found fulfilled.
    public let validated: CairnInstant?
    /// What went wrong the last time that the CA looked.
    public let error: ACMEProblem?
    /// When the CA will look again (RFC 8555 §8.2).
    public let nextQuery: CairnInstant?

    init(_ challenge: Challenge, _ place: Int, of authorization: CairnObjectID) {
        id = CairnObjectID(rawValue: "\(authorization)/\(place)")
        (type, token) = (challenge.type, challenge.token)
        status = ACMEStatus(challenge.state)
        keyAuthorization = challenge.keyAuthorization?.text
        (validated, error, nextQuery) = (challenge.validated, challenge.error, challenge.nextQuery)
    }

    /// The same as JSON; what there is none of is left out.
    public var json: CairnJSON {
        var object: CairnJSONObject = ["id": id.json, "type": .string(type.rawValue), "status": status.json]
        object["token"] = .string(token)
        object["keyAuthorization"] = keyAuthorization.map(CairnJSON.string)
        object["validated"] = validated?.json
        object["error"] = error?.json
        object["nextQuery"] = nextQuery?.json
        return .object(object)
    }
}
