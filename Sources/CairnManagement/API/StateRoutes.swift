import Cairn
import HTTPTypes

extension API {
    /// What is done to objects by hand.
    static let stateRoutes: [Route] =
        [("orders", "order"), ("authorizations", "authorization")].map { list, kind in
            .perform(
                .put, "/\(list)/{id}/status",
                "Gives an \(kind) a status; whatever leads to it happens on the way (RFC 8555 §7.1.6)",
                with: SettingKind<NewStatus>.newStatus
            ) { call, new in
                try call.ca.objects.force(
                    kind == "order" ? .order(call.id) : .authorization(call.id), into: new.status, because: new.error)
            }
        } + [
            .perform(
                .put, "/authorizations/{id}/challenges/{place}/status",
                "Gives a challenge, counted from 0, a status; its authorization follows (RFC 8555 §7.1.6)",
                with: SettingKind<NewStatus>.newStatus
            ) { call, new in
                let challenge: CairnObjectID = "\(call["id"])/\(call["place"])"
                try call.ca.objects.force(.challenge(challenge), into: new.status, because: new.error)
            },
            .perform(.post, "/orders/{id}/expire", "Expires an order") { call in
                try call.ca.objects.expire(.order(call.id))
            },
            .perform(.post, "/authorizations/{id}/expire", "Expires an authorization") { call in
                try call.ca.objects.expire(.authorization(call.id))
            },
            .perform(
                .post, "/accounts/{id}/expire", "Expires all orders and authorizations of an account"
            ) { call in
                try call.ca.accounts.expireObjects(of: call.id)
            },
            .perform(.delete, "/orders/{id}", "Forgets an order with its certificate") { call in
                try call.ca.objects.purge(.order(call.id))
            },
            .perform(.delete, "/authorizations/{id}", "Forgets an authorization") { call in
                try call.ca.objects.purge(.authorization(call.id))
            },
            .perform(.delete, "/certificates/{serialNumber}", "Forgets a certificate") { call in
                try call.ca.objects.purge(.certificate(try call.serialNumber()))
            },
            .perform(
                .post, "/accounts/{id}/purge", "Forgets all orders, authorizations and certificates of an account"
            ) { call in
                try call.ca.accounts.purgeObjects(of: call.id)
            },
            .perform(.delete, "/accounts/{id}", "Forgets an account with everything that it has") { call in
                try call.ca.accounts.forget(call.id)
            },
            .perform(.delete, "/nonces", "Forgets all outstanding nonces") { $0.ca.objects.forgetNonces() },
            .perform(
                .post, "/certificates/{serialNumber}/revoke", "Revokes a certificate (RFC 5280 §5.3.1)",
                with: SettingKind<NewRevocation>.newRevocation
            ) { call, new in
                try call.ca.objects.revoke(
                    try call.serialNumber(), for: new.reason.map(ACMERevocationReason.init(rawValue:)))
            },
            .perform(
                .post, "/incident",
                "Tells clients to replace certificates at once: their windows for renewal have passed (RFC 9773 §4.2)",
                with: SettingKind<Incident>.incident
            ) { call, incident in
                var certificates: [CairnSerialNumber] = []
                for (index, text) in incident.certificates.enumerated() {
                    guard let serial = CairnSerialNumber(typed: text) else {
                        throw APIProblem(
                            404, "there is no certificate \(text.quoted)", pointer: "/certificates/\(index)")
                    }
                    certificates.append(serial)
                }
                try call.ca.objects.announceIncident(certificates, explanationURL: incident.explanationURL)
            },
        ]
}

/// The status that an object is to have.
private struct NewStatus: Sendable {
    var status = ACMEStatus(rawValue: "")
    var error: ACMEProblem?
}

/// A certificate that is to be revoked.
private struct NewRevocation: Sendable {
    var reason: Int?
}

/// Certificates that are to be replaced.
private struct Incident: Sendable {
    var certificates: [String] = []
    var explanationURL: String?
}

extension SettingKind where Value == NewStatus {
    fileprivate static var newStatus: SettingKind {
        .object("a status for an object", fresh: NewStatus(), required: ["status"]) {
            Setting(
                "status", \.status,
                SettingKind<ACMEStatus>(
                    "a text", Schema.text, read: { $0.string.map(ACMEStatus.init(rawValue:)) },
                    write: { .string($0.rawValue) }), "one that the object can come to")
            Setting(
                "error", \.error, SettingKind<ACMEProblem>.problem.optional("one that says so"),
                "what it shows where it becomes invalid")
        }
    }
}

extension SettingKind where Value == Incident {
    fileprivate static var incident: SettingKind {
        .object("an incident", fresh: Incident(), required: ["certificates"]) {
            Setting(
                "certificates", \.certificates, .array(of: .text(), "serial numbers", 1...100_000),
                "the serial numbers of the certificates")
            Setting(
                "explanationURL", \.explanationURL, SettingKind<String>.url.optional("none"), "a page about the reason")
        }
    }
}

extension SettingKind where Value == NewRevocation {
    fileprivate static var newRevocation: SettingKind {
        .object("a revocation", fresh: NewRevocation(), required: []) {
            Setting(
                "reason", \.reason, SettingKind<Int>.revocationReason.optional("none"),
                "a number or a name of RFC 5280 §5.3.1")
        }
    }
}
