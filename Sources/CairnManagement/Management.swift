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
            return refusal(error)
        }
    }

    private func refusal(_ problem: ACMEProblem) -> CairnDelivery {
        let body: CairnJSON = [
            "type": .string(problem.type.rawValue), "detail": .string(problem.detail),
            "status": .integer(problem.status),
        ]
        return CairnDelivery(
            HTTPResponse(
                status: .init(code: problem.status), headerFields: [.contentType: "application/problem+json"]),
            body: body.serialized(.indented))
    }

    /// The answer to a method that a path does not have (RFC 9110 §15.5.6).
    private func refuse(_ method: HTTPRequest.Method, at path: some StringProtocol, allow: String) -> CairnDelivery {
        var delivery = refusal(
            ACMEProblem(.malformed, "expected \(allow) for \(path.quoted), got \(method.rawValue)", status: 405))
        delivery.head.headerFields[.allow] = allow
        return delivery
    }

    private func handle(_ request: CairnRequest) throws(ACMEProblem) -> CairnDelivery {
        let path = (request.head.path ?? "").text(before: "?")
        let parts = path.texts(between: "/").dropFirst().map(String.init)
        if parts.count == 2 {
            if parts[0].isSame(as: "roots") { return try certificate(parts[1], of: ca.roots, "roots", request) }
            if parts[0].isSame(as: "intermediates") {
                return try certificate(parts[1], of: ca.intermediates, "intermediates", request)
            }
        }
        if parts == [""] { return index(request) }
        guard parts.count == 1, let command = Self.command(parts[0]) else {
            throw ACMEProblem(.malformed, "there is nothing at \(path.quoted); \"/\" lists what there is", status: 404)
        }
        guard request.head.method == .post else {
            return refuse(request.head.method, at: path, allow: "POST")
        }
        return try command(ca, try Arguments(request.body))
    }

    /// What there is, for people and for programs.
    private func index(_ request: CairnRequest) -> CairnDelivery {
        guard request.head.method == .get || request.head.method == .head else {
            return refuse(request.head.method, at: "/", allow: "GET, HEAD")
        }
        func list(_ folder: String, _ certificates: [CairnCACertificate]) -> [CairnJSON] {
            certificates.indices.map { .string("/\(folder)/\($0)") }
        }
        let body: CairnJSON = [
            "get": .array(
                ["/", .string(API.base)] + list("roots", ca.roots) + list("intermediates", ca.intermediates)),
            "post": .array((Self.commands + Self.grantCommands).map { .string("/\($0.name)") }),
        ]
        return CairnDelivery(
            HTTPResponse(status: .ok, headerFields: [.contentType: "application/json"]),
            body: body.serialized(.indented))
    }

    private func certificate(
        _ number: String, of list: [CairnCACertificate], _ folder: String, _ request: CairnRequest
    ) throws(ACMEProblem) -> CairnDelivery {
        guard request.head.method == .get || request.head.method == .head else {
            return refuse(request.head.method, at: "/\(folder)/\(number)", allow: "GET, HEAD")
        }
        guard let index = Int(number), "\(index)" == number, list.indices.contains(index) else {
            let expected = list.isEmpty ? "this CA has no \(folder)" : "expected a number from 0 to \(list.count - 1)"
            throw ACMEProblem(.malformed, "\(expected) in \("/\(folder)/\(number)".quoted)", status: 404)
        }
        return CairnDelivery(
            HTTPResponse(status: .ok, headerFields: [.contentType: "application/pem-certificate-chain"]),
            body: Array(list[index].pem.utf8))
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
        return try await openListener(on: addresses, port: port, security: security) { management.respond(to: $0) }
    }
}
