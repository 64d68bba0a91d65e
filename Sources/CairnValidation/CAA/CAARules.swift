import CairnDNS
import CairnModel

extension CAACheck {
    private static let shownObjections = 5

    /// Why a record set does not let the CA issue, record by record; `nil` if it does.
    func objection(of set: [CairnDNSRecord]) -> String? {
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
        guard methods.contains(where: { $0.isSame(as: challengeType.rawValue) }) else {
            return "is for other validation methods: expected \(challengeType), got \(list.quoted) (RFC 8657 §4)"
        }
        return nil
    }
}
