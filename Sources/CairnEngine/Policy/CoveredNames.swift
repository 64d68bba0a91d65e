import CairnModel

/// What becomes of orders for a wildcard and for a name that it covers, such as `*.example.test` and `www.example.test`.
public enum CairnCoveredNames: String, Hashable, Sendable, CaseIterable {
    /// The certificate names both, as with every CA but one.
    case accepted
    /// The order is refused as `malformed`, as Let's Encrypt does it, which calls such a name redundant.
    case refused
}

extension CairnCoveredNames {
    /// Refuses identifiers that a wildcard beside them covers, all of them in one problem.
    func check(_ identifiers: [ACMEIdentifier]) throws(Refusal) {
        guard self == .refused, identifiers.contains(where: \.isWildcard) else { return }
        let bases = Set(identifiers.lazy.filter(\.isWildcard).map(\.withoutWildcard.value))
        let problems = identifiers.compactMap { identifier -> ACMEProblem? in
            guard identifier.type == .dns, !identifier.isWildcard,
                let dot = identifier.value.utf8.firstIndex(of: UInt8(ascii: ".")),
                case let parent = String(identifier.value.utf8[dot...].dropFirst()) ?? "", bases.contains(parent)
            else { return nil }
            return ACMEProblem(
                .malformed,
                "expected either \(identifier.value.quoted) or \("*.\(parent)".quoted), which covers it, got both "
                    + "(RFC 8555 §7.4)", identifier: identifier)
        }
        guard let first = problems.first else { return }
        let more = problems.count > 1 ? ", and \(problems.count - 1) more of that kind" : ""
        throw Refusal(
            ACMEProblem(.malformed, first.detail + more, subproblems: problems).caused(by: .coveredIdentifier))
    }
}
