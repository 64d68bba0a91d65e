package import Cairn
import HTTPTypes

/// The management API: what a test can do in the process of the CA, for those outside it.
///
/// It is a thin skin: every endpoint calls a handle of ``TestCA`` and nothing else. ``API`` is all of it; beside that there are
/// the paths and bodies of Pebble's management interface and of `pebble-challtestsrv`, so that harnesses written for them work.
package struct Management: Sendable {
    private let ca: TestCA

    package init(_ ca: TestCA) {
        self.ca = ca
    }

    /// Answers one request.
    package func respond(to request: CairnRequest) -> CairnDelivery {
        do throws(ACMEProblem) {
            if let objection = ca.hosts.objection(toHostOf: request) ?? ca.hosts.objection(toOriginOf: request) {
                throw objection
            }
            if let delivery = API.respond(to: request, of: ca) { return delivery }
            return try handle(request)
        } catch {
            return CairnDelivery(error)
        }
    }

    /// The answer to a method that a path does not have (RFC 9110 §15.5.6).
    private func refuse(_ method: HTTPRequest.Method, at path: some StringProtocol, allow: String) -> CairnDelivery {
        var delivery = CairnDelivery(
            ACMEProblem(.malformed, "expected \(allow) for \(path.quoted), got \(method.rawValue)", status: 405))
        delivery.head.headerFields[.allow] = allow
        return delivery
    }

    private func handle(_ request: CairnRequest) throws(ACMEProblem) -> CairnDelivery {
        let path = (request.head.path ?? "").text(before: "?")
        let parts = path.texts(between: "/").dropFirst().map(String.init)
        if parts == [""] { return index(request) }
        if let answer = try PebbleManagement(ca).respond(to: request, at: parts) { return answer }
        let name = parts.count == 1 ? parts[0] : ""
        let (command, own) = (ChallengeCommand.named(name), Self.grantCommands.first { $0.name.isSame(as: name) }?.run)
        guard command != nil || own != nil else {
            throw ACMEProblem(.malformed, "there is nothing at \(path.quoted); \"/\" lists what there is", status: 404)
        }
        guard request.head.method == .post else {
            return refuse(request.head.method, at: path, allow: "POST")
        }
        let arguments = try Arguments(request)
        if let own { return try own(ca, arguments) }
        switch try command?.run(ca.challengeContents, arguments) {
        case .told(let json)?: return CairnDelivery(json)
        case .done?, nil: return CairnDelivery(HTTPResponse(status: .ok))
        }
    }

    /// What there is, for people and for programs.
    private func index(_ request: CairnRequest) -> CairnDelivery {
        guard request.head.method == .get || request.head.method == .head else {
            return refuse(request.head.method, at: "/", allow: "GET, HEAD")
        }
        let commands = ChallengeCommand.all.map(\.name) + Self.grantCommands.map(\.name)
        let body: CairnJSON = [
            "get": .array((["/", API.base] + PebbleManagement(ca).paths).map { .string($0) }),
            "post": .array((commands.map { "/\($0)" } + [PebbleManagement.renewalPath]).map { .string($0) }),
        ]
        return CairnDelivery(body)
    }
}

extension CairnDelivery {
    /// An answer that is JSON.
    init(_ json: CairnJSON, _ status: HTTPResponse.Status = .ok, type: String = "application/json") {
        self.init(HTTPResponse(status: status, headerFields: [.contentType: type]), body: json.serialized(.indented))
    }

    /// A problem document (RFC 9457).
    init(_ problem: ACMEProblem) {
        self.init(problem.json, .init(code: problem.status), type: "application/problem+json")
    }
}

extension TestCA {
    /// Serves the management API beside the CA until the CA is shut down.
    ///
    /// - Parameter security: what its clients see of TLS; `nil`, the default, is the same as those of the ACME server.
    package func startManagement(
        on addresses: [CairnIPAddress], port: Int, security: Configuration.Security? = nil
    ) async throws -> CairnIPEndpoint {
        let management = Management(self)
        return try await openListener(
            on: addresses, port: port, security: security,
            refuse: { CairnDelivery(ACMEProblem(.malformed, $1, status: $0.code)) }
        ) { management.respond(to: $0) }
    }
}
