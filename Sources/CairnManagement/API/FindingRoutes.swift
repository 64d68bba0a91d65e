import Cairn
import HTTPTypes

extension API {
    /// What clients did wrong, judged by what happened until now.
    static func findings(_ call: Call) throws(APIProblem) -> Route.Answer {
        let kind = call.parameter("kind")
        let kinds = (CairnFinding.Kind.all + [.refusedSetting]).map(\.rawValue)
        if let kind, !kinds.contains(where: { $0.isSame(as: kind) }) {
            let hint =
                NearestName.to(kind, among: kinds).map { "; did you mean \($0.quoted)?" }
                ?? "; there are \(kinds.joined(separator: ", "))"
            throw APIProblem(400, "kind: expected a kind of findings, got \(kind.quoted)\(hint)")
        }
        let after = try call.number("after") ?? -1
        let limit = try call.number("limit") ?? .max
        let entries = call.ca.journal.entries
        let first = entries.first?.number ?? 0
        var page: [CairnJSON] = []
        // The last entry that shows it is as old as the finding, unless it is forgotten by now.
        let findings = call.ca.journal.findings.filter { kind == nil || $0.kind.rawValue == kind }
            .map { (number: $0.events.last ?? 0, finding: $0) }.sorted { $0.number < $1.number }
        var last = after
        for (number, finding) in findings where number > after {
            // Whoever goes on after a number has seen all of that number.
            guard page.count < limit || number == last, var json = finding.json.object else { break }
            last = number
            let shows = entries.indices.contains(number - first) ? entries[number - first] : nil
            json["number"] = .integer(number)
            json["at"] = .string((shows?.at ?? call.ca.clock.now).rfc3339)
            json["event"] = "finding"
            page.append(.object(json))
        }
        if call.accepts("application/jsonl") { return .lines(page) }
        var json: CairnJSONObject = ["entries": .array(page)]
        json["last"] = page.last?["number"]
        return .json(.object(json))
    }
}
