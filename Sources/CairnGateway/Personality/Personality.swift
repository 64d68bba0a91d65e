package import CairnModel
package import HTTPTypes

/// How a server writes down its refusals and header fields, where servers in the open differ.
///
/// What is accepted and what is refused does not depend on it; only how that is said.
public struct Personality: Hashable, Sendable {
    /// The name, as a configuration file has it: `strict`, `pebble`, `boulder`, `stepCA` or `vault`.
    public let name: String
    /// What becomes of problems: the first that fits a problem counts, and most problems none fits.
    package var changes: [Change] = []
    /// The types of the ACME namespace that there are; `nil` for all.
    ///
    /// Any other becomes `malformed`, or `serverInternal` where the status says so.
    package var registeredTypes: Set<ProblemType>?
    /// Members that no problem document has.
    package var omittedMembers: Set<String> = []
    /// The words that details are put in; `nil` leaves them as they are, in those of RFC 8555.
    package var vocabulary: Vocabulary?
    /// The forms in which a certificate can be had, the default first.
    package var certificateTypes = [MediaType.pemChain, MediaType.certificate]
    /// What follows the media types of JSON and of chains.
    package var mediaTypeParameters = ""
    /// The `Cache-Control` of an answer of newNonce.
    package var nonceCaching = "no-store"
    /// What scripts of other origins may read.
    package var exposedFields = "Link, Location, Replay-Nonce, Retry-After"
    /// The field that names the account that signed a request.
    package var requesterField: HTTPField.Name?
    /// Where a 404 has no body.
    package var bareNotFound: Set<Endpoint> = []
    /// Where a success has no body.
    package var bareSuccess: Set<Endpoint> = []
    /// Whether a challenge is `processing` between response and verdict, unless ``Policy/showsProcessing`` says so.
    package var showsProcessing = false
    /// Where an answer has no `Location`, though a naive client would like one.
    package var unlocated: Set<Endpoint> = []

    init(_ name: String) { self.name = name }

    /// What one kind of problem becomes.
    package struct Change: Hashable, Sendable {
        /// `nil` fits all causes.
        var cause: Problem.Cause?
        /// `nil` fits all types.
        var type: ProblemType?
        /// `nil` leaves the type as it is.
        var newType: ProblemType?
        var newStatus: Int

        static func type(_ type: ProblemType, _ newStatus: Int, _ newType: ProblemType? = nil) -> Change {
            Change(cause: nil, type: type, newType: newType, newStatus: newStatus)
        }

        static func cause(_ cause: Problem.Cause, _ newStatus: Int, _ newType: ProblemType? = nil) -> Change {
            Change(cause: cause, type: nil, newType: newType, newStatus: newStatus)
        }

        /// A challenge of the type `challenge` that failed with the type `type`.
        static func failed(
            _ challenge: ChallengeType, _ type: ProblemType, _ newStatus: Int, _ newType: ProblemType
        ) -> Change {
            Change(cause: .challenge(challenge), type: type, newType: newType, newStatus: newStatus)
        }

        fileprivate func fits(_ problem: Problem) -> Bool {
            (cause == nil || cause == problem.cause) && (type == nil || type == problem.type)
        }
    }

    /// A problem as this server would put it, its subproblems as well.
    package func version(of problem: Problem) -> Problem {
        guard !changes.isEmpty || registeredTypes != nil else { return problem }
        var version = problem
        if let vocabulary { version.detail = vocabulary.translate(problem.detail) }
        if let change = changes.first(where: { $0.fits(problem) }) {
            version.type = change.newType ?? problem.type
            version.status = change.newStatus
        }
        if let registeredTypes, version.type.isOfACME, !registeredTypes.contains(version.type) {
            version.type = version.status >= 500 ? .serverInternal : .malformed
        }
        version.subproblems = problem.subproblems.map { self.version(of: $0) }
        return version
    }
}

extension Personality: CustomStringConvertible {
    public var description: String { name }
}
