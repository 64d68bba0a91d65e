/// Base64url without padding (RFC 4648 §5).
///
/// The benchmark shares no code with the server that it measures.
enum Base64URL {
    private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[index + 2]) }
            for digit in 0...count { text.append(alphabet[Int(group >> UInt32(18 - 6 * digit) & 63)]) }
            index += 3
        }
        return text
    }

    static func encode(_ text: String) -> [UInt8] { encode(Array(text.utf8)) }
}
