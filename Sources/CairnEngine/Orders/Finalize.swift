import CairnCertificates
package import CairnModel

extension Engine {
    /// Issues the certificate of an order that is ready (RFC 8555 §7.4).
    ///
    /// A CSR that is refused leaves the order `ready`, so that the client can send a better one. The CSR is read, CAA
    /// records are looked at again and the certificate is signed outside the lock, by what the request found when it came
    /// in; then all of it happens in one transaction, or nothing. An order that is finalized twice at once is signed for
    /// twice, and one certificate is nobody's.
    ///
    /// The lock is taken once more than that without an `opening`, and where something waits for reads
    /// (``CairnPace/afterPolls(_:)``), since who finalizes too early reads the order.
    package func finalize(
        _ id: Order.ID, with csr: SentCSR, by account: Account.ID, opening: Opening? = nil, at now: CairnInstant
    ) throws(Refusal) -> Order {
        let opened = try opening?.finalization?.get()
        let ready =
            if let opened { opened } else {
                try transact(at: now) { (state) throws(Refusal) in
                    _ = try state.order(id, of: account)
                    if state.orders[id]?.state.status == .pending { state.poll(id, at: now) }
                    return try state.finalization(of: id, accountURL: csr.accountURL, at: now)
                }
            }
        try requireOffered(ready.order.profile, opening)
        let request = try read(csr, (opening?.policy ?? sharedPolicy).value.keys)
        let leftOut = try enforce(request, against: ready.order.identifiers, under: ready.order.profile)
        return try issue(ready, request, csr, without: leftOut, at: now)
    }

    /// Issues the certificate of an order that came with its CSR, once it is ready.
    ///
    /// What stands against it now makes the order invalid, since no client will send another CSR.
    func issueUnasked(_ id: Order.ID, at now: CairnInstant) {
        guard let csr = inspect({ $0.orders[id]?.sent?.value }) else { return }
        do throws(Refusal) {
            let request = try read(csr, sharedPolicy.value.keys)
            let ready = try transact(at: now) { (state) throws(Refusal) in
                try state.finalization(of: id, accountURL: csr.accountURL, at: now)
            }
            try requireOffered(ready.order.profile, nil)
            // What it asks for in vain was noted when the order came.
            _ = try issue(ready, request, csr, without: [], at: now)
        } catch {
            try? transact(at: now) { (state) throws(Refusal) in state.fail(id, error.problem, at: now) }
        }
    }

    /// Reads a CSR, and checks what does not depend on an order.
    func read(_ csr: SentCSR, _ rules: CairnKeyRules) throws(Refusal) -> SigningRequest {
        let request: SigningRequest
        do { request = try SigningRequest(derEncoded: csr.derEncoded) } catch { throw Refusal(error) }
        try rules.requireAcceptable(request)
        return request
    }

    /// Checks a CSR against the order that it is for, and says what it asks for that its certificate will not have.
    func enforce(
        _ request: SigningRequest, against ordered: [ACMEIdentifier], under profile: CairnCertificateProfile
    ) throws(Refusal) -> [CSRPolicy.LeftOut] {
        do {
            return try CSRPolicy.enforce(on: request, against: ordered, content: profile.csrContent)
        } catch {
            throw Refusal(error)
        }
    }

    private func issue(
        _ ready: Opening.Finalization, _ request: SigningRequest, _ csr: SentCSR,
        without leftOut: [CSRPolicy.LeftOut], at now: CairnInstant
    ) throws(Refusal) -> Order {
        let order = ready.order
        try recheckCAA(ready.outdatedChecks, at: now)
        let result = Result {
            try authority.issue(
                request, identifiers: order.identifiers, profile: order.profile,
                notBefore: order.notBefore(issuedAt: now), notAfter: order.notAfter, issuerURL: csr.issuerURL,
                places: csr.places, at: now)
        }
        return try transact(at: now) { (state) throws(Refusal) in
            let order = try state.readyOrder(order.id)
            try state.checkKey(of: request)
            state.note(ready.outdatedChecks, at: now)
            state.note(leftOut, by: order.account, at: now)
            state.orders.update(order.id) { $0.csr = csr.derEncoded }
            state.change(order.id, .finalized, at: now)
            switch result {
            case .success(let issued): state.settle(.issuance(issued), of: .order(order.id), at: now)
            case .failure(let error):
                let problem = ACMEProblem(.serverInternal, "the certificate could not be signed: \(error)")
                state.fail(order.id, problem, at: now)
            }
            return try state.order(order.id, of: order.account)
        }
    }
}

extension State {
    func readyOrder(_ id: Order.ID) throws(Refusal) -> Order {
        guard let order = orders[id] else {
            throw Refusal(.malformed, "there is no order \"\(id)\"", cause: .unknownObject, facts: ["\(id)"])
        }
        _ = try issuingAccount(order.account)
        guard order.state.status == .ready else {
            throw Refusal(
                .orderNotReady,
                "expected an order that is \"ready\", got one that is \"\(order.state.status.rawValue)\" (RFC 8555 §7.4)",
                cause: .orderStatus, facts: [order.state.status.rawValue])
        }
        return order
    }

    /// Refuses keys that a certificate must not have.
    func checkKey(of request: SigningRequest) throws(Refusal) {
        let key = request.subjectPublicKeyInfo
        let isPresent = accounts.isPresent(key)
        guard !isPresent, !accounts.isFormer(key) else {
            let actual = isPresent ? "the key of an account" : "one that was the key of an account"
            throw Refusal(
                .badCSR, "expected a key of the certificate's own, got \(actual) (RFC 8555 §11.1)",
                cause: .accountKeyInCSR)
        }
        try checkNotCompromised(key, .badCSR, "the CSR's key")
    }

    /// Notes what a CSR asked for that its certificate does not have.
    mutating func note(_ leftOut: [CSRPolicy.LeftOut], by account: Account.ID, at now: CairnInstant) {
        for item in leftOut {
            note(.finding(CairnFinding(.csr(item.content), item.detail, account: "\(account)")), at: now)
        }
    }

    mutating func record(_ issued: CairnCertificate, for id: Order.ID, at now: CairnInstant) {
        // The order may have lost an authorization while the certificate was signed. Then nobody is given it (§7.1.6).
        guard let order = orders[id], order.state.status == .processing else { return }
        countCertificate(of: order, at: now)
        let certificate = Certificate(
            issued: issued, created: now, account: order.account, order: id, isPublic: order.isPublic)
        certificates.insert(certificate)
        if let replaced = order.replaces, policy.renewalInfo?.replacedBy == .certificate,
            certificates[replaced.serialNumber]?.replacement == nil
        {
            certificates.markReplaced(replaced.serialNumber, by: id)
        }
        orders.update(id) { $0.certificate = certificate.id }
        note(.issued(issued), at: now)
        note(
            .certificate, certificate.id.description, issued.identifiers, from: nil,
            to: certificate.state.status.rawValue,
            at: now)
        change(id, .issued, at: now)
    }
}

extension Refusal {
    /// The refusal of a CSR, with a subproblem for each identifier that it is about (RFC 8555 §7.4, §6.7.1).
    ///
    /// A CSR can name thousands of things, and what is no domain name: of that the answer repeats no more than is of use.
    fileprivate init(_ refusal: CSRRefusal) {
        let named = refusal.identifiers.filter { $0.value.utf8.count <= 255 }.prefix(100)
        let subproblems = named.map { ACMEProblem(.badCSR, refusal.reason, identifier: $0) }
        self.init(
            ACMEProblem(.badCSR, refusal.reason, subproblems: subproblems).caused(by: refusal.cause, refusal.facts))
    }
}

extension Order {
    /// The first second of a certificate, unless the profile alone decides it: an order that names only the end of the
    /// period is back-dated no further than the profile's validity reaches from there.
    fileprivate func notBefore(issuedAt now: CairnInstant) -> CairnInstant? {
        notBefore ?? notAfter.map { max(now - profile.backdate, $0 - profile.validity) }
    }
}

/// A look at the CAA records of a name, before a certificate is issued for it.
struct CAARecheck: Sendable {
    let authorization: Authorization.ID
    /// What is to be certified, a wildcard with its `*.`.
    let identifier: ACMEIdentifier
    let check: CAACheck
}

extension State {
    /// The checks that are too old for an order to be finalized with.
    func outdatedCAAChecks(of order: Order, for accountURL: String, at now: CairnInstant) -> [CAARecheck] {
        guard let caa = policy.caa, caa.checks else { return [] }
        return zip(order.identifiers, order.proofs).compactMap { identifier, id in
            guard let authorization = authorizations[id], identifier.type == .dns else { return nil }
            if let checked = authorization.caaChecked(for: identifier), now - checked <= caa.recheckAfter.bounded {
                return nil
            }
            let method = authorization.method
            return CAARecheck(
                authorization: id, identifier: identifier,
                check: CAACheck(
                    CAAIssuer(identities: caa.identities, accountURL: accountURL), challengeType: method,
                    method: kinds[method].caaMethod, identifier: identifier))
        }
    }

    mutating func note(_ checks: [CAARecheck], at now: CairnInstant) {
        for check in checks {
            authorizations.update(check.authorization) { $0.noteCAACheck(of: check.identifier, at: now) }
        }
    }
}

extension Engine {
    /// Makes checks once more, and throws what they forbid.
    func recheckCAA(_ checks: [CAARecheck], at now: CairnInstant) throws(Refusal) {
        var problems: [ACMEProblem] = []
        for recheck in checks {
            let verdict = checkCAA(recheck.check)
            for event in verdict.events(on: recheck.identifier, by: recheck.check.challengeType) {
                journal.record(.probe(event), at: now)
            }
            if var problem = verdict.problem {
                problem.identifier = recheck.identifier
                problems.append(problem)
            }
        }
        try Refusal.refuse(problems)
    }
}

extension Authorization {
    /// How control was shown.
    ///
    /// What was granted without a challenge has a name of its own, as RFC 8657 §4 keeps them for methods that are not ACME's.
    fileprivate var method: ACMEChallengeType {
        challenges.first { $0.state.status == .valid }?.type ?? ACMEChallengeType(rawValue: "ca-grant")
    }
}

/// How the CA checks CAA records (RFC 8659).
public struct CairnCAAPolicy: Hashable, Sendable {
    /// The names of the CA in `issue` records (RFC 8659 §4.2), shown as `caaIdentities` in the directory (RFC 8555
    /// §7.1.1).
    ///
    /// If empty, every such record forbids issuance. Default: `cairn.test`.
    public var identities = ["cairn.test"]
    /// The maximum age of a check when an order is finalized; older checks are repeated.
    ///
    /// Default: 7 hours; the CA/Browser Forum's baseline requirements (§4.2.2.1) allow 8.
    public var recheckAfter: Duration = .hours(7)
    /// Whether records are checked.
    ///
    /// If not, the ``identities`` are only shown in the directory, as with Pebble. Default: `true`.
    public var checks = true

    /// Creates the default policy.
    public init() {}
}
