import CairnDNS
package import CairnModel

/// The challenge `oob-01`: whatever a human is told on a page, where he approves or denies it (ACME draft of March 2017,
/// "Out-of-Band").
package struct OOB01: ValidatedKind {
    package let type = ACMEChallengeType.oob01
    package let isDecidedByHand = true
    package let hasToken = false
    package let isInDraft2017 = true

    package func fits(_ identifier: ACMEIdentifier) -> Bool { true }

    package func members(of challenge: ShownChallenge) -> CairnJSONObject {
        challenge.page.map { ["href": .string($0)] } ?? [:]
    }

    package func response(to challenge: ShownChallenge, _ keyAuthorization: KeyAuthorization) -> ExpectedResponse {
        ExpectedResponse(
            member: "type", value: type.rawValue, section: "ACME draft of March 2017, \"Out-of-Band\"",
            otherwise: .malformed)
    }

    package func validation(
        of attempt: ValidationAttempt, from perspective: String?, _ settings: CairnProbeSettings
    ) -> any Validation {
        // A human decides once, wherever he is seen from.
        HumanDecision(outcome: perspective == nil ? attempt.decision : .valid)
    }

    private struct HumanDecision: Validation {
        let outcome: Verdict.Outcome?

        mutating func start() -> ValidationAction { outcome.map { .finished(Verdict($0)) } ?? .awaitDecision }
    }
}
