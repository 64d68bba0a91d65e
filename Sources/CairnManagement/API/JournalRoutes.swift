import Cairn
import HTTPTypes

extension API {
    /// The events that the member `event` of an entry tells apart.
    private static let events = ["request", "status", "issued", "revoked", "agreed", "finding", "probe"]

    private static let page: [Route.Query] = [
        .init(name: "after", summary: "only entries with a higher number", schema: Schema.natural),
        .init(name: "limit", summary: "the first so many of them", schema: Schema.natural),
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
        .perform(.delete, "/journal", "Forgets what happened; the numbers go on") { $0.ca.journal.clear() },
        Route(
            method: .get, path: "/findings",
            summary:
                "What clients did and should not have, oldest first; JSON Lines for application/jsonl, and live for "
                + "text/event-stream",
            query: [.init(name: "kind", summary: "only findings of a kind such as nullMember")] + page, body: nil,
            isBodyOptional: true, content: .entries(entries),
            handle: { call in
                let kind = call.parameter("kind")
                return try call.entries { entry in
                    entry.finding.map { kind == nil || $0.kind.rawValue == kind } ?? false
                }
            }),
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

    /// The entries that are asked for: live, a line each, or a page with the number of the last to go on after.
    fileprivate func entries(_ isWanted: @escaping @Sendable (CairnJournalEntry) -> Bool) throws -> Route.Answer {
        let after = try number("after")
        let lastEvent = try lastEvent()
        let limit = try number("limit") ?? .max
        if accepts("text/event-stream") {
            return .live(
                JournalEvents.body(of: ca.journal, after: lastEvent ?? after, limit: limit, isWanted))
        }
        var last: Int?
        var page: [CairnJSON] = []
        for entry in ca.journal.entries where entry.number > after ?? -1 && page.count < limit {
            guard isWanted(entry) else { continue }
            page.append(entry.json)
            last = entry.number
        }
        if accepts("application/jsonl") { return .lines(page) }
        var json: CairnJSONObject = ["entries": .array(page)]
        json["last"] = last.map(CairnJSON.integer)
        return .json(.object(json))
    }

    private func accepts(_ type: String) -> Bool {
        request.head.headerFields[.accept]?.lowercasedASCII.contains(type) == true
    }

    /// The event that a client that comes back got last (HTML §9.2.4); `nil` if that was in the life of another CA.
    private func lastEvent() throws(APIProblem) -> Int? {
        let field = HTTPField.Name(Route.lastEventID)
        guard let text = field.flatMap({ request.head.headerFields[$0] }) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw APIProblem(400, "Last-Event-ID: expected the number of an entry, got \(text.quoted)")
        }
        return number < ca.journal.count ? number : nil
    }
}

extension CairnJournalEvent {
    /// The member `event` of an entry, without the rest of its JSON.
    var word: String {
        switch self {
        case .request: "request"
        case .status: "status"
        case .issued: "issued"
        case .revoked: "revoked"
        case .agreed: "agreed"
        case .finding: "finding"
        case .probe: "probe"
        }
    }
}
