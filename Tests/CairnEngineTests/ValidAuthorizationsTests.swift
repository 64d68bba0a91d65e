import CairnModel
import Testing

@testable import CairnEngine

@Suite("Valid authorizations by name", .timeLimit(.minutes(5)))
struct ValidAuthorizationsTests {
    private static let start = CivilTime(year: 2026, month: 11, day: 22, hour: 8).instant

    private func authorization(_ number: Int, expires: Duration) -> Authorization {
        Authorization(
            id: Authorization.ID(bits: UInt128(number)), account: Account.ID(bits: 0),
            identifier: "www.example.test", isWildcard: false, expires: Self.start + expires, challenges: [],
            origin: .order)
    }

    @Test("Whichever is taken out, of the others the one that expires last is found", arguments: [1, 2, 3, 4, 7])
    func removal(_ count: Int) {
        let all = (0..<count).map { authorization($0, expires: .seconds($0)) }
        for removed in all {
            var index = ValidAuthorizations()
            for authorization in all.reversed() { index.insert(authorization) }
            index.remove(removed)
            index.remove(removed)
            let left = all.filter { $0.id != removed.id }
            #expect(index.holds("www.example.test") == !left.isEmpty)
            #expect(index.last(for: "www.example.test") { _ in true } == left.last?.id)
            for authorization in left { index.remove(authorization) }
            #expect(!index.holds("www.example.test"))
        }
    }
}
