extension ValidationAttempt {
    /// What the engine wants to have validated.
    init(_ job: ValidationJob) {
        self.init(
            job.type, identifier: job.identifier, isWildcard: job.isWildcard, token: job.token,
            keyAuthorization: job.keyAuthorization)
    }
}

extension ProbeEvent {
    /// What the journal keeps of a validation: an event for each perspective, the primary one first.
    static func events(_ job: ValidationJob, _ verdict: Verdict) -> [ProbeEvent] {
        // The remote perspectives are asked only if the primary one has found nothing wrong.
        let problem = verdict.remote.isEmpty ? verdict.problem : nil
        return [ProbeEvent(job, nil, problem, verdict.records)]
            + verdict.remote.map { ProbeEvent(job, $0.perspective, $0.problem, $0.records) }
    }

    private init(
        _ job: ValidationJob, _ perspective: String?, _ problem: Problem?, _ records: [ValidationRecord]
    ) {
        self.init(
            challenge: job.type, identifier: job.identifier, perspective: perspective, problem: problem,
            steps: records.map { record in
                Step(
                    host: record.host, lookups: record.lookups.map(\.words), url: record.url,
                    addressesResolved: record.addressesResolved,
                    addressesTried: record.addressesTried, addressUsed: record.addressUsed, port: record.port,
                    status: record.status)
            })
    }
}

extension ValidationRecord.Lookup {
    /// The question and its answer in a line.
    var words: String {
        let path = aliases.map { "CNAME \($0)" } + records.map { "\($0)" }
        return "\(type) \(name): " + (path.isEmpty ? "\(outcome)" : path.joined(separator: ", "))
    }
}
