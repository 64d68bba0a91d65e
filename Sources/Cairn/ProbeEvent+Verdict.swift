extension ValidationAttempt {
    /// What the engine wants to have validated.
    init(_ job: ValidationJob) {
        self.init(job.type, identifier: job.identifier, token: job.token, keyAuthorization: job.keyAuthorization)
    }
}

extension ProbeEvent {
    /// What the journal keeps of a validation.
    init(_ job: ValidationJob, _ verdict: Verdict) {
        self.init(
            challenge: job.type, identifier: job.identifier, problem: verdict.problem,
            steps: verdict.records.map { record in
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
