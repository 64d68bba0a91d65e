package import CairnCertificates
package import CairnModel

/// Something that is done to what the CA holds by hand or by a rule, and not by a request.
package enum Intervention: Sendable {
    /// The object gets a status, and whatever leads to that status happens on the way.
    case force(NamedObject, into: String, because: ACMEProblem? = nil)
    /// The object is over before its time.
    case expire(NamedObject)
    /// Whatever the account has that can expire expires.
    case expireAll(of: Account.ID)
    /// The object is gone, with what belongs to it.
    case purge(NamedObject)
    /// Whatever the account has is gone; the account stays.
    case purgeAll(of: Account.ID)
    /// The account is gone, with whatever it has.
    case forget(Account.ID)
    case revoke(Certificate.ID, for: ACMERevocationReason?)
    case suggestRenewal(of: Certificate.ID, ACMERenewalInfo?)
}

/// An object of the CA, by its name.
package enum NamedObject: Hashable, Sendable {
    case account(Account.ID)
    case order(Order.ID)
    case authorization(Authorization.ID)
    case challenge(Authorization.ID, Int)
    case certificate(Certificate.ID)

    /// What it is, with its article.
    fileprivate var kind: String {
        switch self {
        case .account: "an account"
        case .order: "an order"
        case .authorization: "an authorization"
        case .challenge: "a challenge"
        case .certificate: "a certificate"
        }
    }

    fileprivate var name: String {
        switch self {
        case .account(let id): "account \"\(id)\""
        case .order(let id): "order \"\(id)\""
        case .authorization(let id): "authorization \"\(id)\""
        case .challenge(let id, let index): "challenge \"\(id)/\(index)\""
        case .certificate(let id): "certificate \"\(id)\""
        }
    }
}

/// Why something is not done to an object from outside ACME.
package struct Objection: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of causes.
    package enum Cause: Sendable {
        /// There is no such object.
        case unknown
        /// The object has a status in which that cannot be done.
        case status
        /// There is one of that name already.
        case exists
        /// The CA has as many as it can have.
        case limit
        /// What is asked for can never be.
        case invalid
    }

    package let cause: Cause
    package let description: String

    init(_ cause: Cause, _ description: String) { (self.cause, self.description) = (cause, description) }

    init(unknown object: NamedObject) { self.init(.unknown, "there is no \(object.name)") }
}

extension State {
    /// An account that something is done for from outside ACME.
    func known(_ id: Account.ID) throws(Objection) -> Account {
        guard let account = accounts[id] else { throw Objection(unknown: .account(id)) }
        return account
    }

    /// The same, if it is valid.
    func knownAndValid(_ id: Account.ID) throws(Objection) -> Account {
        let account = try known(id)
        guard account.state.status == .valid else {
            throw Objection(
                .status,
                "expected an account that is \"valid\", got account \"\(id)\", which is "
                    + account.state.status.rawValue.quoted)
        }
        return account
    }
}

extension Engine {
    /// Makes an intervention, in one transaction.
    package func intervene(_ intervention: Intervention, at now: CairnInstant) throws(Objection) {
        try transact(at: now) { (state) throws(Objection) in
            if let objection = state.objection(to: intervention, at: now) { throw objection }
            state.make(intervention, at: now)
        }
    }

    /// Why an intervention cannot be made now, or would change nothing; `nil` if it would change something.
    package func objection(to intervention: Intervention, at now: CairnInstant) -> Objection? {
        inspect { state in
            if case .force(let object, let status, _) = intervention, state.status(of: object) == status {
                return Objection(.status, "the \(object.name) is \(status.quoted) already")
            }
            return state.objection(to: intervention, at: now)
        }
    }
}

extension Engine {
    /// Those of some objects that are not forgotten.
    package func there(among objects: [NamedObject]) -> Set<NamedObject> {
        inspect { state in Set(objects.filter { state.status(of: $0) != nil }) }
    }
}

// MARK: - What cannot be

extension State {
    fileprivate func objection(to intervention: Intervention, at now: CairnInstant) -> Objection? {
        switch intervention {
        case .force(let object, let status, _): objection(toForcing: object, into: status)
        case .expire(let object): objection(toExpiring: object)
        case .purge(let object): objection(toPurging: object)
        case .expireAll(let account), .purgeAll(let account), .forget(let account):
            accounts[account] == nil ? Objection(unknown: .account(account)) : nil
        case .revoke(let id, let reason): objection(toRevoking: id, for: reason)
        case .suggestRenewal(let id, _): certificates[id] == nil ? Objection(unknown: .certificate(id)) : nil
        }
    }

    /// The status of an object; `nil` if there is none.
    fileprivate func status(of object: NamedObject) -> String? { machine(of: object)?.word }

    private func machine(of object: NamedObject) -> (any StateMachine)? {
        switch object {
        case .account(let id): accounts[id]?.state
        case .order(let id): orders[id]?.state
        case .authorization(let id): authorizations[id]?.state
        case .challenge(let id, let index):
            authorizations[id].flatMap { $0.challenges.indices.contains(index) ? $0.challenges[index].state : nil }
        case .certificate(let id): certificates[id]?.state
        }
    }

    private func objection(toForcing object: NamedObject, into status: String) -> Objection? {
        guard let machine = machine(of: object) else { return Objection(unknown: object) }
        guard machine.words.contains(status) else {
            return Objection(
                .invalid, "expected the status of \(object.kind), \(machine.words.choice), got \(status.quoted)")
        }
        guard machine.word != status else { return nil }
        guard machine.wordsAhead.contains(status) else {
            let ahead = machine.wordsAhead.isEmpty ? "nothing else" : machine.wordsAhead.choice
            return Objection(
                .status,
                "\(object.kind) that is \(machine.word.quoted) can become \(ahead), got \(status.quoted) "
                    + "(RFC 8555 §7.1.6)")
        }
        switch object {
        case .order(let id) where status == OrderState.Status.valid.rawValue:
            guard case .issuance? = held[.order(id)]?.result else {
                return Objection(
                    .status,
                    "expected an order whose certificate is held back, got the \(object.name), for which none was "
                        + "signed")
            }
        case .authorization(let id) where status == AuthorizationState.Status.valid.rawValue:
            guard authorizations[id]?.canStillBeProven == true else {
                return Objection(
                    .status, "expected an authorization with a challenge that is not decided, got \(object.name)")
            }
        default: break
        }
        return nil
    }

    private func objection(toExpiring object: NamedObject) -> Objection? {
        guard let machine = machine(of: object) else { return Objection(unknown: object) }
        switch object {
        case .order, .authorization:
            guard machine.hasEnded else { return nil }
            return Objection(.status, "\(object.kind) that is \(machine.word.quoted) does not expire any more")
        case .account, .challenge, .certificate:
            return Objection(
                .invalid, "expected an order or an authorization, got \(object.kind), which does not expire")
        }
    }

    private func objection(toPurging object: NamedObject) -> Objection? {
        guard machine(of: object) != nil else { return Objection(unknown: object) }
        switch object {
        case .order, .authorization, .certificate: return nil
        case .account, .challenge:
            return Objection(.invalid, "expected an order, an authorization or a certificate, got \(object.kind)")
        }
    }

    private func objection(toRevoking id: Certificate.ID, for reason: ACMERevocationReason?) -> Objection? {
        guard let certificate = certificates[id] else { return Objection(unknown: .certificate(id)) }
        if let reason, !ACMERevocationReason.assigned.contains(reason) {
            return Objection(.invalid, "expected a reason from 0 to 10 but 7, got \(reason.rawValue) (RFC 5280 §5.3.1)")
        }
        guard certificate.state.status == .valid else {
            return Objection(.status, "certificate \"\(id)\" is revoked already")
        }
        return nil
    }
}

extension StateMachine {
    fileprivate var word: String { status.rawValue }
    /// All statuses that there are.
    fileprivate var words: [String] { Status.allCases.map(\.rawValue) }
    fileprivate var hasEnded: Bool { isFinal }

    /// The statuses that arrows lead to from here, in the order in which they are declared.
    fileprivate var wordsAhead: [String] {
        var (found, rest): (Set<String>, [Self]) = ([], [self])
        while let machine = rest.popLast() {
            for event in Event.allCases {
                guard let next = Self.next(after: event, in: machine.status), found.insert(next.rawValue).inserted
                else { continue }
                rest.append(Self(next))
            }
        }
        return words.filter(found.contains)
    }
}

extension [String] {
    /// `"valid" or "invalid"`.
    fileprivate var choice: String {
        let quoted = map(\.quoted)
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "none" }
        return "\(quoted.dropLast().joined(separator: ", ")) or \(last)"
    }
}
