import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import HTTPTypes
import Synchronization

/// A CA with rules, and what went out to its clients.
final class RuledServer: Sendable {
    let server: TestServer
    private let sent = Log()

    private final class Log: Sendable { let list = Mutex<[CairnDelivery]>([]) }

    init(policy: CairnPolicy = CairnPolicy(), seed: CairnSeed = 1) throws {
        server = try TestServer(
            policy: policy, configuration: GatewayConfiguration(seed: seed), seed: seed)
    }

    var rules: CairnRules { CairnRules(server.gateway.rules) { [server] in server.now } }
    var rulesets: CairnRulesets { CairnRulesets(server.gateway.rules) { [server] in server.now } }
    var journal: CairnJournal { server.engine.journal }

    /// A client that has an account, and of the CA in a world if it is named.
    func registered(in world: String? = nil) throws -> ReferenceClient {
        let client = try client(in: world)
        try client.register()
        return client
    }

    func client(in world: String? = nil) throws -> ReferenceClient {
        let prefix = world.map { "/with/\($0)" } ?? ""
        return try ReferenceClient(directory: "https://ca.example.test\(prefix)/dir") { [self] in respond(to: $0) }
    }

    func respond(to request: CairnRequest) -> CairnDelivery {
        let delivery = server.gateway.respond(to: request)
        // What a client fetches on the way, because its last answer brought no nonce, is not what a test asks about.
        if request.head.path?.hasSuffix("/new-nonce") == false { sent.list.withLock { $0.append(delivery) } }
        return delivery
    }

    /// The last that went out.
    var last: CairnDelivery { sent.list.withLock { $0.last } ?? CairnDelivery(HTTPResponse(status: .ok)) }

    /// What a request that a strict client does not put up with was answered with.
    func answer(_ request: () throws -> Void) -> CairnDelivery {
        let before = sent.list.withLock { $0.count }
        try? request()
        return sent.list.withLock { $0.count > before ? $0[before] : nil } ?? CairnDelivery(HTTPResponse(status: .ok))
    }

    /// What the last request in the journal met.
    var firings: [String] { journal.requests.last?.rules.map(\.description) ?? [] }
}

extension CairnDelivery {
    var status: Int { head.status.code }
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: CairnJSON { (try? CairnJSON(parsing: body)) ?? .null }
    var problem: String? { json["type"]?.string.map { String($0.split(separator: ":").last ?? "") } }
    subscript(name: HTTPField.Name) -> String? { head.headerFields[name] }
}
