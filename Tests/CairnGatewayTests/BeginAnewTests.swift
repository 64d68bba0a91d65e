import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("A CA that begins anew", .timeLimit(.minutes(5)))
struct BeginAnewTests {
    @Test("A verdict on what there was before changes nothing, though ids come again")
    func verdict() throws {
        let server = try TestServer(approving: false)
        let key = try AccountKey()
        let before = try server.registered(key: key).readyOrder(["a.example.test"])
        server.engine.beginAnew()
        server.gateway.beginAnew()
        let client = try server.registered(key: key)
        let order = try client.readyOrder(["a.example.test"])
        #expect(order.url == before.url && order.authorizations == before.authorizations)
        #expect(server.pendingJobs.count == 2)
        server.finish()
        #expect(try client.read(order.authorizations[0]).state == "pending")
        server.finish()
        #expect(try client.read(order.authorizations[0]).state == "valid")
    }

    @Test("What was still being sent is not written into the new journal")
    func report() throws {
        let server = try TestServer()
        let request = CairnRequest(
            HTTPRequest(method: .get, scheme: "https", authority: "ca.example.test", path: "/dir"))
        let report = CairnDeliveryReport(headAt: nil, endedAt: server.now, bodyBytes: 0, ending: .cut)
        let old = try #require(server.gateway.respond(to: request).entry)
        server.engine.beginAnew()
        server.gateway.beginAnew()
        let new = try #require(server.gateway.respond(to: request).entry)
        server.gateway.complete(old, by: report)
        #expect(server.engine.journal.entries.map(\.number) == [0])
        #expect(server.engine.journal.requests.map { $0.sent == nil } == [true])
        server.gateway.complete(new, by: report)
        #expect(server.engine.journal.requests.map { $0.sent == nil } == [false])
    }
}
