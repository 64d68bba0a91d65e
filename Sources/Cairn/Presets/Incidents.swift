import CairnModel

// What a CA once changed, or what once went wrong there, and broke clients in the field.

extension CairnPreset {
    /// The incidents, the oldest first.
    static let incidents: [CairnPreset] = [
        directoryDown, directoryMember, crlfChain, readyOrder, lowerCaseFields, purgedOrders, newNonce204, prefixChain,
        revocationByKey, serviceBusy, deactivationFails, replacesConflict, replacesForgotten, dnsPersist01,
        massRevocation,
    ]

    /// October 2016 and May 2017.
    public static let directoryDown = CairnPreset(
        "directoryDown", "The directory is 502 and a page for three hours, as in October 2016 and May 2017",
        source: "https://github.com/traefik/traefik/issues/791", "https://github.com/traefik/traefik/issues/1631",
        "https://github.com/hlandau/acmetool/issues/214",
        rules: [CairnRule(.html(status: 502), at: .directory, lasting: .seconds(10_800))])

    /// Since 2017.
    public static let directoryMember = CairnPreset(
        "directoryMember", "The directory has a member that no standard knows, and not at its end, as since 2017",
        source: "https://community.letsencrypt.org/t/adding-random-entries-to-the-directory/33417",
        "https://github.com/acmesh-official/acme.sh/issues/2833",
        rules: [unknownMember, CairnRule(.json(style: CairnJSONStyle(memberOrder: .sorted)), at: .directory)])

    /// March 2018.
    public static let crlfChain = CairnPreset(
        "crlfChain", "The lines of certificate chains end with CRLF, as in March 2018",
        source: "https://github.com/letsencrypt/boulder/issues/3557",
        "https://github.com/certbot/certbot/issues/5721",
        rules: [CairnRule(.pem(lineEnd: .crlf), at: .certificate)])

    /// June 2018.
    public static let readyOrder = CairnPreset(
        "readyOrder", "Finalize is answered with an order that still says ready, the status that was new in June 2018",
        source: "https://github.com/diafygi/acme-tiny/pull/205",
        "https://github.com/publishlab/node-acme-client/pull/53", "https://github.com/golang/go/issues/52597",
        rules: [stillReady])

    /// September 2019.
    public static let lowerCaseFields = CairnPreset(
        "lowerCaseFields", "The names of header fields are in small letters, as since HTTP/2 in September 2019",
        source: "https://github.com/srvrco/getssl/issues/423", "https://github.com/bruncsak/ght-acme.sh/issues/3",
        rules: [CairnRule(.fieldNames(.lower))])

    /// November 2019.
    public static let purgedOrders = CairnPreset(
        "purgedOrders",
        "An order is gone once its certificate was downloaded, as old ones have been since November 2019",
        source: "https://github.com/rmbolger/Posh-ACME/issues/192",
        "https://github.com/cert-manager/cert-manager/issues/3494",
        rules: [CairnRule(.purge(.order, .after), at: .certificate)])

    /// Until January 2021.
    public static let newNonce204 = CairnPreset(
        "newNonce204", "HEAD of newNonce is answered with 204, as until January 2021",
        source: "https://github.com/fffonion/lua-resty-acme/issues/39",
        rules: [CairnRule(.setStatus(204), at: .newNonce, where: .method("HEAD"))])

    /// 2021.
    public static let prefixChain = CairnPreset(
        "prefixChain", "The alternate chain is the beginning of the default one, as in 2021",
        source: "https://github.com/certbot/certbot/issues/8577",
        "https://github.com/rmbolger/Posh-ACME/issues/315",
        settings: ["authority": ["chains": [[0, 1], [0]]]])

    /// 21 September 2022.
    public static let revocationByKey = CairnPreset(
        "revocationByKey",
        "A revocation signed by the key of the certificate is for keyCompromise, as since September 2022",
        source: "https://github.com/acmesh-official/acme.sh/issues/4606",
        "https://community.letsencrypt.org/t/upcoming-changes-to-revocation-reasons/182953",
        settings: ["policy": ["revocationByKeyIsCompromise": true]])

    /// 26 September 2022.
    public static let serviceBusy = CairnPreset(
        "serviceBusy",
        "The first order of each account gets 503 with Retry-After and rateLimited without a status, as since September 2022",
        source: "https://community.letsencrypt.org/t/new-service-busy-responses-beginning-during-high-load/184174",
        rules: [
            CairnRule(
                .problem(
                    ACMEProblemType.rateLimited, status: 503, detail: "Service busy; retry later.",
                    retryAfter: .seconds(2)
                ).times(1), at: .newOrder, each: .account),
            CairnRule(.remove("/status"), at: .newOrder, where: .status(503)),
        ])

    /// November 2024.
    public static let deactivationFails = CairnPreset(
        "deactivationFails",
        "Deactivating a pending authorization counts as a failed validation, of which five an hour are allowed, as since "
            + "November 2024",
        source: "https://github.com/letsencrypt/boulder/pull/7835",
        settings: [
            "policy": ["rateLimits": ["countsDeactivations": true, "failedValidationsPerIdentifier": [5, "1h"]]]
        ])

    /// Until March 2025.
    public static let replacesConflict = CairnPreset(
        "replacesConflict", "A certificate that is replaced already is refused as conflict, as until March 2025",
        source: "https://github.com/letsencrypt/boulder/pull/8053",
        "https://github.com/go-acme/lego/issues/2474",
        rules: [
            CairnRule(
                .set("/type", "urn:ietf:params:acme:error:conflict"), at: .newOrder,
                where: .answer("/type", .equals("urn:ietf:params:acme:error:alreadyReplaced")))
        ])

    /// June 2025.
    public static let replacesForgotten = CairnPreset(
        "replacesForgotten", "An order does not say what it replaces when it is read, as in June 2025",
        source: "https://github.com/letsencrypt/boulder/issues/8272", rules: [noReplaces])

    /// March 2026.
    public static let dnsPersist01 = CairnPreset(
        "dnsPersist01", "Authorizations offer a challenge of the new type dns-persist-01 first, as since March 2026",
        source: "https://github.com/m-barthelemy/AcmeSwift/issues/22",
        rules: [
            CairnRule(
                .insert(
                    [
                        "type": "dns-persist-01", "status": "pending", "url": "https://ca.invalid/challenge/1",
                        "accounturi": "https://ca.invalid/account/1", "issuer-domain-names": ["ca.invalid"],
                    ], at: "/challenges/0"), at: .authorization, .newAuthz,
                where: .answer("/status", .equals("pending")))
        ])

    /// April 2026.
    public static let massRevocation = CairnPreset(
        "massRevocation",
        "Every certificate is to be renewed now: its window is past and has an explanation, as in April 2026",
        source: "https://github.com/acmesh-official/acme.sh/issues/6965",
        rules: [
            CairnRule(
                .edit(
                    .set("/suggestedWindow", ["start": "2026-04-01T00:00:00Z", "end": "2026-04-02T00:00:00Z"]),
                    .set("/explanationURL", "https://ca.invalid/incident")), at: .renewalInfo, where: .status(200))
        ])
}
