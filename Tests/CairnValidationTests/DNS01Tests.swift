import CairnDNS
import CairnModel
import Testing

@testable import CairnValidation

private let name = "_acme-challenge.www.example.test"

private func validate(_ dns: CairnDNSTable, _ identifier: ACMEIdentifier = "www.example.test") -> Verdict? {
    ValidationAuthority(dns: dns, prober: ScriptedProber()).verdict(on: attempt(.dns01, identifier))
}

@Suite("dns-01", .timeLimit(.minutes(5)))
struct DNS01Tests {
    @Test("The digest of the key authorization in a TXT record is valid (RFC 8555 §8.4)")
    func valid() throws {
        let dns = CairnDNSTable()
        dns[name] = [.txt(Vector.txtValue)]
        let verdict = try #require(validate(dns))
        #expect(verdict.outcome == .valid)
        #expect(verdict.steps.map(\.lookups) == [["TXT \(name): TXT \"\(Vector.txtValue)\""]])
        #expect(verdict.steps.first?.host == "www.example.test")
    }

    @Test("One right value among several is enough, also in several character-strings (RFC 8555 §8.4)")
    func severalValues() {
        let dns = CairnDNSTable()
        dns[name] = [
            .txt("other"), .txt(String(Vector.txtValue.prefix(9)), String(Vector.txtValue.dropFirst(9))), .txt("third"),
        ]
        #expect(validate(dns)?.outcome == .valid)
    }

    @Test("CNAME records are followed, and the detail says where they led")
    func alias() throws {
        let dns = CairnDNSTable()
        dns[name] = [.cname("value.elsewhere.test")]
        let missing = try #require(validate(dns)?.problem)
        #expect(missing.detail.contains("\(name) (CNAME -> value.elsewhere.test)"))
        dns["value.elsewhere.test"] = [.txt(Vector.txtValue)]
        let verdict = try #require(validate(dns))
        #expect(verdict.outcome == .valid)
        #expect(
            verdict.steps.map(\.lookups)
                == [["TXT \(name): CNAME value.elsewhere.test, TXT \"\(Vector.txtValue)\""]])
    }

    @Test("A wildcard record answers too")
    func wildcard() {
        let dns = CairnDNSTable()
        dns["*.example.test"] = [.txt(Vector.txtValue)]
        #expect(validate(dns)?.outcome == .valid)
    }

    @Test(
        "A lookup that fails is a dns problem",
        arguments: [(CairnDNSResponseCode.serverFailure, "SERVFAIL"), (.nameError, "NXDOMAIN"), (.refused, "REFUSED")])
    func failure(code: CairnDNSResponseCode, text: String) throws {
        let dns = CairnDNSTable()
        dns.setFailure(code, for: name)
        let problem = try #require(validate(dns)?.problem)
        #expect(problem.type == .dns)
        #expect(problem.detail.contains("\(text) looking up TXT for \(name)"))
        #expect(problem.detail.contains(Vector.txtValue))
    }

    @Test("A name without a TXT record is unauthorized")
    func noRecord() throws {
        let problem = try #require(validate(CairnDNSTable())?.problem)
        #expect(problem.type == .unauthorized)
        #expect(problem.detail.contains("no TXT record found at \(name)"))
    }

    @Test(
        "A wrong value is unauthorized, is shown, and a known mistake is named",
        arguments: [
            (Vector.keyAuthorization, "itself, not its digest"), (Vector.token, "the token, not"),
            (" \(Vector.txtValue)", "white space around"), ("\(Vector.txtValue)\n", "white space around"),
            ("\"\(Vector.txtValue)\"", "quotation marks around"), ("\(Vector.txtValue)=", "with padding"),
            ("lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN+kWZZknKoYM=", "ordinary Base64"),
            ("94233b719c905dc5472b69e75b78e3021353dc5be6d7c50dfa45996649caa183", "in hexadecimal"),
            (Vector.txtValue.uppercased(), "case of letters"),
            (String(repeating: "A", count: 43), "digest of another key authorization"),
            ("v=spf1 -all", "got \"v=spf1 -all\""),
            // SHA-256 of the key authorization and a line feed, of the token alone, and the right one by way of hexadecimal.
            ("mAIBX6xjoMt1mNneQOZbWPVBOXRgB62f4AIqzhofXIQ", "a line feed behind"),
            ("fqCqppIU5x4CzrsYu4Z3Ngm3MCCbqr9g5D1JmZef8Tk", "digest of the token alone"),
            (
                "OTQyMzNiNzE5YzkwNWRjNTQ3MmI2OWU3NWI3OGUzMDIxMzUzZGM1YmU2ZDdjNTBkZmE0NTk5NjY0OWNhYTE4Mw",
                "hexadecimal text"
            ),
            ("a\u{1}ö", "a\\x01\\xc3\\xb6"),
        ])
    func wrongValue(value: String, hint: String) throws {
        let dns = CairnDNSTable()
        dns[name] = [.txt(value)]
        let problem = try #require(validate(dns)?.problem)
        #expect(problem.type == .unauthorized)
        #expect(problem.detail.contains(hint), "\(problem.detail)")
        #expect(problem.detail.contains("expected \"\(Vector.txtValue)\""))
    }

    @Test("Five wrong values are shown, the rest is counted; a record that is no text is shown as it is")
    func manyValues() throws {
        let dns = CairnDNSTable()
        dns[name] = (1...7).map { .txt("value \($0)") }
        let problem = try #require(validate(dns)?.problem)
        #expect(problem.detail.contains("\"value 5\" and 2 more"))
        dns[name] = [.other(.txt, [1, 0xff])]
        #expect(validate(dns)?.problem?.detail.contains("TXT \\# 2 01ff") == true)
    }

    @Test("An address is refused (RFC 8738 §7)")
    func address() {
        #expect(validate(CairnDNSTable(), "127.0.0.1")?.problem?.type == .malformed)
    }
}
