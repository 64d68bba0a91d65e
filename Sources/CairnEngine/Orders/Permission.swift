import CairnCertificates
public import CairnModel

// What an account may have certified: whatever newOrder and newAuthz ask before anything is changed, but for the rate limits.

extension State {
    /// An account that may ask for what leads to a certificate: it is valid, and its holder has agreed to the current terms
    /// (RFC 8555 §7.3.3).
    func issuingAccount(_ id: Account.ID) throws(Refusal) -> Account {
        let account = try validAccount(id)
        guard let terms = policy.termsOfService, account.agreedTerms != terms.version else { return account }
        let agreed = account.agreedTerms.map { "to version \"\($0)\"" } ?? "to none"
        var refusal = Refusal(
            .userActionRequired,
            "expected an account that agreed to version \"\(terms.version)\" of the terms of service, got one that agreed "
                + "\(agreed); somebody has to agree at \"instance\" (RFC 8555 §7.3.3)")
        refusal.agreeingAccount = id
        throw refusal
    }
}

/// What happens to orders with a wildcard and a name that it covers, such as `*.example.test` and `www.example.test`.
public enum CairnCoveredNames: String, Hashable, Sendable, CaseIterable {
    /// The certificate has both, as with all CAs but one.
    case accepted
    /// The order is refused as `malformed`, as by Let's Encrypt, which calls the name redundant.
    case refused
}

extension CairnCoveredNames {
    /// Refuses identifiers that a wildcard beside them covers, all of them in one problem.
    func requireAcceptable(_ identifiers: [ACMEIdentifier]) throws(Refusal) {
        guard self == .refused, identifiers.contains(where: \.isWildcard) else { return }
        let bases = Set(identifiers.lazy.filter(\.isWildcard).map(\.withoutWildcard.value))
        let problems = identifiers.compactMap { identifier -> ACMEProblem? in
            guard identifier.type == .dns, !identifier.isWildcard,
                let dot = identifier.value.utf8.firstIndex(of: UInt8(ascii: ".")),
                case let parent = String(identifier.value.utf8[dot...].dropFirst()) ?? "", bases.contains(parent)
            else { return nil }
            return ACMEProblem(
                .malformed,
                "expected either \(identifier.value.quoted) or \("*.\(parent)".quoted), which covers it, got both "
                    + "(RFC 8555 §7.4)", identifier: identifier)
        }
        guard let first = problems.first else { return }
        let more = problems.count > 1 ? ", and \(problems.count - 1) more of that kind" : ""
        throw Refusal(
            ACMEProblem(.malformed, first.detail + more, subproblems: problems).caused(by: .coveredIdentifier))
    }
}

/// Rules for orders under one certificate profile.
public struct CairnProfileRules: Hashable, Sendable {
    /// The allowed identifier types.
    ///
    /// Other supported types are refused as `rejectedIdentifier`. Default: `nil`, all that the CA supports.
    public var identifierTypes: Set<ACMEIdentifierType>?
    /// The challenge types that are offered where they apply, in this order.
    ///
    /// Default: `nil`, which uses ``CairnPolicy/challengeTypes``.
    public var challengeTypes: [ACMEChallengeType]?
    /// The maximum number of identifiers per order.
    ///
    /// Default: `nil`, which uses ``CairnPolicy/maximumIdentifiers``.
    public var maximumIdentifiers: Int?
    /// The accounts that may order it; others are refused as ``CairnPolicy/profileRefusal`` says.
    ///
    /// ``CairnBoundPolicy/profiles`` applies in addition to accounts with an external binding. The directory always
    /// lists the profile. Default: `nil`, all accounts.
    public var accounts: [CairnObjectID]?
    /// The lifetimes of its orders and their authorizations.
    ///
    /// Default: `nil`, which uses ``CairnPolicy/lifetimes``.
    public var lifetimes: CairnPolicy.Lifetimes?

    /// Omitted values use the general policy.
    public init(
        identifierTypes: Set<ACMEIdentifierType>? = nil, challengeTypes: [ACMEChallengeType]? = nil,
        maximumIdentifiers: Int? = nil, lifetimes: CairnPolicy.Lifetimes? = nil, accounts: [CairnObjectID]? = nil
    ) {
        self.identifierTypes = identifierTypes
        self.challengeTypes = challengeTypes
        self.maximumIdentifiers = maximumIdentifiers
        self.lifetimes = lifetimes
        self.accounts = accounts
    }
}

extension CairnPolicy {
    /// How long what is made under a profile can be used.
    func lifetimes(under profile: String?) -> Lifetimes {
        profile.flatMap { profiles[$0]?.lifetimes } ?? lifetimes
    }

    /// The most identifiers of an order under a profile.
    func maximumIdentifiers(under profile: String) -> Int {
        profiles[profile]?.maximumIdentifiers ?? maximumIdentifiers
    }

    /// Whether its list of accounts lets an account order a profile.
    func admits(_ account: Account.ID, to profile: String) -> Bool {
        guard let accounts = profiles[profile]?.accounts else { return true }
        let name = account.description
        return accounts.contains { CairnObjectID(url: $0.rawValue).rawValue.isSame(as: name) }
    }

    /// What can prove control of an identifier to be certified under a profile.
    ///
    /// - Parameter own: what takes the place of ``challengeTypes``, if anything does.
    func challengeTypes(
        of kinds: ChallengeKinds, for identifier: ACMEIdentifier, under profile: String,
        insteadOf own: [ACMEChallengeType]? = nil
    ) -> [ACMEChallengeType] {
        kinds.types(among: profiles[profile]?.challengeTypes ?? own ?? challengeTypes, fitting: identifier)
    }
}

/// What the CA will certify, and for whom: asked by newOrder and newAuthz before anything is changed (RFC 8555 §7.4,
/// §7.4.1).
extension State {
    /// Refuses identifiers that the CA is not willing to certify, all of them in one problem together with what was found
    /// wrong before.
    func requirePermission(
        toCertify identifiers: [ACMEIdentifier], under profile: CairnCertificateProfile, for account: Account,
        besides malformed: [ACMEProblem] = []
    ) throws(Refusal) {
        var problems = malformed
        for identifier in identifiers {
            if let problem = objection(toCertify: identifier, under: profile, for: account) {
                problems.append(problem.about(identifier))
            }
        }
        try Refusal.refuse(problems, cause: .identifiers)
    }

    /// Why the CA does not certify an identifier for an account; `nil` if it does.
    private func objection(
        toCertify identifier: ACMEIdentifier, under profile: CairnCertificateProfile, for account: Account
    ) -> ACMEProblem? {
        if policy.blockedNames.covers(identifier) {
            return ACMEProblem(
                .rejectedIdentifier,
                "the policy of this CA forbids certificates for \(identifier.value.quoted) (RFC 8555 §7.4)"
            ).caused(by: .blockedName, [identifier.value])
        }
        if let problem = externalAccounts.bound(on: account, toCertify: identifier) { return problem }
        if let types = policy.profiles[profile.name]?.identifierTypes, !types.contains(identifier.type) {
            let names = types.map { "\"\($0.rawValue)\"" }.sorted().joined(separator: ", ")
            return ACMEProblem(
                .rejectedIdentifier,
                "expected identifiers of the types \(names) in the profile \"\(profile.name)\", got one of type "
                    + "\(identifier.type.rawValue.quoted) (RFC 8555 §7.4)")
        }
        return nil
    }
}

extension State {
    /// The profiles that the external account behind an account may order; `nil` for all, or if there is none.
    func boundProfiles(of account: Account.ID) -> [String]? {
        accounts[account]?.externalAccountKey.flatMap { externalAccounts[$0]?.policy.profiles }
    }

    /// Refuses an order of a profile that the account may not have (draft-ietf-acme-profiles §4), or one that is larger than
    /// the external account behind it may have it (RFC 8555 §7.3.4).
    func checkBounds(of account: Account, _ identifiers: Int, profile: String) throws(Refusal) {
        guard policy.admits(account.id, to: profile) else {
            throw Refusal(
                policy.profileRefusal,
                "expected an account that may order the profile \(profile.quoted), got \(account.id.description.quoted) "
                    + "(draft-ietf-acme-profiles §4)")
        }
        guard let key = account.externalAccountKey, let bounds = externalAccounts[key]?.policy else { return }
        if let maximum = bounds.maximumIdentifiers, identifiers > maximum {
            throw Refusal(
                .unauthorized,
                "expected at most \(maximum) identifiers for the external account \(key.quoted), got \(identifiers) "
                    + "(RFC 8555 §7.3.4)")
        }
        if let profiles = bounds.profiles, !profiles.contains(profile) {
            let names = profiles.map { "\"\($0)\"" }.joined(separator: ", ")
            throw Refusal(
                policy.profileRefusal,
                "expected one of the profiles \(names) for the external account \(key.quoted), got \(profile.quoted) "
                    + "(RFC 8555 §7.3.4, draft-ietf-acme-profiles §4)")
        }
    }
}

extension ExternalAccountStore {
    /// Why an identifier is not one of the external account behind an account; `nil` if it is, or if there is none.
    func bound(on account: Account, toCertify identifier: ACMEIdentifier) -> ACMEProblem? {
        guard let key = account.externalAccountKey, let policy = self[key]?.policy else { return nil }
        let isNamed = policy.names?.contains { $0.contains(identifier) } ?? true
        guard !isNamed || policy.deniedNames.covers(identifier) else { return nil }
        return ACMEProblem(
            .rejectedIdentifier,
            "\(identifier.value.quoted) is not among the names of the external account \(key.quoted) (RFC 8555 §7.3.4)")
    }
}

extension PauseStore {
    /// Refuses what is paused, with a subproblem for each name.
    func refuse(_ identifiers: [ACMEIdentifier], of account: Account.ID) throws(Refusal) {
        guard !isEmpty, let pause = self[account] else { return }
        let paused = identifiers.filter { pause.identifiers.contains($0.withoutWildcard) }
        guard !paused.isEmpty else { return }
        let names = paused.map(\.value).quotedList
        let reason = "paused for this account, since too many validations in a row failed"
        var refusal = Refusal(
            ACMEProblem(
                .rateLimited, "expected no identifier that is \(reason), got \(names) (RFC 8555 §6.6)",
                subproblems: paused.map { ACMEProblem(.rateLimited, "\($0.value.quoted) is \(reason)", identifier: $0) }
            ))
        refusal.pause = pause.id
        throw refusal
    }
}

extension CertificateStore {
    /// The certificate that an order is to replace, or `nil` if it is to replace none.
    func replaced(
        by id: CertID?, identifiers: [ACMEIdentifier], account: Account.ID
    ) throws(Refusal) -> Certificate? {
        guard let id else { return nil }
        let certificate = try certificate(id)
        guard certificate.account == account else {
            throw Refusal(
                .unauthorized,
                "expected \"replaces\" to name a certificate of this account, got that of another one "
                    + "(RFC 9773 §5)")
        }
        guard certificate.issued.identifiers.contains(where: identifiers.contains) else {
            let names = certificate.issued.identifiers.map(\.value).quotedList
            throw Refusal(
                .malformed,
                "expected an identifier of the certificate that is replaced (\(names)), got none of them (RFC 9773 §5)")
        }
        guard certificate.replacement == nil else {
            throw Refusal(
                .alreadyReplaced,
                "expected \"replaces\" to name a certificate that no order replaces, got \"\(id)\", which another order "
                    + "replaces already (RFC 9773 §5)")
        }
        return certificate
    }
}
