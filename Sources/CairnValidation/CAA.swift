import CairnDNS
import CairnModel

/// Whether CAA records let the CA issue (RFC 8659, RFC 8657).
///
/// The records of the name decide; if it has none, those of the nearest name above it, up to but not including the root.
/// CNAME records are followed at each of these names, and the way up goes on from the name itself (RFC 8659 §3). Where no
/// name has a record, any CA may issue. Addresses have no CAA records.
///
/// | what came | problem |
/// |---|---|
/// | a lookup that failed before any records were found: `SERVFAIL`, `REFUSED`, … | `dns` |
/// | records that do not let this CA issue, by this method or to this account | `caa` |
struct CAA: Sendable {
    /// What is to be done next.
    enum Action: Hashable, Sendable {
        /// Ask the DNS for CAA records of this name, then call ``CAA/answered(_:)``.
        case lookUp(String)
        case finished(Verdict)
    }

    private let check: CAACheck
    /// The name whose records are looked for.
    private var name: DNSName
    private var step: CairnProbeEvent.Step

    init(_ check: CAACheck) {
        self.check = check
        name = DNSName(check.identifier.value)
        step = CairnProbeEvent.Step(host: check.identifier.value)
    }

    mutating func start() -> Action {
        check.identifier.type == .dns ? .lookUp(name.description) : .finished(.valid)
    }

    mutating func answered(_ answer: DNSAnswer) -> Action {
        step.lookups.append(answer.words)
        switch answer.outcome {
        case .failed, .timedOut:
            return finish(
                .invalid(
                    ACMEProblem(
                        .dns,
                        "DNS problem: \(answer); expected CAA records, or the news that there are none, before a "
                            + "certificate for \(check.name) (RFC 8659 §3)")))
        case .noData, .nameError:
            guard let parent = name.parent, !parent.labels.isEmpty else { return finish(.valid) }
            name = parent
            return .lookUp(name.description)
        case .found:
            guard let objection = check.objection(of: answer.records) else { return finish(.valid) }
            let place = answer.chain.isEmpty ? "\(name)" : "\(name) (CNAME -> \(answer.canonicalName))"
            return finish(.invalid(ACMEProblem(.caa, "CAA at \(place) forbids \(check.name): \(objection)")))
        }
    }

    private func finish(_ outcome: Verdict.Outcome) -> Action {
        .finished(Verdict(outcome, steps: [step]))
    }
}

extension CAACheck {
    /// The name as it would stand in the certificate.
    fileprivate var name: String { isWildcard ? "*.\(identifier)" : "\(identifier)" }

    private static let shownObjections = 5

    /// Why a record set does not let the CA issue, record by record; `nil` if it does.
    fileprivate func objection(of set: [CairnDNSRecord]) -> String? {
        let records = set.map(CAARecord.init)
        for record in records {
            if record.isBroken { return "\(record) cannot be read: expected flags, a tag and a value (RFC 8659 §4.1)" }
            if record.isCritical, !record.isKnown {
                return "\(record) is critical, and its tag is not known here (RFC 8659 §4.1)"
            }
        }
        // RFC 8659 §4.3: issuewild is for wildcards alone, and then stands in the place of issue.
        let wild = isWildcard ? records.filter { $0.key == WireText("issuewild") } : []
        let deciding = wild.isEmpty ? records.filter { $0.key == WireText("issue") } : wild
        guard !deciding.isEmpty else { return nil }
        var objections: [String] = []
        for record in deciding {
            guard let objection = objection(to: record) else { return nil }
            objections.append("\(record) \(objection)")
        }
        let more = objections.count - Self.shownObjections
        return objections.prefix(Self.shownObjections).joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
    }

    /// Why one `issue` or `issuewild` record does not authorize the CA, in words that follow the record.
    private func objection(to record: CAARecord) -> String? {
        let value: IssueValue
        do throws(IssueValue.Flaw) { value = try IssueValue(parsing: record.value) } catch {
            return "is unreadable, so that it allows nobody: \(error.reason) (RFC 8659 §4.2)"
        }
        guard let domain = value.issuerDomainName else { return "allows nobody (RFC 8659 §4.2)" }
        guard issuer.identities.contains(where: { $0.isSameIgnoringCase(as: domain) }) else {
            let names = issuer.identities.map { "\"\($0)\"" }.joined(separator: " or ")
            let expected = names.isEmpty ? "no name at all, since this CA has none" : names
            return "is for another CA: expected \(expected), got \(domain.quoted) (RFC 8659 §4.2)"
        }
        return accountObjection(to: value) ?? methodObjection(to: value)
    }

    private func accountObjection(to value: IssueValue) -> String? {
        let accounts = value.values(of: "accounturi")
        guard let account = accounts.first else { return nil }
        guard accounts.count == 1 else { return "has accounturi \(accounts.count) times (RFC 8657 §3)" }
        guard account.isSame(as: issuer.accountURL) else {
            return "is for another account: expected \"\(issuer.accountURL)\", got \(account.quoted) (RFC 8657 §3)"
        }
        return nil
    }

    private func methodObjection(to value: IssueValue) -> String? {
        let lists = value.values(of: "validationmethods")
        guard let list = lists.first else { return nil }
        guard lists.count == 1 else { return "has validationmethods \(lists.count) times (RFC 8657 §4)" }
        let methods = list.texts(between: ",")
        let isList = methods.allSatisfy { label in
            !label.isEmpty && label.utf8.allSatisfy { IssueValue.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
        guard isList else {
            return "has unreadable validationmethods: expected labels with commas between them, got \(list.quoted) "
                + "(RFC 8657 §4)"
        }
        guard methods.contains(where: { $0.isSame(as: method) }) else {
            return "is for other validation methods: expected \(method), got \(list.quoted) (RFC 8657 §4)"
        }
        return nil
    }
}
