import CairnModel

// Let's Encrypt at a date, and what its server does that others do not.

extension CairnPreset {
    /// Let's Encrypt until 10 February 2027.
    public static let letsEncrypt = letsEncrypt(
        "letsEncrypt", "Let's Encrypt at the end of 2026: its profiles, rate limits and reuse of authorizations",
        classic: "90d", reuse: "30d")

    /// Let's Encrypt from 10 February 2027.
    public static let letsEncrypt2027 = letsEncrypt(
        "letsEncrypt2027",
        "Let's Encrypt from 10 February 2027 on: the default profile has 64 days, authorizations are reused for 10 days",
        classic: "64d", reuse: "10d")

    /// Let's Encrypt from 16 February 2028.
    public static let letsEncrypt2028 = letsEncrypt(
        "letsEncrypt2028",
        "Let's Encrypt from 16 February 2028 on: the default profile has 45 days, authorizations are reused for 7 hours",
        classic: "45d", reuse: "7h")

    private static func letsEncrypt(
        _ name: String, _ summary: String, classic: CairnJSON, reuse: CairnJSON
    ) -> CairnPreset {
        let profiles: CairnJSON = [
            ["name": "classic", "description": "The default", "validity": classic],
            slender("tlsserver", "For TLS servers, with nothing that they do not need", validity: "45d"),
            slender("shortlived", "For six days, and for addresses too", validity: "160h"),
        ]
        let brief: CairnJSON = ["order": "8h", "pendingAuthorization": "1h", "validAuthorization": "7h"]
        let profileRules: CairnJSON = [
            "classic": ["identifierTypes": ["dns"], "maximumIdentifiers": 100],
            "tlsserver": ["identifierTypes": ["dns"], "maximumIdentifiers": 25, "lifetimes": brief],
            "shortlived": ["identifierTypes": ["dns", "ip"], "maximumIdentifiers": 25, "lifetimes": brief],
        ]
        let limits: CairnJSON = [
            "newAccountsPerAddress": [10, "3h"], "newAccountsPerIPv6Range": [500, "3h"],
            "newOrdersPerAccount": [300, "3h"], "certificatesPerRegisteredDomain": [50, "7d"],
            "certificatesPerIdentifierSet": [5, "7d"], "failedValidationsPerIdentifier": [5, "1h"],
            "failedValidationsUntilPause": [1_152, "1152d"], "countsDeactivations": true,
        ]
        return CairnPreset(
            name, summary,
            source: "https://letsencrypt.org/docs/profiles/", "https://letsencrypt.org/docs/rate-limits/",
            "https://letsencrypt.org/2025/12/02/from-90-to-45",
            "https://community.letsencrypt.org/t/adding-random-entries-to-the-directory/33417",
            "https://github.com/letsencrypt/boulder/issues/8272",
            "https://community.letsencrypt.org/t/upcoming-changes-to-revocation-reasons/182953",
            "https://github.com/letsencrypt/boulder/pull/7835",
            "https://letsencrypt.org/2024/12/05/ending-ocsp",
            "https://letsencrypt.org/2025/08/06/ocsp-service-has-reached-end-of-life",
            settings: [
                "personality": "boulder",
                "authority": ["profiles": profiles, "crlShards": 128],
                "policy": [
                    "profiles": profileRules, "rateLimits": limits,
                    "authorizationReuse": ["standard": "always"], "reusesPendingOrders": true,
                    "revocationByKeyIsCompromise": true,
                    "lifetimes": ["order": "7d", "pendingAuthorization": "7d", "validAuthorization": reuse],
                    "caa": ["identities": ["letsencrypt.org"]],
                ],
            ], rules: [unknownMember, noReplaces])
    }

    /// A profile without common name, subjectKeyIdentifier and keyEncipherment.
    private static func slender(_ name: CairnJSON, _ description: CairnJSON, validity: CairnJSON) -> CairnJSON {
        [
            "name": name, "description": description, "validity": validity, "includesCommonName": false,
            "includesSubjectKeyIdentifier": false, "keyUsage": ["digitalSignature"],
        ]
    }

    /// A member of the directory that no standard knows, so that clients get used to such.
    static let unknownMember = CairnRule(
        .set(
            "/hJ2bWv1yJ8I", "https://community.letsencrypt.org/t/adding-random-entries-to-the-directory/33417"),
        at: .directory)

    /// The order says what it replaces when it is made, and not when it is read.
    static let noReplaces = CairnRule(.remove("/replaces"), at: .order, .finalize)

    /// Boulder's refusal of a second answer to a challenge.
    public static let secondValidation = CairnPreset(
        "secondValidation", "A second answer to a challenge of one authorization is refused with 409 \"conflict\"",
        source: "https://github.com/letsencrypt/boulder/pull/8838",
        rules: [
            CairnRule(
                .problem("conflict", status: 409), at: .challenge, where: .payload("", .exists),
                each: .authorization, after: 1)
        ])

    /// An alternate chain that appears late.
    public static let lateAlternate = CairnPreset(
        "lateAlternate", "There is an alternate chain, which answers 202 with Retry-After twice before it exists",
        source: "https://github.com/ietf-plants-wg/merkle-tree-certs",
        settings: ["authority": ["chains": [[0], [1]]]], rules: notThereYet(times: 2))

    /// An alternate chain that never appears.
    public static let missingAlternate = CairnPreset(
        "missingAlternate", "There is an alternate chain, which answers 202 with Retry-After and never exists",
        source: "https://github.com/ietf-plants-wg/merkle-tree-certs",
        settings: ["authority": ["chains": [[0], [1]]]], rules: notThereYet(times: nil))

    /// 202 without a body at the first alternate chain, so many times for each order.
    private static func notThereYet(times: Int?) -> [CairnRule] {
        let faults: [CairnFault] = [
            .setStatus(202), .edit(.set(.retryAfter, "1"), .remove(.contentType)), .truncate(after: 0),
        ]
        return faults.map { fault in
            CairnRule(
                times.map(fault.times) ?? fault, at: .certificate, where: .path("/certificate/*/1"), each: .order)
        }
    }
}
