import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

/// Rules are those of the ACME draft of March 2017, "Out-of-Band".
@Suite("Validation out of band", .timeLimit(.minutes(5)))
struct OutOfBandTests {
    /// An order, its `oob-01` challenge, and the page that the challenge names.
    private struct Case {
        let server: TestServer
        let client: ReferenceClient
        let order: ReferenceClient.Placed
        let challenge: String
        let page: String

        init(_ name: String = "www.example.test", _ change: (inout CairnPolicy) -> Void = { _ in }) throws {
            var policy = CairnPolicy()
            policy.challengeTypes = [.http01, .oob01]
            policy.showsProcessing = true
            change(&policy)
            server = try TestServer(policy: policy)
            client = try server.registered()
            order = try client.order([name])
            challenge = try client.challenge("oob-01", of: order.authorizations[0]).url
            page = try #require(try client.read(challenge).json["href"] as? String)
        }

        @discardableResult
        func send(_ form: String, type: String? = "application/x-www-form-urlencoded") throws -> Response {
            let fields = type.map { ["Content-Type": $0] } ?? [:]
            return try client.send("POST", page, fields: fields, body: Data(form.utf8))
        }

        var pageText: String { get throws { try client.send("GET", page).text } }
        var states: [String?] {
            get throws {
                [
                    try client.read(challenge).state, try client.read(order.authorizations[0]).state,
                    try client.read(order.url).state,
                ]
            }
        }
    }

    @Test("The challenge has a page to visit and no token, and others have no page")
    func object() throws {
        let shown = try Case()
        let json = try shown.client.read(shown.challenge).json
        #expect(Set(json.keys) == ["type", "url", "status", "href"])
        #expect(shown.page.hasPrefix("https://ca.example.test/out-of-band/"))
        let http = try shown.client.challenge("http-01", of: shown.order.authorizations[0]).url
        #expect(try shown.client.read(http).json["href"] == nil)
    }

    @Test("By default nobody is offered it")
    func notByDefault() throws {
        let client = try TestServer().registered()
        let challenges = try client.read(try client.order(["www.example.test"]).authorizations[0]).challenges
        #expect(challenges.allSatisfy { $0["type"] as? String != "oob-01" })
    }

    @Test("Answered, it is processing until somebody approves it on its page")
    func approved() throws {
        let shown = try Case()
        let answer = try shown.client.respond(to: shown.challenge)
        #expect(answer.state == "processing")
        #expect(answer["Retry-After"] != nil)
        shown.server.advance(by: .days(1))
        #expect(try shown.states == ["processing", "pending", "pending"])
        let page = try shown.client.send("GET", shown.page)
        #expect(page.values("Content-Type") == ["text/html; charset=utf-8"])
        #expect(page.text.contains("<code>www.example.test</code>"))
        #expect(page.text.contains(shown.client.kid ?? "no account"))
        #expect(page.text.contains("<form method=\"post\">"))
        #expect(try shown.client.send("HEAD", shown.page).status == 200)
        // To look decides nothing.
        #expect(try shown.states == ["processing", "pending", "pending"])
        let posted = try shown.send("decision=approve")
        #expect(posted.status == 200)
        #expect(posted.text.contains("This has been approved."))
        #expect(!posted.text.contains("<form"))
        #expect(try shown.states == ["valid", "valid", "ready"])
        #expect(try shown.pageText.contains("nothing left to decide: the authorization is valid"))
        expectRefusal(try shown.send("decision=deny"), 409, "malformed", "got one that is \"valid\"")
        #expect(try shown.states == ["valid", "valid", "ready"])
    }

    @Test("Denied, it is invalid, once and for all")
    func denied() throws {
        let shown = try Case { $0.validationRetries = [.seconds(5)] }
        try shown.client.respond(to: shown.challenge)
        #expect(try shown.send("decision=deny").status == 200)
        #expect(try shown.states == ["invalid", "invalid", "invalid"])
        let error = try shown.client.read(shown.challenge).error
        #expect(error?["type"] as? String == "urn:ietf:params:acme:error:unauthorized")
        #expect((error?["detail"] as? String)?.contains("denied out of band") == true)
    }

    @Test("A decision before the client answers holds when it does, and until then may be changed")
    func early() throws {
        let shown = try Case()
        #expect(try shown.send("decision=deny").text.contains("This has been denied."))
        #expect(try shown.pageText.contains("<form"))
        #expect(try shown.send("decision=approve").text.contains("This has been approved."))
        #expect(try shown.states == ["pending", "pending", "pending"])
        try shown.client.respond(to: shown.challenge)
        #expect(try shown.states == ["valid", "valid", "ready"])
    }

    @Test("A verdict that is held back can be decided no more")
    func heldBack() throws {
        let shown = try Case { $0.progress.validation = .manually }
        try shown.client.respond(to: shown.challenge)
        try shown.send("decision=approve")
        #expect(try shown.states == ["processing", "pending", "pending"])
        expectRefusal(try shown.send("decision=deny"), 409, "malformed")
        shown.server.engine.release(try #require(shown.server.engine.held.first), at: shown.server.now)
        #expect(try shown.states == ["valid", "valid", "ready"])
    }

    @Test("Another answer of the client changes nothing while it waits")
    func again() throws {
        let shown = try Case()
        for _ in 0..<3 { #expect(try shown.client.respond(to: shown.challenge).state == "processing") }
        try shown.send("decision=approve")
        #expect(try shown.states == ["valid", "valid", "ready"])
    }

    @Test("Another challenge may prove the name meanwhile; then nothing is left to decide")
    func overtaken() throws {
        let shown = try Case()
        try shown.client.respond(to: shown.challenge)
        try shown.client.respond(to: try shown.client.challenge("http-01", of: shown.order.authorizations[0]).url)
        #expect(try shown.client.read(shown.order.url).state == "ready")
        expectRefusal(try shown.send("decision=deny"), 409, "malformed")
        #expect(try shown.client.read(shown.order.url).state == "ready")
    }

    @Test("Once the authorization has expired, nothing is left to decide")
    func expired() throws {
        let shown = try Case()
        try shown.client.respond(to: shown.challenge)
        shown.server.advance(by: .days(8))
        #expect(try shown.pageText.contains("the authorization is expired"))
        expectRefusal(try shown.send("decision=approve"), 409, "malformed", "\"expired\"")
        #expect(shown.server.engine.undecidedOutOfBand(at: shown.server.now).isEmpty)
    }

    @Test("A form that decides nothing is refused, and says what was expected")
    func forms() throws {
        let shown = try Case()
        expectRefusal(try shown.send(""), 400, "malformed", "\"approve\" or \"deny\", got none")
        expectRefusal(try shown.send("decision=maybe"), 400, "malformed", "got \"maybe\"")
        expectRefusal(try shown.send("x=approve"), 400, "malformed", "got none")
        expectRefusal(try shown.send("decision=approve", type: "text/plain"), 415, "malformed", "text/plain")
        expectRefusal(try shown.send("decision=approve", type: nil), 415, "malformed", "no type")
        expectRefusal(
            try shown.send("decision=approve&" + String(repeating: "x", count: 1 << 18)), 413, "malformed")
        let nobody = shown.page.dropLast(22) + String(repeating: "A", count: 22)
        expectRefusal(try shown.client.send("GET", String(nobody)), 404, "malformed", "nothing to validate out of band")
        #expect(try shown.states == ["pending", "pending", "pending"])
    }

    @Test("It proves wildcards and addresses too", arguments: ["*.example.test", "127.0.0.1"])
    func everyIdentifier(name: String) throws {
        let shown = try Case(name)
        try shown.client.respond(to: shown.challenge)
        #expect(try shown.pageText.contains("<code>\(name)</code>"))
        try shown.send("decision=approve")
        #expect(try shown.client.read(shown.order.url).state == "ready")
    }

    @Test("Pages change no other id, and go with their authorizations")
    func apart() throws {
        func run(_ types: [ACMEChallengeType]) throws -> (order: String, authorization: String) {
            var policy = CairnPolicy()
            policy.challengeTypes = types
            let client = try TestServer(policy: policy).registered()
            let order = try client.order(["www.example.test"])
            return (order.url, order.authorizations[0])
        }
        #expect(try run([.http01]) == run([.oob01]))

        var policy = CairnPolicy()
        policy.challengeTypes = [.oob01]
        var bounds = CairnBounds()
        bounds.finishedOrders = 1
        let server = try TestServer(policy: policy, bounds: bounds)
        let client = try server.registered()
        var pages: [String] = []
        for _ in 0..<3 {
            let order = try client.order(["www.example.test"])
            let challenge = try client.challenge("oob-01", of: order.authorizations[0]).url
            pages.append(try #require(try client.read(challenge).json["href"] as? String))
            try client.post(order.authorizations[0], ["status": "deactivated"])
        }
        #expect(Set(pages).count == 3)
        #expect(try pages.map { try client.send("GET", $0).status } == [404, 404, 200])
    }

    @Test("What waits for a decision is listed, oldest first")
    func undecided() throws {
        let shown = try Case()
        let second = try shown.client.order(["other.example.test"])
        func waiting() -> [ACMEIdentifier] {
            shown.server.engine.undecidedOutOfBand(at: shown.server.now).map(\.authorization.identifier)
        }
        #expect(waiting() == ["www.example.test", "other.example.test"])
        try shown.client.respond(to: shown.challenge)
        #expect(waiting() == ["www.example.test", "other.example.test"])
        try shown.send("decision=approve")
        #expect(waiting() == ["other.example.test"])
        try shown.client.post(second.authorizations[0], ["status": "deactivated"])
        #expect(waiting().isEmpty)
    }
}
