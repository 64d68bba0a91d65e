import CairnModel

/// The identifiers of a request: those that are well formed, and a problem for each other.
struct RequestedIdentifiers: Sendable {
    /// In their canonical form, each once, in the order of the request.
    private(set) var identifiers: [ACMEIdentifier] = []
    private(set) var problems: [ACMEProblem] = []
    private var seen: Set<ACMEIdentifier> = []

    var count: Int { identifiers.count + problems.count }

    mutating func add(_ requested: ACMEIdentifier) {
        do {
            let identifier = try IdentifierRules.check(requested)
            if seen.insert(identifier).inserted { identifiers.append(identifier) }
        } catch {
            var problem = error
            problem.identifier = requested
            problems.append(problem)
        }
    }
}
