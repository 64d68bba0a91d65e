import Cairn
import CairnModel
import Logging

/// The journal as lines of a log.
///
/// At `info` each request is a line, with what it takes to follow a client. Whatever came from a client stands in it as it
/// is only if it is plain; otherwise quoted and escaped, so that no client can forge a line.
enum JournalLog {
    static func write(_ entry: JournalEntry, to logger: Logger) {
        let level = level(of: entry.event)
        // The words are only put together if somebody reads them.
        guard logger.logLevel <= level else { return }
        logger.log(level: level, "\(words(for: entry, withPayload: logger.logLevel <= .debug))")
    }

    static func level(of event: JournalEvent) -> Logger.Level {
        switch event {
        case .request(let request):
            request.status >= 500 ? .error : request.problem == nil || request.isRefusedAsAsked ? .info : .warning
        case .probe(let probe): probe.problem != nil ? .warning : .info
        case .finding: .warning
        case .issued, .revoked, .agreed: .info
        case .status: .debug
        }
    }

    /// The line about an entry, without its time and level.
    ///
    /// - Parameter withPayload: whether it has the payload of a request.
    static func words(for entry: JournalEntry, withPayload: Bool = false) -> String {
        switch entry.event {
        case .request(let request):
            var words = "#\(request.number) \(request)"
            if let account = request.account { words += ", account \(plain(account))" }
            if let client = request.client { words += ", client \(client.quoted)" }
            if let source = request.source, !source.isLoopback { words += ", from \(source)" }
            if withPayload {
                if let payload = request.payload { words += ", payload \(bounded(payload))" }
                if let exchange = request.exchange {
                    words +=
                        ", fields" + exchange.requestFields.map { " \(plain($0.name)): \($0.value.quoted)" }.joined()
                    words += ", answered with"
                    words += exchange.responseFields.map { " \(plain($0.name)): \($0.value.quoted)" }.joined()
                }
            }
            return words
        case .probe(let probe):
            let outcome = probe.problem.map { "failed: \($0)" } ?? "succeeded"
            let place = probe.perspective.map { " from \($0)" } ?? ""
            return "\(probe.challenge) for \(plain("\(probe.identifier)"))\(place) \(outcome)"
        case .issued(let certificate):
            let names = certificate.identifiers.map { plain("\($0)") }.joined(separator: ", ")
            return "issued \(certificate.serialNumber) for \(names)"
        case .revoked(let serialNumber, let reason):
            return "revoked \(serialNumber)" + (reason.map { " for \($0)" } ?? "")
        case .agreed(let account, let terms):
            return "account \(account) agreed to version \(plain(terms)) of the terms"
        case .finding(let finding):
            let account = finding.account.map { ", account \(plain($0))" } ?? ""
            let request = finding.request.map { " in request #\($0)" } ?? ""
            return "finding \(finding.kind.rawValue)\(request): \(finding.detail)\(account)"
        case .status(let change):
            return "\(change.subject) \(plain(change.id)): \(change.from ?? "new") → \(change.to)"
        }
    }

    /// A text as it is if it is a word of visible ASCII and not long, otherwise quoted.
    private static func plain(_ text: String) -> String {
        let isPlain =
            (1...200).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
        return isPlain ? text : text.quoted
    }

    /// The beginning of a payload, in ASCII.
    private static func bounded(_ payload: JSON) -> String {
        let text = payload.text(JSON.Style(escapesNonASCII: true))
        guard text.utf8.count > 2_000 else { return text.split(separator: "\u{7f}").joined(separator: "\\u007f") }
        return "\(text.prefix(2_000))… (\(text.utf8.count) bytes)"
    }
}
