package import CairnCertificates
package import CairnModel

/// What a client asks for with newOrder (RFC 8555 §7.4).
package struct NewOrder: Sendable {
    /// What is to be certified; with a CSR, what that names.
    package var identifiers: [ACMEIdentifier] = []
    package var notBefore: CairnInstant?
    package var notAfter: CairnInstant?
    /// The profile asked for (draft-ietf-acme-profiles); `nil` takes the one of the policy.
    package var profile: String?
    /// The certificate that is to be replaced (RFC 9773 §5).
    package var replaces: CertID?
    /// A CSR that comes with the order: the certificate is issued without asking as soon as the order is ready.
    package var csr: SentCSR?
    package var csrRules = CSRRules()
    package var proof = Proof()
    /// Whether whoever knows the URL of the order may read it, its authorizations and its certificate; otherwise its account
    /// alone.
    package var isPublic = false
    /// The URL of the account, as its owner knows it.
    package var accountURL = ""

    package init(
        identifiers: [ACMEIdentifier], notBefore: CairnInstant? = nil, notAfter: CairnInstant? = nil,
        profile: String? = nil,
        replaces: CertID? = nil
    ) {
        self.identifiers = identifiers
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.profile = profile
        self.replaces = replaces
    }

    package init(csr: SentCSR, notBefore: CairnInstant? = nil, notAfter: CairnInstant? = nil, proof: Proof = Proof()) {
        (self.csr, self.notBefore, self.notAfter, self.proof) = (csr, notBefore, notAfter, proof)
    }

    /// What a CSR that comes with an order may name.
    package struct CSRRules: Sendable {
        package var acceptsAddresses = true
        package var acceptsWildcards = true
        /// Whether names count that only the common name says.
        package var certifiesCommonName = true

        package init(
            acceptsAddresses: Bool = true, acceptsWildcards: Bool = true, certifiesCommonName: Bool = true
        ) {
            (self.acceptsAddresses, self.acceptsWildcards) = (acceptsAddresses, acceptsWildcards)
            self.certifiesCommonName = certifiesCommonName
        }

        func requireAcceptable(_ request: SigningRequest) throws(Refusal) {
            guard !request.identifiers.isEmpty else {
                throw Refusal(.badCSR, "expected a CSR that names what is to be certified, got one that names nothing")
            }
            if !acceptsAddresses, let address = request.identifiers.first(where: { $0.type == .ip }) {
                throw Refusal(.unsupportedIdentifier, "expected domain names in the CSR, got \(address.value.quoted)")
            }
            if !acceptsWildcards, let wildcard = request.identifiers.first(where: \.isWildcard) {
                throw Refusal(.rejectedIdentifier, "expected no wildcard in the CSR, got \(wildcard.value.quoted)")
            }
            if !certifiesCommonName, let name = request.commonNamesAlone.first {
                throw Refusal(
                    .badCSR,
                    "expected the common name \(name.value.quoted) among the alternative names of the CSR, where it is not"
                )
            }
        }
    }

    /// How control of the identifiers is to be shown.
    package struct Proof: Sendable {
        /// What may prove it; `nil` takes the types of the policy.
        package var challengeTypes: [ACMEChallengeType]?
        /// Whether valid authorizations count that the account has already; `nil` does as the policy says.
        package var reusesAuthorizations: Bool?
        /// Whether the new authorizations are good for this order alone.
        package var isScoped = false
        /// Whether the authorization for a name counts for the wildcard below it, if it was proven as a wildcard would be,
        /// and that for the wildcard for the name: where authorizations do not tell one from the other.
        package var takesWildcardsForNames = false

        package init(
            challengeTypes: [ACMEChallengeType]? = nil, reusesAuthorizations: Bool? = nil, isScoped: Bool = false,
            takesWildcardsForNames: Bool = false
        ) {
            self.challengeTypes = challengeTypes
            self.reusesAuthorizations = reusesAuthorizations
            self.isScoped = isScoped
            self.takesWildcardsForNames = takesWildcardsForNames
        }
    }
}

extension Engine {
    /// Creates an order with an authorization for each of its identifiers, or hands out the one that is there already
    /// (RFC 8555 §7.4).
    ///
    /// An order whose authorizations are all valid goes on to `ready` at once, and to `valid` if it has its CSR. The lock is
    /// taken once, a second time for an order with a CSR, which may have its certificate by then, and once before where the CA
    /// has to choose among profiles.
    ///
    /// - Parameter opening: has the policy by which the request is judged before it commits; `nil` judges by that of now.
    package func newOrder(
        _ sent: NewOrder, by id: Account.ID, opening: Opening? = nil, at now: CairnInstant
    ) throws(Refusal) -> Order {
        let policy = opening?.policy ?? sharedPolicy
        var request = sent
        let signed = try sent.csr.map { (csr) throws(Refusal) in try read(csr, policy.value.keys) }
        if let signed {
            try sent.csrRules.requireAcceptable(signed)
            request.identifiers = signed.identifiers
        }
        let sharedProfile = try profile(request.profile, of: id, policy)
        let profile = sharedProfile.value
        let requested = try OrderRules.identifiers(
            of: request, maximum: policy.value.maximumIdentifiers(under: profile.name), policy.value.leniencies)
        try OrderRules.checkValidity(of: request, profile: profile, at: now)
        try policy.value.coveredNames.requireAcceptable(requested.identifiers)
        let leftOut = try signed.map { (signed) throws(Refusal) in
            try enforce(signed, against: requested.identifiers, under: profile)
        }
        let order = try transact(at: now) { (state) throws(Refusal) in
            let account = try state.issuingAccount(id)
            if let signed { try state.checkKey(of: signed) }
            try state.checkBounds(of: account, requested.identifiers.count, profile: profile.name)
            try state.requirePermission(
                toCertify: requested.identifiers, under: profile, for: account, besides: requested.problems)
            let replaced = try state.certificates.replaced(
                by: request.replaces, identifiers: requested.identifiers, account: id)
            try state.pauses.refuse(requested.identifiers, of: id)
            if let order = state.reusableOrder(for: request, requested.identifiers, profile, of: account) {
                return order
            }
            let sources = try state.authorizationSources(
                for: requested.identifiers, under: profile, proof: request.proof, of: account, at: now)
            try state.admitOrder(
                for: requested.identifiers, newAuthorizations: sources.count { $0.expires == nil },
                isReplacement: replaced != nil, by: id, at: now)
            if let leftOut { state.note(leftOut, by: id, at: now) }
            for accepted in requested.accepted { state.note(accepted.leniency, accepted.detail, by: id, at: now) }
            return state.addOrder(request, sources, sharedProfile, for: account, at: now)
        }
        let hasLooked = lookAhead(of: order, accountURL: request.accountURL, policy, at: now)
        guard order.sent != nil || hasLooked else { return order }
        return try transact(at: now) { (state) throws(Refusal) in try state.order(order.id, of: id) }
    }
}

extension State {
    /// The unfinished order that a request would repeat, if the policy hands such orders out again.
    fileprivate func reusableOrder(
        for request: NewOrder, _ identifiers: [ACMEIdentifier], _ profile: CairnCertificateProfile, of account: Account
    ) -> Order? {
        guard policy.reusesPendingOrders, request.notBefore == nil, request.notAfter == nil, request.replaces == nil,
            request.csr == nil
        else { return nil }
        let key = ReusableOrder(identifiers, under: profile.name)
        return orders.order(of: account.id, like: key)
    }

    fileprivate mutating func addOrder(
        _ request: NewOrder, _ sources: [AuthorizationSource], _ profile: Shared<CairnCertificateProfile>,
        for account: Account, at now: CairnInstant
    ) -> Order {
        let id = newID(Order.self)
        // An order is over when it could only be given a certificate that is over, and when a proof is that it is based on.
        var expires = now + policy.lifetimes(under: profile.value.name).order.bounded
        if let notAfter = request.notAfter { expires = min(expires, notAfter) }
        var proofs: [Authorization.ID] = []
        proofs.reserveCapacity(sources.count)
        for source in sources {
            if let end = source.expires { expires = min(expires, end) }
            let authorization = authorization(
                from: source, origin: request.proof.isScoped ? .scopedOrder(id) : .order, under: profile.value.name,
                account: account.id, at: now)
            proofs.append(authorization)
        }
        let listed = proofs.eachOnce
        for authorization in listed {
            authorizations.update(authorization) {
                $0.join(id)
                if request.isPublic { $0.isPublic = true }
            }
        }
        let order = Order(
            id: id, account: account.id, created: now, expires: expires.wholeSecond,
            identifiers: sources.map(\.identifier),
            notBefore: request.notBefore, notAfter: request.notAfter, sharedProfile: profile, proofs: proofs,
            authorizations: listed, isPublic: request.isPublic, replaces: request.replaces,
            sent: request.csr.map(Shared.init))
        let isPlain = order.notBefore == nil && order.notAfter == nil && order.replaces == nil && order.sent == nil
        orders.insert(order, isOffered: policy.reusesPendingOrders && isPlain)
        if let replaced = order.replaces, policy.renewalInfo?.replacedBy == .order {
            certificates.markReplaced(replaced.serialNumber, by: id)
        }
        schedule(.expireOrder(id), at: order.expires)
        note(.order, id.description, order.identifiers, from: nil, to: order.state.status.rawValue, at: now)
        makeRoom(for: id, at: now)
        advanceIfAuthorized(id, at: now)
        return orders[id] ?? order
    }
}

extension [Authorization.ID] {
    /// The same without repetitions, at no cost where there are none.
    fileprivate var eachOnce: [Authorization.ID] {
        var left = Set(self)
        return left.count == count ? self : filter { left.remove($0) != nil }
    }
}

/// What an order may ask for.
enum OrderRules {
    /// The identifiers in their canonical form, each once, in the order of the request, and the problems with the others.
    static func identifiers(
        of request: NewOrder, maximum: Int, _ leniencies: CairnLeniencies
    ) throws(Refusal) -> RequestedIdentifiers {
        guard !request.identifiers.isEmpty else {
            throw Refusal(
                .malformed, "expected at least one identifier, got none (RFC 8555 §7.4)", cause: .noIdentifiers)
        }
        var result = RequestedIdentifiers()
        for requested in request.identifiers {
            result.add(requested, leniencies)
            // Before the whole list is looked at, so that a long one is not worked through and answered name by name.
            guard result.count <= maximum else {
                throw Refusal(
                    .malformed,
                    "expected at most \(maximum) identifiers, got \(maximum + 1) or more (RFC 8555 §7.4)")
            }
        }
        return result
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
    /// What is taken against the letter, and what the letter is.
    private(set) var accepted: [(leniency: CairnLeniency, detail: String)] = []
    private var seen: Set<ACMEIdentifier> = []

    var count: Int { identifiers.count + problems.count }

    mutating func add(_ requested: ACMEIdentifier, _ leniencies: CairnLeniencies) {
        do {
            let identifier = try IdentifierRules.canonical(requested, leniencies)
            if let detail = IdentifierRules.deviation(of: requested, from: identifier) {
                accepted.append((.uncanonicalAddress, detail))
            }
            if seen.insert(identifier).inserted { identifiers.append(identifier) }
        } catch {
            var problem = error
            problem.identifier = requested
            problems.append(problem)
        }
    }
}

/// What an identifier of an order must look like.
enum IdentifierRules {
    /// The canonical form of a requested identifier, or the problem with it.
    ///
    /// - Parameter leniencies: whether an address may be written otherwise than in its canonical form.
    static func canonical(
        _ requested: ACMEIdentifier, _ leniencies: CairnLeniencies = .none
    ) throws(ACMEProblem) -> ACMEIdentifier {
        switch requested.type {
        case .dns: try checkDomainName(requested.value)
        case .ip: try checkAddress(requested.value, leniencies)
        default:
            throw ACMEProblem(
                .unsupportedIdentifier,
                "expected an identifier of type \"dns\" or \"ip\", got \(requested.type.rawValue.quoted) (RFC 8555 §7.4)"
            ).caused(by: .identifierType, [requested.type.rawValue])
        }
    }

    /// What was expected of an address that is taken although it is not in its canonical form; `nil` if it is.
    static func deviation(of requested: ACMEIdentifier, from canonical: ACMEIdentifier) -> String? {
        guard requested.type == .ip, !requested.value.isSame(as: canonical.value) else { return nil }
        return "expected the canonical form \(canonical.value.quoted) of the address, got \(requested.value.quoted) "
            + "(RFC 8738 §3)"
    }

    private static func checkAddress(
        _ text: String, _ leniencies: CairnLeniencies
    ) throws(ACMEProblem) -> ACMEIdentifier {
        guard let address = CairnIPAddress(text) else {
            throw malformed("\(text.quoted) is not an IPv4 or IPv6 address (RFC 8738 §3)", .address, text)
        }
        let identifier = ACMEIdentifier.ip(address)
        if let detail = deviation(of: ACMEIdentifier(type: .ip, value: text), from: identifier),
            !leniencies.accept(.uncanonicalAddress)
        {
            throw malformed(detail, .address, text)
        }
        return identifier
    }

    private static func checkDomainName(_ text: String) throws(ACMEProblem) -> ACMEIdentifier {
        let name = text.lowercased()
        guard !name.isEmpty else {
            throw malformed("expected a domain name, got an empty string (RFC 8555 §7.1.3)", .emptyName)
        }
        guard CairnIPAddress(name) == nil else {
            throw malformed(
                "\(name.quoted) is an address: expected an identifier of type \"ip\" (RFC 8738 §3)", .addressAsName,
                name)
        }
        guard name.utf8.count <= 253 else {
            throw malformed(
                "expected a domain name of at most 253 octets, got \(name.utf8.count) (RFC 1035 §2.3.4)", .longName)
        }
        guard !name.hasSuffix(".") else {
            throw malformed("expected \(name.quoted) without its final dot (RFC 8555 §7.1.3)", .finalDot, name)
        }
        let labels = name.texts(between: ".")
        for (index, label) in labels.enumerated() {
            if label == "*" {
                guard index == 0, labels.count > 1 else {
                    throw malformed(
                        "expected \"*\" as the first of several labels only, got \(name.quoted) (RFC 8555 §7.1.3)",
                        name.utf8.count { $0 == UInt8(ascii: "*") } > 1 ? .wildcards : .wildcardPlace, name)
                }
            } else if let fault = fault(of: label) {
                throw malformed("\(name.quoted): \(fault)", cause(of: name), name)
            }
        }
        guard let last = labels.last, !last.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            throw malformed("\(name.quoted) ends in a label of digits, as no domain name does (RFC 3696 §2)")
        }
        guard last != "onion" else {
            throw ACMEProblem(
                .rejectedIdentifier,
                "\(name.quoted) is the name of an onion service, which this CA does not certify: expected a name of the DNS "
                    + "(RFC 9799 §2, RFC 7686 §2)")
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

    /// What others call it when a label is faulty.
    private static func cause(of name: String) -> ACMEProblem.Cause? {
        let stars = name.utf8.count { $0 == UInt8(ascii: "*") }
        if stars > 0 { return stars > 1 ? .wildcards : .wildcardPlace }
        return name.utf8.allSatisfy { isInHostName($0) } ? nil : .nameCharacter
    }

    private static func isInHostName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func malformed(
        _ detail: String, _ cause: ACMEProblem.Cause? = nil, _ fact: String = ""
    ) -> ACMEProblem {
        ACMEProblem(.malformed, detail).caused(by: cause, [fact])
    }
}
