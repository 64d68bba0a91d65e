package import CairnDNS
import CairnModel

/// The validation of a `dns-01` challenge (RFC 8555 §8.4).
///
/// One of the TXT records at `_acme-challenge` and the name, behind CNAME records if there are any, must be the digest of
/// the key authorization in base64url. The character-strings of a record are joined.
///
/// | what came | problem |
/// |---|---|
/// | `SERVFAIL`, `NXDOMAIN`, `REFUSED`, … | `dns` |
/// | the name without a TXT record, or with others only | `unauthorized` |
package struct DNS01: Sendable {
    /// What is to be done next.
    package enum Action: Hashable, Sendable {
        /// Ask the DNS for TXT records of this name, then call ``DNS01/answered(_:)``.
        case lookUp(String)
        case finished(Verdict)
    }

    private let attempt: ValidationAttempt
    private var name: String { "_acme-challenge.\(attempt.identifier.value)" }

    package init(_ attempt: ValidationAttempt) {
        self.attempt = attempt
    }

    package mutating func start() -> Action {
        .lookUp(name)
    }

    package mutating func answered(_ answer: DNSAnswer) -> Action {
        var record = ValidationRecord(host: attempt.identifier.value)
        record.lookups = [ValidationRecord.Lookup(answer)]
        return .finished(Verdict(outcome(of: answer), records: [record]))
    }

    private func outcome(of answer: DNSAnswer) -> Verdict.Outcome {
        let expected = attempt.keyAuthorization.txtValue
        switch answer.outcome {
        case .nameError, .failed:
            return .invalid(
                ACMEProblem(
                    .dns,
                    "DNS problem: \(answer); expected the TXT record \"\(expected)\" "
                        + "(RFC 8555 §8.4)"))
        case .noData:
            return .invalid(
                ACMEProblem(
                    .unauthorized, "no TXT record found at \(place(answer)): expected \"\(expected)\" (RFC 8555 §8.4)"))
        case .found:
            let values = answer.records.compactMap(\.text)
            guard !values.contains(where: { $0.isSame(as: expected) }) else { return .valid }
            let found = answer.records.prefix(5).map(text).joined(separator: ", ")
            let more = answer.records.count > 5 ? " and \(answer.records.count - 5) more" : ""
            let hint = values.lazy.compactMap { NearMiss.explain(textValue: $0, attempt) }.first
            return .invalid(
                ACMEProblem(
                    .unauthorized,
                    "incorrect TXT record at \(place(answer)): expected \"\(expected)\", got \(found)\(more)"
                        + (hint.map { "; \($0)" } ?? "") + " (RFC 8555 §8.4)"))
        }
    }

    private func text(_ record: CairnDNSRecord) -> String {
        "\"" + (record.text.map { Excerpt.of(Array($0.utf8)) } ?? "\(record)") + "\""
    }

    private func place(_ answer: DNSAnswer) -> String {
        answer.chain.isEmpty ? name : "\(name) (CNAME -> \(answer.canonicalName))"
    }
}
