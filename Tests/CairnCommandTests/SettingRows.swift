import Cairn

@testable import CairnCommand

/// One value of a setting that is not its default, as a file has it, and how it shows in the Swift value.
struct SettingRow: Sendable {
    let path: String
    /// The value in JSON.
    let value: String
    let shows: @Sendable (Settings) -> Bool

    init(_ path: String, _ value: String, _ shows: @escaping @Sendable (Settings) -> Bool) {
        (self.path, self.value, self.shows) = (path, value, shows)
    }

    /// A row for every setting, and more than one where a setting has several forms.
    static let all: [SettingRow] =
        server + listening + validation + authority + clients + keysAndLimits + orders + draft + objects

    private static let server: [SettingRow] = [
        SettingRow("logLevel", #""debug""#) { $0.logLevel == .debug },
        SettingRow("presets", #"["crlfChain", {"name": "mine", "rules": []}]"#) {
            $0.ca.presets == [.crlfChain, CairnPreset("mine", "")] && $0.ca.rules.count == 1
        },
        SettingRow("seed", "7") { $0.ca.seed == 7 },
        SettingRow("seed", #""18446744073709551615""#) { $0.ca.seed == CairnSeed(.max) },
        SettingRow("clock", #""2030-01-01T00:00:00Z""#) {
            $0.ca.clock == .standing(at: CairnInstant(secondsSinceEpoch: 1_893_456_000))
        },
        SettingRow("origin", #""https://ca.example.test""#) { $0.ca.origin == "https://ca.example.test" },
        SettingRow("threads", "3") { $0.ca.threads == 3 },
        SettingRow("personality", #""stepCA""#) { $0.ca.personality == .stepCA },
        SettingRow("retryAfter", "14") { $0.ca.retryAfter == .seconds(14) },
        SettingRow("retryAfter", "null") { $0.ca.retryAfter == nil },
        SettingRow("validationRetryAfter", "15") { $0.ca.validationRetryAfter == .seconds(15) },
        SettingRow("validationRetryAfter", "0") { $0.ca.validationRetryAfter == .zero },
        SettingRow("retryAfterForm", #""httpDate""#) { $0.ca.retryAfterForm == .httpDate },
        SettingRow("paths", #""pebble""#) { $0.ca.paths == .pebble },
        SettingRow("shufflesLists", "true") { $0.ca.shufflesLists },
        SettingRow("bounds.nonces", "21") { $0.ca.bounds.nonces == 21 },
        SettingRow("bounds.journalEntries", "22") { $0.ca.bounds.journalEntries == 22 },
        SettingRow("bounds.dnsQueries", "23") { $0.ca.bounds.dnsQueries == 23 },
        SettingRow("bounds.finishedOrders", "24") { $0.ca.bounds.finishedOrders == 24 },
        SettingRow("bounds.accounts", "26") { $0.ca.bounds.accounts == 26 },
        SettingRow("bounds.unfinishedOrders", "27") { $0.ca.bounds.unfinishedOrders == 27 },
        SettingRow("bounds.authorizations", "28") { $0.ca.bounds.authorizations == 28 },
        SettingRow("bounds.externalAccountKeys", "29") { $0.ca.bounds.externalAccountKeys == 29 },
        SettingRow("bounds.grants", "30") { $0.ca.bounds.grants == 30 },
        SettingRow("bounds.pausedIdentifiers", "31") { $0.ca.bounds.pausedIdentifiers == 31 },
        SettingRow("bounds.rateLimitCounters", "32") { $0.ca.bounds.rateLimitCounters == 32 },
        SettingRow("bounds.revocations", "44") { $0.ca.bounds.revocations == 44 },
        SettingRow("bounds.compromisedKeys", "33") { $0.ca.bounds.compromisedKeys == 33 },
        SettingRow("bounds.journalBytes", "34") { $0.ca.bounds.journalBytes == 34 },
        SettingRow("bounds.formerAccountKeys", "35") { $0.ca.bounds.formerAccountKeys == 35 },
        SettingRow("bounds.finishedAuthorizations", "25") { $0.ca.bounds.finishedAuthorizations == 25 },
    ]

    private static let listening: [SettingRow] = [
        SettingRow("listener.addresses", #"["::1", "127.0.0.2"]"#) {
            $0.ca.listener.addresses == [.loopbackV6, "127.0.0.2"]
        },
        SettingRow("listener.port", "1") { $0.ca.listener.port == 1 },
        SettingRow("listener.plainHTTP", "true") { $0.ca.listener.plainHTTP },
        SettingRow("management.plainHTTP", "true") { $0.management?.plainHTTP == true },
        SettingRow("tls", #""ephemeral""#) { $0.tls == .ephemeral },
        SettingRow("listener.hosts", #"["ca.example.com", "*.lab.example.com", "*"]"#) {
            $0.ca.listener.hosts == ["ca.example.com", "*.lab.example.com", "*"]
        },
        SettingRow("listener.origins", #"["https://tools.example.com"]"#) {
            $0.ca.listener.origins == ["https://tools.example.com"]
        },
        SettingRow("listener.plainPort", "14080") { $0.ca.listener.plainPort == 14080 },
        SettingRow("listener.allowsCBC", "true") { $0.ca.listener.allowsCBC },
        SettingRow("listener.timeouts.handshake", "4") { $0.ca.listener.timeouts.handshake == .seconds(4) },
        SettingRow("listener.timeouts.head", "5") { $0.ca.listener.timeouts.head == .seconds(5) },
        SettingRow("listener.timeouts.idle", "null") { $0.ca.listener.timeouts.idle == nil },
        SettingRow("management", "null") { $0.management == nil },
        SettingRow("management.addresses", #"["::1"]"#) { $0.management?.addresses == [.loopbackV6] },
        SettingRow("management.port", "2") { $0.management?.port == 2 },
        SettingRow("dnsListener", "null") { $0.ca.dnsListener == nil },
        SettingRow("dnsListener.addresses", #"["::1"]"#) { $0.ca.dnsListener?.addresses == [.loopbackV6] },
        SettingRow("dnsListener.httpsPort", "8443") { $0.ca.dnsListener?.httpsPort == 8443 },
        SettingRow("dnsListener.port", "3") { $0.ca.dnsListener?.port == 3 },
        SettingRow("dns.defaultIPv4", #""127.0.0.3""#) { $0.ca.dns.defaultIPv4 == "127.0.0.3" },
        SettingRow("dns.defaultIPv4", "null") { $0.ca.dns.defaultIPv4 == nil },
        SettingRow("dns.defaultIPv6", #""::1""#) { $0.ca.dns.defaultIPv6 == .loopbackV6 },
        SettingRow(
            "dns.records",
            ##"{"*.a.test": ["60 CNAME b.test"], "a.test": ["CAA 0 issue \"x; y=\\\"z\\\"\"", "TYPE65280 \\# 2 c0de"]}"##
        ) {
            $0.ca.dns["*.a.test"] == [.cname("b.test", timeToLive: .seconds(60))]
                && $0.ca.dns["a.test"] == [
                    .caa(tag: "issue", value: #"x; y="z""#), .other(CairnDNSType(rawValue: 65280), [0xc0, 0xde]),
                ]
        },
        SettingRow("dns.failures", #"[{"name": "a.test", "code": "REFUSED", "type": "TXT"}, {"name": "*.b.test"}]"#) {
            $0.ca.dns.failures == [.init(.refused, for: "a.test", type: .txt), .init(.serverFailure, for: "*.b.test")]
        },
        SettingRow(
            "dns.views", #"{"eu": {"records": {"a.test": ["A 127.0.0.4"]}, "failures": [{"name": "b.test"}]}}"#
        ) {
            $0.ca.dns["a.test", from: "eu"] == [.a("127.0.0.4")]
                && $0.ca.dns.views["eu"]?.failures == [.init(.serverFailure, for: "b.test")]
        },
        SettingRow(
            "dns.scripts",
            #"[{"when": {"name": "a.test", "type": "TXT"}, "do": [{"hide": {}, "times": 2}, {"delay": 0.5}]}]"#
        ) {
            $0.ca.dns.scripts
                == [CairnDNSScript(.hide.times(2).then(.delay(.milliseconds(500))), for: "a.test", type: .txt)]
        },
        SettingRow("dns.updates.keys", #"[{"name": "k", "algorithm": "hmac-sha384", "secret": "AP8="}]"#) {
            $0.ca.dns.updates.keys == [CairnTSIGKey(name: "k", algorithm: .hmacSHA384, secret: [0, 255])]
        },
        SettingRow("dns.updates.zones", #"["a.test"]"#) { $0.ca.dns.updates.zones == ["a.test"] },
        SettingRow("dns.updates.acceptsUnsigned", "true") { $0.ca.dns.updates.acceptsUnsigned },
        SettingRow("dns.updates.additions", #""replace""#) { $0.ca.dns.updates.additions == .replace },
        SettingRow("dns.updates.transfers", #""signed""#) { $0.ca.dns.updates.transfers == .signed },
        SettingRow("tls", #"{"certificate": "/c", "key": "/k"}"#) {
            $0.tls == .files(Settings.IdentityFiles(certificate: "/c", key: "/k"))
        },
        SettingRow("tls", #"{"certificate": "/c", "key": "/k", "root": "/r"}"#) {
            $0.tls == .files(Settings.IdentityFiles(certificate: "/c", key: "/k", root: "/r"))
        },
    ]

    private static let validation: [SettingRow] = [
        SettingRow("probes.httpPort", "4") { $0.ca.probes.httpPort == 4 },
        SettingRow("probes.tlsPort", "5") { $0.ca.probes.tlsPort == 5 },
        SettingRow("probes.hostIncludesPort", "true") { $0.ca.probes.hostIncludesPort },
        SettingRow("probes.userAgent", #""VA/1 (test)""#) { $0.ca.probes.userAgent == "VA/1 (test)" },
        SettingRow("probes.redirectLimit", "7") { $0.ca.probes.redirectLimit == 7 },
        SettingRow("probes.redirectPorts", "[80, 443]") { $0.ca.probes.redirectPorts == [80, 443] },
        SettingRow("probes.bodyLimit", "100") { $0.ca.probes.bodyLimit == 100 },
        SettingRow("probes.timeout", "6") { $0.ca.probes.timeout == .seconds(6) },
        SettingRow("probes.timeout", "0.5") { $0.ca.probes.timeout == .milliseconds(500) },
        SettingRow("probes.timeout", #""250ms""#) { $0.ca.probes.timeout == .milliseconds(250) },
        SettingRow("probes.addresses", #""publicOnly""#) { $0.ca.probes.addresses == .publicOnly },
        SettingRow("probes.perspectives", #"["eu", "asia"]"#) { $0.ca.probes.perspectives == ["eu", "asia"] },
        SettingRow("probes.perspectiveQuorum", "0") { $0.ca.probes.perspectiveQuorum == 0 },
        SettingRow("probes.resolver", #""system""#) { $0.ca.probes.resolver == .system },
        SettingRow("probes.resolver", #""[::1]:53""#) { $0.ca.probes.resolver == .server("::1", port: 53) },
        SettingRow("probes.resolver", #""ns.example.test:5353""#) {
            $0.ca.probes.resolver == .server("ns.example.test", port: 5353)
        },
        SettingRow("validation.standard", #""approve""#) { $0.ca.validation.standard == .approve },
        SettingRow(
            "validation.names",
            #"{"a.test": "approve", "*.b.test": {"deny": {"type": "caa", "detail": "no", "status": 418}}, "::1": "probe"}"#
        ) {
            $0.ca.validation["a.test"] == .approve && $0.ca.validation["::1"] == .probe
                && $0.ca.validation["*.b.test"] == .deny(ACMEProblem(.caa, "no", status: 418))
        },
        SettingRow("validation.perspectives", #"{"eu": {"a.test": "deny"}}"#) {
            $0.ca.validation["a.test", from: "eu"]
                == .deny(ACMEProblem(.unauthorized, "this CA was told to deny the name"))
        },
    ]

    private static let authority: [SettingRow] = [
        SettingRow("authority.name", #""Other""#) { $0.ca.authority.name == "Other" },
        SettingRow("authority.naming", #""commonName""#) { $0.ca.authority.naming == .commonName },
        SettingRow("authority.rootKey", #""P-384""#) { $0.ca.authority.rootKey == .p384 },
        SettingRow("authority.intermediateKey", #""RSA-2048""#) { $0.ca.authority.intermediateKey == .rsa2048 },
        SettingRow("authority.issuerURLBase", #""http://i.test""#) { $0.ca.authority.issuerURLBase == "http://i.test" },
        SettingRow("authority.chains", "3") { $0.ca.authority.chains == [.root(0), .root(1), .root(2)] },
        SettingRow("authority.chains", "[[0, 1], [0]]") {
            $0.ca.authority.chains == [.root(0).crossSigned(by: 1), .root(0)]
        },
        SettingRow("authority.serialNumbers", #"{"sequential": "7f"}"#) {
            $0.ca.authority.serialNumbers == .sequential(from: 0x7f)
        },
        SettingRow("authority.serialNumbers", #"{"fixedLength": 17}"#) {
            $0.ca.authority.serialNumbers == .fixedLength(17)
        },
        SettingRow("authority.serialNumbers", #"{"chosen": ["80", "01"]}"#) {
            $0.ca.authority.serialNumbers == .chosen([0x80, 1])
        },
        SettingRow("authority.crlShards", "16") { $0.ca.authority.crlShards == 16 },
        SettingRow("authority.crlURLBase", #""http://c.test""#) { $0.ca.authority.crlURLBase == "http://c.test" },
        SettingRow("authority.ocspURL", #""http://o.test""#) { $0.ca.authority.ocspURL == "http://o.test" },
        SettingRow("authority.ocspSigner", #""delegated""#) { $0.ca.authority.ocspSigner == .delegated },
        SettingRow(
            "authority.profiles",
            #"[{"name": "a", "revocationInformation": "both"}, {"name": "b", "forcesMustStaple": true}]"#
        ) {
            $0.ca.authority.profiles.map(\.revocationInformation) == [.both, .crl]
                && $0.ca.authority.profiles.map(\.forcesMustStaple) == [false, true]
        },
        SettingRow("policy.revocationStatus.updates", #""manually""#) {
            $0.ca.policy.revocationStatus.updates == .manually
        },
        SettingRow("policy.revocationStatus.updates", #""6h""#) {
            $0.ca.policy.revocationStatus.updates == .every(.hours(6))
        },
        SettingRow("policy.revocationStatus.crlLifetime", #""2d""#) {
            $0.ca.policy.revocationStatus.crlLifetime == .days(2)
        },
        SettingRow("policy.revocationStatus.ocspLifetime", "null") {
            $0.ca.policy.revocationStatus.ocspLifetime == nil
        },
        SettingRow("policy.revocationStatus.echoesNonce", "false") { !$0.ca.policy.revocationStatus.echoesNonce },
        SettingRow("policy.revocationStatus.ocspAnswer", #""tryLater""#) {
            $0.ca.policy.revocationStatus.ocspAnswer == .tryLater
        },
        SettingRow("authority.chainLength", "2") { $0.ca.authority.chainLength == 2 },
        SettingRow(
            "authority.profiles",
            #"[{"name": "a", "description": "d", "validity": "8d", "backdate": 0, "includesCommonName": false, "csrContent": "strict"}, {"name": "default", "csrContent": {"preset": "google", "mustStaple": "refused"}}]"#
        ) {
            let first = CairnCertificateProfile(
                name: "a", description: "d", validity: .seconds(8 * 86_400), backdate: .zero, includesCommonName: false,
                csrContent: .strict)
            var second = CairnCertificateProfile.standard
            second.name = "default"
            second.csrContent = .google
            second.csrContent[.mustStaple] = .refused
            return $0.ca.authority.profiles == [first, second]
        },
        SettingRow(
            "authority.profiles",
            #"[{"name": "a", "description": "d", "keyUsage": ["keyAgreement"], "purposes": ["clientAuth", "1.2.3"], "includesSubjectKeyIdentifier": false, "includesAuthorityKeyIdentifier": false, "policies": []}, {"name": "default", "description": "d", "keyUsage": null, "policies": ["1.2.3"]}]"#
        ) {
            $0.ca.authority.profiles == [
                CairnCertificateProfile(
                    name: "a", description: "d", keyUsage: [.keyAgreement],
                    purposes: [.clientAuth, CairnKeyPurpose(rawValue: "1.2.3")], includesSubjectKeyIdentifier: false,
                    includesAuthorityKeyIdentifier: false, policies: []),
                CairnCertificateProfile(name: "default", description: "d", policies: ["1.2.3"]),
            ]
        },
    ]

    private static let clients: [SettingRow] = [
        SettingRow("policy.termsOfService", "null") { $0.ca.policy.termsOfService == nil },
        SettingRow("policy.termsOfService.location", #""https://t.test/terms""#) {
            $0.ca.policy.termsOfService == .url("https://t.test/terms")
        },
        SettingRow("policy.termsOfService.version", #""2""#) { $0.ca.policy.termsOfService?.version == "2" },
        SettingRow("policy.termsOfService.text", #""Nothing.""#) { $0.ca.policy.termsOfService?.text == "Nothing." },
        SettingRow("policy.externalAccountBinding", #""required""#) {
            $0.ca.policy.externalAccountBinding == .required
        },
        SettingRow("policy.maximumContacts", "3") { $0.ca.policy.maximumContacts == 3 },
        SettingRow("policy.requiresContact", "true") { $0.ca.policy.requiresContact },
        SettingRow("policy.blockedContactDomains", #"["example.com"]"#) {
            $0.ca.policy.blockedContactDomains == ["example.com"]
        },
        SettingRow("policy.website", #""https://w.test""#) { $0.ca.policy.website == "https://w.test" },
        SettingRow("policy.leniencies.refused", #"["nullMember"]"#) {
            $0.ca.policy.leniencies.refused == [.nullMember]
        },
    ]

    private static let keysAndLimits: [SettingRow] = [
        SettingRow("policy.keys.minimumRSABits", "3072") { $0.ca.policy.keys.minimumRSABits == 3_072 },
        SettingRow("policy.keys.maximumRSABits", "4096") { $0.ca.policy.keys.maximumRSABits == 4_096 },
        SettingRow("policy.keys.refusesWeakKeys", "false") { !$0.ca.policy.keys.refusesWeakKeys },
        SettingRow("policy.keys.blocked", #"["\#(String(repeating: "0a", count: 32))"]"#) {
            $0.ca.policy.keys.blocked.map(\.description) == [String(repeating: "0a", count: 32)]
        },
        SettingRow("policy.keys.compromised", #""blocked""#) { $0.ca.policy.keys.compromised == .blocked },
        SettingRow("policy.keys.signatureAlgorithms", #"["ES256"]"#) {
            $0.ca.policy.keys.signatureAlgorithms == [.es256]
        },
        SettingRow("policy.rateLimits.newAccountsPerAddress", "[1, 60]") {
            $0.ca.policy.rateLimits.newAccountsPerAddress == CairnRateLimit(1, per: .seconds(60))
        },
        SettingRow("policy.rateLimits.newAccountsPerIPv6Range", #"[2, "1min"]"#) {
            $0.ca.policy.rateLimits.newAccountsPerIPv6Range == CairnRateLimit(2, per: .seconds(60))
        },
        SettingRow("policy.rateLimits.newOrdersPerAccount", "[3, 60]") {
            $0.ca.policy.rateLimits.newOrdersPerAccount == CairnRateLimit(3, per: .seconds(60))
        },
        SettingRow("policy.rateLimits.certificatesPerRegisteredDomain", "[4, 60]") {
            $0.ca.policy.rateLimits.certificatesPerRegisteredDomain == CairnRateLimit(4, per: .seconds(60))
        },
        SettingRow("policy.rateLimits.certificatesPerIdentifierSet", "[5, 60]") {
            $0.ca.policy.rateLimits.certificatesPerIdentifierSet == CairnRateLimit(5, per: .seconds(60))
        },
        SettingRow("policy.rateLimits.failedValidationsPerIdentifier", "[6, 60]") {
            $0.ca.policy.rateLimits.failedValidationsPerIdentifier == CairnRateLimit(6, per: .seconds(60))
        },
        SettingRow("policy.rateLimits.failedValidationsUntilPause", "[7, 60]") {
            $0.ca.policy.rateLimits.failedValidationsUntilPause == CairnRateLimit(7, per: .seconds(60))
        },
        SettingRow("policy.rateLimits.pendingAuthorizationsPerAccount", "8") {
            $0.ca.policy.rateLimits.pendingAuthorizationsPerAccount == 8
        },
        SettingRow("policy.rateLimits.exemptsReplacements", "false") { !$0.ca.policy.rateLimits.exemptsReplacements },
        SettingRow("policy.rateLimits.countsDeactivations", "true") { $0.ca.policy.rateLimits.countsDeactivations },
        SettingRow("policy.revocationByKeyIsCompromise", "true") { $0.ca.policy.revocationByKeyIsCompromise },
        SettingRow("policy.revocationReasons", "[1, 4]") {
            $0.ca.policy.revocationReasons == [.keyCompromise, .superseded]
        },
        SettingRow("policy.refusesEarlierForms", "true") { $0.ca.policy.refusesEarlierForms },
        SettingRow("policy.rateLimits.exemptsRenewals", "false") { !$0.ca.policy.rateLimits.exemptsRenewals },
        SettingRow("policy.rateLimits.publicSuffixes", #"["a.test"]"#) {
            $0.ca.policy.rateLimits.publicSuffixes == ["a.test"]
        },
        SettingRow("policy.rateLimits.help", #""https://h.test""#) {
            $0.ca.policy.rateLimits.help == .url("https://h.test")
        },
        SettingRow("policy.rateLimits.help", "null") { $0.ca.policy.rateLimits.help == nil },
        SettingRow("policy.rateLimits.sendsRetryAfter", "false") { !$0.ca.policy.rateLimits.sendsRetryAfter },
        SettingRow(
            "policy.rateLimits.overrides",
            #"""
            [{"name": "certificatesPerRegisteredDomain", "domain": "a.test", "limit": null},
             {"name": "newAccountsPerAddress", "address": "::1", "limit": [9, 60]},
             {"name": "newOrdersPerAccount", "account": "https://ca.test/acct/x", "limit": [2, 60]},
             {"name": "certificatesPerIdentifierSet", "identifiers": ["b.test", "a.test"], "limit": [1, 60]}]
            """#
        ) { settings in
            var wanted = CairnRateLimits()
            wanted.override(.certificatesPerRegisteredDomain, for: .domain("a.test"), with: .unlimited)
            wanted.override(
                .newAccountsPerAddress, for: .address(.loopbackV6), with: CairnRateLimit(9, per: .seconds(60)))
            wanted.override(.newOrdersPerAccount, for: .account("x"), with: CairnRateLimit(2, per: .seconds(60)))
            wanted.override(
                .certificatesPerIdentifierSet, for: .identifiers(["a.test", "b.test"]),
                with: CairnRateLimit(1, per: .seconds(60)))
            return settings.ca.policy.rateLimits.overrides == wanted.overrides
        },
    ]

    private static let orders: [SettingRow] = [
        SettingRow("policy.challengeTypes", #"["dns-01"]"#) { $0.ca.policy.challengeTypes == [.dns01] },
        SettingRow("policy.challengesShareToken", "true") { $0.ca.policy.challengesShareToken },
        SettingRow("policy.authorizationFailsOn", #""all""#) { $0.ca.policy.authorizationFailsOn == .all },
        SettingRow("policy.maximumIdentifiers", "9") { $0.ca.policy.maximumIdentifiers == 9 },
        SettingRow(
            "policy.profiles",
            #"{"default": {"identifierTypes": ["ip"], "challengeTypes": ["dns-01"], "maximumIdentifiers": 3}}"#
        ) {
            $0.ca.policy.profiles == [
                "default": CairnProfileRules(identifierTypes: [.ip], challengeTypes: [.dns01], maximumIdentifiers: 3)
            ]
        },
        SettingRow("policy.profiles", #"{"default": {"lifetimes": {"order": "8h"}}}"#) {
            var lifetimes = CairnPolicy.Lifetimes()
            lifetimes.order = .hours(8)
            return $0.ca.policy.profiles == ["default": CairnProfileRules(lifetimes: lifetimes)]
        },
        SettingRow("policy.blockedNames", #"["a.test", "*.b.test"]"#) {
            $0.ca.policy.blockedNames == ["a.test", "*.b.test"]
        },
        SettingRow("policy.profiles", #"{"default": {"accounts": ["a"]}}"#) {
            $0.ca.policy.profiles == ["default": CairnProfileRules(accounts: ["a"])]
        },
        SettingRow("policy.defaultProfile", #""random""#) { $0.ca.policy.defaultProfile == .random },
        SettingRow("policy.defaultProfile", #"{"named": "default"}"#) {
            $0.ca.policy.defaultProfile == .named("default")
        },
        SettingRow("policy.profileRefusal", #""unauthorized""#) { $0.ca.policy.profileRefusal == .unauthorized },
        SettingRow("policy.removedProfile", #""issued""#) { $0.ca.policy.removedProfile == .issued },
        SettingRow("policy.persist.form", #""draft02""#) { $0.ca.policy.persist.form == .draft02 },
        SettingRow("policy.persist.issuerDomainNames", #"["A.test", "b.test"]"#) {
            $0.ca.policy.persist.issuerDomainNames == ["a.test", "b.test"]
        },
        SettingRow("policy.persist.accountURIPrefix", #""https://a.test/h/""#) {
            $0.ca.policy.persist.accountURIPrefix == "https://a.test/h/"
        },
        SettingRow("policy.persist.coversSubdomains", "true") { $0.ca.policy.persist.coversSubdomains },
        SettingRow("policy.persist.justInTime", #""known""#) { $0.ca.policy.persist.justInTime == .known },
        SettingRow("policy.caa", "null") { $0.ca.policy.caa == nil },
        SettingRow("policy.caa.identities", #"["a.test"]"#) { $0.ca.policy.caa?.identities == ["a.test"] },
        SettingRow("policy.caa.checks", "false") { $0.ca.policy.caa?.checks == false },
        SettingRow("policy.caa.recheckAfter", "0") { $0.ca.policy.caa?.recheckAfter == .zero },
        SettingRow("policy.preAuthorization", "false") { !$0.ca.policy.preAuthorization },
        SettingRow("policy.authorizationReuse.standard", #""always""#) {
            $0.ca.policy.authorizationReuse == .always
        },
        SettingRow("policy.authorizationReuse.standard", "0.5") { $0.ca.policy.authorizationReuse == .sometimes(0.5) },
        SettingRow("policy.authorizationReuse.names", #"{"*.a.test": 0.25, "127.0.0.1": "always"}"#) {
            $0.ca.policy.authorizationReuse["*.a.test"] == .sometimes(0.25)
                && $0.ca.policy.authorizationReuse["127.0.0.1"] == .always
        },
        SettingRow("policy.reusesPendingAuthorizations", "true") { $0.ca.policy.reusesPendingAuthorizations },
        SettingRow("policy.reusesPendingOrders", "true") { $0.ca.policy.reusesPendingOrders },
        SettingRow("policy.ordersPerPage", "10") { $0.ca.policy.ordersPerPage == 10 },
        SettingRow("policy.lifetimes.order", "11") { $0.ca.policy.lifetimes.order == .seconds(11) },
        SettingRow("policy.lifetimes.pendingAuthorization", #""12d""#) {
            $0.ca.policy.lifetimes.pendingAuthorization == .seconds(12 * 86_400)
        },
        SettingRow("policy.lifetimes.validAuthorization", "13") {
            $0.ca.policy.lifetimes.validAuthorization == .seconds(13)
        },
        SettingRow("policy.preAuthorizationScope", #""domain""#) { $0.ca.policy.preAuthorizationScope == .domain },
        SettingRow("policy.coveredNames", #""refused""#) { $0.ca.policy.coveredNames == .refused },
        SettingRow("policy.showsProcessing", "true") { $0.ca.policy.showsProcessing },
        SettingRow("policy.progress.validation", #""2 polls""#) { $0.ca.policy.progress.validation == .afterPolls(2) },
        SettingRow("policy.progress.readiness", "3") { $0.ca.policy.progress.readiness == .after(.seconds(3)) },
        SettingRow("policy.progress.readiness", #""manually""#) { $0.ca.policy.progress.readiness == .manually },
        SettingRow("policy.progress.issuance", #""1 poll""#) { $0.ca.policy.progress.issuance == .afterPolls(1) },
        SettingRow("policy.maximumValidationDelay", "4") { $0.ca.policy.maximumValidationDelay == .seconds(4) },
        SettingRow("policy.validationRetries", "[1, 0]") { $0.ca.policy.validationRetries == [.seconds(1), .zero] },
        SettingRow("policy.maximumRequestedRetries", "3") { $0.ca.policy.maximumRequestedRetries == 3 },
        SettingRow("policy.renewalInfo", "null") { $0.ca.policy.renewalInfo == nil },
        SettingRow("policy.renewalInfo.retryAfter", "15") { $0.ca.policy.renewalInfo?.retryAfter == .seconds(15) },
        SettingRow("policy.renewalInfo.window.left", #""1/4""#) {
            $0.ca.policy.renewalInfo?.window.left == 0.25
        },
        SettingRow("policy.renewalInfo.window.left", #""1/7""#) {
            $0.ca.policy.renewalInfo?.window.left == 1.0 / 7
        },
        SettingRow("policy.renewalInfo.window.width", #""48h""#) {
            $0.ca.policy.renewalInfo?.window.width == .time(.hours(48))
        },
        SettingRow("policy.renewalInfo.window.width", "0.1") {
            $0.ca.policy.renewalInfo?.window.width == .part(0.1)
        },
        SettingRow("policy.renewalInfo.shortWindow.left", "0.25") {
            $0.ca.policy.renewalInfo?.shortWindow?.left == 0.25
        },
        SettingRow("policy.renewalInfo.shortWindow.width", "0.1") {
            $0.ca.policy.renewalInfo?.shortWindow?.width == .part(0.1)
        },
        SettingRow("policy.renewalInfo.shortWindow", "null") {
            $0.ca.policy.renewalInfo.map { $0.shortWindow == nil } ?? false
        },
        SettingRow("policy.renewalInfo.shortLifetime", #""7d""#) {
            $0.ca.policy.renewalInfo?.shortLifetime == .days(7)
        },
        SettingRow("policy.renewalInfo.explanationURL", #""https://a.test/why""#) {
            $0.ca.policy.renewalInfo?.explanationURL == "https://a.test/why"
        },
        SettingRow("policy.renewalInfo.replacedBy", #""certificate""#) {
            $0.ca.policy.renewalInfo?.replacedBy == .certificate
        },
        SettingRow("policy.renewalInfo.retryAfter", "null") {
            $0.ca.policy.renewalInfo.map { $0.retryAfter == nil } ?? false
        },
    ]

    private static let draft: [SettingRow] = [
        SettingRow("draft", "null") { $0.ca.draft == nil },
        SettingRow("draft.policy.challengeTypes", #"["oob-01"]"#) { $0.ca.draft?.policy.challengeTypes == [.oob01] },
        SettingRow("draft.answers.deactivatedStatus", "401") { $0.ca.draft?.answers.deactivatedStatus == 401 },
        SettingRow("draft.policy.acceptsKeys", "false") { $0.ca.draft?.policy.acceptsKeys == false },
        SettingRow("draft.policy.acceptsPostAsGet", "true") { $0.ca.draft?.policy.acceptsPostAsGet == true },
        SettingRow("draft.policy.acceptsWildcards", "false") { $0.ca.draft?.policy.acceptsWildcards == false },
        SettingRow("draft.policy.certifiesCommonName", "false") { $0.ca.draft?.policy.certifiesCommonName == false },
        SettingRow("draft.answers.printsPageLinks", "true") { $0.ca.draft?.answers.printsPageLinks == true },
        SettingRow("draft.answers.omitsPendingStatus", "true") { $0.ca.draft?.answers.omitsPendingStatus == true },
        SettingRow("draft.policy.scopesAuthorizations", "true") { $0.ca.draft?.policy.scopesAuthorizations == true },
        SettingRow("draft.answers.showsCombinations", "true") { $0.ca.draft?.answers.showsCombinations == true },
        SettingRow("draft.answers.showsExistingAccount", "false") {
            $0.ca.draft?.answers.showsExistingAccount == false
        },
        SettingRow("draft.answers.showsExistingAuthorization", "true") {
            $0.ca.draft?.answers.showsExistingAuthorization == true
        },
    ]

    private static let objects: [SettingRow] = [
        SettingRow(
            "grants",
            #"""
            [{"externalAccountKey": "k", "scope": "a.test"}, {"externalAccountKey": "k", "scope": "*.a.test", "duration": "1h"},
             {"externalAccountKey": "k", "scope": {"domain": "b.test"}}, {"externalAccountKey": "k", "scope": "127.0.0.1"}]
            """#
        ) {
            $0.ca.grants == [
                .init(.name("a.test"), toExternalAccount: "k"),
                .init(.wildcard("a.test"), toExternalAccount: "k", for: .seconds(3_600)),
                .init(.domain("b.test"), toExternalAccount: "k"), .init(.address(.loopbackV4), toExternalAccount: "k"),
            ]
        },
        SettingRow("pauses", #"[{"externalAccountKey": "k", "identifiers": ["a.test", "127.0.0.1"]}]"#) {
            $0.ca.pauses == [.init(["a.test", .ip("127.0.0.1")], forExternalAccount: "k")]
        },
        SettingRow(
            "responder.answers",
            #"""
            [{"type": "http-01", "token": "t", "keyAuthorization": "t.x"},
             {"type": "dns-account-01", "name": "a.test", "account": "https://ca.test/account/1", "keyAuthorization": "t.y"}]
            """#
        ) {
            var wanted = TestCA.Configuration.Responder()
            wanted.setHTTP01(token: "t", keyAuthorization: "t.x")
            wanted.setDNSAccount01(name: "a.test", account: "https://ca.test/account/1", keyAuthorization: "t.y")
            return $0.ca.responder.answers == wanted.answers
        },
        SettingRow("responder.redirects", #"{"/old": "http://new.test/"}"#) {
            $0.ca.responder.redirects == ["/old": "http://new.test/"]
        },
        SettingRow("externalAccountKeys", #"[{"identifier": "kid-1", "macKey": "AQID"}]"#) {
            $0.ca.externalAccountKeys == [TestCA.Configuration.ExternalKey(identifier: "kid-1", macKey: [1, 2, 3])]
        },
        SettingRow(
            "externalAccountKeys",
            #"""
            [{"identifier": "k", "macKey": "AQID", "uses": "once", "lifetime": 60,
              "policy": {"names": ["a.test", "*.a.test", {"domain": "b.test"}, "127.0.0.1"], "deniedNames": ["x.a.test"],
                         "profiles": ["default"], "maximumIdentifiers": 2}}]
            """#
        ) {
            $0.ca.externalAccountKeys == [
                TestCA.Configuration.ExternalKey(
                    identifier: "k", macKey: [1, 2, 3], uses: .once, lifetime: .seconds(60),
                    policy: CairnBoundPolicy(
                        names: ["a.test", .below("a.test"), .domain("b.test"), "127.0.0.1"], deniedNames: ["x.a.test"],
                        profiles: ["default"], maximumIdentifiers: 2))
            ]
        },
    ]
}
