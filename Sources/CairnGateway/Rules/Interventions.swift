import CairnCertificates
import CairnEngine
import CairnModel

extension Engine {
    /// Whether a rule would change anything of what a request is about.
    func canCarryOut(_ change: CairnRule.StateChange, _ sight: Sight) -> Bool {
        switch change {
        case .expire(.nonces), .forget(.nonces): true
        case .changeTerms(let version): policy.termsOfService?.version != version
        default: interventions(of: change, sight).contains { objection(to: $0, at: sight.now) == nil }
        }
    }

    /// Changes what the CA holds as a rule says, at what a request is about; where it is about none, nothing happens.
    func carryOut(_ change: CairnRule.StateChange, _ sight: Sight) {
        switch change {
        case .expire(.nonces), .forget(.nonces): forgetNonces()
        case .changeTerms(let version):
            updatePolicy { policy in
                policy.termsOfService = policy.termsOfService ?? .page
                policy.termsOfService?.version = version
            }
        default:
            // What cannot be is left out; the others happen.
            for intervention in interventions(of: change, sight) { try? intervene(intervention, at: sight.now) }
        }
    }

    private func interventions(of change: CairnRule.StateChange, _ sight: Sight) -> [Intervention] {
        switch change {
        case .force(let object, let status): objects(object, sight).map { .force($0, into: status) }
        case .deactivate(let object):
            objects(object, sight).map { .force($0, into: AccountState.Status.deactivated.rawValue) }
        case .expire(.allOfAccount): account(sight).map { [.expireAll(of: $0)] } ?? []
        case .expire(let object): objects(object, sight).map { .expire($0) }
        case .purge(.allOfAccount): account(sight).map { [.purgeAll(of: $0)] } ?? []
        case .purge(let object): objects(object, sight).map { .purge($0) }
        case .forget: account(sight).map { [.forget($0)] } ?? []
        case .revoke(let reason):
            certificates(sight).map { .revoke($0, for: reason.map(ACMERevocationReason.init(rawValue:))) }
        case .moveRenewalWindow(let start, let end):
            certificates(sight).map { id in
                .suggestRenewal(
                    of: id,
                    ACMERenewalInfo(start: (sight.now + start).wholeSecond, end: (sight.now + end).wholeSecond))
            }
        case .incident(let url): certificates(sight).map { .suggestRenewal(of: $0, .incident(at: sight.now, url)) }
        case .changeTerms: []
        }
    }

    /// Which of the things that a rule counts for are still there; `nil` for things of which nobody knows.
    func remaining(_ each: CairnRule.Each, _ names: [String]) -> Set<String>? {
        switch each {
        case .order: known(names) { Order.ID($0).map(NamedObject.order) }
        case .account: known(names) { Account.ID($0).map(NamedObject.account) }
        case .authorization: known(names) { Authorization.ID($0).map(NamedObject.authorization) }
        case .identifier, .connection: nil
        }
    }

    private func known(_ names: [String], _ object: (String) -> NamedObject?) -> Set<String> {
        let pairs = names.compactMap { name in object(name).map { (name, $0) } }
        let there = self.there(among: pairs.map(\.1))
        return Set(pairs.filter { there.contains($0.1) }.map(\.0))
    }

    // MARK: What a request is about

    private func objects(_ object: CairnRule.StateObject, _ sight: Sight) -> [NamedObject] {
        switch object {
        case .account: account(sight).map { [.account($0)] } ?? []
        case .order: orders(sight).map { .order($0) }
        case .authorization: authorizations(sight).map { .authorization($0) }
        case .challenge:
            if let id = authorization(sight), let index = sight.challenge {
                [.challenge(id, index)]
            } else {
                []
            }
        case .certificate: certificates(sight).map { .certificate($0) }
        case .nonces, .allOfAccount: []
        }
    }

    private func account(_ sight: Sight) -> Account.ID? { sight.account.flatMap { Account.ID($0) } }

    /// Whether something may be meant by a request: nobody changes what another account has by naming it.
    private func isOwn(_ owner: Account.ID?, _ sight: Sight) -> Bool {
        guard let account = account(sight), let owner else { return true }
        return owner == account
    }

    /// The order in the path.
    private func order(_ sight: Sight) -> Order.ID? {
        sight.order.flatMap { Order.ID($0) }.flatMap { isOwn(glimpse(of: $0)?.account, sight) ? $0 : nil }
    }

    /// The authorization in the path.
    private func authorization(_ sight: Sight) -> Authorization.ID? {
        sight.authorization.flatMap { Authorization.ID($0) }
            .flatMap { isOwn(glimpse(of: $0)?.account, sight) ? $0 : nil }
    }

    private func orders(_ sight: Sight) -> [Order.ID] {
        if let order = order(sight) { return [order] }
        guard let id = authorization(sight) else { return [] }
        return glimpse(of: id)?.unfinishedOrders ?? []
    }

    private func authorizations(_ sight: Sight) -> [Authorization.ID] {
        if let id = authorization(sight) { return [id] }
        guard let order = order(sight) else { return [] }
        return glimpse(of: order)?.authorizations ?? []
    }

    private func certificates(_ sight: Sight) -> [Certificate.ID] {
        if let certificate = sight.certificate {
            return isOwn(glimpse(of: certificate)?.account, sight) ? [certificate] : []
        }
        return orders(sight).compactMap { glimpse(of: $0)?.certificate }
    }
}
