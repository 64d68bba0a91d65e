package import Cairn
import HTTPTypes

/// The management interface of `pebble-challtestsrv`: the commands, as their harnesses send them.
///
/// It is plain HTTP, and looks at no method. A request without a body changes nothing, whatever its method. It answers to any
/// `Host`, but no web page of another origin can use it.
package struct ChallengeManagement: Sendable {
    private let contents: ChallengeContents
    private let has: @Sendable (ChallengeCommand.Subject) -> Bool
    private let log: @Sendable (String) -> Void
    private let hosts = KnownHosts(names: ["*"])

    /// - Parameters:
    ///   - kinds: which servers there are; commands for others are not there.
    ///   - log: is told of each command that was carried out, in the words of `pebble-challtestsrv`.
    package init(
        _ server: ChallengeServer, of kinds: ChallengeServer.Configuration,
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        contents = ChallengeContents(dns: server.dns, responder: server.responder, perspectives: [])
        let hasDNS = !kinds.dns.isEmpty || !kinds.dnsOverHTTPS.isEmpty
        let hasHTTP = !kinds.http.isEmpty || !kinds.https.isEmpty
        let hasTLS = !kinds.tlsALPN.isEmpty
        has = { subject in
            switch subject {
            case .dns: hasDNS
            case .http: hasHTTP
            case .tls: hasTLS
            case .histories: true
            }
        }
        self.log = log
    }

    /// Answers one request.
    package func respond(to request: CairnRequest) -> CairnDelivery {
        if let objection = hosts.objection(toOriginOf: request) {
            let origin = request.head.headerFields[.origin] ?? ""
            return Self.text(
                .init(code: objection.status),
                "expected a request that no web page of another origin sent, got one from \(origin.quoted) (RFC 6454 §7)"
            )
        }
        let path = (request.head.path ?? "").text(before: "?")
        if path.isSame(as: "/") {
            let commands = ChallengeCommand.all.filter { has($0.subject) }
            return CairnDelivery(["post": .array(commands.map { .string("/\($0.name)") })], type: Self.json)
        }
        guard path.begins(with: "/"), let command = ChallengeCommand.named(String(path.dropFirst())),
            has(command.subject)
        else { return Self.text(.notFound, "404 page not found") }
        do throws(ACMEProblem) {
            switch try command.run(contents, try Arguments(request)) {
            case .told(let json): return CairnDelivery(json, type: Self.json)
            case .done(let line):
                log(line)
                return CairnDelivery(HTTPResponse(status: .ok))
            }
        } catch {
            return Self.text(.badRequest, error.detail)
        }
    }

    private static let json = "application/json; charset=utf-8"

    private static func text(_ status: HTTPResponse.Status, _ line: String) -> CairnDelivery {
        CairnDelivery(
            HTTPResponse(status: status, headerFields: [.contentType: "text/plain; charset=utf-8"]),
            body: Array("\(line)\n".utf8))
    }
}

extension ChallengeServer {
    /// Serves the management interface until the server is shut down.
    ///
    /// - Parameters:
    ///   - kinds: the configuration that the server was started with.
    ///   - log: is told of each command that was carried out.
    /// - Returns: where it listens.
    package func startManagement(
        on place: Place, of kinds: Configuration, log: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> [CairnIPEndpoint] {
        let management = ChallengeManagement(self, of: kinds, log: log)
        return try await open(place) { management.respond(to: $0) }
    }
}
