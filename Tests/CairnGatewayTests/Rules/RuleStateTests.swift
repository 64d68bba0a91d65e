import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

@Suite(.timeLimit(.minutes(5))) struct RuleStateTests {
    let ca: RuledServer
    let client: ReferenceClient

    init() throws {
        ca = try RuledServer()
        client = try ca.registered()
    }

    private func newOrder() -> CairnDelivery { ca.answer { _ = try client.order(["www.example.test"]) } }

    @Test("An order is gone once it is carried out, and the next goes well: a story in three states")
    func purgedInAStory() throws {
        ca.rules.add(.purgeOrderAfterwards.times(1), at: .finalize, becomes: "purged")
        ca.rules.add(.problem("serverInternal").times(1), at: .newOrder, requires: "purged", becomes: "refused")
        let order = try client.readyOrder(["www.example.test"])
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "valid")
        #expect(ca.answer { _ = try client.read(order.url) }.status == 404)
        #expect(newOrder().problem == "serverInternal")
        #expect(ca.rules.state() == "refused")
        #expect(newOrder().status == 201)
    }

    @Test("An order, an authorization expires before the request meets it (RFC 8555 §7.1.6)")
    func expired() throws {
        let (first, second) = (try client.order(["www.example.test"]), try client.order(["b.example.test"]))
        ca.rules.add(.expireOrder.times(1), at: .order)
        #expect(ca.answer { _ = try client.read(first.url) }.json["status"] == "invalid")
        ca.rules.add(.expireAuthorization.times(1), at: .authorization)
        #expect(ca.answer { _ = try client.read(second.authorizations[0]) }.json["status"] == "expired")
    }

    @Test("All nonces are forgotten, so that the next request has a bad one (RFC 8555 §6.5)")
    func nonces() throws {
        ca.rules.add(.forgetNonces.times(1), at: .newOrder)
        let before = ca.server.engine.census.nonces
        #expect(before > 0 && newOrder().status == 201)
        #expect(newOrder().problem == "badNonce")
    }

    @Test("The terms change, and the account has to agree anew (RFC 8555 §7.3.3)")
    func terms() throws {
        ca.rules.add(.changeTerms(to: "2").times(1), at: .newOrder, after: 1)
        #expect(newOrder().status == 201)
        _ = newOrder()
        #expect(newOrder().problem == "userActionRequired")
    }

    @Test("The account is deactivated before its request is carried out (RFC 8555 §7.3.6)")
    func deactivated() throws {
        ca.rules.add(.deactivateAccount.times(1), at: .newOrder)
        #expect(newOrder().problem == "unauthorized")
    }

    @Test("What cannot be done is refused when the rule is added")
    func refused() throws {
        for text in [
            #"{"do": {"force": "valid", "of": "order"}}"#, #"{"do": {"purge": "account"}}"#,
            #"{"at": "connection", "do": {"serverCertificate": "expired"}}"#,
            #"{"at": "connection", "do": {"reset": "accept"}}"#,
        ] {
            let rule = try CairnRule(json: try CairnJSON(parsing: Array(text.utf8)))
            #expect(throws: CairnRuleError.self, "\(text)") { try ca.rules.add(rule) }
        }
        #expect(ca.rules.all.isEmpty)
    }
}
