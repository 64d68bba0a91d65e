import Cairn

/// The journal as lines of a log.
///
/// At `info` each request is a line, with what it takes to follow a client; at `debug` with header fields and payload.
enum JournalLog {
    static func write(_ entry: CairnJournalEntry, to log: ServerLog) {
        // The words are only put together if somebody reads them.
        log.write(level(of: entry.event), words(for: entry, withDetails: log.level == .debug))
    }

    static func level(of event: CairnJournalEvent) -> LogLevel {
        switch event {
        case .request(let request):
            request.status >= 500 ? .error : request.problem == nil || request.isRefusedAsAsked ? .info : .warning
        case .probe(let probe): probe.problem != nil ? .warning : .info
        case .finding: .warning
        case .issued, .revoked, .agreed, .connection: .info
        case .status: .debug
        }
    }

    /// The line about an entry, without its time and level; requests have the number that findings call them by.
    ///
    /// - Parameter withDetails: whether it has the fields and the payload of a request.
    static func words(for entry: CairnJournalEntry, withDetails: Bool = false) -> String {
        guard let request = entry.request else { return "\(entry.event)" }
        return "#\(request.number) " + (withDetails ? request.debugDescription : request.description)
    }
}
