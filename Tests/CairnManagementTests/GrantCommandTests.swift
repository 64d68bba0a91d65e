import Cairn
import CairnManagement
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("Grants by the management API", .timeLimit(.minutes(5)))
struct GrantCommandTests {
    private static let start = CivilTime(year: 2031, month: 6, day: 3, hour: 12).instant
    private let managed: Managed
    private let client: ReferenceClient

    init() throws {
        var configuration = TestCA.Configuration()
        configuration.clock = .standing(at: Self.start)
        managed = try Managed(configuration)
        let ca = managed.ca
        client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
        try client.register()
    }

    private func answer(_ path: String, _ body: String) throws -> CairnJSON {
        let delivery = managed.send(.post, path, body)
        #expect(delivery.head.status == .ok, "\(String(decoding: delivery.body, as: UTF8.self))")
        #expect(delivery.head.headerFields[.contentType] == "application/json")
        return try CairnJSON(parsing: delivery.body)
    }

    @Test(
        "An account is authorized for a name, a wildcard, a domain or an address",
        arguments: [
            ("name", "www.example.test", ["www.example.test"]), ("wildcard", "example.test", ["*.example.test"]),
            ("domain", "example.test", ["example.test", "a.b.example.test"]), ("address", "192.0.2.1", ["192.0.2.1"]),
        ])
    func scopes(_ member: String, _ value: String, _ covered: [String]) throws {
        let kid = try #require(client.kid)
        let grant = try answer("/add-grant", #"{"account": "\#(kid)", "\#(member)": "\#(value)"}"#)
        #expect(grant[member]?.string == value)
        #expect(grant["account"]?.string.map { kid.hasSuffix($0) } == true)
        #expect(grant["expires"]?.string == "2032-06-02T12:00:00Z")
        for name in covered { #expect(try client.order([name]).response.state == "ready") }
        #expect(try answer("/list-grants", "{}").array == [grant])
    }

    @Test("A grant is taken back by its number, with all that came of it")
    func takenBack() throws {
        let kid = try #require(client.kid)
        let first = try answer("/add-grant", #"{"account": "\#(kid)", "name": "a.example.test", "days": 2}"#)
        let second = try answer(
            "/add-grant", #"{"account": "\#(kid)", "name": "b.example.test", "expires": "2031-07-01T00:00:00Z"}"#)
        #expect(first["expires"]?.string == "2031-06-05T12:00:00Z")
        #expect(second["expires"]?.string == "2031-07-01T00:00:00Z")
        let order = try client.order(["a.example.test"])
        let number = try #require(first["id"]?.integer)
        managed.command("/del-grant", #"{"id": \#(number)}"#)
        #expect(try client.read(order.url).state == "invalid")
        #expect(try answer("/list-grants", "{}").array == [second])
        let refusal = try managed.refusal(.post, "/del-grant", #"{"id": \#(number)}"#)
        #expect(refusal == "404 there is no grant \(number) that holds")
    }

    @Test("An external account is authorized before it has an account (RFC 8555 §7.3.4)")
    func externalAccount() throws {
        let grant = try answer("/add-grant", #"{"externalAccount": "kid-1", "domain": "example.test"}"#)
        #expect(grant["externalAccount"] == "kid-1")
        #expect(grant["account"] == nil)
        let key = try managed.ca.externalAccountKeys.issue(identifier: "kid-1")
        let ca = managed.ca
        let bound = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
        try bound.register(boundTo: ExternalAccount(key.identifier, key.macKey))
        #expect(try bound.order(["www.example.test"]).response.state == "ready")
        #expect(try answer("/list-grants", "{}").array?.first?["account"]?.string != nil)
    }

    @Test(
        "What cannot be granted is refused in words",
        arguments: [
            (#"{"name": "www.example.test"}"#, "either \"account\" or \"externalAccount\""),
            (#"{"account": "nobody", "name": "www.example.test"}"#, "nobody"),
            (#"{"externalAccount": "k"}"#, "\"name\", \"wildcard\", \"domain\" and \"address\", got none"),
            (#"{"externalAccount": "k", "name": "a.test", "domain": "b.test"}"#, "got 2"),
            (#"{"externalAccount": "k", "address": "example.test"}"#, "expected an IPv4 or IPv6 address"),
            (#"{"externalAccount": "k", "name": "a.test", "expires": "tomorrow"}"#, "got \"tomorrow\""),
            (#"{"externalAccount": "k", "name": "a.test", "days": "2"}"#, "expected an integer \"days\", got a string"),
            (#"{"externalAccount": "k", "name": "a.test", "days": 0}"#, "in the hundred years"),
            (#"{"externalAccount": "k", "name": "a_b.test"}"#, "letters, digits and hyphens"),
        ])
    func refused(_ body: String, _ words: String) throws {
        #expect(try managed.refusal(.post, "/add-grant", body).contains(words))
        #expect(try answer("/list-grants", "{}").array == [])
    }
}
