public import CairnCertificates
public import CairnModel

/// What is still kept, sorted by subject; everything oldest first.
extension CairnJournal {
    /// The requests that were answered.
    public var requests: [CairnRequestEvent] { entries.compactMap(\.request) }

    /// The requests to one endpoint.
    public func requests(to endpoint: ACMEEndpoint) -> [CairnRequestEvent] {
        requests.filter { $0.endpoint == endpoint }
    }

    /// The requests that an account signed.
    public func requests(by account: CairnObjectID) -> [CairnRequestEvent] {
        requests.filter { $0.account == account }
    }

    /// The requests that were refused with a type of problem, at one endpoint or at any.
    public func requests(
        to endpoint: ACMEEndpoint? = nil, refusedFor type: ACMEProblemType
    ) -> [CairnRequestEvent] {
        requests.filter { $0.problem?.type == type && (endpoint == nil || $0.endpoint == endpoint) }
    }

    /// The validations that were made.
    public var probes: [CairnProbeEvent] { entries.compactMap(\.probe) }

    /// The certificates that were issued.
    public var certificates: [CairnCertificate] { entries.compactMap(\.certificate) }

    /// The objects that were created or changed their status.
    public var statusChanges: [CairnStatusEvent] { entries.compactMap(\.statusChange) }

    /// The changes of the status of all objects of a kind.
    public func statusChanges(of subject: CairnStatusEvent.Subject) -> [CairnStatusEvent] {
        statusChanges.filter { $0.subject == subject }
    }

    /// Every status that an object had, from its first to its last.
    ///
    /// ```swift
    /// #expect(ca.journal.statuses(of: CairnObjectID(url: order.url)) == [.pending, .ready, .processing, .valid])
    /// ```
    public func statuses(of id: CairnObjectID) -> [ACMEStatus] {
        statusChanges.filter { $0.id == id }.map(\.to)
    }
}
