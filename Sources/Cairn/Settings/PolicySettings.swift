extension CairnPolicy {
    /// What is asked of clients; all of it can be changed while a CA runs.
    package static let settings: [Setting<CairnPolicy>] = clients + names + reuse + issuing

    /// Those of ``settings`` that are checked when the policy is changed.
    static let catalogue = SettingCatalogue(settings)

    @SettingBuilder<CairnPolicy> private static var clients: [Setting<CairnPolicy>] {
        Setting<CairnPolicy>.section(
            "termsOfService", \.termsOfService, fresh: .page, null: "no terms",
            "the terms that accounts must agree to (RFC 8555 §7.3.3)", CairnTermsOfService.settings)
        Setting(
            "externalAccountBinding", \.externalAccountBinding, .word,
            "whether new accounts are bound to accounts outside ACME (RFC 8555 §7.3.4)")
        Setting("maximumContacts", \.maximumContacts, .integer(0...10_000), "the most contacts of an account")
        Setting("requiresContact", \.requiresContact, .bool, "whether an account needs a contact")
        Setting(
            "blockedContactDomains", \.blockedContactDomains, .names, example: ["example.com", "*.example.com"],
            "the domains whose addresses are refused as contacts")
        Setting(
            "website", \.website, SettingKind.url.optional("none"), example: "https://ca.example.test",
            "a page about the CA, which the directory names")
        Setting<CairnPolicy>.section("keys", \.keys, CairnKeyRules.settings)
        Setting<CairnPolicy>.section("leniencies", \.leniencies, CairnLeniencies.settings)
        Setting<CairnPolicy>.section("rateLimits", \.rateLimits, CairnRateLimits.settings)
    }

    @SettingBuilder<CairnPolicy> private static var names: [Setting<CairnPolicy>] {
        Setting(
            "challengeTypes", \.challengeTypes, .challengeTypes,
            "the challenge types that are offered where they fit, in the order in which they are listed")
        Setting(
            "challengesShareToken", \.challengesShareToken, .bool,
            "whether the challenges of an authorization have one token")
        Setting(
            "authorizationFailsOn", \.authorizationFailsOn, .word,
            "which failed challenges make an authorization invalid")
        Setting("maximumIdentifiers", \.maximumIdentifiers, .integer(1...10_000), "the most identifiers of an order")
        Setting(
            "profiles", \.profiles, .dictionary(of: .profileRules, "names of profiles"),
            example: [
                "default": [
                    "identifierTypes": ["dns", "ip"], "challengeTypes": ["http-01", "dns-01", "tls-alpn-01"],
                    "maximumIdentifiers": 100,
                ]
            ], "what differs for orders under a profile of `authority.profiles`")
        Setting(
            "blockedNames", \.blockedNames, .names, example: ["bank.test", "*.bank.test"],
            "the names and addresses that are not certified")
        Setting(
            "coveredNames", \.coveredNames, .word, "what becomes of orders for a wildcard and a name that it covers")
        Setting<CairnPolicy>.section(
            "caa", \.caa, fresh: CairnCAAPolicy(), null: "records that nobody looks at",
            "what CAA records mean to the CA",
            CairnCAAPolicy.settings)
    }

    @SettingBuilder<CairnPolicy> private static var reuse: [Setting<CairnPolicy>] {
        Setting(
            "preAuthorization", \.preAuthorization, .bool, "whether there is a newAuthz (RFC 8555 §7.4.1)")
        Setting(
            "preAuthorizationScope", \.preAuthorizationScope, .word,
            "how much a pre-authorization covers that was proven by dns-01: the name, its wildcard, or all below it")
        Setting(
            "authorizationReuse.standard", \.authorizationReuse.standard, .reuse,
            "whether orders are given authorizations that are valid already")
        Setting(
            "authorizationReuse.names", \.authorizationReuse.names,
            .dictionary(of: .reuse, "names, addresses, or \"*.\" and a name for all below it") { name in
                SettingText.isNamePattern(name) ? nil : SettingKind<String>.namePattern.expected
            }, example: ["*.often.test": .double(0.5)], "the same for some names")
        Setting(
            "reusesPendingAuthorizations", \.reusesPendingAuthorizations, .bool,
            "whether orders are given authorizations that are still pending")
        Setting(
            "reusesPendingOrders", \.reusesPendingOrders, .bool,
            "whether newOrder answers with an unfinished order for the same names")
    }

    @SettingBuilder<CairnPolicy> private static var issuing: [Setting<CairnPolicy>] {
        Setting(
            "ordersPerPage", \.ordersPerPage, .integer(1...10_000), "how many orders a page of an orders list shows")
        Setting<CairnPolicy>.section("lifetimes", \.lifetimes, Lifetimes.settings)
        Setting(
            "showsProcessing", \.showsProcessing, SettingKind.bool.optional("as the personality does"), example: true,
            "whether a challenge is `processing`, instead of `pending`, until it is decided")
        Setting<CairnPolicy>.section("progress", \.progress, CairnProgress.settings)
        Setting(
            "validationRetries", \.validationRetries, .array(of: .duration(), "times", 0...1_000), example: [5, 10],
            "the waits before a failed validation is tried again")
        Setting(
            "maximumRequestedRetries", \.maximumRequestedRetries, .integer(0...1_000_000),
            "how often a client may have a failed validation tried again at once")
        Setting(
            "revocationByKeyIsCompromise", \.revocationByKeyIsCompromise, .bool,
            "whether a revocation that the certificate's key signs is for keyCompromise, whatever reason it names")
        Setting<CairnPolicy>.section(
            "renewalInfo", \.renewalInfo, fresh: CairnRenewalInfoPolicy(), null: "none",
            "what clients learn about renewals (RFC 9773)", CairnRenewalInfoPolicy.settings)
    }
}

extension CairnTermsOfService {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("location", \.location, .termsLocation, "where people read them: on a page of the CA, or elsewhere")
        Setting(
            "version", \.version,
            .text("a text of 1 to 100 characters") { (1...100).contains($0.unicodeScalars.count) },
            "a new one asks every account to agree again")
        Setting("text", \.text, .text(), "what the page of the CA says")
    }
}

extension CairnKeyRules {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("minimumRSABits", \.minimumRSABits, .integer(2_048...8_192), "the least size of an RSA key")
        Setting("maximumRSABits", \.maximumRSABits, .integer(2_048...8_192), "the greatest size of an RSA key")
        Setting(
            "refusesWeakKeys", \.refusesWeakKeys, .bool,
            "whether RSA keys with small factors, or with the flaw ROCA, are refused")
        Setting(
            "blocked", \.blocked, .set(of: .keyDigest, "SHA-256 digests of keys"),
            example: ["0000000000000000000000000000000000000000000000000000000000000000"],
            "keys that are refused, by the SHA-256 of their SubjectPublicKeyInfo")
        Setting(
            "compromised", \.compromised, .word, "what becomes of a key whose certificate is revoked for keyCompromise")
        Setting(
            "signatureAlgorithms", \.signatureAlgorithms,
            .array(of: .word(of: ACMESignatureAlgorithm.accepted, \.rawValue), "algorithms", 1...100),
            "what requests may be signed with")
    }
}

extension CairnLeniencies {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting(
            "refused", \.refused, .set(of: .word(of: CairnLeniency.all, \.name), "names of leniencies"),
            example: .array(CairnLeniency.all.map { .string($0.name) }),
            "what is refused that a standard forbids and that the CAs in use accept")
    }
}

extension CairnCAAPolicy {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("identities", \.identities, .array(of: .hostName, "host names"), "the names of the CA in CAA records")
        Setting("recheckAfter", \.recheckAfter, .duration(), "how old a check may be when an order is finalized")
    }
}

extension CairnPolicy.Lifetimes {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("order", \.order, .lifetime, "from newOrder until an order must be finalized")
        Setting(
            "pendingAuthorization", \.pendingAuthorization, .lifetime,
            "from newOrder until an authorization must be valid")
        Setting(
            "validAuthorization", \.validAuthorization, .lifetime, "from its validation until an authorization expires")
    }
}

extension CairnProgress {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("validation", \.validation, .pace, "how long the verdict on a challenge is held back")
        Setting("readiness", \.readiness, .pace, "how long an order that could be ready stays pending")
        Setting("issuance", \.issuance, .pace, "how long a certificate is held back after finalize")
    }
}

extension CairnRenewalInfoPolicy {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting(
            "retryAfter", \.retryAfter, SettingKind.duration(.seconds(1) ... .century).optional("no Retry-After"),
            "when clients are told to ask again")
    }
}

// MARK: Kinds

extension SettingKind where Value == CairnNameSet {
    static var names: SettingKind {
        SettingKind<[String]>.array(of: .namePattern, "names, addresses, or \"*.\" and a name for all below it")
            .map {
                CairnNameSet($0)
            } _: {
                $0.names
            }
    }
}

extension SettingKind where Value == [ACMEChallengeType] {
    static var challengeTypes: SettingKind {
        .array(of: .word(of: ChallengeKinds.known.types, \.rawValue), "challenge types")
    }
}

extension SettingKind where Value == CairnProfileRules {
    fileprivate static var profileRules: SettingKind {
        .object("rules for a profile", fresh: CairnProfileRules(), required: []) {
            Setting(
                "identifierTypes", \.identifierTypes,
                SettingKind<Set<ACMEIdentifierType>>.set(of: .word(of: [.dns, .ip], \.rawValue), "identifier types")
                    .optional("all"), "the types that identifiers may have")
            Setting(
                "challengeTypes", \.challengeTypes,
                SettingKind<[ACMEChallengeType]>.challengeTypes.optional("those of the policy"),
                "the challenge types that are offered")
            Setting(
                "maximumIdentifiers", \.maximumIdentifiers,
                SettingKind<Int>.integer(1...10_000).optional("that of the policy"),
                "the most identifiers of an order")
            Setting(
                "lifetimes", \.lifetimes, SettingKind<CairnPolicy.Lifetimes>.lifetimes.optional("those of the policy"),
                "how long its orders can be used, and the authorizations that are made for them")
        }
    }
}

extension SettingKind where Value == CairnPolicy.Lifetimes {
    fileprivate static var lifetimes: SettingKind {
        .object("lifetimes", fresh: CairnPolicy.Lifetimes(), required: []) { CairnPolicy.Lifetimes.settings }
    }
}

extension SettingKind where Value == CairnAuthorizationReuse.Rule {
    fileprivate static var reuse: SettingKind {
        SettingKind(
            "\"never\", \"always\" or a probability from 0 to 1",
            ["anyOf": [["enum": ["never", "always"]], ["type": "number", "minimum": 0, "maximum": 1]]],
            read: { json in
                switch json {
                case "never": .never
                case "always": .always
                case .integer(0): .sometimes(0)
                case .integer(1): .sometimes(1)
                case .double(let probability) where (0...1).contains(probability): .sometimes(probability)
                default: nil
                }
            },
            write: { rule in
                switch rule {
                case .never: "never"
                case .always: "always"
                case .sometimes(let probability): .double(probability)
                }
            })
    }
}

extension SettingKind where Value == CairnTermsOfService.Location {
    fileprivate static var termsLocation: SettingKind {
        SettingKind(
            "\"page\", or \(SettingKind<String>.url.expected)",
            ["anyOf": [["const": "page"], .object(SettingKind<String>.url.schema)]],
            read: { json in
                if json == "page" { return .page }
                return json.string.flatMap { SettingText.isURL($0) ? .url($0) : nil }
            },
            write: { location in
                switch location {
                case .page: "page"
                case .url(let url): .string(url)
                }
            })
    }
}

extension SettingKind where Value == CairnKeyDigest {
    fileprivate static var keyDigest: SettingKind {
        SettingKind(
            "a SHA-256 digest in 64 hexadecimal digits", ["type": "string", "pattern": "^[0-9A-Fa-f]{64}$"],
            read: { $0.string.flatMap { CairnKeyDigest(hexadecimal: $0) } }, write: { .string($0.description) })
    }
}

extension SettingKind where Value == CairnPace {
    fileprivate static var pace: SettingKind {
        let time = SettingKind<Duration>.duration()
        return SettingKind(
            "\"immediately\", \"manually\", polls such as \"2 polls\", or \(time.expected)",
            ["anyOf": [["type": "number", "minimum": 0], ["type": "string"]]],
            read: { json in
                switch json {
                case "immediately": return .immediately
                case "manually": return .manually
                default: break
                }
                if let text = json.string, let end = [" polls", " poll"].first(where: { text.hasSuffix($0) }) {
                    return Int(text.dropLast(end.count)).flatMap {
                        (0...1_000_000).contains($0) ? .afterPolls($0) : nil
                    }
                }
                return try? time.read(json).map { $0 == .zero ? .immediately : .after($0) }.get()
            },
            write: { pace in
                switch pace {
                case .immediately: "immediately"
                case .manually: "manually"
                case .afterPolls(let count): .string(count == 1 ? "1 poll" : "\(count) polls")
                case .after(let duration): time.write(duration)
                }
            })
    }
}

extension SettingKind where Value == Duration {
    fileprivate static var lifetime: SettingKind { duration(.seconds(1) ... .century) }
}
