public import ACME
import Synchronization

/// Whether validations look at all, for each identifier.
///
///     ca.validation.standard = .approve
///     ca.validation["*.refused.test"] = .deny(Problem(.unauthorized, "not today"))
///
/// It is asked before anything else is done. An identifier's own entry is the strongest; then comes the nearest `*.`
/// above a name, which stands for all names below at any depth; then ``standard``.
public final class ValidationPolicy: Sendable {
    public enum Decision: Hashable, Sendable {
        /// Look, and decide by what is there.
        case probe
        /// Valid, without looking.
        case approve
        /// Invalid for this reason, without looking.
        case deny(Problem)
    }

    private struct State {
        var standard = Decision.probe
        var entries: [String: Decision] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    /// What is done with identifiers that have no entry; ``Decision/probe`` by default.
    public var standard: Decision {
        get { state.withLock { $0.standard } }
        set { state.withLock { $0.standard = newValue } }
    }

    /// The entry of a name, of all names below one (`*.example.test`), or of an address; `nil` removes it.
    public subscript(name: String) -> Decision? {
        get { state.withLock { $0.entries[Self.key(name)] } }
        set { state.withLock { $0.entries[Self.key(name)] = newValue } }
    }

    /// Forgets all entries and probes everything again.
    public func reset() {
        state.withLock { $0 = State() }
    }

    package func decision(for identifier: Identifier) -> Decision {
        state.withLock { state in
            let name = Self.key(identifier.value)
            if let own = state.entries[name] { return own }
            guard identifier.type == .dns else { return state.standard }
            var rest = name[...]
            while let dot = rest.firstIndex(of: ".") {
                rest = rest[rest.index(after: dot)...]
                if let above = state.entries["*.\(rest)"] { return above }
            }
            return state.standard
        }
    }

    private static func key(_ name: String) -> String {
        HostText.key(name)
    }
}
