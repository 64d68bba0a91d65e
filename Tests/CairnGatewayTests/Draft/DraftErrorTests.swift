import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Draft: errors", .timeLimit(.minutes(5)))
struct DraftErrorTests {
    private static let types: [(ACMEProblemType, String)] = [
        (.dns, "unknownHost"), (.incorrectResponse, "unauthorized"), (.connection, "connection"), (.tls, "tls"),
        (.caa, "caa"), (.unauthorized, "unauthorized"), (.rateLimited, "rateLimited"),
        (.serverInternal, "serverInternal"), (.rejectedIdentifier, "rejectedIdentifier"),
        (.unsupportedIdentifier, "unsupportedIdentifier"), (.unknownHost, "unknownHost"), (.dnssec, "dnssec"),
        (ACMEProblemType(name: "somethingElse"), "malformed"),
    ]

    @Test("What a validation found has a type of the draft (Errors)", arguments: types)
    func challenge(_ type: ACMEProblemType, _ expected: String) throws {
        let server = try TestServer()
        let client = try server.draftRegistered()
        server.decide { _ in ACMEProblem(type, "as it is") }
        let order = try client.order(["www.example.test"])
        try client.prove(order)
        let authorization = try client.get(order.authorizations[0])
        let error = authorization.challenges.compactMap { $0["error"] as? [String: Any] }.first
        #expect(error?["type"] as? String == "urn:ietf:params:acme:error:\(expected)")
        #expect(error?["detail"] as? String == "as it is")
    }

    /// Those that the draft has not.
    private static let later: [ACMEProblemType] = [
        .accountDoesNotExist, .alreadyReplaced, .alreadyRevoked, .badPublicKey, .compound, .dns,
        .externalAccountRequired, .incorrectResponse, .invalidProfile, .orderNotReady, .unsupportedContact,
        ACMEProblemType(name: "somethingElse"),
    ]

    @Test("No type of the ACME namespace is shown that the draft has not (Errors)", arguments: later)
    func unregistered(_ type: ACMEProblemType) throws {
        let server = try TestServer()
        let client = try server.draftRegistered()
        server.decide { _ in ACMEProblem(type, "as it is") }
        let order = try client.order(["www.example.test"])
        try client.prove(order)
        // The client checks the type itself.
        #expect(try client.get(order.authorizations[0]).state == "invalid")
    }

    @Test("Types outside the ACME namespace stay as they are (Errors)")
    func foreign() throws {
        let server = try TestServer()
        let client = try server.draftRegistered()
        server.decide { _ in ACMEProblem(ACMEProblemType(rawValue: "https://example.test/error"), "as it is") }
        let order = try client.order(["www.example.test"])
        try client.prove(order)
        let authorization = try client.get(order.authorizations[0])
        let error = authorization.challenges.compactMap { $0["error"] as? [String: Any] }.first
        #expect(error?["type"] as? String == "https://example.test/error")
    }

    @Test("Several names that are refused are one problem, which names them all (Errors)")
    func refused() throws {
        let server = try TestServer()
        server.engine.policy.blockedNames = ["*.blocked.test"]
        let client = try server.draftRegistered()
        let response = try client.newOrder(csr: try csr(["a.blocked.test", "b.blocked.test", "c.example.test"]))
        #expect(400..<500 ~= response.status)
        #expect(response.json["subproblems"] == nil)
        for name in ["a.blocked.test", "b.blocked.test"] { #expect(response.detail.contains(name)) }
    }

    @Test("Several queries that failed are one problem in the challenge (Errors)")
    func failures() throws {
        let server = try TestServer()
        server.engine.policy.validationRetries = [.seconds(1), .seconds(1)]
        let client = try server.draftRegistered()
        server.decide { _ in ACMEProblem(.dns, "no such host") }
        let order = try client.order(["www.example.test"])
        try client.prove(order)
        server.advance(by: .seconds(5))
        let challenge = try client.challenge("http-01", of: order.authorizations[0])
        let error = try #require(try client.get(challenge.url).error)
        #expect(error["subproblems"] == nil)
        #expect(error["type"] as? String == "urn:ietf:params:acme:error:unknownHost")
    }
}
