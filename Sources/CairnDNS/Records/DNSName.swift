import CairnModel

/// A domain name: its labels, the leftmost first, in the case in which they were written.
///
/// Two names that differ only in the case of ASCII letters are different values of this type but have one ``key``
/// (RFC 4343). Any text makes a name, so that a table can hold what a user wrote; ``flaw`` says why a name cannot be
/// sent in a message.
package struct DNSName: Hashable, Sendable {
    package var labels: [[UInt8]]

    package init(labels: [[UInt8]]) { self.labels = labels }

    /// The name of the root, which has no label.
    package static let root = DNSName(labels: [])

    /// Reads the text of RFC 1035 §5.1: labels with dots between them, `\.` and `\DDD` for what is not to be taken as it
    /// stands, and a final dot that may be left out.
    package init(_ text: String) {
        var labels: [[UInt8]] = []
        var label: [UInt8] = []
        var rest = Array(text.utf8)[...]
        var endedWithDot = true
        while let byte = rest.popFirst() {
            endedWithDot = byte == UInt8(ascii: ".")
            if endedWithDot {
                labels.append(label)
                label = []
            } else if byte == UInt8(ascii: "\\"), let escaped = Self.escaped(&rest) {
                label.append(escaped)
            } else {
                label.append(byte)
            }
        }
        if !endedWithDot { labels.append(label) }
        self.labels = labels == [[]] ? [] : labels
    }

    /// What a backslash stands for: three digits that make an octet, or the next character.
    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        let digits = rest.prefix(3)
        if digits.count == 3, digits.allSatisfy(\.isDigit) {
            let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            if let octet = UInt8(exactly: number) {
                rest.removeFirst(3)
                return octet
            }
        }
        return rest.popFirst()
    }

    /// The name in lower case: what names are compared by.
    package var key: DNSName {
        DNSName(labels: labels.map { $0.map(\.lowercasedASCII) })
    }

    /// The name without its first label; `nil` for the root.
    package var parent: DNSName? {
        labels.isEmpty ? nil : DNSName(labels: Array(labels.dropFirst()))
    }

    /// The name one label below that stands for all others there (RFC 4592 §2.1.1).
    package var wildcard: DNSName {
        DNSName(labels: [[UInt8(ascii: "*")]] + labels)
    }

    /// Whether the name is another one, of which the key is given, or below that.
    package func isAtOrBelow(_ key: DNSName) -> Bool {
        labels.count >= key.labels.count && suffix(key.labels.count).key == key
    }

    /// The last `count` labels; the whole name if it has no more.
    package func suffix(_ count: Int) -> DNSName {
        DNSName(labels: Array(labels.suffix(count)))
    }

    /// Why no message can carry the name, with the limit that it breaks; `nil` for a sound name (RFC 1035 §2.3.4).
    package var flaw: String? {
        if labels.contains(where: \.isEmpty) {
            return "\("\(self)".quoted) is not a domain name: expected labels of 1 to 63 octets, got an empty one "
                + "(RFC 1035 §2.3.4)"
        }
        if let long = labels.first(where: { $0.count > 63 }) {
            return
                "\("\(self)".quoted) is not a domain name: expected labels of 1 to 63 octets, got one of \(long.count) "
                + "(RFC 1035 §2.3.4)"
        }
        let length = labels.reduce(1) { $0 + 1 + $1.count }
        guard length <= 255 else {
            return "\("\(self)".quoted) is not a domain name: expected at most 255 octets on the wire, got \(length) "
                + "(RFC 1035 §2.3.4)"
        }
        return nil
    }
}

extension DNSName: CustomStringConvertible {
    /// The text of the name without a final dot; a single dot for the root.
    package var description: String {
        labels.isEmpty ? "." : labels.map(Self.text).joined(separator: ".")
    }

    private static func text(_ label: [UInt8]) -> String {
        label.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "\\"):
                text += "\\"
                text.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x21...0x7e:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte)
                text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
    }
}
