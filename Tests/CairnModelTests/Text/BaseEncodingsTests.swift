import CairnModel
import Testing

@Suite("Base64url (RFC 4648 §5, RFC 7515 §2)", .timeLimit(.minutes(5)))
struct Base64URLTests {
    /// RFC 4648 §10 without its padding, and RFC 7515 appendix C.
    static let vectors: [([UInt8], String)] = [
        ([], ""),
        (Array("f".utf8), "Zg"),
        (Array("fo".utf8), "Zm8"),
        (Array("foo".utf8), "Zm9v"),
        (Array("foob".utf8), "Zm9vYg"),
        (Array("fooba".utf8), "Zm9vYmE"),
        (Array("foobar".utf8), "Zm9vYmFy"),
        ([3, 236, 255, 224, 193], "A-z_4ME"),
    ]

    @Test("The vectors of the standards encode and decode", arguments: vectors)
    func standardVector(bytes: [UInt8], text: String) throws {
        #expect(Base64URL.encode(bytes) == text)
        #expect(try Base64URL.decode(text) == bytes)
    }

    @Test("Every length up to 300 survives a round trip, from arrays, slices and other collections")
    func roundTrip() throws {
        var generator = (1 as CairnSeed).generator(for: "base64url")
        for length in 0...300 {
            let bytes = generator.bytes(length)
            let text = Base64URL.encode(bytes)
            #expect(text.utf8.count == (length * 8 + 5) / 6)
            #expect(try Base64URL.decode(text) == bytes)
            #expect(Base64URL.encode(bytes.reversed()) == Base64URL.encode(Array(bytes.reversed())))
            #expect(try Base64URL.decode(utf8: Array(" \(text)".utf8).dropFirst()) == bytes)
            #expect(try Base64URL.decode("\(text)é".dropLast()) == bytes)
        }
    }

    static let refusals: [(String, Base64URLError)] = [
        ("Zg==", Base64URLError(.padding, at: 2)),
        ("Zm8=", Base64URLError(.padding, at: 3)),
        ("=", Base64URLError(.padding, at: 0)),
        ("Zm9v=", Base64URLError(.padding, at: 4)),
        ("Zg=a", Base64URLError(.foreign(0x3d), at: 2)),
        ("A+z_4ME", Base64URLError(.foreign(0x2b), at: 1)),
        ("A-z/4ME", Base64URLError(.foreign(0x2f), at: 3)),
        ("Zm9v\n", Base64URLError(.foreign(0x0a), at: 4)),
        ("Zm 9", Base64URLError(.foreign(0x20), at: 2)),
        ("Zmé", Base64URLError(.foreign(0xc3), at: 2)),
        ("Z", Base64URLError(.impossibleLength(1), at: 0)),
        ("Zm9vY", Base64URLError(.impossibleLength(5), at: 4)),
        ("Zh", Base64URLError(.trailingBits, at: 1)),
        ("Zm9", Base64URLError(.trailingBits, at: 2)),
    ]

    @Test("A text that an encoder would not write is refused, with the place (RFC 8555 §6.1)", arguments: refusals)
    func refusal(text: String, error: Base64URLError) {
        #expect(throws: error) { try Base64URL.decode(text) }
        #expect(Base64URL.fault(in: text) == error)
    }

    @Test("A number of 128 bits is what its 16 octets stand for, and no other text is one")
    func number() throws {
        var generator = (2 as CairnSeed).generator(for: "base64url")
        for _ in 0..<100 {
            let bytes = generator.bytes(16)
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.number(text) == bytes.reduce(0) { $0 << 8 | UInt128($1) })
            #expect(Base64URL.fault(in: text) == nil)
            for other in ["\(text)A", String(text.dropLast()), "\(text.dropLast())B", "=\(text.dropFirst())"] {
                #expect(Base64URL.number(other) == nil)
            }
        }
    }

    @Test("A refusal says what was expected, what came and which section says so")
    func words() {
        #expect(
            Base64URLError(.padding, at: 2).description
                == "expected base64url without padding, got '=' at byte 2 (RFC 8555 §6.1, RFC 7515 §2)")
        #expect(Base64URLError(.foreign(10), at: 4).description.contains("got byte 0x0a at byte 4"))
        #expect(Base64URLError(.foreign(0x2b), at: 1).description.contains("got '+' of ordinary Base64 at byte 1"))
        #expect(Base64URLError(.impossibleLength(5), at: 4).description.contains("5 characters"))
        #expect(Base64URLError(.trailingBits, at: 1).description.contains("RFC 4648 §3.5"))
    }

    @Test("Each text of four characters is refused or is the only text of its bytes")
    func onlyOneText() throws {
        var decoded = 0
        for last in UInt8.min...UInt8.max {
            for length in 2...4 {
                let text = Array("Zm9v".utf8.prefix(length - 1)) + [last]
                let fault = Base64URL.fault(in: String(decoding: text, as: UTF8.self))
                guard let bytes = try? Base64URL.decode(utf8: text) else {
                    #expect(fault != nil)
                    continue
                }
                #expect(fault == nil)
                #expect(Array(Base64URL.encode(bytes).utf8) == text)
                decoded += 1
            }
        }
        #expect(decoded == 4 + 16 + 64)
    }
}

@Suite("PEM (RFC 7468)", .timeLimit(.minutes(5)))
struct PEMTests {
    @Test(
        "What was written is read, whatever stands around it and between its lines",
        arguments: [0, 1, 2, 3, 47, 48, 49, 500])
    func reading(count: Int) {
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 | 0xf8) }
        let text = String(decoding: PEM.block("CERTIFICATE", content), as: UTF8.self)
        #expect(PEM.content(of: "CERTIFICATE", in: text) == content)
        #expect(
            PEM.content(of: "CERTIFICATE", in: "subject=…\n" + text.replacing("\n", with: " \r\n") + text) == content)
        #expect(PEM.content(of: "PRIVATE KEY", in: text) == nil)
    }

    @Test(
        "What is no block is not read",
        arguments: [
            "", "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE----------BEGIN CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nAA*A\n-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nAA_-\n-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----",
        ])
    func refusal(text: String) {
        #expect(PEM.content(of: "CERTIFICATE", in: text) == nil)
    }
}
