extension ValidationAttempt {
    /// What the engine wants to have validated.
    ///
    /// - Parameter caa: what CAA records mean to the CA now.
    init(_ job: ValidationJob, caa: CairnCAAPolicy?) {
        self.init(
            job.type, identifier: job.identifier, isWildcard: job.isWildcard, token: job.token,
            keyAuthorization: job.keyAuthorization,
            issuer: caa.map { CAAIssuer(identities: $0.identities, accountURL: job.accountURL) },
            decision: job.decision.map { decision in
                switch decision {
                case .approved: .valid
                case .denied(let problem): .invalid(problem)
                }
            })
    }
}

extension CAACheck {
    /// What the engine wants to have checked again.
    init(_ recheck: CAARecheck) {
        self.init(
            CAAIssuer(identities: recheck.identities, accountURL: recheck.accountURL), challengeType: recheck.method,
            identifier: recheck.identifier)
    }
}

extension CairnProbeEvent {
    /// What the journal keeps of a verdict: an event for each perspective, the primary one first.
    static func events(
        _ verdict: Verdict, on identifier: ACMEIdentifier, by challenge: ACMEChallengeType
    ) -> [CairnProbeEvent] {
        // The remote perspectives are asked only if the primary one has found nothing wrong.
        let problem = verdict.remote.isEmpty ? verdict.problem : nil
        let primary = CairnProbeEvent(
            challenge: challenge, identifier: identifier, problem: problem, steps: verdict.records.map(Step.init))
        return [primary]
            + verdict.remote.map { remote in
                CairnProbeEvent(
                    challenge: challenge, identifier: identifier, perspective: remote.perspective,
                    problem: remote.problem, steps: remote.records.map(Step.init))
            }
    }
}

extension CairnProbeEvent.Step {
    fileprivate init(_ record: ValidationRecord) {
        self.init(
            host: record.host, lookups: record.lookups.map(\.words), url: record.url,
            addressesResolved: record.addressesResolved, addressesTried: record.addressesTried,
            addressUsed: record.addressUsed, port: record.port, status: record.status)
    }
}

extension ValidationRecord.Lookup {
    /// The question and its answer in a line.
    var words: String {
        let path = aliases.map { "CNAME \($0)" } + records.map { "\($0)" }
        return "\(type) \(name): " + (path.isEmpty ? "\(outcome)" : path.joined(separator: ", "))
    }
}
