import CairnModel

/// What a transaction leaves to be done once the lock is free.
struct Outcome: Sendable {
    /// For the journal, in order.
    var events: [(at: CairnInstant, event: CairnJournalEvent)] = []
    /// Validations to be carried out, and when the first of them became due.
    var jobs: [ValidationJob] = []
    var jobsDue: CairnInstant?
    /// The orders that became ready and have their CSR already.
    var readyOrders: [Order.ID] = []
    /// Told whenever the instant at which something is due may have changed, and for which instant it was last.
    var alarm: (@Sendable () -> Void)?
    var alarmInstant: CairnInstant?
}

// MARK: Time

extension State {
    /// Does whatever is due at `now`, in the order in which it became due.
    mutating func advance(to now: CairnInstant) {
        while let (task, due) = schedule.next(at: now) {
            switch task {
            case .expireOrder(let order): expire(order, at: due)
            case .expireAuthorization(let authorization): expire(authorization, at: due)
            case .validate(let job): retry(job, at: due)
            case .release(let subject): releaseDue(subject, at: due)
            }
        }
    }

    mutating func schedule(_ task: Schedule.Task, at due: CairnInstant) {
        if schedule.isCrowded {
            let (orders, authorizations, held) = (orders, authorizations, held)
            schedule.removeAll { task, due in
                switch task {
                case .expireOrder(let id): orders[id]?.state.isFinal ?? true
                case .expireAuthorization(let id):
                    authorizations[id].map { $0.state.isFinal || $0.expires > due } ?? true
                case .validate(let job): authorizations[job.authorization]?.isWaiting(for: job) != true
                case .release(let subject): held[subject]?.due != due
                }
            }
        }
        schedule.add(task, at: due)
    }

    /// When the next thing is due: in the past, as long as somebody has yet to carry a validation out.
    var nextDue: CairnInstant? { outcome.jobsDue ?? schedule.nextDue }

    /// Told whenever the instant at which something is due may have changed.
    var alarm: (@Sendable () -> Void)? {
        get { outcome.alarm }
        set { outcome.alarm = newValue }
    }

    /// What is to be called once the lock is free, if the instant at which something is due has changed.
    mutating func takeAlarm() -> (@Sendable () -> Void)? {
        guard let alarm = outcome.alarm, let due = nextDue, due != outcome.alarmInstant else { return nil }
        outcome.alarmInstant = due
        return alarm
    }
}

// MARK: Work

extension State {
    /// A validation to be carried out once the lock is free.
    mutating func perform(_ job: ValidationJob, at due: CairnInstant) {
        outcome.jobs.append(job)
        outcome.jobsDue = outcome.jobsDue ?? due
    }

    var hasDueJobs: Bool { !outcome.jobs.isEmpty }

    mutating func takeDueJobs() -> [ValidationJob] {
        guard !outcome.jobs.isEmpty else { return [] }
        defer { (outcome.jobs, outcome.jobsDue) = ([], nil) }
        return outcome.jobs
    }

    /// An order whose certificate is to be issued once the lock is free, without anybody asking for it.
    mutating func issueUnasked(_ order: Order.ID) { outcome.readyOrders.append(order) }

    mutating func takeReadyOrders() -> [Order.ID] {
        guard !outcome.readyOrders.isEmpty else { return [] }
        defer { outcome.readyOrders = [] }
        return outcome.readyOrders
    }
}

// MARK: Journal

extension State {
    /// Notes that a new object has its first status, or that an object changed its status.
    mutating func note(
        _ subject: CairnStatusEvent.Subject, _ id: String, _ identifiers: [ACMEIdentifier], from: String?, to: String,
        at instant: CairnInstant
    ) {
        note(
            .status(
                CairnStatusEvent(
                    subject: subject, id: CairnObjectID(rawValue: id), identifiers: identifiers,
                    from: from.map { ACMEStatus(rawValue: $0) }, to: ACMEStatus(rawValue: to))),
            at: instant)
    }

    /// Notes what a leniency accepted, in the request that is being answered.
    mutating func note(_ leniency: CairnLeniency, _ detail: String, by account: Account.ID?, at instant: CairnInstant) {
        note(.finding(CairnFinding(leniency, detail, account: account.map { "\($0)" })), at: instant)
    }

    mutating func note(_ event: CairnJournalEvent, at instant: CairnInstant) {
        outcome.events.append((instant, event))
    }

    mutating func takeEvents() -> [(at: CairnInstant, event: CairnJournalEvent)] {
        defer { outcome.events = [] }
        return outcome.events
    }
}
