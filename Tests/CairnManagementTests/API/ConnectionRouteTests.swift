import Cairn
import CairnManagement
import CairnOpenSSLJudge
import CairnTesting
import HTTPTypes
import Testing

@Suite("Connections to the ACME server, from outside", .timeLimit(.minutes(5)))
struct ConnectionRouteTests {
    @Test("They are refused and accepted again by the management API, which answers when it is done")
    func connections() async throws {
        try await withTestCA { ca in
            let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0)
            let address = try #require(ca.address)
            let demands = Wire.Demands(roots: ca.trustRoots.map(\.pem).joined())
            try await onOwnThread {
                let http = WireHTTP(at: "\(endpoint)", demands: demands)
                for _ in 0..<2 {
                    let refused = try http.exchange("POST", "/cairn/v1/connections/refuse", authority: "localhost")
                    #expect(refused.status == 204)
                    let state = try http.exchange("GET", "/cairn/v1/connections", authority: "localhost")
                    #expect(try CairnJSON(parsing: state.body) == ["areRefused": true])
                    #expect(throws: OpenSSLError.self) { try Wire(to: "\(address)", demands: demands) }
                    let accepted = try http.exchange("POST", "/cairn/v1/connections/accept", authority: "localhost")
                    #expect(accepted.status == 204)
                    _ = try Wire(to: "\(address)", demands: demands)
                }
            }
        }
    }

    @Test("A CA without sockets has none to refuse")
    func without() async throws {
        let managed = try Managed()
        let delivery = managed.send(.post, "/cairn/v1/connections/refuse")
        let problem = await withCheckedContinuation { continuation in
            delivery.whenReleased { continuation.resume(returning: $0) }
        }
        #expect(problem.head.status == .badRequest)
        let detail = try CairnJSON(parsing: problem.body)["detail"]?.string
        #expect(detail?.contains("without sockets") == true)
    }
}
