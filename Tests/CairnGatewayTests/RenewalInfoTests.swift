import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import SwiftASN1
import Testing
import X509

@Suite("Renewal information", .timeLimit(.minutes(5)))
struct RenewalInfoTests {
    private static let url = "https://ca.example.test/renewal-info"

    @Test("The directory names it, and a client finds its certificate by key identifier and serial (RFC 9773 §4.1)")
    func found() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.issue(["www.example.test"])
        #expect(try client.endpoint("renewalInfo") == Self.url)
        let id = try client.certificate(of: order).certID()
        let response = try client.send("GET", Self.url + "/" + id)
        #expect(response.status == 200)
        #expect(response.values("Content-Type") == ["application/json"])
        #expect(response.values("Retry-After") == ["21600"])
        #expect(response["Replay-Nonce"] == nil)
        // 90 days from an hour before: the middle is 30 days before the end, the width 4 % of it.
        let window = try #require(response.json["suggestedWindow"] as? [String: String])
        #expect(window == ["start": "2027-01-19T11:47:59Z", "end": "2027-01-23T02:11:59Z"])
        #expect(response.json["explanationURL"] == nil)
        #expect(server.engine.journal.certificates.map(\.certID) == [id])
    }

    @Test("A certificate that lives less than 10 days is renewed at half its life (RFC 9773 §4.2)")
    func short() throws {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [
            CairnCertificateProfile(name: "short", description: "Six days", validity: .days(6), backdate: .zero)
        ]
        let server = try TestServer(authority: authority)
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(["www.example.test"])).certID()
        let window = try client.send("GET", Self.url + "/" + id).json["suggestedWindow"] as? [String: String]
        #expect(window == ["start": "2026-11-25T05:07:11Z", "end": "2026-11-25T10:52:47Z"])
    }

    @Test(
        "One that lives 10 days or more is renewed at its last third (RFC 9773 §4.2)",
        arguments: [
            // 10 days less a second, as long as that exactly, and a second more; all begin at 2026-11-22T08:00:00Z.
            (Duration.days(10) - .seconds(1), "2026-11-27T03:11:58Z"), (.days(10), "2026-11-28T19:11:59Z"),
            (.days(10) + .seconds(1), "2026-11-28T19:11:59Z"),
        ])
    func tenDays(_ validity: Duration, _ start: String) throws {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [
            CairnCertificateProfile(name: "ten", description: "", validity: validity, backdate: .zero)
        ]
        let client = try TestServer(authority: authority).registered()
        let id = try client.certificate(of: client.issue(["www.example.test"])).certID()
        let window = try client.send("GET", Self.url + "/" + id).json["suggestedWindow"] as? [String: String]
        #expect(window?["start"] == start)
    }

    @Test(
        "The window lies where the policy has it, within the life of the certificate (RFC 9773 §4.2)",
        arguments: [
            // Begins at 2026-11-22T08:00:00Z. Pebble: a day on each side of the beginning of the last third.
            (CairnRenewalInfoPolicy.pebble, Duration.days(90), "2027-01-20T07:59:59Z", "2027-01-22T07:59:59Z"),
            (.pebble, .days(6), "2026-11-25T07:59:59Z", "2026-11-27T07:59:59Z"),
            (.pebble, .hours(24), "2026-11-22T08:00:00Z", "2026-11-23T07:59:59Z"),
            (windows(0, .time(.days(2))), .days(90), "2027-02-19T07:59:59Z", "2027-02-20T07:59:59Z"),
            (windows(1, .part(0.5)), .days(4), "2026-11-22T08:00:00Z", "2026-11-23T07:59:59Z"),
            (windows(0.25, .part(0)), .days(4), "2026-11-25T07:59:59Z", "2026-11-25T08:00:00Z"),
            (windows(0.5, .part(1)), .days(4), "2026-11-22T08:00:00Z", "2026-11-26T07:59:59Z"),
        ])
    func places(_ policy: CairnRenewalInfoPolicy, _ validity: Duration, _ start: String, _ end: String) throws {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [CairnCertificateProfile(name: "x", description: "", validity: validity, backdate: .zero)]
        let server = try TestServer(authority: authority)
        server.engine.policy.renewalInfo = policy
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(["www.example.test"])).certID()
        let window = try client.send("GET", Self.url + "/" + id).json["suggestedWindow"] as? [String: String]
        #expect(window == ["start": start, "end": end])
    }

    private static func windows(_ left: Double, _ width: CairnRenewalWindow.Width) -> CairnRenewalInfoPolicy {
        var policy = CairnRenewalInfoPolicy()
        policy.window = CairnRenewalWindow(left: left, width: width)
        policy.shortWindow = nil
        return policy
    }

    @Test("A certificate of one second has a window that ends after it begins (RFC 9773 §4.2)")
    func second() throws {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [
            CairnCertificateProfile(name: "x", description: "", validity: .seconds(1), backdate: .zero)
        ]
        let client = try TestServer(authority: authority).registered()
        let id = try client.certificate(of: client.issue(["www.example.test"])).certID()
        let window = try client.send("GET", Self.url + "/" + id).json["suggestedWindow"] as? [String: String]
        #expect(window == ["start": "2026-11-22T08:00:00Z", "end": "2026-11-22T08:00:01Z"])
    }

    @Test("What counts as short, and where its window lies, can be chosen (RFC 9773 §4.2)")
    func shortLifetime() throws {
        let server = try TestServer()
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(["www.example.test"])).certID()
        func start() throws -> String? {
            let window = try client.send("GET", Self.url + "/" + id).json["suggestedWindow"] as? [String: String]
            return window?["start"]
        }
        // 90 days to 2027-02-20T06:59:59Z.
        server.engine.policy.renewalInfo?.shortLifetime = .days(90)
        #expect(try start() == "2027-01-19T11:47:59Z")
        server.engine.policy.renewalInfo?.shortLifetime = .days(90) + .seconds(1)
        server.engine.policy.renewalInfo?.shortWindow = CairnRenewalWindow(left: 0.1, width: .time(.days(2)))
        #expect(try start() == "2027-02-10T06:59:59Z")
        server.engine.policy.renewalInfo?.shortWindow = nil
        #expect(try start() == "2027-01-19T11:47:59Z")
    }

    @Test("A page can explain all windows; one of a certificate's own stands before it (RFC 9773 §4.2)")
    func explained() throws {
        let server = try TestServer()
        let client = try server.registered()
        let chain = try client.certificate(of: client.issue(["www.example.test"]))
        let serial = try #require(server.engine.journal.certificates.first).serialNumber
        func page() throws -> String? {
            try client.send("GET", Self.url + "/" + chain.certID()).json["explanationURL"] as? String
        }
        server.engine.policy.renewalInfo?.explanationURL = "https://all.example.test/"
        #expect(try page() == "https://all.example.test/")
        let own = ACMERenewalInfo(start: server.now, end: server.now + .days(1), explanationURL: "https://one.test/")
        try server.engine.intervene(.suggestRenewal(of: serial, own), at: server.now)
        #expect(try page() == "https://one.test/")
        let other = ACMERenewalInfo(start: server.now, end: server.now + .days(1))
        try server.engine.intervene(.suggestRenewal(of: serial, other), at: server.now)
        #expect(try page() == nil)
        try server.engine.intervene(.suggestRenewal(of: serial, nil), at: server.now)
        _ = try client.post(try client.endpoint("revokeCert"), ["certificate": base64URL(try chain.leaf())])
        #expect(try page() == "https://all.example.test/")
    }

    @Test("Without an authorityKeyIdentifier no client can make a certID; what is known of it holds (RFC 9773 §4.1)")
    func orphan() throws {
        var authority = CairnAuthorityConfiguration()
        authority.profiles[0].includesAuthorityKeyIdentifier = false
        let server = try TestServer(authority: authority)
        let client = try server.registered()
        let leaf = try client.certificate(of: client.issue(["www.example.test"])).parsedLeaf()
        #expect(try leaf.extensions.authorityKeyIdentifier == nil)
        let id = try #require(server.engine.journal.certificates.first).certID
        #expect(try client.send("GET", Self.url + "/" + id).status == 200)
    }

    @Test("For a certificate that is revoked the window has passed (RFC 9773 §4.2)")
    func revoked() throws {
        let server = try TestServer()
        let client = try server.registered()
        let chain = try client.certificate(of: client.issue(["www.example.test"]))
        _ = try client.post(try client.endpoint("revokeCert"), ["certificate": base64URL(try chain.leaf())])
        let info = try client.send("GET", Self.url + "/" + chain.certID())
        let window = try #require(info.json["suggestedWindow"] as? [String: String])
        #expect(window == ["start": "2026-11-22T07:00:00Z", "end": "2026-11-22T07:30:00Z"])
    }

    @Test("A window can be set, with an explanation, and taken back (RFC 9773 §4.2)")
    func suggested() throws {
        let server = try TestServer()
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(["www.example.test"])).certID()
        let serial = try #require(server.engine.journal.certificates.first).serialNumber
        let usual = try client.send("GET", Self.url + "/" + id).body
        let info = ACMERenewalInfo(
            start: server.now - .days(2), end: server.now - .days(1), explanationURL: "https://why.example.test/")
        try server.engine.intervene(.suggestRenewal(of: serial, info), at: server.now)
        let response = try client.send("GET", Self.url + "/" + id)
        #expect(
            response.json["suggestedWindow"] as? [String: String]
                == ["start": "2026-11-20T08:00:00Z", "end": "2026-11-21T08:00:00Z"])
        #expect(response.json["explanationURL"] as? String == "https://why.example.test/")
        try server.engine.intervene(.suggestRenewal(of: serial, nil), at: server.now)
        #expect(try client.send("GET", Self.url + "/" + id).body == usual)
        let unknown = CairnSerialNumber(bytes: [1])
        let objection = #expect(throws: Objection.self) {
            try server.engine.intervene(.suggestRenewal(of: unknown, nil), at: server.now)
        }
        #expect(objection?.cause == .unknown)
    }

    @Test("What is no certID is malformed, a certificate of another CA is not found (RFC 9773 §4.1)")
    func refused() throws {
        let server = try TestServer()
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(["www.example.test"])).certID()
        let serial = id.split(separator: ".")[1]
        for text in ["x", "a.b.c", "AQ.", "AQ.h2VDIQ", "AQ==.AQ", "AQ.AAE"] {
            expectRefusal(try client.send("GET", Self.url + "/" + text), 400, "malformed", "RFC 9773 §4.1")
        }
        let key = id.split(separator: ".")[0]
        for (text, words) in [
            ("\(key).AIdlQyE", ["serial number 87654321 is that of no certificate", "the key identifier is right"]),
            ("AQ.\(serial)", ["expected the key identifier \"\(key)\", got \"AQ\"; there is such a serial number"]),
            (
                "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
                [
                    "expected the key identifier \"\(key)\", got \"aYhba4dGQEHhs3uEe6CuLN4ByNQ\", and the serial number "
                        + "87654321 is that of no certificate"
                ]
            ),
        ] {
            let byURL = try client.send("GET", Self.url + "/" + text)
            let byOrder = try client.newOrder([("dns", "www.example.test")], ["replaces": text])
            for response in [byURL, byOrder] {
                expectRefusal(response, 404, "malformed", "did not issue a certificate \"\(text)\"", "RFC 9773 §4.1")
                for word in words { #expect(response.detail.contains(word), "\(response.detail)") }
            }
        }
        expectRefusal(try client.send("GET", Self.url), 404, "malformed", "expected a slash and a certID")
        expectRefusal(try client.send("GET", Self.url + "/\(id)/x"), 404, "malformed", "there is nothing")
        expectRefusal(try client.send("POST", Self.url + "/" + id), 405, "malformed", "GET, HEAD")
    }

    @Test("Its Retry-After is in seconds where other answers have one form or the other by chance (RFC 9773 §4.3)")
    func formByChance() throws {
        let server = try TestServer(configuration: GatewayConfiguration(.with { $0.retryAfterForm = .either }, seed: 4))
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(["www.example.test"])).certID()
        for _ in 0..<20 { #expect(try client.send("GET", Self.url + "/" + id)["Retry-After"] == "21600") }
    }

    @Test("A CA can leave Retry-After out, or do without renewal information (RFC 9773 §4, §4.3)")
    func without() throws {
        let server = try TestServer()
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(["www.example.test"])).certID()
        server.engine.policy.renewalInfo?.retryAfter = nil
        #expect(try client.send("GET", Self.url + "/" + id)["Retry-After"] == nil)
        server.engine.policy.renewalInfo = nil
        expectRefusal(try client.send("GET", Self.url + "/" + id), 404, "malformed", "no renewal information")
        let other = try server.registered()
        #expect(throws: ReferenceClient.Violation.self) { try other.endpoint("renewalInfo") }
        // A member that nobody knows is ignored (§7.1).
        let order = try other.order(["www.example.test"], ["replaces": "x"])
        #expect(order.response.json["replaces"] == nil)
    }
}

extension Response {
    /// The certID of the first certificate of a chain, made from the certificate alone (RFC 9773 §4.1).
    func certID() throws -> String {
        let certificate = try parsedLeaf()
        let authority = try #require(try certificate.extensions.authorityKeyIdentifier?.keyIdentifier)
        var serial = Array(certificate.serialNumber.bytes)
        if serial.first.map({ $0 >= 0x80 }) ?? true { serial.insert(0, at: 0) }
        return base64URL(authority) + "." + base64URL(serial)
    }
}
