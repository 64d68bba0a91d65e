import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Crypto
import Foundation
import Testing

/// Rules are those of draft-ietf-acme-dns-persist-01, unless another version is named.
@Suite("dns-persist-01", .timeLimit(.minutes(5)))
struct DNSPersist01Tests {
    static func ca(
        _ form: CairnPersistForm = .draft01, _ change: (inout TestCA.Configuration) -> Void = { _ in }
    ) throws -> TestCA {
        try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: "2026-11-22T08:00:00Z")
                $0.policy.challengeTypes = [.http01, .dnsPersist01]
                $0.policy.persist.form = form
                change(&$0)
            })
    }

    static func registered(_ ca: TestCA) throws -> ReferenceClient {
        let client = try ca.client()
        try client.register()
        return client
    }

    /// A hashed URI, made from the draft alone (draft 02 §4.1).
    static func hashed(_ domain: String, _ thumbprint: String, _ account: String) -> String {
        "sha-256/"
            + base64URL(
                SHA256.hash(
                    data: Data([UInt8(domain.utf8.count)]) + Data(domain.utf8) + Data(thumbprint.utf8)
                        + Data(account.utf8)))
    }

    /// The challenge of the first authorization of an order.
    static func challenge(_ client: ReferenceClient, _ order: ReferenceClient.Placed) throws -> [String: Any] {
        let authorization = try #require(order.authorizations.first)
        let challenges = try client.read(authorization).json["challenges"] as? [[String: Any]] ?? []
        return try #require(challenges.first { $0["type"] as? String == "dns-persist-01" })
    }

    /// Has a new order of a client validated, and returns the status of its authorization and the error.
    static func validate(_ client: ReferenceClient, _ name: String) throws -> (status: String, error: String) {
        let order = try client.order([name])
        let url = try challenge(client, order)["url"] as? String ?? ""
        try client.respond(to: url)
        let error = try client.read(url).json["error"] as? [String: Any]
        return (
            try client.read(order.authorizations[0]).state ?? "", "\(error?["type"] ?? "") \(error?["detail"] ?? "")"
        )
    }

    // MARK: The challenge

    @Test("The challenge has no token, but who may be named, as its version of the draft says (§3.1)")
    func members() throws {
        func shown(_ form: CairnPersistForm, _ prefix: String? = nil) throws -> (
            challenge: [String: Any], account: String
        ) {
            let ca = try Self.ca(form) { $0.policy.persist.accountURIPrefix = prefix }
            let client = try Self.registered(ca)
            var challenge = try Self.challenge(client, try client.order(["www.example.test"]))
            for name in ["type", "url", "status"] { challenge[name] = nil }
            return (challenge, try #require(client.kid))
        }
        let first = try shown(.draft00).challenge
        #expect(first.count == 1 && first["issuer-domain-names"] as? [String] == ["cairn.test"])
        let second = try shown(.draft01)
        #expect(second.challenge.count == 2 && second.challenge["accounturi"] as? String == second.account)
        #expect(second.challenge["issuer-domain-names"] as? [String] == ["cairn.test"])
        let other = try shown(.draft01, "https://subscribers.example/")
        let id = try #require(other.account.split(separator: "/").last)
        #expect(other.challenge["accounturi"] as? String == "https://subscribers.example/\(id)")
        let third = try shown(.draft02).challenge
        #expect(third.count == 1 && third["issuerDomainNames"] as? [String] == ["cairn.test"])
    }

    @Test("The names follow from the CA's names in CAA records, or are its own (§3.1)")
    func names() throws {
        let ca = try Self.ca { $0.policy.caa?.identities = ["One.Example", "two.example"] }
        let client = try Self.registered(ca)
        func names(_ name: String) throws -> [String]? {
            try Self.challenge(client, try client.order([name]))["issuer-domain-names"] as? [String]
        }
        #expect(try names("a.test") == ["one.example", "two.example"])
        try ca.set("policy.persist.issuerDomainNames", to: ["Three.example"])
        #expect(try names("b.test") == ["three.example"])
        ca.policy.persist.issuerDomainNames = nil
        ca.policy.caa = nil
        #expect(try names("c.test") == ["cairn.test"])
        ca.policy.persist.issuerDomainNames = (0..<11).map { "\($0).example" }
        #expect(ca.journal.refusedSettings.map(\.path) == ["policy.persist.issuerDomainNames"])
        #expect(ca.policy.persist.issuerDomainNames == nil)
    }

    @Test("It is not offered unless the policy lists it; wildcards can be proved by it, addresses cannot (§8.1)")
    func offers() throws {
        func types(_ ca: TestCA, _ name: String) throws -> [String] {
            let client = try Self.registered(ca)
            let authorization = try #require(client.order([name]).authorizations.first)
            return (try client.read(authorization).json["challenges"] as? [[String: Any]] ?? []).compactMap {
                $0["type"] as? String
            }
        }
        #expect(try !types(TestCA.inMemory(), "www.example.test").contains("dns-persist-01"))
        #expect(try types(Self.ca(), "www.example.test") == ["http-01", "dns-persist-01"])
        #expect(try types(Self.ca(), "*.example.test") == ["dns-persist-01"])
        #expect(try types(Self.ca(), "127.0.0.1") == ["http-01"])
    }

    @Test("With draft 02 the directory says what a record can be made of, and else nothing (draft 02 §3.2, §4.1)")
    func directory() throws {
        func meta(_ ca: TestCA) throws -> [String: Any] {
            try #require(try Self.registered(ca).directory["meta"] as? [String: Any])
        }
        let ca = try Self.ca(.draft02)
        let told = try meta(ca)
        #expect(told["issuerDomainNames"] as? [String] == ["cairn.test"])
        #expect(told["accountHashPrefix"] as? String == "https://localhost/account-hash/")
        ca.policy.persist.accountURIPrefix = "https://other.example/h/"
        #expect(try meta(ca)["accountHashPrefix"] as? String == "https://other.example/h/")
        ca.policy.challengeTypes = [.http01]
        #expect(try meta(ca)["accountHashPrefix"] == nil)
        #expect(try meta(Self.ca(.draft01))["issuerDomainNames"] == nil)
    }

    // MARK: Good records

    @Test("A record is valid in every form that names the account, wildcards with policy=wildcard (§4.1, §5.1)")
    func valid() throws {
        let ca = try Self.ca()
        let client = try Self.registered(ca)
        let account = try #require(client.kid)
        let good = [
            "cairn.test; accounturi=\(account)", "cairn.test;accounturi=\(account)",
            " CAIRN.test ;\taccounturi = \(account) ",
            "cairn.test; other=1; ACCOUNTURI=\(account); policy=everything; persistUntil=1795334400",
            "cairn.test; policy=WildCard; accounturi=\(account); persistuntil=99999999999999999999",
        ]
        for text in good {
            ca.dns["_validation-persist.www.example.test"] = [.txt(text)]
            let (status, error) = try Self.validate(client, "www.example.test")
            #expect(status == "valid", "\(text): \(error)")
        }
        // In several strings, among others of other CAs, behind a CNAME record.
        let split = "cairn.test; accounturi=\(account); policy=wildcard"
        ca.dns["_validation-persist.example.test"] = [.cname("records.elsewhere.test")]
        ca.dns["records.elsewhere.test"] = [
            .txt("other.example; accounturi=https://other.example/1"), .txt("garbage"),
            .txt(String(split.prefix(20)), String(split.dropFirst(20))),
        ]
        let issuance = try client.obtain(["*.example.test", "example.test"], by: "dns-persist-01") { _ in }
        #expect(try ca.objection(to: issuance, name: .host("any.example.test")) == nil)
        #expect(ca.journal.probes.allSatisfy { $0.challenge == .dnsPersist01 })
    }

    @Test("The account is named by what the challenge shows, and by its URL as well (§4.1)")
    func alternativeURI() throws {
        let ca = try Self.ca { $0.policy.persist.accountURIPrefix = "https://subscribers.example/" }
        let client = try Self.registered(ca)
        let shown = try Self.challenge(client, try client.order(["a.test"]))["accounturi"] as? String
        for uri in [try #require(shown), try #require(client.kid)] {
            ca.dns["_validation-persist.www.example.test"] = [.txt("cairn.test; accounturi=\(uri)")]
            #expect(try Self.validate(client, "www.example.test").status == "valid")
        }
    }

    @Test("The vector of draft 02 §10.2: a hash of the domain or of none, the key and the URL")
    func vector() {
        let thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        var policy = CairnPersistPolicy()
        (policy.form, policy.accountURIPrefix) = (.draft02, "https://ca.example/account-hash/")
        let terms = PersistTerms(
            policy, identities: ["authority.example"], accountURL: "https://ca.example/acct/123",
            thumbprints: [thumbprint])
        let expected = [
            "5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw", "NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug",
        ].map { "https://ca.example/account-hash/sha-256/\($0)" }
        #expect(terms.accountURIs(at: "example.com") == expected)
        #expect(
            Self.hashed("example.com", thumbprint, "https://ca.example/acct/123")
                == "sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw")
        #expect(
            PersistTerms.hashPrefix(forAccountAt: "https://ca.example/acct/123") == "https://ca.example/account-hash/")
    }

    @Test("A hash may leave the domain out, and may be of a key that the account had before (draft 02 §4.1, §4.2)")
    func hashes() throws {
        let ca = try Self.ca(.draft02)
        let client = try Self.registered(ca)
        let account = try #require(client.kid)
        let thumbprint = client.keyAuthorization("t").split(separator: ".").last.map(String.init) ?? ""
        func validate(_ domain: String, _ place: String = "www.example.test") throws -> (status: String, error: String)
        {
            let uri = "https://localhost/account-hash/" + Self.hashed(domain, thumbprint, account)
            ca.dns["_validation-persist.\(place)"] = [.txt("cairn.test; accounturi=\(uri)")]
            return try Self.validate(client, place)
        }
        #expect(try validate("www.example.test").status == "valid")
        #expect(try validate("*", "other.example.test").status == "valid")
        let wrong = try validate("example.test", "third.example.test")
        #expect(wrong.status == "invalid" && wrong.error.contains(":unauthorized"))
        #expect(wrong.error.contains("the hash was made of another domain, key or URL"))
        let new = try AccountKey(.p256)
        #expect(try client.changeKey(to: new).status == 200)
        client.key = new
        #expect(client.keyAuthorization("t") != "t.\(thumbprint)")
        #expect(try validate("www.example.test").status == "valid")
        // The URL itself is no hashed URI.
        for (uri, words) in [
            (account, "expected a hashed URI that begins with"),
            ("https://localhost/account-hash/sha-512/\(String(repeating: "A", count: 86))", "expected a hashed URI"),
            ("https://localhost/account-hash/sha-256/AAAA", "expected 32 octets in base64url"),
        ] {
            ca.dns["_validation-persist.bad.example.test"] = [.txt("cairn.test; accounturi=\(uri)")]
            let bad = try Self.validate(client, "bad.example.test")
            #expect(bad.error.contains(":malformed") && bad.error.contains(words), "\(bad.error)")
        }
    }

    // MARK: Bad records

    private static let mistakes: [(record: String, type: String, words: String)] = [
        ("cairn.test", "malformed", "there is no \"accounturi\""),
        ("cairn.test;", "malformed", "there is no \"accounturi\""),
        ("cairn.test; accounturi=ACCOUNT;", "malformed", "expected a parameter tag=value"),
        ("cairn.test; accounturi=ACCOUNT; policy", "malformed", "expected a parameter tag=value"),
        ("cairn.test; accounturi=ACCOUNT; a b=c", "malformed", "expected a tag of letters"),
        ("cairn.test; accounturi=ACCOUNT; accountURI=ACCOUNT", "malformed", "\"accountURI\" stands there twice"),
        ("cairn.test; accounturi=ACCOUNT; x=1; X=2", "malformed", "stands there twice"),
        ("cairn.test; accounturi=ACCOUNT; persistUntil=2026-12-01", "malformed", "\"persistUntil\" is \"2026-12-01\""),
        ("cairn.test; accounturi=ACCOUNT; persistUntil=-1", "malformed", "no number of seconds"),
        ("cairn.test; accounturi=ACCOUNT; persistUntil=", "malformed", "no number of seconds"),
        ("\"cairn.test; accounturi=ACCOUNT\"", "malformed", "expected a domain name"),
        ("cairn.test.; accounturi=ACCOUNT", "malformed", "expected a domain name"),
        ("other.example; accounturi=ACCOUNT", "unauthorized", "no TXT record for this CA found, whose names are"),
        ("; accounturi=ACCOUNT", "unauthorized", "no TXT record for this CA found"),
        ("cairn.test; accounturi=ACCOUNT/", "unauthorized", "which has a slash too many"),
        ("cairn.test; accounturi=HTTPS://localhost/account/1", "unauthorized", "names another account"),
        (
            "cairn.test; accounturi=ACCOUNT; persistUntil=1795334399", "unauthorized",
            "was good until 2026-11-22T07:59:59Z"
        ),
    ]

    @Test("What is wrong with a record is told with the record that is expected (§9.3.1)", arguments: mistakes)
    func bad(_ record: String, _ type: String, _ words: String) throws {
        let ca = try Self.ca()
        let client = try Self.registered(ca)
        let account = try #require(client.kid)
        ca.dns["_validation-persist.www.example.test"] = [
            .txt(record.replacingOccurrences(of: "ACCOUNT", with: account))
        ]
        let (status, error) = try Self.validate(client, "www.example.test")
        #expect(status == "invalid" && error.contains(":\(type) ") && error.contains(words), "\(error)")
        #expect(error.contains("expected \"cairn.test; accounturi=\(account)\""), "\(error)")
        // One good record is enough (§4.3.2).
        ca.dns.add(.txt("cairn.test; accounturi=\(account)"), to: "_validation-persist.www.example.test")
        #expect(try Self.validate(client, "www.example.test").status == "valid")
    }

    @Test(
        "Of several records the mistake in one for this CA is told; a record that is not there is another (§4.3.2, §9.3.1)"
    )
    func several() throws {
        let ca = try Self.ca()
        let client = try Self.registered(ca)
        let place = "_validation-persist.www.example.test"
        ca.dns[place] = [.txt("garbage here"), .txt("cairn.test; accounturi=https://x.test/1"), .txt("other.example")]
        #expect(
            try Self.validate(client, "www.example.test").error.contains(":unauthorized the TXT record found names"))
        ca.dns.add(.txt("cairn.test; x"), to: place)
        #expect(try Self.validate(client, "www.example.test").error.contains(":malformed the TXT record"))
        ca.dns[place] = []
        let account = try #require(client.kid)
        ca.dns["www.example.test"] = [.txt("cairn.test; accounturi=\(account)")]
        let misplaced = try Self.validate(client, "www.example.test").error
        #expect(misplaced.contains(":unauthorized no TXT record found at \(place)"), "\(misplaced)")
        #expect(misplaced.contains("the right text stands at www.example.test: expected it at \(place)"))
        ca.dns.setFailure(.serverFailure, for: place)
        #expect(try Self.validate(client, "www.example.test").error.contains(":dns DNS problem: SERVFAIL"))
    }

    @Test("Without policy=wildcard a record is for the name alone (§5.1)")
    func wildcard() throws {
        let ca = try Self.ca()
        let client = try Self.registered(ca)
        let account = try #require(client.kid)
        ca.dns["_validation-persist.example.test"] = [.txt("cairn.test; accounturi=\(account)")]
        let (status, error) = try Self.validate(client, "*.example.test")
        #expect(status == "invalid")
        #expect(error.contains(":unauthorized") && error.contains("without \"policy=wildcard\""), "\(error)")
        #expect(error.contains("accounturi=\(account); policy=wildcard\""), "\(error)")
        #expect(try Self.validate(client, "example.test").status == "valid")
    }

    @Test("A CA can have a record with policy=wildcard count for all names below, nearest first (§6)")
    func subdomains() throws {
        let ca = try Self.ca()
        let client = try Self.registered(ca)
        let account = try #require(client.kid)
        ca.dns["_validation-persist.example.test"] = [.txt("cairn.test; accounturi=\(account); policy=wildcard")]
        #expect(try Self.validate(client, "a.b.example.test").status == "invalid")
        ca.policy.persist.coversSubdomains = true
        for name in ["a.b.example.test", "b.example.test", "*.b.example.test", "example.test", "*.example.test"] {
            let (status, error) = try Self.validate(client, name)
            #expect(status == "valid", "\(name): \(error)")
        }
        let asked = ca.dns.queries.map(\.name).filter { $0.hasPrefix("_validation") }
        let climbed = ["a.b.example.test", "b.example.test", "example.test"].map { "_validation-persist.\($0)" }
        #expect(Array(asked.dropFirst().prefix(3)) == climbed)
        #expect(!asked.contains("_validation-persist.test"), "a name of one label is no domain of anybody's")
        #expect(try Self.validate(client, "otherexample.test").status == "invalid")
        ca.dns["_validation-persist.example.test"] = [.txt("cairn.test; accounturi=\(account)")]
        #expect(try Self.validate(client, "b.example.test").status == "invalid")
        #expect(try Self.validate(client, "example.test").status == "valid")
    }

    // MARK: Time

    @Test("persistUntil is compared with the clock of the CA, its last second counted (§4.1)")
    func persistUntil() throws {
        let ca = try Self.ca()
        let client = try Self.registered(ca)
        let until = ca.clock.now + .hours(1)
        let record = try ca.persistentRecord(
            for: "www.example.test", account: CairnObjectID(url: client.kid ?? ""), until: until)
        #expect(record.text.hasSuffix("; persistUntil=\(until.secondsSinceEpoch)"))
        ca.dns[record.name] = [record.record()]
        ca.clock.advance(by: .hours(1))
        let order = try client.order(["www.example.test"])
        try client.respond(to: try Self.challenge(client, order)["url"] as? String ?? "")
        let authorization = try client.read(order.authorizations[0])
        #expect(authorization.state == "valid")
        // What is proven already goes on.
        #expect(authorization.json["expires"] as? String == (ca.clock.now + .days(30)).rfc3339)
        ca.clock.advance(by: .seconds(1))
        #expect(try Self.validate(client, "www.example.test").error.contains("was good until \(until)"))
    }

    @Test("In draft 02 an authorization ends with persistUntil at the latest, and its orders with it (draft 02 §4.1)")
    func endOfAuthorization() throws {
        let ca = try Self.ca(.draft02)
        let client = try Self.registered(ca)
        let until = ca.clock.now + .hours(1)
        let record = try ca.persistentRecord(
            for: "www.example.test", account: CairnObjectID(url: client.kid ?? ""), until: until)
        ca.dns[record.name] = [record.record()]
        let order = try client.order(["www.example.test"])
        try client.respond(to: try Self.challenge(client, order)["url"] as? String ?? "")
        #expect(try client.read(order.authorizations[0]).json["expires"] as? String == until.rfc3339)
        ca.clock.advance(by: .hours(1))
        #expect(try client.read(order.authorizations[0]).state == "expired")
        #expect(try client.read(order.url).state == "invalid")
    }

    @Test(
        "Further orders use an authorization for as long as the TTL of its record, in draft 02 without regard to it (§7.8)"
    )
    func reuse() throws {
        for (form, states) in [
            (CairnPersistForm.draft00, ["valid", "pending"]), (.draft01, ["valid", "pending"]),
            (.draft02, ["valid", "valid"]),
        ] {
            let ca = try Self.ca(form) { $0.policy.authorizationReuse = .always }
            let client = try Self.registered(ca)
            let record = try ca.persistentRecord(for: "www.example.test", account: CairnObjectID(url: client.kid ?? ""))
            ca.dns[record.name] = [record.record(timeToLive: .minutes(5))]
            #expect(try Self.validate(client, "www.example.test").status == "valid")
            func state() throws -> String? {
                try client.read(try #require(client.order(["www.example.test", "x.test"]).authorizations.first)).state
            }
            ca.clock.advance(by: .minutes(5) - .seconds(1))
            #expect(try state() == states[0])
            ca.clock.advance(by: .seconds(1))
            #expect(try state() == states[1], "\(form)")
        }
    }

    @Test("A pre-authorization is for the first order in any case, and for others as long as the TTL (§7.8)")
    func preAuthorization() throws {
        let ca = try Self.ca()
        let client = try Self.registered(ca)
        let record = try ca.persistentRecord(for: "www.example.test", account: CairnObjectID(url: client.kid ?? ""))
        ca.dns[record.name] = [record.record()]
        let made = try client.post(
            try client.endpoint("newAuthz"), ["identifier": ["type": "dns", "value": "www.example.test"]])
        let challenges = made.json["challenges"] as? [[String: Any]] ?? []
        try client.respond(to: challenges.last?["url"] as? String ?? "")
        #expect(try client.order(["www.example.test"]).response.state == "ready")
        #expect(try client.order(["www.example.test"]).response.state == "pending")
    }

    // MARK: At once

    @Test("With records looked at at once an order is born ready; without them it is as ever (§4.4)")
    func justInTime() throws {
        let ca = try Self.ca { $0.policy.persist.justInTime = .always }
        let client = try Self.registered(ca)
        let names = ["www.example.test", "*.example.test"]
        for name in ["www.example.test", "example.test"] {
            let record = try ca.persistentRecord(
                for: name, account: CairnObjectID(url: client.kid ?? ""), isWildcard: true)
            ca.dns[record.name] = [record.record()]
        }
        let order = try client.order(names)
        #expect(order.response.state == "ready")
        for authorization in order.authorizations {
            let shown = try client.read(authorization)
            #expect(shown.state == "valid")
            let met = (shown.json["challenges"] as? [[String: Any]])?.last
            #expect(met?["status"] as? String == "valid" && met?["validated"] != nil)
        }
        let request = OpenSSLRequest(
            key: try OpenSSLKey(.curve("P-256")), names: "DNS:www.example.test,DNS:*.example.test")
        #expect(try client.finalize(order, csr: try request.derEncoded).state == "valid")
        #expect(ca.journal.probes.count == 2)
        // What is not there, or not good, is asked for as ever (§9.3.1).
        ca.dns["_validation-persist.other.example.test"] = [.txt("cairn.test; accounturi=https://x.test/1")]
        let other = try client.order(["www.example.test", "other.example.test"])
        #expect(other.response.state == "pending")
        #expect(try other.authorizations.map { try client.read($0).state } == ["valid", "pending"])
        let asked = try client.read(try client.challenge("dns-persist-01", of: other.authorizations[1]).url)
        #expect(asked.state == "pending" && asked.json["error"] == nil)
        let early = try client.post(
            try client.endpoint("newAuthz"), ["identifier": ["type": "dns", "value": "www.example.test"]])
        #expect(early.status == 201 && early.state == "valid")
        // CAA records are heeded as with any challenge.
        ca.dns["example.test"] = [.caa(tag: "issue", value: "other.example")]
        #expect(try client.order(["*.example.test"]).response.state == "pending")
    }

    @Test("They can be looked at for those accounts alone that have met such a challenge before (§4.4)")
    func known() throws {
        let ca = try Self.ca()
        let client = try Self.registered(ca)
        let record = try ca.persistentRecord(for: "www.example.test", account: CairnObjectID(url: client.kid ?? ""))
        ca.dns[record.name] = [record.record()]
        func state() throws -> String? { try client.order(["www.example.test"]).response.state }
        #expect(try state() == "pending")
        ca.policy.persist.justInTime = .known
        #expect(try state() == "pending")
        #expect(try Self.validate(client, "www.example.test").status == "valid")
        #expect(try state() == "ready")
        ca.policy.persist.justInTime = .never
        #expect(try state() == "pending")
    }

    @Test("A verdict found at once can be held back like any other (§4.4)")
    func heldBack() throws {
        let ca = try Self.ca {
            $0.policy.persist.justInTime = .always
            $0.policy.progress.validation = .manually
        }
        let client = try Self.registered(ca)
        let record = try ca.persistentRecord(for: "www.example.test", account: CairnObjectID(url: client.kid ?? ""))
        ca.dns[record.name] = [record.record()]
        let order = try client.order(["www.example.test"])
        #expect(order.response.state == "pending")
        ca.progress.release()
        #expect(try client.read(order.url).state == "ready")
    }

    // MARK: Around it

    @Test("CAA records name it by its own name (RFC 8657 §4)")
    func caa() throws {
        let ca = try Self.ca()
        let client = try Self.registered(ca)
        let record = try ca.persistentRecord(for: "www.example.test", account: CairnObjectID(url: client.kid ?? ""))
        ca.dns[record.name] = [record.record()]
        ca.dns["example.test"] = [.caa(tag: "issue", value: "cairn.test; validationmethods=dns-01")]
        #expect(try Self.validate(client, "www.example.test").error.contains(":caa"))
        ca.dns["example.test"] = [.caa(tag: "issue", value: "cairn.test; validationmethods=dns-persist-01")]
        #expect(try Self.validate(client, "www.example.test").status == "valid")
    }

    @Test("A record for an account is made in every form, in strings of 255 octets at most (§9.1)")
    func records() throws {
        for form in CairnPersistForm.allCases {
            let ca = try Self.ca(form) {
                $0.policy.persist.issuerDomainNames = [String(repeating: "a.", count: 110) + "test"]
            }
            let client = try Self.registered(ca)
            let record = try ca.persistentRecord(
                for: "Example.TEST", account: CairnObjectID(url: client.kid ?? ""), isWildcard: true)
            #expect(record.name == "_validation-persist.example.test")
            guard case .txt(let strings) = record.record().content else {
                Issue.record("\(record) is no TXT record")
                return
            }
            #expect(
                strings.count == 2 && strings.allSatisfy { $0.utf8.count <= 255 } && strings.joined() == record.text)
            ca.dns[record.name] = [record.record()]
            #expect(try Self.validate(client, "*.example.test").status == "valid")
        }
        let ca = try Self.ca()
        #expect(throws: TestCA.ObjectError.self) { try ca.persistentRecord(for: "a.test", account: "nobody") }
    }

    @Test("Several perspectives must see the record, and the primary one says how long it counts (RFC 8555 §10.2)")
    func perspectives() throws {
        let ca = try Self.ca {
            $0.probes.perspectives = ["eu"]
            $0.policy.authorizationReuse = .always
        }
        let client = try Self.registered(ca)
        let record = try ca.persistentRecord(for: "www.example.test", account: CairnObjectID(url: client.kid ?? ""))
        ca.dns[record.name] = [record.record(timeToLive: .minutes(1))]
        ca.dns.view("eu")[record.name] = [.txt("cairn.test")]
        #expect(try Self.validate(client, "www.example.test").error.contains("During secondary validation"))
        ca.dns.view("eu")[record.name] = nil
        #expect(try Self.validate(client, "www.example.test").status == "valid")
        #expect(try client.order(["www.example.test"]).response.state == "ready")
        ca.clock.advance(by: .minutes(1))
        #expect(try client.order(["www.example.test"]).response.state == "pending")
    }
}
