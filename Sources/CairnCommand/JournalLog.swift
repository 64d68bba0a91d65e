import Cairn
import Logging

/// The journal as lines of a log.
enum JournalLog {
    static func write(_ entry: JournalEntry, to logger: Logger) {
        switch entry.event {
        case .request(let request):
            let what = "\(request.method) \(request.path) → \(request.status)"
            if request.status >= 500 {
                logger.error("\(what)\(reason(request.problem))")
            } else if request.problem != nil {
                logger.warning("\(what)\(reason(request.problem))")
            } else {
                logger.info("\(what)")
            }
        case .probe(let probe):
            let what = "\(probe.challenge) for \(probe.identifier)"
            if let problem = probe.problem {
                logger.warning("\(what) failed: \(problem)")
            } else {
                logger.info("\(what) succeeded")
            }
        case .issued(let certificate):
            let names = certificate.identifiers.map { "\($0)" }.joined(separator: ", ")
            logger.info("issued \(certificate.serialNumber) for \(names)")
        case .status(let change):
            logger.debug("\(change.subject) \(change.id): \(change.from ?? "new") → \(change.to)")
        }
    }

    private static func reason(_ problem: Problem?) -> String {
        problem.map { " (\($0))" } ?? ""
    }
}
