import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Counts of rules, a thing each", .timeLimit(.minutes(5)))
struct RuleCountTests {
    private let rule = CairnRule(.badNonce.times(1), each: .order)

    /// What became of a request about each of some orders.
    private func words(_ bench: RuleBench, _ orders: [String]) -> [String?] {
        orders.map { order in bench.request { $0.order = order }.word }
    }

    @Test("The count for an order that the CA has forgotten is forgotten, one for an order that is there is not")
    func objects() throws {
        let bench = RuleBench { _, names in Set(names.filter { $0.hasPrefix("kept") }) }
        _ = try bench.rules.add(rule)
        #expect(words(bench, ["kept", "gone", "kept", "gone"]) == ["badNonce", "badNonce", nil, nil])
        _ = words(bench, (0..<1_000).map { "o\($0)" })
        #expect(words(bench, ["kept", "gone"]) == [nil, "badNonce"])
    }

    @Test("Of things of which nobody knows when they are gone, the newest 10,000 have counts")
    func others() throws {
        let bench = RuleBench()
        _ = try bench.rules.add(rule)
        let orders = (0...20_000).map { "o\($0)" }
        #expect(words(bench, orders).allSatisfy { $0 == "badNonce" })
        #expect(words(bench, [orders[20_000], orders[10_002], orders[0]]) == [nil, nil, "badNonce"])
    }

    @Test("A CA tells which orders, authorizations and accounts are there")
    func engine() throws {
        let ca = try RuledServer()
        let client = try ca.registered()
        let order = try client.order(["www.example.test"])
        let names = [order.url, order.authorizations[0], client.kid ?? ""].map { String($0.suffix(22)) }
        for (each, name) in zip([CairnRule.Each.order, .authorization, .account], names) {
            #expect(ca.rules.engine.remaining(each, names + ["x"]) == [name])
        }
        #expect(ca.rules.engine.remaining(.identifier, names) == nil)
    }
}
