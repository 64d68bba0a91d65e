import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("What is accepted against the letter", .timeLimit(.minutes(5)))
struct LeniencyTests {
    private static let good = [["type": "dns", "value": "www.example.test"]]
    private static let account = "https://ca.example.test/new-account"
    private static let order = "https://ca.example.test/new-order"

    /// Optional members, what takes the place of each, and the section that describes it.
    private static let members: [(url: String, name: String, values: [any Sendable], section: String)] = [
        (account, "contact", [NSNull(), ""], "RFC 8555 §7.3"),
        (account, "onlyReturnExisting", [NSNull(), "", [String]()], "RFC 8555 §7.3"),
        (account, "externalAccountBinding", [NSNull(), "", [String]()], "RFC 8555 §7.3"),
        (order, "notBefore", [NSNull(), "", [String]()], "RFC 8555 §7.4"),
        (order, "notAfter", [NSNull(), "", [String]()], "RFC 8555 §7.4"),
        (order, "profile", [NSNull(), "", [String]()], "draft-ietf-acme-profiles §4"),
        (order, "replaces", [NSNull(), "", [String]()], "RFC 9773 §5"),
    ]

    private func send(_ client: ReferenceClient, _ url: String, _ name: String, _ value: Any) throws -> Response {
        if url == Self.account {
            return try client.post(url, ["termsOfServiceAgreed": true, name: value], as: .key)
        }
        return try client.post(url, ["identifiers": Self.good, name: value])
    }

    @Test(
        "An optional member that is null or empty is not there, and that is a finding (§7.3, §7.4)", arguments: members)
    func emptyMembers(_ url: String, _ name: String, _ values: [any Sendable], _ section: String) throws {
        for value in values {
            let server = try TestServer()
            let client = try url == Self.account ? server.client() : server.registered()
            let response = try send(client, url, name, value)
            #expect(response.status == 201, "\(response.text)")
            if name != "profile" { #expect(response.json[name] == nil) }
            let finding = try #require(server.engine.journal.findings(atLeast: .must).last)
            #expect(server.engine.journal.findings(atLeast: .must).count == 1)
            #expect(finding.kind == CairnFinding.Kind(value is NSNull ? .nullMember : .emptyMember))
            #expect(finding.detail.contains("expected \"\(name)\" to be "))
            #expect(finding.request == server.engine.journal.requests.last?.number)
            #expect((finding.account != nil) == (url == Self.order))
        }
    }

    @Test("A CA that keeps to the letter refuses it by name (§7.3, §7.4)", arguments: members)
    func letter(_ url: String, _ name: String, _ values: [any Sendable], _ section: String) throws {
        let server = try TestServer()
        server.engine.policy.leniencies = .none
        let client = try url == Self.account ? server.client() : server.registered()
        for value in values {
            expectRefusal(
                try send(client, url, name, value), 400, "malformed", "expected \"\(name)\" to be ", section)
        }
        #expect(server.engine.journal.findings.isEmpty)
        server.engine.policy.leniencies.refused = [.emptyMember]
        #expect(try send(client, url, name, NSNull()).status == 201)
        #expect(try send(url == Self.account ? server.client() : client, url, name, "").status == 400)
    }

    @Test("A member that is needed is not there when it is null, and an empty array of the right kind is one (§7.4)")
    func required() throws {
        let server = try TestServer()
        let client = try server.registered()
        expectRefusal(
            try client.post(Self.order, ["identifiers": NSNull()]), 400, "malformed",
            "expected \"identifiers\" to be an array, got null")
        #expect(try client.post(try #require(client.kid), ["contact": [String]()]).status == 200)
        #expect(server.engine.journal.findings.isEmpty)
    }

    @Test("A null for contact in an update leaves the contacts as they are (§7.3.2)")
    func update() throws {
        let client = try TestServer().client()
        let contact = ["mailto:a@example.test"]
        try client.register(["termsOfServiceAgreed": true, "contact": contact])
        #expect(
            try client.post(try #require(client.kid), ["contact": NSNull()]).json["contact"] as? [String] == contact)
    }

    @Test("The draft takes null for what is not there as well")
    func draft() throws {
        let server = try TestServer()
        let client = try server.draftRegistered()
        let response = try client.post(
            try client.endpoint("new-authz"),
            ["identifier": ["type": "dns", "value": "www.example.test"], "existing": NSNull()])
        #expect(response.status == 201, "\(response.text)")
        #expect(server.engine.journal.findings(atLeast: .must).map(\.kind) == [CairnFinding.Kind(.nullMember)])
    }

    @Test("A member of the wrong kind cites the document that describes it (§7.4)")
    func sources() throws {
        let client = try TestServer().registered()
        for (name, section) in [("profile", "draft-ietf-acme-profiles §4"), ("replaces", "RFC 9773 §5")] {
            let response = try send(client, Self.order, name, [1])
            expectRefusal(response, 400, "malformed", "expected \"\(name)\" to be a string, got an array (\(section))")
        }
    }

    @Test("The documentation has all of them, each as it describes itself")
    func documented() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Sources/Cairn/Cairn.docc/AgainstTheLetter.md")
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
        let expected = CairnLeniency.all.map { "| `\($0.name)` | \($0.accepts) | \($0.letter) | \($0.deployed) |" }
        #expect(lines.map(String.init) == expected, "the table should be:\n\(expected.joined(separator: "\n"))")
        #expect(Set(CairnLeniency.all.map(\.name)).count == CairnLeniency.all.count)
    }
}
