public import CairnDNS
public import CairnModel

extension ACMEChallengeType {
    /// A persistent TXT record at `_validation-persist` (draft-ietf-acme-dns-persist).
    ///
    /// Only offered if a list of challenge types such as ``CairnPolicy/challengeTypes`` includes it.
    public static let dnsPersist01 = ACMEChallengeType(rawValue: "dns-persist-01")
}

/// The challenge `dns-persist-01` (draft-ietf-acme-dns-persist-00 to -02).
///
/// There is no token. One of the TXT records at `_validation-persist` and the name must authorize the account, in the form
/// of a CAA record (RFC 8659 §4.2):
///
/// ```
/// _validation-persist.example.org. TXT "cairn.test; accounturi=https://ca.example.test/account/1; policy=wildcard"
/// ```
///
/// Versions of the draft differ in how the account is named and in what follows: see ``CairnPersistForm``.
package struct DNSPersist01: ValidatedKind {
    package let type = ACMEChallengeType.dnsPersist01
    package let showsControlOfZone = true
    package let hasToken = false
    package let isMetInAdvance = true
    private static let document = "draft-ietf-acme-dns-persist"

    /// Names and wildcards; addresses have no zone here.
    package func fits(_ identifier: ACMEIdentifier) -> Bool { identifier.type == .dns }

    package func members(of challenge: ShownChallenge) -> CairnJSONObject { challenge.persist?.members ?? [:] }

    package func validation(
        of attempt: ValidationAttempt, from perspective: String?, _ settings: CairnProbeSettings
    ) -> any Validation {
        guard fits(attempt.identifier) else { return Unvalidatable(unfit: attempt, section: Self.document) }
        guard let terms = attempt.persist else {
            return Unvalidatable(
                problem: ACMEProblem(.serverInternal, "nobody said how \(type) is to be met (\(Self.document))"))
        }
        return PersistValidation(attempt, terms)
    }

    static func recordName(for name: String) -> String { "_validation-persist.\(name)" }
}

/// A validation that looks for a record that authorizes the account, at a name and perhaps at those above.
///
/// | what came | problem |
/// |---|---|
/// | `SERVFAIL`, `NXDOMAIN`, `REFUSED`, … | `dns` |
/// | no record that begins with a name of the CA | `unauthorized` |
/// | one that does, and cannot be read | `malformed` |
/// | one that does, for another account, too late, or not for wildcards | `unauthorized` |
///
/// One good record is enough, whatever the others say.
private struct PersistValidation: Validation {
    private let attempt: ValidationAttempt
    private let terms: PersistTerms
    /// The names that a record can be at, the nearest first.
    private var names: [String]
    private var lookups: [String] = []
    /// What was found at the name itself.
    private var failure: ACMEProblem?

    init(_ attempt: ValidationAttempt, _ terms: PersistTerms) {
        (self.attempt, self.terms) = (attempt, terms)
        names = [attempt.identifier.value]
        guard terms.coversSubdomains else { return }
        names += attempt.identifier.namesAbove.filter { $0.utf8.contains(UInt8(ascii: ".")) }
    }

    mutating func start() -> ValidationAction { .lookUp(DNSPersist01.recordName(for: names[0]), .txt) }

    mutating func answered(_ answer: DNSAnswer) -> ValidationAction {
        lookups.append(answer.words)
        let name = names.removeFirst()
        switch reading(answer, at: name) {
        case .success(let limits): return .finished(verdict(.valid, limits))
        case .failure(let problem): failure = failure ?? problem
        }
        if let next = names.first { return .lookUp(DNSPersist01.recordName(for: next), .txt) }
        return .spot(text: wanted(at: attempt.identifier.value), below: attempt.identifier.value)
    }

    mutating func spotted(_ found: [String]) -> ValidationAction {
        var problem = failure ?? ACMEProblem(.serverInternal, "a validation ended without a reason")
        let place = DNSPersist01.recordName(for: attempt.identifier.value)
        if let other = found.first(where: { !$0.isSameIgnoringCase(as: place) }) {
            problem.detail += "; the right text stands at \(other): expected it at \(place)"
        }
        return .finished(verdict(.invalid(problem), nil))
    }

    private func verdict(_ outcome: Verdict.Outcome, _ limits: ProofLimits?) -> Verdict {
        var step = CairnProbeEvent.Step(host: attempt.identifier.value)
        step.lookups = lookups
        var verdict = Verdict(outcome, steps: [step])
        verdict.limits = limits
        return verdict
    }

    /// What a record at a name should say.
    private func wanted(at name: String) -> String {
        PersistentRecordText(
            issuer: terms.issuerDomainNames[0], accountURI: terms.accountURIs(at: name).first ?? "",
            isWildcard: attempt.isWildcard || name != attempt.identifier.value
        ).description
    }

    // MARK: Records

    private func reading(_ answer: DNSAnswer, at name: String) -> Result<ProofLimits, ACMEProblem> {
        switch answer.outcome {
        case .nameError, .failed, .timedOut:
            return .failure(
                ACMEProblem(
                    .dns, "DNS problem: \(answer); expected the TXT record \"\(wanted(at: name))\" (\(section("4")))"))
        case .noData:
            return .failure(unauthorized("no TXT record found", at: name, section("4.2")))
        case .found: break
        }
        let reader = PersistentRecordReader(
            terms: terms, name: name, needsWildcard: attempt.isWildcard || name != attempt.identifier.value,
            now: attempt.begun)
        var worst: PersistentRecordReader.Objection?
        for record in answer.records {
            switch reader.read(record.text ?? "") {
            case .success: return .success(limits(of: record, in: answer))
            case .failure(let objection): if worst.map({ $0 < objection }) ?? true { worst = objection }
            }
        }
        guard let worst else { return .failure(unauthorized("no TXT record found", at: name, section("4.2"))) }
        switch worst.grade {
        case .foreign: return .failure(unauthorized(worst.words, at: name, worst.section))
        case .unreadable, .malformed:
            return .failure(
                ACMEProblem(
                    .malformed,
                    "the TXT record at \(DNSPersist01.recordName(for: name)) cannot be read: \(worst.words); expected "
                        + "\"\(wanted(at: name))\" (\(worst.section))"))
        case .unauthorized: return .failure(unauthorized(worst.words, at: name, worst.section))
        }
    }

    private func unauthorized(_ words: String, at name: String, _ section: String) -> ACMEProblem {
        ACMEProblem(
            .unauthorized,
            "\(words) at \(DNSPersist01.recordName(for: name)): expected \"\(wanted(at: name))\" (\(section))")
    }

    private func section(_ number: String) -> String { PersistentRecordReader.section(number) }

    /// How long the proof counts (§7.8 of draft 01, §4.1 of draft 02).
    private func limits(of record: CairnDNSRecord, in answer: DNSAnswer) -> ProofLimits {
        if terms.form == .draft02 {
            return ProofLimits(end: (try? IssueValue(parsing: Array((record.text ?? "").utf8)))?.end)
        }
        let times = [record.timeToLive] + answer.chain.map(\.record.timeToLive)
        return ProofLimits(reuse: times.min())
    }
}

/// Reads a record for an account, and says what stands against it.
private struct PersistentRecordReader {
    let terms: PersistTerms
    /// The name that the record is for.
    let name: String
    let needsWildcard: Bool
    let now: CairnInstant

    /// Why a record does not authorize the account; of several records, the greatest is told.
    struct Objection: Error, Comparable {
        enum Grade: Int { case foreign, unreadable, unauthorized, malformed }

        let grade: Grade
        let words: String
        let section: String

        static func < (left: Objection, right: Objection) -> Bool { left.grade.rawValue < right.grade.rawValue }
    }

    static func section(_ number: String) -> String { "draft-ietf-acme-dns-persist §\(number)" }

    func read(_ text: String) -> Result<IssueValue, Objection> {
        let octets = Array(text.utf8)
        // Whose it is can be told of a record that cannot be read otherwise.
        let beginning = octets.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != 0x20 && $0 != 0x09 }
        let issuer = String(decoding: beginning, as: UTF8.self)
        let isOurs = terms.issuerDomainNames.contains { $0.isSameIgnoringCase(as: issuer) }
        let value: IssueValue
        do { value = try IssueValue(parsing: octets) } catch {
            let words = "\(error.reason) in \"\(Excerpt.of(octets))\""
            return objection(isOurs ? .malformed : .unreadable, words, "RFC 8659 §4.2")
        }
        guard isOurs else {
            let names = terms.issuerDomainNames.map(\.quoted).joined(separator: ", ")
            return objection(
                .foreign, "no TXT record for this CA found, whose names are \(names), but \"\(Excerpt.of(octets))\"",
                Self.section("4.3.2"))
        }
        return read(value, octets)
    }

    private func read(_ value: IssueValue, _ octets: [UInt8]) -> Result<IssueValue, Objection> {
        let got = "in \"\(Excerpt.of(octets))\""
        var tags: Set<String> = []
        if let twice = value.parameters.first(where: { !tags.insert($0.tag.lowercasedASCII).inserted }) {
            return objection(.malformed, "\(twice.tag.quoted) stands there twice \(got)", Self.section("9.3.1"))
        }
        guard let account = value.values(of: "accounturi").first else {
            return objection(.malformed, "there is no \"accounturi\" \(got)", Self.section("4.1"))
        }
        if let flaw = terms.flaw(ofAccountURI: account) { return objection(.malformed, flaw, Self.section("9.3.1")) }
        if let until = value.values(of: "persistUntil").first {
            guard let end = value.end else {
                return objection(
                    .malformed, "\"persistUntil\" is \(until.quoted), and no number of seconds", Self.section("4.1"))
            }
            guard now <= end else {
                return objection(
                    .unauthorized, "the TXT record found was good until \(end), and it is \(now)", Self.section("4.1"))
            }
        }
        let expected = terms.accountURIs(at: name)
        guard expected.contains(where: { $0.isSame(as: account) }) else {
            return objection(
                .unauthorized,
                "the TXT record found names another account, \(account.quoted)\(hint(account, expected))",
                Self.section("4.1"))
        }
        guard !needsWildcard || value.coversWildcards else {
            return objection(
                .unauthorized, "the TXT record found is for the name \(name.quoted) alone, without \"policy=wildcard\"",
                Self.section("5.1"))
        }
        return .success(value)
    }

    private func objection(
        _ grade: Objection.Grade, _ words: String, _ section: String
    ) -> Result<IssueValue, Objection> {
        .failure(Objection(grade: grade, words: words, section: section))
    }

    /// What may be the mistake in the URI of an account.
    private func hint(_ account: String, _ expected: [String]) -> String {
        if expected.contains(where: { $0.isSameIgnoringCase(as: account) }) {
            return ", which is the right one with the case of letters changed"
        }
        if expected.contains(where: { account.isSame(as: $0 + "/") }) { return ", which has a slash too many" }
        if terms.form == .draft02 { return ", or the hash was made of another domain, key or URL" }
        return ""
    }
}

extension IssueValue {
    /// Whether it holds for wildcards and names below, too (§5.1).
    fileprivate var coversWildcards: Bool {
        values(of: "policy").contains { $0.isSameIgnoringCase(as: "wildcard") }
    }

    /// The last second in which it is good; `nil` if it has none, or one that is no number (§4.1).
    fileprivate var end: CairnInstant? {
        guard let text = values(of: "persistUntil").first, !text.isEmpty,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return CairnInstant(secondsSinceEpoch: min(Int64(text) ?? .max, CairnInstant.latestWritten.secondsSinceEpoch))
    }
}

/// The text of a persistent record.
private struct PersistentRecordText: CustomStringConvertible {
    let issuer: String
    let accountURI: String
    var isWildcard = false
    var until: CairnInstant?

    var description: String {
        "\(issuer); accounturi=\(accountURI)" + (isWildcard ? "; policy=wildcard" : "")
            + (until.map { "; persistUntil=\($0.secondsSinceEpoch)" } ?? "")
    }
}

/// A TXT record that authorizes an account for a name (draft-ietf-acme-dns-persist §4.1).
public struct CairnPersistentRecord: Hashable, Sendable {
    /// The name of the record: `_validation-persist.www.example.test`.
    public let name: String
    /// The text of the record.
    public let text: String

    /// - Parameters:
    ///   - name: the domain name, for a wildcard without its `*.`.
    ///   - isWildcard: whether it has `policy=wildcard`.
    ///   - until: its `persistUntil`, in whole seconds.
    package init(_ terms: PersistTerms, for name: String, isWildcard: Bool = false, until: CairnInstant? = nil) {
        let domain = name.lowercasedASCII
        self.name = DNSPersist01.recordName(for: domain)
        text =
            PersistentRecordText(
                issuer: terms.issuerDomainNames[0], accountURI: terms.accountURIs(at: domain).first ?? "",
                isWildcard: isWildcard, until: until
            ).description
    }

    /// The DNS record, in character-strings of at most 255 octets (RFC 1035 §3.3).
    public func record(timeToLive: Duration = .zero) -> CairnDNSRecord {
        var rest = Array(text.utf8)[...]
        var strings: [String] = []
        while !rest.isEmpty {
            strings.append(String(decoding: rest.prefix(255), as: UTF8.self))
            rest = rest.dropFirst(255)
        }
        return CairnDNSRecord(.txt(strings), timeToLive: timeToLive)
    }
}
