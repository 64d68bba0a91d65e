package import CairnCertificates
package import CairnModel

/// What a client asks for with newOrder (RFC 8555 §7.4).
package struct NewOrder: Sendable {
    /// What is to be certified; with a CSR, what that names.
    package var identifiers: [ACMEIdentifier] = []
    package var notBefore: CairnInstant?
    package var notAfter: CairnInstant?
    /// The profile asked for (draft-ietf-acme-profiles); `nil` takes the first one of the configuration.
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

        func check(_ request: SigningRequest) throws(Refusal) {
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
    /// taken once, and a second time for an order with a CSR, which may have its certificate by then.
    ///
    /// - Parameter opened: the policy by which the request is judged before it commits; `nil` for that of now.
    package func newOrder(
        _ sent: NewOrder, by id: Account.ID, policy opened: CairnPolicy? = nil, at now: CairnInstant
    ) throws(Refusal) -> Order {
        let policy = opened ?? policy
        var request = sent
        let signed = try sent.csr.map { (csr) throws(Refusal) in try read(csr, policy.keys) }
        if let signed {
            try sent.csrRules.check(signed)
            request.identifiers = signed.identifiers
        }
        let profile = try OrderRules.profile(of: request, among: authority.configuration.profiles)
        let requested = try OrderRules.identifiers(
            of: request, maximum: policy.maximumIdentifiers(under: profile.name))
        try OrderRules.checkValidity(of: request, profile: profile, at: now)
        try policy.coveredNames.check(requested.identifiers)
        let leftOut = try signed.map { (signed) throws(Refusal) in
            try check(signed, against: requested.identifiers, under: profile)
        }
        let order = try transact(at: now) { (state) throws(Refusal) in
            let account = try state.issuingAccount(id)
            if let signed { try state.checkKey(of: signed) }
            try state.externalAccounts.checkBounds(of: account, requested.identifiers.count, profile: profile.name)
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
            return state.addOrder(request, sources, profile, for: account, at: now)
        }
        guard order.csr != nil else { return order }
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
        _ request: NewOrder, _ sources: [AuthorizationSource], _ profile: CairnCertificateProfile, for account: Account,
        at now: CairnInstant
    ) -> Order {
        let id = newID(Order.self)
        // An order is over when it could only be given a certificate that is over, and when a proof is that it is based on.
        var expires = now + policy.lifetimes.order.bounded
        if let notAfter = request.notAfter { expires = min(expires, notAfter) }
        var proofs: [Authorization.ID] = []
        proofs.reserveCapacity(sources.count)
        for source in sources {
            if let end = source.expires { expires = min(expires, end) }
            let authorization = authorization(
                from: source, origin: request.proof.isScoped ? .scopedOrder(id) : .order, account: account.id, at: now)
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
            notBefore: request.notBefore, notAfter: request.notAfter, profile: profile, proofs: proofs,
            authorizations: listed, isPublic: request.isPublic, replaces: request.replaces, csr: request.csr)
        let isPlain = order.notBefore == nil && order.notAfter == nil && order.replaces == nil && order.csr == nil
        orders.insert(order, isOffered: policy.reusesPendingOrders && isPlain)
        if let replaced = order.replaces { certificates.markReplaced(replaced.serialNumber, by: id) }
        schedule(.expireOrder(id), at: order.expires)
        note(.order, "\(id)", order.identifiers, from: nil, to: order.state.status.rawValue, at: now)
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
