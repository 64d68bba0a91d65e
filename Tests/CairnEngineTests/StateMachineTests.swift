import CairnEngine
import Testing

/// Every arrow of RFC 8555 §7.1.6, and nothing else.
@Suite("State machines", .timeLimit(.minutes(5)))
struct StateMachineTests {
    /// Compares a machine with a table of its arrows, for every pair of status and event.
    private func check<Machine: StateMachine>(
        _: Machine.Type, _ arrows: [Arrow<Machine>], sourceLocation: SourceLocation = #_sourceLocation
    ) where Machine.Event: Hashable, Machine.Status: Hashable {
        for status in Machine.Status.allCases {
            for event in Machine.Event.allCases {
                let expected = arrows.first { $0.from == status && $0.event == event }?.to
                var machine = Machine(status)
                do {
                    try machine.handle(event)
                    #expect(machine.status == expected, "\(status) + \(event)", sourceLocation: sourceLocation)
                } catch {
                    #expect(expected == nil, "\(status) + \(event): \(error)", sourceLocation: sourceLocation)
                    #expect(machine.status == status, "a refused event changes nothing", sourceLocation: sourceLocation)
                    #expect("\(error)".contains("\"\(status.rawValue)\""), sourceLocation: sourceLocation)
                }
            }
            let leaves = arrows.contains { $0.from == status }
            #expect(Machine(status).isFinal == !leaves, sourceLocation: sourceLocation)
        }
    }

    private struct Arrow<Machine: StateMachine> {
        let from: Machine.Status
        let event: Machine.Event
        let to: Machine.Status

        init(_ from: Machine.Status, _ event: Machine.Event, _ to: Machine.Status) {
            (self.from, self.event, self.to) = (from, event, to)
        }
    }

    @Test("A challenge goes from pending to processing to one of two ends (§7.1.6)")
    func challenge() {
        check(
            ChallengeState.self,
            [
                Arrow(.pending, .responded, .processing),
                Arrow(.processing, .validated, .valid),
                Arrow(.processing, .failed, .invalid),
            ])
    }

    @Test("An authorization that was decided can only be given up, withdrawn or run out (§7.1.6)")
    func authorization() {
        check(
            AuthorizationState.self,
            [
                Arrow(.pending, .challengeValidated, .valid),
                Arrow(.pending, .challengeFailed, .invalid),
                Arrow(.pending, .deactivatedByClient, .deactivated),
                Arrow(.pending, .revokedByServer, .revoked),
                Arrow(.pending, .expired, .expired),
                Arrow(.valid, .deactivatedByClient, .deactivated),
                Arrow(.valid, .revokedByServer, .revoked),
                Arrow(.valid, .expired, .expired),
            ])
    }

    @Test("An order is pending, ready, processing and valid in turn, and fails from any of the first three (§7.1.6)")
    func order() {
        check(
            OrderState.self,
            [
                Arrow(.pending, .authorized, .ready),
                Arrow(.pending, .failed, .invalid),
                Arrow(.ready, .finalized, .processing),
                Arrow(.ready, .failed, .invalid),
                Arrow(.processing, .issued, .valid),
                Arrow(.processing, .failed, .invalid),
            ])
    }

    @Test("An account that is not valid stays so (§7.1.6)")
    func account() {
        check(
            AccountState.self,
            [Arrow(.valid, .deactivatedByClient, .deactivated), Arrow(.valid, .revokedByServer, .revoked)])
    }

    @Test("A certificate is revoked once (RFC 5280 §3.3)")
    func certificate() {
        check(CertificateState.self, [Arrow(.valid, .revoked, .revoked)])
    }
}
