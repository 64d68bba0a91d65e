import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

/// Checks that a response is a refusal of one type, with these words in its detail.
func expectRefusal(
    _ response: Response, _ status: Int, _ type: String, _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(response.status == status, "\(response.text)", sourceLocation: sourceLocation)
    #expect(response.problem == type, "\(response.text)", sourceLocation: sourceLocation)
    for word in words {
        #expect(response.detail.contains(word), "\(response.detail)", sourceLocation: sourceLocation)
    }
}

/// A way to get a signed request wrong, and the answer that it deserves.
struct Misbehaviour: Sendable, CustomTestStringConvertible {
    let name: String
    let status: Int
    let problem: String
    /// What the detail must say.
    let words: String
    let change: @Sendable (inout Message) -> Void

    init(
        _ name: String, _ status: Int, _ problem: String, _ words: String,
        _ change: @escaping @Sendable (inout Message) -> Void
    ) {
        (self.name, self.status, self.problem, self.words, self.change) = (name, status, problem, words, change)
    }

    /// One that is malformed.
    init(_ name: String, _ words: String, _ change: @escaping @Sendable (inout Message) -> Void) {
        self.init(name, 400, "malformed", words, change)
    }

    var testDescription: String { name }
}

extension Response {
    /// The challenges of an authorization.
    var challenges: [[String: Any]] { json["challenges"] as? [[String: Any]] ?? [] }

    /// The identifiers of the subproblems of a refusal, by their values.
    var refusedIdentifiers: [String] {
        let subproblems = json["subproblems"] as? [[String: Any]] ?? []
        return subproblems.compactMap { ($0["identifier"] as? [String: Any])?["value"] as? String }
    }

    /// The `error` of an order or a challenge.
    var error: [String: Any]? { json["error"] as? [String: Any] }
}

extension TestServer {
    /// What clients did and should not have, but for what tests do that end there, or issue again and again.
    var findings: [CairnFinding] {
        engine.journal.findings.filter { ![.neverDownloaded, .gaveUpTooSoon, .renewedTooEarly].contains($0.kind) }
    }
}
