import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Crypto
import Foundation
import HTTPTypes
import Synchronization
import Testing

@Suite("What presets do, seen by a client", .timeLimit(.minutes(5)))
struct PresetEffectTests {
    @Test("Each has the effect that its sentence says", arguments: CairnPreset.all.map(\.name))
    func effect(_ name: String) throws {
        let preset = try #require(CairnPreset.named(name))
        let check = try #require(PresetEffects.all[name], "no test of \(name)")
        try check(PresetBench(preset))
    }

    @Test("Those of rules alone have it for whoever chooses them by the URL, and for nobody else", arguments: chosen)
    func byURL(_ name: String) throws {
        let preset = try #require(CairnPreset.named(name))
        let check = try #require(PresetEffects.all[name])
        let bench = try PresetBench(preset, byURL: true)
        try check(bench)
        #expect(bench.ca.journal.requests.contains { !$0.rules.isEmpty })
        let last = bench.ca.journal.requests.last?.number ?? 0
        _ = try bench.ca.client().obtain(["plain.example.test"], by: "http-01") { _ in }
        #expect(bench.ca.journal.requests.allSatisfy { $0.number <= last || $0.rules.isEmpty })
    }

    private static let chosen = CairnPreset.all.filter(\.settings.isEmpty).map(\.name)

    @Test("There is no effect of what is no preset")
    func complete() { #expect(Set(PresetEffects.all.keys) == Set(CairnPreset.all.map(\.name))) }
}

/// A CA that uses a preset, and what went out to its clients.
final class PresetBench: Sendable {
    let ca: TestCA
    let directory: String
    private let sent = Mutex<[(path: String, delivery: CairnDelivery)]>([])

    /// - Parameter byURL: whether clients choose the preset by their URL, and the CA does not use it.
    init(_ preset: CairnPreset, byURL: Bool = false) throws {
        ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.seed = 11
                $0.validation.standard = .approve
                if !byURL { $0.use(preset) }
            })
        directory = "https://localhost\(byURL ? "/with/\(preset.name)" : "")/dir"
    }

    /// A client that puts up with what can be put up with.
    func client() throws -> ReferenceClient {
        let client = try ReferenceClient(directory: directory) { [self] in respond(to: $0) }
        client.tolerances = Set(ReferenceClient.Tolerance.allCases)
        return client
    }

    /// A client that has an account, bound to an external one if there is a name of one.
    func registered(_ external: String? = nil) throws -> ReferenceClient {
        let client = try client()
        if let external {
            let key = Array(external.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 32 - external.utf8.count)
            try client.register(boundTo: ExternalAccount(external, key))
        } else {
            try client.register()
        }
        return client
    }

    private func respond(to request: CairnRequest) -> CairnDelivery {
        let delivery = ca.respond(to: request)
        sent.withLock { $0.append((request.head.path ?? "", delivery)) }
        return delivery
    }

    /// The last answer to a path that has a word in it.
    func answer(_ word: String) throws -> CairnDelivery {
        try #require(sent.withLock { $0.last { $0.path.contains(word) }?.delivery }, "no answer to \(word)")
    }

    /// What is answered to a request that a strict client may not put up with.
    func answer(_ word: String, _ request: () throws -> Void) throws -> CairnDelivery {
        _ = try? request()
        return try answer(word)
    }

    /// What the directory is answered with.
    func get() -> CairnDelivery {
        let path = String(directory.dropFirst("https://localhost".count))
        return respond(
            to: CairnRequest(
                HTTPRequest(
                    method: .get, scheme: "https", authority: "localhost", path: path,
                    headerFields: [.userAgent: "test"])))
    }

    /// The URL of the order that was made last.
    var orderURL: String { get throws { try #require(try answer("/new-order").head.headerFields[.location]) } }

    /// How long the certificate is valid that was issued last; its end is the last second in which it is.
    var validity: Duration {
        get throws {
            let certificate = try #require(ca.journal.certificates.last)
            return certificate.notAfter - certificate.notBefore + .seconds(1)
        }
    }

    /// The certID of the certificate that was issued last.
    var certID: String { get throws { try #require(ca.journal.certificates.last?.certID) } }
}

extension CairnDelivery {
    fileprivate var status: Int { head.status.code }
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
    fileprivate var json: CairnJSON { (try? CairnJSON(parsing: body)) ?? .null }
    fileprivate var retryAfter: String? { head.headerFields[.retryAfter] }
}

extension ReferenceClient {
    /// An issuance for which everything is approved.
    fileprivate func issue(_ names: String...) throws -> Issuance { try obtain(names, by: "http-01") { _ in } }
}

/// How the effect of each preset shows.
enum PresetEffects {
    typealias Check = @Sendable (PresetBench) throws -> Void

    static let all: [String: Check] = authorities.merging(incidents) { first, _ in first }

    private static let authorities: [String: Check] = [
        "letsEncrypt": letsEncrypt(validity: .days(90), reuse: .days(30)),
        "letsEncrypt2027": letsEncrypt(validity: .days(64), reuse: .days(10)),
        "letsEncrypt2028": letsEncrypt(validity: .days(45), reuse: .hours(7)),
        "secondValidation": { bench in
            let second = try secondAnswer(bench)
            #expect(second.status == 409 && second.json["type"] == "urn:ietf:params:acme:error:conflict")
        },
        "dogtag": { bench in
            let second = try secondAnswer(bench)
            #expect(second.status == 500 && second.text.contains("<h1>HTTP Status 500"))
        },
        "lateAlternate": { bench in
            let statuses = try alternates(bench).map(\.status)
            #expect(statuses == [202, 202, 200])
        },
        "missingAlternate": { bench in
            let answers = try alternates(bench)
            #expect(answers.allSatisfy { $0.status == 202 && $0.retryAfter == "1" && $0.body.isEmpty })
        },
        "zeroSSL": { bench in
            let refusal = try bench.answer("/new-account") { _ = try bench.registered() }
            #expect(refusal.json["type"] == "urn:ietf:params:acme:error:externalAccountRequired")
            let client = try bench.registered("zerossl")
            let order = try client.order(["www.example.test"])
            let pending = try bench.answer("/authorization") { try client.read(order.authorizations[0]) }
            #expect(pending.retryAfter == "86400")
            #expect(pending.json["challenges"]?.array?.first?["error"] == [:])
        },
        "zeroSSLBusy": { bench in
            let client = try bench.registered()
            let account = try #require(client.kid)
            let path = account.dropFirst("https://localhost".count)
            let statuses = try (2...11).map { _ in try bench.answer(String(path)) { try client.read(account) }.status }
            #expect(statuses == [200, 200, 200, 200, 200, 200, 200, 200, 429, 200])
        },
        "google": { bench in
            #expect(bench.get().head.headerFields[.replayNonce] != nil)
            _ = try bench.registered("google")
            let second = try bench.answer("/new-account") { _ = try bench.registered("google") }
            #expect(second.status == 403)
            #expect(bench.ca.configuration.authority.profiles[0].csrContent == .google)
        },
        "digiCert": { bench in
            let client = try bench.registered("digicert")
            let order = try client.order(["www.example.test"])
            #expect(order.response.state == "ready")
            #expect(try client.read(order.authorizations[0]).json["challenges"] as? [String] == [])
            let request = try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: "DNS:www.example.test")
            #expect(try client.finalize(order, csr: request.derEncoded).state == "ready")
            #expect(try client.poll(order.url, until: ["valid"]).state == "valid")
        },
        "buypass": { bench in
            let client = try bench.registered()
            #expect(try bench.answer("/new-account").body.isEmpty)
            let issuance = try client.issue("www.example.test")
            #expect(issuance.pem.utf8.contains(UInt8(ascii: "\r")))
            let info = try client.send("GET", try client.endpoint("renewalInfo") + "/" + bench.certID)
            #expect(info.status == 200 && info["Retry-After"] == nil)
            #expect(!bench.get().body.contains(UInt8(ascii: "\n")))
        },
        "harica": { bench in
            let client = try bench.registered("harica")
            _ = try client.issue("www.example.test")
            #expect(client.directory["renewalInfo"] == nil)
            let refusal = try bench.answer("/new-order") {
                _ = try client.order(["www.example.test"], ["replaces": bench.certID])
            }
            #expect(refusal.status == 404 && refusal.json["detail"] == "ARI Feature not enabled")
        },
        "entrust": { bench in
            let client = try bench.registered("entrust")
            _ = try client.issue("www.example.test")
            let names = try bench.answer(bench.orderURL.path).json.object?.names ?? []
            #expect(names.contains("identififiers") && !names.contains("finalize") && !names.contains("identifiers"))
        },
        "goDaddy": { bench in
            _ = try bench.registered().issue("www.example.test")
            let type = try bench.answer("/certificate").head.headerFields[.contentType]
            #expect(type == "application/pem-certificate-chain; charset=UTF-8")
        },
        "nexus": { bench in
            let client = try bench.registered()
            let order = try client.order(["www.example.test"])
            #expect((order.response.json["expires"] as? String)?.contains(".") == true)
            let pending = try bench.answer("/authorization") { try client.read(order.authorizations[0]) }
            #expect(pending.json["challenges"]?.array?.allSatisfy { $0["status"] == nil } == true)
        },
        "stepCA": { bench in
            let client = try bench.registered()
            _ = try client.issue("www.example.test")
            #expect(try bench.validity == .days(1))
            let refusal = try bench.answer("/new-order") { _ = try client.order(["-"]) }
            #expect(refusal.status == 400 && refusal.json["status"] == nil)
        },
        "vault": { bench in
            let client = try bench.registered()
            let refusal = try bench.answer("/new-order") { _ = try client.order(["-"]) }
            #expect(refusal.status == 400 && refusal.json["status"] == nil)
            #expect(bench.ca.configuration.personality == .vault)
        },
        "pebble": { bench in
            let client = try bench.client()
            while (try client.register().status) >= 400 {}
            let account = try #require(client.kid)
            let problems = try (0..<200).map { _ in try client.read(account).problem }
            #expect((2...25).contains(problems.count { $0 == "badNonce" }))
            #expect(bench.get().head.headerFields[.contentType] == "application/json; charset=utf-8")
        },
    ]

    private static let incidents: [String: Check] = [
        "directoryDown": { bench in
            #expect(bench.get().status == 502 && bench.get().text.hasPrefix("<"))
            bench.ca.clock.advance(by: .hours(4))
            #expect(bench.get().status == 200)
        },
        "directoryMember": { bench in
            let names = try #require(bench.get().json.object?.names)
            let place = try #require(names.firstIndex(of: "hJ2bWv1yJ8I"))
            #expect(place < names.count - 1)
        },
        "crlfChain": { bench in
            let pem = try bench.registered().issue("www.example.test").pem
            #expect(pem.utf8.count { $0 == 13 } == pem.utf8.count { $0 == 10 })
        },
        "readyOrder": { bench in
            _ = try bench.registered().issue("www.example.test")
            #expect(try bench.answer("/finalize").json["status"] == "ready")
        },
        "lowerCaseFields": { bench in
            let names = bench.get().head.headerFields.map(\.name.rawName)
            #expect(!names.isEmpty && names.allSatisfy { $0 == $0.lowercased() })
        },
        "purgedOrders": { bench in
            let client = try bench.registered()
            _ = try client.issue("www.example.test")
            #expect(try client.read(try bench.orderURL).status == 404)
        },
        "newNonce204": { bench in
            let client = try bench.client()
            #expect(try client.send("HEAD", try client.endpoint("newNonce")).status == 204)
        },
        "prefixChain": { bench in
            let client = try bench.registered()
            let whole = try client.issue("www.example.test").pem
            let certificate = try bench.answer("/certificate")
            let link = try #require(certificate.head.headerFields[values: .link].first { $0.contains("alternate") })
            let url = String(link.dropFirst().prefix { $0 != ">" })
            let short = try client.read(url).text
            #expect(whole.hasPrefix(short) && short.utf8.count < whole.utf8.count)
        },
        "revocationByKey": { bench in
            let client = try bench.registered()
            let key = P256.Signing.PrivateKey()
            let issuance = try client.obtain(
                ["www.example.test"], by: "http-01", with: OpenSSLKey(privateKeyPEM: key.pemRepresentation)
            ) { _ in }
            let payload: [String: Any] = ["certificate": base64URL(try issuance.leaf.derEncoded), "reason": 4]
            _ = try client.post(try client.endpoint("revokeCert"), payload, as: .key, signedBy: AccountKey(key))
            #expect(bench.ca.revocations.map(\.reason) == [.keyCompromise])
        },
        "deactivationFails": { bench in
            let client = try bench.registered()
            for _ in 0..<5 {
                let order = try client.order(["www.example.test"])
                try client.post(order.authorizations[0], ["status": "deactivated"])
            }
            let refusal = try bench.answer("/new-order") { _ = try client.order(["www.example.test"]) }
            #expect(refusal.status == 429)
        },
        "serviceBusy": { bench in
            let client = try bench.registered()
            let busy = try bench.answer("/new-order") { _ = try client.order(["www.example.test"]) }
            #expect(busy.status == 503 && busy.retryAfter == "2" && busy.json["status"] == nil)
            #expect(busy.json["type"] == "urn:ietf:params:acme:error:rateLimited")
            #expect(try client.order(["www.example.test"]).response.status == 201)
        },
        "replacesConflict": { bench in
            let client = try bench.registered()
            _ = try client.issue("www.example.test")
            _ = try client.order(["www.example.test"], ["replaces": bench.certID])
            let refusal = try bench.answer("/new-order") {
                _ = try client.order(["www.example.test"], ["replaces": bench.certID])
            }
            #expect(refusal.status == 409 && refusal.json["type"] == "urn:ietf:params:acme:error:conflict")
        },
        "replacesForgotten": { bench in
            let client = try bench.registered()
            _ = try client.issue("www.example.test")
            let order = try client.order(["www.example.test"], ["replaces": bench.certID])
            #expect(order.response.json["replaces"] != nil)
            #expect(try client.read(order.url).json["replaces"] == nil)
        },
        "dnsPersist01": { bench in
            let client = try bench.registered()
            let order = try client.order(["www.example.test"])
            let challenges = try client.read(order.authorizations[0]).json["challenges"] as? [[String: Any]]
            #expect(challenges?.first?["type"] as? String == "dns-persist-01")
            #expect(challenges?.count == 4)
        },
        "massRevocation": { bench in
            let client = try bench.registered()
            _ = try client.issue("www.example.test")
            let info = try client.send("GET", try client.endpoint("renewalInfo") + "/" + bench.certID).json
            let end = (info["suggestedWindow"] as? [String: String])?["end"].flatMap { CairnInstant(rfc3339: $0) }
            #expect(try #require(end) < bench.ca.clock.now)
            #expect(info["explanationURL"] != nil)
        },
        "chaos": { bench in
            // By chance, so of many answers some are one way and some the other.
            let directories = (0..<60).map { _ in bench.get() }
            let members = directories.count { $0.json["x-member"] != nil }
            #expect((10...50).contains(members))
            #expect((10...50).contains(directories.count { $0.head.headerFields[.replayNonce] != nil }))
            #expect(directories.allSatisfy { $0.status == 200 && $0.json["newOrder"] != nil })
        },
    ]

    private static func letsEncrypt(validity: Duration, reuse: Duration) -> Check {
        { bench in
            let client = try bench.registered()
            _ = try client.issue("www.example.test")
            #expect(try bench.validity == validity)
            let meta = try #require(client.directory["meta"] as? [String: Any])
            #expect((meta["profiles"] as? [String: String])?.keys.sorted() == ["classic", "shortlived", "tlsserver"])
            #expect(client.directory.values.contains { ($0 as? String)?.contains("community.letsencrypt.org") == true })
            func isReused(_ other: String) throws -> Bool {
                try client.order(["www.example.test", other]).authorizations.contains {
                    try client.read($0).state == "valid"
                }
            }
            bench.ca.clock.advance(by: reuse - .seconds(60))
            #expect(try isReused("a.example.test"))
            bench.ca.clock.advance(by: .seconds(60))
            #expect(try !isReused("b.example.test"))
            let short = try client.order(["short.example.test"], ["profile": "tlsserver"])
            let now = bench.ca.clock.now
            let pending = try client.read(short.authorizations[0]).json["expires"] as? String
            #expect(pending == (now + .hours(1)).rfc3339)
            #expect(short.response.json["expires"] as? String == (now + .hours(8)).rfc3339)
            try client.respond(to: client.challenge("http-01", of: short.authorizations[0]).url)
            let valid = try client.read(short.authorizations[0]).json["expires"] as? String
            #expect(valid == (now + .hours(7)).rfc3339)
            let many = (1...26).map { "\($0).example.test" }
            let refusal = try bench.answer("/new-order") { _ = try client.order(many, ["profile": "tlsserver"]) }
            #expect(refusal.status == 400)
            #expect(try client.order(["192.0.2.1"], ["profile": "shortlived"]).response.status == 201)
        }
    }

    /// What a second answer to a challenge is answered with.
    private static func secondAnswer(_ bench: PresetBench) throws -> CairnDelivery {
        let client = try bench.registered()
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0])
        #expect(try client.respond(to: challenge.url).status == 200)
        return try bench.answer(challenge.url.path) { try client.respond(to: challenge.url) }
    }

    /// What three reads of the alternate chain are answered with.
    private static func alternates(_ bench: PresetBench) throws -> [CairnDelivery] {
        let client = try bench.registered()
        _ = try client.issue("www.example.test")
        let link = try #require(
            try bench.answer("/certificate").head.headerFields[values: .link].first { $0.contains("alternate") })
        let url = String(link.dropFirst().prefix { $0 != ">" })
        return try (0..<3).map { _ in try bench.answer(url.path) { try client.read(url) } }
    }
}

extension String {
    /// The path of a URL of the CA.
    fileprivate var path: String { String(dropFirst("https://localhost".count)) }
}
