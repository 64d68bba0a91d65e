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

/// What an identifier of an order must look like.
enum IdentifierRules {
    /// The canonical form of a requested identifier, or the problem with it.
    static func canonical(_ requested: ACMEIdentifier) throws(ACMEProblem) -> ACMEIdentifier {
        switch requested.type {
        case .dns: try checkDomainName(requested.value)
        case .ip: try checkAddress(requested.value)
        default:
            throw ACMEProblem(
                .unsupportedIdentifier,
                "expected an identifier of type \"dns\" or \"ip\", got \(requested.type.rawValue.quoted) (RFC 8555 §7.4)"
            )
        }
    }

    private static func checkAddress(_ text: String) throws(ACMEProblem) -> ACMEIdentifier {
        guard let address = CairnIPAddress(text) else {
            throw malformed("\(text.quoted) is not an IPv4 or IPv6 address (RFC 8738 §3)")
        }
        guard address.description == text else {
            throw malformed(
                "expected the canonical form \"\(address)\" of the address, got \(text.quoted) (RFC 8738 §3)")
        }
        return .ip(address)
    }

    private static func checkDomainName(_ text: String) throws(ACMEProblem) -> ACMEIdentifier {
        let name = text.lowercased()
        guard !name.isEmpty else { throw malformed("expected a domain name, got an empty string (RFC 8555 §7.1.3)") }
        guard CairnIPAddress(name) == nil else {
            throw malformed("\(name.quoted) is an address: expected an identifier of type \"ip\" (RFC 8738 §3)")
        }
        guard name.utf8.count <= 253 else {
            throw malformed("expected a domain name of at most 253 octets, got \(name.utf8.count) (RFC 1035 §2.3.4)")
        }
        guard !name.hasSuffix(".") else {
            throw malformed("expected \(name.quoted) without its final dot (RFC 8555 §7.1.3)")
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        for (index, label) in labels.enumerated() {
            if label == "*" {
                guard index == 0, labels.count > 1 else {
                    throw malformed(
                        "expected \"*\" as the first of several labels only, got \(name.quoted) (RFC 8555 §7.1.3)")
                }
            } else if let fault = fault(of: label) {
                throw malformed("\(name.quoted): \(fault)")
            }
        }
        guard let last = labels.last, !last.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            throw malformed("\(name.quoted) ends in a label of digits, as no domain name does (RFC 3696 §2)")
        }
        return ACMEIdentifier(type: .dns, value: name)
    }

    /// What is wrong with one label of a host name; `nil` if nothing is.
    private static func fault(of label: Substring) -> String? {
        if label.isEmpty { return "expected labels of 1 to 63 octets, got an empty one (RFC 1035 §2.3.4)" }
        if label.utf8.count > 63 {
            return "expected labels of 1 to 63 octets, got one of \(label.utf8.count) (RFC 1035 §2.3.4)"
        }
        let hyphen = UInt8(ascii: "-")
        for byte in label.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), hyphen: continue
            default:
                return "expected letters, digits and hyphens in \(label.quoted), with other characters as A-labels "
                    + "(RFC 8555 §7.1.4, RFC 5890 §2.3.1)"
            }
        }
        if label.utf8.first == hyphen || label.utf8.last == hyphen {
            return "\(label.quoted) begins or ends with a hyphen (RFC 5890 §2.3.1)"
        }
        if label.dropFirst(2).hasPrefix("--") {
            guard label.hasPrefix("xn--") else {
                return "\(label.quoted) has hyphens in its third and fourth place, where only \"xn--\" has a meaning "
                    + "(RFC 5890 §2.3.1)"
            }
            return ALabel.fault(of: label)
        }
        return nil
    }

    private static func malformed(_ detail: String) -> ACMEProblem { ACMEProblem(.malformed, detail) }
}
