import Cairn
import HTTPTypes

extension API {
    /// What relying parties are told of revocations.
    static let revocationRoutes: [Route] = [
        .get(
            "/crls", "All CRLs as they are now, those of the leaves first", of: Schema.list(of: Schema.reference("CRL"))
        ) {
            .array($0.ca.crls.map(\.json))
        },
        .get(
            "/crls/{issuer}", "A CRL of an issuer as it is now; issuer 0 signs the leaves (RFC 5280 §5)",
            query: [Route.Query(name: "shard", summary: "which of its CRLs, from 0 on", schema: Schema.number)],
            of: Schema.reference("CRL")
        ) { call in
            let issuer = try call.find(Int(call["issuer"]), "issuer", "issuer")
            return try call.ca.crl(ofIssuer: issuer, shard: try call.number("shard") ?? 0).json
        },
        .perform(.post, "/crls/publish", "Updates all CRLs and OCSP responses") { $0.ca.publishStatus() },
        .get(
            "/ocsp", "The fixed OCSP answers, by serial number",
            of: Schema.map(of: Schema.text)
        ) { call in
            .object(
                call.ca.objects.ocspAnswers.map { ("\($0)", $1) }.sorted { $0.0 < $1.0 }.reduce(
                    into: CairnJSONObject()
                ) { $0[$1.0] = .string($1.1.rawValue) })
        },
        .perform(
            .put, "/certificates/{serialNumber}/ocsp",
            "Sets a fixed OCSP answer for it (RFC 6960 §2.2)",
            with: SettingKind<CairnOCSPAnswer>.member("answer", .word)
        ) { call, answer in
            try call.ca.objects.answerOCSP(answer, for: try call.serialNumber())
        },
        .perform(.delete, "/certificates/{serialNumber}/ocsp", "Removes its fixed OCSP answer") { call in
            try call.ca.objects.answerOCSP(nil, for: try call.serialNumber())
        },
    ]
}
