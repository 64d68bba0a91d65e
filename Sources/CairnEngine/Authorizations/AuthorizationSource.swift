import CairnCertificates
public import CairnModel

/// Where an order gets its authorization for one identifier.
struct AuthorizationSource: Sendable {
    enum Kind: Sendable {
        /// One that the account has already.
        case existing(Authorization.ID, expires: CairnInstant)
        /// The account is authorized from outside ACME, which no authorization shows yet.
        case grant(CairnGrant)
        /// A new one, to be proven by one of these challenges.
        case challenges([ACMEChallengeType])
    }

    let identifier: ACMEIdentifier
    let kind: Kind

    /// When what the account has already comes to its end; `nil` if it has nothing yet.
    var expires: CairnInstant? {
        switch kind {
        case .existing(_, let expires): expires
        case .grant(let grant): grant.expires
        case .challenges: nil
        }
    }
}

extension State {
    /// Finds out where the authorizations of an order are to come from, and refuses identifiers that could not be proven.
    mutating func authorizationSources(
        for identifiers: [ACMEIdentifier], under profile: CairnCertificateProfile, proof: NewOrder.Proof,
        of account: Account,
        at now: CairnInstant
    ) throws(Refusal) -> [AuthorizationSource] {
        var sources: [AuthorizationSource] = []
        sources.reserveCapacity(identifiers.count)
        var problems: [ACMEProblem] = []
        for identifier in identifiers {
            let types = policy.challengeTypes(
                of: kinds, for: identifier, under: profile.name, insteadOf: proof.challengeTypes)
            let kind = sourceAtHand(for: identifier, provenBy: types, proof: proof, of: account.id, at: now)
            if let kind {
                sources.append(AuthorizationSource(identifier: identifier, kind: kind))
            } else if types.isEmpty {
                problems.append(unprovable(identifier, under: profile))
            } else {
                sources.append(AuthorizationSource(identifier: identifier, kind: .challenges(types)))
            }
        }
        try Refusal.refuse(problems, cause: .identifiers)
        return sources
    }

    func unprovable(_ identifier: ACMEIdentifier, under profile: CairnCertificateProfile) -> ACMEProblem {
        ACMEProblem(
            .rejectedIdentifier,
            "no challenge type that the CA offers in the profile \"\(profile.name)\" can prove control of "
                + "\(identifier.value.quoted) (RFC 8555 §7.1.3, RFC 8738 §7)", identifier: identifier)
    }

    /// What the account has already for an identifier: of what is valid, that which expires last.
    private mutating func sourceAtHand(
        for identifier: ACMEIdentifier, provenBy types: [ACMEChallengeType], proof: NewOrder.Proof,
        of account: Account.ID,
        at now: CairnInstant
    ) -> AuthorizationSource.Kind? {
        let granted = grants.grant(of: account, for: identifier, at: now)
        if let proven = reusableAuthorization(
            for: identifier, provenBy: types, proof: proof, of: account, at: now),
            proven.expires > granted?.expires ?? now
        {
            return .existing(proven.id, expires: proven.expires)
        }
        if let granted { return source(of: granted, for: identifier) }
        guard policy.reusesPendingAuthorizations else { return nil }
        return pendingAuthorization(for: identifier, offering: types, of: account).map {
            .existing($0.id, expires: $0.expires)
        }
    }

    /// The authorization that came of a grant, or the grant as long as there is none.
    func source(of grant: CairnGrant, for identifier: ACMEIdentifier) -> AuthorizationSource.Kind {
        grants.authorization(of: grant.id, for: identifier).map { .existing($0, expires: grant.expires) }
            ?? .grant(grant)
    }

    /// The valid authorization that an order may use: any if the policy says so, otherwise only what the client has asked
    /// for before (RFC 8555 §7.4.1).
    private mutating func reusableAuthorization(
        for identifier: ACMEIdentifier, provenBy types: [ACMEChallengeType], proof: NewOrder.Proof,
        of account: Account.ID, at now: CairnInstant
    ) -> Authorization? {
        let rule: CairnAuthorizationReuse.Rule =
            switch proof.reusesAuthorizations {
            case true?: .always
            case false?: .never
            case nil: policy.authorizationReuse.rule(for: identifier)
            }
        // Who asks for all of them does not mind how they were proven.
        let proofs = proof.reusesAuthorizations == true ? nil : types
        if rule != .never,
            let best = validAuthorization(
                for: identifier, provenBy: proofs, of: account, takesWildcardsForNames: proof.takesWildcardsForNames,
                at: now),
            drawsReuse(by: rule)
        {
            return best
        }
        let own = authorization(for: identifier, provenBy: proofs, of: account, amongPreAuthorizations: true, at: now)
        return Authorization.lasting(longest: own, preAuthorizationCovering(identifier, of: account, at: now))
    }

    /// The valid authorization for an identifier that expires last.
    ///
    /// - Parameter takesWildcardsForNames: see ``NewOrder/Proof/takesWildcardsForNames``.
    func validAuthorization(
        for identifier: ACMEIdentifier, provenBy types: [ACMEChallengeType]?, of account: Account.ID,
        takesWildcardsForNames: Bool = false, at now: CairnInstant
    ) -> Authorization? {
        let own = authorization(for: identifier, provenBy: types, of: account, at: now)
        guard takesWildcardsForNames, identifier.type == .dns else { return own }
        let other =
            identifier.isWildcard
            ? authorization(
                for: identifier.withoutWildcard, provenBy: kinds.types { $0.fits(identifier) }, of: account, at: now)
            : authorization(for: .dns("*.\(identifier.value)"), provenBy: types, of: account, at: now)
        // What was granted has its scope, and that alone.
        if case .grant? = other?.origin { return own }
        return Authorization.lasting(longest: own, other)
    }

    /// The valid pre-authorization by the DNS (`dns-01`) for a name above an identifier, or for the name of a wildcard, if it covers
    /// that by the policy: of several that which expires last.
    func preAuthorizationCovering(
        _ identifier: ACMEIdentifier, of account: Account.ID, at now: CairnInstant
    ) -> Authorization? {
        guard policy.preAuthorizationScope != .name, identifier.type == .dns else { return nil }
        let proofs = kinds.types(where: \.showsControlOfZone)
        var best: Authorization?
        for name in policy.preAuthorizationScope.namesCovering(identifier) {
            best = Authorization.lasting(
                longest: best,
                authorization(
                    for: .dns(name), provenBy: proofs, of: account, amongPreAuthorizations: true, at: now))
        }
        return best
    }

    private func authorization(
        for identifier: ACMEIdentifier, provenBy types: [ACMEChallengeType]?, of account: Account.ID,
        amongPreAuthorizations: Bool = false, at now: CairnInstant
    ) -> Authorization? {
        authorizations.valid(of: account, for: identifier, amongPreAuthorizations: amongPreAuthorizations) {
            $0.scope == nil && $0.isProven(by: types) && $0.canBeReused(at: now)
        }
    }

    /// The pending authorization with just these challenges that expires last.
    private func pendingAuthorization(
        for identifier: ACMEIdentifier, offering types: [ACMEChallengeType], of account: Account.ID
    ) -> Authorization? {
        authorizations.pending(of: account, for: identifier).filter { $0.scope == nil && $0.offers(types) }
            // Of those that are equally good the same in every run.
            .max { ($0.expires, $0.id.bits) < ($1.expires, $1.id.bits) }
    }

    /// The authorization that a source stands for, made if there is none yet.
    ///
    /// - Parameter profile: that of the order which it is for; `nil` if it is for none.
    mutating func authorization(
        from source: AuthorizationSource, origin: Authorization.Origin, under profile: String? = nil,
        account: Account.ID, at now: CairnInstant
    ) -> Authorization.ID {
        switch source.kind {
        case .existing(let id, _): id
        case .grant(let grant):
            addAuthorization(
                for: source.identifier, account: account, types: [], origin: .grant(grant.id), expires: grant.expires,
                at: now)
        case .challenges(let types):
            addAuthorization(
                for: source.identifier, account: account, types: types, origin: origin, profile: profile,
                expires: now + policy.lifetimes(under: profile).pendingAuthorization.bounded, at: now)
        }
    }
}

extension Authorization {
    /// Of two the one that expires last; the first if both do.
    fileprivate static func lasting(longest first: Authorization?, _ second: Authorization?) -> Authorization? {
        guard let first, let second else { return first ?? second }
        return second.expires > first.expires ? second : first
    }
}

/// When orders reuse valid authorizations of the account (RFC 8555 §7.1.3).
///
/// ```swift
/// ca.policy.authorizationReuse = .always
/// ca.policy.authorizationReuse["*.fresh.test"] = .never
/// ```
///
/// An authorization can be reused while it is valid, by its account, for the same name (wildcard or not), if the
/// order's profile still offers the challenge that proved it. Of several, the one that expires last is used.
public struct CairnAuthorizationReuse: Hashable, Sendable {
    /// Whether an order reuses an authorization.
    public enum Rule: Hashable, Sendable {
        /// The order gets a new authorization.
        case never
        /// The order gets a new authorization only if there is none to reuse.
        case always
        /// Reuses with a probability from 0 to 1, drawn from the seed for each name of each order.
        case sometimes(Double)
    }

    /// The rule for names without an entry.
    public var standard: Rule
    private var entries: [CairnNamePattern: Rule] = [:]

    /// Creates a policy with one rule for all names without an entry.
    public init(_ standard: Rule = .never) {
        self.standard = standard
    }

    /// Orders always get new authorizations.
    public static let never = CairnAuthorizationReuse(.never)
    /// Orders get new authorizations only if there are none to reuse.
    public static let always = CairnAuthorizationReuse(.always)

    /// Reuses with a probability from 0 to 1, for all names.
    public static func sometimes(_ probability: Double) -> CairnAuthorizationReuse {
        CairnAuthorizationReuse(.sometimes(probability))
    }

    /// The entry for a name, an address, or all names below one (`*.example.test`, including wildcards); `nil` removes
    /// it.
    ///
    /// A name's own entry wins, then the nearest `*.` above it, then ``standard``.
    public subscript(name: CairnNamePattern) -> Rule? {
        get { entries[name] }
        set { entries[name] = newValue }
    }

    /// All entries at once.
    package var names: [String: Rule] {
        get { entries.reduce(into: [:]) { $0[$1.key.description] = $1.value } }
        set { entries = newValue.reduce(into: [:]) { $0[CairnNamePattern($1.key)] = $1.value } }
    }

    func rule(for identifier: ACMEIdentifier) -> Rule {
        guard !entries.isEmpty else { return standard }
        return CairnNamePattern.matching(identifier).lazy.compactMap { entries[$0] }.first ?? standard
    }
}

/// What a pre-authorization covers if it was validated by `dns-01` (RFC 8555 §7.4.1).
///
/// Whoever controls a name's DNS controls everything below it, and many private CAs accept one proof for all of it. An
/// order may then have fewer authorizations than identifiers, for other names (RFC 8555 §7.1.3).
public enum CairnPreAuthorizationScope: String, CaseIterable, Hashable, Sendable {
    /// Only the name.
    case name
    /// The name and the wildcard directly below it.
    case wildcard
    /// The name and all names below it at any depth, wildcards included.
    case domain

    /// The names, apart from the identifier itself, whose authorizations cover it.
    func namesCovering(_ identifier: ACMEIdentifier) -> [String] {
        let base = identifier.withoutWildcard
        let own = identifier.isWildcard ? [base.value] : []
        return switch self {
        case .name: []
        case .wildcard: own
        case .domain: own + base.namesAbove
        }
    }
}
