import Testing

@testable import CairnValidation

private func parse(_ text: String) throws -> IssueValue { try IssueValue(parsing: Array(text.utf8)) }

@Suite("The issue-value of CAA records", .timeLimit(.minutes(5)))
struct IssueValueTests {
    @Test(
        "A name of an issuer, blanks around it and a semicolon behind it (RFC 8659 §4.2)",
        arguments: ["ca.test", " \tca.test\t ", "ca.test;", "ca.test ; ", "  ca.test;\t"])
    func names(text: String) throws {
        let value = try parse(text)
        #expect(value == IssueValue(issuerDomainName: "ca.test"))
    }

    @Test("The case of a name is kept, and one label is a name", arguments: ["CA.Test", "a", "1-2--3.x"])
    func oddNames(text: String) throws {
        #expect(try parse(text).issuerDomainName == text)
    }

    @Test("No name names nobody (RFC 8659 §4.2)", arguments: ["", ";", " ; ", "\t"])
    func nobody(text: String) throws {
        #expect(try parse(text) == IssueValue())
    }

    @Test("Parameters, with blanks around name, sign and value")
    func parameters() throws {
        let value = try parse("ca.test; account-Uri = https://x/?a=b ;b=;B=,\"")
        #expect(
            value.parameters == [
                .init(tag: "account-Uri", value: "https://x/?a=b"), .init(tag: "b", value: ""),
                .init(tag: "B", value: ",\""),
            ])
        #expect(value.values(of: "b") == ["", ",\""])
        #expect(try parse("; a=b").values(of: "a") == ["b"])
    }

    @Test(
        "What the grammar does not know is refused (RFC 8659 §4.2)",
        arguments: [
            ("%%%%%", "a domain name"), ("ca.test.", "a domain name"), ("-a.test", "a domain name"),
            ("a-.test", "a domain name"), ("a b", "a domain name"), ("ca..test", "a domain name"),
            ("c\u{e4}.test", "a domain name"), ("ca.test; x", "tag=value"), ("ca.test; a=b;", "tag=value"),
            (";;", "tag=value"), ("ca.test;; a=b", "tag=value"), ("ca.test; =b", "a tag"), ("ca.test; a_=b", "a tag"),
            ("ca.test; -a=b", "a tag"), ("ca.test; a=b c", "printable ASCII"), ("ca.test; a=\u{e4}", "printable ASCII"),
            ("ca.test a=b", "a domain name"),
        ])
    func refused(text: String, reason: String) {
        let flaw = #expect(throws: IssueValue.Flaw.self) { try parse(text) }
        #expect(flaw?.reason.contains(reason) == true, "\(flaw?.reason ?? "")")
    }
}
