import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Draft: clients that mix it with RFC 8555", .timeLimit(.minutes(5)))
struct MixedDialectsTests {
    private let server: TestServer
    private let draft: DraftClient
    private let rfc: ReferenceClient

    init() throws {
        server = try TestServer()
        draft = try server.draftClient()
        rfc = try server.client(key: draft.key)
    }

    /// The last part of a URL.
    private func id(_ url: String?) -> Substring? { url?.split(separator: "/").last }

    @Test("The account URL of the other dialect signs nothing, and is a finding", arguments: [true, false])
    func kid(_ inDraft: Bool) throws {
        try draft.register()
        let account = try #require(id(draft.kid))
        rfc.kid = "https://ca.example.test/account/\(account)"
        let response =
            if inDraft {
                try draft.post(try #require(draft.kid), [:]) { $0.header["kid"] = rfc.kid }
            } else {
                try rfc.post(try #require(rfc.kid), nil) { $0.header["kid"] = draft.kid }
            }
        #expect(400..<500 ~= response.status)
        let finding = try #require(server.engine.journal.findings.last)
        #expect(finding.kind == .mixedDialects)
        #expect(finding.detail.contains("\"kid\""))
        #expect(finding.account?.rawValue == String(account))
    }

    @Test("An account that goes from one to the other and back is a finding each time")
    func alternating() throws {
        try draft.register()
        try draft.account()
        #expect(server.engine.journal.findings.isEmpty)
        try rfc.register()
        try rfc.read(try #require(rfc.kid))
        try rfc.read(try #require(rfc.kid))
        #expect(server.engine.journal.findings.map(\.kind) == [.mixedDialects])
        try draft.account()
        let findings = server.engine.journal.findings
        #expect(findings.count == 2)
        #expect(findings.allSatisfy { $0.account.map { Substring($0.rawValue) } == id(draft.kid) })
    }

    @Test("Members of the other dialect are a finding", arguments: [true, false])
    func members(_ inDraft: Bool) throws {
        if inDraft {
            try draft.register(["terms-of-service-agreed": true, "termsOfServiceAgreed": true])
        } else {
            try rfc.register(["termsOfServiceAgreed": true, "terms-of-service-agreed": true])
        }
        let finding = try #require(server.engine.journal.findings.first)
        #expect(finding.kind == .mixedDialects)
        #expect(finding.detail.contains(inDraft ? "termsOfServiceAgreed" : "terms-of-service-agreed"))
    }

    @Test("Accounts that keep to their dialect are none, side by side")
    func pure() throws {
        let other = try server.registered()
        try draft.register()
        for number in 0..<2 {
            #expect(try draft.issue(["d\(number).example.test"]).state == "valid")
            #expect(try other.issue(["r\(number).example.test"]).state == "valid")
        }
        #expect(server.findings.isEmpty)
    }
}
