public import CairnModel

/// One thing that the fake DNS does out of turn: for which questions, when, and what.
///
/// ```swift
/// CairnDNSScript(.code(.serverFailure).times(2), for: "_acme-challenge.example.test", type: .txt)
/// CairnDNSScript(.hide, for: "*.example.test", type: .txt, lasting: .seconds(30))
/// ```
///
/// It is looked at for the name of the question and again for every name that a CNAME leads to, before failures and
/// records are. The words are those of ``CairnRule``: where scripts answer in place of the records the newest does that has
/// hits left; where they alter the answer (``CairnDNSEffect/propagation(_:)``, ``CairnDNSEffect/delay(_:)``, ``CairnDNSEffect/truncate``,
/// ``CairnDNSEffect/negativeTTL(_:)``) all do. It has a JSON form of the same words.
public struct CairnDNSScript: Hashable, Sendable {
    /// By what it is listed and removed; `nil` gives it a number when it is added.
    public var name: String?
    /// The questions that it is for.
    public var condition: Condition
    /// For which things there is a count of its own; `nil` counts all questions together.
    public var each: Each?
    /// How many questions that match it lets pass first.
    public var after: Int
    /// Of the questions that match it takes one in so many: with 5 the fifth, the tenth and so on.
    public var every: Int
    /// When it ends; `nil` for never.
    public var until: CairnRule.End?
    /// Whether a scope may end before it did anything.
    public var isOptional: Bool
    /// What it does.
    public var effect: CairnDNSEffect

    /// Which questions a script is for; all of it has to be true.
    public struct Condition: Hashable, Sendable {
        /// The name, or all names below one (`*.example.test`); `nil` for all.
        public var name: CairnNamePattern?
        /// The type; `nil` for all.
        public var type: CairnDNSType?
        /// Who asks; empty for all.
        public var sources: [CairnDNSQuery.Source]
        /// The perspectives of the CA that ask, ``primary`` being the first; empty for all, and for clients.
        public var perspectives: [String]

        /// All questions, unless told otherwise.
        public init(
            name: CairnNamePattern? = nil, type: CairnDNSType? = nil, sources: [CairnDNSQuery.Source] = [],
            perspectives: [String] = []
        ) {
            (self.name, self.type, self.sources, self.perspectives) = (name, type, sources, perspectives)
        }

        /// What the perspective goes by from which the CA looks first.
        public static let primary = "primary"
    }

    /// What questions can have a count of their own for.
    public enum Each: String, CaseIterable, Sendable {
        /// Each name that is asked for, or that a CNAME leads to.
        case name
        /// Each perspective of the CA; clients count together.
        case perspective
    }

    /// Makes a script, which takes effect when it is added to a ``CairnDNSTable``.
    ///
    /// - Parameters:
    ///   - pattern: the name, or all names below one (`*.example.test`); `nil` for all.
    ///   - type: the type of the questions; `nil` for all.
    ///   - sources: who asks; empty for all.
    ///   - perspectives: the perspectives of the CA that ask; empty for all, and for clients.
    ///   - after: how many questions that match it lets pass first; 0 at least.
    ///   - every: of how many questions that match it takes one; 1 at least.
    ///   - instant: when it ends, by the clock of the CA.
    ///   - duration: how long after it was added it ends, by the clock of the CA.
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

/// What a script does: one thing, or several in turn.
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

    /// The same, so many times and then no more; of a sequence it is the last step that this is said of.
    ///
    /// - Parameter count: at least 1.
    public func times(_ count: Int) -> CairnDNSEffect {
        var effect = self
        if let last = effect.steps.indices.last { effect.steps[last].times = max(1, count) }
        return effect
    }

    /// This, and another thing once it has happened as often as it should: once, unless ``times(_:)`` says more.
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

    /// No answer at all.
    ///
    /// A validation finds that its time for lookups has run out, and does not wait for it.
    public static let timeout = CairnDNSEffect(.timeout)

    /// A server that is named for the zone and knows nothing of it: no records, no authority, and a referral to the root.
    ///
    /// A validation finds that nobody answers for the zone (`SERVFAIL`), as a resolver does.
    public static let lame = CairnDNSEffect(.lame)

    /// As if the records of the name were not there yet, those of the script's type or, if it has none, all.
    ///
    /// With ``times(_:)`` the name is right after so many questions, with an end of the script after some time, however long
    /// ago its records were written: ``propagation(_:)`` counts from that.
    public static let hide = CairnDNSEffect(.hide)

    /// Other records than the name has; a CNAME among them is followed.
    public static func answer(_ records: [CairnDNSRecord]) -> CairnDNSEffect { CairnDNSEffect(.answer(records)) }

    /// Nothing happens: a step that lets questions pass.
    public static let pass = CairnDNSEffect(.pass)

    // MARK: On the answer

    /// Each record is there only so long after it was written, by the clock of the CA.
    ///
    /// What the name had before is there meanwhile. A record that is written again, with the same type and data, is there
    /// all along; what is removed is gone at once.
    public static func propagation(_ duration: Duration) -> CairnDNSEffect {
        CairnDNSEffect(.propagation(max(.zero, duration)))
    }

    /// The answer comes that much later, in real time.
    ///
    /// A validation, which finds its answers in the process, does not wait: it takes a delay that is as long as its timeout
    /// (``CairnProbeSettings/timeout``) for ``timeout``, and does not notice a shorter one.
    public static func delay(_ duration: Duration) -> CairnDNSEffect { CairnDNSEffect(.delay(max(.zero, duration))) }

    /// An answer over UDP has no records and the flag `TC`, so that the client has to ask again over TCP (RFC 2181 §9).
    ///
    /// A validation does that by itself.
    public static let truncate = CairnDNSEffect(.truncate)

    /// A negative answer may be kept that long: that is what its SOA says (RFC 2308 §4).
    public static func negativeTTL(_ duration: Duration) -> CairnDNSEffect {
        CairnDNSEffect(.negativeTTL(max(.zero, duration)))
    }
}

/// A script of a table, and what became of it so far.
public struct CairnDNSScriptRecord: Hashable, Sendable, CustomStringConvertible {
    /// The script, with the name that it goes by.
    public var script: CairnDNSScript
    /// How many questions came that it is for; a CNAME chain may make several of one.
    public var matched: Int
    /// How often it did something.
    public var fired: Int
    /// How often it will do something yet; `nil` if there is no end to it, or one for each thing that it counts for.
    public var left: Int?

    /// One line for people: `s1: fired 2 times, 3 questions matched, 1 left`.
    public var description: String {
        let end = left.map { ", \($0) left" } ?? ""
        return "\(script.name ?? "a script"): fired \(fired) times, \(matched) questions matched\(end)"
    }
}
