import Cairn
import HTTPTypes

extension API {
    /// The events that the member `event` of an entry tells apart.
    private static let events = [
        "request", "status", "issued", "revoked", "agreed", "finding", "probe", "connection", "refusedSetting",
    ]

    private static let page: [Route.Query] = [
        .init(name: "after", summary: "only entries with a higher number", schema: Schema.natural),
        .init(name: "limit", summary: "the maximum number", schema: Schema.natural),
    ]

    /// What happened.
    static let journalRoutes: [Route] = [
        Route(
            method: .get, path: "/journal",
            summary: "What happened, oldest first; JSON Lines for application/jsonl, and live for text/event-stream",
            query: [
                .init(
                    name: "endpoint", summary: "only requests to an endpoint such as newOrder",
                    schema: ["type": "string", "enum": .array(ACMEEndpoint.known.map { .string($0.rawValue) })]),
                .init(
                    name: "kind", summary: "only events of a kind",
                    schema: ["type": "string", "enum": .array(events.map(CairnJSON.string))]),
            ] + page, body: nil, isBodyOptional: true,
            content: .entries(entries),
            handle: { call in
                let endpoint = try call.word("endpoint", among: ACMEEndpoint.known.map(\.rawValue))
                let kind = try call.word("kind", among: events)
                return try call.entries { entry in
                    (endpoint == nil || entry.request?.endpoint?.rawValue == endpoint)
                        && (kind == nil || entry.event.word == kind)
                }
            }),
        .get("/journal.har", "The requests and answers as an HTTP Archive", of: Schema.anyObject) {
            $0.ca.journal.har()
        },
        .perform(.delete, "/journal", "Clears the journal; numbering continues") { $0.ca.journal.clear() },
        Route(
            method: .get, path: "/findings",
            summary: "The findings about clients, oldest first; JSON Lines for application/jsonl",
            query: [.init(name: "kind", summary: "only findings of a kind such as nullMember")] + page, body: nil,
            isBodyOptional: true, content: .jsonOrLines(entries),
            handle: { try findings($0) }),
    ]

    private static let entries = Schema.object(
        ["entries": Schema.list(of: Schema.reference("Entry"))], optional: ["last": Schema.number])
}

extension Schema {
    static let natural: CairnJSONObject = ["type": "integer", "minimum": 0]
}

extension Call {
    /// A parameter of the query that is one of a few words.
    fileprivate func word(_ name: String, among words: [String]) throws(APIProblem) -> String? {
        guard let text = parameter(name) else { return nil }
        guard words.contains(where: { $0.isSame(as: text) }) else {
            let hint = NearestName.to(text, among: words).map { "; did you mean \($0.quoted)?" } ?? ""
            throw APIProblem(400, "\(name): expected \(words.joined(separator: ", ")), got \(text.quoted)\(hint)")
        }
        return text
    }

    /// The entries that are asked for, live if that is asked for.
    fileprivate func entries(_ isWanted: @escaping @Sendable (CairnJournalEntry) -> Bool) throws -> Route.Answer {
        let last = try lastEvent() ?? number("after")
        guard accepts("text/event-stream") else { return try page(isWanted) }
        return .live(
            JournalEvents.body(of: ca.journal, after: last, limit: try number("limit") ?? .max, isWanted))
    }

    /// The entries that are asked for, with the number of the last of them to go on after.
    fileprivate func page(_ isWanted: (CairnJournalEntry) -> Bool) throws(APIProblem) -> Route.Answer {
        let after = try number("after") ?? -1
        let limit = try number("limit") ?? .max
        var last: Int?
        var page: [CairnJSON] = []
        for entry in ca.journal.entries where entry.number > after && page.count < limit {
            guard isWanted(entry) else { continue }
            page.append(entry.json)
            last = entry.number
        }
        if accepts("application/jsonl") { return .lines(page) }
        var json: CairnJSONObject = ["entries": .array(page)]
        json["last"] = last.map(CairnJSON.integer)
        return .json(.object(json))
    }

    func accepts(_ type: String) -> Bool {
        request.head.headerFields[.accept]?.lowercasedASCII.contains(type) == true
    }

    /// The event that a client that comes back got last (HTML §9.2.4).
    private func lastEvent() throws(APIProblem) -> Int? {
        let field = HTTPField.Name(Route.lastEventID)
        guard let text = field.flatMap({ request.head.headerFields[$0] }) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw APIProblem(400, "Last-Event-ID: expected the number of an entry, got \(text.quoted)")
        }
        return number
    }
}

extension API {
    /// What clients did wrong, judged by what happened until now.
    static func findings(_ call: Call) throws(APIProblem) -> Route.Answer {
        let kind = call.parameter("kind")
        let kinds = CairnFinding.Kind.all.map(\.rawValue)
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
