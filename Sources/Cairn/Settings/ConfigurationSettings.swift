extension TestCA.Configuration {
    /// Everything that can be set from outside, each declared once: what a file and the management API have of it, the
    /// checks at the start, the help and the schema follow from here.
    package static let settings = SettingCatalogue(list)

    @SettingBuilder<Self> private static var list: [Setting<Self>] {
        Setting(
            "seed", \.seed, SettingKind.seed.optional("one that is drawn"), example: 42,
            "where all random choices come from: the same seed and requests give the same run")
        Setting(
            "clock", \.clock, .clock,
            "whether the CA's clock runs from the present, or stands at an instant until it is moved")
        Setting(
            "origin", \.origin, SettingKind.origin.optional("that of each request"),
            example: "https://localhost:14000", "scheme and authority of all URLs that clients are given")
        Setting("threads", \.threads, .integer(1...256), "how many threads serve connections")
        Setting(
            "personality", \.personality, .word(of: CairnPersonality.all, \.name),
            "whose statuses, problem types and header fields it has")
        Setting(
            "retryAfter", \.retryAfter, SettingKind.duration(.seconds(1) ... .century).optional("no Retry-After"),
            "what clients are told to wait between two polls")
        Setting("retryAfterForm", \.retryAfterForm, .word, "how every Retry-After is written; `either` is by chance")
        Setting<Self>.section("listener", \.listener, Listener.settings + Listener.manners)
        Setting<Self>.section(
            "dnsListener", \.dnsListener, fresh: DNSServer(), null: "none",
            "the DNS server that shows the fake DNS to clients, over UDP and TCP", DNSServer.settings)
        Setting<Self>.section("dns", \.dns, isLive: true, DNS.defaults)
        Setting<Self>.section("dns", \.dns, DNS.contents)
        Setting<Self>.section("probes", \.probes, isLive: true, CairnProbeSettings.settings)
        Setting<Self>.section("validation", \.validation, isLive: true, Validation.settings)
        Setting<Self>.section("decisions", \.decisions, Decisions.settings)
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
            ], "the keys for external accounts that are given out at the start (RFC 8555 §7.3.4)")
        Setting(
            "grants", \.grants, .array(of: .grant, "grants"),
            example: [
                ["externalAccountKey": "kid-1", "scope": ["domain": "example.test"], "duration": "365d"],
                ["externalAccountKey": "kid-1", "scope": "www.example.org"],
            ], "what the first account of an external account key may have certified without challenges")
        Setting<Self>.section(
            "draft", \.draft, fresh: CairnDraftSettings(), null: "not at all",
            "how the ACME draft of March 2017 is served at `/draft/dir`, where its text leaves something open",
            CairnDraftSettings.settings)
        Setting<Self>.section("bounds", \.bounds, CairnBounds.settings)
    }
}

extension TestCA.Configuration.Listener {
    /// Also of the servers that are started beside the CA.
    package static let settings: [Setting<Self>] = list

    @SettingBuilder<Self> private static var list: [Setting<Self>] {
        Setting("addresses", \.addresses, .addresses, "the addresses that it listens on")
        Setting("port", \.port, .listeningPort, "the port that all of them share")
        Setting(
            "plainHTTP", \.plainHTTP, .bool,
            "whether it speaks HTTP/1.1 without TLS; ACME requires HTTPS (RFC 8555 §6.1)")
    }

    /// What holds for all servers of a CA.
    @SettingBuilder<Self> fileprivate static var manners: [Setting<Self>] {
        Setting(
            "hosts", \.hosts, .array(of: .hostPattern, "host names"), example: ["ca.example.com", "*.lab.example.com"],
            "more names that clients may call the servers by; addresses, names without dots and those below `test`, "
                + "`localhost` and the like need no mention")
        Setting(
            "origins", \.origins, .array(of: .webOrigin, "origins"), example: ["https://tools.example.com"],
            "origins whose web pages may send commands to the management API")
        Setting(
            "allowsCBC", \.allowsCBC, .bool,
            "whether AES in CBC mode may be negotiated with TLS 1.2, against the advice of RFC 9325 §4.2")
        Setting("timeouts.handshake", \.timeouts.handshake, .patience, "how long a TLS handshake may take")
        Setting(
            "timeouts.head", \.timeouts.head, .patience,
            "how long the rest of a request's head may take")
        Setting(
            "timeouts.idle", \.timeouts.idle, .patience,
            "how long a connection may be without an answered request; it may be twice as long")
    }
}

extension TestCA.Configuration.DNSServer {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("addresses", \.addresses, .addresses, "the addresses that it listens on")
        Setting("port", \.port, .listeningPort, "the port that all of them share")
    }
}

extension CairnProbeSettings {
    /// Those of ``settings`` that are checked when they are changed.
    static let catalogue = SettingCatalogue(settings)

    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("httpPort", \.httpPort, .port, "the port that stands for port 80 of every host: where http-01 connects")
        Setting(
            "tlsPort", \.tlsPort, .port, "the port that stands for port 443 of every host: where tls-alpn-01 connects")
        Setting(
            "hostIncludesPort", \.hostIncludesPort, .bool,
            "whether http-01 names its port in URL and Host, as Pebble does")
        Setting("redirectLimit", \.redirectLimit, .integer(0...100), "how many redirects http-01 follows")
        Setting(
            "redirectPorts", \.redirectPorts, SettingKind.set(of: .port, "ports").optional("all"), example: [80, 443],
            "the ports that redirects of http-01 may lead to; public CAs follow to 80 and 443 alone")
        Setting(
            "bodyLimit", \.bodyLimit, .integer(1...1 << 24), "the longest body of an http-01 response, in octets")
        Setting(
            "timeout", \.timeout, .duration(.milliseconds(1) ... .days(1)),
            "how long each request or handshake may take, connecting included")
        Setting(
            "addresses", \.addresses, .word,
            "which addresses are connected to; `publicOnly` passes over loopback, private ones and the like")
        Setting(
            "perspectives", \.perspectives,
            .array(of: .text("a name of 1 to 63 characters") { (1...63).contains($0.utf8.count) }, "names", 0...100),
            example: ["eu", "asia"], "remote perspectives from which validations are repeated (RFC 8555 §10.2)")
        Setting(
            "perspectiveQuorum", \.perspectiveQuorum,
            SettingKind.integer(0...100).optional("the rule of public CAs"), example: 1,
            "how many of the perspectives have to agree")
    }
}

extension TestCA.Configuration.Validation {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("approvesAll", \.approvesAll, .bool, "whether every challenge is approved without looking")
    }
}

extension CairnDraftSettings {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting(
            "challengeTypes", \.challengeTypes, .challengeTypes,
            "what its clients may prove control of a name with, in the order in which it is listed")
        Setting("acceptsKeys", \.acceptsKeys, .bool, "whether new-authz and key-change take requests with `jwk`")
        Setting(
            "deactivatedStatus", \.deactivatedStatus, .number(of: [401, 403]),
            "the status of the refusal of a deactivated account")
        Setting(
            "showsExistingAccount", \.showsExistingAccount, .bool,
            "whether new-account shows the account that the key has already")
        Setting(
            "omitsPendingStatus", \.omitsPendingStatus, .bool,
            "whether pending authorizations have no `status`, which means pending")
        Setting(
            "showsCombinations", \.showsCombinations, .bool,
            "whether pending authorizations have the member `combinations`")
        Setting(
            "scopesAuthorizations", \.scopesAuthorizations, .bool,
            "whether authorizations of an order are good for that order alone")
        Setting(
            "showsExistingAuthorization", \.showsExistingAuthorization, .bool,
            "whether the 303 of new-authz shows the authorization that it leads to")
        Setting(
            "printsPageLinks", \.printsPageLinks, .bool,
            "whether pages of an orders list are linked as the draft prints it, which is no link of RFC 5988")
        Setting("acceptsWildcards", \.acceptsWildcards, .bool, "whether a CSR may name wildcards")
        Setting(
            "certifiesCommonName", \.certifiesCommonName, .bool,
            "whether a common name that is no alternative name is certified like one")
        Setting(
            "acceptsPostAsGet", \.acceptsPostAsGet, .bool,
            "whether signed requests with an empty payload read, as in RFC 8555 §6.3")
    }
}

extension CairnBounds {
    @SettingBuilder<Self> fileprivate static var settings: [Setting<Self>] {
        Setting("nonces", \.nonces, .integer(1...Int.max), "the most nonces that are out at a time")
        Setting("journalEntries", \.journalEntries, .integer(), "the most entries of the journal")
        Setting("journalBytes", \.journalBytes, .integer(), "the most octets of clients that the journal keeps")
        Setting("dnsQueries", \.dnsQueries, .integer(), "the most DNS queries that are remembered")
        Setting("accounts", \.accounts, .integer(), "the most accounts; beyond it newAccount is refused")
        Setting(
            "unfinishedOrders", \.unfinishedOrders, .integer(1...Int.max),
            "the most orders that are kept while they are neither valid nor invalid")
        Setting(
            "finishedOrders", \.finishedOrders, .integer(1...Int.max),
            "the most orders that are kept once they are valid or invalid")
        Setting(
            "finishedAuthorizations", \.finishedAuthorizations, .integer(1...Int.max),
            "the most authorizations without an order that are kept once they can be used no more")
        Setting("authorizations", \.authorizations, .integer(), "the most authorizations")
        Setting(
            "externalAccountKeys", \.externalAccountKeys, .integer(),
            "the most keys of external accounts; beyond it none is issued")
        Setting("grants", \.grants, .integer(), "the most grants that hold at a time; beyond it none is made")
        Setting(
            "pausedIdentifiers", \.pausedIdentifiers, .integer(1...Int.max), "the most identifiers that are paused")
        Setting(
            "rateLimitCounters", \.rateLimitCounters, .integer(1...Int.max),
            "the most counters of rate limits that have counted something")
        Setting(
            "compromisedKeys", \.compromisedKeys, .integer(1...Int.max),
            "the most keys that are remembered as compromised")
        Setting(
            "revocations", \.revocations, .integer(1...Int.max),
            "the most revocations that are remembered, each until its certificate has expired")
        Setting(
            "formerAccountKeys", \.formerAccountKeys, .integer(1...Int.max),
            "the most keys that are remembered as once an account's")
    }
}

extension SettingKind where Value == [CairnIPAddress] {
    fileprivate static var addresses: SettingKind { .array(of: .address, "IP addresses", 1...64) }
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
            text == "*" || SettingText.isHostName(text.hasPrefix("*.") ? String(text.dropFirst(2)) : text)
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
        SettingKind<Duration>.duration(.milliseconds(1) ... .days(365)).optional("ever")
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
