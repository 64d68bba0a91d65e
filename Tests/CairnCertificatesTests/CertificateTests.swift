import CairnCertificates
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

@Suite("certID", .timeLimit(.minutes(5)))
struct CertIDTests {
    @Test("The example of RFC 9773 §4.1 is read and written")
    func vector() throws {
        let id = CertID(
            keyIdentifier: [
                0x69, 0x88, 0x5b, 0x6b, 0x87, 0x46, 0x40, 0x41, 0xe1, 0xb3, 0x7b, 0x84, 0x7b, 0xa0, 0xae, 0x2c, 0xde,
                0x01, 0xc8, 0xd4,
            ], serialNumber: CairnSerialNumber(bytes: [0x00, 0x87, 0x65, 0x43, 0x21]))
        #expect("\(id)" == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE")
        #expect(try CertID(parsing: "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE") == id)
    }

    @Test("A serial number whose first bit is clear has no octet 0 in front (RFC 9773 §4.1, X.690 §8.3)")
    func small() throws {
        let id = CertID(keyIdentifier: [1], serialNumber: CairnSerialNumber(bytes: [0x7f, 0xff]))
        #expect("\(id)" == "AQ.f_8")
        #expect(try CertID(parsing: "AQ.f_8") == id)
    }

    @Test("A serial number of 20 octets is read, with an octet 0 in front as well (RFC 5280 §4.1.2.2)")
    func longest() throws {
        for octets in [[UInt8](repeating: 0x7f, count: 20), [0] + [UInt8](repeating: 0xff, count: 20)] {
            let id = try CertID(parsing: "AQ.\(Base64URL.encode(octets))")
            #expect(id.serialNumber.bytes.count == 20)
            #expect("\(id)" == "AQ.\(Base64URL.encode(octets))")
        }
    }

    @Test(
        "Anything else is malformed and says why (RFC 9773 §4.1)",
        arguments: [
            ("", "one \".\""), ("AQ", "one \".\""), ("AQ.f_8.AQ", "one \".\""), (".f_8", "a key identifier before"),
            ("AQ.", "a serial number after"), ("AQ.f/8", "the serial number in base64url"),
            ("AQ==.f_8", "the key identifier in base64url"), ("AQ.f_9", "the serial number in base64url"),
            ("AQ.h2VDIQ", "an octet 0 before a first bit"), ("AQ.AAE", "no octet 0 too many"),
            ("AQ.AA", "no octet 0 too many"), ("AQ.AAA", "no octet 0 too many"), ("AQ.A", "base64url"),
            ("AQ.\(Base64URL.encode([UInt8](repeating: 0x7f, count: 22)))", "at most 20 octets"),
            ("AQ.\(String(repeating: "f", count: 3200))", "…\" (3203 bytes)"),
        ])
    func malformed(_ text: String, _ words: String) {
        do {
            let id = try CertID(parsing: text)
            Issue.record("\(text) was read as \(id)")
        } catch {
            #expect(error.type == .malformed)
            #expect(error.detail.contains(words), "\(error.detail)")
            #expect(error.detail.contains("RFC 9773 §4.1") || error.detail.contains("RFC 5280"))
        }
    }
}

@Suite("Reasons for revocation (RFC 5280 §5.3.1)", .timeLimit(.minutes(5)))
struct RevocationReasonTests {
    @Test("the assigned numbers are 0 to 10 without 7")
    func assigned() {
        #expect(ACMERevocationReason.assigned.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10])
        #expect(!ACMERevocationReason.assigned.contains(ACMERevocationReason(rawValue: 7)))
        #expect(!ACMERevocationReason.assigned.contains(ACMERevocationReason(rawValue: 11)))
        #expect(!ACMERevocationReason.assigned.contains(ACMERevocationReason(rawValue: -1)))
    }

    @Test("a subscriber may give 0, 1, 3, 4 and 5")
    func forSubscribers() {
        #expect(ACMERevocationReason.forSubscribers.map(\.rawValue) == [0, 1, 3, 4, 5])
    }

    @Test("each has the name of the standard, and others their number")
    func names() {
        #expect(
            ACMERevocationReason.assigned.map(\.description) == [
                "unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
                "cessationOfOperation", "certificateHold", "removeFromCRL", "privilegeWithdrawn", "aACompromise",
            ])
        #expect(ACMERevocationReason(rawValue: 7).description == "7")
    }
}
