import Cairn
import HTTPTypes

extension API {
    /// What exists now.
    static let objectRoutes: [Route] = [
        .get(
            "/snapshot", "All objects at one instant",
            of: Schema.object([
                "at": Schema.instant, "accounts": Schema.list(of: Schema.reference("Account")),
                "orders": Schema.list(of: Schema.reference("Order")),
                "authorizations": Schema.list(of: Schema.reference("Authorization")),
                "certificates": Schema.list(of: Schema.reference("Certificate")),
                "revocations": Schema.list(of: Schema.reference("Revocation")),
            ])
        ) { $0.ca.snapshot.json },
        .get("/orders", "All orders, oldest first", of: Schema.list(of: Schema.reference("Order"))) {
            .array($0.ca.orders.map(\.json))
        },
        .get("/orders/{id}", "One order", of: Schema.reference("Order")) { call in
            try call.find(call.ca.orders.first { $0.id.rawValue.isSame(as: call["id"]) }, "order", "id").json
        },
        .get(
            "/authorizations", "All authorizations with their challenges, oldest first",
            of: Schema.list(of: Schema.reference("Authorization"))
        ) { .array($0.ca.authorizations.map(\.json)) },
        .get("/authorizations/{id}", "One authorization with its challenges", of: Schema.reference("Authorization")) {
            call in
            try call.find(
                call.ca.authorizations.first { $0.id.rawValue.isSame(as: call["id"]) }, "authorization", "id"
            ).json
        },
        .get(
            "/certificates", "All certificates and their status, oldest first",
            of: Schema.list(of: Schema.reference("Certificate"))
        ) { .array($0.ca.certificates.map(\.json)) },
        .get(
            "/certificates/{serialNumber}", "One certificate and its status",
            of: Schema.reference("Certificate")
        ) { call in
            let serialNumber = try call.serialNumber()
            return try call.find(
                call.ca.certificates.first { $0.id == serialNumber }, "certificate", "serialNumber"
            ).json
        },
        .perform(
            .put, "/certificates/{serialNumber}/renewal", "Sets when the CA suggests to renew it (RFC 9773 §4.2)",
            with: SettingKind<ACMERenewalInfo>.renewal
        ) { call, info in
            try call.ca.suggestRenewal(info, of: try call.serialNumber())
        },
        .perform(
            .delete, "/certificates/{serialNumber}/renewal", "Suggests the window of its lifetime again"
        ) { call in
            try call.ca.suggestRenewal(nil, of: try call.serialNumber())
        },
        .perform(
            .put, "/certificates/{serialNumber}/renewal/body",
            "Has the CA answer with a text of your own, as it stands, when it is asked about the renewal",
            with: SettingKind<String>.member("body", .text())
        ) { call, body in
            try call.ca.setRenewalInfoBody(body, of: try call.serialNumber())
        },
        .perform(
            .delete, "/certificates/{serialNumber}/renewal/body", "Goes back to what the CA suggests"
        ) { call in
            try call.ca.setRenewalInfoBody(nil, of: try call.serialNumber())
        },
        .get(
            "/revocations", "The revocations of certificates that have not expired, oldest first",
            of: Schema.list(of: Schema.reference("Revocation"))
        ) { .array($0.ca.revocations.map(\.json)) },
        .get(
            "/progress", "The results that the CA holds because of policy.progress",
            of: Schema.list(of: Schema.object(["subject": Schema.text, "id": Schema.text]))
        ) { .array($0.ca.progress.held.map(\.json)) },
        .perform(.post, "/progress/release", "Releases everything currently held") {
            $0.ca.progress.release()
        },
        .perform(
            .post, "/progress/{subject}/release", "Releases one challenge or order",
            with: SettingKind<String>.member("id", .text())
        ) { call, id in
            let subject = call["subject"]
            let held = call.ca.progress.held.first {
                $0.subject.rawValue.isSame(as: subject) && $0.id.rawValue.isSame(as: id)
            }
            guard let held, call.ca.progress.release(held) else {
                let subjects = ["challenge", "order"]
                guard subjects.contains(subject) else {
                    throw APIProblem(404, "expected challenge or order, got \(subject.quoted)")
                }
                throw APIProblem(404, "there is no \(subject) \(id.quoted) that is held back", pointer: "/id")
            }
        },
    ]
}

extension Call {
    func serialNumber() throws(APIProblem) -> CairnSerialNumber {
        try find(CairnSerialNumber(typed: self["serialNumber"]), "certificate", "serialNumber")
    }
}

extension TestCA.Progress.Held {
    fileprivate var json: CairnJSON { ["subject": .string(subject.rawValue), "id": .string(id.rawValue)] }
}

extension SettingKind where Value == ACMERenewalInfo {
    /// A window, and perhaps a page about it.
    fileprivate static var renewal: SettingKind {
        let unset = CairnInstant(secondsSinceEpoch: 0)
        return .object(
            "a window for renewal", fresh: ACMERenewalInfo(start: unset, end: unset), required: ["start", "end"]
        ) {
            Setting("start", \.start, .instant, "when the window begins")
            Setting("end", \.end, .instant, "when it ends")
            Setting(
                "explanationURL", \.explanationURL, SettingKind<String>.url.optional("none"), "a page about the reason")
        }
    }
}

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
