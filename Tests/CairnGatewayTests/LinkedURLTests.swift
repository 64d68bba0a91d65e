import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("Every URL that is handed out", .timeLimit(.minutes(5)))
struct LinkedURLTests {
    /// How whoever gets a URL uses it.
    private enum Use: String {
        /// A person or a relying party.
        case get = "GET"
        /// A client of RFC 8555, and of the draft by GET.
        case read = "POST-as-GET"
        /// A client that sends something.
        case post = "POST"
    }

    /// What a URL is for, by the member or the relation under which it came; `nil` for what is no URL to go to.
    private static func use(_ name: String) -> Use? {
        switch name {
        case "newNonce", "new-nonce", "termsOfService", "terms-of-service", "website", "href", "instance", "help",
            "urn:ietf:params:acme:documentation", "renewalInfo":
            .get
        case "index", "up", "next", "alternate", "Location", "Content-Location", "orders", "authorizations", "url",
            "certificate", "scope":
            .read
        case "newAccount", "newOrder", "newAuthz", "revokeCert", "keyChange", "finalize", "new-account", "new-order",
            "new-authz", "revoke-cert", "key-change":
            .post
        default: nil
        }
    }

    /// The URLs of an answer, by the names under which they came.
    private static func urls(in response: Response) -> [(name: String, url: String)] {
        var found: [(String, String)] = []
        func walk(_ name: String, _ value: Any) {
            switch value {
            case let text as String where text.hasPrefix("https://ca.example.test"): found.append((name, text))
            case let list as [Any]: for element in list { walk(name, element) }
            case let object as [String: Any]: for (name, value) in object { walk(name, value) }
            default: break
            }
        }
        walk("", response.json)
        for name in ["Location", "Content-Location"] { for value in response.values(name) { walk(name, value) } }
        for link in response.values("Link") {
            let parts = link.split(separator: ";")
            guard let relation = parts.first(where: { $0.hasPrefix("rel=") }) else { continue }
            walk(String(relation.dropFirst(5).dropLast()), String(parts[0].dropFirst().dropLast()))
        }
        return found
    }

    /// Uses every URL that answers have, and those in the answers that come, until there is no new one.
    private func follow(
        _ answers: [Response], read: (String) throws -> [Response], get: (String) throws -> Response,
        post: (String) throws -> Response
    ) throws -> Set<String> {
        var (seen, names): (Set<String>, Set<String>) = ([], [])
        var waiting = answers.flatMap(Self.urls)
        while let (name, url) = waiting.popLast() {
            guard let use = Self.use(name) else {
                Issue.record("nobody knows what \(url) is for, which came as \"\(name)\"")
                continue
            }
            guard seen.insert("\(use) \(url)").inserted else { continue }
            names.insert(name)
            let responses =
                switch use {
                case .get: [try get(name == "renewalInfo" ? url + "/AQ.AQ" : url)]
                case .read: try read(url)
                case .post: [try post(url)]
                }
            for response in responses {
                #expect(
                    use == .post || name == "renewalInfo" || response.status < 300, "\(use) \(url): \(response.text)")
                if use == .post {
                    #expect(![404, 405, 415].contains(response.status), "\(url): \(response.text)")
                } else if name == "renewalInfo" {
                    #expect(response.detail.contains("did not issue"), "\(url): \(response.text)")
                }
                waiting += Self.urls(in: response)
            }
        }
        return names
    }

    @Test("It is readable in the way that its reader will use (RFC 8555 §6.3, §7.1)")
    func readable() throws {
        var policy = CairnPolicy()
        policy.ordersPerPage = 1
        policy.challengeTypes.append(.oob01)
        policy.rateLimits.newOrdersPerAccount = CairnRateLimit(4, per: .hours(1))
        let server = try TestServer(
            policy: policy, authority: CairnAuthorityConfiguration(chains: [.root(0), .root(1)], chainLength: 2))
        let client = try server.client()
        var answers = [try client.register()]
        let issued = try client.issue(["www.example.test"])
        let info = try #require(server.engine.journal.certificates.last?.certID)
        answers += [
            issued, try client.send("GET", "https://ca.example.test/renewal-info/\(info)"),
            try client.order(["a.example.test"]).response, try client.order(["b.example.test"]).response,
        ]
        _ = try client.order(["c.example.test"])
        let limited = try client.post(
            "https://ca.example.test/new-order", ["identifiers": [["type": "dns", "value": "d.test"]]])
        expectRefusal(limited, 429, "rateLimited")
        answers.append(limited)
        server.engine.policy.termsOfService?.version = "2"
        server.engine.policy.rateLimits = CairnRateLimits()
        let unagreed = try client.post(
            "https://ca.example.test/new-order", ["identifiers": [["type": "dns", "value": "d.test"]]])
        expectRefusal(unagreed, 403, "userActionRequired")
        answers += [unagreed, try client.send("GET", "https://ca.example.test/dir")]

        let names = try follow(answers) { url in
            // The formats of a certificate link to different things.
            guard url.contains("/certificate/") else { return [try client.read(url)] }
            return [try client.read(url), try client.read(url, fields: ["Accept": "application/pkix-cert"])]
        } get: { url in
            try client.send("GET", url)
        } post: { url in
            try client.post(url, [:], as: url.hasSuffix("/new-account") ? .key : .account)
        }
        let expected: Set = [
            "index", "up", "next", "alternate", "orders", "authorizations", "url", "certificate", "finalize",
            "newNonce",
            "newOrder", "renewalInfo", "termsOfService", "help", "instance", "href", "Location",
        ]
        #expect(expected.isSubset(of: names), "\(expected.subtracting(names))")
    }

    @Test("In the draft, too, by GET (\"Resources\")")
    func draft() throws {
        let server = try TestServer { $0.policy.challengeTypes.append(.oob01) }
        let client = try server.draftRegistered()
        let issued = try client.issue(["www.example.test"])
        let answers = [
            issued, try client.send("GET", client.directoryURL), try client.post(try #require(client.kid), [:]),
        ]
        let names = try follow(answers) { url in
            // What is the same in both, such as an issuer, links to the directory of RFC 8555, where other clients start.
            // An account is read by an update that changes nothing ("Account Update").
            if url == "https://ca.example.test/dir" { return [] }
            return [url == client.kid ? try client.post(url, [:]) : try client.send("GET", url)]
        } get: { url in
            try client.send("GET", url)
        } post: { url in
            try client.post(url, [:])
        }
        #expect(
            names.isSuperset(of: [
                "certificate", "authorizations", "url", "href", "up", "new-order", "terms-of-service",
            ]))
    }

    @Test(
        "An issuer is for relying parties by GET, and for clients that follow \"up\" by POST-as-GET (RFC 8555 §7.4.2)")
    func issuers() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.issue(["www.example.test"])
        let leaf = try client.read(
            try #require(order.json["certificate"] as? String), fields: ["Accept": "application/pkix-cert"])
        let url = try #require(leaf.links("up").first)
        let (got, read) = (try client.send("GET", url), try client.read(url))
        #expect(read.status == 200)
        #expect(read.body == got.body)
        #expect(read.links("up") == got.links("up"))
        #expect(read["Replay-Nonce"] != nil)
        #expect(got["Replay-Nonce"] == nil)
        expectRefusal(try client.post(url, [:]), 400, "malformed", "POST-as-GET")
    }
}
