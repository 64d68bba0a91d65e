package import CairnDNS
package import CairnModel

/// What a validation came to, and what it saw on the way.
package struct Verdict: Hashable, Sendable {
    package var outcome: Outcome
    /// What the primary perspective saw: for `http-01` one entry for the first request and one for each redirect; last one
    /// for CAA, with all the names that were asked for records.
    ///
    /// Empty if nothing was looked up because the ``CairnValidationPolicy`` had decided.
    package var records: [ValidationRecord]
    /// What the remote perspectives found, in order; none if they were not asked, as when the primary one failed.
    package var remote: [Remote]

    package init(_ outcome: Outcome, records: [ValidationRecord] = [], remote: [Remote] = []) {
        (self.outcome, self.records, self.remote) = (outcome, records, remote)
    }

    package enum Outcome: Hashable, Sendable {
        /// The client controls the identifier.
        case valid
        /// It could not be seen that it does, for the reason given.
        case invalid(ACMEProblem)
    }

    package static let valid = Verdict(.valid)
    package static func invalid(_ problem: ACMEProblem) -> Verdict { Verdict(.invalid(problem)) }

    /// Why the validation failed; `nil` if it did not.
    package var problem: ACMEProblem? { outcome.problem }

    /// What one remote perspective found (RFC 8555 §10.2).
    package struct Remote: Hashable, Sendable {
        package var perspective: String
        package var outcome: Outcome
        package var records: [ValidationRecord]

        package var problem: ACMEProblem? { outcome.problem }
    }
}

extension Verdict.Outcome {
    package var problem: ACMEProblem? {
        if case .invalid(let problem) = self { problem } else { nil }
    }
}

/// One step of a validation: what was looked up, and which machine was asked what.
package struct ValidationRecord: Hashable, Sendable {
    /// The name or the address that was turned to.
    package var host: String
    /// The URL that was fetched, for `http-01`.
    package var url: String?
    /// The port that was connected to; `nil` for `dns-01`.
    package var port: Int?
    /// The DNS questions that were asked, in order.
    package var lookups: [Lookup] = []
    /// All addresses of the host: those of IPv6 first, then those of IPv4, each in the order of the DNS answer.
    package var addressesResolved: [CairnIPAddress] = []
    /// The addresses that could not be connected to before ``addressUsed`` was.
    package var addressesTried: [CairnIPAddress] = []
    /// The address from which there was an answer, or that was tried last.
    package var addressUsed: CairnIPAddress?
    /// The status of the HTTP response.
    package var status: Int?

    package init(host: String, url: String? = nil, port: Int? = nil) {
        (self.host, self.url, self.port) = (host, url, port)
    }

    /// One DNS question and what came of it.
    package struct Lookup: Hashable, Sendable {
        package var name: String
        package var type: CairnDNSType
        package var outcome: CairnDNSOutcome
        /// The CNAME targets that were followed, in order.
        package var aliases: [String]
        /// The records that were found.
        package var records: [CairnDNSRecord]

        package init(
            name: String, type: CairnDNSType, outcome: CairnDNSOutcome, aliases: [String] = [],
            records: [CairnDNSRecord] = []
        ) {
            (self.name, self.type, self.outcome) = (name, type, outcome)
            (self.aliases, self.records) = (aliases, records)
        }

        init(_ answer: DNSAnswer) {
            self.init(
                name: answer.question.description, type: answer.type, outcome: answer.outcome,
                aliases: answer.chain.compactMap { link in
                    if case .cname(let target) = link.record.content { target } else { nil }
                }, records: answer.records)
        }
    }
}
