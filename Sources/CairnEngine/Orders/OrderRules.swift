import CairnCertificates
public import CairnModel

/// What an order may ask for.
enum OrderRules {
    /// The identifiers in their canonical form, each once, in the order of the request, and the problems with the others.
    static func identifiers(of request: NewOrder, maximum: Int) throws(Refusal) -> RequestedIdentifiers {
        guard !request.identifiers.isEmpty else {
            throw Refusal(.malformed, "expected at least one identifier, got none (RFC 8555 §7.4)")
        }
        var result = RequestedIdentifiers()
        for requested in request.identifiers {
            result.add(requested)
            // Before the whole list is looked at, so that a long one is not worked through and answered name by name.
            guard result.count <= maximum else {
                throw Refusal(
                    .malformed,
                    "expected at most \(maximum) identifiers, got \(maximum + 1) or more (RFC 8555 §7.4)")
            }
        }
        return result
    }

    static func profile(
        of request: NewOrder, among profiles: [CairnCertificateProfile]
    ) throws(Refusal) -> CairnCertificateProfile {
        let chosen = request.profile.map { name in profiles.first { $0.name.isSame(as: name) } } ?? profiles.first
        guard let chosen else {
            let names = profiles.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw Refusal(
                .invalidProfile,
                "expected one of the profiles \(names), got \((request.profile ?? "").quoted) (draft-ietf-acme-profiles §4)"
            )
        }
        return chosen
    }

    /// Refuses validity periods that the CA will not certify as they are asked for (RFC 8555 §7.4).
    static func checkValidity(
        of request: NewOrder, profile: CairnCertificateProfile, at now: CairnInstant
    ) throws(Refusal) {
        let notBefore = request.notBefore ?? now
        if let notAfter = request.notAfter {
            guard notAfter > notBefore else {
                throw Refusal(.malformed, "expected \"notAfter\" after \(notBefore), got \(notAfter) (RFC 8555 §7.4)")
            }
            guard notAfter > now else {
                throw Refusal(.malformed, "expected \"notAfter\" in the future, got \(notAfter) (RFC 8555 §7.4)")
            }
            guard notAfter - notBefore <= profile.validity else {
                throw Refusal(
                    .malformed,
                    "expected at most \(profile.validity.components.seconds) s from \"notBefore\" to \"notAfter\" "
                        + "in the profile \"\(profile.name)\", got \((notAfter - notBefore).components.seconds) s "
                        + "(RFC 8555 §7.4)")
            }
        }
        guard notBefore >= now - profile.backdate - .days(1), notBefore <= now + .days(365) else {
            throw Refusal(
                .malformed,
                "expected \"notBefore\" from a day before now (\(now)) to a year after it, got \(notBefore) (RFC 8555 §7.4)"
            )
        }
    }
}

/// The identifiers of a request: those that are well formed, and a problem for each other.
struct RequestedIdentifiers: Sendable {
    /// In their canonical form, each once, in the order of the request.
    private(set) var identifiers: [ACMEIdentifier] = []
    private(set) var problems: [ACMEProblem] = []
    private var seen: Set<ACMEIdentifier> = []

    var count: Int { identifiers.count + problems.count }

    mutating func add(_ requested: ACMEIdentifier) {
        do {
            let identifier = try IdentifierRules.canonical(requested)
            if seen.insert(identifier).inserted { identifiers.append(identifier) }
        } catch {
            var problem = error
            problem.identifier = requested
            problems.append(problem)
        }
    }
}

/// What becomes of orders for a wildcard and for a name that it covers, such as `*.example.test` and `www.example.test`.
public enum CairnCoveredNames: String, Hashable, Sendable, CaseIterable {
    /// The certificate names both, as with every CA but one.
    case accepted
    /// The order is refused as `malformed`, as Let's Encrypt does it, which calls such a name redundant.
    case refused
}

extension CairnCoveredNames {
    /// Refuses identifiers that a wildcard beside them covers, all of them in one problem.
    func check(_ identifiers: [ACMEIdentifier]) throws(Refusal) {
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

/// What orders under one certificate profile may ask for, where that differs from other profiles.
public struct CairnProfileRules: Hashable, Sendable {
    /// The types that identifiers may have.
    ///
    /// Others are `rejectedIdentifier`: the CA knows them, and will not certify them under this profile. Default: `nil`,
    /// all that the CA knows.
    public var identifierTypes: Set<ACMEIdentifierType>?
    /// The challenge types that are offered where they fit, in the order in which they are listed.
    ///
    /// Default: `nil`, those of ``CairnPolicy/challengeTypes``.
    public var challengeTypes: [ACMEChallengeType]?
    /// The most identifiers that one order may have.
    ///
    /// Default: `nil`, those of ``CairnPolicy/maximumIdentifiers``.
    public var maximumIdentifiers: Int?

    /// What is left out is as under any other profile.
    public init(
        identifierTypes: Set<ACMEIdentifierType>? = nil, challengeTypes: [ACMEChallengeType]? = nil,
        maximumIdentifiers: Int? = nil
    ) {
        self.identifierTypes = identifierTypes
        self.challengeTypes = challengeTypes
        self.maximumIdentifiers = maximumIdentifiers
    }
}

extension CairnPolicy {
    /// The most identifiers of an order under a profile.
    func maximumIdentifiers(under profile: String) -> Int {
        profiles[profile]?.maximumIdentifiers ?? maximumIdentifiers
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
                "the policy of this CA forbids certificates for \(identifier.value.quoted) (RFC 8555 §7.4)")
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
