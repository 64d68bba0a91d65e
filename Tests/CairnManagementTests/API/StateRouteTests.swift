import Cairn
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("What /cairn/v1 does to objects", .timeLimit(.minutes(5)))
struct StateRouteTests {
    private let managed: Managed
    private let client: ReferenceClient
    private var ca: TestCA { managed.ca }

    init() throws {
        var configuration = TestCA.Configuration()
        configuration.clock = .standing(at: "2030-01-01T00:00:00Z")
        managed = try Managed(configuration)
        let ca = managed.ca
        ca.validation.standard = .approve
        client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
        try client.register()
    }

    @Test("An order, an authorization, a challenge, an account get a status")
    func forced() throws {
        _ = try client.order(["www.example.test"])
        try managed.api(.put, "/orders/\(ca.orders[0].id)/status", #"{"status": "ready"}"#)
        #expect(ca.orders[0].status == .ready && ca.authorizations[0].status == .valid)
        try managed.api(
            .put, "/orders/\(ca.orders[0].id)/status",
            #"{"status": "invalid", "error": {"type": "caa", "detail": "no"}}"#)
        #expect(ca.orders[0].error?.detail == "no")
        _ = try client.order(["b.example.test"])
        try managed.api(
            .put, "/authorizations/\(ca.authorizations[1].id)/challenges/0/status", #"{"status": "processing"}"#)
        #expect(ca.authorizations[1].challenges[0].status == .processing)
        try managed.api(.put, "/authorizations/\(ca.authorizations[1].id)/status", #"{"status": "revoked"}"#)
        #expect(ca.authorizations[1].status == .revoked && ca.orders[1].status == .invalid)
        try managed.api(.post, "/accounts/\(ca.accounts[0].id)/deactivate")
        #expect(ca.accounts[0].status == .deactivated)
    }

    @Test(
        "What cannot be is refused: 404 for what is not there, 409 for what nothing leads to, 400 for what never can be"
    )
    func refused() throws {
        _ = try client.order(["www.example.test"])
        let status = "/orders/\(ca.orders[0].id)/status"
        #expect(
            try managed.apiRefusal(.put, status, #"{"status": "done"}"#).detail
                .hasPrefix(#"400 expected the status of an order, "pending""#))
        #expect(try managed.apiRefusal(.put, status, #"{"status": "valid"}"#).detail.hasPrefix("409 expected an order"))
        #expect(try managed.apiRefusal(.put, status, #"{"status": "ready", "eror": 1}"#).pointer == "/eror")
        #expect(
            try managed.apiRefusal(.put, "/orders/x/status", #"{"status": "valid"}"#).detail
                == #"404 there is no order "x""#)
        #expect(try managed.apiRefusal(.delete, "/accounts/x").detail == #"404 there is no account "x""#)
        #expect(
            try managed.apiRefusal(.post, "/incident", #"{"certificates": ["xyz"]}"#).pointer == "/certificates/0")
    }

    @Test("Objects expire and are forgotten, one, all of an account, the account")
    func ended() throws {
        for name in ["a", "b", "c"] { _ = try client.order(["\(name).example.test"]) }
        let orders = ca.orders.map(\.id)
        let account = ca.accounts[0].id
        try managed.api(.post, "/orders/\(orders[0])/expire")
        #expect(ca.orders[0].status == .invalid)
        try managed.api(.post, "/authorizations/\(ca.orders[1].authorizations[0])/expire")
        #expect(ca.orders[1].status == .invalid)
        try managed.api(.post, "/accounts/\(account)/expire")
        #expect(ca.orders[2].status == .invalid)
        try managed.api(.delete, "/orders/\(orders[0])")
        try managed.api(.delete, "/authorizations/\(ca.orders[0].authorizations[0])")
        #expect(ca.orders.map(\.id) == Array(orders.dropFirst()) && ca.authorizations.count == 1)
        try managed.api(.post, "/accounts/\(account)/purge")
        #expect(ca.orders.isEmpty)
        try managed.api(.delete, "/nonces")
        #expect(try client.read(client.kid ?? "").problem == "badNonce")
        try managed.api(.delete, "/accounts/\(account)")
        #expect(ca.accounts.isEmpty)
    }

    @Test("Certificates are revoked, put into an incident, and forgotten")
    func certificates() throws {
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        let id = ca.certificates[0].id
        try managed.api(
            .post, "/incident", #"{"certificates": ["\#(id)"], "explanationURL": "https://ca.example.test/why"}"#)
        let info = try client.send(
            "GET", "\(try client.endpoint("renewalInfo"))/\(ca.certificates[0].certificate.certID)")
        #expect(info.json["explanationURL"] as? String == "https://ca.example.test/why")
        try managed.api(.post, "/certificates/\(id)/revoke", #"{"reason": 4}"#)
        #expect(ca.revocations.map(\.reason) == [.superseded])
        #expect(try managed.apiRefusal(.post, "/certificates/\(id)/revoke", "{}").detail.hasPrefix("409 "))
        try managed.api(.delete, "/certificates/\(id)")
        #expect(ca.certificates.isEmpty)
    }
}
