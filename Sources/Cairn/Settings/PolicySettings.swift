extension CairnPolicy {
    /// What is asked of clients; all of it can be changed while a CA runs.
    package static let settings: [Setting<CairnPolicy>] = clients + names + reuse + issuing

    /// Those of ``settings`` that are checked when the policy is changed.
    static let catalogue = SettingCatalogue(settings)

    @SettingBuilder<CairnPolicy> private static var clients: [Setting<CairnPolicy>] {
        Setting<CairnPolicy>.section(
            "termsOfService", \.$termsOfService, fresh: .page, null: "no terms",
            "the terms of service that accounts must agree to (RFC 8555 §7.3.3)", CairnTermsOfService.settings)
        Setting(
            "externalAccountBinding", \.externalAccountBinding, .word,
            "how the binding of a new account to an external one is treated (RFC 8555 §7.3.4)")
        Setting(
            "maximumContacts", \.$maximumContacts, .integer(0...10_000), "the maximum number of contacts per account")
        Setting("requiresContact", \.requiresContact, .bool, "whether an account must have a contact")
        Setting(
            "blockedContactDomains", \.blockedContactDomains, .names, example: ["example.com", "*.example.com"],
            "the domains whose email addresses are refused as contacts")
        Setting(
            "website", \.website, SettingKind.url.optional("none"), example: "https://ca.example.test",
            "the CA's website, as given in the directory")
        Setting<CairnPolicy>.section("keys", \.keys, CairnKeyRules.settings)
        Setting<CairnPolicy>.section("leniencies", \.leniencies, CairnLeniencies.settings)
        Setting<CairnPolicy>.section("rateLimits", \.rateLimits, CairnRateLimits.settings)
    }

    @SettingBuilder<CairnPolicy> private static var names: [Setting<CairnPolicy>] {
        Setting(
            "challengeTypes", \.challengeTypes, .challengeTypes,
            "the challenge types offered where they fit, in the order in which they are listed")
        Setting(
            "challengesShareToken", \.$challengesShareToken, .bool,
            "whether the challenges of an authorization share a token")
        Setting(
            "authorizationFailsOn", \.authorizationFailsOn, .word,
            "whether an authorization becomes invalid when any challenge fails, or only when all have")
        Setting(
            "maximumIdentifiers", \.maximumIdentifiers, .integer(1...10_000),
            "the maximum number of identifiers per order")
        Setting(
            "profiles", \.profiles, .dictionary(of: .profileRules, "names of profiles"),
            example: [
                "default": [
                    "identifierTypes": ["dns", "ip"], "challengeTypes": ["http-01", "dns-01", "tls-alpn-01"],
                    "maximumIdentifiers": 100,
                ]
            ], "overrides for orders under a profile of `authority.profiles`")
        Setting(
            "defaultProfile", \.$defaultProfile, .defaultProfile,
            "the profile of orders that name none: the first, one by name, or any at random")
        Setting(
            "profileRefusal", \.$profileRefusal,
            .word(of: [.invalidProfile, .unauthorized, .malformed, .rejectedIdentifier], \.name),
            "the problem type for an account that may not order a profile")
        Setting(
            "removedProfile", \.removedProfile, .word,
            "what happens at finalize to orders of a profile that is no longer offered")
        Setting(
            "blockedNames", \.blockedNames, .names, example: ["bank.test", "*.bank.test"],
            "the names and addresses that the CA will not certify")
        Setting(
            "coveredNames", \.$coveredNames, .word, "whether orders may have both a wildcard and a name that it covers")
        Setting<CairnPolicy>.section(
            "caa", \.$caa, fresh: CairnCAAPolicy(), null: "no check",
            "how CAA records are checked",
            CairnCAAPolicy.settings)
        Setting<CairnPolicy>.section("persist", \.persist, CairnPersistPolicy.settings)
    }

    @SettingBuilder<CairnPolicy> private static var reuse: [Setting<CairnPolicy>] {
        Setting(
            "preAuthorization", \.$preAuthorization, .bool, "whether newAuthz is offered (RFC 8555 §7.4.1)")
        Setting(
            "preAuthorizationScope", \.preAuthorizationScope, .word,
            "what a pre-authorization proven by dns-01 covers: the name, its wildcard too, or all names below it")
        Setting(
            "authorizationReuse.standard", \.authorizationReuse.standard, .reuse,
            "whether new orders reuse valid authorizations")
        Setting(
            "authorizationReuse.names", \.authorizationReuse.names,
            .dictionary(of: .reuse, "names, addresses, or \"*.\" and a name for all below it") { name in
                SettingText.isNamePattern(name) ? nil : SettingKind<String>.namePattern.expected
            }, example: ["*.often.test": .double(0.5)], "the same, for individual names")
        Setting(
            "reusesPendingAuthorizations", \.reusesPendingAuthorizations, .bool,
            "whether new orders reuse pending authorizations")
        Setting(
            "reusesPendingOrders", \.reusesPendingOrders, .bool,
            "whether newOrder returns an unfinished order for the same identifiers")
    }

    @SettingBuilder<CairnPolicy> private static var issuing: [Setting<CairnPolicy>] {
        Setting(
            "ordersPerPage", \.$ordersPerPage, .integer(1...10_000),
            "the number of orders on each page of an orders list")
        Setting<CairnPolicy>.section("lifetimes", \.lifetimes, Lifetimes.settings)
        Setting(
            "showsProcessing", \.$showsProcessing, .bool,
            "whether a challenge is shown as `processing`, not `pending`, while it is being validated")
        Setting<CairnPolicy>.section("progress", \.progress, CairnProgress.settings)
        Setting(
            "maximumValidationDelay", \.maximumValidationDelay, .duration(),
            "how long a validation waits at most, at random, before it begins")
        Setting(
            "validationRetries", \.validationRetries, .array(of: .duration(), "times", 0...1_000), example: [5, 10],
            "the delays before each retry of a failed validation")
        Setting(
            "maximumRequestedRetries", \.maximumRequestedRetries, .integer(0...1_000_000),
            "how many times a client may request an immediate retry of a failed validation")
        Setting(
            "revocationByKeyIsCompromise", \.revocationByKeyIsCompromise, .bool,
            "whether a revocation signed by the certificate's key is for keyCompromise, whatever reason it gives")
        Setting(
            "revocationReasons", \.$revocationReasons, .set(of: .revocationReason, "reasons"),
            "the reasons that a revocation may name, as the numbers of RFC 5280 §5.3.1")
        Setting(
            "refusesEarlierForms", \.refusesEarlierForms, .bool,
            "whether a member `resource` in a payload is refused, and a response to a challenge other than `{}`")
        Setting<CairnPolicy>.section(
            "revocationStatus", \.revocationStatus, CairnRevocationStatusPolicy.settings)
        Setting<CairnPolicy>.section(
            "renewalInfo", \.$renewalInfo, fresh: CairnRenewalInfoPolicy(), null: "none",
            "what clients are told about renewal (RFC 9773)", CairnRenewalInfoPolicy.settings)
    }
}

extension SettingKind where Value == ACMERevocationReason {
    fileprivate static var revocationReason: SettingKind {
        SettingKind<Int>.revocationReason.map {
            ACMERevocationReason(rawValue: $0)
        } _: {
            $0.rawValue
        }
    }
}

extension CairnTermsOfService {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting(
            "location", \.location, .termsLocation, "where they can be read: on a page of the CA, or at another URL")
        Setting(
            "version", \.version,
            .text("a text of 1 to 100 characters") { (1...100).contains($0.unicodeScalars.count) },
            "their version; a new one requires every account to agree again")
        Setting("text", \.text, .text(), "the text on the CA's page")
    }
}

extension CairnKeyRules {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("minimumRSABits", \.minimumRSABits, .integer(2_048...8_192), "the minimum size of an RSA key, in bits")
        Setting("maximumRSABits", \.maximumRSABits, .integer(2_048...8_192), "the maximum size of an RSA key, in bits")
        Setting(
            "refusesWeakKeys", \.refusesWeakKeys, .bool,
            "whether RSA keys with small factors or the ROCA flaw are refused")
        Setting(
            "blocked", \.blocked, .set(of: .keyDigest, "SHA-256 digests of keys"),
            example: ["0000000000000000000000000000000000000000000000000000000000000000"],
            "the keys to refuse, as SHA-256 digests of their SubjectPublicKeyInfo")
        Setting(
            "compromised", \.compromised, .word,
            "what happens to the key of a certificate that is revoked for keyCompromise")
        Setting(
            "signatureAlgorithms", \.$signatureAlgorithms,
            .array(of: .word(of: ACMESignatureAlgorithm.accepted, \.rawValue), "algorithms", 1...100, repeats: false),
            "the algorithms that requests may be signed with")
    }
}

extension CairnLeniencies {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting(
            "refused", \.refused, .set(of: .word(of: CairnLeniency.all, \.name), "names of leniencies"),
            example: .array(CairnLeniency.all.map { .string($0.name) }),
            "what to refuse of the things that the standards forbid and deployed CAs accept")
    }
}

extension CairnCAAPolicy {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting(
            "identities", \.identities, .array(of: .hostName, "host names", repeats: false),
            "the names that stand for the CA in CAA records")
        Setting(
            "checks", \.checks, .bool,
            "whether CAA records are checked; otherwise the directory only shows the names")
        Setting("recheckAfter", \.recheckAfter, .duration(), "how old a CAA check may be when an order is finalized")
    }
}

extension CairnPolicy.Lifetimes {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("order", \.$order, .lifetime, "how long an order can be finalized after newOrder")
        Setting(
            "pendingAuthorization", \.$pendingAuthorization, .lifetime,
            "how long an authorization can be validated after newOrder")
        Setting(
            "validAuthorization", \.$validAuthorization, .lifetime,
            "how long an authorization is valid after its validation")
    }
}

extension CairnProgress {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("validation", \.validation, .pace, "how long the verdict on a challenge is held back")
        Setting("readiness", \.readiness, .pace, "how long an order stays pending once it could be ready")
        Setting("issuance", \.issuance, .pace, "how long a certificate is held back after finalize")
    }
}

extension CairnRenewalInfoPolicy {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting(
            "retryAfter", \.retryAfter, SettingKind.duration(.seconds(1) ... .century).optional("no Retry-After"),
            "the Retry-After of renewal information")
        Setting<Self>.section("window", \.window, CairnRenewalWindow.settings)
        Setting<Self>.section(
            "shortWindow", \.shortWindow, fresh: CairnRenewalWindow(left: 0.5), null: "the same as the others",
            "the window for certificates with a lifetime below `shortLifetime`", CairnRenewalWindow.settings)
        Setting(
            "shortLifetime", \.shortLifetime, .duration(), "the lifetime below which `shortWindow` applies")
        Setting(
            "explanationURL", \.explanationURL, SettingKind.url.optional("none"),
            example: "https://ca.example.test/renewals", "a page about the windows of all certificates")
        Setting(
            "replacedBy", \.replacedBy, .word,
            "whether a certificate counts as replaced when the order is made or when its certificate is issued")
    }
}

extension CairnRenewalWindow {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("left", \.left, .fraction, "the remaining part of the lifetime at the middle of the suggested window")
        Setting("width", \.width, .width, "the length of the suggested window")
    }
}

extension CairnPersistPolicy {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("form", \.form, .word, "the version of the draft that challenges and records of dns-persist-01 follow")
        Setting(
            "issuerDomainNames", \.issuerDomainNames,
            SettingKind<[String]>.array(of: .hostName, "host names", 1...10, repeats: false).map { names in
                names.map(\.lowercasedASCII)
            } _: {
                $0
            }.optional("those of the CA in CAA records"), example: ["cairn.test"],
            "the names of the CA that a record can begin with")
        Setting(
            "accountURIPrefix", \.accountURIPrefix, SettingKind.url.optional("the URL of the account"),
            example: "https://ca.example.test/account-hash/",
            "the beginning of the URIs that name accounts in records, other than their URLs")
        Setting(
            "coversSubdomains", \.coversSubdomains, .bool,
            "whether a record with policy=wildcard covers all names below its own")
        Setting(
            "justInTime", \.justInTime, .word,
            "the accounts whose records are checked as soon as an authorization is created")
    }
}

// MARK: Kinds

extension SettingKind where Value == CairnDefaultProfile {
    fileprivate static var defaultProfile: SettingKind {
        SettingKind(
            "\"first\", \"random\" or {\"named\": …}",
            [
                "anyOf": [
                    ["enum": ["first", "random"]],
                    ["type": "object", "required": ["named"], "properties": ["named": ["type": "string"]]],
                ]
            ],
            read: { json in
                switch json {
                case "first": return .first
                case "random": return .random
                default:
                    guard let object = json.object, object.names == ["named"] else { return nil }
                    return object["named"]?.string.map { .named($0) }
                }
            },
            write: { choice in
                switch choice {
                case .first: "first"
                case .random: "random"
                case .named(let name): ["named": .string(name)]
                }
            })
    }
}

extension SettingKind where Value == Double {
    /// A part of a whole, as a number or as a text such as `1/3`.
    fileprivate static var fraction: SettingKind {
        SettingKind(
            "a number from 0 to 1, or a text such as \"1/3\"",
            [
                "anyOf": [
                    ["type": "number", "minimum": 0, "maximum": 1], ["type": "string", "pattern": "^[0-9]+/[0-9]+$"],
                ]
            ],
            read: { json in
                var number: Double?
                switch json {
                case .integer(let whole): number = Double(whole)
                case .double(let part): number = part
                case .string(let text):
                    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
                    guard parts.count == 2, let above = parts[0], let below = parts[1], below > 0 else { return nil }
                    number = Double(above) / Double(below)
                default: break
                }
                return number.flatMap { (0...1).contains($0) ? $0 : nil }
            },
            write: { part in
                // Thirds and the like have no end as numbers.
                let below = (3...12).first { (part * Double($0)).rounded() / Double($0) == part }
                guard let below, (0...1).contains(part), (part * 10_000).rounded() / 10_000 != part else {
                    return .double(part)
                }
                return .string("\(Int((part * Double(below)).rounded()))/\(below)")
            })
    }
}

extension SettingKind where Value == CairnRenewalWindow.Width {
    fileprivate static var width: SettingKind {
        let part = SettingKind<Double>.fraction
        let time = SettingKind<Duration>.duration()
        return SettingKind(
            "a part of the lifetime from 0 to 1, or a time as a text such as \"48h\"",
            ["anyOf": [["type": "number", "minimum": 0, "maximum": 1], ["type": "string"]]],
            read: { json in
                if let part = try? part.read(json).get() { return .part(part) }
                guard case .string = json else { return nil }
                return (try? time.read(json).get()).map { .time($0) }
            },
            write: { width in
                switch width {
                case .part(let share): part.write(share)
                case .time(let duration): .string(duration.text)
                }
            })
    }
}

extension SettingKind where Value == CairnNameSet {
    static var names: SettingKind {
        SettingKind<[String]>.array(
            of: .namePattern, "names, addresses, or \"*.\" and a name for all below it", repeats: false
        )
        .map {
            CairnNameSet($0)
        } _: {
            $0.names
        }
    }
}

extension SettingKind where Value == [ACMEChallengeType] {
    static var challengeTypes: SettingKind {
        .array(of: .word(of: ChallengeKinds.known.types, \.rawValue), "challenge types", 1...100, repeats: false)
    }
}

extension SettingKind where Value == CairnProfileRules {
    fileprivate static var profileRules: SettingKind {
        .object("rules for a profile", fresh: CairnProfileRules(), required: []) {
            Setting(
                "identifierTypes", \.identifierTypes,
                SettingKind<Set<ACMEIdentifierType>>.set(of: .word(of: [.dns, .ip], \.rawValue), "identifier types")
                    .optional("all"), "the identifier types that orders may have")
            Setting(
                "challengeTypes", \.challengeTypes,
                SettingKind<[ACMEChallengeType]>.challengeTypes.optional("those of the policy"),
                "the challenge types offered")
            Setting(
                "maximumIdentifiers", \.maximumIdentifiers,
                SettingKind<Int>.integer(1...10_000).optional("that of the policy"),
                "the maximum number of identifiers per order")
            Setting(
                "lifetimes", \.lifetimes, SettingKind<CairnPolicy.Lifetimes>.lifetimes.optional("those of the policy"),
                "how long its orders can be used, and the authorizations made for them")
            Setting(
                "accounts", \.accounts,
                SettingKind<[CairnObjectID]>.array(
                    of: .objectID(), "URLs of accounts, or the last parts of them", repeats: false
                )
                .optional("all"),
                "the accounts that may order it")
        }
    }
}

extension SettingKind where Value == CairnObjectID {
    /// The name of an object, or its URL.
    package static func objectID(_ expected: String = "a text") -> SettingKind {
        SettingKind<String>.text(expected).map {
            CairnObjectID(rawValue: $0)
        } _: {
            $0.rawValue
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
        SettingKind<String?>.pageOrURL.map {
            $0.map(CairnTermsOfService.Location.url) ?? .page
        } _: { location in
            if case .url(let url) = location { url } else { nil }
        }
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
