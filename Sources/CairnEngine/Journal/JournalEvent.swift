public import CairnCertificates
public import CairnModel

/// One line of the journal.
public struct CairnJournalEntry: Sendable {
    /// Counts from 0 and never repeats within one CA, so a gap at the beginning shows how much was forgotten.
    public let number: Int
    /// When it happened, on the clock of the CA.
    public let at: CairnInstant
    /// What happened.
    public let event: CairnJournalEvent
}

/// Something that happened in the CA.
public enum CairnJournalEvent: Sendable {
    /// A request was answered.
    case request(CairnRequestEvent)
    /// An object was created, or its status changed.
    case status(CairnStatusEvent)
    /// A certificate was issued.
    case issued(CairnCertificate)
    /// A certificate was revoked, for a reason if the request gave one (RFC 8555 §7.6).
    case revoked(CairnSerialNumber, ACMERevocationReason?)
    /// Somebody agreed for an account, by the last part of its URL, to a version of the terms (RFC 8555 §7.3.3).
    case agreed(account: String, terms: String)
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
    public let id: String
    /// The name, or names, that the object is about.
    public let identifiers: [ACMEIdentifier]
    /// `nil` for an object that is new.
    public let from: String?
    /// The status from now on, such as `valid`.
    public let to: String
}
