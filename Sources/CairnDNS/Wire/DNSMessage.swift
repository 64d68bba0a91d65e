/// A DNS message (RFC 1035 §4), with the OPT record of EDNS taken out of its additional section (RFC 6891).
package struct DNSMessage: Hashable, Sendable {
    package var id: UInt16
    package var isResponse = false
    package var opcode: UInt8 = 0
    package var isAuthoritative = false
    package var isTruncated = false
    package var recursionDesired = false
    package var recursionAvailable = false
    package var isAuthenticData = false
    package var checkingDisabled = false
    /// All 12 bits; those above the fourth travel in the OPT record.
    package var responseCode = CairnDNSResponseCode.noError
    package var questions: [Question] = []
    package var answers: [ResourceRecord] = []
    package var authorities: [ResourceRecord] = []
    package var additionals: [ResourceRecord] = []
    package var edns: EDNS?
    /// What was read at the end; never written.
    var signature: Signature?

    package init(id: UInt16) { self.id = id }

    /// An entry of the question section (RFC 1035 §4.1.2).
    package struct Question: Hashable, Sendable {
        package var name: DNSName
        package var type: CairnDNSType
        package var recordClass = RecordClass.internet

        package init(_ name: DNSName, _ type: CairnDNSType) {
            (self.name, self.type) = (name, type)
        }
    }

    /// An entry of one of the other sections (RFC 1035 §4.1.3).
    package struct ResourceRecord: Hashable, Sendable {
        package var owner: DNSName
        package var recordClass = RecordClass.internet
        package var record: CairnDNSRecord

        package init(_ owner: DNSName, _ record: CairnDNSRecord) {
            (self.owner, self.record) = (owner, record)
        }
    }

    /// What an OPT record says (RFC 6891 §6.1).
    package struct EDNS: Hashable, Sendable {
        /// The largest datagram that the sender can take.
        package var payloadSize: UInt16
        package var version: UInt8 = 0
        /// `DO`: the sender wants the records of DNSSEC (RFC 3225).
        package var wantsDNSSEC = false
        /// The options, unread.
        package var options: [UInt8] = []

        package init(payloadSize: UInt16) { self.payloadSize = payloadSize }
    }

    /// The TSIG record of a message (RFC 8945 §5.1).
    struct Signature: Hashable, Sendable {
        var record: TSIGRecord
        /// Where in the message it begins.
        var start: Int
    }

    /// A class (RFC 1035 §3.2.4).
    package struct RecordClass: RawRepresentable, Hashable, Sendable {
        package var rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        package static let internet = RecordClass(rawValue: 1)
        package static let chaos = RecordClass(rawValue: 3)
        /// `NONE`, which only updates have (RFC 2136 §2.4).
        package static let nothing = RecordClass(rawValue: 254)
        /// `ANY`, which only questions, updates and TSIG records have (RFC 1035 §3.2.5).
        package static let anything = RecordClass(rawValue: 255)
    }
}

/// Why bytes are not a message, or a message cannot be written.
package struct DNSMessageError: Error, Hashable, CustomStringConvertible {
    package var description: String
    /// Whether the message would be longer than what carries it.
    var isTooLong = false

    init(_ description: String) { self.description = description }

    static func tooLong(_ limit: Int) -> DNSMessageError {
        var error = DNSMessageError(
            "expected a message of at most \(limit) octets, got a longer one (RFC 1035 §4.2.1, §4.2.2)")
        error.isTooLong = true
        return error
    }
}
