import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Foundation
import Testing

@Suite("Draft: issuance", .timeLimit(.minutes(5)))
struct DraftIssuanceTests {
    private static let types = ["http-01", "tls-sni-02", "dns-01", "oob-01"]

    private static var configuration: TestCA.Configuration {
        .with { $0.draft?.policy.challengeTypes = types.map { ACMEChallengeType(rawValue: $0) } }
    }

    /// Puts up what the CA looks for.
    private static func prove(_ challenge: DraftChallenge, to ca: TestCA) throws {
        switch challenge.type {
        case "http-01":
            ca.responder.setHTTP01(token: challenge.token, keyAuthorization: challenge.keyAuthorization)
        case "tls-sni-02":
            ca.responder.setTLSSNI02(token: challenge.token, keyAuthorization: challenge.keyAuthorization)
        case "dns-01": ca.dns.add(.txt(challenge.digest), to: "_acme-challenge.\(challenge.name)")
        default:
            for pending in ca.outOfBand.pending where pending.identifier.value == challenge.name {
                try ca.outOfBand.approve(pending.id)
            }
        }
    }

    private static func issue(_ names: [String], by type: String, from ca: TestCA) throws {
        let issuance = try ca.draftClient().obtain(names, by: type) { try prove($0, to: ca) }
        for name in names {
            #expect(try ca.objection(to: issuance, name: .host(name)) == nil)
        }
        #expect(try ca.objection(to: issuance, name: .host("other.example.test")) == "hostname mismatch")
        #expect(ca.journal.findings.isEmpty)
        #expect(ca.journal.requests(to: .finalize).isEmpty)
    }

    @Test("Each challenge leads to a certificate over TLS", arguments: types)
    func overTLS(_ type: String) async throws {
        try await withTestCA(Self.configuration) { ca in
            try await onOwnThread { try Self.issue(["a.example.test", "b.example.test"], by: type, from: ca) }
        }
    }

    @Test("Each challenge leads to a certificate without a socket", arguments: types)
    func inMemory(_ type: String) throws {
        try Self.issue(["a.example.test", "b.example.test"], by: type, from: TestCA.inMemory(Self.configuration))
    }

    @Test("A wildcard is proved by dns-01 (Authorization Objects)")
    func wildcard() throws {
        let ca = try TestCA.inMemory()
        let issuance = try ca.draftClient().obtain(["*.example.test"], by: "dns-01") { try Self.prove($0, to: ca) }
        #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
    }

    @Test(
        "A challenge that is not met is refused in the draft's words", arguments: ["http-01", "tls-sni-02", "dns-01"])
    func refused(_ type: String) throws {
        let ca = try TestCA.inMemory(Self.configuration)
        let client = try ca.draftClient()
        #expect(throws: ReferenceClient.Violation.self) {
            try client.obtain(["www.example.test"], by: type) { _ in }
        }
        let orders = try #require(try client.account().json["orders"] as? String)
        #expect(try client.get(orders).json["orders"] as? [String] == [])
        #expect(ca.journal.certificates.isEmpty)
    }

    @Test("What a human denies is refused (Out-of-Band)")
    func denied() throws {
        let ca = try TestCA.inMemory(Self.configuration)
        #expect(throws: ReferenceClient.Violation.self) {
            try ca.draftClient().obtain(["www.example.test"], by: "oob-01") { _ in
                for pending in ca.outOfBand.pending { try ca.outOfBand.deny(pending.id) }
            }
        }
        #expect(ca.journal.certificates.isEmpty)
    }

    @Test(
        "A TLS server that shows both names, in any order and case, is enough (TLS with Server Name Indication (TLS SNI))"
    )
    func tlsServer() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        try await withTestCA(.with { $0.probes.tlsPort = server.port }) { ca in
            let asked = try await onOwnThread {
                var asked: [String] = []
                let issuance = try ca.draftClient().obtain(["www.example.test"], by: "tls-sni-02") { challenge in
                    asked.append(challenge.sanA)
                    server.answer(
                        try WireServer(
                            key: OpenSSLKey(.curve("P-256")),
                            extensions: [
                                ("subjectAltName", "DNS:\(challenge.sanB.uppercased()),DNS:\(challenge.sanA)")
                            ], versions: .tls12 ... .tls13))
                }
                #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
                return asked
            }
            #expect(server.names == asked)
        }
    }

    @Test("A human approves the challenge on the page that it names (Out-of-Band)")
    func page() async throws {
        try await withTestCA(Self.configuration) { ca in
            try await onOwnThread {
                let client = try ca.draftClient()
                let issuance = try client.obtain(["www.example.test"], by: "oob-01") { challenge in
                    let page = try #require(challenge.href)
                    #expect(try client.get(page).text.contains("www.example.test"))
                    let answer = try client.send(
                        "POST", page, fields: ["Content-Type": "application/x-www-form-urlencoded"],
                        body: Data("decision=approve".utf8))
                    #expect(answer.status < 400, "\(answer.text)")
                }
                #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
            }
        }
    }

    @Test("http-01 is asked for over HTTP, and white space at the end does no harm (HTTP)")
    func whiteSpace() async throws {
        let server = try WebServer()
        defer { server.stop() }
        try await withTestCA(.with { $0.probes.httpPort = server.port }) { ca in
            try await onOwnThread {
                let issuance = try ca.draftClient().obtain(["www.example.test"], by: "http-01") { challenge in
                    server.serve(
                        challenge.keyAuthorization + " \r\n\t\n",
                        at: "/.well-known/acme-challenge/\(challenge.token)")
                }
                #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
            }
        }
    }

    @Test("Clients of both dialects get certificates of one CA side by side")
    func sideBySide() async throws {
        try await withTestCA { ca in
            try await onOwnThread {
                ca.validation.standard = .approve
                let old = try ca.draftClient().obtain(["old.example.test"], by: "http-01") { _ in }
                let new = try ca.client().obtain(["new.example.test"], by: "http-01") { _ in }
                #expect(try ca.objection(to: old, name: .host("old.example.test")) == nil)
                #expect(try ca.objection(to: new, name: .host("new.example.test")) == nil)
                #expect(try old.leaf.issuer == new.leaf.issuer)
                #expect(ca.journal.findings.isEmpty)
            }
        }
    }
}

extension TestCA {
    /// A strict client of the draft: over TLS that OpenSSL judges, or without a socket if the CA has none.
    fileprivate func draftClient() throws -> DraftClient {
        guard let address else { return try DraftClient(directory: draftDirectoryURL) { self.respond(to: $0) } }
        return try DraftClient(directory: draftDirectoryURL, at: "\(address)", trusting: trustRoots.first?.pem)
    }
}
