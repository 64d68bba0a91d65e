public import CairnModel

/// A script that makes the fake DNS deviate: for which queries, when, and how.
///
/// ```swift
/// CairnDNSScript(.code(.serverFailure).times(2), for: "_acme-challenge.example.test", type: .txt)
/// CairnDNSScript(.hide, for: "*.example.test", type: .txt, lasting: .seconds(30))
/// ```
///
/// It applies to the queried name and to every name that a CNAME leads to, before failures and records. The vocabulary
/// is that of ``CairnRule``: if several scripts could answer in place of the records, the newest that has not run out
/// does; scripts that alter the answer (``CairnDNSEffect/propagation(_:)``, ``CairnDNSEffect/delay(_:)``,
/// ``CairnDNSEffect/truncate``, ``CairnDNSEffect/negativeTTL(_:)``) all apply. Scripts have a JSON form with the same
/// vocabulary.
public struct CairnDNSScript: Hashable, Sendable {
    /// The name by which it is listed and removed; `nil` is replaced by a number when it is added.
    public var name: String?
    /// The queries that it applies to.
    public var condition: Condition
    /// What queries are counted by; `nil` counts all queries together.
    public var each: Each?
    /// How many matching queries to let pass first.
    public var after: Int
    /// Fires for every n-th matching query: with 5 the fifth, the tenth and so on.
    public var every: Int
    /// When it ends; `nil` means never.
    public var until: CairnRule.End?
    /// Whether a test may end without it having fired.
    public var isOptional: Bool
    /// What it does.
    public var effect: CairnDNSEffect

    /// The queries that a script applies to; all parts have to match.
    public struct Condition: Hashable, Sendable {
        /// The name, or all names below one (`*.example.test`); `nil` for all.
        public var name: CairnNamePattern?
        /// The type; `nil` for all.
        public var type: CairnDNSType?
        /// The sources of the queries; empty for all.
        public var sources: [CairnDNSQuery.Source]
        /// The perspectives of the CA, including ``primary``; empty for all, and for clients.
        public var perspectives: [String]

        /// Creates a condition, by default for all queries.
        public init(
            name: CairnNamePattern? = nil, type: CairnDNSType? = nil, sources: [CairnDNSQuery.Source] = [],
            perspectives: [String] = []
        ) {
            (self.name, self.type, self.sources, self.perspectives) = (name, type, sources, perspectives)
        }

        /// The name of the primary perspective.
        public static let primary = "primary"
    }

    /// What queries can be counted by.
    public enum Each: String, CaseIterable, Sendable {
        /// Each queried name, including those that a CNAME leads to.
        case name
        /// Each perspective of the CA; clients count together.
        case perspective
    }

    /// Creates a script, which takes effect when it is added to a ``CairnDNSTable``.
    ///
    /// - Parameters:
    ///   - pattern: the name, or all names below one (`*.example.test`); `nil` for all.
    ///   - type: the query type; `nil` for all.
    ///   - sources: the sources of the queries; empty for all.
    ///   - perspectives: the perspectives of the CA; empty for all, and for clients.
    ///   - after: how many matching queries to let pass first; at least 0.
    ///   - every: fires for every n-th matching query; at least 1.
    ///   - instant: when it ends, on the CA's clock.
    ///   - duration: how long after being added it ends, on the CA's clock.
    public init(
        _ effect: CairnDNSEffect, for pattern: CairnNamePattern? = nil, type: CairnDNSType? = nil,
        sources: [CairnDNSQuery.Source] = [], perspectives: [String] = [], each: Each? = nil, after: Int = 0,
        every: Int = 1, until instant: CairnInstant? = nil, lasting duration: Duration? = nil,
        isOptional: Bool = false, name: String? = nil
    ) {
        self.name = name
        self.isOptional = isOptional
        condition = Condition(name: pattern, type: type, sources: sources, perspectives: perspectives)
        self.each = each
        (self.after, self.every) = (max(0, after), max(1, every))
        until = instant.map(CairnRule.End.at) ?? duration.map(CairnRule.End.after)
        self.effect = effect
    }
}

/// What a script does: one effect, or several in turn.
///
/// ```swift
/// .timeout                                            // as long as the script is there
/// .code(.serverFailure).times(2)                      // twice, then the DNS behaves
/// .timeout.times(1).then(.answer([.txt("wrong")]))    // once, and then a wrong answer each time
/// ```
public struct CairnDNSEffect: Hashable, Sendable {
    /// One thing, and how often before the next comes.
    package struct Step: Hashable, Sendable {
        package var action: Action
        /// `nil` goes on for ever.
        package var times: Int?

        package init(_ action: Action, times: Int? = nil) { (self.action, self.times) = (action, times) }
    }

    package enum Action: Hashable, Sendable {
        case code(CairnDNSResponseCode)
        case timeout
        case lame
        case hide
        case answer([CairnDNSRecord])
        case pass
        case propagation(Duration)
        case delay(Duration)
        case truncate
        case negativeTTL(Duration)

        /// The name of its member in the JSON form.
        package var name: String {
            switch self {
            case .code: "code"
            case .timeout: "timeout"
            case .lame: "lame"
            case .hide: "hide"
            case .answer: "answer"
            case .pass: "pass"
            case .propagation: "propagation"
            case .delay: "delay"
            case .truncate: "truncate"
            case .negativeTTL: "negativeTTL"
            }
        }

        /// Whether it leaves the answer and alters it, so that others may too.
        var alters: Bool {
            switch self {
            case .propagation, .delay, .truncate, .negativeTTL: true
            case .code, .timeout, .lame, .hide, .answer, .pass: false
            }
        }
    }

    package var steps: [Step]

    package init(_ action: Action) { steps = [Step(action)] }
    package init(steps: [Step]) { self.steps = steps }

    /// Limits the effect to `count` times; in a sequence, its last step.
    ///
    /// - Parameter count: at least 1.
    public func times(_ count: Int) -> CairnDNSEffect {
        var effect = self
        if let last = effect.steps.indices.last { effect.steps[last].times = max(1, count) }
        return effect
    }

    /// Continues with another effect after this one has happened once, or as often as ``times(_:)`` says.
    public func then(_ next: CairnDNSEffect) -> CairnDNSEffect {
        var effect = self
        if let last = effect.steps.indices.last { effect.steps[last].times = effect.steps[last].times ?? 1 }
        effect.steps += next.steps
        return effect
    }

    // MARK: In place of the records

    /// A response code and no records.
    ///
    /// ``CairnDNSResponseCode/nameError`` makes the name nonexistent, ``CairnDNSResponseCode/noError`` makes it exist without
    /// records; any other code is answered as it is.
    public static func code(_ code: CairnDNSResponseCode) -> CairnDNSEffect { CairnDNSEffect(.code(code)) }

    /// Does not answer.
    ///
    /// Validations time out immediately, without waiting.
    public static let timeout = CairnDNSEffect(.timeout)

    /// Answers like a lame server: no records, no authority, and a referral to the root.
    ///
    /// Validations see `SERVFAIL`, as from a resolver.
    public static let lame = CairnDNSEffect(.lame)

    /// Hides the name's records of the script's type, or all of them if the script has no type.
    ///
    /// With ``times(_:)`` they appear after some queries; with an end of the script, after some time.
    /// ``propagation(_:)`` counts from when they were written.
    public static let hide = CairnDNSEffect(.hide)

    /// Answers with other records; a CNAME among them is followed.
    public static func answer(_ records: [CairnDNSRecord]) -> CairnDNSEffect { CairnDNSEffect(.answer(records)) }

    /// Does nothing: a step that lets queries pass.
    public static let pass = CairnDNSEffect(.pass)

    // MARK: On the answer

    /// Makes each record appear only some time after it was written, on the CA's clock.
    ///
    /// Earlier records remain visible meanwhile. A record that is rewritten with the same type and data stays visible;
    /// removed records disappear at once.
    public static func propagation(_ duration: Duration) -> CairnDNSEffect {
        CairnDNSEffect(.propagation(max(.zero, duration)))
    }

    /// Delays the answer, in real time.
    ///
    /// Validations do not wait: they treat a delay of at least ``CairnProbeSettings/timeout`` as ``timeout`` and ignore
    /// shorter ones.
    public static func delay(_ duration: Duration) -> CairnDNSEffect { CairnDNSEffect(.delay(max(.zero, duration))) }

    /// Truncates answers over UDP: no records and the flag `TC`, so that the client retries over TCP (RFC 2181 §9).
    ///
    /// Validations retry on their own.
    public static let truncate = CairnDNSEffect(.truncate)

    /// Sets how long negative answers may be cached, in their SOA (RFC 2308 §4).
    public static func negativeTTL(_ duration: Duration) -> CairnDNSEffect {
        CairnDNSEffect(.negativeTTL(max(.zero, duration)))
    }
}

/// A script of a table with its counters.
public struct CairnDNSScriptRecord: Hashable, Sendable, CustomStringConvertible {
    /// The script, including its name.
    public var script: CairnDNSScript
    /// The number of matching queries; a CNAME chain may count several times.
    public var matched: Int
    /// How often it has fired.
    public var fired: Int
    /// How often it can still fire; `nil` if that is unlimited or counted per object.
    public var left: Int?

    /// One line of text: `s1: fired 2 times, 3 questions matched, 1 left`.
    public var description: String {
        let end = left.map { ", \($0) left" } ?? ""
        return "\(script.name ?? "a script"): fired \(fired) times, \(matched) questions matched\(end)"
    }
}
