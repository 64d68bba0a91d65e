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

/// The value of an `issue` or `issuewild` record: who may issue, and under which conditions (RFC 8659 §4.2).
///
/// ```
/// ca.example.test; accounturi=https://ca.example.test/account/1; validationmethods=dns-01
/// ```
struct IssueValue: Hashable, Sendable {
    /// `nil` if it names nobody, as `;` does.
    var issuerDomainName: String?
    var parameters: [Parameter] = []

    struct Parameter: Hashable, Sendable {
        var tag: String
        var value: String
    }

    /// Why a text is no such value.
    struct Flaw: Error, Hashable {
        var reason: String
    }

    /// The values of all parameters with a tag, which is compared without regard to case, in order.
    func values(of tag: String) -> [String] {
        parameters.filter { $0.tag.isSameIgnoringCase(as: tag) }.map(\.value)
    }
}

extension IssueValue {
    /// Reads a value by the grammar of RFC 8659 §4.2, which knows no semicolon behind the last parameter.
    init(parsing text: [UInt8]) throws(Flaw) {
        // Neither names nor parameters can hold a semicolon.
        let parts = text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(Self.trimmed)
        if let domain = parts.first, !domain.isEmpty { issuerDomainName = try Self.domainName(domain) }
        // A semicolon may stand behind the name without parameters.
        if parts.count == 2, parts[1].isEmpty { return }
        for part in parts.dropFirst() { parameters.append(try Self.parameter(part)) }
    }

    private static func domainName(_ text: ArraySlice<UInt8>) throws(Flaw) -> String {
        let labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy(isLabel) else {
            throw Flaw(reason: "expected a domain name, got \"\(Excerpt.of(Array(text)))\"")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func parameter(_ text: ArraySlice<UInt8>) throws(Flaw) -> Parameter {
        guard let sign = text.firstIndex(of: UInt8(ascii: "=")) else {
            throw Flaw(reason: "expected a parameter tag=value, got \"\(Excerpt.of(Array(text)))\"")
        }
        let (tag, value) = (trimmed(text[..<sign]), trimmed(text[text.index(after: sign)...]))
        guard isLabel(tag) else {
            throw Flaw(reason: "expected a tag of letters, digits and hyphens, got \"\(Excerpt.of(Array(tag)))\"")
        }
        guard value.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Flaw(
                reason: "expected printable ASCII without spaces in a value, got \"\(Excerpt.of(Array(value)))\"")
        }
        return Parameter(tag: String(decoding: tag, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
    }

    /// Whether a text is letters and digits, with hyphens between them.
    private static func isLabel(_ text: ArraySlice<UInt8>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return !text.isEmpty && text.first != hyphen && text.last != hyphen
            && text.allSatisfy { isLetterOrDigit($0) || $0 == hyphen }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// The text without spaces and tabs around it.
    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let tail = text.drop(while: isBlank)
        return tail.prefix((tail.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? tail.startIndex) - tail.startIndex)
    }
}
