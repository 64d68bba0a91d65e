import ACME
import CairnTesting
import Engine
import Testing
import Transport
import Validation

@Test func aProjectHasItsOwnWords() throws {
    let account = Account(contact: "mailto:me@example.test")
    let request = Request(identifiers: [Identifier(name: "www.example.test")])
    #expect(request.identifiers.allSatisfy { isHostName($0.name) })
    #expect(Problem(reason: "no contact") != Problem(reason: account.contact))
    #expect(Policy().renewsBefore == .days(30))
    #expect(Polling().limit == .days(7) + .minutes(0))
    let duration: Duration = .hours(24)
    #expect(duration == .days(1))
}

@Test(.testCA { $0.clock = .standing(at: "2030-01-01T00:00:00Z") }) func timeReadsWellInAnyCase() async throws {
    let ca = try TestCA.current
    let start = ca.clock.now
    ca.clock.advance(by: .days(61) + .hours(2) + .minutes(3) + .seconds(4))
    #expect(ca.clock.now == "2030-03-03T02:03:04Z")
    #expect(ca.clock.now - start == .days(61) + .hours(2) + .minutes(3) + .seconds(4))
    ca.policy.lifetimes.order = .days(3)
    ca.policy.progress.validation = .after(.minutes(5))
    #expect(start + .hours(1) > start - .minutes(1))
}
