import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Foundation
import HTTPTypes
import Testing

/// A CA with one account, and what relying parties ask of it.
struct StatusBench {
    let ca: TestCA
    let client: ReferenceClient
    /// For what rules make of an answer, which no strict client bears.
    let wire: ReferenceClient.Transport

    init(_ change: (inout TestCA.Configuration) -> Void = { _ in }) throws {
        ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.validation.standard = .approve
                change(&$0)
            })
        client = try ca.client()
        wire = ReferenceClient.inProcess { [ca] in ca.respond(to: $0) }
    }

    func issue(_ name: String = "www.example.test") throws -> (leaf: Issuance, serial: CairnSerialNumber) {
        let issuance = try client.obtain([name], by: "http-01") { _ in }
        return (issuance, try #require(ca.certificates.last?.id))
    }

    /// The CRL at the URL that a leaf names.
    func list(of leaf: Issuance, fields: [String: String] = [:]) throws -> Response {
        try wire("GET", try #require(try url("2.5.29.31", of: leaf)), fields, Data())
    }

    /// The first URL in an extension of a leaf after `marker`.
    func url(_ identifier: String, _ marker: String = "URI:", of leaf: Issuance) throws -> String? {
        let text = try leaf.leaf.extension(identifier)?.text ?? ""
        return text.range(of: marker).map { found in
            String(text[found.upperBound...].prefix { !$0.isWhitespace })
        }
    }

    /// Why OpenSSL refuses the certificate, with the CRLs that the CA has now.
    func objection(
        to leaf: Issuance, name: String = "www.example.test", checksAll: Bool = false
    ) throws -> String? {
        try PathJudge.objection(
            to: leaf.leaf, intermediates: leaf.intermediates,
            roots: ca.authority.roots.map { try OpenSSLCertificate(derEncoded: $0.derEncoded) }, name: .host(name),
            lists: ca.crls.map { try OpenSSLRevocationList(derEncoded: $0.derEncoded) }, checksAll: checksAll,
            at: Int(ca.clock.now.secondsSinceEpoch))
    }

    func ask(
        _ leaves: [Issuance], nonce: Int? = nil, hash: OpenSSLStatusRequest.Hash = .sha1
    ) throws -> (OpenSSLStatusRequest, OpenSSLStatusResponse) {
        let request = try OpenSSLStatusRequest(
            leaves.map(\.leaf), issuer: try #require(leaves.first?.intermediates.first), hash: hash, nonce: nonce)
        let answer = try client.send(
            "POST", "https://localhost/ocsp", fields: ["Content-Type": "application/ocsp-request"],
            body: Data(request.derEncoded))
        #expect(answer.status == 200 && answer.values("Content-Type") == ["application/ocsp-response"])
        #expect(answer["Replay-Nonce"] == nil)
        return (request, try OpenSSLStatusResponse(derEncoded: answer.body))
    }

    /// What OCSP says of a certificate, in a response that OpenSSL trusts.
    func status(of leaf: Issuance) throws -> OpenSSLStatusResponse.Single? {
        let (request, response) = try ask([leaf])
        guard response.status == 0 else { return nil }
        #expect(
            try response.objection(
                issuers: leaf.intermediates,
                roots: ca.authority.roots.map { try OpenSSLCertificate(derEncoded: $0.derEncoded) },
                at: Int(ca.clock.now.secondsSinceEpoch)) == nil)
        return try response.answers(to: request)[0]
    }
}

extension CairnCertificateProfile {
    fileprivate static let both = CairnCertificateProfile(name: "both", description: "", revocationInformation: .both)
}

@Suite("What relying parties are told", .timeLimit(.minutes(5)))
struct RevocationStatusTests {
    // MARK: CRLs

    @Test("A leaf leads to a CRL, by the name that the client used, and to no OCSP (RFC 5280 §4.2.1.13)")
    func named() throws {
        let bench = try StatusBench()
        let (leaf, _) = try bench.issue()
        #expect(try bench.url("2.5.29.31", of: leaf) == "https://localhost/crl/0/0")
        #expect(try leaf.leaf.extension("1.3.6.1.5.5.7.1.1")?.text.contains("OCSP") == false)
        let answer = try bench.list(of: leaf)
        #expect(answer.status == 200 && answer.values("Content-Type") == ["application/pkix-crl"])
        #expect(try answer.body == bench.ca.crl(ofIssuer: 0).derEncoded)
        #expect(try OpenSSLRevocationList(derEncoded: answer.body).entries.isEmpty)
    }

    @Test(
        "A revocation is on the next CRL, whose number is higher, and OpenSSL refuses the certificate (RFC 5280 §5.2.3)"
    )
    func revoked() throws {
        let bench = try StatusBench()
        let (leaf, serial) = try bench.issue()
        let (other, _) = try bench.issue("other.example.test")
        #expect(try bench.objection(to: leaf) == nil)
        #expect(try bench.objection(to: leaf, checksAll: true) == nil)
        let before = try OpenSSLRevocationList(derEncoded: bench.list(of: leaf).body)
        try bench.ca.objects.revoke(serial, for: .keyCompromise)
        let after = try OpenSSLRevocationList(derEncoded: bench.list(of: leaf).body)
        #expect(try #require(after.number) > #require(before.number))
        #expect(try after.entries.map(\.reason) == [1])
        #expect(try bench.ca.crl(of: serial).contains(serial))
        #expect(try bench.objection(to: leaf) == "certificate revoked")
        #expect(try bench.objection(to: other, name: "other.example.test") == nil)
    }

    @Test("A client that revokes by ACME is heard by whoever reads the CRL, with its reason or none (RFC 8555 §7.6)")
    func byClient() throws {
        let bench = try StatusBench()
        let (leaf, serial) = try bench.issue()
        try bench.client.post(
            try bench.client.endpoint("revokeCert"),
            ["certificate": base64URL(Data(try leaf.leaf.derEncoded)), "reason": 4])
        #expect(try bench.ca.crl(of: serial).entries.map(\.reason) == [.superseded])
        let (second, other) = try bench.issue()
        try bench.client.post(
            try bench.client.endpoint("revokeCert"), ["certificate": base64URL(Data(try second.leaf.derEncoded))])
        let list = try bench.ca.crl(of: other)
        #expect(list.entries.map(\.serialNumber) == [serial, other])
        #expect(list.entries.map(\.reason) == [.superseded, nil])
    }

    @Test("What has expired drops off, after one more list that has it (RFC 5280 §3.3)")
    func expired() throws {
        let bench = try StatusBench { $0.authority.profiles[0].validity = .days(10) }
        let (_, serial) = try bench.issue()
        try bench.ca.objects.revoke(serial)
        bench.ca.clock.advance(by: .days(9))
        #expect(try bench.ca.crl(ofIssuer: 0).contains(serial))
        let end = try #require(bench.ca.certificates.first?.certificate.notAfter)
        // The lists come every 84 hours.
        bench.ca.clock.set(to: end + .hours(1))
        var lists: [Bool] = []
        for _ in 0..<4 {
            lists.append(try bench.ca.crl(ofIssuer: 0).contains(serial))
            bench.ca.clock.advance(by: .hours(84))
        }
        #expect(lists == [true, true, false, false])
    }

    @Test("A CRL is renewed before it ends, with a new number, though nothing has happened (RFC 5280 §5.1.2.5)")
    func renewed() throws {
        let bench = try StatusBench()
        let first = try bench.ca.crl(ofIssuer: 0)
        bench.ca.clock.advance(by: .hours(83))
        #expect(try bench.ca.crl(ofIssuer: 0) == first)
        bench.ca.clock.advance(by: .hours(2))
        let second = try bench.ca.crl(ofIssuer: 0)
        #expect(second.number == first.number + 1)
        #expect(second.thisUpdate == first.thisUpdate + .hours(84))
        #expect(second.nextUpdate == second.thisUpdate + .days(7))
        bench.ca.clock.advance(by: .days(365))
        #expect(try bench.ca.crl(ofIssuer: 0).nextUpdate > bench.ca.clock.now)
    }

    @Test("Shards divide the leaves, and a list of another shard proves nothing (RFC 5280 §5.2.5, §6.3.3)")
    func shards() throws {
        let bench = try StatusBench {
            $0.authority.crlShards = 4
            $0.authority.serialNumbers = .sequential(from: 1)
        }
        var leaves: [(leaf: Issuance, serial: CairnSerialNumber)] = []
        for number in 1...4 { leaves.append(try bench.issue("n\(number).example.test")) }
        for (number, leaf) in zip(1..., leaves) {
            #expect(try bench.url("2.5.29.31", of: leaf.leaf) == "https://localhost/crl/0/\(number % 4)")
        }
        try bench.ca.objects.revoke(leaves[1].serial)
        #expect(try bench.objection(to: leaves[1].leaf, name: "n2.example.test") == "certificate revoked")
        #expect(try bench.objection(to: leaves[0].leaf, name: "n1.example.test") == nil)
        #expect(bench.ca.crls.map(\.entries.count) == [0, 0, 1, 0, 0])
        // Only the list that the certificate points to counts.
        let objection = try PathJudge.objection(
            to: leaves[0].leaf.leaf, intermediates: leaves[0].leaf.intermediates,
            roots: bench.ca.authority.roots.map { try OpenSSLCertificate(derEncoded: $0.derEncoded) },
            name: .host("n1.example.test"),
            lists: [try OpenSSLRevocationList(derEncoded: bench.ca.crl(ofIssuer: 0, shard: 2).derEncoded)],
            at: Int(noon.secondsSinceEpoch))
        #expect(objection != nil)
    }

    @Test("Without a test's word lists and responses stay as they are, until they are stale")
    func manually() throws {
        let bench = try StatusBench { $0.policy.revocationStatus.updates = .manually }
        let (leaf, serial) = try bench.issue()
        try bench.ca.objects.revoke(serial)
        #expect(try bench.objection(to: leaf) == nil)
        #expect(try bench.status(of: leaf)?.status == "good")
        bench.ca.clock.advance(by: .days(8))
        #expect(try bench.objection(to: leaf) == "CRL has expired")
        let old = try bench.ca.crl(of: serial)
        bench.ca.publishStatus()
        #expect(try bench.ca.crl(of: serial).number == old.number + 1)
        #expect(try bench.objection(to: leaf) == "certificate revoked")
        #expect(try bench.status(of: leaf)?.status == "revoked")
    }

    @Test("At fixed intervals the news comes late, and caches are told how long to wait (RFC 5019 §6.2)")
    func every() throws {
        let bench = try StatusBench { $0.policy.revocationStatus.updates = .every(.hours(6)) }
        let (leaf, serial) = try bench.issue()
        bench.ca.clock.advance(by: .hours(1))
        try bench.ca.objects.revoke(serial)
        #expect(try bench.status(of: leaf)?.status == "good")
        #expect(try bench.list(of: leaf)["Cache-Control"] == "public, max-age=18000")
        #expect(try bench.objection(to: leaf) == nil)
        bench.ca.clock.advance(by: .hours(5))
        #expect(try bench.objection(to: leaf) == "certificate revoked")
        let status = try #require(try bench.status(of: leaf))
        #expect(status.status == "revoked" && status.thisUpdate == Int((noon + .hours(6)).secondsSinceEpoch))
    }

    @Test("Numbers only grow, however the settings change meanwhile (RFC 5280 §5.2.3)")
    func settingsChange() throws {
        let bench = try StatusBench { $0.policy.revocationStatus.updates = .every(.seconds(1)) }
        let (_, serial) = try bench.issue()
        bench.ca.clock.advance(by: .minutes(10))
        var numbers = [try bench.ca.crl(of: serial).number]
        bench.ca.policy.revocationStatus.updates = .manually
        try bench.ca.objects.revoke(serial)
        bench.ca.clock.advance(by: .minutes(1))
        #expect(try !bench.ca.crl(of: serial).contains(serial))
        numbers.append(try bench.ca.crl(of: serial).number)
        // From now on everything is told at once, what was not told before too.
        bench.ca.policy.revocationStatus.updates = .immediately
        #expect(try bench.ca.crl(of: serial).contains(serial))
        numbers.append(try bench.ca.crl(of: serial).number)
        bench.ca.publishStatus()
        numbers.append(try bench.ca.crl(of: serial).number)
        #expect(numbers == [601, 601, 602, 603])
    }

    @Test("Who has the list is told that there is no other, by tag or by time (RFC 9110 §13.1)")
    func conditional() throws {
        let bench = try StatusBench()
        let (leaf, serial) = try bench.issue()
        let first = try bench.list(of: leaf)
        let tag = try #require(first["ETag"])
        #expect(first["Last-Modified"] == "Tue, 03 Jun 2031 12:00:00 GMT")
        for fields in [
            ["If-None-Match": tag], ["If-None-Match": "\"x\", W/\(tag)"], ["If-None-Match": "*"],
            ["If-Modified-Since": "Tue, 03 Jun 2031 12:00:00 GMT"],
        ] {
            let second = try bench.list(of: leaf, fields: fields)
            #expect(second.status == 304 && second.body.isEmpty && second["ETag"] == tag)
        }
        try bench.ca.objects.revoke(serial)
        #expect(try bench.list(of: leaf, fields: ["If-None-Match": tag]).status == 200)
    }

    @Test("Two lists of one second are told apart by their tags, and by no time (RFC 9110 §8.8.2.2)")
    func sameSecond() throws {
        let bench = try StatusBench()
        let (leaf, serial) = try bench.issue()
        let before = try #require(try bench.list(of: leaf)["Last-Modified"])
        try bench.ca.objects.revoke(serial)
        bench.ca.clock.advance(by: .minutes(1))
        let after = try bench.list(of: leaf, fields: ["If-Modified-Since": before])
        #expect(after["Last-Modified"] == before && after.status == 200)
        let tag = try #require(after["ETag"])
        #expect(try bench.list(of: leaf, fields: ["If-None-Match": tag]).status == 304)
    }

    @Test("No cache keeps a list or a response beyond its end, however late the next comes (RFC 5019 §6.2)")
    func cachedTooLong() throws {
        let bench = try StatusBench {
            $0.policy.revocationStatus.updates = .every(.days(30))
            $0.policy.revocationStatus.crlLifetime = .days(2)
            $0.policy.revocationStatus.ocspLifetime = .days(1)
        }
        let (leaf, _) = try bench.issue()
        #expect(try bench.list(of: leaf)["Cache-Control"] == "public, max-age=172800")
        let request = Data(try OpenSSLStatusRequest([leaf.leaf], issuer: leaf.intermediates[0]).derEncoded)
        let path = try #require(
            request.base64EncodedString().addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let answer = try bench.client.send("GET", "https://localhost/ocsp/\(path)")
        #expect(answer["Cache-Control"]?.hasPrefix("max-age=86400,") == true)
        bench.ca.clock.advance(by: .days(3))
        #expect(try bench.list(of: leaf)["Cache-Control"] == "public, max-age=0")
    }

    @Test(
        "A clock that is moved back leaves no list of the future, and numbers go on growing (RFC 5280 §5.1.2.4, §5.2.3)",
        arguments: [CairnStatusUpdates.immediately, .every(.hours(1))])
    func movedBack(_ updates: CairnStatusUpdates) throws {
        let bench = try StatusBench { $0.policy.revocationStatus.updates = updates }
        let (leaf, serial) = try bench.issue()
        let (other, _) = try bench.issue("other.example.test")
        bench.ca.clock.advance(by: .days(10))
        try bench.ca.objects.revoke(serial)
        let late = try bench.ca.crl(of: serial)
        bench.ca.clock.advance(by: .days(-5))
        let early = try bench.ca.crl(of: serial)
        #expect(early.number > late.number && early.thisUpdate <= bench.ca.clock.now)
        #expect(early.entries.count == late.entries.count)
        #expect(try bench.objection(to: other, name: "other.example.test") == nil)
        bench.ca.publishStatus()
        let told = try bench.ca.crl(of: serial)
        #expect(told.number > early.number && told.thisUpdate == bench.ca.clock.now)
        #expect(try bench.objection(to: leaf) == "certificate revoked")
    }

    @Test("Revocations and numbers outlive the orders, which are forgotten (RFC 5280 §3.3)")
    func eviction() throws {
        let bench = try StatusBench { $0.bounds.finishedOrders = 1 }
        let (leaf, serial) = try bench.issue()
        try bench.ca.objects.revoke(serial, for: .superseded)
        let number = try bench.ca.crl(of: serial).number
        for index in 0..<3 { _ = try bench.issue("n\(index).example.test") }
        #expect(bench.ca.certificates.count == 1)
        let list = try bench.ca.crl(of: serial)
        #expect(list.number == number && list.contains(serial))
        #expect(try bench.status(of: leaf)?.reason == 4)
    }

    @Test("There is no other CRL, and the answer says which there are")
    func noSuchList() throws {
        let bench = try StatusBench()
        for path in ["1/1", "2/0", "9/9", "0/1"] {
            let answer = try bench.client.send("GET", "https://localhost/crl/\(path)")
            #expect(answer.status == 404 && answer.detail.contains("expected one of \"0/0\", \"1/0\""))
        }
        for path in ["0", "0/x", "00/0", "-1/0", "0/0/0"] {
            #expect(try bench.client.send("GET", "https://localhost/crl/\(path)").status == 404)
        }
        #expect(try bench.client.send("POST", "https://localhost/crl/0/0").status == 405)
        let error = #expect(throws: TestCA.ObjectError.self) { try bench.ca.crl(ofIssuer: 0, shard: 1) }
        #expect(error?.reason == .unknown)
    }

    @Test("The same seed and requests give the same lists, and a reset begins anew")
    func repeatable() throws {
        func run() throws -> (TestCA, [CairnRevocationList]) {
            let bench = try StatusBench { $0.seed = 7 }
            let (_, serial) = try bench.issue()
            try bench.ca.objects.revoke(serial)
            return (bench.ca, bench.ca.crls)
        }
        let (ca, first) = try run()
        #expect(try run().1 == first)
        ca.reset()
        #expect(try ca.crl(ofIssuer: 0).number == 1 && ca.crl(ofIssuer: 0).entries.isEmpty)
    }

    // MARK: OCSP

    @Test("OCSP says of each certificate what is so: good, revoked and when, unknown (RFC 6960 §2.2)")
    func statuses() throws {
        let bench = try StatusBench { $0.authority.profiles = [.both] }
        let (good, _) = try bench.issue()
        let (revoked, serial) = try bench.issue("b.example.test")
        let (forgotten, purged) = try bench.issue("c.example.test")
        #expect(try bench.url("1.3.6.1.5.5.7.1.1", "OCSP - URI:", of: good) == "https://localhost/ocsp")
        bench.ca.clock.advance(by: .hours(1))
        try bench.ca.objects.revoke(serial, for: .cessationOfOperation)
        try bench.ca.objects.purge(.certificate(purged))
        bench.ca.clock.advance(by: .hours(1))
        let seconds = Int(bench.ca.clock.now.secondsSinceEpoch)
        #expect(
            try bench.status(of: good)
                == .init(
                    status: "good", reason: nil, revokedAt: nil, thisUpdate: seconds, nextUpdate: seconds + 7 * 86_400))
        let single = try #require(try bench.status(of: revoked))
        #expect(single.status == "revoked" && single.reason == 5 && single.revokedAt == seconds - 3_600)
        #expect(try bench.status(of: forgotten)?.status == "unknown")
        let (request, response) = try bench.ask([good, revoked, forgotten], hash: .sha256)
        #expect(try response.answers(to: request).map { $0?.status } == ["good", "revoked", "unknown"])
    }

    @Test("A GET has its request in the path, escaped or not (RFC 6960 appendix A.1)")
    func get() throws {
        let bench = try StatusBench()
        // Until the base64 has each of the awkward digits.
        var seen: Set<Character> = []
        for index in 0..<40 where seen.count < 2 {
            let (leaf, _) = try bench.issue("n\(index).example.test")
            let request = try OpenSSLStatusRequest([leaf.leaf], issuer: leaf.intermediates[0])
            let text = Data(try request.derEncoded).base64EncodedString()
            seen.formUnion(text.filter { "+/".contains($0) })
            let escaped = try #require(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            for path in [text, escaped, text.replacingOccurrences(of: "=", with: "")] {
                let answer = try bench.client.send("GET", "https://localhost/ocsp/\(path)")
                let response = try OpenSSLStatusResponse(derEncoded: answer.body)
                #expect(try response.answers(to: request).first??.status == "good", "\(path)")
                #expect(answer["Last-Modified"] == "Tue, 03 Jun 2031 12:00:00 GMT")
            }
        }
        #expect(seen == ["+", "/"])
    }

    @Test("A nonce is repeated, unless the CA has prepared its responses (RFC 9654 §2.1, RFC 5019 §4)")
    func nonce() throws {
        let bench = try StatusBench()
        let (leaf, _) = try bench.issue()
        let (request, response) = try bench.ask([leaf], nonce: 32)
        #expect(response.nonce(of: request) == 1)
        bench.ca.policy.revocationStatus.echoesNonce = false
        let (other, without) = try bench.ask([leaf], nonce: 32)
        #expect(without.nonce(of: other) == -1)
    }

    @Test(
        "What cannot be read is a malformedRequest and a finding; who asks of others is not authorized (RFC 6960 §2.3)")
    func errors() throws {
        let bench = try StatusBench()
        let (leaf, _) = try bench.issue()
        for (method, path, body) in [("POST", "", "x"), ("POST", "/", ""), ("GET", "/AAAA", ""), ("GET", "/!", "")] {
            let answer = try bench.client.send(method, "https://localhost/ocsp\(path)", body: Data(body.utf8))
            #expect(try OpenSSLStatusResponse(derEncoded: answer.body).status == 1)
        }
        #expect(bench.ca.journal.findings(.malformedOCSPRequest).count == 4)
        #expect(try bench.client.send("GET", "https://localhost/ocsp").status == 405)
        let strange = try OpenSSLStatusRequest(
            [leaf.leaf], issuer: OpenSSLCertificate(derEncoded: bench.ca.authority.roots[0].derEncoded))
        let answer = try bench.client.send("POST", "https://localhost/ocsp", body: Data(strange.derEncoded))
        #expect(try OpenSSLStatusResponse(derEncoded: answer.body).status == 6)
    }

    @Test("A serial number with a sign is not taken for the one without (RFC 5280 §4.1.2.2)")
    func negative() throws {
        let bench = try StatusBench()
        let (leaf, serial) = try bench.issue()
        var bytes = Array(try OpenSSLStatusRequest([leaf.leaf], issuer: leaf.intermediates[0]).derEncoded)
        // A first bit that is set has an octet 0 before it.
        let content = (serial.bytes.first.map { $0 >= 0x80 } ?? false ? [0] : []) + serial.bytes
        let start = try #require(bytes.firstRange(of: [2, UInt8(content.count)] + content)?.lowerBound) + 2
        bytes[start] |= 0x80
        let answer = try bench.client.send("POST", "https://localhost/ocsp", body: Data(bytes))
        #expect(try OpenSSLStatusResponse(derEncoded: answer.body).status == 1)
        #expect(bench.ca.journal.findings(.malformedOCSPRequest).first?.detail.contains("not negative") == true)
    }

    @Test("A test has OCSP say anything of a certificate, or of all (RFC 6960 §2.2, §2.3)")
    func forced() throws {
        let bench = try StatusBench()
        let (leaf, serial) = try bench.issue()
        let (other, _) = try bench.issue("b.example.test")
        try bench.ca.objects.revoke(serial, for: .keyCompromise)
        for status in ["good", "revoked", "unknown"] {
            try bench.ca.objects.answerOCSP(CairnOCSPAnswer(rawValue: status), for: serial)
            #expect(try bench.status(of: leaf)?.status == status)
        }
        #expect(bench.ca.objects.ocspAnswers == [serial: .unknown])
        // The CRL goes on to tell the truth.
        #expect(try bench.ca.crl(of: serial).contains(serial))
        try bench.ca.objects.answerOCSP(.tryLater, for: serial)
        #expect(try bench.ask([other, leaf]).1.status == 3)
        try bench.ca.objects.answerOCSP(nil, for: serial)
        #expect(try bench.status(of: leaf)?.status == "revoked")
        bench.ca.policy.revocationStatus.ocspAnswer = .revoked
        #expect(try bench.status(of: other)?.status == "revoked")
        bench.ca.policy.revocationStatus.ocspAnswer = .internalError
        #expect(try bench.ask([other]).1.status == 2)
    }

    @Test("A delegate signs in the issuer's place, and OpenSSL trusts it (RFC 6960 §4.2.2.2)")
    func delegated() throws {
        let bench = try StatusBench { $0.authority.ocspSigner = .delegated }
        let (leaf, _) = try bench.issue()
        #expect(try bench.status(of: leaf)?.status == "good")
        #expect(try bench.ask([leaf]).1.text.contains("OCSP Signing"))
        #expect(bench.ca.authority.ocspResponder != nil)
        #expect(try StatusBench().ca.authority.ocspResponder == nil)
    }

    // MARK: Rules and the journal

    @Test("Rules make CRLs and responses absent, late, broken or short, and the journal has it")
    func rules() throws {
        let bench = try StatusBench()
        let (leaf, serial) = try bench.issue()
        bench.ca.rules.add(.status(404).times(1), at: .crl)
        bench.ca.rules.add(.truncate(after: 20).times(1), at: .ocsp)
        #expect(try bench.list(of: leaf).status == 404)
        #expect(try bench.list(of: leaf).status == 200)
        let request = try OpenSSLStatusRequest([leaf.leaf], issuer: leaf.intermediates[0])
        let short = try bench.wire("POST", "https://localhost/ocsp", [:], Data(request.derEncoded))
        let whole = try bench.wire("POST", "https://localhost/ocsp", [:], Data(request.derEncoded))
        #expect(short.body.count == 20 && whole.body.count > 100)
        #expect(bench.ca.journal.requests(to: .ocsp).map { $0.rules.count } == [1, 0])
        // A rule that revokes is about the certificate that is asked about.
        bench.ca.rules.add(.revokeCertificate(reason: 1).times(1), at: .ocsp)
        #expect(try bench.status(of: leaf)?.status == "revoked")
        #expect(try bench.ca.crl(of: serial).contains(serial))
    }

    @Test(
        "Lists and responses can be lost, late, in pieces, cut or held like any other answer",
        arguments: ["crl", "ocsp"])
    func deliveries(_ endpoint: String) throws {
        let bench = try StatusBench()
        let (leaf, _) = try bench.issue()
        let body = Array(try OpenSSLStatusRequest([leaf.leaf], issuer: leaf.intermediates[0]).derEncoded)
        let request =
            endpoint == "crl"
            ? CairnRequest(.init(method: .get, scheme: "https", authority: "localhost", path: "/crl/0/0"))
            : CairnRequest(.init(method: .post, scheme: "https", authority: "localhost", path: "/ocsp"), body: body)
        func deliver(_ fault: CairnFault) -> CairnDelivery {
            bench.ca.rules.add(fault.times(1), at: ACMEEndpoint(rawValue: endpoint))
            return bench.ca.respond(to: request)
        }
        #expect(deliver(.drop).ending == .cut(afterBodyBytes: nil))
        #expect(deliver(.reset).ending == .reset(afterBodyBytes: nil))
        #expect(deliver(.loseAnswer).ending == .reset(afterBodyBytes: nil))
        #expect(deliver(.delay(.seconds(30))).pace.beforeHead == .seconds(30))
        #expect(deliver(.cut(after: 9)).ending == .cut(afterBodyBytes: 9))
        #expect(deliver(.dribble(bytes: 5, every: .seconds(1))).pace.dribble != nil)
        let whole = bench.ca.respond(to: request)
        #expect(whole.ending == .complete && whole.pace == .immediate && whole.head.status == .ok)
        #expect(bench.ca.rules.all.allSatisfy { $0.left == 0 })
    }

    @Test("The journal tells who asked about which certificate, and what was said")
    func journal() throws {
        let bench = try StatusBench()
        let (leaf, serial) = try bench.issue()
        try bench.ca.objects.revoke(serial, for: .keyCompromise)
        _ = try bench.list(of: leaf)
        _ = try bench.status(of: leaf)
        let list = try #require(bench.ca.journal.requests(to: .crl).last)
        #expect(list.revocationAnswer == .crl(issuer: 0, shard: 0, number: 2, entries: 1))
        #expect(list.description.contains(", CRL 2 of issuer 0 with 1 entry"))
        let asked = try #require(bench.ca.journal.requests(to: .ocsp).last)
        guard case .ocsp(let statuses)? = asked.revocationAnswer else {
            Issue.record("expected what OCSP said")
            return
        }
        #expect(statuses.map(\.serialNumber) == [serial] && statuses.map(\.answer) == [.revoked])
        #expect(statuses.map(\.reason) == [.keyCompromise])
        #expect(asked.description.contains(", OCSP \(serial) revoked"))
        let json = try #require(bench.ca.journal.entries.last { $0.request?.endpoint == .ocsp }?.json)
        #expect(json["ocsp"] == [["serialNumber": .string("\(serial)"), "status": "revoked", "reason": 1]])
        // Relying parties have no User-Agent, and nobody is blamed for it.
        #expect(bench.ca.journal.findings.isEmpty)
    }

    @Test("Both dialects, and clients with rules of their own, lead to the same lists by their own names")
    func names() throws {
        let bench = try StatusBench()
        let world = try ReferenceClient(directory: "https://localhost/with/crlfChain/dir") { bench.ca.respond(to: $0) }
        let leaf = try world.obtain(["www.example.test"], by: "http-01") { _ in }
        #expect(try bench.url("2.5.29.31", of: leaf) == "https://localhost/with/crlfChain/crl/0/0")
        #expect(try bench.list(of: leaf).body == bench.ca.crl(ofIssuer: 0).derEncoded)
    }
}
