import CairnCertificates
import CairnModel

extension CairnJournal: CustomStringConvertible {
    /// A line for every entry.
    public var description: String { entries.map(\.description).joined(separator: "\n") }
}

extension CairnJournalEntry: CustomStringConvertible {
    /// `#12 2030-01-01T00:00:00Z POST /new-order → 201`.
    public var description: String { "#\(number) \(at) \(event)" }
}

extension CairnJournalEvent: CustomStringConvertible {
    /// What happened, in a line of words.
    public var description: String {
        switch self {
        case .request(let request): request.description
        case .status(let change): change.description
        case .issued(let certificate):
            "issued \(certificate.serialNumber) for "
                + certificate.identifiers.map(\.description).joined(separator: ", ")
        case .revoked(let serialNumber, let reason):
            "revoked \(serialNumber)" + (reason.map { " for \($0)" } ?? "")
        case .agreed(let account, let terms): "account \(account) agreed to version \(terms.quoted) of the terms"
        case .finding(let finding): finding.description
        case .probe(let probe): probe.description
        }
    }
}

extension CairnFinding: CustomStringConvertible {
    /// `finding nullMember in request 7: …`.
    public var description: String {
        "finding \(kind.rawValue)" + (request.map { " in request \($0)" } ?? "") + ": \(detail)"
    }
}

extension CairnRequestEvent: CustomStringConvertible {
    /// `POST /new-order → 201, order 7 pending`, `POST /new-order → 403 (unauthorized: …)`.
    public var description: String {
        let line = method.isEmpty ? "unreadable request" : "\(method.inALine) \(path.inALine)"
        let shown = object.map { ", \($0.subject) \($0.id.inALine) \($0.status.inALine)" } ?? ""
        return "\(line) → \(status)\(shown)" + (problem.map { " (\($0))" } ?? "")
    }
}

extension CairnStatusEvent: CustomStringConvertible {
    /// `order 7: pending → ready`.
    public var description: String { "\(subject) \(id.inALine): \(from ?? "new") → \(to)" }
}

extension String {
    /// The text as it is, or quoted if it would not be read in one line as what it is.
    fileprivate var inALine: String {
        let isPlain = utf8.count <= 100 && utf8.allSatisfy { (0x21...0x7e).contains($0) }
        return isPlain ? self : quoted
    }
}
