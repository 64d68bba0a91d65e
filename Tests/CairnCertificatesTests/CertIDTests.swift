import CairnCertificates
import CairnModel
import Testing

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
