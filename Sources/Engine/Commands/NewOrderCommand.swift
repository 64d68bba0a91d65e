package import ACME
package import CertificateAuthority

/// The payload of newOrder (RFC 8555 §7.4).
package struct NewOrder: Sendable {
    package var identifiers: [Identifier]
    package var notBefore: Instant?
    package var notAfter: Instant?
    /// The profile asked for (draft-ietf-acme-profiles); `nil` takes the first one of the configuration.
    package var profile: String?
    /// The certificate that is to be replaced (RFC 9773 §5).
    package var replaces: CertID?

    package init(
        identifiers: [Identifier], notBefore: Instant? = nil, notAfter: Instant? = nil, profile: String? = nil,
        replaces: CertID? = nil
    ) {
        self.identifiers = identifiers
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.profile = profile
        self.replaces = replaces
    }
}

extension Engine {
    /// Creates an order with an authorization for each of its identifiers, or hands out the one that is there already
    /// (RFC 8555 §7.4).
    ///
    /// An order whose authorizations are all valid goes on to `ready` at once.
    package func newOrder(_ request: NewOrder, by id: Account.ID, at now: Instant) throws(Refusal) -> Order {
        let profile = try OrderRules.profile(of: request, among: authority.configuration.profiles)
        let requested = try OrderRules.identifiers(
            of: request, maximum: inspect { $0.policy.maximumIdentifiers(under: profile.name) })
        try OrderRules.checkValidity(of: request, profile: profile, at: now)
        return try transact(at: now) { (state) throws(Refusal) in
            let account = try state.issuingAccount(id)
            try state.checkBounds(of: account, requested.identifiers.count, profile: profile.name)
            try state.checkWillingness(
                toCertify: requested.identifiers, under: profile, for: account, besides: requested.problems)
            let replaced = try state.replaced(
                by: request.replaces, identifiers: requested.identifiers, account: id)
            try state.refusePaused(requested.identifiers, of: id)
            if let order = state.reusableOrder(for: request, requested.identifiers, profile, of: account) {
                return order
            }
            let sources = try state.authorizationSources(
                for: requested.identifiers, under: profile, of: account, at: now)
            try state.admitOrder(
                for: requested.identifiers, newAuthorizations: sources.count { $0.expires == nil },
                isReplacement: replaced != nil, by: id, at: now)
            return state.addOrder(request, sources, profile, for: account, at: now)
        }
    }
}

extension State {
    /// The unfinished order that a request would repeat, if the policy hands such orders out again.
    fileprivate func reusableOrder(
        for request: NewOrder, _ identifiers: [Identifier], _ profile: CertificateProfile, of account: Account
    ) -> Order? {
        guard policy.reusesPendingOrders, request.notBefore == nil, request.notAfter == nil, request.replaces == nil
        else { return nil }
        let key = ReusableOrder(identifiers, under: profile.name)
        return holdings[account.id]?.order(for: key).flatMap { orders[$0] }
    }

    fileprivate mutating func addOrder(
        _ request: NewOrder, _ sources: [AuthorizationSource], _ profile: CertificateProfile, for account: Account,
        at now: Instant
    ) -> Order {
        let id = newID(Order.self)
        // An order is over when it could only be given a certificate that is over, and when a proof is that it is based on.
        var expires = now + policy.lifetimes.order.bounded
        if let notAfter = request.notAfter { expires = min(expires, notAfter) }
        var listed: [Authorization.ID] = []
        listed.reserveCapacity(sources.count)
        for source in sources {
            if let end = source.expires { expires = min(expires, end) }
            let authorization = authorization(from: source, origin: .order, account: account.id, at: now)
            authorizations[authorization]?.join(id)
            listed.append(authorization)
        }
        let order = Order(
            id: id, account: account.id, expires: expires.wholeSecond, identifiers: sources.map(\.identifier),
            notBefore: request.notBefore, notAfter: request.notAfter, profile: profile, authorizations: listed,
            replaces: request.replaces, number: nextOrderNumber())
        orders[id] = order
        markReplaced(by: order)
        holdings[account.id, default: Holdings()].add(order)
        if policy.reusesPendingOrders, order.notBefore == nil, order.notAfter == nil, order.replaces == nil {
            holdings[account.id]?.offer(order)
        }
        schedule(.expireOrder(id), at: order.expires)
        note(.order, "\(id)", order.identifiers, from: nil, to: order.state.status.rawValue, at: now)
        advanceIfAuthorized(id, at: now)
        return orders[id] ?? order
    }
}
