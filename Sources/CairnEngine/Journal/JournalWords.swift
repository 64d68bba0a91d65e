import CairnCertificates
import CairnModel

extension CairnJournal: CustomStringConvertible {
    /// One line per entry.
    public var description: String { entries.map(\.description).joined(separator: "\n") }

    /// The last entries, one line each: requests with nonces and answers, and what changed.
    public func conversation(last count: Int) -> String {
        entries.suffix(Swift.max(0, count))
            .map { entry in
                guard let request = entry.request else { return entry.description }
                return "#\(entry.number) \(entry.at) \(request)\(request.nonces)"
            }
            .joined(separator: "\n")
    }
}

extension CairnJournalEntry: CustomStringConvertible {
    /// `#12 2030-01-01T00:00:00Z POST /new-order → 201, order 7 pending, account kQ2, by certbot/5.8`.
    public var description: String { "#\(number) \(at) \(event)" }
}

extension CairnJournalEvent: CustomStringConvertible {
    /// What happened, in one line.
    ///
    /// Text from clients is quoted and escaped unless it is plain, so that no client can forge a line.
    public var description: String {
        switch self {
        case .request(let request): request.description
        case .status(let change): change.description
        case .issued(let certificate):
            "issued \(certificate.serialNumber) for "
                + certificate.identifiers.map { "\($0)".plain }.joined(separator: ", ")
        case .revoked(let serialNumber, let reason):
            "revoked \(serialNumber)" + (reason.map { " for \($0)" } ?? "")
        case .agreed(let account, let terms): "account \(account) agreed to version \(terms.plain) of the terms"
        case .finding(let finding): finding.description
        case .probe(let probe): probe.description
        case .connection(let connection): connection.description
        case .refusedSetting(let refused): refused.description
        }
    }
}

extension CairnStatusEvent: CustomStringConvertible {
    /// `order 7: pending → ready`.
    public var description: String { "\(subject) \(id.rawValue.plain): \(from ?? "new") → \(to)" }
}

extension CairnConnectionEvent: CustomStringConvertible {
    /// `connection 3, by rule r1: tlsAlert`.
    public var description: String {
        let place = source.map { $0.isLoopback ? "" : " from \($0)" } ?? ""
        return "connection \(number)\(place), by rule \(rule.rule.plain): \(rule.action)"
    }
}

// MARK: - Requests

extension CairnRequestEvent: CustomStringConvertible {
    /// `POST /new-order → 201, order Y3x pending, account kQ2, by certbot/5.8`,
    /// `POST /new-order → 403 (unauthorized: …), account kQ2, by certbot/5.8`.
    ///
    /// Rules that fired are appended: `, by rule r1: problem`. What was sent is appended if it was not the whole
    /// answer.
    public var description: String {
        var words = method.isEmpty ? "unreadable request" : "\(method.plain) \(path.plain)"
        words += " → \(status == 0 ? "nothing" : "\(status)")"
        if let problem { words += " (\(problem.type.name.plain): \(problem.detail.visible))" }
        if let object, object.subject != .account || object.id != account {
            words += ", \(object.subject) \(object.id.rawValue.plain)"
            if !object.status.rawValue.isEmpty { words += " \(object.status.rawValue.plain)" }
        }
        if let told { words += ", \(told)" }
        if let account { words += ", account \(account)" }
        if let client { words += ", by \(client.plain)" }
        if let source, !source.isLoopback { words += ", from \(source)" }
        if !rules.isEmpty {
            words += ", by " + rules.map { "rule \($0.rule.plain): \($0.action)" }.joined(separator: ", ")
        }
        if let sent, sent.ending != .complete { words += ", \(sent)" }
        return words
    }

    /// The nonces of request and answer, as far as there are any: `, nonce wIf → 8eq`.
    fileprivate var nonces: String {
        let given = answer.headerFields["Replay-Nonce"]
        guard nonce != nil || given != nil else { return "" }
        return ", nonce \(nonce?.plain ?? "none") → \(given?.plain ?? "none")"
    }
}

extension CairnRequestEvent: CustomDebugStringConvertible {
    /// ``description`` with both sides' header fields, the protected header, the payload, and what was sent.
    public var debugDescription: String {
        var words = "\(self), asked \(headerFields), answered \(answer.headerFields)"
        if let protectedHeader { words += ", protected header \(protectedHeader.bounded)" }
        if let payload { words += ", payload \(payload.bounded)" }
        if let sent, sent.ending == .complete { words += ", \(sent)" }
        return words
    }
}

// MARK: - Texts of clients in a line

extension String {
    /// The text as it is if it is a word of visible ASCII and not long, otherwise quoted.
    var plain: String {
        let isPlain =
            (1...200).contains(utf8.count)
            && utf8.allSatisfy {
                (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
        return isPlain ? self : quoted
    }

    /// A sentence with what cannot be seen in it escaped, since it may quote a client.
    var visible: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            let isPlain = (0x20...0x7e).contains(scalar.value) || scalar == "…" || scalar == "§" || scalar == "–"
            text += isPlain ? String(scalar) : String(String(scalar).quoted.dropFirst().dropLast())
        }
    }
}

extension CairnJSON {
    /// The beginning of the value, in ASCII.
    fileprivate var bounded: String {
        let text = text(Style(escapesNonASCII: true))
        guard text.utf8.count > 2_000 else { return text.split(separator: "\u{7f}").joined(separator: "\\u007f") }
        return "\(text.prefix(2_000))… (\(text.utf8.count) bytes)"
    }
}
