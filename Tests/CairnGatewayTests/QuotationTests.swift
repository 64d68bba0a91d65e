import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("How details quote what a client sent", .timeLimit(.minutes(5)))
struct QuotationTests {
    @Test(
        "The beginning of what is long, on one line, and how long it was",
        arguments: [
            ("", "\"\""), ("www", "\"www\""), ("a\"b\\", "\"a\\\"b\\\\\""),
            ("\r\n\t\u{0}\u{7f}", "\"\\r\\n\\t\\u{0}\\u{7f}\""),
            ("\u{200b}\u{202e}\u{a0}\u{301}", "\"\\u{200b}\\u{202e}\\u{a0}\\u{301}\""), ("münchen", "\"münchen\""),
            (String(repeating: "a", count: 100), "\"" + String(repeating: "a", count: 100) + "\""),
            (String(repeating: "ä", count: 101), "\"" + String(repeating: "ä", count: 100) + "…\" (202 bytes)"),
        ])
    func quoted(_ text: String, _ expected: String) {
        #expect(text.quoted == expected)
    }

    @Test("Lists show the first twenty")
    func lists() {
        #expect(["a", "b"].quotedList == "\"a\", \"b\"")
        #expect((1...22).map(String.init).quotedList.hasSuffix("\"20\" and 2 more"))
        #expect([String]().quotedList.isEmpty)
    }

    private static let long = String(repeating: "é\n", count: 17_000)

    @Test("Fifty kilobytes come back from nowhere (§6.7)")
    func bounded() throws {
        let server = try TestServer()
        let client = try server.registered()
        let (account, order) = (try #require(client.kid), "https://ca.example.test/new-order")
        let long = Self.long
        let good = ["type": "dns", "value": "www.example.test"]
        let one = ["type": "dns", "value": long]
        let answers = [
            try client.post(order, ["identifiers": [one]]), try client.post(order, ["identifiers": [one, one]]),
            try client.post(order, ["identifiers": [["type": long, "value": "a"]]]),
            try client.post(order, ["identifiers": [["type": "ip", "value": long]]]),
            try client.post(order, ["identifiers": [good], "profile": long]),
            try client.post(order, ["identifiers": [good], "notBefore": long]),
            try client.post(order, ["identifiers": [good], "replaces": long]),
            try client.post("https://ca.example.test/new-authz", ["identifier": one]),
            try client.post(account, ["contact": [long]]), try client.post(account, ["contact": ["mailto:" + long]]),
            try client.post(account, ["contact": [long + ":x"]]),
            try client.post(account, ["contact": Array(repeating: "mailto:" + long, count: 2)]),
            try client.post(account, nil) { $0.header["kid"] = long },
            try client.post(account, nil) { $0.header["url"] = long },
            try client.post(account, nil) { $0.header["alg"] = long },
            try client.post(account, nil) { $0.header["crit"] = Array(repeating: long, count: 1) },
            try client.post(account, nil) { $0.header["nonce"] = String(repeating: "A", count: 50_000) },
            try client.post(account, nil, as: .key) { $0.header["jwk"] = ["kty": long] },
            try client.post(account, nil) { $0.contentType = String(repeating: "a", count: 50_000) },
        ]
        for (index, answer) in answers.enumerated() {
            #expect(answer.status >= 400, "\(index)")
            #expect(answer.body.count < 3_000, "\(index): \(answer.text.prefix(300))")
            #expect(!answer.detail.contains("\n"), "\(index)")
        }
        expectRefusal(answers[0], 400, "malformed", "at most 253 octets")
        expectRefusal(answers[4], 400, "invalidProfile", "(51000 bytes)")
        let many = (0..<100).map { ["type": "dns", "value": "\($0)_" + String(repeating: "x", count: 240)] }
        #expect(try client.post(order, ["identifiers": many]).detail.contains("and 80 more"))
    }

    @Test("A subproblem names an identifier as it was sent, if it is one that could be (§6.7.1)")
    func identifiers() throws {
        let client = try TestServer().registered()
        let response = try client.post(
            "https://ca.example.test/new-order",
            ["identifiers": [["type": "dns", "value": "A_B.test"], ["type": "dns", "value": Self.long]]])
        let subproblems = response.json["subproblems"] as? [[String: Any]] ?? []
        #expect(response.refusedIdentifiers == ["A_B.test"])
        #expect(subproblems.count == 2)
    }
}
