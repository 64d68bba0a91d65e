import Cairn
import CairnManagement
import CairnOpenSSLJudge
import CairnTesting
import HTTPTypes
import Testing

/// A web page in the browser of whoever runs a CA can send requests to it, but not say that it is somebody else.
@Suite("Nobody's web page changes a CA", .timeLimit(.minutes(5)))
struct WebPageTests {
    /// Sends a command as a browser does, and returns the status.
    private func post(
        _ management: Management, host: String? = "localhost:15000", origin: String? = nil, type: String = "text/plain"
    ) -> Int {
        var fields: HTTPFields = [.contentType: type]
        fields[.origin] = origin
        let head = HTTPRequest(method: .post, scheme: "https", authority: host, path: "/set-txt", headerFields: fields)
        let delivery = management.respond(
            to: CairnRequest(head, body: Array(#"{"host": "a.test", "value": "x"}"#.utf8)))
        return delivery.head.status.code
    }

    private func management(hosts: [String] = [], origins: [String] = []) throws -> Management {
        var configuration = TestCA.Configuration()
        configuration.listener.hosts = hosts
        configuration.listener.origins = origins
        configuration.origin = "https://ca.example.com:14000"
        return Management(try TestCA.inMemory(configuration))
    }

    @Test(
        "A command from a page of another origin is refused (RFC 6454 §7)",
        arguments: [
            "https://evil.example.com", "null", "http://localhost:15000", "https://localhost",
            "https://localhost:14000",
            "https://LOCALHOST.:15000",
        ], ["text/plain", "application/json", "application/jose+json"])
    func foreignOrigin(origin: String, type: String) throws {
        let managed = try Managed()
        #expect(post(managed.management, origin: origin, type: type) == 403)
        #expect(managed.ca.dns.names.isEmpty)
    }

    @Test("A command without an origin, from the server's own page or from a listed one is carried out")
    func ownOrigin() throws {
        let management = try management(origins: ["https://Tools.example.com"])
        for origin in [nil, "https://localhost:15000", "https://LocalHost:15000", "https://tools.example.com"] {
            #expect(post(management, origin: origin) == 200, "\(origin ?? "none")")
        }
        #expect(post(try self.management(origins: ["*"]), origin: "https://evil.example.com") == 200)
    }

    @Test(
        "The server answers to addresses, names that nobody else can have, and names that it knows (RFC 9110 §7.4)",
        arguments: [
            nil, "localhost", "LOCALHOST.:1", "127.0.0.1:15000", "[::1]:15000", "192.0.2.1", "pebble", "cairn:15000",
            "ca.test", "a.b.example", "x.localhost", "mac.local", "host.docker.internal", "svc.cluster.local",
            "router.home.arpa", "ca.example.com", "ca.example.com:9", "named.example.com", "a.wild.example.com",
        ])
    func knownHost(host: String?) throws {
        let management = try management(hosts: ["Named.example.com", "*.wild.example.com"])
        #expect(post(management, host: host) == 200)
    }

    @Test(
        "It does not answer to other names, which may be a web page's that lead here",
        arguments: [
            "evil.example.com", "test.example.com", "nottest.com", "localhost.evil.com", "127.0.0.1.evil.com",
            "a.named.example.com", "wild.example.com", "a.b.wild.example.com", "ca.example.com.evil.com",
        ])
    func foreignHost(host: String) throws {
        let management = try management(hosts: ["named.example.com", "*.wild.example.com"])
        #expect(post(management, host: host) == 421)
        #expect(post(try self.management(hosts: ["*"]), host: host) == 200)
    }

    @Test(
        "The ACME server hands out no URLs under a foreign name, but under its origin, and under names that it is told")
    func directory() async throws {
        func get(_ host: String, _ change: (inout TestCA.Configuration) -> Void) async throws -> (Int, String) {
            var configuration = TestCA.Configuration()
            configuration.dnsListener = nil
            change(&configuration)
            return try await withTestCA(configuration) { ca in
                let (address, roots) = ("\(try #require(ca.address))", ca.trustRoots.map(\.pem).joined())
                return try await onOwnThread {
                    let answer = try WireHTTP(at: address, demands: Wire.Demands(roots: roots))
                        .exchange("GET", "/dir", authority: host)
                    return (answer.status, String(decoding: answer.body, as: UTF8.self))
                }
            }
        }
        let foreign = try await get("evil.example.com") { _ in }
        #expect(foreign.0 == 421)
        #expect(!foreign.1.contains("https://evil"))
        #expect(foreign.1.contains("evil.example.com"))
        #expect(
            try await get("acme.example.com") { $0.listener.hosts = ["acme.example.com"] }.1
                .contains("https://acme.example.com/new-order"))
        #expect(
            try await get("acme.example.com") { $0.listener.security = .ephemeral(names: ["acme.example.com"]) }.0
                == 200)
        #expect(
            try await get("evil.example.com") { $0.origin = "https://ca.example.com" }.1
                .contains("https://ca.example.com/new-order"))
        #expect(try await get("pebble") { _ in }.1.contains("https://pebble/new-order"))
    }

    @Test("GET / lists what there is, and every command in the list is one")
    func index() throws {
        let managed = try Managed()
        let delivery = managed.send(.get, "/")
        #expect(delivery.head.status == .ok)
        let list = try CairnJSON(parsing: delivery.body)
        #expect(list["get"]?.array?.contains("/roots/0") == true)
        let commands = try #require(list["post"]?.array).compactMap(\.string)
        #expect(commands.contains("/set-txt"))
        for path in commands { #expect(managed.send(.get, path).head.status.code == 405, "\(path)") }
        #expect(try managed.refusal(.get, "/nothing").contains("\"/\" lists what there is"))
        #expect(try managed.refusal(.post, "/").hasPrefix("405"))
    }
}
