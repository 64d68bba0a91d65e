import CairnCertificates
import CairnEngine
import CairnModel

extension CairnRule.Action {
    /// Why it cannot be done, in a sentence; `nil` if it can.
    func impossibility(at point: RulePoint, _ powers: ConnectionPowers) -> String? {
        if point == .connection { return powers.impossibility(of: self) }
        guard case .state(let change, _) = self, !change.isPossible else { return nil }
        return "\(name.quoted) is not possible yet for that object"
    }
}

extension CairnRule.StateChange {
    fileprivate var isPossible: Bool {
        switch self {
        case .purge(.order), .purge(.certificate), .expire(.order), .expire(.authorization), .expire(.nonces),
            .forget(.nonces), .deactivate, .revoke, .changeTerms, .moveRenewalWindow:
            true
        case .force, .purge, .expire, .forget: false
        }
    }
}

extension Engine {
    /// Changes what the CA holds as a rule says, at what a request is about; where it is about none, nothing happens.
    func carryOut(_ change: CairnRule.StateChange, _ sight: Sight) {
        let now = sight.now
        let order = sight.order.flatMap { Order.ID($0) }
        let authorization = sight.authorization.flatMap { Authorization.ID($0) }
        switch change {
        case .purge(.order): if let order { purge(order, at: now) }
        case .purge(.certificate): if let order { purgeCertificate(of: order, at: now) }
        case .expire(.order): if let order { expire(order, at: now) }
        case .expire(.authorization): if let authorization { expire(authorization, at: now) }
        case .expire(.nonces), .forget(.nonces): forgetNonces()
        case .deactivate(.account):
            guard let account = sight.account.flatMap({ Account.ID($0) }) else { return }
            _ = try? update(account, AccountUpdate(deactivate: true), at: now)
        case .deactivate(.authorization):
            guard let authorization, let owner = glimpse(of: authorization)?.account else { return }
            _ = try? deactivate(authorization, by: owner, at: now)
        case .revoke(let reason):
            guard let certificate = certificate(of: order) else { return }
            try? revoke(
                derEncoded: certificate.issued.derEncoded, reason: reason.map(ACMERevocationReason.init(rawValue:)),
                by: .account(certificate.account), at: now)
        case .changeTerms(let version):
            updatePolicy { policy in
                policy.termsOfService = policy.termsOfService ?? .page
                policy.termsOfService?.version = version
            }
        case .moveRenewalWindow(let start, let end):
            guard let certificate = certificate(of: order) else { return }
            let window = ACMERenewalInfo(start: (now + start).wholeSecond, end: (now + end).wholeSecond)
            _ = suggestRenewal(window, of: certificate.id, at: now)
        case .force, .purge, .expire, .forget, .deactivate: break
        }
    }

    private func certificate(of order: Order.ID?) -> Certificate? {
        order.flatMap { glimpse(of: $0)?.certificate }.flatMap { glimpse(of: $0) }
    }
}
