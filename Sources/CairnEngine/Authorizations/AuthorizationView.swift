public import CairnModel

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
