import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

@Suite("Reading a certificate signing request (RFC 2986)", .timeLimit(.minutes(5)))
struct SigningRequestTests {
    @Test("every accepted key is read", arguments: acceptedKeys)
    func acceptedKey(_ kind: OpenSSLKey.Kind) throws {
        let made = OpenSSLRequest(key: try OpenSSLKey(kind), names: "DNS:www.example.test")
        let request = try SigningRequest(derEncoded: made.derEncoded)
        #expect(request.identifiers == ["www.example.test"])
        #expect(request.subjectPublicKeyInfo == (try made.key.subjectPublicKeyInfo))
        #expect(request.commonNames == [])
        #expect(!request.mustStaple)
        #expect(!request.asksForAuthority)
    }

    @Test(
        "every accepted digest is believed, with either kind of key",
        arguments: [OpenSSLRequest.Digest.sha256, .sha384, .sha512],
        [OpenSSLKey.Kind.curve("P-256"), .curve("P-521"), .rsa(2048)])
    func acceptedDigest(_ digest: OpenSSLRequest.Digest, _ kind: OpenSSLKey.Kind) throws {
        var made = OpenSSLRequest(key: try OpenSSLKey(kind), names: "DNS:www.example.test")
        made.digest = digest
        #expect(try refusal(made) == "accepted")
    }

    @Test("names are read from the alternative names, in lower case and each once")
    func alternativeNames() throws {
        let request = try request(
            "DNS:WWW.Example.test,IP:192.0.2.1,DNS:www.example.test,IP:2001:db8:0:0:0:0:0:1,DNS:*.example.test")
        #expect(request.identifiers == ["www.example.test", "192.0.2.1", "2001:db8::1", "*.example.test"])
    }

    @Test("names are read from the common name too, an address as an address (RFC 8555 §7.4)")
    func commonName() throws {
        var made = OpenSSLRequest(key: try OpenSSLKey(.curve("P-256")))
        made.subject = [("O", "Example"), ("CN", "WWW.example.test")]
        var request = try SigningRequest(derEncoded: made.derEncoded)
        #expect(request.identifiers == [.dns("www.example.test")])
        #expect(request.commonNames == ["WWW.example.test"])
        made.subject = [("CN", "2001:db8::1")]
        request = try SigningRequest(derEncoded: made.derEncoded)
        #expect(request.identifiers == [ACMEIdentifier(type: .ip, value: "2001:db8::1")])
        made.extensions = [("subjectAltName", "DNS:other.example.test")]
        request = try SigningRequest(derEncoded: made.derEncoded)
        #expect(request.identifiers == ["other.example.test", "2001:db8::1"])
    }

    @Test("a common name is read from 16-bit strings")
    func commonNameOfWideCharacters() throws {
        var made = OpenSSLRequest(key: try OpenSSLKey(.curve("P-256")))
        made.subject = [("CN", "www.example.test")]
        made.usesBMPStrings = true
        #expect(try SigningRequest(derEncoded: made.derEncoded).identifiers == ["www.example.test"])
    }

    @Test("a domain name that looks like an address is not one")
    func addressAsName() throws {
        let request = try request("DNS:127.0.0.1")
        #expect(request.identifiers == [ACMEIdentifier(type: .dns, value: "127.0.0.1")])
    }

    @Test("no names at all is not for the reader to refuse")
    func noNames() throws {
        let made = OpenSSLRequest(key: try OpenSSLKey(.curve("P-256")))
        #expect(try SigningRequest(derEncoded: made.derEncoded).identifiers == [])
    }

    // MARK: Refusals

    @Test(
        "a key that is not certified is refused by its name and number",
        arguments: [
            (OpenSSLKey.Kind.curve("P-224"), "the CSR's key is on the curve P-224 (1.3.132.0.33); expected P-256,"),
            (.curve("secp256k1"), "the CSR's key is on the curve secp256k1 (1.3.132.0.10); expected P-256,"),
            (.curve("P-256", explicit: true), "the CSR's key does not name its curve"),
            (.ed448, "the CSR's key is Ed448 (1.3.101.113); expected P-256, P-384, P-521, RSA with 2048 to 8192 bits"),
            (.rsaPSS(2048), "the CSR's key is RSASSA-PSS (1.2.840.113549.1.1.10); expected P-256,"),
            (.rsa(1024), "the CSR's RSA key has 1024 bits, expected 2048 to 8192"),
            (.rsa(2047), "the CSR's RSA key has 2047 bits, expected 2048 to 8192"),
            (.rsa(2048, exponent: 3), "has the exponent 3, expected an odd number from 65537"),
            (.rsa(2048, exponent: 257), "has the exponent 257, expected an odd number from 65537"),
        ])
    func refusedKey(_ kind: OpenSSLKey.Kind, _ words: String) throws {
        let reason = try refusal(OpenSSLRequest(key: try OpenSSLKey(kind), names: "DNS:www.example.test"))
        #expect(reason.contains(words))
    }

    @Test("a key for agreement alone is refused by its name")
    func agreementKey() throws {
        var made = OpenSSLRequest(key: try OpenSSLKey(.x25519), names: "DNS:www.example.test")
        made.signer = try OpenSSLKey(.curve("P-256"))
        #expect(try refusal(made).contains("the CSR's key is X25519 (1.3.101.110); expected P-256,"))
    }

    @Test("an RSA key of more than 8192 bits is refused before anything is computed with it")
    func hugeKey() throws {
        var made = OpenSSLRequest(key: try OpenSSLKey.rsaModulus(ofBits: 16_384), names: "DNS:www.example.test")
        made.signer = try OpenSSLKey(.rsa(2048))
        #expect(try refusal(made).contains("the CSR's RSA key has 16384 bits, expected 2048 to 8192"))
    }

    @Test("an RSA key with an even exponent is refused")
    func evenExponent() throws {
        let made = try OpenSSLRequest(key: try OpenSSLKey(.rsa(2048)), names: "DNS:www.example.test").derEncoded
        let changed = try #require(made.replacing([2, 3, 1, 0, 1], with: [2, 3, 1, 0, 2]))
        #expect(refusal(changed).contains("has the exponent 65538, expected an odd number from 65537"))
    }

    @Test(
        "a weak or unknown signature is refused by its name and number",
        arguments: [
            (OpenSSLKey.Kind.rsa(2048), OpenSSLRequest.Digest.md5, "MD5 with RSA (1.2.840.113549.1.1.4)"),
            (.rsa(2048), .sha1, "SHA-1 with RSA (1.2.840.113549.1.1.5)"),
            (.rsa(2048), .sha224, "SHA-224 with RSA (1.2.840.113549.1.1.14)"),
            (.curve("P-256"), .sha1, "ECDSA with SHA-1 (1.2.840.10045.4.1)"),
            (.curve("P-256"), .sha224, "ECDSA with SHA-224 (1.2.840.10045.4.3.1)"),
        ])
    func refusedSignature(_ kind: OpenSSLKey.Kind, _ digest: OpenSSLRequest.Digest, _ name: String) throws {
        var made = OpenSSLRequest(key: try OpenSSLKey(kind), names: "DNS:www.example.test")
        made.digest = digest
        #expect(
            try refusal(made)
                == "the CSR is signed with \(name); expected SHA-256, SHA-384 or SHA-512 with ECDSA or RSA "
                + "(PKCS #1 v1.5), or Ed25519 (RFC 2986 §4.2)")
    }

    @Test("a PSS signature of an ordinary RSA key is refused by its name")
    func refusedPSSSignature() throws {
        var made = OpenSSLRequest(key: try OpenSSLKey(.rsa(2048)), names: "DNS:www.example.test")
        made.usesPSS = true
        #expect(try refusal(made).contains("the CSR is signed with RSASSA-PSS (1.2.840.113549.1.1.10); expected"))
    }

    @Test("a signature by another key is refused", arguments: [OpenSSLKey.Kind.curve("P-256"), .rsa(2048), .ed25519])
    func foreignSignature(_ kind: OpenSSLKey.Kind) throws {
        var made = OpenSSLRequest(key: try OpenSSLKey(kind), names: "DNS:www.example.test")
        made.signer = try OpenSSLKey(.curve("P-256"))
        #expect(try refusal(made) == "the CSR's signature is not one of the key that it holds (RFC 2986 §4.2)")
    }

    @Test("a request that was changed after signing is refused")
    func changedRequest() throws {
        let made = try OpenSSLRequest(key: try OpenSSLKey(.ed25519), names: "DNS:www.example.test").derEncoded
        let changed = try #require(made.replacing(Array("www".utf8), with: Array("ftp".utf8)))
        #expect(refusal(changed) == "the CSR's signature is not one of the key that it holds (RFC 2986 §4.2)")
    }

    /// The points of small order, in little-endian (RFC 7748 §7), then the three whose y is not reduced.
    static let smallOrder = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]

    @Test("an Ed25519 key of small order is refused, with either sign", arguments: smallOrder, [UInt8(0), 0x80])
    func smallOrderKey(_ text: String, _ sign: UInt8) throws {
        let key = try OpenSSLKey(.ed25519)
        let made = try OpenSSLRequest(key: key, names: "DNS:www.example.test").derEncoded
        var point = bytes(hexadecimal: text)
        point[31] |= sign
        let changed = try #require(made.replacing(Array(try key.subjectPublicKeyInfo.suffix(32)), with: point))
        let reason = refusal(changed)
        #expect(reason.hasPrefix("the CSR's Ed25519 key: "))
        #expect(reason.contains("small order") || reason.contains("not canonical"))
    }

    @Test("a point that is not on its curve is refused")
    func offCurve() throws {
        let key = try OpenSSLKey(.curve("P-256"))
        let made = try OpenSSLRequest(key: key, names: "DNS:www.example.test").derEncoded
        let point = Array(try key.subjectPublicKeyInfo.suffix(64))
        let changed = try #require(made.replacing(point, with: Array(repeating: 7, count: 64)))
        #expect(refusal(changed).contains("the CSR's key is not a valid one of its kind"))
    }

    @Test("a signature or a key that leaves bits unused is refused")
    func unusedBits() throws {
        // One bit can be unused only where the last octet is even, which half of all keys and signatures are.
        let candidates = try (0..<64).map { _ in
            let key = try OpenSSLKey(.curve("P-256"))
            return (
                key: try key.subjectPublicKeyInfo,
                request: try OpenSSLRequest(key: key, names: "DNS:www.example.test").derEncoded
            )
        }
        let even = try #require(
            candidates.first { $0.key.last?.isMultiple(of: 2) == true && $0.request.last?.isMultiple(of: 2) == true }
        ).request
        let key = try #require(even.replacing([0x03, 0x42, 0, 0x04], with: [0x03, 0x42, 1, 0x04]))
        #expect(refusal(key) == "the CSR's key has 1 unused bits, expected none (RFC 2986 §4)")
        let ecdsaWithSHA256: [UInt8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]
        let algorithm = try #require(even.indices.first { even[$0...].starts(with: ecdsaWithSHA256) })
        var signature = even
        signature[algorithm + ecdsaWithSHA256.count + 2] = 1
        #expect(refusal(signature) == "the CSR's signature has 1 unused bits, expected none (RFC 2986 §4)")
    }

    @Test("an address of neither four nor sixteen octets is refused")
    func oddAddress() throws {
        var made = OpenSSLRequest(key: try OpenSSLKey(.curve("P-256")))
        made.extensions = [("subjectAltName", "DER:30:05:87:03:7f:00:01")]
        #expect(try refusal(made) == "the CSR asks for an address of 3 octets, expected 4 or 16 (RFC 5280 §4.2.1.6)")
    }

    @Test(
        "an extension that cannot be read is refused by its name",
        arguments: [
            (
                "subjectAltName", "30:02:82:05",
                "the CSR's subjectAltName cannot be read, expected the form of RFC 5280 §4.2.1.6"
            ),
            (
                "subjectAltName", "30:03:82:01:ff",
                "the CSR's subjectAltName cannot be read, expected the form of RFC 5280 §4.2.1.6"
            ),
            (
                "basicConstraints", "02:01:00",
                "the CSR's basicConstraints cannot be read, expected the form of RFC 5280 §4.2.1.9"
            ),
            (
                "tlsfeature", "04:00",
                "the CSR's TLS feature extension cannot be read, expected the form of RFC 7633 §4.1"
            ),
        ])
    func malformedExtension(_ name: String, _ value: String, _ words: String) throws {
        var made = OpenSSLRequest(key: try OpenSSLKey(.curve("P-256")))
        made.extensions = [(name, "DER:\(value)")]
        #expect(try refusal(made) == words)
    }

    @Test("an extension that is asked for twice is refused")
    func repeatedExtension() throws {
        var made = OpenSSLRequest(key: try OpenSSLKey(.curve("P-256")), names: "DNS:www.example.test")
        made.extensions.append(("subjectAltName", "DNS:other.example.test"))
        #expect(
            try refusal(made) == "the CSR asks for one extension twice, expected each once at most (RFC 5280 §4.2)")
    }

    @Test(
        "a version that is no number of its own is refused, and said (RFC 2986 §4.1, X.690 §8.3.1)",
        arguments: [
            ([0x02, 0], "an INTEGER without octets"), ([0x02, 2, 0, 0], "an INTEGER of 2 octets"),
            ([0x02, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], "an INTEGER of 9 octets"), ([0x0a, 1, 0], "no INTEGER"),
            ([0x30, 0], "no INTEGER"),
        ] as [([UInt8], String)])
    func malformedVersion(_ version: [UInt8], _ words: String) throws {
        let made = HandmadeRequest(version: version)
        #expect(
            refusal(try made.derEncoded)
                == "the CSR's version is \(words)\(words.contains("octets") && !words.contains("without") ? " that is too long or not in DER" : ""), "
                + "expected the INTEGER 0 in one octet, which stands for v1 (RFC 2986 §4.1, X.690 §8.3.1)")
    }

    @Test("what is made by hand is accepted as it is")
    func handmade() throws {
        #expect(refusal(try HandmadeRequest().derEncoded) == "accepted")
    }

    @Test(
        "a point that is compressed, hybrid or none is refused, and said (RFC 5480 §2.2)",
        arguments: [
            (0x02, "a compressed one"), (0x03, "a compressed one"), (0x06, "a hybrid one"), (0x07, "a hybrid one"),
            (0x05, "one that begins with the octet 05"),
        ] as [(UInt8, String)])
    func pointForm(_ form: UInt8, _ words: String) throws {
        var made = HandmadeRequest()
        let point = made.publicPoint
        made.point = [form] + (form < 4 ? point[1..<33] : point[1...])
        #expect(
            refusal(try made.derEncoded)
                == "the CSR's key is a point on a curve: expected an uncompressed one, which begins with the octet 04, "
                + "got \(words) (RFC 5480 §2.2)")
        made.point = []
        #expect(refusal(try made.derEncoded).contains("04, got none (RFC 5480 §2.2)"))
    }

    @Test("a request without its attributes is refused (RFC 2986 §4.1)")
    func noAttributes() throws {
        let made = try OpenSSLRequest(key: try OpenSSLKey(.curve("P-256"))).derEncoded
        // The empty set [0] goes, and the two sequences around it are two bytes shorter.
        var shortened = try #require(made.replacing([0xa0, 0], with: []))
        let lengths = made.indices.filter { made[$0] == 0x30 }.prefix(2)
        for position in lengths {
            let length = made[position + 1] == 0x81 ? position + 2 : position + 1
            shortened[length] -= 2
        }
        #expect(refusal(shortened).hasPrefix("the CSR has no attributes, which it needs"))
    }

    @Test("what is not a request in DER is refused with the likely mistake")
    func malformed() throws {
        let request = OpenSSLRequest(key: try OpenSSLKey(.curve("P-256")), names: "DNS:www.example.test")
        let made = try request.derEncoded
        #expect(refusal([]) == "the CSR is empty, expected a CertificationRequest in DER (RFC 8555 §7.4)")
        #expect(refusal(Array(try request.pem.utf8)) == "the CSR is PEM, expected DER (RFC 8555 §7.4)")
        #expect(refusal(made + [0, 0]) == "the CSR is followed by 2 bytes, expected none (RFC 2986 §4)")
        #expect(
            refusal(Array(made.dropLast(3)))
                == "the CSR is cut short: it says that it has \(made.count) bytes, got \(made.count - 3) (RFC 2986 §4)")
        #expect(refusal(Array("MIIB".utf8)).hasPrefix("the CSR is not DER"))
        #expect(refusal([0x30, 0]) == "the CSR is not a CertificationRequest (RFC 2986 §4)")
        #expect(refusal([0x30, 0x80, 0, 0]).hasPrefix("the CSR is not DER"))
        #expect(refusal([0x30, 2, 0x30, 5]).hasPrefix("the CSR contains something that is not DER"))
        let certificate = try authority().roots.first?.derEncoded
        #expect(
            refusal(try #require(certificate)).hasPrefix(
                "the CSR is not a CertificationRequest, but seems to be a certificate"))
    }

    @Test(
        "no change of a single byte, and no cut, does anything but be refused",
        arguments: [OpenSSLKey.Kind.ed25519, .curve("P-256"), .rsa(2048)])
    func noise(_ kind: OpenSSLKey.Kind) throws {
        let made = try OpenSSLRequest(
            key: try OpenSSLKey(kind), names: "DNS:www.example.test,IP:127.0.0.1"
        ).derEncoded
        #expect(refusal(made) == "accepted")
        for position in made.indices {
            #expect(refusal(Array(made.prefix(position))) != "accepted")
            for change: UInt8 in [0x01, 0x20, 0x80, 0xff] {
                var noisy = made
                noisy[position] ^= change
                #expect(refusal(noisy) != "accepted", "byte \(position) with \(change)")
            }
        }
    }

    @Test("extensions of noise, properly signed, are read or refused and nothing else")
    func noisyExtensions() throws {
        var generator = CairnSeed(1).generator(for: "noise")
        var made = OpenSSLRequest(key: try OpenSSLKey(.ed25519))
        let good: [(name: String, value: [UInt8])] = [
            ("subjectAltName", [0x30, 0x12, 0x82, 0x0a] + Array("a.test.xyz".utf8) + [0x87, 4, 127, 0, 0, 1]),
            ("basicConstraints", [0x30, 6, 1, 1, 0xff, 2, 1, 0]),
            ("tlsfeature", [0x30, 6, 2, 1, 5, 2, 1, 17]),
        ]
        var accepted = 0
        for _ in 0..<600 {
            made.extensions = good.map { name, value in
                var noisy = value
                if generator.next() % 2 == 0 {
                    noisy[Int(generator.next() % UInt64(noisy.count))] = UInt8(truncatingIfNeeded: generator.next())
                }
                return (name, "DER:" + noisy.hexadecimal)
            }
            let reason = try refusal(made)
            #expect(reason == "accepted" || reason.hasPrefix("the CSR"))
            if reason == "accepted" { accepted += 1 }
        }
        #expect((1..<600).contains(accepted))
    }
}

extension [UInt8] {
    /// The bytes with the first occurrence of `pattern` replaced, or `nil` if there is none.
    fileprivate func replacing(_ pattern: [UInt8], with replacement: [UInt8]) -> [UInt8]? {
        guard let start = indices.first(where: { self[$0...].starts(with: pattern) }) else { return nil }
        var copy = self
        copy.replaceSubrange(start..<start + pattern.count, with: replacement)
        return copy
    }
}
