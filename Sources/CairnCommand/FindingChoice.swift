import Cairn

/// The findings that make the executable fail: `SHOULD`, `reusedNonce,hammered`.
struct FindingChoice {
    private var grade: CairnFinding.Grade?
    private var kinds: Set<CairnFinding.Kind> = []

    /// What can be chosen: grades, then kinds.
    static let names = CairnFinding.Grade.allCases.map(\.rawValue) + CairnFinding.Kind.all.map(\.rawValue)

    static var candidates: [Candidate] { names.map { Candidate($0) } }

    init(_ text: String) throws(UsageError) {
        for name in text.split(separator: ",").map({ String($0).trimmed }) {
            if let grade = CairnFinding.Grade(rawValue: name.uppercased()) {
                self.grade = min(grade, self.grade ?? grade)
            } else if let kind = CairnFinding.Kind.all.first(where: { $0.rawValue == name }) {
                kinds.insert(kind)
            } else {
                let hint =
                    NearestName.to(name, among: Self.names).map { "did you mean \($0.quoted)?" }
                    ?? "expected one of \(Self.names.joined(separator: ", "))"
                throw UsageError("--fail-on-finding: there is no grade and no finding \(name.quoted); \(hint)")
            }
        }
        guard grade != nil || !kinds.isEmpty else {
            throw UsageError("--fail-on-finding: expected a grade or kinds of findings, got \(text.quoted)")
        }
    }

    func contains(_ finding: CairnFinding) -> Bool {
        kinds.contains(finding.kind) || grade.map { finding.grade >= $0 } ?? false
    }

    /// Prints the findings that are chosen, one a line.
    ///
    /// - Throws: if there are any.
    func judge(_ journal: CairnJournal) throws(ClientsMisbehaved) {
        let findings = journal.findings.filter(contains)
        guard !findings.isEmpty else { return }
        for finding in findings { print(finding) }
        flushStandardOutput()
        throw ClientsMisbehaved()
    }
}

/// Clients did what they should not; what that was is printed.
struct ClientsMisbehaved: Error {
    /// What the process ends with; 1 is for what Cairn cannot do, and 64 for options that it does not know.
    static let status: Int32 = 3
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
