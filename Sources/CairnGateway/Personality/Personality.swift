package import CairnModel
package import HTTPTypes

/// What is known of a server in the open: how it writes down its refusals and header fields, and what it decides in its own
/// way where ``CairnPolicy`` leaves a choice.
///
/// The documentation has a page, Personalities, with all that each promises and the source of each line; nothing else is
/// promised.
public struct CairnPersonality: Hashable, Sendable {
    /// The name, as a configuration file has it: `strict`, `pebble`, `boulder`, `stepCA` or `vault`.
    public let name: String
    /// What the server decides in its own way.
    package var decisions: [Decision] = []
    /// How it refuses identifiers, one or several.
    package var identifierRefusals = IdentifierRefusals.each
    /// What becomes of problems: the first that fits a problem counts, and most problems none fits.
    package var changes: [Change] = []
    /// The types of the ACME namespace that there are; `nil` for all.
    ///
    /// Any other becomes `malformed`, or `serverInternal` where the status says so.
    package var registeredTypes: Set<ACMEProblemType>?
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
    /// What scripts of other origins may read; said only to them.
    package var exposedFields = "Link, Location, Replay-Nonce, Retry-After"
    /// The field that names the account that signed a request.
    package var requesterField: HTTPField.Name?
    /// Where a 404 has no body.
    package var bareNotFound: Set<ACMEEndpoint> = []
    /// Where a success has no body.
    package var bareSuccess: Set<ACMEEndpoint> = []
    /// Whether a challenge is `processing` between response and verdict, unless ``CairnPolicy/showsProcessing`` says so.
    package var showsProcessing = false
    /// Where an answer has no `Location`, though a naive client would like one.
    package var unlocated: Set<ACMEEndpoint> = []

    init(_ name: String) { self.name = name }

    /// What one kind of problem becomes.
    package struct Change: Hashable, Sendable {
        /// `nil` fits all causes.
        var cause: ACMEProblem.Cause?
        /// `nil` fits all types.
        var type: ACMEProblemType?
        /// `nil` leaves the type as it is.
        var newType: ACMEProblemType?
        var newStatus: Int

        static func type(_ type: ACMEProblemType, _ newStatus: Int, _ newType: ACMEProblemType? = nil) -> Change {
            Change(cause: nil, type: type, newType: newType, newStatus: newStatus)
        }

        static func cause(_ cause: ACMEProblem.Cause, _ newStatus: Int, _ newType: ACMEProblemType? = nil) -> Change {
            Change(cause: cause, type: nil, newType: newType, newStatus: newStatus)
        }

        /// A challenge of the type `challenge` that failed with the type `type`.
        static func failed(
            _ challenge: ACMEChallengeType, _ type: ACMEProblemType, _ newStatus: Int, _ newType: ACMEProblemType
        ) -> Change {
            Change(cause: .challenge(challenge), type: type, newType: newType, newStatus: newStatus)
        }

        fileprivate func fits(_ problem: ACMEProblem) -> Bool {
            (cause == nil || cause == problem.cause) && (type == nil || type == problem.type)
        }
    }

    /// A problem as this server would put it, its subproblems as well.
    package func version(of problem: ACMEProblem) -> ACMEProblem {
        guard !changes.isEmpty || registeredTypes != nil else { return problem }
        let problem = identifierRefusals.version(of: problem)
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

extension CairnPersonality: CustomStringConvertible {
    /// Its ``name``.
    public var description: String { name }
}
