public import CairnModel
import HTTPTypes
import Synchronization

/// Where requests or answers wait until they are let go, by a rule or by whoever made it.
package final class RuleGate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [Waiter] = []
        /// Who wants to know when so many wait.
        var watchers: [(count: Int, tell: @Sendable () -> Void)] = []
    }

    private struct Waiter {
        /// `nil` for what is no request of ACME.
        let request: CairnHeldRequest?
        let proceed: @Sendable () -> Void
    }

    private let state = Mutex(State())

    package init() {}

    /// Whether it was opened, for good.
    package var isOpen: Bool { state.withLock { $0.isOpen } }

    /// How many wait.
    package var waiting: Int { state.withLock { $0.waiting.count } }

    /// Who waits, in the order in which they came.
    package var requests: [CairnHeldRequest] { state.withLock { $0.waiting.compactMap(\.request) } }

    /// Calls `proceed` when the gate opens: at once if it is open.
    package func wait(as request: CairnHeldRequest? = nil, _ proceed: @escaping @Sendable () -> Void) {
        var told: [@Sendable () -> Void] = []
        let isOpen = state.withLock { state in
            if state.isOpen { return true }
            state.waiting.append(Waiter(request: request, proceed: proceed))
            let count = state.waiting.count
            told = state.watchers.filter { $0.count <= count }.map(\.tell)
            state.watchers.removeAll { $0.count <= count }
            return false
        }
        if isOpen { proceed() }
        for tell in told { tell() }
    }

    /// Calls `tell` as soon as so many wait, or the gate is open.
    package func whenWaiting(_ count: Int, _ tell: @escaping @Sendable () -> Void) {
        let isSo = state.withLock { state in
            if state.isOpen || state.waiting.count >= count { return true }
            state.watchers.append((count, tell))
            return false
        }
        if isSo { tell() }
    }

    /// Lets all go that wait, in the order in which they came, and holds nothing from now on.
    package func open() {
        let (waiting, watchers) = state.withLock { state in
            defer { state = State(isOpen: true) }
            return (state.waiting, state.watchers.map(\.tell))
        }
        for waiter in waiting { waiter.proceed() }
        for tell in watchers { tell() }
    }
}

/// A request that a rule holds at its gate, or whose answer it holds there.
public struct CairnHeldRequest: Hashable, Sendable, CustomStringConvertible {
    /// The name of the rule, by which ``CairnRules/release(_:)`` lets it go.
    public var rule: String
    /// Its number, as the journal will have it.
    public var request: Int
    /// What it is for; `nil` for a path that leads nowhere.
    public var endpoint: ACMEEndpoint?
    /// Its method, such as `POST`.
    public var method: String
    /// Its path and its query, as they came.
    public var path: String
    /// The account that signed it, as the last part of its URL; `nil` if nothing of it has been looked at, and where no
    /// account signs.
    public var account: String?
    /// When it came in, or was let go by the gate before this one.
    public var since: CairnInstant
    /// Whether it was carried out, and its answer waits; otherwise nothing has happened yet.
    public var isCarriedOut: Bool

    /// All of it as management has it.
    public var json: CairnJSON {
        var object: CairnJSONObject = [
            "rule": .string(rule), "request": .integer(request), "method": .string(method), "path": .string(path),
            "since": .string(since.rfc3339), "isCarriedOut": .bool(isCarriedOut),
        ]
        object["endpoint"] = endpoint.map { .string($0.rawValue) }
        object["account"] = account.map(CairnJSON.string)
        return .object(object)
    }

    /// `gate: request 7, POST /new-order, since 2030-01-01T00:00:00Z`.
    public var description: String {
        "\(rule): \(isCarriedOut ? "the answer to " : "")request \(request), \(method) \(path), since \(since)"
    }
}

extension Exchange {
    /// The request as it waits at the gate of a rule.
    func held(by rule: String, isCarriedOut: Bool) -> CairnHeldRequest {
        CairnHeldRequest(
            rule: rule, request: number, endpoint: endpoint, method: request.head.method.rawValue,
            path: request.head.path ?? "", account: signer.map { "\($0)" }, since: now, isCarriedOut: isCarriedOut)
    }
}
