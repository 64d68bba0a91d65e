package import CairnModel

/// A record and the name it belongs to.
package struct OwnedRecord: Hashable, Sendable {
    package var owner: DNSName
    package var record: CairnDNSRecord

    package init(_ owner: DNSName, _ record: CairnDNSRecord) {
        (self.owner, self.record) = (owner, record)
    }
}

/// What a lookup came to.
public enum CairnDNSOutcome: Hashable, Sendable {
    /// There are records of the type, perhaps behind CNAME records.
    case found
    /// The name exists but has no record of the type: `NODATA` (RFC 2308 §2.2).
    case noData
    /// The name does not exist: `NXDOMAIN` (RFC 2308 §2.1).
    case nameError
    /// There was no answer to the question.
    case failed(CairnDNSResponseCode)
}

extension CairnDNSOutcome: CustomStringConvertible {
    /// A word or two for a log, such as `NODATA`.
    public var description: String {
        switch self {
        case .found: "found"
        case .noData: "NODATA"
        case .nameError: "NXDOMAIN"
        case .failed(let code): code.description
        }
    }
}

/// The answer of the table to one question.
package struct DNSAnswer: Hashable, Sendable {
    /// The name that was asked for, as it was written.
    package var question: DNSName
    package var type: CairnDNSType
    package var outcome: CairnDNSOutcome
    /// The CNAME records that were followed, in order.
    package var chain: [OwnedRecord] = []
    /// The records of the type asked for, of the last name of the chain; none unless the outcome is ``CairnDNSOutcome/found``.
    package var records: [CairnDNSRecord] = []
    /// The SOA that goes with a negative answer (RFC 2308 §3).
    package var authority: OwnedRecord?
    /// What went wrong, in words, where the response code alone does not say it.
    package var reason: String?

    package var responseCode: CairnDNSResponseCode {
        switch outcome {
        case .found, .noData: .noError
        case .nameError: .nameError
        case .failed(let code): code
        }
    }

    /// The name at the end of the chain: the one that was asked for if there is no CNAME.
    package var canonicalName: DNSName {
        guard case .cname(let target)? = chain.last?.record.content else { return question }
        return DNSName(target)
    }

    /// The addresses among ``records``, in order.
    package var addresses: [CairnIPAddress] { records.compactMap(\.address) }
}

extension DNSAnswer: CustomStringConvertible {
    /// A sentence part for the detail of a problem: `NXDOMAIN looking up A for www.example.test`, with the chain that led
    /// there, or the records that were found.
    package var description: String {
        let path = chain.reduce(into: "") { text, link in
            guard case .cname(let target) = link.record.content else { return }
            text += " -> \(DNSName(target))"
        }
        let lookup = "looking up \(type) for \(question)" + (path.isEmpty ? "" : " (CNAME\(path))")
        switch outcome {
        case .found: return "\(lookup): " + records.map(\.description).joined(separator: ", ")
        case .noData: return "no \(type) record \(lookup)"
        case .nameError, .failed: return "\(outcome) \(lookup)" + (reason.map { ": \($0)" } ?? "")
        }
    }
}
