import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

/// The tables of `Personalities.md`: one promise a line.
enum PersonalityPage {
    static let promises: [Promise] = {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/Cairn/Cairn.docc/Personalities.md")
        let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
        var promises: [Promise] = []
        var server = ""
        for line in text.split(separator: "\n") {
            // The first word of a section is the personality's name, as code.
            if line.hasPrefix("`"), let name = line.dropFirst().split(separator: "`").first { server = String(name) }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard line.hasPrefix("| "), cells.count == 3, cells[0] != "what" else { continue }
            promises.append(Promise(server: server, what: cells[0], value: cells[1], source: cells[2]))
        }
        return promises
    }()
}

/// A line of the page: what one server does in one situation.
struct Promise: Sendable, CustomTestStringConvertible, CustomStringConvertible {
    let server: String
    let what: String
    let value: String
    let source: String

    var description: String { "\(server): \(what) is \(value) (\(source))" }
    var testDescription: String { "\(server): \(what)" }
    var isDecision: Bool { what.hasPrefix("decides ") }

    func holds(under personality: CairnPersonality) throws -> Bool { try outcome(under: personality) == value }

    /// What a server with that personality does there.
    func outcome(under personality: CairnPersonality) throws -> String {
        if isDecision {
            let name = what.dropFirst("decides ".count)
            return personality.decisions.first { $0.name == name }?.choice ?? "nothing"
        }
        let answered = what == "a challenge that was answered"
        var policy = CairnPolicy()
        if answered { personality.decide(&policy) }
        let server = try TestServer(
            policy: policy, configuration: GatewayConfiguration(personality: personality), approving: !answered)
        let client = try server.registered(as: personality)
        if let words = try? /(\S+) fails with (\S+)/.wholeMatch(in: what) {
            return try challengeError(String(words.1), ACMEProblemType(name: String(words.2)), client, server)
        }
        if let look = Self.looks[what] { return try look(client, server) }
        let provoke = try #require(Self.refusals[what], "nobody knows how to come to \"\(what)\"")
        let response = try provoke(client, server)
        let bodiless = response.body.isEmpty ? "without body" : "in plain text"
        let answer = "\(response.status) \(response.problem ?? bodiless)"
        guard Self.aboutIdentifiers.contains(what) else { return answer }
        let count = (response.json["subproblems"] as? [Any])?.count ?? 0
        return answer + (count == 0 ? ", no subproblems" : count == 1 ? ", 1 subproblem" : ", \(count) subproblems")
    }

    /// The status and the type in the error of a challenge that failed.
    private func challengeError(
        _ challenge: String, _ type: ACMEProblemType, _ client: ReferenceClient, _ server: TestServer
    ) throws -> String {
        server.decide { _ in ACMEProblem(type, "nothing was right") }
        let order = try client.order(["a.test"])
        let url = try client.challenge(challenge, of: try #require(order.authorizations.first)).url
        try client.respond(to: url)
        let error = try #require(try client.read(url).error)
        let name = (error["type"] as? String ?? "").split(separator: ":").last ?? ""
        return (error["status"] as? Int).map { "\($0) \(name)" } ?? String(name)
    }
}

extension Promise {
    typealias Provocation = @Sendable (ReferenceClient, TestServer) throws -> Response

    private static let origin = "https://ca.example.test"
    private static let id = "AAAAAAAAAAAAAAAAAAAAAA"

    /// Those of which the subproblems are promised too.
    private static let aboutIdentifiers: Set = [
        "an unsupported identifier", "a blocked name", "two blocked names", "a malformed name",
        "a malformed name before a blocked one",
    ]

    /// How to come to each refusal.
    private static let refusals: [String: Provocation] = [
        "an unknown path": { client, _ in try client.send("GET", origin + "/nowhere") },
        "a method that is not there": { client, _ in try client.send("GET", origin + "/new-order") },
        "an unknown order": { client, _ in try client.read("\(origin)/order/\(id)") },
        "an unknown authorization": { client, _ in try client.read("\(origin)/authorization/\(id)") },
        "an unknown challenge": { client, _ in try client.read("\(origin)/challenge/\(id)/0") },
        "an unknown certificate": { client, _ in try client.read("\(origin)/certificate/AAAAAAAAAAAAAAAAAAAAAA") },
        "an unknown order to finalize": { client, _ in
            try client.post("\(origin)/order/\(id)/finalize", ["csr": base64URL(try csr(["a.test"]))])
        },
        "a wrong Content-Type": { client, _ in
            try client.post(try client.endpoint("newOrder"), [:]) { $0.contentType = "application/json" }
        },
        "a wrong url": { client, _ in
            try client.post(try client.endpoint("newOrder"), [:]) { $0.header["url"] = origin + "/new-account" }
        },
        "a bad nonce": { client, _ in
            try client.post(try client.endpoint("newOrder"), [:]) { $0.header["nonce"] = "bm8" }
        },
        "an algorithm that is not supported": { client, _ in try oddAlgorithm(client) },
        "no algorithm": { client, _ in
            try client.post(try client.endpoint("newAccount"), [:], as: .key) { $0.header["alg"] = nil }
        },
        "a key that cannot be read": { client, _ in
            try client.post(try client.endpoint("newAccount"), [:], as: .key) {
                $0.header["jwk"] = ["kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"]
            }
        },
        "a kid of another server": { client, _ in
            try client.post(try client.endpoint("newOrder"), [:]) { $0.header["kid"] = "https://other.example.test/1" }
        },
        "a key without an account": { client, server in
            try newcomer(like: client, at: server).register(["onlyReturnExisting": true])
        },
        "a deactivated account": { client, _ in
            try client.post(try #require(client.kid), ["status": "deactivated"])
            return try client.post(try client.endpoint("newOrder"), [:])
        },
        "terms not agreed to": { client, server in try newcomer(like: client, at: server).register([:]) },
        "a binding that is missing": { client, server in
            server.engine.policy.externalAccountBinding = .required
            return try newcomer(like: client, at: server).register()
        },
        "too many contacts": { client, _ in
            try client.post(try #require(client.kid), ["contact": Array(repeating: "mailto:a@a.test", count: 11)])
        },
        "a contact without a scheme": { client, _ in
            try client.post(try #require(client.kid), ["contact": ["a@example.test"]])
        },
        "a binding by another algorithm": { client, server in
            try bind(newcomer(like: client, at: server), server) { $0.header["alg"] = "ES256" }
        },
        "a binding without a key": { client, server in
            try bind(newcomer(like: client, at: server), server) { $0.payload = Data("{}".utf8) }
        },
        "a binding with another key": { client, server in
            let key = try JSONSerialization.data(withJSONObject: try AccountKey().jwk)
            return try bind(newcomer(like: client, at: server), server) { $0.payload = key }
        },
        "an invalid contact": { client, _ in try client.post(try #require(client.kid), ["contact": ["mailto:"]]) },
        "an unsupported contact": { client, _ in try client.post(try #require(client.kid), ["contact": ["tel:1"]]) },
        "a new key that is in use": { client, server in
            let other = try newcomer(like: client, at: server)
            try other.register()
            return try client.changeKey(to: other.key)
        },
        "the same key as new key": { client, _ in try client.changeKey(to: client.key) },
        "the orders of another account": { client, server in
            let other = try newcomer(like: client, at: server)
            let account = try other.register()
            return try client.read(try #require(account.json["orders"] as? String))
        },
        "a certificate of another CA": { client, _ in
            let other = try TestServer(seed: 2).registered()
            let leaf = try other.certificate(of: try other.issue(["a.test"])).leaf()
            return try client.post(try client.endpoint("revokeCert"), ["certificate": base64URL(leaf)])
        },
        "the order of another account": { client, server in
            let other = try newcomer(like: client, at: server)
            try other.register()
            return try client.read(try other.order(["a.test"]).url)
        },
        "the authorization of another account": { client, server in
            let other = try newcomer(like: client, at: server)
            try other.register()
            return try client.read(try #require(try other.order(["a.test"]).authorizations.first))
        },
        "the certificate of another account": { client, server in
            let other = try newcomer(like: client, at: server)
            try other.register()
            return try client.read(try #require(try other.issue(["a.test"]).json["certificate"] as? String))
        },
        "an unsupported identifier": { client, _ in try client.newOrder([("email", "a@example.test")]) },
        "a blocked name": { client, server in try order(["blocked.test"], client, server) },
        "two blocked names": { client, server in try order(["blocked.test", "a.blocked.test"], client, server) },
        "a malformed name": { client, server in try order(["a..test"], client, server) },
        "a malformed name before a blocked one": { client, server in
            try order(["a..test", "blocked.test"], client, server)
        },
        "a rate limit": { client, server in
            server.engine.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(0, per: .hours(1))
            return try client.newOrder([("dns", "a.test")])
        },
        "an order that is not ready": { client, _ in
            try client.finalize(try client.order(["a.test"]), csr: try csr(["a.test"]))
        },
        "CAA records that forbid": { client, server in
            let order = try client.readyOrder(["a.test"])
            server.advance(by: .hours(8))
            server.forbidByCAA(ACMEProblem(.caa, "not here"))
            return try client.finalize(order, csr: try csr(["a.test"]))
        },
        "a CSR that is empty": { client, _ in try finalize("", client) },
        "a CSR in PEM": { client, _ in try finalize("-----BEGIN CERTIFICATE REQUEST-----\n", client) },
        "a CSR in plain base64": { client, _ in try finalize("MIH+/w==", client) },
        "a CSR on a foreign curve": { client, _ in
            // prime192v1 in the place of prime256v1.
            let (own, foreign): ([UInt8], [UInt8]) = (
                [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1]
            )
            var request = try csr(["a.test"])
            let place = try #require(request.indices.first { request[$0...].starts(with: own) })
            request.replaceSubrange(place..<(place + own.count), with: foreign)
            return try finalize(base64URL(request), client)
        },
        "a CSR that somebody else signed": { client, _ in
            // Another name of the same length, with the old signature.
            var request = try csr(["a.test"])
            let place = try #require(request.indices.first { request[$0...].starts(with: Array("a.test".utf8)) })
            request[place] = UInt8(ascii: "b")
            return try finalize(base64URL(request), client)
        },
        "a CSR for other names": { client, _ in try finalize(base64URL(try csr(["b.test"])), client) },
        "a CSR for the key of an account": { client, _ in
            let key = CertificateKey()
            client.key = key.account
            client.kid = nil
            try client.register()
            return try finalize(base64URL(try csr(["a.test"], key: key.x509)), client)
        },
    ]

    /// What answers that are no refusals look like.
    private static let looks: [String: @Sendable (ReferenceClient, TestServer) throws -> String] = [
        "a request without User-Agent": { client, _ in
            "\(try client.send("GET", origin + "/dir", fields: ["User-Agent": ""]).status)"
        },
        "a request with the field Replay-Nonce": { client, _ in
            "\(try client.read(try #require(client.kid), fields: ["Replay-Nonce": "AAAA"]).status)"
        },
        "an account update that changes nothing": { client, _ in
            "\(try client.post(try #require(client.kid), ["status": "valid"]).status)"
        },
        "a response with keyAuthorization": { client, _ in
            let order = try client.order(["a.test"])
            let challenge = try client.challenge("http-01", of: try #require(order.authorizations.first))
            return "\(try client.post(challenge.url, ["keyAuthorization": "x"]).status)"
        },
        "the detail of a bad nonce": { client, _ in
            let detail = try client.post(try client.endpoint("newOrder"), [:]) { $0.header["nonce"] = "bm8" }.detail
            return detail.components(separatedBy: " and ")[0]
        },
        "Access-Control-Allow-Origin": { client, _ in
            try client.send("GET", origin + "/dir")["Access-Control-Allow-Origin"] == nil ? "for pages" : "for all"
        },
        "OPTIONS without Origin": { client, _ in "\(try client.send("OPTIONS", origin + "/dir").status)" },
        "the layout of JSON": { client, _ in
            let text = try client.send("GET", origin + "/dir").text
            let width = text.dropFirst(2).prefix { $0 == " " }.count
            return "\(width) spaces a level, \(text.hasSuffix("\n") ? "" : "no ")line feed at the end"
        },
        "the key in an account": { client, _ in
            try client.read(try #require(client.kid)).json["key"] == nil ? "no" : "yes"
        },
        "externalAccountRequired that is false": { client, _ in
            let meta = try client.send("GET", origin + "/dir").json["meta"] as? [String: Any]
            return meta?["externalAccountRequired"] == nil ? "no" : "yes"
        },
        "Link \"up\" of a challenge that is read": { client, _ in
            let order = try client.order(["a.test"])
            let url = try client.challenge("http-01", of: try #require(order.authorizations.first)).url
            #expect(try client.respond(to: url).links("up").count == 1)
            return try client.read(url).links("up").isEmpty ? "no" : "yes"
        },
        "Location of an object that is read": { client, _ in
            let order = try client.order(["a.test"])
            let url = try client.challenge("http-01", of: try #require(order.authorizations.first)).url
            let located = try [try #require(client.kid), order.url, url].map { try client.read($0)["Location"] != nil }
            #expect(Set(located).count == 1)
            return located[0] ? "yes" : "no"
        },
        "X-Forwarded-Proto": { client, _ in
            let fields = ["X-Forwarded-Proto": "http"]
            let url = try client.send("GET", origin + "/dir", fields: fields).json["newOrder"] as? String
            return url?.hasPrefix("http:") == true ? "heeded" : "ignored"
        },
        "status in a problem": { client, _ in
            let problem = try client.newOrder([]).json
            return problem["status"] == nil ? "no" : "yes"
        },
        "algorithms in badSignatureAlgorithm": { client, _ in
            let problem = try oddAlgorithm(client)
            #expect(problem.detail.contains("HS256") || problem.detail.contains("unsupported algorithm"))
            return problem.json["algorithms"] == nil ? "no" : "yes"
        },
        "instance in userActionRequired": { client, server in
            let refusal = try newcomer(like: client, at: server).register([:])
            #expect(refusal.links("terms-of-service").count == 1)
            return refusal.json["instance"] == nil ? "no" : "yes"
        },
        "media type of objects": { client, _ in type(of: try client.send("GET", origin + "/dir")) },
        "media type of problems": { client, _ in type(of: try client.send("GET", origin + "/new-order")) },
        "media type of chains": { client, _ in
            type(of: try client.certificate(of: try client.issue(["a.test"])))
        },
        "a certificate asked for in DER": { client, _ in
            let url = try #require(try client.issue(["a.test"]).json["certificate"] as? String)
            return type(of: try client.read(url, fields: ["Accept": "application/pkix-cert"]))
        },
        "Cache-Control of newNonce": { client, _ in
            try client.send("HEAD", try client.endpoint("newNonce")).values("Cache-Control").joined(separator: " and ")
        },
        "fields that pages may read": { client, _ in
            try client.send("GET", origin + "/dir", fields: ["Origin": "https://page.example.test"])
                .values("Access-Control-Expose-Headers").joined(separator: " and ")
        },
        "Location after finalize": { client, _ in
            try client.issue(["a.test"]).values("Location").isEmpty ? "no" : "yes"
        },
        "a body after keyChange": { client, _ in
            let changed = try client.changeKey(to: try AccountKey())
            #expect(changed.status == 200)
            return changed.body.isEmpty ? "no" : "yes"
        },
        "a challenge that was answered": { client, _ in
            let order = try client.order(["a.test"])
            let url = try client.challenge("http-01", of: try #require(order.authorizations.first)).url
            let response = try client.respond(to: url)
            let read = try client.read(url)
            #expect(read.state == response.state)
            return try #require(read.state)
        },
        "Boulder-Requester": { client, _ in
            #expect(try client.send("GET", origin + "/dir").values("Boulder-Requester").isEmpty)
            let kid = try #require(client.kid)
            let named = try client.read(kid).values("Boulder-Requester")
            return named.isEmpty
                ? "no" : named == [kid.split(separator: "/").last.map(String.init)] ? "yes" : "\(named)"
        },
    ]

    private static func newcomer(like client: ReferenceClient, at server: TestServer) throws -> ReferenceClient {
        let newcomer = try server.client()
        newcomer.tolerances = client.tolerances
        return newcomer
    }

    private static func bind(
        _ client: ReferenceClient, _ server: TestServer, misbehave: (inout Message) -> Void
    ) throws -> Response {
        let key = try server.engine.issueExternalAccountKey(
            identifier: nil, macKey: nil, uses: .once, expires: nil, policy: CairnBoundPolicy(), at: server.now)
        return try client.register(boundTo: ExternalAccount(key.identifier, key.macKey), misbehave: misbehave)
    }

    private static func order(_ names: [String], _ client: ReferenceClient, _ server: TestServer) throws -> Response {
        server.engine.policy.blockedNames = ["blocked.test", "*.blocked.test"]
        return try client.newOrder(names.map { ("dns", $0) })
    }

    private static func oddAlgorithm(_ client: ReferenceClient) throws -> Response {
        try client.post(try client.endpoint("newAccount"), [:], as: .key) { $0.header["alg"] = "HS256" }
    }

    private static func finalize(_ csr: String, _ client: ReferenceClient) throws -> Response {
        let order = try client.readyOrder(["a.test"])
        return try client.post(order.finalize, ["csr": csr])
    }

    private static func type(of response: Response) -> String {
        response.values("Content-Type").joined(separator: " and ")
    }
}
