import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing
import X509

/// The clock stands at 2026-11-22T08:00:00Z, and the profile has 90 days and an hour of back-dating.
@Suite("notBefore and notAfter", .timeLimit(.minutes(5)))
struct ValidityTests {
    private static let periods = [
        ["notBefore": "2026-11-22T10:00:00Z"],
        ["notAfter": "2026-12-01T00:00:00Z"],
        ["notBefore": "2026-11-22T00:00:00Z", "notAfter": "2026-11-23T00:00:00Z"],
        ["notBefore": "2027-01-01T00:00:00Z", "notAfter": "2027-04-01T00:00:00Z"],
        ["notBefore": "2026-11-23T00:00:00+02:00", "notAfter": "2026-11-25T00:00:00.5Z"],
    ]

    @Test(
        "They are honoured in the order and in the certificate, and come back in UTC (§7.1.3, §7.4)", arguments: periods
    )
    func honoured(_ dates: [String: String]) throws {
        let client = try TestServer().registered()
        let order = try client.readyOrder(["www.example.test"], dates)
        let response = try client.finalize(order, csr: try csr(["www.example.test"]))
        #expect(response.state == "valid", "\(response.text)")
        let leaf = try client.certificate(of: response).parsedLeaf()
        for (name, date) in [("notBefore", leaf.notValidBefore), ("notAfter", leaf.notValidAfter)] {
            guard dates[name] != nil else {
                #expect(response.json[name] == nil)
                continue
            }
            let written = try #require(response.json[name] as? String)
            #expect(try Date(written, strategy: .iso8601) == date)
            #expect(order.response.json[name] as? String == written)
        }
    }

    private static let mistakes = [
        (["notAfter": "2026-11-22T08:00:00Z"], "expected \"notAfter\" after"),
        (["notAfter": "2020-01-01T00:00:00Z"], "expected \"notAfter\" after"),
        (
            ["notBefore": "2026-11-21T12:00:00Z", "notAfter": "2026-11-22T07:00:00Z"],
            "expected \"notAfter\" in the future"
        ),
        (["notBefore": "2026-12-02T00:00:00Z", "notAfter": "2026-12-01T00:00:00Z"], "expected \"notAfter\" after"),
        (["notAfter": "2027-02-20T08:00:01Z"], "expected at most 7776000 s"),
        (["notAfter": "9999-12-31T23:59:59Z"], "expected at most 7776000 s"),
        (["notBefore": "2026-11-21T06:59:59Z"], "from a day before now"),
        (["notBefore": "2027-11-22T08:00:01Z"], "a year after it"),
        (["notBefore": "0000-01-01T00:00:00Z"], "from a day before now"),
    ]

    @Test("A period that the CA will not certify as it is asked for is refused (§7.4)", arguments: mistakes)
    func refused(_ dates: [String: String], _ words: String) throws {
        let server = try TestServer()
        let response = try server.registered().newOrder([("dns", "www.example.test")], dates)
        expectRefusal(response, 400, "malformed", words, "§7.4")
        #expect(server.engine.census.orders == 0)
    }

    @Test("A certificate of the longest period is not back-dated beyond it (§7.4)")
    func longest() throws {
        let client = try TestServer().registered()
        for (end, begin) in [
            ("2027-02-20T08:00:00Z", "2026-11-22T08:00:00Z"), ("2027-02-20T07:30:00Z", "2026-11-22T07:30:00Z"),
            ("2027-02-01T00:00:00Z", "2026-11-22T07:00:00Z"),
        ] {
            let order = try client.readyOrder(["www.example.test"], ["notAfter": end])
            let response = try client.finalize(order, csr: try csr(["www.example.test"]))
            let leaf = try client.certificate(of: response).parsedLeaf()
            #expect(try Date(begin, strategy: .iso8601) == leaf.notValidBefore)
            #expect(response.json["notBefore"] == nil)
        }
    }

    @Test("An order whose notAfter comes before it is finalized has expired, at that instant (§7.1.6)")
    func passed() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"], ["notAfter": "2026-11-22T09:00:00Z"])
        #expect(order.response.json["expires"] as? String == "2026-11-22T09:00:00Z")
        server.advance(by: .seconds(3_599))
        #expect(try client.read(order.url).state == "ready")
        server.advance(by: .seconds(1))
        #expect(try client.read(order.url).state == "invalid")
        let response = try client.finalize(order, csr: try csr(["www.example.test"]))
        expectRefusal(response, 403, "orderNotReady", "\"invalid\"")
    }
}
