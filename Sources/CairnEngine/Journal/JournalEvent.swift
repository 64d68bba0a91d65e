public import CairnCertificates
public import CairnModel

/// One line of the journal.
public struct CairnJournalEntry: Sendable {
    /// Counts from 0 and never repeats within one CA, so a gap at the beginning shows how much was forgotten.
    public let number: Int
    /// When it happened, on the clock of the CA.
    public let at: CairnInstant
    /// What happened.
    public internal(set) var event: CairnJournalEvent
}

extension CairnJournalEntry {
    /// The request, if it is about one.
    public var request: CairnRequestEvent? { if case .request(let event) = event { event } else { nil } }
    /// The new status of an object, if it is about one.
    public var statusChange: CairnStatusEvent? { if case .status(let event) = event { event } else { nil } }
    /// The certificate that was issued, if it is about one.
    public var certificate: CairnCertificate? { if case .issued(let certificate) = event { certificate } else { nil } }
    /// What a client should not have done, if it is about that.
    public var finding: CairnFinding? { if case .finding(let finding) = event { finding } else { nil } }
    /// The validation, if it is about one.
    public var probe: CairnProbeEvent? { if case .probe(let event) = event { event } else { nil } }
}

/// Something that happened in the CA.
public enum CairnJournalEvent: Sendable {
    /// A request came, and it was decided what is answered.
    case request(CairnRequestEvent)
    /// An object was created, or its status changed.
    case status(CairnStatusEvent)
    /// A certificate was issued.
    case issued(CairnCertificate)
    /// A certificate was revoked, for a reason if the request gave one (RFC 8555 §7.6).
    case revoked(CairnSerialNumber, ACMERevocationReason?)
    /// Somebody agreed for an account to a version of the terms (RFC 8555 §7.3.3).
    case agreed(account: CairnObjectID, terms: String)
    /// A client did something that it should not.
    case finding(CairnFinding)
    /// The CA looked whether a challenge is fulfilled.
    case probe(CairnProbeEvent)
}

/// A new status of an object.
public struct CairnStatusEvent: Hashable, Sendable {
    /// The kinds of objects that have a status.
    public enum Subject: String, Sendable {
        /// RFC 8555 §7.1.2.
        case account
        /// RFC 8555 §7.1.3.
        case order
        /// RFC 8555 §7.1.4.
        case authorization
        /// RFC 8555 §7.1.5, §8.
        case challenge
        /// What an order ends with (RFC 8555 §7.4.2).
        case certificate
        /// The key of an external account (RFC 8555 §7.3.4).
        case externalAccountKey
    }

    /// What kind of object it is.
    public let subject: Subject
    /// The last part of the object's URL; for a challenge, its authorization and number; for the key of an external
    /// account, its identifier.
    public let id: CairnObjectID
    /// The name, or names, that the object is about.
    public let identifiers: [ACMEIdentifier]
    /// `nil` for an object that is new.
    public let from: ACMEStatus?
    /// The status from now on.
    public let to: ACMEStatus
}
