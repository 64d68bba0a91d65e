import CairnModel

extension CairnPreset {
    /// Everything that the standards allow and some clients do not expect, at random by the seed.
    ///
    /// A conforming client still gets its certificate: the only errors are refused nonces and postponed requests, which
    /// it has to repeat.
    public static let chaos = CairnPreset(
        "chaos", "Every habit that is legal and awkward, each by chance and by the seed",
        source: "https://github.com/letsencrypt/pebble/issues/399",
        settings: [
            "retryAfterForm": "either",
            "policy": [
                "authorizationReuse": ["standard": .double(0.5)], "challengesShareToken": true, "showsProcessing": true,
                "progress": ["validation": "1 poll", "readiness": "1 poll", "issuance": "2 polls"],
            ],
        ], rules: chaosOfRequests + chaosOfObjects + chaosOfText)

    private static let chaosOfRequests: [CairnRule] = [
        CairnRule(.badNonce, where: .method("POST"), probability: 0.1),
        CairnRule(.addNonce, at: .directory, probability: 0.5),
        CairnRule(.unavailable(retryAfter: .seconds(1)), at: .newOrder, probability: 0.1),
        CairnRule(.close, probability: 0.1),
        CairnRule(.remove(.location), at: .finalize, probability: 0.5),
    ]

    private static let chaosOfObjects: [CairnRule] = [
        CairnRule(
            .set("/x-member", "https://ca.invalid/"), at: .directory, .newAccount, .account, .newOrder, .order,
            .finalize, .authorization, .challenge, .renewalInfo, where: .not(.isProblem), probability: 0.5),
        CairnRule(
            .insert(
                ["type": "x-unknown-01", "status": "pending", "url": "https://ca.invalid/challenge/1"],
                at: "/challenges/0"), at: .authorization, where: .answer("/status", .equals("pending")),
            probability: 0.5),
        CairnRule(.shuffle("/challenges"), at: .authorization, where: .answer("/challenges", .exists)),
        CairnRule(
            .shuffle("/authorizations"), at: .newOrder, .order, .finalize, where: .answer("/authorizations", .exists)),
        CairnRule(
            .shuffle("/identifiers"), at: .newOrder, .order, .finalize, where: .answer("/identifiers", .exists)),
    ]

    private static let chaosOfText: [CairnRule] = [
        CairnRule(.json(style: CairnJSONStyle(memberOrder: .shuffled)), probability: 0.5),
        CairnRule(.json(style: CairnJSONStyle(indentation: 3)), probability: 0.3),
        CairnRule(.json(style: CairnJSONStyle(escapesSlashes: true)), probability: 0.3),
        CairnRule(.timestamps(.fraction), probability: 0.5),
        CairnRule(.timestamps(.offset), probability: 0.2),
        CairnRule(.mediaType(adding: "charset=utf-8"), probability: 0.5),
        CairnRule(.fieldNames(.lower), probability: 0.5),
        CairnRule(.links(style: CairnLinkStyle(joined: true)), probability: 0.3),
        CairnRule(.pem(lineEnd: .crlf), at: .certificate, probability: 0.5),
    ]
}
