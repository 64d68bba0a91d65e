import CairnGateway
import CairnReferenceClient
import Foundation
import Testing

/// A judge is worth what it notices.
@Suite("Draft: the client that judges", .timeLimit(.minutes(5)))
struct DraftClientTests {
    /// Something that a server must not do.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What the objection says.
        let words: String
        let change: @Sendable (inout Response) -> Void

        init(_ description: String, _ words: String, _ change: @escaping @Sendable (inout Response) -> Void) {
            (testDescription, self.words, self.change) = (description, words, change)
        }
    }

    private static let faults: [Fault] = [
        Fault("a directory of RFC 8555", "newOrder") { $0.edit("new-order") { $0["newOrder"] = $0["new-order"] } },
        Fault("its metadata", "termsOfService") { response in
            response.edit("meta") { $0["meta"] = ["termsOfService": "https://ca.example.test/terms"] }
        },
        Fault("a CAA name with capitals", "caa-identities") { response in
            response.edit("meta") { $0["meta"] = ["caa-identities": ["CA.test"]] }
        },
        Fault("HEAD new-nonce with 200", "gave 200") { if $0.status == 204 { $0.status = 200 } },
        Fault("a nonce twice", "a nonce came twice") { response in
            // Two answers that follow each other, so that nobody uses it in between.
            let isRead = response.status == 200 && response["Replay-Nonce"] == nil
            if isRead, response.json["csr"] != nil || response["Content-Type"] == "application/x-pem-file" {
                response.set("Replay-Nonce", "AAAA")
            }
        },
        Fault("no nonce", "without Replay-Nonce") { if $0.status == 201 { $0.set("Replay-Nonce", nil) } },
        Fault("no index", "no Link \"index\"") { $0.set("Link", nil) },
        Fault("an account without its key", "no \"key\"") { $0.edit("key") { $0["key"] = nil } },
        Fault("an account with another key", "not the key of the request") { response in
            response.edit("key") { $0["key"] = ["kty": "EC"] }
        },
        Fault("an account without Location", "expected Location") { if $0.status == 201 { $0.set("Location", nil) } },
        Fault("an order that is ready", "\"status\" is ready") { $0.edit("csr") { $0["status"] = "ready" } },
        Fault("an order to finalize", "finalize") { $0.edit("csr") { $0["finalize"] = "https://ca.example.test/" } },
        Fault("an order with identifiers", "identifiers") { $0.edit("csr") { $0["identifiers"] = [String]() } },
        Fault("an order without CSR", "no \"csr\"") { $0.edit("csr") { $0["csr"] = nil } },
        Fault("an order without end", "no \"expires\"") { $0.edit("csr") { $0["expires"] = nil } },
        Fault("another CSR than before", "another CSR") { response in
            if response.status == 200 { response.edit("csr") { $0["csr"] = "AAAA" } }
        },
        Fault("other authorizations than before", "other authorizations") { response in
            if response.status == 200 { response.edit("csr") { $0["authorizations"] = [String]() } }
        },
        Fault("a certificate too early", "before it is issued") { response in
            response.edit("csr") { if $0["status"] as? String == "valid" { $0["status"] = "pending" } }
        },
        Fault("a wildcard in an authorization", "\"identifier\" is") { response in
            response.edit("challenges") { $0["identifier"] = ["type": "dns", "value": "*.example.test"] }
        },
        Fault("the member wildcard", "wildcard") { $0.edit("challenges") { $0["wildcard"] = true } },
        Fault("an expired authorization", "\"status\" is expired") { response in
            response.edit("challenges") { $0["status"] = "expired" }
        },
        Fault("202 for what is final", "202 is for") { if $0.json["challenges"] != nil { $0.status = 202 } },
        Fault("a challenge that is processing", "\"status\" is processing") { response in
            response.edit("token") { $0["status"] = "processing" }
        },
        Fault("a challenge without way up", "no Link \"up\"") { response in
            if response.json["token"] != nil { response.dropLinks("up") }
        },
        Fault("another key authorization", "\"keyAuthorization\" is") { response in
            response.edit("token") { $0["keyAuthorization"] = "AAAA.AAAA" }
        },
        Fault("the media type of RFC 8555", "application/x-pem-file") { response in
            if response["Content-Type"] == "application/x-pem-file" {
                response.set("Content-Type", "application/pem-certificate-chain")
            }
        },
        Fault("a certificate without way up", "no Link \"up\"") { response in
            if response["Content-Type"] == "application/x-pem-file" { response.dropLinks("up") }
        },
        Fault("a later type of error", "not one of the 17") { response in
            response.edit("detail") { $0["type"] = "urn:ietf:params:acme:error:alreadyRevoked" }
        },
        Fault("subproblems", "subproblems") { $0.edit("detail") { $0["subproblems"] = [String]() } },
        Fault("an error that is no problem document", "no problem document") { response in
            if response.status >= 400 { response.set("Content-Type", "application/json") }
        },
    ]

    /// An issuance with something that is refused at the end.
    private func tour(_ client: DraftClient) throws {
        try client.register()
        let order = try client.order(["www.example.test"])
        for authorization in order.authorizations {
            try client.respond(to: try client.challenge("http-01", of: authorization))
            _ = try client.get(authorization)
        }
        let leaf = try client.certificate(of: try client.get(order.url)).leaf()
        for _ in 0..<2 { _ = try client.revoke(leaf) }
    }

    @Test("It objects to what the draft does not allow", arguments: faults)
    func objects(_ fault: Fault) throws {
        let server = try TestServer()
        let transport = ReferenceClient.inProcess { [gateway = server.gateway] in gateway.respond(to: $0) }
        let client = try DraftClient(directory: "https://ca.example.test/draft/dir") { method, url, fields, body in
            var response = try transport(method, url, fields, body)
            fault.change(&response)
            return response
        }
        let violation = #expect(throws: DraftClient.Violation.self) { try tour(client) }
        #expect(violation?.description.contains(fault.words) == true, "\(violation?.description ?? "nothing")")
    }

    @Test("It objects to nothing else")
    func content() throws {
        let client = try TestServer().draftClient()
        #expect(throws: Never.self) { try tour(client) }
    }

    @Test("It objects to a server of RFC 8555")
    func later() throws {
        let server = try TestServer()
        let client = try DraftClient(directory: "https://ca.example.test/dir") { [gateway = server.gateway] in
            gateway.respond(to: $0)
        }
        #expect(throws: DraftClient.Violation.self) { try tour(client) }
    }
}

extension Response {
    /// Changes the body if it is an object with some member.
    fileprivate mutating func edit(_ member: String, _ change: (inout [String: Any]) -> Void) {
        var object = json
        guard object[member] != nil else { return }
        change(&object)
        body = Array((try? JSONSerialization.data(withJSONObject: object)) ?? Data())
    }

    fileprivate mutating func set(_ name: String, _ value: String?) {
        fields.removeAll { $0.name.lowercased() == name.lowercased() }
        if let value { fields.append((name, value)) }
    }

    fileprivate mutating func dropLinks(_ relation: String) {
        fields.removeAll { $0.name.lowercased() == "link" && $0.value.contains("rel=\"\(relation)\"") }
    }
}
