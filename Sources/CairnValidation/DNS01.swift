import CairnDNS
package import CairnModel
import Crypto

/// The challenge `dns-01` (RFC 8555 §8.4).
///
/// One of the TXT records at `_acme-challenge` and the name, behind CNAME records if there are any, must be the digest of
/// the key authorization in base64url.
package struct DNS01: ValidatedKind {
    package let type = ACMEChallengeType.dns01
    package let showsControlOfZone = true
    package let isInDraft2017 = true

    /// Names and wildcards; addresses have no zone (RFC 8738 §7).
    package func fits(_ identifier: ACMEIdentifier) -> Bool { identifier.type == .dns }

    package func validation(
        of attempt: ValidationAttempt, from perspective: String?, _ settings: CairnProbeSettings
    ) -> any Validation {
        guard fits(attempt.identifier) else { return Unvalidatable(unfit: attempt, section: "RFC 8738 §7") }
        return TXTValidation(attempt, at: Self.recordName(for: attempt.identifier.value), section: "RFC 8555 §8.4")
    }

    static func recordName(for name: String) -> String { "_acme-challenge.\(name)" }
}

extension CairnChallengeResponder {
    /// Adds the digest of a key authorization to the fake DNS.
    public func setDNS01(name: String, keyAuthorization: String) {
        dns.add(.txt(KeyAuthorization(text: keyAuthorization).txtValue), to: DNS01.recordName(for: name))
    }

    /// Removes all TXT records that validations of a name check.
    public func removeDNS01(name: String) {
        dns.removeAll(at: DNS01.recordName(for: name), type: .txt)
    }
}

extension Unvalidatable {
    /// A challenge for domain names, for an address.
    init(unfit attempt: ValidationAttempt, section: String) {
        problem = ACMEProblem(
            .malformed, "expected a dns identifier for \(attempt.type), got \(attempt.identifier) (\(section))")
    }
}

/// A validation that looks for the digest of the key authorization in TXT records.
///
/// The character-strings of a record are joined.
///
/// | what came | problem |
/// |---|---|
/// | `SERVFAIL`, `NXDOMAIN`, `REFUSED`, … | `dns` |
/// | the name without a TXT record, or with others only | `unauthorized` |
struct TXTValidation: Validation {
    private let attempt: ValidationAttempt
    private let name: String
    private let section: String
    private let misplaced: (@Sendable (_ found: String) -> String)?
    private var failure: Verdict?

    private var expected: String { attempt.keyAuthorization.txtValue }

    /// - Parameters:
    ///   - name: where the record must be.
    ///   - section: the document that says so.
    ///   - misplaced: says what is wrong about the place if the right text is at another name for validations of the
    ///     identifier.
    init(
        _ attempt: ValidationAttempt, at name: String, section: String,
        misplaced: (@Sendable (_ found: String) -> String)? = nil
    ) {
        (self.attempt, self.name, self.section, self.misplaced) = (attempt, name, section, misplaced)
    }

    mutating func start() -> ValidationAction { .lookUp(name, .txt) }

    mutating func answered(_ answer: DNSAnswer) -> ValidationAction {
        var step = CairnProbeEvent.Step(host: attempt.identifier.value)
        step.lookups = [answer.words]
        let verdict = Verdict(outcome(of: answer), steps: [step])
        guard verdict.problem != nil, misplaced != nil else { return .finished(verdict) }
        failure = verdict
        return .spot(text: expected, below: DNS01.recordName(for: attempt.identifier.value))
    }

    mutating func spotted(_ names: [String]) -> ValidationAction {
        guard var verdict = failure, var problem = verdict.problem else { return .finished(.valid) }
        if let found = names.first(where: { !$0.isSameIgnoringCase(as: name) }), let misplaced {
            problem.detail += "; \(misplaced(found))"
            verdict.outcome = .invalid(problem)
        }
        return .finished(verdict)
    }

    private func outcome(of answer: DNSAnswer) -> Verdict.Outcome {
        switch answer.outcome {
        case .nameError, .failed, .timedOut:
            return .invalid(
                ACMEProblem(.dns, "DNS problem: \(answer); expected the TXT record \"\(expected)\" (\(section))"))
        case .noData:
            return .invalid(
                ACMEProblem(
                    .unauthorized, "no TXT record found at \(place(answer)): expected \"\(expected)\" (\(section))"))
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
                        + (hint.map { "; \($0)" } ?? "") + " (\(section))"))
        }
    }

    private func text(_ record: CairnDNSRecord) -> String {
        "\"" + (record.text.map { Excerpt.of(Array($0.utf8)) } ?? "\(record)") + "\""
    }

    private func place(_ answer: DNSAnswer) -> String {
        answer.chain.isEmpty ? name : "\(name) (CNAME -> \(answer.canonicalName))"
    }
}

extension NearMiss {
    /// What is wrong with the text of a TXT record, if it can be told.
    static func explain(textValue: String, _ attempt: ValidationAttempt) -> String? {
        let expected = attempt.keyAuthorization.txtValue
        let authorization = attempt.keyAuthorization.text
        let bare = trimmed(textValue)
        if bare.isSame(as: expected) {
            return textValue.utf8.contains(UInt8(ascii: "\""))
                ? "that is the right value with quotation marks around it"
                : "that is the right value with white space around it"
        }
        let known: [(text: String, words: String)] = [
            (authorization, "that is the key authorization itself, not its digest"),
            (attempt.token, "that is the token, not the digest of the key authorization"),
            (expected + "=", "that is the right digest with padding, which base64url here has not (RFC 8555 §6.1)"),
            (
                Excerpt.hexadecimal(attempt.keyAuthorization.digest),
                "that is the right digest in hexadecimal, not in base64url"
            ),
            (
                Base64URL.encode(digest(authorization + "\n")),
                "that is the digest of the key authorization with a line feed behind it"
            ),
            (
                Base64URL.encode(digest(attempt.token)),
                "that is the digest of the token alone, without the thumbprint of the account key"
            ),
            (
                Base64URL.encode(Array(Excerpt.hexadecimal(attempt.keyAuthorization.digest).utf8)),
                "that is the hexadecimal text of the digest in base64url; the octets of the digest are wanted"
            ),
        ]
        if let match = known.first(where: { $0.text.isSame(as: bare) }) { return match.words }
        if bare.isSameIgnoringCase(as: expected) {
            return "that is the right value with the case of letters changed"
        }
        let urlSafe = bare.utf8.map { octet in
            octet == UInt8(ascii: "+") ? UInt8(ascii: "-") : octet == UInt8(ascii: "/") ? UInt8(ascii: "_") : octet
        }
        if urlSafe.elementsEqual((expected + "=").utf8) {
            return "that is the right digest in ordinary Base64; base64url has - and _ and no padding"
        }
        if bare.utf8.count == 43, (try? Base64URL.decode(bare))?.count == 32 {
            return "that may be the digest of another key authorization: of another token or another account key"
        }
        return nil
    }

    private static func digest(_ text: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(text.utf8)))
    }
}
