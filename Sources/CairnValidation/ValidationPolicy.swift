public import CairnModel
import Synchronization

/// Whether validations look at all, for each identifier.
///
/// ```swift
/// ca.validation.standard = .approve
/// ca.validation["*.refused.test"] = .deny(ACMEProblem(.unauthorized, "not today"))
/// ```
///
/// It is asked before anything else is done, and before CAA records are checked once more. An identifier's own entry is the
/// strongest; then comes the nearest `*.` above a name, which stands for all names below at any depth; then ``standard``.
///
/// An entry for a remote perspective (RFC 8555 §10.2) is stronger than all that are not:
///
/// ```swift
/// ca.validation["www.example.test", from: "eu"] = .deny(ACMEProblem(.connection, "timed out"))
/// ```
public final class CairnValidationPolicy: Sendable {
    /// What a validation does.
    public enum Decision: Hashable, Sendable {
        /// Look, and decide by what is there.
        case probe
        /// Valid, without looking.
        case approve
        /// Invalid for this reason, without looking.
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

    /// Every validation looks.
    public init() {}

    /// What is done with identifiers that have no entry; ``Decision/probe`` by default.
    public var standard: Decision {
        get { state.withLock { $0.standard } }
        set { state.withLock { $0.standard = newValue } }
    }

    /// The entry of a name, of all names below one (`*.example.test`), or of an address; `nil` removes it.
    public subscript(name: CairnNamePattern) -> Decision? {
        get { state.withLock { $0.entries[Key(name)] } }
        set { state.withLock { $0.entries[Key(name)] = newValue } }
    }

    /// The entry of a name, of all names below one, or of an address, for one remote perspective; `nil` removes it.
    public subscript(name: CairnNamePattern, from perspective: String) -> Decision? {
        get { state.withLock { $0.entries[Key(name, from: perspective)] } }
        set { state.withLock { $0.entries[Key(name, from: perspective)] = newValue } }
    }

    /// All entries, by name and perspective; `nil` is for all perspectives.
    package var entries: [(name: CairnNamePattern, perspective: String?, decision: Decision)] {
        state.withLock { $0.entries }.map { ($0.name, $0.perspective, $1) }
    }

    /// Forgets all entries and probes everything again.
    public func reset() {
        state.withLock { $0 = State() }
    }

    /// - Parameter perspective: the remote perspective that looks; `nil` for the primary one.
    package func decision(for identifier: ACMEIdentifier, from perspective: String? = nil) -> Decision {
        state.withLock { state in
            if let perspective, let own = state.entry(for: identifier, from: perspective) { return own }
            return state.entry(for: identifier, from: nil) ?? state.standard
        }
    }
}

extension CairnValidationPolicy.State {
    /// The entry of an identifier, or the nearest above it.
    fileprivate func entry(for identifier: ACMEIdentifier, from perspective: String?) -> CairnValidationPolicy.Decision?
    {
        guard !entries.isEmpty else { return nil }
        return CairnNamePattern.matching(identifier).lazy.compactMap {
            entries[CairnValidationPolicy.Key($0, from: perspective)]
        }.first
    }
}
