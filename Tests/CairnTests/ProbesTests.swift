import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

@Suite("Where a running CA looks", .timeLimit(.minutes(5)))
struct ProbesTests {
    @Test("A client's own server on a free port is found once the CA is told of it", .testCA)
    func livePort() async throws {
        let ca = try TestCA.current
        let server = try WebServer()
        defer { server.stop() }
        ca.probes.httpPort = server.port
        try await onOwnThread {
            let issuance = try ca.client().obtain(["www.example.test"], by: "http-01") { proof in
                server.serve(proof.keyAuthorization, at: "/.well-known/acme-challenge/\(proof.token)")
            }
            #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
        }
        #expect(ca.journal.probes.first?.steps.first?.port == server.port)
    }

    @Test("By path as in Swift, and read back in both ways")
    func byPath() throws {
        let ca = try TestCA.inMemory()
        #expect(ca.probes == ca.configuration.probes)
        try ca.set("probes.tlsPort", to: 5443)
        #expect(ca.probes.tlsPort == 5443)
        ca.probes.perspectives = ["eu", "asia"]
        #expect(ca.currentConfiguration.probes.perspectives == ["eu", "asia"])
        #expect(ca.currentConfiguration.probes.tlsPort == 5443)
    }

    @Test("A value that no CA could start with is not taken, and the journal says why")
    func refused() throws {
        let ca = try TestCA.inMemory()
        ca.probes.httpPort = 0
        ca.probes.perspectiveQuorum = 1
        #expect(ca.probes == CairnProbeSettings())
        #expect(
            ca.journal.refusedSettings.map(\.description) == [
                "setting probes.httpPort refused: expected a port from 1 to 65535, got 0",
                "setting probes.perspectiveQuorum refused: expected 0 to 0, got 1",
            ])
        let fault = #expect(throws: SettingFault.self) { try ca.set("probes.perspectiveQuorum", to: 2) }
        #expect(fault?.description == "probes.perspectiveQuorum: expected 0 to 0, got 2")
    }
}
