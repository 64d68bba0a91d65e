import Cairn
import Logging

/// The journal as lines of a log.
enum JournalLog {
    static func write(_ entry: JournalEntry, to logger: Logger) {
        let level = level(of: entry.event)
        // The words are only put together if somebody reads them.
        guard logger.logLevel <= level else { return }
        logger.log(level: level, "\(words(for: entry.event))")
    }

    private static func level(of event: JournalEvent) -> Logger.Level {
        switch event {
        case .request(let request):
            request.status >= 500 ? .error : request.problem == nil || request.isRefusedAsAsked ? .info : .warning
        case .probe(let probe): probe.problem != nil ? .warning : .info
        case .finding: .warning
        case .issued, .revoked, .agreed: .info
        case .status: .debug
        }
    }

    private static func words(for event: JournalEvent) -> String {
        switch event {
        case .request(let request):
            let reason = request.problem.map { " (\($0))" } ?? ""
            return "\(request.method) \(request.path) → \(request.status)\(reason)"
        case .probe(let probe):
            let outcome = probe.problem.map { "failed: \($0)" } ?? "succeeded"
            let place = probe.perspective.map { " from \($0)" } ?? ""
            return "\(probe.challenge) for \(probe.identifier)\(place) \(outcome)"
        case .issued(let certificate):
            let names = certificate.identifiers.map { "\($0)" }.joined(separator: ", ")
            return "issued \(certificate.serialNumber) for \(names)"
        case .revoked(let serialNumber, let reason):
            return "revoked \(serialNumber)" + (reason.map { " for \($0)" } ?? "")
        case .agreed(let account, let terms):
            return "account \(account) agreed to version \(terms) of the terms"
        case .finding(let finding): return "finding: \(finding.detail)"
        case .status(let change):
            return "\(change.subject) \(change.id): \(change.from ?? "new") → \(change.to)"
        }
    }
}
