import Cairn
import HTTPTypes

extension API {
    /// What clients did wrong, judged by what happened until now.
    static func findings(_ call: Call) throws(APIProblem) -> Route.Answer {
        let kind = call.parameter("kind")
        let after = try call.number("after") ?? -1
        let limit = try call.number("limit") ?? .max
        let entries = call.ca.journal.entries
        let first = entries.first?.number ?? 0
        var page: [CairnJSON] = []
        for finding in call.ca.journal.findings where kind == nil || finding.kind.rawValue == kind {
            guard page.count < limit, var json = finding.json.object else { break }
            // The last entry that shows it is as old as the finding, unless it is forgotten by now.
            let number = finding.events.last ?? 0
            guard number > after else { continue }
            let shows = entries.indices.contains(number - first) ? entries[number - first] : nil
            json["number"] = .integer(number)
            json["at"] = .string((shows?.at ?? call.ca.clock.now).rfc3339)
            json["event"] = "finding"
            page.append(.object(json))
        }
        if call.request.head.headerFields[.accept]?.lowercasedASCII.contains("application/jsonl") == true {
            return .lines(page)
        }
        var json: CairnJSONObject = ["entries": .array(page)]
        json["last"] = page.last?["number"]
        return .json(.object(json))
    }
}
