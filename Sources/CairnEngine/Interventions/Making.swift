import CairnCertificates
import CairnModel

extension State {
    /// Makes an intervention to which there is no objection.
    mutating func make(_ intervention: Intervention, at now: CairnInstant) {
        noteForgetting(by: intervention)
        switch intervention {
        case .force(let object, let status, let problem): force(object, into: status, because: problem, at: now)
        case .expire(.order(let id)): end(id, at: now)
        case .expire(.authorization(let id)): end(id, at: now)
        case .expireAll(let account):
            for order in allOrders(of: account) where orders[order]?.state.isFinal == false { end(order, at: now) }
            for authorization in allAuthorizations(of: account) { end(authorization, at: now) }
        case .purge(.order(let id)): purge(id)
        case .purge(.authorization(let id)): purge(id, at: now)
        case .purge(.certificate(let id)): certificates.remove(id)
        case .purgeAll(let account): purgeAll(of: account)
        case .forget(let account): forget(account)
        case .revoke(let id, let reason): revoke(id, for: reason, at: now)
        case .suggestRenewal(let id, let info): _ = certificates.suggest(info, for: id)
        case .expire(.account), .expire(.challenge), .expire(.certificate), .purge(.account), .purge(.challenge): break
        }
    }

    // MARK: Forcing

    private mutating func force(
        _ object: NamedObject, into status: String, because problem: ACMEProblem?, at now: CairnInstant
    ) {
        switch object {
        case .account(let id):
            guard let status = AccountState.Status(rawValue: status) else { return }
            force(id, into: status, at: now)
        case .order(let id):
            guard let status = OrderState.Status(rawValue: status) else { return }
            force(id, into: status, because: problem, at: now)
        case .authorization(let id):
            guard let status = AuthorizationState.Status(rawValue: status) else { return }
            force(id, into: status, because: problem, at: now)
        case .challenge(let id, let index):
            guard let status = ChallengeState.Status(rawValue: status) else { return }
            force(id, index, into: status, because: problem, at: now)
        case .certificate(let id):
            if status == CertificateState.Status.revoked.rawValue { revoke(id, for: nil, at: now) }
        }
    }

    private mutating func force(_ id: Account.ID, into status: AccountState.Status, at now: CairnInstant) {
        guard var account = accounts[id], status != .valid else { return }
        guard (try? change(&account, status == .revoked ? .revokedByServer : .deactivatedByClient, at: now)) != nil
        else { return }
        accounts.update(account)
        cancelWork(of: account, at: now)
    }

    private mutating func force(
        _ id: Order.ID, into status: OrderState.Status, because problem: ACMEProblem?, at now: CairnInstant
    ) {
        switch status {
        case .pending: break
        case .ready: authorize(id, at: now)
        case .processing:
            authorize(id, at: now)
            change(id, .finalized, at: now)
        case .valid: release(.order(id), at: now)
        case .invalid:
            fail(id, problem ?? ACMEProblem(.serverInternal, "the CA gave the order up (RFC 8555 §7.1.6)"), at: now)
        }
    }

    /// Makes an order ready that is pending, and so valid what it still waits for.
    private mutating func authorize(_ id: Order.ID, at now: CairnInstant) {
        guard let order = orders[id], order.state.status == .pending else { return }
        for authorization in order.authorizations where authorizations[authorization]?.state.status == .pending {
            force(authorization, into: .valid, because: nil, at: now)
        }
        release(.order(id), at: now)
    }

    private mutating func force(
        _ id: Authorization.ID, into status: AuthorizationState.Status, because problem: ACMEProblem?,
        at now: CairnInstant
    ) {
        guard let authorization = authorizations[id], authorization.state.status != status else { return }
        let undecided = authorization.challenges.indices.filter { !authorization.challenges[$0].state.isFinal }
        switch status {
        case .pending: break
        case .valid: if let first = undecided.first { force(id, first, into: .valid, because: nil, at: now) }
        case .invalid:
            for index in undecided where authorizations[id]?.state.status == .pending {
                force(id, index, into: .invalid, because: problem, at: now)
            }
        case .deactivated:
            change(id, .deactivatedByClient, at: now)
            failOrders(of: authorization, because: "was deactivated (RFC 8555 §7.5.2)", at: now)
        case .revoked:
            change(id, .revokedByServer, at: now)
            failOrders(of: authorization, because: "was revoked (RFC 8555 §7.1.6)", at: now)
        case .expired: end(id, at: now)
        }
    }

    private mutating func force(
        _ id: Authorization.ID, _ index: Int, into status: ChallengeState.Status, because problem: ACMEProblem?,
        at now: CairnInstant
    ) {
        // Whatever was decided and is held back is overruled.
        held[.challenge(id, index)] = nil
        guard var authorization = authorizations[id], let key = accounts[authorization.account]?.key,
            status != .pending, authorization.challenges[index].state.status != status
        else { return }
        change(&authorization, index, .responded, at: now)
        authorization.challenges[index].nextQuery = nil
        authorizations.update(authorization)
        guard status != .processing else { return }
        let challenge = authorization.challenges[index]
        let refusal = problem ?? ACMEProblem(.unauthorized, "the CA took no proof (RFC 8555 §7.1.6)")
        let attempt = ValidationAttempt(
            challenge.type, identifier: authorization.identifier, isWildcard: authorization.isWildcard,
            token: challenge.token, keyAuthorization: KeyAuthorization(token: challenge.token, key: key),
            accountURL: "", decision: status == .valid ? .valid : .invalid(refusal))
        let job = ValidationJob(
            authorization: id, challenge: index, attempt: attempt, query: challenge.query, era: 0)
        // The transaction asks for no era: this is of now.
        finish(job, problem: status == .valid ? nil : refusal, at: now)
    }

    // MARK: Ends

    private mutating func end(_ id: Order.ID, at now: CairnInstant) {
        orders.update(id) { $0.expires = now.wholeSecond }
        expire(id, at: now)
    }

    private mutating func end(_ id: Authorization.ID, at now: CairnInstant) {
        guard authorizations[id]?.state.isFinal == false else { return }
        authorizations.update(id) { $0.expires = now.wholeSecond }
        expire(id, at: now)
    }

    /// Takes a certificate back for a reason of the CA's own (RFC 5280 §5.3.1).
    private mutating func revoke(_ id: Certificate.ID, for reason: ACMERevocationReason?, at now: CairnInstant) {
        let policy = policy.revocationStatus
        guard let certificate = certificates[id], certificates.revoke(id, for: reason, at: now, under: policy) else {
            return
        }
        noteRevocation(of: certificate, for: reason, isProven: false, at: now)
    }

    // MARK: Forgetting

    /// Notes which orders and authorizations will be gone, for those who judge clients.
    private mutating func noteForgetting(by intervention: Intervention) {
        switch intervention {
        case .purge(.order(let id)):
            outcome.forgotten += ["\(id)"] + (orders[id]?.authorizations ?? []).map { "\($0)" }
        case .purge(.authorization(let id)): outcome.forgotten.append("\(id)")
        case .purgeAll(let account), .forget(let account):
            outcome.forgotten += allOrders(of: account).map { "\($0)" }
            outcome.forgotten += allAuthorizations(of: account).map { "\($0)" }
        case .force, .expire, .expireAll, .purge, .revoke, .suggestRenewal: break
        }
    }

    /// All orders of an account, the invalid ones too, oldest first.
    private func allOrders(of account: Account.ID) -> [Order.ID] {
        orders.all.filter { $0.account == account }.sorted { $0.number < $1.number }.map(\.id)
    }

    private func allAuthorizations(of account: Account.ID) -> [Authorization.ID] {
        authorizations.all.filter { $0.account == account }.sorted { $0.number < $1.number }.map(\.id)
    }

    /// Forgets an authorization; the orders that need it become invalid.
    private mutating func purge(_ id: Authorization.ID, at now: CairnInstant) {
        guard let authorization = authorizations[id] else { return }
        failOrders(of: authorization, because: "is forgotten", at: now)
        if let authorization = authorizations.remove(id) { forgot(authorization) }
    }

    private mutating func purgeAll(of account: Account.ID) {
        for order in allOrders(of: account) { purge(order) }
        for id in allAuthorizations(of: account) {
            if let authorization = authorizations.remove(id) { forgot(authorization) }
        }
    }

    private mutating func forget(_ account: Account.ID) {
        purgeAll(of: account)
        grants.removeAll(of: account)
        pauses.remove(pauses[account]?.identifiers ?? [], of: account)
        accounts.remove(account)
    }
}
