import ACME
import CairnTesting
import Foundation
import Testing

@Test func repeatsARun() async throws {
    try await withTestCA(configure: { $0.seed = 42 }) { ca in
        #expect(ca.seed == 42)
    }
}

@Test(
    .testCA {
        $0.clock = .standing(at: "2030-01-01T00:00:00Z")
        $0.dns["www.example.test"] = [.a("127.0.0.1")]
        $0.dns.setFailure(.serverFailure, for: "broken.example.test")
        $0.validation["www.example.test"] = .approve
        $0.responder.onProbe { probe in probe.host == "slow.example.test" ? .timedOut : nil }
    })
func setsEverythingUpInTheTrait() async throws {
    let ca = try TestCA.current
    let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
    _ = try await client.certificate(for: "www.example.test") { _, _ in }
    for name in ["broken.example.test", "slow.example.test"] {
        await #expect(throws: ACMEClient.Failure.self) { try await client.certificate(for: name) { _, _ in } }
    }
    #expect(ca.journal.probes.map(\.problem?.type) == [nil, .dns, .connection])
}

@Test(.testCA { $0.clock = .standing(at: Date(timeIntervalSince1970: 1_900_000_000)) })
func sleepsOnTheClockOfTheCA() async throws {
    let ca = try TestCA.current
    let renewal = ca.clock.now + .days(61)
    async let woken: Void = ca.clock.sleep(until: renewal)
    ca.clock.advance(by: .days(61))
    try await woken
    #expect(ca.clock.now == Date(timeIntervalSince1970: 1_900_000_000 + 61 * 86_400))
}

@Test func speaksWithoutASocket() throws {
    let ca = try TestCA.inMemory()
    let directory = ca.respond(to: try #require(CairnRequest("GET", ca.directoryURL)))
    #expect(directory.statusCode == 200)
    #expect(directory.headerField("Content-Type") == "application/json")
}

@Test(.testCA) func saysWhyNoCAStarts() async throws {
    let port = try #require(try TestCA.current.address).port
    var configuration = TestCA.Configuration()
    configuration.listener.port = port
    let error = await #expect(throws: TestCA.StartError.self) { try await TestCA.start(configuration) }
    #expect(error?.reason == .addressInUse)
}
