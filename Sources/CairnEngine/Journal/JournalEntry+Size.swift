import CairnCertificates
import CairnModel

extension CairnJournalEntry {
    /// The entry without what only observers see, and with one text for what several entries in a row say of their client.
    func kept(sharing client: inout String?) -> CairnJournalEntry {
        guard case .request(var request) = event else { return self }
        request.exchange = nil
        if request.client == client { request.client = client } else { client = request.client }
        return CairnJournalEntry(number: number, at: at, event: .request(request))
    }

    /// About how many bytes it takes up.
    var size: Int {
        let variable =
            switch event {
            case .request(let request): request.size
            case .status(let change): change.identifiers.count * 64
            case .finding(let finding): finding.detail.utf8.count
            case .probe(let probe): (probe.problem?.size ?? 0) + probe.steps.count * 512
            case .issued(let certificate): certificate.derEncoded.count + certificate.identifiers.count * 64
            case .revoked, .agreed: 0
            }
        return 512 + variable
    }
}

extension CairnRequestEvent {
    fileprivate var size: Int {
        method.utf8.count + path.utf8.count + (client?.utf8.count ?? 0) + payloadBytes.count + (problem?.size ?? 0)
    }
}

extension ACMEProblem {
    /// About how many bytes it takes up beside its own place.
    fileprivate var size: Int {
        detail.utf8.count + (identifier?.value.utf8.count ?? 0) + subproblems.reduce(0) { $0 + 256 + $1.size }
    }
}
