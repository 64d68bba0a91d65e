extension TestCA.Configuration {
    /// Everything that can be set from outside, each declared once: what a file and the management API have of it, the
    /// checks at the start, the help and the schema follow from here.
    package static let settings = SettingCatalogue(list)

    @SettingBuilder<Self> private static var list: [Setting<Self>] {
        Setting(
            "presets", \.presetsByName, .presets, example: ["crlfChain"], comesFirst: true,
            "presets of CAs and incidents to start from; every other setting takes precedence over theirs")
        Setting(
            "seed", \.seed, SettingKind.seed.optional("a random one"),
            "the seed of all random choices: the same seed and requests give the same run")
        Setting(
            "clock", \.clock, .clock,
            "whether the CA's clock runs from the current time, or stands at an instant until it is moved")
        Setting(
            "origin", \.origin, SettingKind.origin.optional("that of each request"),
            "the scheme and authority of all URLs given to clients")
        Setting("threads", \.threads, .integer(1...256), "the number of threads that serve connections")
        Setting(
            "personality", \.personality, .word(of: CairnPersonality.all, \.name), isLive: true,
            "the server whose statuses, problem types and header fields it imitates, and whose decisions where you make none"
        )
        Setting(
            "retryAfter", \.retryAfter, SettingKind.duration(.seconds(1) ... .century).optional("no Retry-After"),
            "how long clients are told to wait between polls")
        Setting(
            "validationRetryAfter", \.validationRetryAfter, SettingKind.duration().optional("that of `retryAfter`"),
            example: 3, "the same between polls of what is being validated; 0 sends none")
        Setting(
            "retryAfterForm", \.retryAfterForm, .word, "the form of every Retry-After; `either` picks one at random")
        Setting(
            "paths", \.paths, .word,
            "the paths of resources: Cairn's own, or those of Pebble, with serial numbers in the URLs of certificates")
        Setting(
            "shufflesLists", \.shufflesLists, .bool,
            "whether identifiers, authorizations and challenges are listed in random order in each response")
        Setting<Self>.section("listener", \.listener, Listener.settings + Listener.manners)
        Setting<Self>.section(
            "dnsListener", \.dnsListener, fresh: DNSServer(), null: "none",
            "a DNS server that exposes the fake DNS over UDP and TCP", DNSServer.settings)
        Setting<Self>.section("dns", \.dns, isLive: true, DNS.defaults)
        Setting<Self>.section("dns", \.dns, DNS.contents)
        Setting<Self>.section("probes", \.probes, isLive: true, CairnProbeSettings.settings)
        Setting<Self>.section("validation", \.validation, isLive: true, Validation.settings)
        Setting<Self>.section("responder", \.responder, Responder.settings)
        Setting<Self>.section("authority", \.authority, CairnAuthorityConfiguration.settings)
        Setting<Self>.section("policy", \.policy, isLive: true, CairnPolicy.settings)
        Setting(
            "externalAccountKeys", \.externalAccountKeys, .array(of: .externalKey, "keys"),
            example: [
                [
                    "identifier": "kid-1",
                    "macKey": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W", "uses": "unlimited",
                    "lifetime": "365d",
                    "policy": [
                        "names": ["example.test", "*.example.test"], "deniedNames": ["secret.example.test"],
                        "profiles": ["default"], "maximumIdentifiers": 10,
                    ],
                ]
            ], "the external account keys that are issued at the start (RFC 8555 §7.3.4)")
        Setting(
            "grants", \.grants, .array(of: .grant, "grants"),
            example: [
                ["externalAccountKey": "kid-1", "scope": ["domain": "example.test"], "duration": "365d"],
                ["externalAccountKey": "kid-1", "scope": "www.example.org"],
            ], "what the first account bound to an external account key may have certified without challenges")
        Setting(
            "pauses", \.pauses, .array(of: .pause, "pauses"),
            example: [["externalAccountKey": "kid-1", "identifiers": ["paused.example.test"]]],
            "what the first account bound to an external account key gets no certificates for until it is unpaused")
        Setting<Self>.section(
            "draft", \.draft, fresh: CairnDraftSettings(), null: "not at all",
            "options for the ACME draft of March 2017, served at `/draft/dir`",
            CairnDraftSettings.settings)
        Setting<Self>.section("bounds", \.bounds, CairnBounds.settings)
    }
}

extension TestCA.Configuration.Listener {
    /// Also of the servers that are started beside the CA.
    package static let settings: [Setting<Self>] = list

    @SettingBuilder<Self> private static var list: [Setting<Self>] {
        Setting("addresses", \.addresses, .addresses, "the addresses to listen on")
        Setting("port", \.port, .listeningPort, "the port to listen on, the same on every address")
        Setting(
            "plainHTTP", \.plainHTTP, .bool,
            "whether to serve HTTP/1.1 without TLS; ACME requires HTTPS (RFC 8555 §6.1)")
    }

    /// What is of the ACME server alone, or holds for all servers of a CA.
    @SettingBuilder<Self> fileprivate static var manners: [Setting<Self>] {
        Setting(
            "plainPort", \.plainPort, SettingKind.listeningPort.optional("no plain HTTP"),
            "the port for CRLs, OCSP and issuer certificates over plain HTTP beside HTTPS, which certificates then name "
                + "(RFC 5280 §8)")
        Setting(
            "hosts", \.hosts, .array(of: .hostPattern, "host names", repeats: false),
            example: ["ca.example.com", "*.lab.example.com"],
            "further host names that the servers answer to; addresses, names without dots, and names below `test`, "
                + "`localhost` and the like are always accepted")
        Setting(
            "origins", \.origins, .array(of: .webOrigin, "origins", repeats: false),
            example: ["https://tools.example.com"],
            "the web origins that may send commands to the management API")
        Setting(
            "allowsCBC", \.allowsCBC, .bool,
            "whether TLS 1.2 may negotiate AES-CBC cipher suites, against the advice of RFC 9325 §4.2")
        Setting("timeouts.handshake", \.timeouts.handshake, .patience, "how long a TLS handshake may take")
        Setting(
            "timeouts.head", \.timeouts.head, .patience,
            "how long the head of a request may take to arrive once it has begun")
        Setting(
            "timeouts.idle", \.timeouts.idle, .patience,
            "how long a connection may go without an answered request; it is closed after up to twice that time")
    }
}

extension TestCA.Configuration.DNSServer {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("addresses", \.addresses, .addresses, "the addresses to listen on")
        Setting("port", \.port, .listeningPort, "the port to listen on, the same on every address")
        Setting(
            "httpsPort", \.httpsPort, SettingKind.listeningPort.optional("no DNS over HTTPS"),
            "the port for DNS over HTTPS, at `/dns-query` (RFC 8484)")
    }
}

extension CairnProbeSettings {
    /// Those of ``settings`` that are checked when they are changed.
    static let catalogue = SettingCatalogue(settings)

    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting(
            "httpPort", \.httpPort, .port, "the port used in place of port 80 on every host: where http-01 connects")
        Setting(
            "tlsPort", \.tlsPort, .port, "the port used in place of port 443 on every host: where tls-alpn-01 connects")
        Setting(
            "hostIncludesPort", \.hostIncludesPort, .bool,
            "whether http-01 includes its port in the URL and the Host field, as Pebble does")
        Setting(
            "userAgent", \.userAgent,
            .text("1 to 200 visible ASCII characters and blanks, beginning and ending with a visible one") { text in
                let bytes = text.utf8
                return (1...200).contains(bytes.count) && bytes.allSatisfy { (0x20...0x7e).contains($0) }
                    && bytes.first != 0x20 && bytes.last != 0x20
            }, "the User-Agent of http-01 requests")
        Setting("redirectLimit", \.redirectLimit, .integer(0...100), "how many redirects http-01 follows")
        Setting(
            "redirectPorts", \.redirectPorts, SettingKind.set(of: .port, "ports").optional("all"), example: [80, 443],
            "the ports that http-01 redirects may lead to; public CAs allow only 80 and 443")
        Setting(
            "bodyLimit", \.bodyLimit, .integer(1...1 << 24),
            "the maximum size of the body of an http-01 response, in bytes")
        Setting(
            "timeout", \.timeout, .duration(.milliseconds(1) ... .days(1)),
            "how long each request or handshake may take, including the connection")
        Setting(
            "addresses", \.addresses, .word,
            "which addresses validation may connect to; `publicOnly` skips loopback, private and other special-purpose ones"
        )
        Setting(
            "perspectives", \.perspectives,
            .array(
                of: .text("a name of 1 to 63 characters") { (1...63).contains($0.utf8.count) }, "names", 0...100,
                repeats: false),
            example: ["eu", "asia"], "the remote perspectives from which validation is repeated (RFC 8555 §10.2)")
        Setting(
            "perspectiveQuorum", \.perspectiveQuorum,
            SettingKind.integer(0...100).optional("the rule of public CAs"), example: 1,
            "how many remote perspectives must agree")
        Setting(
            "resolver", \.resolver, SettingKind.resolver.optional("the fake DNS"),
            "the resolver used in place of the fake DNS: a DNS server, or `system`; the only way for queries to leave the process"
        )
    }
}

extension SettingKind where Value == CairnResolver {
    fileprivate static var resolver: SettingKind {
        SettingKind(
            "\"system\", or a DNS server and its port such as \"127.0.0.1:8053\"", ["type": "string"],
            read: { $0.string.flatMap { CairnResolver($0) } }, write: { .string($0.description) })
    }
}

extension CairnDraftSettings {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting<Self>.section("policy", \.policy, Policy.settings)
        Setting<Self>.section("answers", \.answers, Answers.settings)
    }
}

extension CairnDraftSettings.Policy {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting(
            "challengeTypes", \.challengeTypes, .challengeTypes,
            "the challenge types offered for names, in this order")
        Setting(
            "acceptsKeys", \.acceptsKeys, .bool, "whether new-authz and key-change accept requests with `jwk`, too")
        Setting(
            "acceptsPostAsGet", \.acceptsPostAsGet, .bool,
            "whether objects can be read by signed requests with an empty payload, as in RFC 8555 §6.3")
        Setting("acceptsWildcards", \.acceptsWildcards, .bool, "whether a CSR may have wildcards")
        Setting(
            "certifiesCommonName", \.certifiesCommonName, .bool,
            "whether a common name that is not among the alternative names is certified like one of them")
        Setting(
            "scopesAuthorizations", \.scopesAuthorizations, .bool,
            "whether the authorizations of an order are limited to that order")
    }
}

extension CairnDraftSettings.Answers {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting(
            "deactivatedStatus", \.deactivatedStatus, .number(of: [401, 403]),
            "the status with which a deactivated account is refused")
        Setting(
            "showsExistingAccount", \.showsExistingAccount, .bool,
            "whether new-account returns the account object where the key already has an account")
        Setting(
            "omitsPendingStatus", \.omitsPendingStatus, .bool,
            "whether pending authorizations leave out `status`, which then means pending")
        Setting(
            "showsCombinations", \.showsCombinations, .bool,
            "whether pending authorizations have the member `combinations`")
        Setting(
            "showsExistingAuthorization", \.showsExistingAuthorization, .bool,
            "whether the 303 of new-authz includes the authorization that it leads to")
        Setting(
            "printsPageLinks", \.printsPageLinks, .bool,
            "whether the pages of an orders list are linked as the draft prints it, which is not a link of RFC 5988")
    }
}

extension CairnBounds {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("nonces", \.nonces, .integer(1...Int.max), "the maximum number of unused nonces")
        Setting("journalEntries", \.journalEntries, .integer(), "the maximum number of journal entries")
        Setting(
            "journalBytes", \.journalBytes, .integer(),
            "the maximum amount of client data kept in the journal, in bytes")
        Setting("dnsQueries", \.dnsQueries, .integer(), "the maximum number of DNS queries remembered")
        Setting("accounts", \.accounts, .integer(), "the maximum number of accounts; beyond it, newAccount is refused")
        Setting(
            "unfinishedOrders", \.unfinishedOrders, .integer(1...Int.max),
            "the maximum number of orders that are neither valid nor invalid")
        Setting(
            "finishedOrders", \.finishedOrders, .integer(1...Int.max),
            "the maximum number of valid and invalid orders kept")
        Setting(
            "finishedAuthorizations", \.finishedAuthorizations, .integer(1...Int.max),
            "the maximum number of authorizations kept that have no order and can no longer be used")
        Setting("authorizations", \.authorizations, .integer(), "the maximum number of authorizations")
        Setting(
            "externalAccountKeys", \.externalAccountKeys, .integer(),
            "the maximum number of external account keys; beyond it, none is issued")
        Setting("grants", \.grants, .integer(), "the maximum number of grants in force; beyond it, none is made")
        Setting(
            "pausedIdentifiers", \.pausedIdentifiers, .integer(1...Int.max), "the maximum number of paused identifiers")
        Setting(
            "rateLimitCounters", \.rateLimitCounters, .integer(1...Int.max),
            "the maximum number of rate limit counters in use")
        Setting(
            "compromisedKeys", \.compromisedKeys, .integer(1...Int.max),
            "the maximum number of compromised keys remembered")
        Setting(
            "revocations", \.revocations, .integer(1...Int.max),
            "the maximum number of revocations remembered, each until its certificate expires")
        Setting(
            "formerAccountKeys", \.formerAccountKeys, .integer(1...Int.max),
            "the maximum number of former account keys remembered")
    }
}

extension SettingKind where Value == [CairnIPAddress] {
    fileprivate static var addresses: SettingKind { .array(of: .address, "IP addresses", 1...64, repeats: false) }
}

extension SettingKind where Value == String {
    /// URLs are compared with strings (RFC 8555 §6.4), so an origin has one form: scheme and authority, and no path.
    fileprivate static var origin: SettingKind {
        text(
            "scheme and authority of a URL, such as \"https://ca.example.test:14000\"", ["format": "uri"],
            where: SettingText.isOrigin)
    }
}

extension SettingKind where Value == String {
    /// A name of a host, or `*` for all, or `*.` and a name for those one label below.
    fileprivate static var hostPattern: SettingKind {
        .text("a host name, \"*\" for all, or \"*.\" and a name for those one label below") { text in
            text == "*" || SettingText.isStarredName(text)
        }
    }

    /// The origin of a web page (RFC 6454 §6.1), or `*` for all.
    fileprivate static var webOrigin: SettingKind {
        .text("scheme and authority of a URL, such as \"https://tools.example.com\", or \"*\" for all") { text in
            text == "*" || SettingText.isOrigin(text)
        }
    }
}

extension SettingKind where Value == Duration? {
    /// How long a connection may take for something.
    fileprivate static var patience: SettingKind {
        SettingKind<Duration>.duration(.milliseconds(1) ... .days(365)).optional("no limit")
    }
}

extension SettingKind where Value == CairnSeed {
    package static var seed: SettingKind {
        SettingKind(
            "a whole number from 0 to 18446744073709551615, in quotes if it is above \(Int.max)",
            ["anyOf": [["type": "integer", "minimum": 0], ["type": "string", "pattern": "^[0-9]+$"]]],
            read: { json in
                (json.integer.flatMap { UInt64(exactly: $0) } ?? json.string.flatMap { UInt64($0) }).map {
                    CairnSeed($0)
                }
            },
            write: { seed in Int("\(seed)").map { .integer($0) } ?? .string("\(seed)") })
    }
}

extension SettingKind where Value == TestCA.ClockStart {
    fileprivate static var clock: SettingKind {
        SettingKind(
            "\"running\", or an instant of RFC 3339 from \(CairnInstant.earliestWritten) to \(CairnInstant.latestWritten)",
            ["anyOf": [["const": "running"], ["type": "string", "format": "date-time"]]],
            read: { json in
                guard let text = json.string else { return nil }
                return text == "running" ? .running : CairnInstant(rfc3339: text).map { .standing(at: $0) }
            },
            write: { clock in
                switch clock {
                case .running: "running"
                case .standing(let instant) where instant < .earliestWritten || instant.wholeSecond > .latestWritten:
                    .integer(Int(instant.secondsSinceEpoch))
                case .standing(let instant): .string(instant.rfc3339)
                }
            })
    }
}
