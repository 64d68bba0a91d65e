/// The textual encoding of RFC 7468: base64 in lines of 64 columns between two boundaries.
package enum PEM {
    /// One block, ended by a line feed, so that blocks can be put one after the other.
    ///
    /// - Parameter label: what the block holds, as RFC 7468 §4 names it: `CERTIFICATE`, `PRIVATE KEY`.
    package static func block(_ label: String, _ content: [UInt8]) -> [UInt8] {
        let characters = (content.count + 2) / 3 * 4
        var text: [UInt8] = []
        text.reserveCapacity(characters + characters / 64 + 2 * (label.utf8.count + 17) + 2)
        text += "-----BEGIN \(label)-----\n".utf8
        appendBase64(content, to: &text)
        text += "-----END \(label)-----\n".utf8
        return text
    }

    private static func appendBase64(_ content: [UInt8], to text: inout [UInt8]) {
        var bytes = content.makeIterator()
        var column = 0
        while let first = bytes.next() {
            let second = bytes.next()
            let third = second == nil ? nil : bytes.next()
            let group = UInt32(first) << 16 | UInt32(second ?? 0) << 8 | UInt32(third ?? 0)
            text.append(digit(group >> 18))
            text.append(digit(group >> 12))
            text.append(second == nil ? padding : digit(group >> 6))
            text.append(third == nil ? padding : digit(group))
            column += 4
            if column == 64 {
                text.append(lineFeed)
                column = 0
            }
        }
        if column > 0 { text.append(lineFeed) }
    }

    private static func digit(_ group: UInt32) -> UInt8 { alphabet[Int(group & 0x3f)] }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let lineFeed = UInt8(ascii: "\n")
}
