import CairnModel
import Testing

@testable import CairnDNS

/// When the signatures of the vectors were made: 2023-11-14T22:13:20Z.
private let signingTime = CairnInstant(secondsSinceEpoch: 1_700_000_000)
private let secret = Array("0123456789abcdef0123456789abcdef".utf8)

private func signedTable(
    _ algorithm: CairnTSIGKey.Algorithm = .hmacSHA256, at now: CairnInstant = signingTime, minimumMACLength: Int? = nil
) -> CairnDNSTable {
    let table = CairnDNSTable(now: { now })
    table.updates.keys = [
        CairnTSIGKey(
            name: "ACME-key.", algorithm: algorithm, secret: secret, minimumMACLength: minimumMACLength)
    ]
    table["www.example.test"] = [.a("192.0.2.1", timeToLive: .seconds(300))]
    return table
}

/// Messages that dnspython 2.9.2 signed, with the answers that it would accept.
@Suite("Signatures by another implementation", .timeLimit(.minutes(5)))
struct TSIGVectorTests {
    struct Vector: Sendable {
        var algorithm: String
        var request: String
        var response: String

        /// Where in the request the record begins.
        var start: Int { 34 }

        static let all = [
            Vector(
                algorithm: "hmac-sha256",
                request: """
                    12340100000100000000000103777777076578616d706c65047465737400000100010861636d652d6b657900
                    00fa00ff00000000003d0b686d61632d7368613235360000006553f100012c00202f3cae54223d063888f2ba
                    41673e1bfa2f60be84be6e0fcdba87b9e67d8f8b11123400000000
                    """,
                response: """
                    12348580000100010000000103777777076578616d706c6504746573740000010001c00c000100010000012c
                    0004c00002010861636d652d6b65790000fa00ff00000000003d0b686d61632d7368613235360000006553f1
                    00012c0020ee5736983b015185fcbc7cdfc6acafa96974bd6118b89620e19b62be494109e1123400000000
                    """),
            Vector(
                algorithm: "hmac-sha256-128",
                request: """
                    12340100000100000000000103777777076578616d706c65047465737400000100010861636d652d6b657900
                    00fa00ff0000000000310f686d61632d7368613235362d3132380000006553f100012c00106303f483420e81
                    bba8954429a80214c7123400000000
                    """,
                response: """
                    12348580000100010000000103777777076578616d706c6504746573740000010001c00c000100010000012c
                    0004c00002010861636d652d6b65790000fa00ff0000000000310f686d61632d7368613235362d3132380000
                    006553f100012c0010a4cc1d3f7ec41af24a0c7a36c6d44642123400000000
                    """),
            Vector(
                algorithm: "hmac-sha384",
                request: """
                    12340100000100000000000103777777076578616d706c65047465737400000100010861636d652d6b657900
                    00fa00ff00000000004d0b686d61632d7368613338340000006553f100012c00306caf248358403abbbbd0ab
                    67736fd1f00cfb880848c0634e41b643fa5235399b474be3c828c37ff692b4105ca7344350123400000000
                    """,
                response: """
                    12348580000100010000000103777777076578616d706c6504746573740000010001c00c000100010000012c
                    0004c00002010861636d652d6b65790000fa00ff00000000004d0b686d61632d7368613338340000006553f1
                    00012c0030a7cbdd0ab72043db86bcea796b3d6a349767b8cee19476bf71ea4f673def1d85ca5784846545f8
                    26f4d6d810966a0890123400000000
                    """),
            Vector(
                algorithm: "hmac-sha384-192",
                request: """
                    12340100000100000000000103777777076578616d706c65047465737400000100010861636d652d6b657900
                    00fa00ff0000000000390f686d61632d7368613338342d3139320000006553f100012c001812f9adcf835d03
                    d30db6ab6eb103ad09723000f66e716a96123400000000
                    """,
                response: """
                    12348580000100010000000103777777076578616d706c6504746573740000010001c00c000100010000012c
                    0004c00002010861636d652d6b65790000fa00ff0000000000390f686d61632d7368613338342d3139320000
                    006553f100012c001855d58c5c98d106f564bfbb127f2875209a42d748a24c0554123400000000
                    """),
            Vector(
                algorithm: "hmac-sha512",
                request: """
                    12340100000100000000000103777777076578616d706c65047465737400000100010861636d652d6b657900
                    00fa00ff00000000005d0b686d61632d7368613531320000006553f100012c00400ba1bbd0f3437ba8e2a3f7
                    c8a0e45340ec3e0675cbf29765bb0d7449c60bc4e3c1cba25d592a5091a95562c1758ef83e0169539efd5433
                    471dafb62d713654ee123400000000
                    """,
                response: """
                    12348580000100010000000103777777076578616d706c6504746573740000010001c00c000100010000012c
                    0004c00002010861636d652d6b65790000fa00ff00000000005d0b686d61632d7368613531320000006553f1
                    00012c004015dffc7861698ff79212ccd6fc8c78ddfcfa7cafb9075c0904a46c5c333cef4f396fad40dfca92
                    976862afb5eaeecf8334542170220a98348eac801b0c9aadf6123400000000
                    """),
            Vector(
                algorithm: "hmac-sha512-256",
                request: """
                    12340100000100000000000103777777076578616d706c65047465737400000100010861636d652d6b657900
                    00fa00ff0000000000410f686d61632d7368613531322d3235360000006553f100012c0020630f9517b80f53
                    693d9fd940ac5bc7300aad60a3a3d74866d7d189cc83faae8c123400000000
                    """,
                response: """
                    12348580000100010000000103777777076578616d706c6504746573740000010001c00c000100010000012c
                    0004c00002010861636d652d6b65790000fa00ff0000000000410f686d61632d7368613531322d3235360000
                    006553f100012c00209b8267d503d79776ae9b11c505eb6da1055668af848b69709d2e606e41caff2a123400
                    000000
                    """),
        ]

        /// An update that adds `one` and `two` to `_acme-challenge.example.test`, sent under another id than it was signed with.
        static let update =
            """
            123428000001000000020001076578616d706c65047465737400000600010f5f61636d652d6368616c6c656e
            6765c00c001000010000003c0004036f6e65c01e001000010000003c00040374776f0861636d652d6b657900
            00fa00ff00000000003d0b686d61632d7368613235360000006553f100012c0020fbcf615063ab98996db1a7
            b703e924ee5acec544438f7e315d576376f563ed26860400000000
            """
    }

    @Test("A signed question has an answer that is signed by the same algorithm (RFC 8945 §5.3)", arguments: Vector.all)
    func answers(_ vector: Vector) throws {
        let table = signedTable(try #require(CairnTSIGKey.Algorithm(rawValue: vector.algorithm)))
        #expect(table.respond(to: wire(vector.request), transport: .udp) == wire(vector.response))
        #expect(table.queries.map(\.key) == ["ACME-key."])
    }

    @Test("An update is verified under the id that it was signed with, and carried out (RFC 8945 §4.2)")
    func update() throws {
        let table = signedTable()
        let response = try DNSMessage(
            parsing: try #require(table.respond(to: wire(Vector.update), transport: .tcp)))
        #expect(response.responseCode == .noError)
        #expect(response.signature?.record.originalID == 0x1234)
        #expect(
            table["_acme-challenge.example.test"]
                == [.txt("one", timeToLive: .seconds(60)), .txt("two", timeToLive: .seconds(60))])
        #expect(table.updateHistory.map(\.key) == ["ACME-key."])
    }

    /// The response code of an answer, and the TSIG error and MAC length in it.
    private func outcome(
        _ request: [UInt8], _ table: CairnDNSTable
    ) throws -> (code: CairnDNSResponseCode, error: TSIGRecord.ErrorCode?, mac: Int?) {
        let response = try DNSMessage(parsing: try #require(table.respond(to: request, transport: .udp)))
        return (response.responseCode, response.signature?.record.error, response.signature?.record.mac.count)
    }

    private var request: [UInt8] { wire(Vector.all[0].request) }

    @Test("A changed message is BADSIG, and the answer is not signed (RFC 8945 §5.2.2)")
    func badSignature() throws {
        var changed = request
        changed[13] = UInt8(ascii: "x")
        let table = signedTable()
        #expect(try outcome(changed, table) == (.notAuthoritative, .badSignature, 0))
        #expect(table.queries.last?.outcome == .failed(.notAuthoritative))
        #expect(table.queries.last?.reason?.hasPrefix("BADSIG") == true)
        #expect(table.queries.last?.key == nil)
    }

    @Test("An unknown name or algorithm of a key is BADKEY (RFC 8945 §5.2.1)")
    func badKey() throws {
        #expect(try outcome(request, signedTable(.hmacSHA512)) == (.notAuthoritative, .badKey, 0))
        let keyless = CairnDNSTable(now: { signingTime })
        #expect(try outcome(request, keyless) == (.notAuthoritative, .badKey, 0))
        #expect(try outcome(wire(Vector.update), keyless) == (.notAuthoritative, .badKey, 0))
        #expect(keyless.updateHistory.last?.responseCode == .notAuthoritative)
        #expect(keyless.updateHistory.last?.zone == "example.test")
    }

    @Test("A clock that is off by more than the fudge is BADTIME, and the answer is signed (RFC 8945 §5.2.3)")
    func badTime() throws {
        for offset in [-300, 300] {
            #expect(try outcome(request, signedTable(at: signingTime + .seconds(offset))) == (.noError, .noError, 32))
        }
        for offset in [-301, 301] {
            let table = signedTable(at: signingTime + .seconds(offset))
            #expect(try outcome(request, table) == (.notAuthoritative, .badTime, 32))
            let response = try DNSMessage(parsing: try #require(table.respond(to: request, transport: .udp)))
            let record = try #require(response.signature?.record)
            #expect(record.time == 1_700_000_000, "the time is that of the request")
            let server = record.other.reduce(0) { $0 << 8 | UInt64($1) }
            #expect(server == UInt64(1_700_000_000 + offset), "the other data are the server's time")
        }
    }

    /// The request with fewer octets of its MAC.
    private func truncated(to length: Int) -> [UInt8] {
        let (cut, tail) = (32 - length, 6)
        var bytes = Array(request.dropLast(tail + cut)) + request.suffix(tail)
        let sizePlace = bytes.count - tail - length - 2
        bytes[sizePlace + 1] = UInt8(length)
        // The record: its name has 10 octets, then come type, class and time to live with 8.
        bytes[Vector.all[0].start + 10 + 9] -= UInt8(cut)
        return bytes
    }

    @Test("Half of a MAC is enough, and the answer has as much; less is FORMERR (RFC 8945 §5.2.2.1)")
    func truncation() throws {
        #expect(try outcome(truncated(to: 32), signedTable()) == (.noError, .noError, 32))
        #expect(try outcome(truncated(to: 16), signedTable()) == (.noError, .noError, 16))
        #expect(try outcome(truncated(to: 15), signedTable()).code == .formatError)
        #expect(try outcome(truncated(to: 15), signedTable()).error == nil)
    }

    @Test("A MAC shorter than the key allows is BADTRUNC, and the answer is signed (RFC 8945 §5.2.4)")
    func tooTruncated() throws {
        #expect(
            try outcome(truncated(to: 16), signedTable(minimumMACLength: 20)) == (.notAuthoritative, .badTruncation, 16)
        )
        #expect(try outcome(truncated(to: 20), signedTable(minimumMACLength: 20)) == (.noError, .noError, 20))
    }

    @Test("A signature that is not the last record is FORMERR (RFC 8945 §5.1)")
    func notLast() throws {
        var twice = request + request[Vector.all[0].start...]
        twice[11] = 2
        #expect(try outcome(twice, signedTable()).code == .formatError)
        #expect(try outcome(twice, signedTable()).error == nil)
    }
}
