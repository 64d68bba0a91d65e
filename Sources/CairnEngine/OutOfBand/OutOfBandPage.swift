package import CairnModel

/// The page of a challenge that a human approves or denies (`oob-01` of the ACME draft of March 2017, "Out-of-Band").
package struct OutOfBandPage: Sendable {
    package typealias ID = ResourceID<OutOfBandPage>

    /// The secret end of its URL.
    package let id: ID
    package let authorization: Authorization.ID
    /// The place of the challenge in its authorization.
    package let challenge: Int
    /// `nil` as long as nobody has decided.
    package internal(set) var decision: Verdict.Outcome?
    /// What is to be validated once somebody decides; `nil` until the client has answered.
    var job: ValidationJob?
    /// Counts the pages of a CA.
    let number: Int
}

/// All such pages.
struct OutOfBandPages: Sendable {
    private var pages: [OutOfBandPage.ID: OutOfBandPage] = [:]
    /// Apart from that of other ids, so that a page changes none of them.
    private var generator: SeededGenerator
    private var opened = 0

    init(generator: SeededGenerator) { self.generator = generator }

    /// How many pages are open.
    var count: Int { pages.count }

    /// Oldest first.
    var all: [OutOfBandPage] { pages.values.sorted { $0.number < $1.number } }

    subscript(id: OutOfBandPage.ID) -> OutOfBandPage? {
        get { pages[id] }
        set { pages[id] = newValue }
    }

    /// Opens a page for each challenge of an authorization that needs one.
    mutating func open(for authorization: inout Authorization, _ kinds: ChallengeKinds) {
        for index in authorization.challenges.indices where kinds[authorization.challenges[index].type].isDecidedByHand
        {
            let id = OutOfBandPage.ID(from: &generator)
            pages[id] = OutOfBandPage(id: id, authorization: authorization.id, challenge: index, number: opened)
            opened += 1
            authorization.challenges[index].page = id
        }
    }

    /// Takes the pages of a forgotten authorization out.
    mutating func close(of authorization: Authorization) {
        guard !pages.isEmpty else { return }
        for page in authorization.challenges.compactMap(\.page) { pages[page] = nil }
    }
}
