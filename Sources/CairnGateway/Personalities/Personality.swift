package import CairnCertificates
package import CairnEngine
package import CairnModel
package import HTTPTypes

/// The behaviour of a real server: how it formats refusals and header fields, and its decisions where ``CairnPolicy``
/// leaves a choice.
///
/// The article Personalities lists everything that each reproduces, with sources.
public struct CairnPersonality: Hashable, Sendable {
    /// The name in settings: `strict`, `pebble`, `boulder`, `stepCA` or `vault`.
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
    /// What it demands of requests though RFC 8555 does not, or has a server put up without.
    package var demands: Set<Demand> = []
    /// What details it has of its own; `nil` for none.
    package var wording: Wording?
    /// The words that details are put in; `nil` leaves them as they are, in those of RFC 8555.
    package var vocabulary: Vocabulary?
    /// The forms in which a certificate can be had, the default first.
    package var certificateTypes = [MediaType.pemChain, MediaType.certificate]
    /// What follows the media types of JSON and of chains.
    package var mediaTypeParameters = ""
    /// The `Cache-Control` of an answer of newNonce.
    package var nonceCaching = "no-store"
    /// What is at a path that leads nowhere, as plain text and with no header fields of ACME; `nil` for a problem document.
    package var unknownPath: String?
    /// Who is told what scripts of other origins may do.
    package var crossOrigin = CrossOrigin.everybody
    /// How JSON is laid out.
    package var jsonText = JSONText.usual
    /// Whether accounts show their keys, and not whether they agreed to the terms.
    package var showsKeys = false
    /// Whether the directory says of what it could require that it does not.
    package var saysWhatIsNotRequired = false
    /// Whether a challenge links to its authorization only where it is answered.
    package var linksUpFromResponsesAlone = false
    /// Whether `X-Forwarded-Proto` says the scheme of the URLs in an answer.
    package var heedsForwardedScheme = false
    /// What scripts of other origins may read; said only to them.
    package var exposedFields = "Link, Location, Replay-Nonce, Retry-After"
    /// The field that names the account that signed a request.
    package var requesterField: HTTPField.Name?
    /// Where a 404 has no body.
    package var bareNotFound: Set<ACMEEndpoint> = []
    /// Where a success has no body.
    package var bareSuccess: Set<ACMEEndpoint> = []
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

    /// Something that a server refuses requests without.
    package enum Demand: Hashable, Sendable {
        /// A `User-Agent` (RFC 8555 §6.1).
        case userAgent
        /// That no header field brings a nonce (RFC 8555 §6.5.1).
        case noNonceField
        /// That an account update changes something (RFC 8555 §7.3.2 has what is unknown ignored).
        case changeInUpdate
        /// That a response to a challenge has no key authorization, as before RFC 8555 (§7.5.1).
        case noKeyAuthorization
    }

    /// Who is told what scripts of other origins may do (the CORS protocol of the Fetch standard).
    package enum CrossOrigin: Hashable, Sendable {
        /// Everybody, and whoever asks for the methods of a resource.
        case everybody
        /// Scripts alone; anybody else who asks is refused. An answer holds for so many seconds.
        case pages(maxAge: Int)
    }

    /// A problem as this server would put it, its subproblems as well.
    ///
    /// - Parameter place: what the request was for, and whose it was.
    package func version(of problem: ACMEProblem, at place: Wording.Place = Wording.Place()) -> ACMEProblem {
        guard !changes.isEmpty || registeredTypes != nil || wording != nil || vocabulary != nil else { return problem }
        let problem = identifierRefusals.version(of: problem)
        var version = problem
        if let vocabulary { version.detail = vocabulary.translate(problem.detail) }
        if let words = wording?.detail(of: problem, at: place) { version.detail = words }
        if let change = changes.first(where: { $0.fits(problem) }) {
            version.type = change.newType ?? problem.type
            version.status = change.newStatus
        }
        if let registeredTypes, version.type.isOfACME, !registeredTypes.contains(version.type) {
            version.type = version.status >= 500 ? .serverInternal : .malformed
        }
        version.subproblems = problem.subproblems.map { self.version(of: $0, at: place) }
        return version
    }
}

extension CairnPersonality {
    /// A problem as this server would put it, written down: the one place where problems become JSON.
    func json(of problem: ACMEProblem) -> CairnJSON { written(version(of: problem)) }

    /// Writes down what is this server's ``version(of:)`` of a problem already.
    func written(_ problem: ACMEProblem) -> CairnJSON {
        var object = problem.document(Self.subproblem)
        // Only subproblems have one (RFC 8555 §6.7.1).
        object["identifier"] = nil
        for name in omittedMembers { object[name] = nil }
        return .object(object)
    }

    private static func subproblem(_ problem: ACMEProblem) -> CairnJSON {
        var object = problem.brief
        // No name is as long; what is would come back whole once for each of a hundred.
        object["identifier"] = problem.identifier.flatMap { sent in
            sent.value.utf8.count + sent.type.rawValue.utf8.count <= 1_000 ? sent.json : nil
        }
        return .object(object)
    }
}

// MARK: On answers

/// Of the shared value, since every answer is altered, and to call a method of the value itself copies all of it.
extension Shared<CairnPersonality> {
    /// Alters an answer that is written, at point D.
    func alter(_ answer: inout Answer, to exchange: Exchange) {
        guard let endpoint = exchange.endpoint else { return alterFields(of: &answer, exchange) }
        if endpoint == .newNonce { answer.fields[.cacheControl] = value.nonceCaching }
        alterFields(of: &answer, exchange)
        if value.unlocated.contains(endpoint), answer.problem == nil { answer.fields[.location] = nil }
        if answer.status == .notFound && value.bareNotFound.contains(endpoint)
            || answer.problem == nil && value.bareSuccess.contains(endpoint)
        {
            answer.body = .empty
        }
    }

    private func alterFields(of answer: inout Answer, _ exchange: Exchange) {
        if exchange.isAllowedToPages { answer.fields[.accessControlExposeHeaders] = value.exposedFields }
        if let field = value.requesterField, let signer = exchange.signer { answer.fields[field] = "\(signer)" }
    }

    /// Alters the media type of an answer that says it.
    func alterMediaType(of answer: inout Answer) {
        guard !value.mediaTypeParameters.isEmpty, let type = answer.fields[.contentType] else { return }
        switch type {
        case MediaType.json, MediaType.problem, MediaType.pemChain:
            answer.fields[.contentType] = type + value.mediaTypeParameters
        default: break
        }
    }
}

extension CairnPersonality {
    /// The scheme that URLs are to begin with, as whoever passed the request on knows it.
    func forwardedScheme(of request: CairnRequest) -> String? {
        guard heedsForwardedScheme, let scheme = request.head.headerFields[.forwardedScheme] else { return nil }
        return scheme == "http" || scheme == "https" ? scheme : nil
    }
}

extension CairnPersonality: CustomStringConvertible {
    /// Its ``name``.
    public var description: String { name }
}

/// How a server puts it that it will not certify some identifiers of a request (RFC 8555 §6.7.1).
package enum IdentifierRefusals: Hashable, Sendable {
    /// A subproblem for each, even if it is one; `compound` where their types differ.
    case each
    /// Under one type, whatever is wrong with each, and with subproblems only if there are several.
    ///
    /// The first identifier of a type of `alone` is refused alone, before the others are looked at.
    case together(ACMEProblemType, alone: Set<ACMEProblemType> = [])
    /// The first alone; once more as a subproblem if its type is one of `repeating`.
    case first(repeating: Set<ACMEProblemType> = [])

    /// The refusal in that form; a problem about something else stays as it is.
    func version(of problem: ACMEProblem) -> ACMEProblem {
        if case .first = self, problem.cause == .identifiersOfCSR {
            var version = problem
            version.subproblems = []
            return version
        }
        guard problem.cause == .identifiers || problem.cause == .preAuthorization, let first = problem.subproblems.first
        else { return problem }
        switch self {
        case .each:
            return problem
        case .together(let type, let alone):
            if let special = problem.subproblems.first(where: { alone.contains($0.type) }) { return special.atTheTop }
            var version = problem
            version.type = type
            version.status = ACMEProblem.commonStatus(of: type)
            if problem.subproblems.count == 1 { version.subproblems = [] }
            return version
        case .first(let repeating):
            var version = first.atTheTop
            if repeating.contains(first.type) { version.subproblems = [first] }
            return version
        }
    }
}

extension ACMEProblem {
    /// A subproblem as a problem of its own, which names no identifier (RFC 8555 §6.7.1).
    fileprivate var atTheTop: ACMEProblem {
        var problem = self
        problem.identifier = nil
        return problem
    }
}

extension CairnPersonality {
    /// One ``CairnChoice`` of ``CairnPolicy``, or of every certificate profile, that a server makes otherwise than Cairn does by
    /// default.
    package struct Decision: Hashable, Sendable {
        /// Where it stands in the policy or a profile, such as `lifetimes.order`.
        package let name: String
        /// What the server chooses, in words.
        package let choice: String
        private let make: @Sendable (inout CairnPolicy) -> Void
        private let takeBack: @Sendable (inout CairnPolicy) -> Void
        /// `nil` where it is about the policy.
        private let csrContent: CairnCSRContentPolicy?

        init<Value: Sendable>(
            _ name: String, _ path: any WritableKeyPath<CairnPolicy, CairnChoice<Value>> & Sendable, _ value: Value,
            _ choice: String? = nil
        ) {
            self.name = name
            self.choice = choice ?? "\(value)"
            let standard = CairnPolicy()[keyPath: path].wrappedValue
            make = { $0[keyPath: path].decide(value) }
            takeBack = { $0[keyPath: path].decide(standard) }
            csrContent = nil
        }

        /// What becomes of what signing requests ask for in excess, under every profile.
        init(csrContent: CairnCSRContentPolicy, _ choice: String) {
            name = "csrContent"
            self.choice = choice
            self.csrContent = csrContent
            make = { _ in }
            takeBack = { _ in }
        }

        fileprivate func apply(to policy: inout CairnPolicy) { make(&policy) }
        fileprivate func withdraw(from policy: inout CairnPolicy) { takeBack(&policy) }
        fileprivate func apply(to profile: inout CairnCertificateProfile) {
            if let csrContent { profile.$csrContent.decide(csrContent) }
        }

        package static func == (left: Decision, right: Decision) -> Bool {
            (left.name, left.choice) == (right.name, right.choice)
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(name)
            hasher.combine(choice)
        }
    }

    /// What any of them decides.
    private static let allDecisions = all.flatMap(\.decisions)

    /// Decides as the server does whatever nobody has chosen of `policy`; what another has decided before goes back.
    package func decide(_ policy: inout CairnPolicy) {
        for decision in Self.allDecisions { decision.withdraw(from: &policy) }
        for decision in decisions { decision.apply(to: &policy) }
    }

    /// Decides as the server does whatever nobody has chosen of `profile`; what another has decided before goes back.
    package func decide(_ profile: inout CairnCertificateProfile) {
        profile.$csrContent.decide(.deployed)
        for decision in decisions { decision.apply(to: &profile) }
    }
}
