import CairnDNS
import CairnModel
import Testing

@testable import CairnValidation

private let accountURL = "https://ca.test/account/1"

/// Checks CAA for `www.example.test`, or what is said.
private func check(
    _ dns: CairnDNSTable, _ identifier: ACMEIdentifier = "www.example.test", isWildcard: Bool = false,
    by type: ACMEChallengeType = .http01, as identities: [String] = ["ca.test", "other.ca.test"]
) -> Verdict {
    ValidationAuthority(dns: dns, prober: ScriptedProber()).checkCAA(
        CAACheck(
            CAAIssuer(identities: identities, accountURL: accountURL), challengeType: type, identifier: identifier,
            isWildcard: isWildcard))
}

/// A table where one name has these CAA records.
private func table(_ name: String = "www.example.test", _ records: CairnDNSRecord...) -> CairnDNSTable {
    let dns = CairnDNSTable()
    dns[name] = records
    return dns
}

private func issue(_ value: String) -> CairnDNSRecord { .caa(tag: "issue", value: value) }
private func issuewild(_ value: String) -> CairnDNSRecord { .caa(tag: "issuewild", value: value) }

@Suite("CAA", .timeLimit(.minutes(5)))
struct CAATests {
    @Test("Where there is no record up to the top, any CA may issue; the root is not asked (RFC 8659 §3)")
    func none() throws {
        let dns = CairnDNSTable()
        let verdict = check(dns, "a.www.example.test")
        #expect(verdict.outcome == .valid)
        let names = ["a.www.example.test", "www.example.test", "example.test", "test"]
        #expect(dns.queries.map(\.name) == names)
        #expect(dns.queries.allSatisfy { $0.type == .caa })
        let record = try #require(verdict.steps.first)
        #expect(verdict.steps.count == 1)
        #expect(record.host == "a.www.example.test")
        #expect(record.questions == names.map { "CAA \($0)" })
        dns.defaultIPv4 = nil
        #expect(check(dns, "a.www.example.test").outcome == .valid)
        #expect(dns.queries.last?.outcome == .nameError)
    }

    @Test("The nearest name with records decides, and those above are not asked (RFC 8659 §3)")
    func climb() {
        let dns = table("example.test", issue("other.test"))
        #expect(check(dns).problem?.type == .caa)
        dns["www.example.test"] = [issue("ca.test")]
        dns.clearQueries()
        #expect(check(dns).outcome == .valid)
        #expect(dns.queries.map(\.name) == ["www.example.test"])
        // A record set without issue decides too: whoever put it there did not restrict anybody.
        dns["www.example.test"] = [.caa(tag: "iodef", value: "mailto:x@example.test")]
        #expect(check(dns).outcome == .valid)
    }

    @Test("CNAME records are followed, and the way up goes on from the name itself (RFC 8659 §3)")
    func aliases() throws {
        let dns = CairnDNSTable()
        dns["www.example.test"] = [.cname("host.elsewhere.test")]
        dns["elsewhere.test"] = [issue("other.test")]
        #expect(check(dns).outcome == .valid)
        #expect(dns.queries.map(\.name) == ["www.example.test", "example.test", "test"])
        dns["host.elsewhere.test"] = [issue("other.test")]
        let problem = try #require(check(dns).problem)
        #expect(problem.detail.hasPrefix("CAA at www.example.test (CNAME -> host.elsewhere.test) forbids"))
    }

    @Test(
        "A lookup that fails on the way is a dns problem (RFC 8659 §3)",
        arguments: [CairnDNSResponseCode.serverFailure, .refused, .notImplemented])
    func failure(code: CairnDNSResponseCode) throws {
        let dns = table("test", issue("ca.test"))
        dns.setFailure(code, for: "example.test", type: .caa)
        let verdict = check(dns)
        let problem = try #require(verdict.problem)
        #expect(problem.type == .dns)
        #expect(problem.detail.contains("\(code) looking up CAA for example.test"))
        #expect(verdict.steps.first?.questions == ["CAA www.example.test", "CAA example.test"])
        dns["www.example.test"] = [issue("ca.test")]
        #expect(check(dns).outcome == .valid)
    }

    @Test("NXDOMAIN on the way leads further up (RFC 8659 §3)")
    func nameError() {
        let dns = table("example.test", issue("other.test"))
        dns.setFailure(.nameError, for: "www.example.test")
        #expect(check(dns).problem?.type == .caa)
    }

    @Test(
        "A record with a name of this CA allows it, in any case and beside others (RFC 8659 §4.2)",
        arguments: ["ca.test", "CA.Test", " ca.test ;", "other.ca.test", "ca.test; unknown=1; policy=x"])
    func allowed(value: String) {
        #expect(check(table("www.example.test", issue(value))).outcome == .valid)
        #expect(check(table("www.example.test", issue(";"), issue("other.test"), issue(value))).outcome == .valid)
    }

    @Test(
        "Every record that forbids is shown with what it has, and why (RFC 8659 §4.2)",
        arguments: [
            ("other.test", "is for another CA: expected \"ca.test\" or \"other.ca.test\", got \"other.test\""),
            ("sub.ca.test", "is for another CA"), (";", "allows nobody"), ("", "allows nobody"),
            ("; accounturi=https://ca.test/account/1", "allows nobody"), ("%%%%%", "is unreadable"),
            ("ca.test; x", "is unreadable"),
        ])
    func forbidden(value: String, reason: String) throws {
        let problem = try #require(check(table("www.example.test", issue(value))).problem)
        #expect(problem.type == .caa)
        #expect(problem.status == 403)
        #expect(
            problem.detail.hasPrefix("CAA at www.example.test forbids www.example.test: CAA 0 issue \"\(value)\" "),
            "\(problem.detail)")
        #expect(problem.detail.contains(reason), "\(problem.detail)")
        #expect(problem.detail.contains("(RFC 8659 §4.2)"))
    }

    @Test("Five records that forbid are shown, and the rest is counted")
    func many() throws {
        let dns = CairnDNSTable()
        dns["www.example.test"] = (1...7).map { issue("ca\($0).test") }
        let problem = try #require(check(dns).problem)
        #expect(problem.detail.contains("\"ca5.test\""))
        #expect(!problem.detail.contains("\"ca6.test\""))
        #expect(problem.detail.hasSuffix("; and 2 more"))
    }

    @Test("A CA without a name is allowed by no record")
    func nameless() throws {
        let dns = table("www.example.test", issue("ca.test"))
        #expect(try #require(check(dns, as: []).problem).detail.contains("this CA has none"))
        #expect(check(CairnDNSTable(), as: []).outcome == .valid)
    }

    @Test("issuewild stands in the place of issue for a wildcard, and means nothing to others (RFC 8659 §4.3)")
    func wildcards() throws {
        let dns = table("example.test", issue("ca.test"), issuewild("other.test"))
        #expect(check(dns).outcome == .valid)
        let problem = try #require(check(dns, isWildcard: true).problem)
        #expect(problem.detail.hasPrefix("CAA at example.test forbids *.www.example.test: CAA 0 issuewild"))
        #expect(check(dns, "*.example.test").problem?.type == .caa)
        dns["example.test"] = [issue("other.test"), .caa(tag: "IssueWild", value: "ca.test")]
        #expect(check(dns, isWildcard: true).outcome == .valid)
        #expect(check(dns).problem?.type == .caa)
        dns["example.test"] = [issue("other.test")]
        #expect(check(dns, isWildcard: true).problem?.type == .caa)
        dns["example.test"] = [issuewild(";")]
        #expect(check(dns).outcome == .valid)
    }

    @Test("The records of a wildcard are looked for at the name below the asterisk and above (RFC 8659 §3)")
    func wildcardName() {
        let dns = CairnDNSTable()
        #expect(check(dns, "*.example.test").outcome == .valid)
        #expect(dns.queries.map(\.name) == ["example.test", "test"])
    }

    @Test("A critical record with an unknown tag forbids, whatever else there is (RFC 8659 §4.1)")
    func critical() throws {
        let dns = table("www.example.test", issue("ca.test"), .caa(flags: 128, tag: "Future", value: "x"))
        let problem = try #require(check(dns).problem)
        #expect(problem.detail.contains("CAA 128 Future \"x\" is critical"), "\(problem.detail)")
        #expect(problem.detail.contains("(RFC 8659 §4.1)"))
        dns["www.example.test"] = [issue("ca.test"), .caa(flags: 127, tag: "future", value: "x")]
        #expect(check(dns).outcome == .valid)
    }

    @Test(
        "Of the flags the first bit alone says critical (RFC 8659 §4.1)",
        arguments: [(0, false), (1, false), (127, false), (128, true), (129, true), (255, true)])
    func criticalBit(flags: UInt8, forbids: Bool) {
        let dns = table("www.example.test", issue("ca.test"), .caa(flags: flags, tag: "future", value: "x"))
        #expect((check(dns).problem != nil) == forbids)
    }

    @Test("Tags are compared by their octets: a Kelvin sign is no k (RFC 8659 §4.1)")
    func tagOctets() {
        let dns = table("www.example.test", .caa(flags: 128, tag: "i\u{17f}sue", value: "ca.test"))
        #expect(check(dns).problem?.detail.contains("is critical") == true)
    }

    @Test(
        "A critical record with a known tag is nothing special (RFC 8659 §4.1)",
        arguments: ["iodef", "issuemail", "issuevmc", "IODEF"])
    func criticalKnown(tag: String) {
        let dns = table(
            "www.example.test", .caa(flags: 255, tag: "issue", value: "ca.test"), .caa(flags: 128, tag: tag, value: "%")
        )
        #expect(check(dns).outcome == .valid)
    }

    @Test("Raw data are read octet by octet, and what is no CAA record forbids (RFC 8659 §4.1)")
    func raw() throws {
        func raw(_ data: [UInt8]) -> Verdict { check(table("www.example.test", .other(.caa, data))) }
        #expect(raw([0, 5] + "issueca.test".utf8).outcome == .valid)
        #expect(raw([0, 5] + "issue".utf8 + [0xff]).problem?.detail.contains("\"\\xff\" is unreadable") == true)
        #expect(raw([0, 3] + "abc".utf8 + [0xff]).outcome == .valid)
        #expect(raw([128, 3] + "abc".utf8 + [0xff]).problem?.detail.contains("is critical") == true)
        for broken: [UInt8] in [[], [0], [0, 0], [0, 6] + Array("issue".utf8)] {
            #expect(raw(broken).problem?.detail.contains("cannot be read") == true, "\(broken)")
        }
        #expect(check(table("www.example.test", .caa(tag: "", value: "x"))).problem?.type == .caa)
    }

    @Test(
        "accounturi must be the URL of the account, octet by octet (RFC 8657 §3)",
        arguments: [
            (accountURL, nil), ("https://ca.test/account/2", "for another account"),
            ("https://CA.test/account/1", "for another account"), (accountURL + "/", "for another account"),
            ("", "for another account"), ("\(accountURL); accounturi=\(accountURL)", "2 times"),
        ] as [(String, String?)])
    func account(value: String, reason: String?) throws {
        let problem = check(table("www.example.test", issue("ca.test; AccountURI=\(value)"))).problem
        guard let reason else { return #expect(problem == nil) }
        #expect(try #require(problem).detail.contains(reason), "\(problem?.detail ?? "")")
        #expect(problem?.detail.contains("(RFC 8657 §3)") == true)
    }

    @Test(
        "validationmethods must list the method that was used (RFC 8657 §4)",
        arguments: [
            ("http-01", nil), ("dns-01,http-01", nil), ("ca-post,unheard,http-01", nil),
            ("dns-01", "expected http-01, got \"dns-01\""), ("HTTP-01", "other validation methods"),
            ("", "unreadable"), ("http-01,", "unreadable"), ("http_01", "unreadable"),
            ("http-01; validationmethods=http-01", "2 times"),
        ] as [(String, String?)])
    func methods(value: String, reason: String?) throws {
        let problem = check(table("www.example.test", issue("ca.test; validationmethods=\(value)"))).problem
        guard let reason else { return #expect(problem == nil) }
        #expect(try #require(problem).detail.contains(reason), "\(problem?.detail ?? "")")
        #expect(problem?.detail.contains("(RFC 8657 §4)") == true)
    }

    @Test("One record that fits is enough: each has its own account and methods (RFC 8657 §3)")
    func either() {
        let dns = table(
            "www.example.test", issue("ca.test; accounturi=https://ca.test/account/2"),
            issue("ca.test; accounturi=\(accountURL); validationmethods=dns-01"))
        #expect(check(dns, by: .dns01).outcome == .valid)
        #expect(check(dns, by: .http01).problem?.type == .caa)
    }

    @Test("Addresses have no CAA records")
    func addresses() {
        let dns = CairnDNSTable()
        #expect(check(dns, "192.0.2.1").outcome == .valid)
        #expect(dns.queries.isEmpty)
    }
}

@Suite("CAA behind challenges", .timeLimit(.minutes(5)))
struct CAAValidationTests {
    private func attempt(_ issuer: CAAIssuer?, isWildcard: Bool = false) -> ValidationAttempt {
        var attempt = CairnValidationTests.attempt(.dns01)
        (attempt.issuer, attempt.isWildcard) = (issuer, isWildcard)
        return attempt
    }

    private let issuer = CAAIssuer(identities: ["ca.test"], accountURL: accountURL)
    private let name = "_acme-challenge.www.example.test"

    @Test("It is checked once the challenge is fulfilled, and is the last record of the verdict")
    func afterChallenge() throws {
        let dns = table("www.example.test", issue("other.test"))
        dns[name] = [.txt(Vector.txtValue)]
        let authority = ValidationAuthority(dns: dns, prober: ScriptedProber())
        let verdict = try #require(authority.verdict(on: attempt(issuer)))
        #expect(verdict.problem?.type == .caa)
        #expect(verdict.steps.map(\.questions) == [["TXT \(name)"], ["CAA www.example.test"]])
        dns["www.example.test"] = [
            issue("ca.test; validationmethods=dns-01; accounturi=\(accountURL)"), issuewild(";"),
        ]
        #expect(authority.verdict(on: attempt(issuer))?.outcome == .valid)
        #expect(authority.verdict(on: attempt(issuer, isWildcard: true))?.problem?.type == .caa)
    }

    @Test("A challenge that is not fulfilled is the problem, and CAA is not looked at")
    func precedence() {
        let dns = table("www.example.test", issue("other.test"))
        let authority = ValidationAuthority(dns: dns, prober: ScriptedProber())
        #expect(authority.verdict(on: attempt(issuer))?.problem?.type == .unauthorized)
        #expect(dns.queries.map(\.type) == [.txt])
    }

    @Test("Without an issuer it is not looked at")
    func notChecked() {
        let dns = table("www.example.test", issue("other.test"))
        dns[name] = [.txt(Vector.txtValue)]
        #expect(ValidationAuthority(dns: dns, prober: ScriptedProber()).verdict(on: attempt(nil))?.outcome == .valid)
        #expect(dns.queries.map(\.type) == [.txt])
    }

    @Test("What the policy approves or denies has no CAA records looked up, also when it is checked once more")
    func policy() {
        let (dns, policy) = (table("www.example.test", issue("other.test")), CairnValidationDecisions())
        let authority = ValidationAuthority(dns: dns, prober: ScriptedProber(), policy: policy)
        let check = CAACheck(issuer, challengeType: .dns01, identifier: "*.www.example.test")
        policy.standard = .approve
        #expect(authority.verdict(on: attempt(issuer))?.outcome == .valid)
        #expect(authority.checkCAA(check) == .valid)
        policy["www.example.test"] = .deny(ACMEProblem(.rejectedIdentifier, "no"))
        #expect(authority.checkCAA(check).problem?.type == .rejectedIdentifier)
        #expect(dns.queries.isEmpty)
    }
}
