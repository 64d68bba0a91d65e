import Cairn
import Testing

@Suite("A correct client under chaos", .timeLimit(.minutes(5)))
struct ChaosTests {
    @Test(
        "It gets its certificates whatever the seed is, and nothing is found of it that it must or should not have done",
        arguments: 1...20)
    func seeds(_ seed: Int) throws {
        var configuration = TestCA.Configuration()
        configuration.clock = .standing(at: noon)
        configuration.seed = CairnSeed(UInt64(seed))
        configuration.use(.chaos)
        let ca = try TestCA.inMemory(configuration)
        let client = try CorrectClient(ca)
        let first = try client.obtain("www.example.test")
        _ = try client.renew(first, names: "www.example.test")
        _ = try client.obtain("other.example.test")
        #expect(ca.journal.certificates.count == 3)
        #expect(ca.journal.findings(atLeast: .should).isEmpty)
        #expect(ca.journal.requests.count { !$0.rules.isEmpty } > 10)
    }
}
