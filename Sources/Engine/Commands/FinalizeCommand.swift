package import ACME
import CertificateAuthority

extension Engine {
    /// Issues the certificate of an order that is ready (RFC 8555 §7.4).
    ///
    /// A CSR that is refused leaves the order `ready`, so that the client can send a better one. The CSR is read and the
    /// certificate signed outside the lock; the order is `processing` meanwhile.
    ///
    /// - Parameters:
    ///   - issuerURLBase: where the CA shows its issuers, for the certificate to say.
    ///   - checkCAA: looks at the CAA records of a name once more; `nil` if they let the CA issue.
    package func finalize(
        _ id: Order.ID, csr der: [UInt8], issuerURLBase: String? = nil, by account: Account.ID, at now: Instant,
        checkCAA: (CAARecheck) -> Problem? = { _ in nil }
    ) throws(Refusal) -> Order {
        let (order, outdated, foreignExtensions, keys) = try transact(at: now) { (state) throws(Refusal) in
            let order = try state.readyOrder(id, of: account)
            return (
                order, state.outdatedCAAChecks(of: order, at: now), state.policy.foreignExtensions, state.policy.keys
            )
        }
        let request: SigningRequest
        do {
            request = try SigningRequest(derEncoded: der)
            try CSRPolicy.check(request, against: order.identifiers, foreignExtensions: foreignExtensions)
        } catch {
            let subproblems = error.identifiers.map { Problem(.badCSR, error.reason, identifier: $0) }
            var problem = Problem(.badCSR, error.reason, subproblems: subproblems)
            // A CSR is refused for identifiers only when they are not those of the order.
            if !subproblems.isEmpty { problem.cause = .identifiersOfCSR }
            throw Refusal(problem)
        }
        try keys.check(request)
        try CAARecheck.make(outdated, checkCAA)
        try transact(at: now) { (state) throws(Refusal) in
            _ = try state.readyOrder(id, of: account)
            guard state.accountsByKey[request.subjectPublicKeyInfo] == nil else {
                throw Refusal(
                    .badCSR, "expected a key of the certificate's own, got the key of an account (RFC 8555 §11.1)")
            }
            try state.checkNotCompromised(request.subjectPublicKeyInfo, .badCSR, "the CSR's key")
            state.note(outdated, at: now)
            state.change(id, .finalized, at: now)
        }
        let result = Result {
            try authority.issue(
                request, identifiers: order.identifiers, profile: order.profile,
                notBefore: order.notBefore(issuedAt: now), notAfter: order.notAfter, issuerURLBase: issuerURLBase,
                at: now)
        }
        return try transact(at: now) { (state) throws(Refusal) in
            switch result {
            case .success(let issued): state.settle(.issuance(issued), of: .order(id), at: now)
            case .failure(let error):
                state.fail(id, Problem(.serverInternal, "the certificate could not be signed: \(error)"), at: now)
            }
            return try state.order(id, of: account)
        }
    }
}

extension State {
    fileprivate func readyOrder(_ id: Order.ID, of account: Account.ID) throws(Refusal) -> Order {
        let order = try order(id, of: account)
        _ = try issuingAccount(account)
        guard order.state.status == .ready else {
            throw Refusal(
                .orderNotReady,
                "expected an order that is \"ready\", got one that is \"\(order.state.status.rawValue)\" (RFC 8555 §7.4)"
            )
        }
        return order
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

extension Order {
    /// The first second of a certificate, unless the profile alone decides it: an order that names only the end of the
    /// period is back-dated no further than the profile's validity reaches from there.
    fileprivate func notBefore(issuedAt now: Instant) -> Instant? {
        notBefore ?? notAfter.map { max(now - profile.backdate, $0 - profile.validity) }
    }
}
