import Cairn
import CairnModel
import Logging

/// The journal as lines of a log.
///
/// At `info` each request is a line, with what it takes to follow a client. Whatever came from a client stands in it as it
/// is only if it is plain; otherwise quoted and escaped, so that no client can forge a line.
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
        case .finding: .warning
        case .issued, .revoked, .agreed: .info
        case .status: .debug
        }
    }

    /// The line about an entry, without its time and level.
    ///
    /// - Parameter withDetails: whether it has the fields and the payload of a request.
    static func words(for entry: CairnJournalEntry, withDetails: Bool = false) -> String {
        switch entry.event {
        case .request(let request):
            return words(for: request, withDetails: withDetails)
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
            return finding.description + (finding.account.map { ", account \(plain($0))" } ?? "")
        case .status(let change):
            return "\(change.subject) \(plain(change.id)): \(change.from ?? "new") → \(change.to)"
        }
    }

    /// `#7 POST /new-order → 201, order Y3x pending, account kQ2, by certbot/5.8`.
    private static func words(for request: CairnRequestEvent, withDetails: Bool) -> String {
        let line = request.method.isEmpty ? "unreadable request" : "\(plain(request.method)) \(plain(request.path))"
        var words = "#\(request.number) \(line) → \(request.status)"
        if let problem = request.problem { words += " \(problem.type.name): \(visible(problem.detail))" }
        if let object = request.object, object.subject != .account || object.id != request.account {
            words += ", \(object.subject.rawValue) \(plain(object.id)) \(plain(object.status))"
        }
        if let account = request.account { words += ", account \(plain(account))" }
        if let client = request.client { words += ", by \(plain(client))" }
        if let source = request.source, !source.isLoopback { words += ", from \(source)" }
        guard withDetails else { return words }
        if let exchange = request.exchange {
            words += ", asked \(fields(exchange.requestFields)), answered \(fields(exchange.responseFields))"
            if let header = exchange.protectedHeader { words += ", protected header \(bounded(header))" }
        }
        if let payload = request.payload { words += ", payload \(bounded(payload))" }
        return words
    }

    private static func fields(_ fields: [CairnRequestEvent.Exchange.Field]) -> String {
        "[" + fields.map { "\(plain($0.name)): \($0.value.quoted)" }.joined(separator: ", ") + "]"
    }

    /// A sentence with what cannot be seen in it escaped, since it may quote a client.
    private static func visible(_ sentence: String) -> String {
        sentence.unicodeScalars.reduce(into: "") { text, scalar in
            let isPlain = (0x20...0x7e).contains(scalar.value) || scalar == "…" || scalar == "§" || scalar == "–"
            text += isPlain ? String(scalar) : String(String(scalar).quoted.dropFirst().dropLast())
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
    private static func bounded(_ payload: CairnJSON) -> String {
        let text = payload.text(CairnJSON.Style(escapesNonASCII: true))
        guard text.utf8.count > 2_000 else { return text.split(separator: "\u{7f}").joined(separator: "\\u007f") }
        return "\(text.prefix(2_000))… (\(text.utf8.count) bytes)"
    }
}
