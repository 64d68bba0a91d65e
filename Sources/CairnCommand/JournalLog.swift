import Cairn
import Logging

/// The journal as lines of a log.
///
/// At `info` each request is a line, with what it takes to follow a client; at `debug` with header fields and payload.
enum JournalLog {
    static func write(_ entry: CairnJournalEntry, to logger: Logger) {
        let level = level(of: entry.event)
        // The words are only put together if somebody reads them.
        guard logger.logLevel <= level else { return }
        logger.log(level: level, "\(words(for: entry, withDetails: logger.logLevel <= .debug))")
    }

    static func level(of event: CairnJournalEvent) -> Logger.Level {
        switch event {
        case .request(let request):
            request.status >= 500 ? .error : request.problem == nil || request.isRefusedAsAsked ? .info : .warning
        case .probe(let probe): probe.problem != nil ? .warning : .info
        case .finding, .refusedSetting: .warning
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
