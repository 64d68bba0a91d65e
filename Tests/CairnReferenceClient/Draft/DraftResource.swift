import Foundation

/// What a URL leads to, as far as a client of the draft was told.
enum DraftResource: Equatable {
    case directory
    case newNonce
    case newAccount
    case newOrder
    case newAuthorization
    case revokeCertificate
    case keyChange
    case account
    case orders
    case order
    case authorization
    /// A challenge, and the URL of its authorization.
    case challenge(of: String)
    case certificate

    /// The keys of the directory ("Directory").
    static let endpoints: [String: DraftResource] = [
        "new-nonce": .newNonce, "new-account": .newAccount, "new-order": .newOrder, "new-authz": .newAuthorization,
        "revoke-cert": .revokeCertificate, "key-change": .keyChange,
    ]
}

extension DraftClient {
    /// Checks a response that is no error, and remembers where its URLs lead.
    func take(
        _ response: Response, from url: String, as resource: DraftResource, _ judge: DraftJudge
    ) throws {
        switch resource {
        case .directory:
            try judge.directory()
            directory = response.json
            for (name, resource) in DraftResource.endpoints {
                if let url = directory[name] as? String { known[url] = resource }
            }
        case .newNonce: try judge.nonce()
        case .newAccount:
            try judge.newAccount()
            known[response["Location"] ?? response["Content-Location"] ?? ""] = .account
            known[response.json["orders"] as? String ?? ""] = .orders
        case .account: try judge.account(response.json)
        case .keyChange: try judge.keyChange()
        case .orders:
            try judge.orders()
            for order in response.json["orders"] as? [String] ?? [] { known[order] = .order }
            for next in response.links("next") { known[next] = .orders }
        case .newOrder: try keep(response, order: try judge.created(), judge)
        case .order: try keep(response, order: url, judge)
        case .newAuthorization:
            let url = try judge.newAuthorization()
            known[url] = .authorization
            // What a 303 says besides is open.
            if !response.body.isEmpty { try keep(response, authorization: url, judge) }
        case .authorization: try keep(response, authorization: url, judge)
        case .challenge(let authorization):
            try judge.challenge(response.json, at: url, of: authorization, thumbprint: key.thumbprint)
        case .certificate:
            try judge.certificate()
            for alternate in response.links("alternate") { known[alternate] = .certificate }
        case .revokeCertificate: try judge.revocation()
        }
    }

    private func keep(_ response: Response, order url: String, _ judge: DraftJudge) throws {
        try judge.order(response.json)
        let csr = response.json["csr"] as? String ?? ""
        let authorizations = response.json["authorizations"] as? [String] ?? []
        if let first = ordered[url] {
            try judge.require(csr == first.csr, "another CSR than before (\"Order Objects\")")
            try judge.require(
                authorizations == first.authorizations, "other authorizations than before (\"Order Objects\")")
        }
        ordered[url] = (csr, authorizations)
        known[url] = .order
        for authorization in authorizations { known[authorization] = .authorization }
        if let certificate = response.json["certificate"] as? String { known[certificate] = .certificate }
    }

    private func keep(_ response: Response, authorization url: String, _ judge: DraftJudge) throws {
        try judge.authorization(response.json, thumbprint: key.thumbprint)
        for challenge in response.json["challenges"] as? [[String: Any]] ?? [] {
            if let challenge = challenge["url"] as? String { known[challenge] = .challenge(of: url) }
        }
    }
}
