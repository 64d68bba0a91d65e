import Cairn
import CairnManagement
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Foundation
import HTTPTypes
import Testing

@Suite("The routes of /cairn/v1", .timeLimit(.minutes(5)))
struct RouteTests {
    @Test("The OpenAPI document has exactly the routes of the index, and what OpenAPI 3.1 requires")
    func openAPI() throws {
        let managed = try Managed()
        let document = try #require(try managed.api(.get, "/openapi.json"))
        #expect(document["openapi"] == "3.1.0")
        #expect(document["info"]?["title"]?.string?.isEmpty == false)
        #expect(document["info"]?["version"]?.string?.isEmpty == false)
        #expect(document["servers"]?.array == [["url": "/cairn/v1"]])
        var described: [String] = []
        var identifiers: Set<String> = []
        for path in try #require(document["paths"]?.object).members {
            #expect(path.name.hasPrefix("/"))
            for operation in try #require(path.value.object).members {
                let route = "\(operation.name.uppercased()) \(path.name == "/" ? "" : path.name)"
                described.append(route)
                #expect(operation.value["summary"]?.string?.isEmpty == false, "\(route)")
                #expect(identifiers.insert(try #require(operation.value["operationId"]?.string)).inserted, "\(route)")
                let parameters = operation.value["parameters"]?.array ?? []
                let names = path.name.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                    String($0.dropFirst().dropLast())
                }
                #expect(parameters.filter { $0["in"] == "path" }.map { $0["name"]?.string } == names, "\(route)")
                for parameter in parameters {
                    #expect(parameter["schema"]?.object != nil, "\(route)")
                    #expect(parameter["in"] != "path" || parameter["required"] == true, "\(route)")
                }
                let responses = try #require(operation.value["responses"]?.object)
                #expect(responses.names.count == 2 && responses.names.last == "default", "\(route)")
                for response in responses.members where response.name != "default" {
                    #expect(response.value["description"]?.string?.isEmpty == false, "\(route)")
                    #expect((response.name == "204") == (response.value["content"] == nil), "\(route)")
                }
            }
        }
        #expect(described.sorted() == (try managed.routes()).sorted())
        #expect(Set(described).count == described.count)
        let known = try #require(document["components"]?["schemas"]?.object).names
        for reference in document.text().components(separatedBy: "#/components/schemas/").dropFirst() {
            #expect(known.contains(String(reference.prefix { $0 != "\"" })))
        }
    }

    @Test("What is read is what the OpenAPI document says")
    func schemas() throws {
        var configuration = TestCA.Configuration()
        configuration.probes.perspectives = ["eu"]
        configuration.clock = .standing(at: "2030-01-01T00:00:00Z")
        let managed = try Managed(configuration)
        let ca = managed.ca
        let client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
        _ = try client.obtain(["www.example.test"], by: "http-01") { proof in
            try managed.api(
                .put, "/responder/http-01/\(proof.token)", #"{"keyAuthorization": "\#(proof.keyAuthorization)"}"#)
        }
        let account = try #require(ca.accounts.first?.id)
        try managed.api(.put, "/dns/records/a.test", #"["A 127.0.0.1", "TXT \"x\""]"#)
        try managed.api(.put, "/dns/failures/*.a.test?type=TXT", #"{"code": "SERVFAIL"}"#)
        try managed.api(
            .post, "/dns/scripts",
            #"{"name": "d", "when": {"type": "TXT"}, "each": "name", "do": [{"delay": 0.5, "times": 2}, {"hide": {}}]}"#
        )
        try managed.api(.put, "/validation/decisions/a.test", #"{"deny": {"detail": "not today"}}"#)
        try managed.api(.put, "/validation/decisions/*.a.test?perspective=eu", #""approve""#)
        try managed.api(.post, "/externalAccountKeys", #"{"identifier": "kid"}"#)
        try managed.api(.post, "/grants", #"{"account": "\#(account)", "scope": {"domain": "a.test"}}"#)
        try managed.api(.post, "/accounts/\(account)/pauses", #"{"identifiers": ["b.test", "192.0.2.1"]}"#)
        try managed.api(.post, "/rules", #"{"name": "r", "at": "newOrder", "do": {"problem": "rateLimited"}}"#)
        try managed.api(.post, "/rules", #"{"name": "gate", "at": "directory", "do": {"hold": {}}}"#)
        ca.respond(to: try #require(CairnRequest("GET", ca.directoryURL))).whenReleased { _ in }
        try managed.api(.put, "/rulesets/busy", #"[{"at": "newOrder", "do": {"problem": "rateLimited"}}]"#)
        let values = [
            "/settings/{path}": "policy.keys", "/orders/{id}": "\(ca.orders[0].id)",
            "/authorizations/{id}": "\(ca.authorizations[0].id)", "/accounts/{id}": "\(account)",
            "/accounts/{id}/pauses": "\(account)", "/certificates/{serialNumber}": "\(ca.certificates[0].id)",
            "/externalAccountKeys/{identifier}": "kid", "/dns/records/{name}": "a.test",
            "/dns/scripts/{name}": "d", "/validation/decisions/{name}": "a.test", "/rules/{name}": "r",
            "/rules/stories/{story}": "s", "/presets/{name}": "crlfChain", "/crls/{issuer}": "0",
        ]
        let document = try #require(try managed.api(.get, "/openapi.json"))
        let check = SchemaCheck(document: document)
        var read = 0
        for path in try #require(document["paths"]?.object).members {
            guard let operation = path.value["get"] else { continue }
            let value = path.name.contains("{") ? try #require(values[path.name], "\(path.name)") : ""
            let pattern = path.name.split(separator: "/").first { $0.hasPrefix("{") } ?? "-"
            let concrete = path.name.replacingOccurrences(of: String(pattern), with: value)
            let answer = try #require(try managed.api(.get, concrete == "/" ? "" : concrete), "\(concrete)")
            let schema = try #require(operation["responses"]?["200"]?["content"]?["application/json"]?["schema"])
            #expect(check.objections(to: answer, by: schema) == [], "\(concrete)")
            read += 1
        }
        #expect(read > 20)
    }

    @Test("HEAD is answered wherever GET is, and other methods with those that there are (RFC 9110 §9.3.2, §15.5.6)")
    func methods() throws {
        let managed = try Managed()
        for route in try managed.routes() where !route.contains("{") {
            let parts = route.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            let path = "/cairn/v1\(parts[1])"
            let head = managed.send(.head, path).head.status.code
            if parts[0] == "GET" { #expect(head == 200, "\(path)") }
            let other = managed.send(.patch, path)
            #expect(other.head.status.code == 405)
            let allow = try #require(other.head.headerFields[.allow]).components(separatedBy: ", ")
            #expect(allow.contains(String(parts[0])))
            #expect(allow.contains("HEAD") == (head == 200))
        }
        #expect(
            managed.send(.patch, "/cairn/v1/dns/records/a.test").head.headerFields[.allow]
                == "GET, PUT, POST, DELETE, HEAD")
    }

    @Test("Where there is nothing, the answer says what there is, and what was meant")
    func nothing() throws {
        let managed = try Managed()
        #expect(
            try managed.apiRefusal(.get, "/clok").detail.hasSuffix(#"; did you mean "clock"?"#))
        #expect(
            try managed.apiRefusal(.post, "/clock/advanse").detail
                == #"404 there is nothing at "/cairn/v1/clock/advanse"; below /cairn/v1/clock there is advance, set, stop, run; did you mean "advance"?"#
        )
        #expect(try managed.apiRefusal(.get, "/orders/x").detail == #"404 there is no order "x""#)
        #expect(try managed.apiRefusal(.get, "/clock/set/y").detail.hasSuffix("nothing is below /cairn/v1/clock/set"))
        #expect(
            try managed.apiRefusal(.get, "/journal?afer=1").detail
                == #"400 "afer" is no parameter of the query; did you mean "after"?"#)
        #expect(try managed.refusal(.get, "/cairn/v10").contains("\"/\" lists what there is"))
    }

    @Test("A body is bounded, and has to be JSON")
    func bodies() throws {
        let managed = try Managed()
        let long = "\"" + String(repeating: "x", count: 1 << 20) + "\""
        #expect(try managed.apiRefusal(.put, "/validation/standard", long).detail.hasPrefix("413 "))
        #expect(try managed.apiRefusal(.put, "/validation/standard", "{").detail.hasPrefix("400 the body is not JSON"))
        #expect(
            try managed.apiRefusal(.post, "/clock/advance", "[]").detail
                == "400 expected an object with \"by\", got an empty array")
    }

    @Test(
        "A page of another origin can change nothing, and a foreign Host is not answered (RFC 6454 §7, RFC 9110 §7.4)")
    func pages() throws {
        let managed = try Managed()
        func status(_ method: HTTPRequest.Method, _ path: String, host: String, origin: String?) -> Int {
            var fields = HTTPFields()
            fields[.origin] = origin
            let head = HTTPRequest(
                method: method, scheme: "https", authority: host, path: "/cairn/v1\(path)", headerFields: fields)
            return managed.management.respond(to: CairnRequest(head, body: Array("{}".utf8))).head.status.code
        }
        for route in try managed.routes() {
            let parts = route.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            let method = try #require(HTTPRequest.Method(String(parts[0])))
            let path = String(parts[1])
            #expect(status(method, path, host: "evil.example.com", origin: nil) == 421, "\(route)")
            if method != .get {
                let page = status(method, path, host: "localhost:15000", origin: "https://evil.example.com")
                #expect(page == 403, "\(route)")
            }
        }
    }

    @Test("It is served beside the CA, over a socket")
    func wire() async throws {
        try await withTestCA { ca in
            let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0)
            let roots = ca.trustRoots.map(\.pem).joined()
            try await onOwnThread {
                let http = WireHTTP(at: "\(endpoint)", demands: Wire.Demands(roots: roots))
                let put = try http.exchange(
                    "PUT", "/cairn/v1/dns/records/a.test", authority: "localhost", body: Array(#"["TXT x"]"#.utf8))
                #expect(put.status == 204)
                let head = try http.exchange("HEAD", "/cairn/v1/clock", authority: "localhost")
                #expect(head.status == 200 && head.body.isEmpty)
                let long = Array(repeating: UInt8(ascii: " "), count: 1 << 20 + 1)
                let refused = try http.exchange(
                    "PUT", "/cairn/v1/validation/standard", authority: "localhost", body: long)
                #expect(refused.status == 413)
                // Neither a page of another origin nor one whose own name leads here changes anything.
                for (host, origin, status) in [
                    ("localhost", "https://evil.example.com", 403),
                    ("evil.example.com", "https://evil.example.com", 421),
                ] {
                    let page = try http.exchange(
                        "PUT", "/cairn/v1/dns/records/a.test", authority: host, fields: [("Origin", origin)],
                        body: Array(#"["TXT evil"]"#.utf8))
                    #expect(page.status == status)
                }
            }
            #expect(ca.dns["a.test"] == [.txt("x")])
        }
    }

    @Test("The article on the doors has every route of the index, and no other")
    func page() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../../Sources/Cairn/Cairn.docc/Doors.md")
        let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| ") }
            .dropFirst().map { $0.dropFirst(2).dropLast(2).components(separatedBy: " | ") }
        try #require(rows.allSatisfy { $0.count == 4 && $0.allSatisfy { !$0.isEmpty } }, "what, and three doors")
        let listed = rows.flatMap { row in
            row[2].components(separatedBy: ", ").map { String($0.dropFirst().dropLast()) }
        }
        let routes = try Managed().routes().map { $0.hasSuffix(" ") ? $0 + "/" : $0 }
        #expect(listed.sorted() == routes.sorted())
        // The words of each row for `cairn ctl` are those of its routes.
        let index = try #require(try Managed().api(.get, "")?["routes"]?.array)
        for row in rows {
            var words: [String] = []
            for route in row[2].components(separatedBy: ", ").map({ String($0.dropFirst().dropLast()) }) {
                let entry = index.first { entry in
                    let path = entry["path"]?.string?.dropFirst("/cairn/v1".count) ?? ""
                    return "\(entry["method"]?.string ?? "") \(path.isEmpty ? "/" : path)" == route
                }
                let command = try #require(entry?["command"]?.string).dropFirst("cairn ctl ".count)
                if !words.contains("`\(command)`") { words.append("`\(command)`") }
            }
            #expect(row[3] == words.joined(separator: ", "))
        }
    }

    @Test("The commands of cairn ctl differ by their words, or by how many follow")
    func commands() {
        let all = ManagementCommand.all
        for (index, command) in all.enumerated() {
            for other in all[..<index] where other.words == command.words {
                let (one, two) = (command.arguments.count, other.arguments.count)
                let (first, second) = (command.bodyWords, other.bodyWords)
                #expect(
                    one + first.lowerBound > two + second.upperBound
                        || two + second.lowerBound > one + first.upperBound,
                    "\(command.words)")
            }
            #expect(command.words.allSatisfy { $0.allSatisfy { $0 == "-" || $0.isNumber || ("a"..."z").contains($0) } })
        }
    }
}
