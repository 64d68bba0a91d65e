import Cairn

/// JSON Schemas (2020-12) of what `/cairn/v1` takes and answers.
enum Schema {
    static let text: CairnJSONObject = ["type": "string"]
    static let flag: CairnJSONObject = ["type": "boolean"]
    static let number: CairnJSONObject = ["type": "integer"]
    static let instant: CairnJSONObject = ["type": "string", "format": "date-time"]
    static let anything: CairnJSONObject = [:]
    static let anyObject: CairnJSONObject = ["type": "object"]

    static func list(of schema: CairnJSONObject) -> CairnJSONObject { ["type": "array", "items": .object(schema)] }

    static func map(of schema: CairnJSONObject) -> CairnJSONObject {
        ["type": "object", "additionalProperties": .object(schema)]
    }

    /// One of ``components``.
    static func reference(_ name: String) -> CairnJSONObject { ["$ref": .string("#/components/schemas/\(name)")] }

    static func object(
        _ required: KeyValuePairs<String, CairnJSONObject>, optional: KeyValuePairs<String, CairnJSONObject> = [:]
    ) -> CairnJSONObject {
        var properties = CairnJSONObject()
        for (name, schema) in required { properties[name] = .object(schema) }
        for (name, schema) in optional { properties[name] = .object(schema) }
        return [
            "type": "object", "required": .array(required.map { .string($0.key) }), "properties": .object(properties),
        ]
    }

    /// What has a name.
    static let components: [(name: String, schema: CairnJSONObject)] = objects + RuleGrammar.schemas(reference)

    private static let objects: [(name: String, schema: CairnJSONObject)] = [
        (
            "Problem",
            object(["type": text, "status": number, "detail": text], optional: ["pointer": text])
        ),
        ("Identifier", object(["type": text, "value": text])),
        (
            "Account",
            object(
                [
                    "id": text, "created": instant, "status": text, "contact": list(of: text), "keyThumbprint": text,
                    "termsOfServiceAgreed": flag,
                ], optional: ["agreedTerms": text, "externalAccountKey": text, "world": text])
        ),
        (
            "Order",
            object(
                [
                    "id": text, "created": instant, "status": text, "account": text, "expires": instant,
                    "identifiers": list(of: reference("Identifier")), "profile": text,
                    "authorizations": list(of: text),
                ],
                optional: [
                    "notBefore": instant, "notAfter": instant, "replaces": text, "error": anyObject,
                    "certificate": text, "world": text,
                ])
        ),
        (
            "Authorization",
            object(
                [
                    "id": text, "status": text, "account": text, "identifier": reference("Identifier"),
                    "isWildcard": flag, "expires": instant, "challenges": list(of: reference("Challenge")),
                    "unfinishedOrders": list(of: text),
                ], optional: ["world": text])
        ),
        (
            "Challenge",
            object(
                ["id": text, "type": text, "status": text, "token": text],
                optional: [
                    "keyAuthorization": text, "validated": instant, "error": anyObject, "nextQuery": instant,
                ])
        ),
        (
            "Certificate",
            object(
                [
                    "serialNumber": text, "created": instant, "status": text, "account": text, "order": text,
                    "identifiers": list(of: reference("Identifier")), "notBefore": instant, "notAfter": instant,
                    "pem": text,
                ], optional: ["revocation": reference("Revocation"), "replacement": text, "world": text])
        ),
        (
            "Revocation",
            object(["serialNumber": text, "at": instant, "notAfter": instant], optional: ["reason": number])
        ),
        (
            "CRL",
            object(
                [
                    "issuer": number, "shard": number, "number": number, "thisUpdate": instant, "nextUpdate": instant,
                    "entries": list(of: object(["serialNumber": text, "at": instant], optional: ["reason": number])),
                    "pem": text,
                ], optional: ["url": text])
        ),
        (
            "HeldRequest",
            object(
                [
                    "rule": text, "request": number, "method": text, "path": text, "since": instant,
                    "isCarriedOut": flag,
                ], optional: ["endpoint": text, "account": text])
        ),
        ("Entry", object(["number": number, "at": instant, "event": text])),
        ("Clock", object(["now": instant, "isRunning": flag, "scale": ["type": "number"]])),
        (
            "Grant",
            object(
                ["number": number, "scope": anything, "expires": instant],
                optional: ["account": text, "externalAccountKey": text])
        ),
        (
            "ExternalAccountKey",
            object(
                ["identifier": text, "macKey": text, "uses": text, "status": text, "accounts": list(of: text)],
                optional: ["expires": instant, "policy": anyObject])
        ),
        (
            "Query",
            object(
                [
                    "number": number, "at": instant, "name": text, "type": text, "class": number, "source": text,
                    "outcome": text, "records": list(of: text),
                ],
                optional: [
                    "perspective": text, "client": text, "key": text, "reason": text, "scripts": list(of: text),
                    "delay": ["type": "number"], "userAgent": text,
                ])
        ),
        (
            "Update",
            object(
                [
                    "number": number, "at": instant, "zone": text, "source": text, "responseCode": text,
                    "changes": list(of: anyObject),
                ], optional: ["client": text, "key": text, "reason": text])
        ),
        (
            "ChallengeRequest",
            object(
                ["number": number, "challengeType": text, "host": text, "isTLS": flag],
                optional: [
                    "authority": text, "path": text, "serverName": text, "userAgent": text,
                    "applicationProtocols": list(of: text),
                ])
        ),
    ]
}
