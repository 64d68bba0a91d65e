import Cairn
import CairnReferenceClient
import Testing

@Suite("Many objects at once", .timeLimit(.minutes(5)))
struct ManyObjectsTests {
    @Test("Ten thousand objects expire in one move of the clock, each at its time (RFC 8555 §7.1.6)")
    func advance() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        let client = try ca.client()
        try client.register()
        for order in 0..<100 {
            _ = try client.order((0..<100).map { "n\($0).o\(order).example.test" })
            ca.clock.advance(by: .seconds(1))
        }
        #expect(ca.authorizations.count == 10_000)
        ca.clock.advance(by: .days(90))
        #expect(ca.authorizations.allSatisfy { $0.status == .expired })
        #expect(ca.orders.allSatisfy { $0.status == .invalid })
        let expired = ca.journal.entries.filter { $0.statusChange?.to == .expired }
        #expect(Set(expired.map(\.at)).count > 50 && expired.allSatisfy { $0.at < noon + .days(8) })
    }
}
