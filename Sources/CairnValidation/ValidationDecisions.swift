public import CairnModel
import Synchronization

/// Which identifiers are approved or denied without looking, changed while the CA runs.
///
/// ```swift
/// ca.validation.standard = .approve
/// ca.validation["*.refused.test"] = .deny(ACMEProblem(.unauthorized, "not today"))
/// ```
///
/// It is consulted before a validation and before CAA records are rechecked. An identifier's own entry wins, then the
/// nearest `*.` above it, which covers all names below at any depth, then ``standard``.
///
/// An entry for a remote perspective (RFC 8555 §10.2) overrides all others:
///
/// ```swift
/// ca.validation["www.example.test", from: "eu"] = .deny(ACMEProblem(.connection, "timed out"))
/// ```
public final class CairnValidationDecisions: Sendable {
    /// The decision for an identifier.
    public enum Decision: Hashable, Sendable {
        /// Validate by probing.
        case probe
        /// Valid without probing.
        case approve
        /// Invalid without probing, with this problem.
        case deny(ACMEProblem)
    }

    fileprivate struct State {
        var standard = Decision.probe
        var entries: [Key: Decision] = [:]
    }

    fileprivate struct Key: Hashable {
        var name: CairnNamePattern
        /// `nil` for all perspectives.
        var perspective: String?

        init(_ name: CairnNamePattern, from perspective: String? = nil) {
            (self.name, self.perspective) = (name, perspective)
        }
    }

    private let state = Mutex(State())

    /// Validates everything.
    public init() {}

    /// The decision for identifiers without an entry; ``Decision/probe`` by default.
    public var standard: Decision {
        get { state.withLock { $0.standard } }
        set { state.withLock { $0.standard = newValue } }
    }

    /// The entry for a name, an address, or all names below one (`*.example.test`); `nil` removes it.
    public subscript(name: CairnNamePattern) -> Decision? {
        get { state.withLock { $0.entries[Key(name)] } }
        set { state.withLock { $0.entries[Key(name)] = newValue } }
    }

    /// The entry for a name, an address, or all names below one, for one remote perspective; `nil` removes it.
    public subscript(name: CairnNamePattern, from perspective: String) -> Decision? {
        get { state.withLock { $0.entries[Key(name, from: perspective)] } }
        set { state.withLock { $0.entries[Key(name, from: perspective)] = newValue } }
    }

    /// All entries, by name and perspective; `nil` is for all perspectives.
    package var entries: [(name: CairnNamePattern, perspective: String?, decision: Decision)] {
        state.withLock { $0.entries }.map { ($0.name, $0.perspective, $1) }
    }

    /// Replaces everything at once.
    package func set(
        standard: Decision, _ entries: [(name: CairnNamePattern, perspective: String?, decision: Decision)]
    ) {
        var new = State(standard: standard)
        for entry in entries { new.entries[Key(entry.name, from: entry.perspective)] = entry.decision }
        state.withLock { $0 = new }
    }

    /// Forgets all entries and probes everything again.
    public func reset() { set(standard: .probe, []) }

    /// - Parameter perspective: the remote perspective that looks; `nil` for the primary one.
    package func decision(for identifier: ACMEIdentifier, from perspective: String? = nil) -> Decision {
        state.withLock { state in
            if let perspective, let own = state.entry(for: identifier, from: perspective) { return own }
            return state.entry(for: identifier, from: nil) ?? state.standard
        }
    }
}

extension CairnValidationDecisions.State {
    /// The entry of an identifier, or the nearest above it.
    fileprivate func entry(for identifier: ACMEIdentifier, from perspective: String?) -> CairnValidationDecisions
        .Decision?
    {
        guard !entries.isEmpty else { return nil }
        return CairnNamePattern.matching(identifier).lazy.compactMap {
            entries[CairnValidationDecisions.Key($0, from: perspective)]
        }.first
    }
}
