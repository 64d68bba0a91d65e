import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing
import X509

@Suite("Identifiers of orders", .timeLimit(.minutes(5)))
struct IdentifierTests {
    private static let label63 = String(repeating: "a", count: 63)

    /// A name of that many octets.
    private static func name(ofOctets count: Int) -> String {
        Array(repeating: label63, count: 3).joined(separator: ".") + "." + String(repeating: "b", count: count - 192)
    }

    private static let canonical = [
        ("dns", name(ofOctets: 253)), ("dns", "*.\(name(ofOctets: 251))"),
        ("dns", "example.test"), ("dns", "test"), ("dns", "a-b.c--d.example.test"), ("dns", "1.2.3.4.example.test"),
        ("dns", "\(label63).example.test"), ("dns", "*.a.example.test"), ("dns", "*.test"), ("dns", "123.example.test"),
        ("dns", "xn--bcher-kva.example.test"), ("dns", "xn--fsqu00a.xn--0zwm56d"),
        ("dns", "XN--BCHER-KVA.example.test"),
        ("ip", "192.0.2.1"), ("ip", "0.0.0.0"), ("ip", "2001:db8::1"), ("ip", "::1"), ("ip", "::"),
    ]

    @Test(
        "An address in another form is made canonical in newAuthz as well, with a finding (RFC 8738 §3)",
        arguments: ["2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:db8::0:1"])
    func uncanonicalBeforehand(_ value: String) throws {
        let server = try TestServer()
        let client = try server.registered()
        #expect(try client.newOrder([("ip", value)]).identifiers == ["ip 2001:db8::1"])
        let authorization = try client.post(
            try client.endpoint("newAuthz"), ["identifier": ["type": "ip", "value": value]])
        #expect(authorization.status == 201, "\(authorization.text)")
        let findings = server.engine.journal.findings(atLeast: .must)
        #expect(findings.map(\.kind.rawValue) == ["uncanonicalAddress", "uncanonicalAddress"])
        #expect(findings.first?.detail.contains("expected the canonical form \"2001:db8::1\"") == true)
        server.engine.policy.leniencies = .none
        expectRefusal(
            try client.newOrder([("ip", value)]), 400, "malformed", "expected the canonical form \"2001:db8::1\"")
    }

    @Test("A name or address in its canonical form is taken (§7.1.4, RFC 8738 §3)", arguments: canonical)
    func good(_ type: String, _ value: String) throws {
        let response = try TestServer().registered().newOrder([(type, value)])
        #expect(response.status == 201, "\(response.text)")
        #expect(response.identifiers == ["\(type) \(value.lowercased())"])
    }

    @Test("A name is the same in the order, the authorization and the certificate (§7.1.4)", arguments: canonical)
    func certified(_ type: String, _ value: String) throws {
        let client = try TestServer().registered()
        let name = value.lowercased()
        let order = try client.readyOrder([value])
        let identifier = try client.read(order.authorizations[0]).json["identifier"] as? [String: String]
        let base = name.hasPrefix("*.") ? String(name.dropFirst(2)) : name
        #expect(identifier == ["type": type, "value": base])
        let leaf = try client.certificate(of: try client.finalize(order, csr: try csr([value]))).parsedLeaf()
        let certified = try #require(try leaf.extensions.subjectAlternativeNames?.first)
        if case .dnsName(let dnsName) = certified { #expect(dnsName == name) } else { #expect(type == "ip") }
    }

    private static let mistakes = [
        ("dns", "", "got an empty string"),
        ("dns", ".", "final dot"),
        ("dns", "example.test.", "without its final dot"),
        ("dns", ".example.test", "got an empty one"),
        ("dns", "a..example.test", "got an empty one"),
        ("dns", "\(label63)a.example.test", "got one of 64"),
        ("dns", name(ofOctets: 254), "at most 253 octets, got 254"),
        ("dns", "*.\(name(ofOctets: 252))", "at most 253 octets, got 254"),
        ("dns", Array(repeating: label63, count: 4).joined(separator: "."), "at most 253 octets, got 255"),
        ("dns", "a_b.example.test", "letters, digits and hyphens"),
        ("dns", "a b.example.test", "letters, digits and hyphens"),
        ("dns", "bücher.example.test", "as A-labels"),
        ("dns", "example.test:443", "letters, digits and hyphens"),
        ("dns", "https://example.test/", "letters, digits and hyphens"),
        ("dns", "a@example.test", "letters, digits and hyphens"),
        ("dns", "-a.example.test", "begins or ends with a hyphen"),
        ("dns", "a-.example.test", "begins or ends with a hyphen"),
        ("dns", "*", "expected \"*\" as the first of several labels only"),
        ("dns", "a.*.example.test", "expected \"*\" as the first of several labels only"),
        ("dns", "*.*.example.test", "expected \"*\" as the first of several labels only"),
        ("dns", "a*.example.test", "letters, digits and hyphens"),
        ("dns", "192.0.2.1", "expected an identifier of type \"ip\""),
        ("dns", "2001:db8::1", "expected an identifier of type \"ip\""),
        ("dns", "example.123", "ends in a label of digits"),
        ("dns", "1.2.3.4.5", "ends in a label of digits"),
        ("dns", "xn--0.example.test", "Punycode"),
        ("dns", "xn--99999999999999999999999.example.test", "Punycode"),
        ("dns", "xn--zzzzzzzzzzzzzzzzzzzzzzzzzzzz.example.test", "Punycode"),
        ("dns", "\u{130}.example.test", "as A-labels"),
        ("ip", "", "is not an IPv4 or IPv6 address"),
        ("ip", "www.example.test", "is not an IPv4 or IPv6 address"),
        ("ip", "192.0.2", "is not an IPv4 or IPv6 address"),
        ("ip", "192.0.2.01", "RFC 8738 §3"),
        ("ip", "192.0.2.0/24", "is not an IPv4 or IPv6 address"),
        ("dns", "\(label63.prefix(56)).onion.", "without its final dot"),
        ("ip", "[::1]", "is not an IPv4 or IPv6 address"),
        ("ip", "fe80::1%eth0", "is not an IPv4 or IPv6 address"),
        ("ip", "*.192.0.2.1", "is not an IPv4 or IPv6 address"),
    ]

    @Test(
        "One that is not is malformed, with what was expected and a subproblem (§6.7.1, §7.1.4, §7.4)",
        arguments: mistakes)
    func bad(_ type: String, _ value: String, _ words: String) throws {
        let response = try TestServer().registered().newOrder([(type, value)])
        expectRefusal(response, 400, "malformed", words, "(RFC ")
        #expect(response.refusedIdentifiers == [value])
    }

    @Test(
        "An address in another form is taken in its canonical one, with a finding, unless the CA keeps to the letter (RFC 8738 §3)",
        arguments: [
            ("2001:DB8::1", "2001:db8::1"), ("2001:db8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8::0:1", "2001:db8::1"),
            ("0:0:0:0:0:0:0:0", "::"),
        ])
    func uncanonical(_ text: String, _ canonical: String) throws {
        let server = try TestServer()
        let client = try server.registered()
        let words = "expected the canonical form \"\(canonical)\" of the address, got \"\(text)\""
        #expect(try client.newOrder([("ip", text), ("ip", canonical)]).identifiers == ["ip \(canonical)"])
        let finding = try #require(server.engine.journal.findings(atLeast: .must).last)
        #expect(finding.kind == CairnFinding.Kind(.uncanonicalAddress) && finding.detail.contains(words))
        #expect(finding.section == "RFC 8738 §3")
        // The certificate has the octets, as any other.
        let order = try client.readyOrder([text])
        #expect(try client.finalize(order, csr: try csr([canonical])).state == "valid")
        server.engine.policy.leniencies = .none
        let response = try client.newOrder([("ip", text)])
        expectRefusal(response, 400, "malformed", words, "RFC 8738 §3")
        #expect(response.refusedIdentifiers == [text])
    }

    @Test(
        "The name of an onion service is rejectedIdentifier, in orders and before them, and not a name of the DNS (RFC 9799 §2)",
        arguments: ["\(label63.prefix(56)).onion", "www.\(label63.prefix(56)).ONION", "*.example.onion", "onion"])
    func onion(_ name: String) throws {
        let server = try TestServer()
        let client = try server.registered()
        let response = try client.newOrder([("dns", name), ("dns", "good.example.test")])
        expectRefusal(response, 400, "rejectedIdentifier", "is the name of an onion service", "RFC 9799 §2")
        #expect(response.refusedIdentifiers == [name])
        guard !name.hasPrefix("*") else { return }
        let early = try client.post(try client.endpoint("newAuthz"), ["identifier": ["type": "dns", "value": name]])
        expectRefusal(early, 403, "rejectedIdentifier", "onion service")
        // Nor does a CSR bring it in.
        let order = try client.readyOrder(["good.example.test"])
        expectRefusal(
            try client.finalize(order, csr: try csr(["good.example.test", name.lowercased()])), 400, "badCSR",
            name.lowercased())
    }

    @Test("A type that is neither name nor address is unsupportedIdentifier (§7.4)", arguments: ["email", "DNS", ""])
    func type(_ type: String) throws {
        let response = try TestServer().registered().newOrder([(type, "www.example.test")])
        expectRefusal(
            response, 400, "unsupportedIdentifier", "expected an identifier of type \"dns\" or \"ip\"", "§7.4")
        #expect(response.refusedIdentifiers == ["www.example.test"])
    }

    @Test("Several of one kind are one problem with a subproblem for each (§6.7.1)")
    func several() throws {
        let client = try TestServer().registered()
        let response = try client.newOrder(
            [("dns", "a_b.example.test"), ("dns", "good.example.test"), ("dns", "c_d.example.test")])
        expectRefusal(response, 400, "malformed", "2 identifiers were refused", "\"a_b.example.test\"", "§6.7.1")
        #expect(response.refusedIdentifiers == ["a_b.example.test", "c_d.example.test"])
        for subproblem in response.json["subproblems"] as? [[String: Any]] ?? [] {
            #expect(subproblem["type"] as? String == "urn:ietf:params:acme:error:malformed")
            #expect((subproblem["detail"] as? String)?.contains("letters, digits and hyphens") == true)
        }
    }

    @Test("Several of different kinds are compound (§6.7.1)")
    func compound() throws {
        let client = try TestServer().registered()
        let response = try client.newOrder([("dns", "a_b.example.test"), ("email", "a@example.test")])
        expectRefusal(response, 400, "compound", "2 identifiers were refused")
        let types = (response.json["subproblems"] as? [[String: Any]] ?? []).compactMap { $0["type"] as? String }
        #expect(
            types == ["urn:ietf:params:acme:error:malformed", "urn:ietf:params:acme:error:unsupportedIdentifier"])
    }
}
