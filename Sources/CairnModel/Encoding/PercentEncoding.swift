/// Text in the path of a URL and in the fields of a form (RFC 3986 §2.1, WHATWG URL §5).
package enum PercentEncoding {
    /// The text with everything but the unreserved characters encoded, so that it is one segment of a path, or one value.
    package static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    /// The value of a field of an `application/x-www-form-urlencoded` body; `nil` if there is no such field.
    ///
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
