public import CairnCertificates
public import CairnModel
import DequeModule

/// An order (RFC 8555 §7.1.3).
package struct Order: Sendable {
    package typealias ID = ResourceID<Order>

    package let id: ID
    package let account: Account.ID
    package let created: CairnInstant
    package internal(set) var state = OrderState()
    package internal(set) var expires: CairnInstant
    /// What is to be certified, in the order in which the client named it, each once.
    package let identifiers: [ACMEIdentifier]
    private let period: Shared<Period>?
    let sharedProfile: Shared<CairnCertificateProfile>
    /// The authorization of each identifier, in the same order.
    let proofs: [Authorization.ID]
    /// All of them, each once: one may be good for several identifiers.
    package let authorizations: [Authorization.ID]
    /// Whether whoever knows its URL may read it, with all that it leads to; otherwise its account alone.
    package let isPublic: Bool
    /// The certificate that it replaces (RFC 9773 §5).
    package let replaces: CertID?
    /// What the client wants to have certified, where it has sent that with the order.
    let sent: Shared<SentCSR>?
    /// The signing request in DER, once the client has sent it: with the order, or when it finalized.
    package internal(set) var csr: [UInt8]?
    private(set) var failure: Shared<ACMEProblem>?
    package internal(set) var certificate: Certificate.ID?
    /// The place of the order among all orders of the CA, from 0 on.
    package internal(set) var number = 0

    /// The validity that the client has asked for.
    private struct Period: Sendable {
        let notBefore: CairnInstant?
        let notAfter: CairnInstant?
    }

    init(
        id: ID, account: Account.ID, created: CairnInstant, expires: CairnInstant, identifiers: [ACMEIdentifier],
        notBefore: CairnInstant?, notAfter: CairnInstant?, sharedProfile: Shared<CairnCertificateProfile>,
        proofs: [Authorization.ID], authorizations: [Authorization.ID], isPublic: Bool, replaces: CertID?,
        sent: Shared<SentCSR>?
    ) {
        (self.id, self.account, self.created, self.expires) = (id, account, created, expires)
        (self.identifiers, self.proofs, self.authorizations) = (identifiers, proofs, authorizations)
        (self.isPublic, self.replaces, self.sent) = (isPublic, replaces, sent)
        self.sharedProfile = sharedProfile
        period =
            notBefore == nil && notAfter == nil ? nil : Shared(Period(notBefore: notBefore, notAfter: notAfter))
        csr = sent?.value.derEncoded
    }
}

// Large values that many orders share or few have: one word each in an order, which is copied often.
extension Order {
    /// The profile as it was when the order was placed.
    package var profile: CairnCertificateProfile { sharedProfile.value }

    /// The requested start of the certificate's validity, if any.
    package var notBefore: CairnInstant? { period?.value.notBefore }
    /// The requested end of it.
    package var notAfter: CairnInstant? { period?.value.notAfter }

    package internal(set) var error: ACMEProblem? {
        get { failure?.value }
        set { failure = newValue.map(Shared.init) }
    }
}

/// A certificate signing request as a client sent it, and what the certificate needs to know of how it came.
package struct SentCSR: Sendable {
    package let derEncoded: [UInt8]
    /// The URL of the account, as its owner knows it: what CAA records may name (RFC 8657 §3).
    package let accountURL: String
    /// Where the CA shows the issuer of leaves, for the certificate to say; `nil` says nothing.
    package let issuerURL: String?
    /// Where the CA tells what is revoked, for the certificate to say; `nil` says nothing.
    package let places: StatusPlaces?

    package init(derEncoded: [UInt8], accountURL: String, issuerURL: String? = nil, places: StatusPlaces? = nil) {
        (self.derEncoded, self.accountURL, self.issuerURL) = (derEncoded, accountURL, issuerURL)
        self.places = places
    }
}

/// The status of an order (RFC 8555 §7.1.6).
///
/// ```
///   pending ---------------+
///      |  all authorized   |
///      v                   |
///    ready ----------------+
///      |  finalized        |  failed: an authorization was refused or lost,
///      v                   |  the order expired, issuing went wrong
///  processing -------------+
///      |  issued           |
///      v                   v
///    valid              invalid
/// ```
/// Both ends are final: an issued order stays `valid` whatever becomes of its authorizations.
package struct OrderState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case pending, ready, processing, valid, invalid }
    package enum Event: CaseIterable, Sendable { case authorized, finalized, issued, failed }

    package let status: Status

    package init(_ status: Status = .pending) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch (status, event) {
        case (.pending, .authorized): .ready
        case (.ready, .finalized): .processing
        case (.processing, .issued): .valid
        case (.pending, .failed), (.ready, .failed), (.processing, .failed): .invalid
        case (.pending, .finalized), (.pending, .issued): nil
        case (.ready, .authorized), (.ready, .issued): nil
        case (.processing, .authorized), (.processing, .finalized): nil
        case (.valid, _), (.invalid, _): nil
        }
    }
}

/// An order as it was at one instant (RFC 8555 §7.1.3).
public struct CairnOrder: Hashable, Sendable, Identifiable {
    /// The last part of its URL.
    public let id: CairnObjectID
    /// When it was placed.
    public let created: CairnInstant
    /// `pending`, `ready`, `processing`, `valid` or `invalid` (RFC 8555 §7.1.6).
    public let status: ACMEStatus
    /// The account that placed it.
    public let account: CairnObjectID
    /// When it becomes invalid unless it is valid.
    public let expires: CairnInstant
    /// The identifiers, in the client's order.
    public let identifiers: [ACMEIdentifier]
    /// The requested start of the certificate's validity, if any.
    public let notBefore: CairnInstant?
    /// The requested end of the certificate's validity, if any.
    public let notAfter: CairnInstant?
    /// The name of the certificate profile (draft-ietf-acme-profiles).
    public let profile: String
    /// The certificate that it replaces (RFC 9773 §5).
    public let replaces: CairnSerialNumber?
    /// The authorizations that it depends on, without duplicates.
    public let authorizations: [CairnObjectID]
    /// Why it is `invalid`.
    public let error: ACMEProblem?
    /// The issued certificate; its URL ends like this order's.
    public let certificate: CairnSerialNumber?
    /// The world of its account; `nil` for the one without a prefix.
    public let world: String?

    init(_ order: Order, in world: String?) {
        self.world = world
        id = CairnObjectID(order.id)
        created = order.created
        status = ACMEStatus(order.state)
        account = CairnObjectID(order.account)
        (expires, notBefore, notAfter) = (order.expires, order.notBefore, order.notAfter)
        (identifiers, profile) = (order.identifiers, order.profile.name)
        replaces = order.replaces?.serialNumber
        authorizations = order.authorizations.map { CairnObjectID($0) }
        (error, certificate) = (order.error, order.certificate)
    }

    /// The same as JSON, without absent values.
    public var json: CairnJSON {
        var object: CairnJSONObject = ["id": id.json, "created": created.json, "status": status.json]
        object["account"] = account.json
        object["expires"] = expires.json
        object["identifiers"] = .array(identifiers.map(\.json))
        object["notBefore"] = notBefore?.json
        object["notAfter"] = notAfter?.json
        object["profile"] = .string(profile)
        object["replaces"] = replaces.map { .string("\($0)") }
        object["authorizations"] = .array(authorizations.map(\.json))
        object["error"] = error?.json
        object["certificate"] = certificate.map { .string("\($0)") }
        object["world"] = world.map(CairnJSON.string)
        return .object(object)
    }
}

/// All orders, by their ids, by their accounts, and by the sequence in which they were placed and finished.
struct OrderStore: Sendable {
    private var table: [Order.ID: Order] = [:]
    private var byAccount: [Account.ID: AccountOrders] = [:]
    /// In the order in which they were placed, finished ones among them.
    private var placed: Deque<Order.ID> = []
    /// Valid and invalid ones, in the order in which they were finished.
    private var finished: Deque<Order.ID> = []
    private var made = 0

    var count: Int { table.count }

    /// How many are valid or invalid.
    var finishedCount: Int { finished.count }

    /// How many are neither valid nor invalid.
    var unfinishedCount: Int { table.count - finished.count }

    /// In any order.
    var all: some Collection<Order> { table.values }

    subscript(id: Order.ID) -> Order? { table[id] }

    /// The orders of an account that are not invalid, oldest first.
    func ids(of account: Account.ID) -> [Order.ID] { byAccount[account]?.ids ?? [] }

    /// Some of them.
    func page(of account: Account.ID, from start: OrdersPage.Start, limit: Int, publicAlone: Bool) -> OrdersPage {
        (byAccount[account] ?? AccountOrders()).page(from: start, limit: limit, publicAlone: publicAlone)
    }

    /// The unfinished order of an account that another one would repeat.
    func order(of account: Account.ID, like reusable: ReusableOrder) -> Order? {
        byAccount[account]?.order(like: reusable).flatMap { table[$0] }
    }

    /// Puts a new order in, and gives it its number.
    ///
    /// - Parameter isOffered: whether ``order(of:like:)`` finds it as long as it is pending or ready.
    mutating func insert(_ order: Order, isOffered: Bool) {
        var order = order
        order.number = made
        made += 1
        table[order.id] = order
        byAccount[order.account, default: AccountOrders()].add(order)
        if isOffered { byAccount[order.account]?.offer(order) }
        placed.append(order.id)
        // Most orders end long before they are looked for here.
        if placed.count > 2 * unfinishedCount + 64 { placed.removeAll { table[$0]?.state.isFinal ?? true } }
    }

    /// Changes an order where it lies; `nil` if there is none.
    @discardableResult
    mutating func update<Value>(_ id: Order.ID, _ change: (inout Order) -> Value) -> Value? {
        guard let place = table.index(forKey: id) else { return nil }
        // Looked at where it lies: to read one member from outside is to copy it all.
        func apply(_ order: inout Order) -> (Value, isElsewhere: Bool) {
            let before = order.state.status
            let value = change(&order)
            return (value, order.state.status != before)
        }
        let (value, isElsewhere) = apply(&table.values[place])
        if isElsewhere { fileAnew(table.values[place]) }
        return value
    }

    private mutating func fileAnew(_ order: Order) {
        if order.state.status == .invalid { byAccount[order.account]?.remove(order) }
        if order.state.status != .ready { byAccount[order.account]?.withdraw(order) }
        if order.state.isFinal { finished.append(order.id) }
    }

    /// Forgets the order that was finished first; `nil` if there is none besides `kept`.
    mutating func removeFirstFinished(but kept: Order.ID?) -> Order? {
        guard finished.first != kept || kept == nil, let id = finished.popFirst(),
            let order = table.removeValue(forKey: id)
        else { return nil }
        byAccount[order.account]?.remove(order)
        return order
    }

    /// Forgets an order, whatever its status; `nil` if there is none.
    mutating func remove(_ id: Order.ID) -> Order? {
        guard let order = table.removeValue(forKey: id) else { return nil }
        byAccount[order.account]?.withdraw(order)
        byAccount[order.account]?.remove(order)
        if order.state.isFinal { finished.removeAll { $0 == id } }
        return order
    }

    /// Takes out of the sequence the unfinished order that was placed first; `nil` if there is none before `kept`.
    mutating func nextUnfinished(but kept: Order.ID?) -> Order.ID? {
        while let oldest = placed.first, oldest != kept {
            placed.removeFirst()
            if table[oldest]?.state.isFinal == false { return oldest }
        }
        return nil
    }
}

/// The orders of one account.
private struct AccountOrders: Sendable {
    /// An order and the running number that a page of the orders list begins with.
    private struct Reference: Sendable {
        var number: Int
        var id: Order.ID
        var isPublic: Bool
    }

    private var references: Deque<Reference> = []
    /// The orders that may be handed out again, by what they are for.
    private var reusable: [ReusableOrder: Order.ID] = [:]

    var ids: [Order.ID] { references.map(\.id) }

    func page(from start: OrdersPage.Start, limit: Int, publicAlone: Bool) -> OrdersPage {
        let first: Int
        var left = 0
        switch start {
        case .cursor(let number): first = index(from: number)
        case .page(let number):
            // What a client says may be any number.
            let (product, isTooFar) = (number - 1).multipliedReportingOverflow(by: limit)
            (first, left) = (references.startIndex, isTooFar ? references.count : product)
        }
        var rest = references[first...].lazy.filter { $0.isPublic || !publicAlone }.dropFirst(left).makeIterator()
        var page: [Order.ID] = []
        while page.count < limit, let next = rest.next() { page.append(next.id) }
        return OrdersPage(orders: page, next: rest.next()?.number)
    }

    func order(like reusable: ReusableOrder) -> Order.ID? { self.reusable[reusable] }

    mutating func offer(_ order: Order) { reusable[ReusableOrder(order)] = order.id }

    /// Notes that an order is beyond the point at which it could be handed out again.
    mutating func withdraw(_ order: Order) {
        guard !reusable.isEmpty else { return }
        let key = ReusableOrder(order)
        if reusable[key] == order.id { reusable[key] = nil }
    }

    mutating func add(_ order: Order) {
        references.append(Reference(number: order.number, id: order.id, isPublic: order.isPublic))
    }

    mutating func remove(_ order: Order) {
        let place = index(from: order.number)
        if place < references.endIndex, references[place].number == order.number { references.remove(at: place) }
    }

    /// The place of the first order with that number or a higher one.
    private func index(from number: Int) -> Int {
        var (low, high) = (references.startIndex, references.endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if references[middle].number >= number { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// What makes one order as good as another: the set of names, and the profile.
struct ReusableOrder: Hashable, Sendable {
    private let identifiers: Set<ACMEIdentifier>
    private let profile: String

    init(_ identifiers: [ACMEIdentifier], under profile: String) {
        (self.identifiers, self.profile) = (Set(identifiers), profile)
    }

    init(_ order: Order) {
        self.init(order.identifiers, under: order.profile.name)
    }
}

/// One page of an orders list (RFC 8555 §7.1.2.1).
package struct OrdersPage: Sendable {
    package let orders: [Order.ID]
    /// Where the next page begins; `nil` on the last one.
    package let next: Int?

    /// Where a page begins.
    package enum Start: Sendable {
        /// With the first order whose number is that or higher.
        case cursor(Int)
        /// Behind the pages before it, which are counted from 1 on.
        case page(Int)
    }
}

extension Engine {
    /// The order with that id, for the account it belongs to, or for whoever knows its URL if `account` is `nil`.
    ///
    /// This counts as a poll (``CairnPace/afterPolls(_:)``).
    package func order(_ id: Order.ID, for account: Account.ID?, at now: CairnInstant) throws(Refusal) -> Order {
        try transact(at: now) { (state) throws(Refusal) in
            let order = try state.order(id, of: account)
            return state.poll(id, at: now) ? try state.order(id, of: account) : order
        }
    }

    /// A page of the account's orders, oldest first, without the invalid ones (RFC 8555 §7.1.2.1).
    ///
    /// - Parameter publicAlone: whether only those are shown that whoever knows their URL may read.
    package func orders(
        of account: Account.ID, from start: OrdersPage.Start = .cursor(0), publicAlone: Bool = false,
        at now: CairnInstant
    ) throws(Refusal) -> OrdersPage {
        try transact(at: now) { (state) throws(Refusal) in
            _ = try state.validAccount(account)
            return state.orders.page(
                of: account, from: start, limit: max(1, state.policy.ordersPerPage), publicAlone: publicAlone)
        }
    }
}

extension State {
    /// Refuses a reader who has no business with an object: another account than its own, or nobody in particular where it
    /// is not public.
    func require(
        _ reader: Account.ID?, toBe owner: Account.ID, orAnybodyIf isPublic: Bool,
        for object: @autoclosure () -> String,
        _ kind: ACMEEndpoint
    ) throws(Refusal) {
        guard reader != owner else { return }
        guard reader == nil else {
            throw Refusal(
                .unauthorized, "\(object()) belongs to another account (RFC 8555 §6.2)", cause: .notOwner(kind))
        }
        guard isPublic else {
            throw Refusal(
                .unauthorized,
                "\(object()) is for its account alone: expected a request that the account signed, got an unsigned one "
                    + "(RFC 8555 §6.2)")
        }
    }
}

extension State {
    func order(_ id: Order.ID, of account: Account.ID?) throws(Refusal) -> Order {
        guard let order = orders[id] else {
            throw Refusal(.malformed, "there is no order \"\(id)\"", cause: .unknownObject, facts: ["\(id)"])
        }
        try require(account, toBe: order.account, orAnybodyIf: order.isPublic, for: "order \"\(id)\"", .order)
        return order
    }

    /// Takes an arrow that is known to be there; elsewhere the order stays as it is.
    @discardableResult
    mutating func change(_ id: Order.ID, _ event: OrderState.Event, at now: CairnInstant) -> Bool {
        guard let before = orders[id]?.state.status,
            orders.update(id, { (try? $0.state.handle(event)) != nil }) == true, let order = orders[id]
        else { return false }
        note(.order, id.description, order.identifiers, from: before.rawValue, to: order.state.status.rawValue, at: now)
        if event == .authorized, order.sent != nil { issueUnasked(id) }
        if order.state.status == .invalid, let replaced = order.replaces {
            certificates.unmarkReplaced(replaced.serialNumber, by: id)
        }
        if order.state.isFinal {
            held[.order(id)] = nil
            for authorization in order.authorizations { authorizations.update(authorization) { $0.release(id) } }
            forgetFinishedOrders()
        }
        return true
    }

    /// Makes an order invalid for a reason that the client can read, unless it is finished.
    mutating func fail(_ id: Order.ID, _ problem: ACMEProblem, at now: CairnInstant) {
        guard let order = orders[id], !order.state.isFinal else { return }
        orders.update(id) { $0.error = problem }
        change(id, .failed, at: now)
    }

    /// Makes an order ready once all its authorizations are valid.
    mutating func advanceIfAuthorized(_ id: Order.ID, at now: CairnInstant) {
        guard let order = orders[id], order.state.status == .pending,
            order.authorizations.allSatisfy({ authorizations[$0]?.state.status == .valid })
        else { return }
        settle(.readiness, of: .order(id), at: now)
    }

    mutating func expire(_ id: Order.ID, at due: CairnInstant) {
        guard let order = orders[id] else { return }
        fail(id, ACMEProblem(.malformed, "the order expired at \(order.expires) (RFC 8555 §7.1.6)"), at: due)
    }
}
