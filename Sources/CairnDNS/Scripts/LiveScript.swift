import CairnModel

/// Who asks, and when.
struct ScriptedQuestion {
    var type: CairnDNSType
    var source: CairnDNSQuery.Source
    /// `nil` for the primary one, and for clients.
    var perspective: String?
    var now: CairnInstant
}

/// What scripts do about one name.
struct ScriptedAnswer {
    /// What comes in place of the records; `nil` for the records.
    var action: CairnDNSEffect.Action?
    /// The type of records that are hidden, where that is the action; `nil` for all.
    var hiddenType: CairnDNSType?
    /// When records must have been written at the latest to be there; `nil` for all that are.
    var latest: CairnInstant?
    var delay = Duration.zero
    var isTruncated = false
    var negativeTTL: Duration?
    /// The names of the scripts that did something, the newest first.
    var names: [String] = []
}

/// The scripts of a table, in the order in which they were added.
struct ScriptList {
    private var scripts: [LiveScript] = []
    private var count = 0

    var isEmpty: Bool { scripts.isEmpty }
    var records: [CairnDNSScriptRecord] { scripts.map(\.record) }

    /// Adds a script, in the place of one of the same name.
    ///
    /// - Returns: the name that it goes by.
    mutating func add(_ script: CairnDNSScript, at now: CairnInstant) -> String {
        var name = script.name ?? ""
        while name.isEmpty || script.name == nil && contains(name) {
            count += 1
            name = "s\(count)"
        }
        remove(name)
        scripts.append(LiveScript(script, name: name, at: now))
        return name
    }

    private func contains(_ name: String) -> Bool { scripts.contains { $0.name.isSame(as: name) } }

    @discardableResult
    mutating func remove(_ name: String) -> Bool {
        guard contains(name) else { return false }
        scripts.removeAll { $0.name.isSame(as: name) }
        return true
    }

    mutating func resetCounters() {
        for index in scripts.indices { scripts[index].resetCounters() }
    }

    /// Looks at a name of a question; what scripts do to it counts as done.
    mutating func consider(_ name: DNSName, _ question: ScriptedQuestion) -> ScriptedAnswer {
        var answer = ScriptedAnswer()
        for index in scripts.indices.reversed() {
            guard let firing = scripts[index].consider(name.key, question) else { continue }
            guard firing.action.alters || answer.action == nil else { continue }
            scripts[index].commit(firing)
            answer.names.append(scripts[index].name)
            switch firing.action {
            case .propagation(let duration):
                let latest = question.now - duration
                answer.latest = answer.latest.map { min($0, latest) } ?? latest
            case .delay(let duration): answer.delay = (answer.delay + duration.saturated).saturated
            case .truncate: answer.isTruncated = true
            // The newest script says it.
            case .negativeTTL(let duration): answer.negativeTTL = answer.negativeTTL ?? duration
            case .code, .timeout, .lame, .hide, .answer, .pass:
                answer.action = firing.action
                answer.hiddenType = scripts[index].type
            }
        }
        return answer
    }
}

/// A script that is in effect, and how far it has come.
private struct LiveScript {
    /// How far the count for one thing, or for all questions, has come.
    private struct Cursor {
        /// How many questions matched.
        var matched = 0
        /// The step that is next; past the last one when there is no more.
        var step = 0
        /// How often that step happened.
        var times = 0
    }

    /// What a script is about to do; done with ``LiveScript/commit(_:)``.
    struct Firing {
        let action: CairnDNSEffect.Action
        fileprivate let key: String?
    }

    let name: String
    private let script: CairnDNSScript
    private let end: CairnInstant?
    /// The name, or the name above all that it is for, by its key; `nil` for all.
    private let owner: DNSName?
    private let isBelow: Bool
    private var common = Cursor()
    private var cursors: [String: Cursor] = [:]
    private var matched = 0
    private var fired = 0

    /// So many things are counted for at most; then the counts begin anew.
    private static let mostCounts = 10_000

    init(_ script: CairnDNSScript, name: String, at now: CairnInstant) {
        var script = script
        script.name = name
        (self.script, self.name) = (script, name)
        end =
            switch script.until {
            case .at(let instant): instant
            case .after(let duration): now + duration
            case nil: nil
            }
        isBelow = script.condition.name?.isBelow ?? false
        owner = script.condition.name.map { pattern in
            let name = DNSName(pattern.description).key
            return pattern.isBelow ? name.parent ?? name : name
        }
    }

    var type: CairnDNSType? { script.condition.type }

    func matches(_ key: DNSName, _ question: ScriptedQuestion) -> Bool {
        let condition = script.condition
        if let type = condition.type, type != question.type { return false }
        if !condition.sources.isEmpty, !condition.sources.contains(question.source) { return false }
        if !condition.perspectives.isEmpty {
            guard question.source == .validation else { return false }
            let asking = question.perspective ?? CairnDNSScript.Condition.primary
            guard condition.perspectives.contains(where: { $0.isSame(as: asking) }) else { return false }
        }
        guard let owner else { return true }
        return isBelow ? key.labels.count > owner.labels.count && key.isAtOrBelow(owner) : key == owner
    }

    /// Looks at a name of a question, and says what is to be done to it; `nil` for nothing.
    mutating func consider(_ key: DNSName, _ question: ScriptedQuestion) -> Firing? {
        if let end, question.now >= end { return nil }
        guard matches(key, question) else { return nil }
        let counted: String? =
            switch script.each {
            case .name: key.description
            case .perspective: question.source == .validation ? question.perspective ?? "" : "\(question.source)"
            case nil: nil
            }
        matched += 1
        var cursor = counted.map { cursors[$0] ?? Cursor() } ?? common
        cursor.matched += 1
        store(cursor, counted)
        let number = cursor.matched - max(0, script.after)
        guard cursor.step < script.effect.steps.count, number > 0, number.isMultiple(of: script.every) else {
            return nil
        }
        return Firing(action: script.effect.steps[cursor.step].action, key: counted)
    }

    private mutating func store(_ cursor: Cursor, _ key: String?) {
        guard let key else { return common = cursor }
        if cursors.count >= Self.mostCounts, cursors[key] == nil { cursors = [:] }
        cursors[key] = cursor
    }

    /// What the script was about to do is done.
    mutating func commit(_ firing: Firing) {
        fired += 1
        var cursor = firing.key.map { cursors[$0] ?? Cursor() } ?? common
        cursor.times += 1
        if let times = script.effect.steps[cursor.step].times, cursor.times >= times {
            (cursor.step, cursor.times) = (cursor.step + 1, 0)
        }
        store(cursor, firing.key)
    }

    mutating func resetCounters() {
        (common, cursors, matched, fired) = (Cursor(), [:], 0, 0)
    }

    var record: CairnDNSScriptRecord {
        CairnDNSScriptRecord(script: script, matched: matched, fired: fired, left: left)
    }

    private var left: Int? {
        guard script.each == nil else { return nil }
        var left = 0
        for step in script.effect.steps.dropFirst(common.step) {
            guard let times = step.times else { return nil }
            // A step may come as often as an integer can say.
            left = left.addingReportingOverflow(times).overflow ? .max : left + times
        }
        return left - common.times
    }
}
