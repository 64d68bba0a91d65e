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
            "/certificates", "All certificates and what became of them, oldest first",
            of: Schema.list(of: Schema.reference("Certificate"))
        ) { .array($0.ca.certificates.map(\.json)) },
        .get(
            "/certificates/{serialNumber}", "One certificate and what became of it",
            of: Schema.reference("Certificate")
        ) { call in
            let serialNumber = try call.serialNumber()
            return try call.find(
                call.ca.certificates.first { $0.id == serialNumber }, "certificate", "serialNumber"
            ).json
        },
        .perform(
            .put, "/certificates/{serialNumber}/renewal", "Has the CA suggest when to renew it (RFC 9773 §4.2)",
            with: SettingKind<ACMERenewalInfo>.renewal
        ) { call, info in
            try call.ca.suggestRenewal(info, of: try call.serialNumber())
        },
        .perform(
            .delete, "/certificates/{serialNumber}/renewal", "Goes back to what its lifetime suggests"
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
            "/progress", "What the CA holds back, as policy.progress tells it to",
            of: Schema.list(of: Schema.object(["subject": Schema.text, "id": Schema.text]))
        ) { .array($0.ca.progress.held.map(\.json)) },
        .perform(.post, "/progress/release", "Lets everything happen that is held back now") {
            $0.ca.progress.release()
        },
        .perform(
            .post, "/progress/{subject}/release", "Lets one challenge or order go on",
            with: SettingKind<String>.member("id", .text())
        ) { call, id in
            let subject = call["subject"]
            let held = call.ca.progress.held.first {
                $0.subject.rawValue.isSame(as: subject) && $0.id.isSame(as: id)
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
    fileprivate var json: CairnJSON { ["subject": .string(subject.rawValue), "id": .string(id)] }
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
