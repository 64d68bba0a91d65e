/// Host and port of a URL, as `Host` has them too (RFC 3986 §3.2, RFC 9110 §7.2).
package struct URLAuthority: Hashable, Sendable {
    /// A name or an address, the latter in brackets if it is IPv6: as it was written.
    package let host: String
    /// `nil` where none is written.
    package let port: Int?

    /// Why a text is no authority: what was expected, and what came.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// Reads what stands between `//` and the path of a URL.
    ///
    /// Only forms that clients send are taken: no user, no percent-encoding, no zone of an IPv6 address.
    package init(_ text: some StringProtocol) throws(Fault) { try self.init(reading: Substring(text)) }

    private init(reading text: Substring) throws(Fault) {
        func fault(_ expected: String) -> Fault { Fault(description: "expected \(expected), got \(text.quoted)") }
        let bytes = text.utf8
        var end = bytes.startIndex
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) else {
                throw fault("an IPv6 address in brackets, such as \"[::1]:14000\"")
            }
            guard CairnIPAddress(text[bytes.index(after: bytes.startIndex)..<bracket])?.octets.count == 16 else {
                throw fault("an IPv6 address in the brackets")
            }
            end = bytes.index(after: bracket)
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            guard end != bytes.startIndex, bytes[..<end].allSatisfy(\.isUnreserved) else {
                throw fault("a name or an address, and perhaps a port")
            }
            guard bytes.distance(from: bytes.startIndex, to: end) <= 255 else {
                throw fault("a name of at most 255 bytes")
            }
        }
        host = String(text[..<end])
        guard end != bytes.endIndex else {
            port = nil
            return
        }
        let digits = bytes[end...].dropFirst()
        guard bytes[end] == UInt8(ascii: ":"), !digits.contains(where: { !$0.isDigit }), digits.count <= 5 else {
            throw fault("a name or an address, and perhaps a colon and a port")
        }
        // An empty port is one that is left out (RFC 3986 §3.2.3).
        let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard digits.isEmpty || (1...65_535).contains(number) else { throw fault("a port from 1 to 65535") }
        port = digits.isEmpty ? nil : number
    }
}

/// Text in the path of a URL and in the fields of a form (RFC 3986 §2.1, WHATWG URL §5).
package enum PercentEncoding {
    /// The text with everything but the unreserved characters encoded, so that it is one segment of a path, or one value.
    package static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            if byte.isUnreserved {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    /// The value of a field of an `application/x-www-form-urlencoded` body; `nil` if there is no such field.
    package static func value(of name: String, inForm body: some Sequence<UInt8>) -> String? {
        for pair in String(decoding: Array(body), as: UTF8.self).utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, decode(parts[0], plusIsSpace: true).isSame(as: name) {
                return decode(parts[1], plusIsSpace: true)
            }
        }
        return nil
    }

    /// The text that was encoded.
    ///
    /// A percent sign without two digits stands for itself.
    package static func decode(_ text: some StringProtocol) -> String { decode(text.utf8, plusIsSpace: false) }

    private static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool) -> String {
        var decoded: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            switch byte {
            case UInt8(ascii: "%") where digits.count == 2:
                decoded.append(UInt8(digits[0] << 4 | digits[1]))
                rest = rest.dropFirst(2)
            case UInt8(ascii: "+") where plusIsSpace: decoded.append(UInt8(ascii: " "))
            default: decoded.append(byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}

extension UInt8 {
    /// Whether the octet stands for itself wherever it is in a URL (RFC 3986 §2.3).
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
