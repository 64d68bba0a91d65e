import CairnCertificates
public import CairnModel

/// All objects of a CA at one instant, oldest first.
public struct CairnSnapshot: Hashable, Sendable {
    /// The instant, on the CA's clock; everything due by then has happened.
    public let at: CairnInstant
    /// All accounts, including deactivated and revoked ones.
    public let accounts: [CairnAccount]
    /// The orders that are not forgotten (``CairnBounds/finishedOrders``).
    public let orders: [CairnOrder]
    /// The authorizations that are not forgotten.
    public let authorizations: [CairnAuthorization]
    /// The certificates whose orders are not forgotten.
    public let certificates: [CairnCertificateRecord]
    /// The revocations of certificates that have not expired, including forgotten ones.
    public let revocations: [CairnRevocation]

    /// The same as JSON.
    public var json: CairnJSON {
        [
            "at": at.json, "accounts": .array(accounts.map(\.json)), "orders": .array(orders.map(\.json)),
            "authorizations": .array(authorizations.map(\.json)), "certificates": .array(certificates.map(\.json)),
            "revocations": .array(revocations.map(\.json)),
        ]
    }
}

extension Engine {
    /// All objects as they are at one instant.
    ///
    /// Under the lock they are only copied, which takes time in proportion to their number.
    package func snapshot(at now: CairnInstant) -> CairnSnapshot {
        let copies = read(at: now) { state in
            (
                Array(state.accounts.all), Array(state.orders.all), Array(state.authorizations.all),
                Array(state.certificates.all), state.certificates.revocations.all(at: now), state.accounts.worlds
            )
        }
        let worlds = copies.5
        return CairnSnapshot(
            at: now, accounts: Self.views(copies.0, worlds), orders: Self.views(copies.1, worlds),
            authorizations: Self.views(copies.2, worlds), certificates: Self.views(copies.3, worlds),
            revocations: copies.4)
    }

    /// All accounts as they are at an instant, oldest first.
    package func accounts(at now: CairnInstant) -> [CairnAccount] {
        views(at: now) { Array($0.accounts.all) }
    }

    /// All orders as they are at an instant, oldest first.
    package func orders(at now: CairnInstant) -> [CairnOrder] {
        views(at: now) { Array($0.orders.all) }
    }

    /// All authorizations as they are at an instant, oldest first.
    package func authorizations(at now: CairnInstant) -> [CairnAuthorization] {
        views(at: now) { Array($0.authorizations.all) }
    }

    /// All certificates as they are at an instant, oldest first.
    package func certificates(at now: CairnInstant) -> [CairnCertificateRecord] {
        views(at: now) { Array($0.certificates.all) }
    }

    /// The revocations of certificates that have not expired at an instant, oldest first.
    package func revocations(at now: CairnInstant) -> [CairnRevocation] {
        read(at: now) { $0.certificates.revocations.all(at: now) }
    }

    /// Looks at the state once what is due has happened.
    private func read<Value: Sendable>(at now: CairnInstant, _ body: (State) -> Value) -> Value {
        advance(to: now)
        return inspect(body)
    }

    private func views<Object: Viewed>(at now: CairnInstant, of list: (State) -> [Object]) -> [Object.View] {
        let (objects, worlds) = read(at: now) { (list($0), $0.accounts.worlds) }
        return Self.views(objects, worlds)
    }

    private static func views<Object: Viewed>(_ objects: [Object], _ worlds: [Account.ID: String]) -> [Object.View] {
        objects.sorted { $0.number < $1.number }.map { $0.view(in: worlds[$0.owner]) }
    }
}

/// An object of which there is a view.
private protocol Viewed: Sendable {
    associatedtype View
    /// The account that it belongs to, or is.
    var owner: Account.ID { get }
    /// The place of the object among all of its kind.
    var number: Int { get }
    /// - Parameter world: the one of its account.
    func view(in world: String?) -> View
}

extension Account: Viewed {
    fileprivate var owner: Account.ID { id }
    fileprivate func view(in world: String?) -> CairnAccount { CairnAccount(self, in: world) }
}

extension Order: Viewed {
    fileprivate var owner: Account.ID { account }
    fileprivate func view(in world: String?) -> CairnOrder { CairnOrder(self, in: world) }
}

extension Authorization: Viewed {
    fileprivate var owner: Account.ID { account }
    fileprivate func view(in world: String?) -> CairnAuthorization { CairnAuthorization(self, in: world) }
}

extension Certificate: Viewed {
    fileprivate var owner: Account.ID { account }
    fileprivate func view(in world: String?) -> CairnCertificateRecord { CairnCertificateRecord(self, in: world) }
}

// MARK: How views are written down

extension CairnObjectID {
    init(_ id: ResourceID<some Any>) { self.init(rawValue: id.description) }

    var json: CairnJSON { .string(rawValue) }
}

extension ACMEStatus {
    init(_ machine: some StateMachine) { self.init(rawValue: machine.status.rawValue) }

    var json: CairnJSON { .string(rawValue) }
}

extension CairnInstant {
    var json: CairnJSON { .string(rfc3339) }
}

// MARK: - For rules

extension Engine {
    /// An order as it is, though nobody reads it.
    package func glimpse(of id: Order.ID) -> Order? { inspect { $0.orders[id] } }

    /// A certificate as it is, though nobody reads it.
    package func glimpse(of id: Certificate.ID) -> Certificate? { inspect { $0.certificates[id] } }

    /// An authorization as it is, though nobody reads it.
    package func glimpse(of id: Authorization.ID) -> Authorization? { inspect { $0.authorizations[id] } }
}
