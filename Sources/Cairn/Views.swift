import Synchronization

/// What exists now.
///
/// ```swift
/// #expect(ca.orders.last?.status == .valid)
/// #expect(ca.authorizations.allSatisfy { $0.challenges.contains { $0.status == .valid } })
/// #expect(ca.certificates.count { $0.status == .revoked } == 1)
/// ```
/// Each of these lists holds values, oldest first, as they were when it was read: what happens later changes none of them.
/// What was due until then has happened, and reading makes nothing else happen; it is no poll in the sense of
/// ``CairnPace/afterPolls(_:)``. Reading costs time in proportion to the number of objects, during part of which requests
/// wait, so whoever needs several looks reads a list once. What was forgotten (``CairnBounds``) is not there.
extension TestCA {
    /// All orders, oldest first (RFC 8555 §7.1.3).
    public var orders: [CairnOrder] { engine.orders(at: clock.now) }

    /// All authorizations with their challenges, oldest first (RFC 8555 §7.1.4).
    public var authorizations: [CairnAuthorization] { engine.authorizations(at: clock.now) }

    /// All certificates and their status, oldest first.
    public var certificates: [CairnCertificateRecord] { engine.certificates(at: clock.now) }

    /// The revocations of certificates that have not expired, oldest first.
    ///
    /// They are kept even when orders and certificates are forgotten (``CairnBounds/revocations``).
    public var revocations: [CairnRevocation] { engine.revocations(at: clock.now) }

    /// All objects at one instant, so that an order and its authorizations are consistent.
    public var snapshot: CairnSnapshot { engine.snapshot(at: clock.now) }
}

/// All accounts as they were when ``TestCA/accounts`` was read, oldest first (RFC 8555 §7.1.2).
extension TestCA.Accounts: RandomAccessCollection {
    /// 0.
    public var startIndex: Int { 0 }
    /// The number of accounts.
    public var endIndex: Int { views.value.count }
    /// The account that was created as number `position`, counted from 0.
    public subscript(position: Int) -> CairnAccount { views.value[position] }
}

/// The grants that held when ``TestCA/grants`` was read, oldest first.
extension TestCA.Grants: RandomAccessCollection {
    /// 0.
    public var startIndex: Int { 0 }
    /// How many grants there were.
    public var endIndex: Int { views.value.count }
    /// A grant by its place.
    public subscript(position: Int) -> CairnGrant { views.value[position] }
}

/// All keys as they were when ``TestCA/externalAccountKeys`` was read, in the order of their identifiers.
extension TestCA.ExternalAccountKeys: RandomAccessCollection {
    /// 0.
    public var startIndex: Int { 0 }
    /// How many keys there were.
    public var endIndex: Int { views.value.count }
    /// A key by its place.
    public subscript(position: Int) -> CairnExternalAccountKey { views.value[position] }
}

/// What a handle shows, which is made when somebody first looks: many handles are there for a verb alone.
final class OnDemand<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)
    private let make: @Sendable () -> Value

    init(_ make: @escaping @Sendable () -> Value) { self.make = make }

    var value: Value {
        made.withLock { made in
            if let made { return made }
            let value = make()
            made = value
            return value
        }
    }
}
