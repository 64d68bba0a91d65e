/// The beginning of what came, as a problem shows it.
enum Excerpt {
    /// The first 100 characters; what is not printable ASCII is shown as `\xNN`.
    static func of(_ bytes: [UInt8]) -> String {
        let text = bytes.prefix(100).reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "\n"): text += "\\n"
            case UInt8(ascii: "\r"): text += "\\r"
            case UInt8(ascii: "\t"): text += "\\t"
            case 0x20...0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return bytes.count > 100 ? text + "…" : text
    }

    /// The bytes in hexadecimal, at most 64 of them.
    static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        bytes.prefix(64).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            + (bytes.count > 64 ? "…" : "")
    }
}
