package import CairnDNS
import CairnModel

/// Whether CAA records let the CA issue (RFC 8659, RFC 8657).
///
/// The records of the name decide; if it has none, those of the nearest name above it, up to but not including the root.
/// CNAME records are followed at each of these names, and the way up goes on from the name itself (RFC 8659 §3). Where no
/// name has a record, any CA may issue. Addresses have no CAA records.
///
/// | what came | problem |
/// |---|---|
/// | a lookup that failed before any records were found: `SERVFAIL`, `REFUSED`, … | `dns` |
/// | records that do not let this CA issue, by this method or to this account | `caa` |
package struct CAA: Sendable {
    /// What is to be done next.
    package enum Action: Hashable, Sendable {
        /// Ask the DNS for CAA records of this name, then call ``CAA/answered(_:)``.
        case lookUp(String)
        case finished(Verdict)
    }

    private let check: CAACheck
    /// The name whose records are looked for.
    private var name: DNSName
    private var record: ValidationRecord

    package init(_ check: CAACheck) {
        self.check = check
        name = DNSName(check.identifier.value)
        record = ValidationRecord(host: check.identifier.value)
    }

    package mutating func start() -> Action {
        check.identifier.type == .dns ? .lookUp(name.description) : .finished(.valid)
    }

    package mutating func answered(_ answer: DNSAnswer) -> Action {
        record.lookups.append(ValidationRecord.Lookup(answer))
        switch answer.outcome {
        case .failed:
            return finish(
                .invalid(
                    ACMEProblem(
                        .dns,
                        "DNS problem: \(answer); expected CAA records, or the news that there are none, before a "
                            + "certificate for \(check.name) (RFC 8659 §3)")))
        case .noData, .nameError:
            guard let parent = name.parent, !parent.labels.isEmpty else { return finish(.valid) }
            name = parent
            return .lookUp(name.description)
        case .found:
            guard let objection = check.objection(of: answer.records) else { return finish(.valid) }
            let place = answer.chain.isEmpty ? "\(name)" : "\(name) (CNAME -> \(answer.canonicalName))"
            return finish(.invalid(ACMEProblem(.caa, "CAA at \(place) forbids \(check.name): \(objection)")))
        }
    }

    private func finish(_ outcome: Verdict.Outcome) -> Action {
        .finished(Verdict(outcome, records: [record]))
    }
}
