import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing
import X509

@Suite("newOrder", .timeLimit(.minutes(5)))
struct NewOrderTests {
    @Test("An order is 201 with its URL, and one pending authorization for each identifier (§7.4)")
    func created() throws {
        let client = try TestServer().registered()
        let order = try client.order(["www.example.test", "example.test"])
        let response = order.response
        #expect(response.status == 201)
        #expect(response.state == "pending")
        #expect(response.json["expires"] as? String == "2026-11-29T08:00:00Z")
        #expect(response.identifiers == ["dns www.example.test", "dns example.test"])
        #expect(order.authorizations.count == 2)
        #expect(order.finalize.hasPrefix("https://ca.example.test/"))
        for absent in ["certificate", "error", "notBefore", "notAfter"] { #expect(response.json[absent] == nil) }
        let names = try order.authorizations.map { try client.read($0).json["identifier"] as? [String: String] }
        #expect(names == [["type": "dns", "value": "www.example.test"], ["type": "dns", "value": "example.test"]])
    }

    @Test("Wildcards and addresses are ordered like names (§7.1.3, RFC 8738 §3)")
    func kinds() throws {
        let client = try TestServer().registered()
        let order = try client.order(["*.example.test", "192.0.2.1", "2001:db8::1"])
        #expect(order.response.identifiers == ["dns *.example.test", "ip 192.0.2.1", "ip 2001:db8::1"])
    }

    @Test("Names are taken in lower case, each once (§7.1.3, RFC 4343)")
    func canonical() throws {
        let client = try TestServer().registered()
        let order = try client.order(["WWW.Example.TEST", "b.example.test", "www.example.test", "B.example.test"])
        #expect(order.response.identifiers == ["dns www.example.test", "dns b.example.test"])
        #expect(order.authorizations.count == 2)
    }

    @Test("A hundred names are an order, a hundred and one are not (§7.4)")
    func many() throws {
        let client = try TestServer().registered()
        let names = (0...100).map { "n\($0).example.test" }
        #expect(try client.order(Array(names.dropLast())).authorizations.count == 100)
        let response = try client.newOrder(names.map { ("dns", $0) })
        expectRefusal(response, 400, "malformed", "expected at most 100 identifiers, got 101 or more")
        let refused = try client.newOrder(names.map { ("dns", "_" + $0) })
        expectRefusal(refused, 400, "malformed", "expected at most 100 identifiers")
        #expect(refused.refusedIdentifiers.isEmpty)
        // The same name any number of times is one.
        #expect(try client.newOrder(names.map { _ in ("dns", "www.example.test") }).status == 201)
    }

    @Test("A payload in which something is missing or of another kind is malformed and says what (§7.4)")
    func payload() throws {
        let client = try TestServer().registered()
        let good: [Any] = [["type": "dns", "value": "www.example.test"]]
        for (members, words) in [
            ([:], "expected a member \"identifiers\", got none"),
            (["identifiers": [Any]()], "expected at least one identifier, got none"),
            (["identifiers": "www.example.test"], "expected \"identifiers\" to be an array, got a string"),
            (
                ["identifiers": ["www.example.test"]],
                "expected \"identifiers\" to hold objects, got a string at index 0"
            ),
            (["identifiers": [["value": "www.example.test"]]], "expected a member \"type\", got none"),
            (["identifiers": [["type": "dns"]]], "expected a member \"value\", got none"),
            (["identifiers": [["type": "dns", "value": 1]]], "expected \"value\" to be a string, got a number"),
            (["identifiers": good, "notBefore": 1_800_000_000], "expected \"notBefore\" to be a string, got a number"),
            (["identifiers": good, "notAfter": "tomorrow"], "\"2026-11-22T08:00:00Z\", got \"tomorrow\""),
            (["identifiers": good, "notAfter": "2026-02-30T00:00:00Z"], "got \"2026-02-30T00:00:00Z\""),
        ] as [([String: Any], String)] {
            let response = try client.post(try client.endpoint("newOrder"), members)
            expectRefusal(response, 400, "malformed", words, "§7.4")
        }
    }

    @Test("Unknown members are ignored and not reflected (§7.1)")
    func unknown() throws {
        let client = try TestServer().registered()
        let response = try client.order(["www.example.test"], ["status": "valid", "more": 1]).response
        #expect(response.state == "pending")
        #expect(response.json["more"] == nil)
    }

    @Test(
        "A profile is chosen by name, the first one without; an unknown one is invalidProfile (draft-ietf-acme-profiles §4)"
    )
    func profiles() throws {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [
            .standard, CairnCertificateProfile(name: "short", description: "Six days", validity: .days(6)),
        ]
        let client = try TestServer(authority: authority).registered()
        #expect(try client.order(["www.example.test"]).response.json["profile"] as? String == "default")
        let short = try client.readyOrder(["www.example.test"], ["profile": "short"])
        #expect(short.response.json["profile"] as? String == "short")
        let issued = try client.finalize(short, csr: try csr(["www.example.test"]))
        #expect(issued.json["profile"] as? String == "short")
        let leaf = try client.certificate(of: issued).parsedLeaf()
        #expect(leaf.notValidAfter.timeIntervalSince(leaf.notValidBefore) == 6 * 86_400 - 1)

        let response = try client.newOrder([("dns", "www.example.test")], ["profile": "long"])
        expectRefusal(response, 400, "invalidProfile", "\"default\", \"short\"", "got \"long\"")
        #expect(try client.newOrder([("dns", "www.example.test")], ["profile": " "]).problem == "invalidProfile")
    }

    @Test("A wildcard and a name that it covers are one order, unless the policy calls that redundant (§7.4)")
    func coveredNames() throws {
        let server = try TestServer()
        let client = try server.registered()
        let names = ["*.example.test", "www.example.test", "example.test", "a.b.example.test", "*.b.example.test"]
        let order = try client.readyOrder(names)
        server.engine.policy.coveredNames = .refused
        // What was ordered before is issued.
        #expect(try client.finalize(order, csr: try csr(names)).state == "valid")
        let response = try client.newOrder(names.map { ("dns", $0) })
        expectRefusal(
            response, 400, "malformed",
            "expected either \"www.example.test\" or \"*.example.test\", which covers it, got both", "and 1 more",
            "§7.4")
        #expect(response.refusedIdentifiers == ["www.example.test", "a.b.example.test"])
        #expect(server.engine.journal.requests.last?.problem?.cause == .coveredIdentifier)
        for names in [
            ["*.example.test", "example.test"], ["*.example.test", "a.b.example.test"], ["a.test", "b.test"],
        ] {
            #expect(try client.newOrder(names.map { ("dns", $0) }).status == 201)
        }
    }

    @Test("What the CA refuses leaves nothing behind (§7.4)")
    func nothing() throws {
        let server = try TestServer()
        let client = try server.registered()
        let before = server.engine.census
        #expect(try client.newOrder([("dns", "www.example.test"), ("dns", "a_b.example.test")]).status == 400)
        var after = server.engine.census
        after.nonces = before.nonces
        #expect(after == before)
    }
}

extension ReferenceClient {
    /// Asks for an order, whatever comes of it.
    func newOrder(_ identifiers: [(String, String)], _ members: [String: Any] = [:]) throws -> Response {
        let list = identifiers.map { ["type": $0.0, "value": $0.1] }
        return try post(try endpoint("newOrder"), members.merging(["identifiers": list]) { $1 })
    }
}

extension Response {
    /// The identifiers of an order as `type value`.
    var identifiers: [String] {
        (json["identifiers"] as? [[String: String]] ?? []).map { "\($0["type"] ?? "") \($0["value"] ?? "")" }
    }
}
