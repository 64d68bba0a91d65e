import CairnDNS
import CairnModel

/// One CAA record, taken apart (RFC 8659 §4.1).
struct CAARecord {
    let flags: UInt8
    /// As it is written.
    let tag: String
    let value: [UInt8]
    /// Whether the data hold no flags, no tag, or a tag that is longer than they are.
    let isBroken: Bool
    private let record: CairnDNSRecord

    init(_ record: CairnDNSRecord) {
        self.record = record
        switch record.content {
        case .caa(let flags, let tag, let value):
            (self.flags, self.tag, self.value, isBroken) = (flags, tag, Array(value.utf8), tag.isEmpty)
        case .other(_, let data):
            let length = data.dropFirst().first.map(Int.init) ?? 0
            isBroken = length == 0 || data.count < 2 + length
            flags = data.first ?? 0
            tag = String(decoding: data.dropFirst(2).prefix(length), as: UTF8.self)
            value = Array(data.dropFirst(2 + length))
        default: (flags, tag, value, isBroken) = (0, "", [], true)
        }
    }

    /// The tag as it is compared: without regard to case (RFC 8659 §4.1).
    var key: WireText { WireText(tag.lowercasedASCII) }

    /// Whether a CA that does not know the tag must not issue.
    var isCritical: Bool { flags & 128 != 0 }

    /// Whether the tag means something to a CA for TLS servers, if only that it is none of its business.
    var isKnown: Bool { Self.knownTags.contains(key) }

    /// From RFC 8659 §4, RFC 9495 and the registry for mark certificates.
    private static let knownTags = Set(["issue", "issuewild", "iodef", "issuemail", "issuevmc"].map(WireText.init))
}

extension CAARecord: CustomStringConvertible {
    var description: String {
        isBroken ? "\(record)" : "CAA \(flags) \(Excerpt.of(Array(tag.utf8))) \"\(Excerpt.of(value))\""
    }
}
