import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient

extension TestServer {
    /// A CA that serves the draft with some settings changed.
    convenience init(approving: Bool = true, draft change: (inout CairnDraftSettings) -> Void) throws {
        var settings = CairnDraftSettings()
        change(&settings)
        try self.init(configuration: GatewayConfiguration(.with { $0.draft = settings }), approving: approving)
    }

    /// A client of the draft.
    func draftClient(key: AccountKey? = nil) throws -> DraftClient {
        try DraftClient(key: key) { [gateway] in gateway.respond(to: $0) }
    }

    /// A client of the draft that has an account.
    func draftRegistered(key: AccountKey? = nil) throws -> DraftClient {
        let client = try draftClient(key: key)
        try client.register()
        return client
    }

    /// The revocation of a certificate, if it was revoked.
    func revocation(of der: [UInt8]) -> (serial: CairnSerialNumber, reason: ACMERevocationReason?)? {
        engine.journal.entries.lazy.compactMap { entry in
            if case .revoked(let serial, let reason) = entry.event, serial == CairnSerialNumber(ofCertificate: der) {
                (serial, reason)
            } else {
                nil
            }
        }.first
    }
}

extension DraftClient {
    /// Places an order for some names.
    func order(_ names: [String], _ members: [String: Any] = [:]) throws -> Placed {
        try order(csr: try csr(names), members)
    }

    /// Answers a challenge of a type in each authorization of an order, or the first that there is.
    func prove(_ order: Placed, by type: String = "http-01") throws {
        for authorization in order.authorizations {
            let types = try get(authorization).challenges.compactMap { $0["type"] as? String }
            try respond(to: try challenge(types.contains(type) ? type : types.first ?? type, of: authorization))
        }
    }

    /// Goes as far as the order that is valid, if the server validates at once.
    func issue(_ names: [String]) throws -> Response {
        let order = try order(names)
        try prove(order)
        return try get(order.url)
    }
}
