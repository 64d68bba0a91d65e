import CairnModel
import Testing

@Suite("PEM (RFC 7468)", .timeLimit(.minutes(5)))
struct PEMTests {
    @Test(
        "bytes are written with the padding of RFC 4648 §10",
        arguments: [
            ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func padding(_ content: String, _ base64: String) {
        let text = String(decoding: PEM.block("DATA", Array(content.utf8)), as: UTF8.self)
        #expect(text == "-----BEGIN DATA-----\n\(base64)\n-----END DATA-----\n")
    }

    @Test("lines have 64 columns, and the last is not empty (RFC 7468 §2)", arguments: [0, 1, 47, 48, 49, 96, 97])
    func lines(_ count: Int) {
        let text = String(decoding: PEM.block("DATA", Array(repeating: 0, count: count)), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let body = lines.dropFirst().dropLast(2)
        #expect(lines.first == "-----BEGIN DATA-----")
        #expect(lines.suffix(2) == ["-----END DATA-----", ""])
        #expect(body.count == (count + 47) / 48)
        #expect(body.dropLast().allSatisfy { $0.count == 64 })
        #expect(body.allSatisfy { !$0.isEmpty })
    }

    @Test("all 64 digits are used")
    func digits() {
        let content = (0..<48).map { index -> UInt8 in
            // The numbers 0 to 63 in six bits each.
            let bits = (0..<8).map { bit -> Int in
                let position = 8 * index + bit
                return (position / 6) >> (5 - position % 6) & 1
            }
            return UInt8(bits.reduce(0) { $0 << 1 | $1 })
        }
        let text = String(decoding: PEM.block("DATA", content), as: UTF8.self)
        #expect(text.contains("\nABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\n"))
    }
}
