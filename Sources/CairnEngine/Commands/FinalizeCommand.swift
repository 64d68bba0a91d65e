import CairnCertificates
package import CairnModel

extension Engine {
    /// Issues the certificate of an order that is ready (RFC 8555 §7.4).
    ///
    /// A CSR that is refused leaves the order `ready`, so that the client can send a better one. The CSR is read and the
    /// certificate signed outside the lock; the order is `processing` meanwhile.
    package func finalize(
        _ id: Order.ID, with csr: SentCSR, by account: Account.ID, at now: Instant
    ) throws(Refusal) -> Order {
        let order = try transact(at: now) { (state) throws(Refusal) in
            _ = try state.order(id, of: account)
            return try state.readyOrder(id)
        }
        let request = try read(csr)
        try check(request, against: order.identifiers)
        try issue(id, request, csr, at: now)
        return try transact(at: now) { (state) throws(Refusal) in try state.order(id, of: account) }
    }

    /// Issues the certificate of an order that came with its CSR, once it is ready.
    ///
    /// What stands against it now makes the order invalid, since no client will send another CSR.
    func issueUnasked(_ id: Order.ID, at now: Instant) {
        guard let csr = inspect({ $0.orders[id]?.csr }) else { return }
        do throws(Refusal) {
            try issue(id, try read(csr), csr, at: now)
        } catch {
            try? transact(at: now) { (state) throws(Refusal) in state.fail(id, error.problem, at: now) }
        }
    }

    /// Reads a CSR, and checks what does not depend on an order.
    func read(_ csr: SentCSR) throws(Refusal) -> SigningRequest {
        let request: SigningRequest
        do { request = try SigningRequest(derEncoded: csr.derEncoded) } catch { throw Refusal(error) }
        try inspect { $0.policy.keys }.check(request)
        return request
    }

    func check(_ request: SigningRequest, against ordered: [Identifier]) throws(Refusal) {
        do {
            let foreignExtensions = inspect { $0.policy.foreignExtensions }
            try CSRPolicy.check(request, against: ordered, foreignExtensions: foreignExtensions)
        } catch {
            throw Refusal(error)
        }
    }

    private func issue(
        _ id: Order.ID, _ request: SigningRequest, _ csr: SentCSR, at now: Instant
    ) throws(Refusal) {
        let outdated = try transact(at: now) { (state) throws(Refusal) in
            state.outdatedCAAChecks(of: try state.readyOrder(id), for: csr.accountURL, at: now)
        }
        try makeAgain(outdated, at: now)
        let order = try transact(at: now) { (state) throws(Refusal) in
            let order = try state.readyOrder(id)
            try state.checkKey(of: request)
            state.note(outdated, at: now)
            state.orders[id]?.csr = csr
            state.change(id, .finalized, at: now)
            return order
        }
        let result = Result {
            try authority.issue(
                request, identifiers: order.identifiers, profile: order.profile,
                notBefore: order.notBefore(issuedAt: now), notAfter: order.notAfter, issuerURLBase: csr.issuerURLBase,
                at: now)
        }
        try transact(at: now) { (state) throws(Refusal) in
            switch result {
            case .success(let issued): state.settle(.issuance(issued), of: .order(id), at: now)
            case .failure(let error):
                state.fail(id, Problem(.serverInternal, "the certificate could not be signed: \(error)"), at: now)
            }
        }
    }
}

extension State {
    fileprivate func readyOrder(_ id: Order.ID) throws(Refusal) -> Order {
        guard let order = orders[id] else {
            throw Refusal(.malformed, "there is no order \"\(id)\"", status: 404, cause: .unknownObject)
        }
        _ = try issuingAccount(order.account)
        guard order.state.status == .ready else {
            throw Refusal(
                .orderNotReady,
                "expected an order that is \"ready\", got one that is \"\(order.state.status.rawValue)\" (RFC 8555 §7.4)"
            )
        }
        return order
    }

    /// Refuses keys that a certificate must not have.
    func checkKey(of request: SigningRequest) throws(Refusal) {
        guard accountsByKey[request.subjectPublicKeyInfo] == nil else {
            throw Refusal(
                .badCSR, "expected a key of the certificate's own, got the key of an account (RFC 8555 §11.1)")
        }
        try checkNotCompromised(request.subjectPublicKeyInfo, .badCSR, "the CSR's key")
    }

    mutating func record(_ issued: IssuedCertificate, for id: Order.ID, at now: Instant) {
        // The order may have lost an authorization while the certificate was signed. Then nobody is given it (§7.1.6).
        guard let order = orders[id], order.state.status == .processing else { return }
        countCertificate(of: order, at: now)
        let certificate = Certificate(issued: issued, account: order.account, order: id)
        certificates[certificate.id] = certificate
        orders[id]?.certificate = certificate.id
        note(.issued(issued), at: now)
        note(
            .certificate, "\(certificate.id)", issued.identifiers, from: nil, to: certificate.state.status.rawValue,
            at: now)
        change(id, .issued, at: now)
    }
}

extension Refusal {
    /// The refusal of a CSR, with a subproblem for each identifier that it is about (RFC 8555 §7.4, §6.7.1).
    fileprivate init(_ refusal: CSRRefusal) {
        let subproblems = refusal.identifiers.map { Problem(.badCSR, refusal.reason, identifier: $0) }
        self.init(Problem(.badCSR, refusal.reason, subproblems: subproblems))
        // A CSR is refused for identifiers only when they are not those of the order.
        problem.cause = subproblems.isEmpty ? refusal.cause : .identifiersOfCSR
    }
}

extension Order {
    /// The first second of a certificate, unless the profile alone decides it: an order that names only the end of the
    /// period is back-dated no further than the profile's validity reaches from there.
    fileprivate func notBefore(issuedAt now: Instant) -> Instant? {
        notBefore ?? notAfter.map { max(now - profile.backdate, $0 - profile.validity) }
    }
}
