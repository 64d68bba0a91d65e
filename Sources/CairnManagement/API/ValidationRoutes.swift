import Cairn
import HTTPTypes

extension API {
    private static let decision = SettingKind<CairnValidationDecisions.Decision>.decision

    /// Who decides whether challenges are fulfilled, and who answers them.
    static let validationRoutes: [Route] = decisionRoutes + responderRoutes + outOfBandRoutes

    private static let decisionRoutes: [Route] = [
        .get(
            "/validation/decisions", "What is decided without looking: for all names, single ones, and perspectives",
            of: Schema.object([
                "standard": decision.schema, "names": Schema.map(of: decision.schema),
                "perspectives": Schema.map(of: Schema.map(of: decision.schema)),
            ])
        ) { $0.ca.validation.json },
        .perform(.delete, "/validation/decisions", "Removes all decisions") {
            $0.ca.validation.reset()
        },
        .perform(
            .put, "/validation/standard", "Sets the decision for names without one", with: decision
        ) { $0.ca.validation.standard = $1 },
        .get(
            "/validation/decisions/{name}", "The decision on a name, on all below \"*.\" and a name, or on an address",
            query: [.perspective], of: decision.schema
        ) { call in
            let name = try call.pattern()
            let validation = call.ca.validation
            let found = try call.perspective.map { validation[name, from: $0] } ?? validation[name]
            return decision.write(try call.find(found, "decision on", "name"))
        },
        .perform(
            .put, "/validation/decisions/{name}", "Decides: probe, approve, deny, or {\"deny\": {…}}",
            query: [.perspective], with: decision
        ) { try $0.decide($1) },
        .perform(
            .delete, "/validation/decisions/{name}", "Removes a decision", query: [.perspective]
        ) { try $0.decide(nil) },
    ]

    // MARK: The responder

    private static let name = Route.Query(name: "name", summary: "only for the host of that name")
    private static let keyAuthorization = SettingKind<String>.member("keyAuthorization", .text())

    private static let responderRoutes: [Route] = [
        .perform(.delete, "/responder", "Removes all answers to challenges, except DNS records") {
            $0.ca.responder.reset()
        },
        .get(
            "/responder/requests", "The answered requests and handshakes, oldest first",
            query: [.init(name: "host", summary: "only those for a host")],
            of: Schema.list(of: Schema.reference("ChallengeRequest"))
        ) { call in
            let responder = call.ca.responder
            let requests = call.parameter("host").map { responder.requests(for: $0) } ?? responder.requests
            return .array(requests.map(\.json))
        },
        .perform(
            .delete, "/responder/requests", "Clears the history; numbering continues",
            query: [.init(name: "host", summary: "only what was for a host")]
        ) { call in
            if let host = call.parameter("host") {
                call.ca.responder.clearRequests(for: host)
            } else {
                call.ca.responder.clearRequests()
            }
        },
        .perform(
            .put, "/responder/redirects", "Redirects http-01 for a path (not over TLS)", query: [path],
            with: SettingKind<String>.member("url", .url)
        ) { $0.ca.responder.setRedirect(path: try $0.path(), to: $1) },
        .perform(.delete, "/responder/redirects", "Removes the redirect", query: [path]) {
            $0.ca.responder.removeRedirect(path: try $0.path())
        },
        .perform(
            .put, "/responder/http-01/{token}", "Answers http-01 for a token, whatever the host", query: [name],
            with: keyAuthorization
        ) { $0.ca.responder.setHTTP01(name: $0.parameter("name"), token: $0["token"], keyAuthorization: $1) },
        .perform(.delete, "/responder/http-01/{token}", "Removes the answer", query: [name]) {
            $0.ca.responder.removeHTTP01(name: $0.parameter("name"), token: $0["token"])
        },
        .perform(
            .put, "/responder/tls-alpn-01/{name}", "Answers tls-alpn-01 for a name", with: keyAuthorization
        ) { $0.ca.responder.setTLSALPN01(name: $0["name"], keyAuthorization: $1) },
        .perform(.delete, "/responder/tls-alpn-01/{name}", "Removes the answer") {
            $0.ca.responder.removeTLSALPN01(name: $0["name"])
        },
        .perform(
            .put, "/responder/dns-01/{name}", "Adds the TXT record of dns-01 to the fake DNS",
            with: keyAuthorization
        ) { $0.ca.responder.setDNS01(name: $0["name"], keyAuthorization: $1) },
        .perform(.delete, "/responder/dns-01/{name}", "Removes the TXT records of dns-01 for a name") {
            $0.ca.responder.removeDNS01(name: $0["name"])
        },
        .perform(
            .put, "/responder/dns-account-01/{name}", "Adds the TXT record of dns-account-01 to the fake DNS",
            query: [account], with: keyAuthorization
        ) { call, text in
            call.ca.responder.setDNSAccount01(
                name: call["name"], account: try call.account(), keyAuthorization: text)
        },
        .perform(
            .delete, "/responder/dns-account-01/{name}", "Removes the TXT records of dns-account-01", query: [account]
        ) { $0.ca.responder.removeDNSAccount01(name: $0["name"], account: try $0.account()) },
        .perform(
            .put, "/responder/dns-persist-01/{name}", "Adds the TXT record of dns-persist-01 to the fake DNS",
            query: [account], with: SettingKind<StandingRecord>.standingRecord,
            of: Schema.object(["name": Schema.text, "text": Schema.text])
        ) { call, wanted in
            let record = try call.ca.persistentRecord(
                for: call["name"], account: CairnObjectID(rawValue: try call.account()), isWildcard: wanted.isWildcard,
                until: wanted.until)
            call.ca.dns.add(record.record(timeToLive: wanted.timeToLive), to: record.name)
            return ["name": .string(record.name), "text": .string(record.text)]
        },
        .perform(.delete, "/responder/dns-persist-01/{name}", "Removes the TXT records of dns-persist-01 for a name") {
            $0.ca.dns.removeAll(at: "_validation-persist.\($0["name"])", type: .txt)
        },
        .perform(
            .put, "/responder/tls-sni-02/{token}", "Answers tls-sni-02 for a token, whatever the host", query: [name],
            with: keyAuthorization
        ) { $0.ca.responder.setTLSSNI02(name: $0.parameter("name"), token: $0["token"], keyAuthorization: $1) },
        .perform(.delete, "/responder/tls-sni-02/{token}", "Removes the answer", query: [name]) {
            $0.ca.responder.removeTLSSNI02(name: $0.parameter("name"), token: $0["token"])
        },
    ]

    private static let path = Route.Query(
        name: "path", summary: "the whole path, such as /.well-known/acme-challenge/TOKEN", isRequired: true)
    private static let account = Route.Query(name: "account", summary: "the URL of the account", isRequired: true)

    // MARK: Challenges that a person decides

    private static let outOfBandRoutes: [Route] = [
        .get(
            "/outOfBand", "The undecided oob-01 challenges, oldest first",
            of: Schema.list(
                of: Schema.object([
                    "id": Schema.text, "identifier": Schema.reference("Identifier"), "account": Schema.text,
                    "isAnswered": Schema.flag,
                ]))
        ) { .array($0.ca.outOfBand.pending.map(\.json)) },
        .perform(
            .post, "/outOfBand/{authorization}/{challenge}/approve",
            "Approves a challenge, now or as soon as the client responds"
        ) { call in
            try call.ca.outOfBand.approve(call.challenge)
        },
        .perform(
            .post, "/outOfBand/{authorization}/{challenge}/deny",
            "Denies a challenge; an empty object for the usual problem",
            with: SettingKind<ACMEProblem>.problem
        ) { call, problem in
            try call.ca.outOfBand.deny(call.challenge, because: call.isBodyEmpty ? nil : problem)
        },
    ]
}

extension Call {
    /// The name of the path, as decisions have it.
    fileprivate func pattern() throws(APIProblem) -> CairnNamePattern {
        let name = self["name"]
        guard SettingText.isNamePattern(name) else {
            throw APIProblem(400, "expected \(SettingKind<String>.namePattern.expected), got \(name.quoted)")
        }
        return CairnNamePattern(name)
    }

    fileprivate func decide(_ decision: CairnValidationDecisions.Decision?) throws {
        let name = try pattern()
        if let perspective = try perspective {
            ca.validation[name, from: perspective] = decision
        } else {
            ca.validation[name] = decision
        }
    }

    fileprivate func path() throws(APIProblem) -> String {
        guard let path = parameter("path"), path.begins(with: "/") else {
            throw APIProblem(400, "expected a path that begins with a slash in \"?path=\", got none")
        }
        return path
    }

    fileprivate func account() throws(APIProblem) -> String {
        guard let account = parameter("account") else {
            throw APIProblem(400, "expected the URL of an account in \"?account=\", got none")
        }
        return account
    }

    /// The challenge in the path.
    fileprivate var challenge: CairnObjectID { "\(self["authorization"])/\(self["challenge"])" }

    fileprivate var isBodyEmpty: Bool { (try? json)?.object?.isEmpty ?? true }
}

/// What a record of dns-persist-01 is to be.
private struct StandingRecord: Sendable {
    var isWildcard = false
    var until: CairnInstant?
    var timeToLive = Duration.zero
}

extension SettingKind where Value == StandingRecord {
    fileprivate static var standingRecord: SettingKind {
        .object("a record that stays", fresh: StandingRecord(), required: []) {
            Setting("isWildcard", \.isWildcard, .bool, "whether it has policy=wildcard")
            Setting("until", \.until, SettingKind<CairnInstant>.instant.optional("no end"), "its persistUntil")
            Setting("timeToLive", \.timeToLive, .duration(), "its TTL")
        }
    }
}

// MARK: - As JSON

extension CairnChallengeRequest {
    fileprivate var json: CairnJSON {
        var json: CairnJSONObject = [
            "number": .integer(number), "challengeType": .string(challengeType.rawValue), "host": .string(host),
            "isTLS": .bool(isTLS),
        ]
        json["authority"] = authority.map(CairnJSON.string)
        json["path"] = path.map(CairnJSON.string)
        json["serverName"] = serverName.map(CairnJSON.string)
        json["userAgent"] = userAgent.map(CairnJSON.string)
        if path == nil { json["applicationProtocols"] = .array(applicationProtocols.map(CairnJSON.string)) }
        return .object(json)
    }
}

extension CairnValidationDecisions {
    fileprivate var json: CairnJSON {
        let kind = SettingKind<[String: Decision]>.decisions
        var names: [String: Decision] = [:]
        var perspectives: [String: [String: Decision]] = [:]
        for (name, perspective, decision) in entries {
            if let perspective {
                perspectives[perspective, default: [:]]["\(name)"] = decision
            } else {
                names["\(name)"] = decision
            }
        }
        var views = CairnJSONObject()
        for (perspective, names) in perspectives.sorted(by: { $0.key < $1.key }) {
            views[perspective] = kind.write(names)
        }
        return [
            "standard": SettingKind.decision.write(standard), "names": kind.write(names),
            "perspectives": .object(views),
        ]
    }
}

extension TestCA.OutOfBandChallenges.Pending {
    fileprivate var json: CairnJSON {
        [
            "id": .string(id.rawValue), "identifier": identifier.json, "account": .string(account.rawValue),
            "isAnswered": .bool(isAnswered),
        ]
    }
}
