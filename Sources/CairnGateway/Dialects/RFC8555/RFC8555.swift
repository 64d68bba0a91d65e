package import CairnModel

/// ACME as RFC 8555 has it.
package struct RFC8555: Dialect {
    package let name = "RFC 8555"
    package let paths = Paths(reading: [.post], isFinalized: true)
    package let conduct = Conduct()
    package let personality: CairnPersonality
    let kinds: ChallengeKinds

    package init(_ personality: CairnPersonality = .strict, _ kinds: ChallengeKinds) {
        (self.personality, self.kinds) = (personality, kinds)
    }
}
