public import CairnModel
import Synchronization

/// The fake DNS of a CA.
///
/// Validations resolve names through this table only. The DNS server answers from the same table, so that a client's
/// own checks see what the CA will see.
///
/// ```swift
/// ca.dns["www.example.test"] = [.a("127.0.0.1")]
/// ca.dns.add(.txt("…"), to: "_acme-challenge.example.test")
/// ca.dns.setFailure(.serverFailure, for: "broken.example.test")
/// ca.dns.script(.timeout.times(2), for: "slow.example.test")
/// ```
///
/// It can also be changed by dynamic updates, if ``updates`` allows them (RFC 2136).
///
/// **Names** are case-insensitive, and the trailing dot is optional (RFC 4343, RFC 1034 §3.1). A name that no message
/// can carry, such as one with a label of 64 octets, can be set but answers `FORMERR`.
///
/// **What overrides what**, from the strongest to the weakest, for the name of the question and again for every name that
/// a CNAME leads to:
/// 1. a script (``script(_:)``) that answers in place of the records;
/// 2. a failure set with ``setFailure(_:for:type:)``;
/// 3. a CNAME record of the name, whatever else the name has, unless CNAME is what was asked for;
/// 4. the records of the name;
/// 5. the records of the wildcard that covers it. By RFC 4592 that is `*.` and the longest existing name above it; a name
///    that has records, or that has names with records below it, is covered by none;
/// 6. the default addresses ``defaultIPv4`` and ``defaultIPv6``, unless 4 or 5 gave the name an A, AAAA or CNAME record.
///    So a name with a TXT record only still has the default addresses, and one with an A record only has no AAAA;
/// 7. nothing: the name exists without records of the type (`NODATA`) if it has other records, if a name below it has
///    some, or if a default address is set. Otherwise it does not exist (`NXDOMAIN`).
///
/// Names below `arpa` and the root never have default addresses.
///
/// **Zones**: the SOA that goes with a negative answer is that of the nearest name with a SOA record, or that ``updates``
/// names as a zone. Where there is none, the last two labels of a name are taken for its zone, with a made-up SOA that also
/// answers questions for it.
///
/// **Perspectives**: a remote perspective of the CA (RFC 8555 §10.2) sees this table too, but for what its ``view(_:)``
/// puts in the place of it.
public final class CairnDNSTable: Sendable {
    struct State {
        var zone: Zone
        /// What each perspective sees in another way.
        var views: [WireText: ZoneOverlay] = [:]
        var queries: BoundedHistory<CairnDNSQuery>
        var updateHistory: BoundedHistory<CairnDNSUpdate>
        var scripts = ScriptList()
        var updates = CairnDNSUpdates()

        mutating func record(_ answer: DNSAnswer, for asker: DNSAsker, at now: CairnInstant) {
            queries.append { number in
                CairnDNSQuery(
                    number: number, at: now, name: answer.question.description, type: answer.type,
                    questionClass: asker.questionClass.rawValue, source: asker.source, client: asker.client,
                    key: asker.key, perspective: asker.perspective, outcome: answer.outcome, reason: answer.reason,
                    records: answer.records, scripts: answer.scripts, delay: answer.delay, userAgent: asker.userAgent)
            }
        }
    }

    let state: Mutex<State>
    let now: @Sendable () -> CairnInstant
    private let manner: Manner

    /// - Parameters:
    ///   - queryLimit: the maximum number of entries in ``queries`` and in ``updateHistory``.
    ///   - now: the current time; by default always 1970-01-01T00:00:00Z.
    public convenience init(
        queryLimit: Int = 10_000,
        now: @escaping @Sendable () -> CairnInstant = { CairnInstant(secondsSinceEpoch: 0) }
    ) {
        self.init(answering: .zones, queryLimit: queryLimit, now: now)
    }

    /// - Parameter manner: how questions are answered from the records.
    package init(
        answering manner: Manner, queryLimit: Int = 10_000,
        now: @escaping @Sendable () -> CairnInstant = { CairnInstant(secondsSinceEpoch: 0) }
    ) {
        self.manner = manner
        state = Mutex(
            State(
                zone: Zone(defaultIPv4: .loopbackV4, defaultIPv6: nil), queries: BoundedHistory(limit: queryLimit),
                updateHistory: BoundedHistory(limit: queryLimit)))
        self.now = now
    }

    // MARK: Records

    /// The records of a name; setting `[]` removes it.
    ///
    /// Wildcards and default addresses are not included.
    public subscript(name: String) -> [CairnDNSRecord] {
        get { state.withLock { $0.zone[DNSName(name)] ?? [] } }
        set {
            let now = now()
            state.withLock { $0.zone.set(newValue.isEmpty ? nil : newValue, at: DNSName(name), now) }
        }
    }

    /// The names with records, in lower case and alphabetical order.
    public var names: [String] {
        state.withLock { $0.zone.names }.map(\.description).sorted()
    }

    /// Adds a record to a name.
    ///
    /// A record with the same type and data is replaced (RFC 2181 §5).
    public func add(_ record: CairnDNSRecord, to name: String) {
        edit(name) { $0.add(record, at: $1) }
    }

    /// Adds records to a name.
    public func add(_ records: [CairnDNSRecord], to name: String) {
        edit(name) { set, now in
            for record in records { set.add(record, at: now) }
        }
    }

    /// Replaces all records of the same type.
    ///
    /// With TXT it imitates clients that, for an order with both `example.test` and `*.example.test`, overwrite the
    /// first value at their common `_acme-challenge` name.
    public func replace(with record: CairnDNSRecord, at name: String) {
        edit(name) { $0.replace(with: record, at: $1) }
    }

    /// Removes the record with the same type and data, whatever its time to live.
    public func remove(_ record: CairnDNSRecord, from name: String) {
        edit(name) { set, _ in set.remove(record.content) }
    }

    /// Removes all records of a name, or those of a type.
    public func removeAll(at name: String, type: CairnDNSType? = nil) {
        edit(name) { set, _ in set.removeAll { type == nil || $0.type == type } }
    }

    private func edit(_ name: String, _ change: (inout RecordSet, _ now: CairnInstant) -> Void) {
        let (name, now) = (DNSName(name), now())
        state.withLock { $0.zone.edit(name) { change(&$0, now) } }
    }

    /// Removes all records, failures, scripts and views, and resets the default addresses to `127.0.0.1` and `nil`.
    ///
    /// Keeps the history (see ``clearQueries()``) and ``updates``.
    public func reset() {
        state.withLock { state in
            state.zone = Zone(defaultIPv4: .loopbackV4, defaultIPv6: nil)
            state.zone.hosting = state.updates.hosting
            state.views = [:]
            state.scripts = ScriptList()
        }
    }

    /// Forgets the history too and who may send updates, and counts the questions from 1 again.
    package func beginAnew() {
        updates = CairnDNSUpdates()
        reset()
        state.withLock { state in
            state.queries.beginAnew()
            state.updateHistory.beginAnew()
        }
    }

    // MARK: Perspectives

    /// The view of a remote perspective, which overrides this table.
    ///
    /// - Parameter perspective: the name of a configured perspective.
    public func view(_ perspective: String) -> CairnDNSView {
        CairnDNSView(of: self, from: perspective)
    }

    // MARK: Defaults

    /// The IPv4 address of names without address and CNAME records; `127.0.0.1` by default.
    ///
    /// While this or ``defaultIPv6`` is set, every name exists. Traps if set to an IPv6 address.
    public var defaultIPv4: CairnIPAddress? {
        get { state.withLock { $0.zone.defaultIPv4 } }
        set {
            precondition(newValue?.isV6 != true, "the default IPv4 address cannot be an IPv6 address")
            state.withLock { $0.zone.defaultIPv4 = newValue }
        }
    }

    /// The IPv6 address of names without address and CNAME records; `nil` by default.
    ///
    /// Traps if set to an IPv4 address.
    public var defaultIPv6: CairnIPAddress? {
        get { state.withLock { $0.zone.defaultIPv6 } }
        set {
            precondition(newValue?.isV6 != false, "the default IPv6 address cannot be an IPv4 address")
            state.withLock { $0.zone.defaultIPv6 = newValue }
        }
    }

    // MARK: Failures

    /// Makes queries for a name fail, whatever its records, including when a CNAME record leads to it.
    ///
    /// A name that begins with `*.` covers all names below it, at any depth, without their own failure. A failure for
    /// one type overrides one for all types.
    ///
    /// - Parameters:
    ///   - code: ``CairnDNSResponseCode/nameError`` makes the name nonexistent; ``CairnDNSResponseCode/noError`` makes it exist
    ///     without records; any other code is answered as it is.
    ///   - type: the query type; `nil` for all types.
    public func setFailure(_ code: CairnDNSResponseCode, for name: String, type: CairnDNSType? = nil) {
        state.withLock { $0.zone.failures.set(code, for: DNSName(name), type: type) }
    }

    /// Removes the failure set for the same name and type.
    public func clearFailure(for name: String, type: CairnDNSType? = nil) {
        state.withLock { $0.zone.failures.set(nil, for: DNSName(name), type: type) }
    }

    /// The questions that fail, in the order of the names.
    package var failures: [(name: String, type: CairnDNSType?, code: CairnDNSResponseCode)] {
        state.withLock { $0.zone.failures.all }
    }

    // MARK: Scripts

    /// Adds a script that changes answers.
    ///
    /// A script of the same name is replaced.
    ///
    /// - Returns: the name of the script: its own, or `s` and a number.
    @discardableResult
    public func script(_ script: CairnDNSScript) -> String {
        let now = now()
        return state.withLock { $0.scripts.add(script, at: now) }
    }

    /// Adds a script that changes answers; see
    /// ``CairnDNSScript/init(_:for:type:sources:perspectives:each:after:every:until:lasting:isOptional:name:)``.
    ///
    /// ```swift
    /// ca.dns.script(.hide.times(3), for: "_acme-challenge.example.test", type: .txt)
    /// ```
    ///
    /// - Returns: the name of the script: its own, or `s` and a number.
    @discardableResult
    public func script(
        _ effect: CairnDNSEffect, for pattern: CairnNamePattern? = nil, type: CairnDNSType? = nil,
        sources: [CairnDNSQuery.Source] = [], perspectives: [String] = [], each: CairnDNSScript.Each? = nil,
        after: Int = 0, every: Int = 1, until instant: CairnInstant? = nil, lasting duration: Duration? = nil,
        isOptional: Bool = false, name: String? = nil
    ) -> String {
        script(
            CairnDNSScript(
                effect, for: pattern, type: type, sources: sources, perspectives: perspectives, each: each,
                after: after, every: every, until: instant, lasting: duration, isOptional: isOptional, name: name))
    }

    /// The scripts with their counters, in the order in which they were added.
    public var scripts: [CairnDNSScriptRecord] { state.withLock { $0.scripts.records } }

    /// The scripts that never fired and are not optional.
    ///
    /// With `CairnTesting`, a test that ends with one fails.
    public var unfiredScripts: [CairnDNSScriptRecord] { scripts.filter { $0.fired == 0 && !$0.script.isOptional } }

    /// Removes a script; `false` if there is none with that name.
    @discardableResult
    public func removeScript(_ name: String) -> Bool { state.withLock { $0.scripts.remove(name) } }

    /// Removes all scripts.
    public func removeScripts() { state.withLock { $0.scripts = ScriptList() } }

    /// Resets the counters of all scripts; their end times stay.
    public func resetScripts() { state.withLock { $0.scripts.resetCounters() } }

    // MARK: Updates

    /// Who may update the table over DNS (RFC 2136) and transfer zones; nobody by default.
    public var updates: CairnDNSUpdates {
        get { state.withLock { $0.updates } }
        set {
            state.withLock { state in
                state.updates = newValue
                state.zone.hosting = newValue.hosting
            }
        }
    }

    /// The dynamic updates so far, including refused ones, oldest first.
    ///
    /// Beyond the limit given to ``init(queryLimit:now:)`` the oldest are dropped.
    public var updateHistory: [CairnDNSUpdate] { state.withLock { $0.updateHistory.all } }

    // MARK: History

    /// The queries so far, oldest first.
    ///
    /// Beyond the limit given to ``init(queryLimit:now:)`` the oldest are dropped.
    public var queries: [CairnDNSQuery] {
        state.withLock { $0.queries.all }
    }

    /// The queries for a name so far, oldest first; names are case-insensitive.
    public func queries(for name: String) -> [CairnDNSQuery] {
        let key = DNSName(name).key
        return queries.filter { DNSName($0.name).key == key }
    }

    /// Clears the history of queries and updates; numbering continues.
    public func clearQueries() {
        state.withLock { state in
            state.queries.clear()
            state.updateHistory.clear()
        }
    }

    /// Clears the queries for a name; names are case-insensitive, and numbering continues.
    public func clearQueries(for name: String) {
        let key = DNSName(name).key
        state.withLock { $0.queries.removeAll { DNSName($0.name).key == key } }
    }

    // MARK: Questions

    /// Answers a question of the CA and enters it in the history.
    ///
    /// - Parameters:
    ///   - perspective: the remote perspective that asks; `nil` for the primary one.
    ///   - patience: how long is waited for an answer; `nil` for as long as it takes. An answer that scripts delay so long is
    ///     ``CairnDNSOutcome/timedOut``.
    package func lookup(
        _ name: String, _ type: CairnDNSType, from perspective: String? = nil, patience: Duration? = nil
    ) -> DNSAnswer {
        resolve(DNSName(name), type, for: DNSAsker(.validation, perspective: perspective), patience: patience)
    }

    func resolve(
        _ name: DNSName, _ type: CairnDNSType, for asker: DNSAsker, patience: Duration? = nil
    ) -> DNSAnswer {
        let now = now()
        return state.withLock { state in
            let overlay = asker.perspective.flatMap { state.views[WireText($0)] }
            var answer: DNSAnswer
            if manner == .flat {
                answer = state.zone.resolveFlat(name, type)
            } else if state.scripts.isEmpty {
                answer =
                    overlay.map { OverlaidZone(base: state.zone, overlay: $0).resolve(name, type) }
                    ?? state.zone.resolve(name, type)
            } else {
                let question = ScriptedQuestion(
                    type: type, source: asker.source, perspective: asker.perspective, now: now)
                // Taken out, so that what they count is not copied for every question.
                var scripts = ScriptList()
                swap(&scripts, &state.scripts)
                let consider: (DNSName) -> ScriptedAnswer = { scripts.consider($0, question) }
                answer =
                    overlay.map { OverlaidZone(base: state.zone, overlay: $0).resolve(name, type, consider) }
                    ?? state.zone.resolve(name, type, consider)
                swap(&scripts, &state.scripts)
            }
            if let patience, answer.delay >= patience { answer.timeOut(after: patience) }
            state.record(answer, for: asker, at: now)
            return answer
        }
    }

    /// Enters a question that is not answered from the zone.
    func refuse(
        _ question: DNSMessage.Question, _ code: CairnDNSResponseCode, _ reason: String? = nil, for asker: DNSAsker
    ) {
        let now = now()
        var answer = DNSAnswer(question: question.name, type: question.type, outcome: .failed(code))
        answer.reason = reason
        state.withLock { $0.record(answer, for: asker, at: now) }
    }
}
