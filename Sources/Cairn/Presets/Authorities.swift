import CairnModel

// CAs and servers as clients met them: what the sources tell of each, and nothing else.

extension CairnPreset {
    /// The CAs and servers.
    static let authorities: [CairnPreset] = [
        letsEncrypt, letsEncrypt2027, letsEncrypt2028, secondValidation, lateAlternate, missingAlternate, zeroSSL,
        zeroSSLBusy, google, digiCert, buypass, harica, entrust, goDaddy, nexus, stepCA, vault, dogtag, pebble,
    ]

    /// Accounts have to be bound to this external account.
    ///
    /// The key is its name and then as many `x` as make 32 octets.
    private static func externalAccount(_ name: String, uses: CairnJSON = "unlimited") -> CairnJSON {
        let key = Array(name.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: max(0, 32 - name.utf8.count))
        return [["identifier": .string(name), "macKey": .string(Base64URL.encode(key)), "uses": uses]]
    }

    /// ZeroSSL.
    public static let zeroSSL = CairnPreset(
        "zeroSSL",
        "Accounts need an external account; a pending authorization says Retry-After 86400 and has empty errors",
        source: "https://github.com/acmesh-official/acme.sh/issues/6221",
        "https://github.com/acmesh-official/acme.sh/issues/5033",
        "https://zerossl.com/documentation/acme/generate-eab-credentials",
        settings: [
            "policy": ["externalAccountBinding": "required", "progress": ["validation": "2 polls"]],
            "externalAccountKeys": externalAccount("zerossl"),
        ],
        rules: [
            CairnRule(
                .set(.retryAfter, "86400"), at: .authorization, where: .answer("/status", .equals("pending"))),
            CairnRule(
                .edit(.set("/challenges/0/error", [:]), .set("/challenges/1/error", [:])), at: .authorization,
                where: .answer("/status", .equals("pending"))),
        ])

    /// ZeroSSL's front end under overload.
    public static let zeroSSLBusy = CairnPreset(
        "zeroSSLBusy", "One signed request in ten is answered by a front end: 429 and a page",
        source: "https://github.com/cert-manager/cert-manager/issues/5867",
        rules: [CairnRule(.html(status: 429, retryAfter: .seconds(1)), where: .method("POST"), every: 10)])

    /// Google Trust Services.
    public static let google = CairnPreset(
        "google",
        "Accounts need an external account of one use; the directory brings a nonce; client authentication is refused",
        source: "https://github.com/unixcharles/acme-client/pull/233",
        "https://pki.goog/updates/september2025-acme-best-practices.html",
        "https://cloud.google.com/certificate-manager/docs/public-ca-tutorial",
        settings: [
            "policy": ["externalAccountBinding": "required"],
            "authority": ["profiles": [["name": "default", "validity": "90d", "csrContent": "google"]]],
            "externalAccountKeys": externalAccount("google", uses: "once"),
        ], rules: [CairnRule(.addNonce, at: .directory)])

    /// DigiCert's CertCentral.
    public static let digiCert = CairnPreset(
        "digiCert",
        "Accounts need an external account; names below test are validated already, and valid authorizations show no "
            + "challenges; finalize is answered with an order that is still ready",
        source: "https://github.com/cert-manager/cert-manager/issues/2700",
        "https://github.com/win-acme/win-acme/issues/1582",
        "https://docs.digicert.com/en/certcentral/certificate-tools/certificate-lifecycle-automation-guides.html",
        settings: [
            "policy": ["externalAccountBinding": "required", "progress": ["issuance": "2 polls"]],
            "externalAccountKeys": externalAccount("digicert"),
            "grants": [["externalAccountKey": "digicert", "scope": ["domain": "test"]]],
        ],
        rules: [
            CairnRule(
                .set("/challenges", []), at: .authorization, where: .answer("/status", .equals("valid"))),
            stillReady,
        ])

    /// Finalize has begun, and the order does not say so yet.
    static let stillReady = CairnRule(
        .edit(.set("/status", "ready"), .remove("/certificate")).times(1), at: .finalize, where: .status(200),
        each: .order)

    /// Buypass Go.
    public static let buypass = CairnPreset(
        "buypass",
        "CRLF in chains, JSON on one line, a new account without a body, and no Retry-After on renewal information",
        source: "https://github.com/certbot/certbot/issues/7875", "https://github.com/srvrco/getssl/issues/515",
        "https://github.com/mholt/acmez/issues/34",
        rules: [
            CairnRule(.pem(lineEnd: .crlf), at: .certificate),
            CairnRule(.json(style: CairnJSONStyle())),
            CairnRule(.truncate(after: 0), at: .newAccount, where: .status(201)),
            CairnRule(.remove(.retryAfter), at: .renewalInfo),
        ])

    /// HARICA.
    public static let harica = CairnPreset(
        "harica",
        "Accounts need an external account; there is no renewal information, and orders that replace a certificate get 404",
        source: "https://github.com/win-acme/win-acme/issues/2814",
        settings: [
            "policy": ["externalAccountBinding": "required", "renewalInfo": nil],
            "externalAccountKeys": externalAccount("harica"),
        ],
        rules: [
            CairnRule(
                .problem(ACMEProblemType.malformed, status: 404, detail: "ARI Feature not enabled"), at: .newOrder,
                where: .payload("/replaces", .exists))
        ])

    /// Entrust Certificate Services.
    public static let entrust = CairnPreset(
        "entrust",
        "Accounts need an external account; a valid order has no finalize, and its identifiers are misspelt",
        source: "https://github.com/win-acme/win-acme/issues/2570",
        "https://github.com/rmbolger/Posh-ACME/issues/510",
        settings: [
            "policy": ["externalAccountBinding": "required"], "externalAccountKeys": externalAccount("entrust"),
        ],
        rules: [
            CairnRule(
                .edit(.rename("/identifiers", to: "identififiers"), .remove("/finalize")), at: .order, .finalize,
                where: .answer("/status", .equals("valid")))
        ])

    /// GoDaddy.
    public static let goDaddy = CairnPreset(
        "goDaddy", "Media types have a parameter: application/pem-certificate-chain; charset=UTF-8",
        source: "https://github.com/gregtwallace/certwarden-backend/issues/14",
        rules: [CairnRule(.mediaType(adding: "charset=UTF-8"))])

    /// The CA of Nexus Group.
    public static let nexus = CairnPreset(
        "nexus", "Pending challenges have no status, and timestamps have fractions of seconds",
        source: "https://github.com/rmbolger/Posh-ACME/issues/227",
        rules: [
            CairnRule(
                .edit(
                    .remove("/challenges/0/status"), .remove("/challenges/1/status"), .remove("/challenges/2/status")),
                at: .authorization, where: .answer("/status", .equals("pending"))),
            CairnRule(.timestamps(.fraction)),
        ])

    /// step-ca in its default configuration.
    public static let stepCA = CairnPreset(
        "stepCA", "The words of step-ca, and certificates for a day",
        source: "https://smallstep.com/docs/step-ca/configuration/",
        settings: ["personality": "stepCA", "authority": ["profiles": [["name": "default", "validity": "24h"]]]])

    /// Vault, and its fork OpenBao.
    public static let vault = CairnPreset(
        "vault", "The words of Vault and OpenBao",
        source: "https://github.com/openbao/openbao/tree/main/builtin/logical/pki",
        settings: ["personality": "vault"])

    /// Dogtag, FreeIPA's CA.
    public static let dogtag = CairnPreset(
        "dogtag", "A second answer to a challenge gets 500 and a page of the application server",
        source: "https://github.com/dogtagpki/pki/issues/3462",
        "https://github.com/acmesh-official/acme.sh/pull/3428",
        rules: [
            CairnRule(
                .html(status: 500, text: "<h1>HTTP Status 500 – Internal Server Error</h1>"), at: .challenge,
                where: .payload("", .exists), each: .authorization, after: 1)
        ])

    /// Pebble in its default configuration.
    public static let pebble = CairnPreset(
        "pebble", "The words of Pebble, half of the authorizations reused, and one nonce in twenty refused by chance",
        source: "https://github.com/letsencrypt/pebble#readme",
        settings: ["personality": "pebble", "policy": ["authorizationReuse": ["standard": .double(0.5)]]],
        rules: [CairnRule(.badNonce, where: .method("POST"), probability: 0.05)])
}
