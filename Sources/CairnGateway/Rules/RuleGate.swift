import Synchronization

/// Where requests or answers wait until they are let go, by a rule or by whoever made it.
package final class RuleGate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [@Sendable () -> Void] = []
        /// Who wants to know when so many wait.
        var watchers: [(count: Int, tell: @Sendable () -> Void)] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Whether it was opened, for good.
    package var isOpen: Bool { state.withLock { $0.isOpen } }

    /// How many wait.
    package var waiting: Int { state.withLock { $0.waiting.count } }

    /// Calls `proceed` when the gate opens: at once if it is open.
    package func wait(_ proceed: @escaping @Sendable () -> Void) {
        var told: [@Sendable () -> Void] = []
        let isOpen = state.withLock { state in
            if state.isOpen { return true }
            state.waiting.append(proceed)
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
        for proceed in waiting { proceed() }
        for tell in watchers { tell() }
    }
}
