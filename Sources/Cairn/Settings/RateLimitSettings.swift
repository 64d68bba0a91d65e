extension CairnRateLimits {
    @SettingBuilder<Self> static var settings: [Setting<Self>] {
        Setting(
            "newAccountsPerAddress", \.newAccountsPerAddress, .limit, example: [10, "3h"],
            "new accounts from one IP address")
        Setting(
            "newAccountsPerIPv6Range", \.newAccountsPerIPv6Range, .limit, example: [500, "3h"],
            "new accounts from one IPv6 /48")
        Setting(
            "newOrdersPerAccount", \.newOrdersPerAccount, .limit, example: [300, "3h"], "new orders from one account")
        Setting(
            "certificatesPerRegisteredDomain", \.certificatesPerRegisteredDomain, .limit, example: [50, "7d"],
            "certificates with names in one registered domain")
        Setting(
            "certificatesPerIdentifierSet", \.certificatesPerIdentifierSet, .limit, example: [5, "7d"],
            "certificates for exactly the same set of identifiers")
        Setting(
            "failedValidationsPerIdentifier", \.failedValidationsPerIdentifier, .limit, example: [5, "1h"],
            "failed validations of one identifier for one account")
        Setting(
            "failedValidationsUntilPause", \.failedValidationsUntilPause, .limit, example: [1_152, "1152d"],
            "failed validations after which an identifier is paused for an account, until a person ends the pause")
        Setting(
            "pendingAuthorizationsPerAccount", \.pendingAuthorizationsPerAccount,
            SettingKind.integer().optional("no limit"), example: 300, "pending authorizations of one account")
        Setting(
            "exemptsReplacements", \.exemptsReplacements, .bool,
            "whether orders with `replaces` are exempt from all limits"
        )
        Setting(
            "exemptsRenewals", \.exemptsRenewals, .bool,
            "whether orders for the same identifiers as an earlier certificate are exempt from some limits")
        Setting(
            "countsDeactivations", \.countsDeactivations, .bool,
            "whether deactivating a pending authorization counts as a validation that failed")
        Setting(
            "publicSuffixes", \.publicSuffixes, .set(of: .hostName, "suffixes of several labels"),
            "the public suffixes with several labels; below any other, the last two labels are the registered domain")
        Setting(
            "help", \.help, SettingKind.help.optional("no link"),
            "the page that refusals link to: the CA's own, or one at another URL")
        Setting("sendsRetryAfter", \.sendsRetryAfter, .bool, "whether refusals have a Retry-After")
        Setting(
            "overrides", \.overrideEntries,
            .array(of: .override, "limits for individual accounts, domains and addresses"),
            example: [
                ["name": "certificatesPerRegisteredDomain", "domain": "example.test", "limit": nil],
                ["name": "newAccountsPerAddress", "address": "127.0.0.1", "limit": [1_000, "3h"]],
            ], "limits for individual accounts, domains, addresses and sets of identifiers; null is no limit")
    }

    /// One of ``overrides``, while it is read.
    fileprivate struct Entry: Sendable {
        var name = Name.newOrdersPerAccount
        var account: CairnObjectID?
        var domain: String?
        var address: CairnIPAddress?
        var identifiers: Set<ACMEIdentifier>?
        var limit: CairnRateLimit? = .unlimited

        var subject: Subject? {
            account.map(Subject.account) ?? domain.map(Subject.domain) ?? address.map(Subject.address)
                ?? identifiers.map(Subject.identifiers)
        }
    }

    fileprivate var overrideEntries: [Entry] {
        get {
            overrides.map { override, limit in
                var entry = Entry(name: override.name, limit: limit == .unlimited ? nil : limit)
                switch override.subject {
                case .account(let account): entry.account = account
                case .domain(let domain): entry.domain = domain
                case .address(let address): entry.address = address
                case .identifiers(let identifiers): entry.identifiers = identifiers
                }
                return entry
            }.sorted {
                ($0.name.rawValue, "\($0.subject, default: "")") < ($1.name.rawValue, "\($1.subject, default: "")")
            }
        }
        set {
            overrides = [:]
            for entry in newValue {
                guard let subject = entry.subject else { continue }
                override(entry.name, for: subject, with: entry.limit ?? .unlimited)
            }
        }
    }
}

extension SettingKind where Value == CairnRateLimit? {
    fileprivate static var limit: SettingKind { SettingKind<CairnRateLimit>.rate.optional("no limit") }
}

extension SettingKind where Value == CairnRateLimit {
    fileprivate static var rate: SettingKind {
        let period = SettingKind<Duration>.duration()
        return SettingKind(
            "an array of a number and a period, such as [300, \"3h\"]",
            [
                "type": "array", "prefixItems": [["type": "integer", "minimum": 0], .object(period.schema)],
                "minItems": 2, "maxItems": 2,
            ],
            read: { json in
                guard let array = json.array, array.count == 2, let count = array[0].integer, count >= 0,
                    case .success(let period) = period.read(array[1])
                else { return nil }
                return CairnRateLimit(count, per: period)
            }, write: { [.integer($0.count), period.write($0.period)] })
    }
}

extension SettingKind where Value == CairnRateLimits.Help {
    fileprivate static var help: SettingKind {
        SettingKind<String?>.pageOrURL.map {
            $0.map(CairnRateLimits.Help.url) ?? .page
        } _: { help in
            if case .url(let url) = help { url } else { nil }
        }
    }
}

extension SettingKind where Value == String? {
    /// A URL of somebody else's, or `nil` for a page of the CA itself.
    static var pageOrURL: SettingKind {
        let url = SettingKind<String>.url
        return SettingKind(
            "\"page\", or \(url.expected)", ["anyOf": [["const": "page"], .object(url.schema)]],
            read: { json in
                if json == "page" { return .some(.none) }
                guard let text = json.string, SettingText.isURL(text) else { return nil }
                return text
            }, write: { .string($0 ?? "page") })
    }
}

extension SettingKind where Value == CairnRateLimits.Entry {
    fileprivate static var override: SettingKind {
        let object = SettingKind.object(
            "a limit of one account, domain, address or set of identifiers", fresh: CairnRateLimits.Entry(),
            required: ["name", "limit"]
        ) {
            Setting("name", \.name, .word, "the limit that is overridden")
            Setting(
                "account", \.account,
                SettingKind<CairnObjectID>.objectID("the last part of an account's URL").optional("no account"),
                "the account that it applies to")
            Setting(
                "domain", \.domain, SettingKind<String>.hostName.optional("no domain"),
                "the registered domain that it applies to")
            Setting(
                "address", \.address, SettingKind<CairnIPAddress>.address.optional("no address"),
                "the address that it applies to")
            Setting(
                "identifiers", \.identifiers,
                SettingKind<Set<ACMEIdentifier>>.set(
                    of: SettingKind<String>.namePattern.map {
                        ACMEIdentifier(stringLiteral: $0)
                    } _: {
                        $0.value
                    }, "names and addresses"
                )
                .optional("no set"), "the set of identifiers that it applies to")
            Setting("limit", \.limit, .limit, "the limit that applies instead")
        }
        return SettingKind(
            expected: object.expected, schema: object.schema, members: object.members,
            reading: { json in
                object.read(json).flatMap { entry -> Result<CairnRateLimits.Entry, SettingFault> in
                    let subjects = [
                        entry.account != nil, entry.domain != nil, entry.address != nil, entry.identifiers != nil,
                    ].count(where: \.self)
                    guard subjects == 1 else {
                        return .failure(
                            SettingFault(
                                "a limit needs one of \"account\", \"domain\", \"address\" and \"identifiers\", got "
                                    + "\(subjects)"))
                    }
                    return .success(entry)
                }
            }, writing: object.write)
    }
}
