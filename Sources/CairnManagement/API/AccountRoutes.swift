import Cairn
import HTTPTypes

extension API {
    private static let identifiers = SettingKind<[ACMEIdentifier]>.member("identifiers", .pausedIdentifiers)

    /// Accounts, and what is done with them by hand.
    static let accountRoutes: [Route] = [
        .get("/accounts", "All accounts, oldest first", of: Schema.list(of: Schema.reference("Account"))) {
            .array($0.ca.accounts.map(\.json))
        },
        .get("/accounts/{id}", "One account", of: Schema.reference("Account")) { call in
            try call.find(call.ca.accounts.first { $0.id.rawValue.isSame(as: call["id"]) }, "account", "id").json
        },
        .perform(.post, "/accounts/{id}/revoke", "Revokes an account (RFC 8555 §7.1.6)") { call in
            try call.ca.accounts.revoke(call.id)
        },
        .perform(.post, "/accounts/{id}/deactivate", "Deactivates an account (RFC 8555 §7.3.6)") { call in
            try call.ca.accounts.deactivate(call.id)
        },
        .perform(
            .post, "/accounts/{id}/agreeToTerms", "Agrees to the current terms on its behalf (RFC 8555 §7.3.3)"
        ) { call in
            try call.ca.accounts.agreeToTerms(call.id)
        },
        .get(
            "/accounts/{id}/pauses", "The identifiers that are paused for an account",
            of: Schema.list(of: Schema.reference("Identifier"))
        ) { call in
            .array(try call.ca.pauses.identifiers(of: call.id).map(\.json))
        },
        .perform(
            .post, "/accounts/{id}/pauses", "Pauses identifiers: orders for them are rateLimited", with: identifiers
        ) { call, identifiers in
            try call.ca.pauses.pause(identifiers, for: call.id)
        },
        .perform(.delete, "/accounts/{id}/pauses", "Ends the pauses of an account") { call in
            try call.ca.pauses.unpause(for: call.id)
        },
        .perform(.delete, "/accounts/{id}/pauses/{identifier}", "Ends the pause of one identifier") { call in
            let identifier = SettingKind<ACMEIdentifier>.identifier
            try call.ca.pauses.unpause([try identifier.read(.string(call["identifier"])).get()], for: call.id)
        },
    ]

    /// What comes from outside ACME: keys for external accounts, and grants.
    static let outsideRoutes: [Route] = [
        .get(
            "/externalAccountKeys", "All external account keys (RFC 8555 §7.3.4)",
            of: Schema.list(of: Schema.reference("ExternalAccountKey"))
        ) { call in
            .array(call.ca.externalAccountKeys.map { $0.json(at: call.ca.clock.now) })
        },
        .perform(
            .post, "/externalAccountKeys", "Issues a key; identifier and macKey are drawn from the seed if omitted",
            with: SettingKind<NewKey>.newKey, status: 201, of: Schema.reference("ExternalAccountKey")
        ) { call, new in
            let now = call.ca.clock.now
            let key = try call.ca.externalAccountKeys.issue(
                identifier: new.identifier, macKey: new.macKey, uses: new.uses, expires: new.lifetime.map { now + $0 },
                policy: new.policy)
            return key.json(at: now)
        },
        .get(
            "/externalAccountKeys/{identifier}", "One key, and the accounts bound with it",
            of: Schema.reference("ExternalAccountKey")
        ) { call in
            try call.find(call.ca.externalAccountKeys[call["identifier"]], "key", "identifier").json(
                at: call.ca.clock.now)
        },
        .perform(.delete, "/externalAccountKeys/{identifier}", "Makes a key unusable for new accounts") { call in
            try call.ca.externalAccountKeys.revoke(call["identifier"])
        },
        .perform(
            .post, "/externalAccountKeys/{identifier}/pauses",
            "Pauses identifiers for the first account bound to a key, now or later", with: identifiers
        ) { call, identifiers in
            try call.ca.pauses.pause(identifiers, forExternalAccount: call["identifier"])
        },
        .get("/grants", "The grants in effect, oldest first", of: Schema.list(of: Schema.reference("Grant"))) {
            .array($0.ca.grants.map(\.json))
        },
        .perform(
            .post, "/grants", "Authorizes an account from outside ACME (RFC 8555 §7.4.1)",
            with: SettingKind<NewGrant>.newGrant, status: 201, of: Schema.reference("Grant")
        ) { call, new in
            switch (new.account, new.externalAccountKey) {
            case (let account?, nil): try call.ca.grants.grant(new.scope, to: account, for: new.duration).json
            case (nil, let key?): try call.ca.grants.grant(new.scope, toExternalAccount: key, for: new.duration).json
            default: throw APIProblem(400, "expected one of \"account\" and \"externalAccountKey\"", pointer: "")
            }
        },
        .perform(.delete, "/grants/{number}", "Withdraws a grant") { call in
            guard let number = Int(call["number"]) else {
                throw APIProblem(404, "there is no grant \(call["number"].quoted) that holds")
            }
            try call.ca.grants.withdraw(number: number)
        },
    ]
}

// MARK: - Kinds of bodies

/// A key for an external account that is to be issued.
struct NewKey: Sendable {
    var identifier: String?
    var macKey: [UInt8]?
    var uses = CairnExternalAccountKey.Uses.once
    var lifetime: Duration?
    var policy = CairnBoundPolicy()
}

/// A grant that is to be made.
struct NewGrant: Sendable {
    var account: CairnObjectID?
    var externalAccountKey: String?
    var scope = CairnGrant.Scope.name("")
    var duration = Duration.days(365)
}

extension SettingKind where Value == NewKey {
    fileprivate static var newKey: SettingKind {
        .object("a key for external accounts", fresh: NewKey(), required: []) {
            Setting(
                "identifier", \.identifier,
                SettingKind<String>.text("a text that is not empty") { !$0.isEmpty }.optional("a random one"),
                "the `kid` of the binding")
            Setting(
                "macKey", \.macKey, SettingKind<[UInt8]>.base64URL.optional("a random one"),
                "the MAC key")
            Setting("uses", \.uses, .uses, "how many accounts it can bind")
            Setting(
                "lifetime", \.lifetime, SettingKind<Duration>.duration(.seconds(1) ... .century).optional("no expiry"),
                "how long it is valid from now")
            Setting<NewKey>.section("policy", \.policy, CairnBoundPolicy.settings)
        }
    }
}

extension SettingKind where Value == NewGrant {
    fileprivate static var newGrant: SettingKind {
        .object("a grant", fresh: NewGrant(), required: ["scope"]) {
            Setting(
                "account", \.account, SettingKind<CairnObjectID>.objectID().optional("none"),
                "the account that has it: its URL, or the last part of it")
            Setting(
                "externalAccountKey", \.externalAccountKey, SettingKind<String>.text().optional("none"),
                "the identifier of the key whose first account has it")
            Setting("scope", \.scope, .grantScope, "what is granted")
            Setting("duration", \.duration, .duration(.seconds(1) ... .century), "how long it lasts from now")
        }
    }
}

// MARK: - As JSON

extension CairnExternalAccountKey {
    fileprivate func json(at now: CairnInstant) -> CairnJSON {
        var json: CairnJSONObject = ["identifier": .string(identifier), "macKey": .string(macKeyText)]
        json["uses"] = SettingKind.uses.write(uses)
        json["status"] = .string(status(at: now).rawValue)
        json["accounts"] = .array(accounts.map { .string($0.rawValue) })
        json["expires"] = expires.map { .string($0.rfc3339) }
        json["policy"] = .object(SettingCatalogue(CairnBoundPolicy.settings).json(of: policy))
        return .object(json)
    }
}

extension CairnGrant {
    fileprivate var json: CairnJSON {
        var json: CairnJSONObject = ["number": .integer(number)]
        json["scope"] = SettingKind.grantScope.write(scope)
        json["account"] = account.map { .string($0.rawValue) }
        json["externalAccountKey"] = externalAccountKey.map(CairnJSON.string)
        json["expires"] = .string(expires.rfc3339)
        return .object(json)
    }
}
