import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

/// What a request asks for, once it is signed and understood.
///
/// Where a reader is named, `nil` stands for whoever knows the URL.
enum Operation: Sendable {
    /// The methods of a resource.
    case preflight
    case directory
    case nonce

    case findAccount(Account)
    case newAccount(NewAccount, PublicKey)
    case showAccount(Account)
    case updateAccount(Account.ID, AccountUpdate)
    case changeKey(Account.ID, from: PublicKey, to: PublicKey)
    case listOrders(Account.ID, from: OrdersPage.Start, publicAlone: Bool)

    case newOrder(NewOrder, by: Account.ID)
    case readOrder(Order.ID, by: Account.ID?)
    case finalize(Order.ID, SentCSR, by: Account.ID)

    case newAuthorization(NewAuthorization, by: Account.ID)
    case readAuthorization(Authorization.ID, by: Account.ID?)
    case deactivate(Authorization.ID, by: Account.ID)
    case readChallenge(Authorization.ID, Int, by: Account.ID?)
    case respond(Authorization.ID, Int, Payload, by: Account.ID)

    case readCertificate(Order.ID, chain: Int, by: Account.ID?)
    case readIssued(Certificate.ID, chain: Int, by: Account.ID?)
    case readIssuer(Int)
    case readRevocationList(issuer: Int, shard: Int)
    /// What OCSP is asked; a request that cannot be read is answered too.
    case askStatus(Result<OCSPRequest, OCSPRequest.Fault>)
    case revoke([UInt8], reason: Int?, by: RevocationAuthority)
    case renewalInfo(String?)

    /// What people read.
    case page(Page)
}

/// What the engine made of it.
enum OperationResult {
    case preflight
    case directory
    case nonce
    case account(Account, isNew: Bool)
    /// One that the key had already.
    case existingAccount(Account)
    case orders(OrdersPage, of: Account.ID, from: OrdersPage.Start)
    case order(Order, isNew: Bool)
    case authorization(Authorization)
    case newAuthorization(Authorization)
    /// One that the account had already.
    case existingAuthorization(Authorization)
    case challenge(Authorization, Int)
    case certificate(Certificate, of: Order.ID, chain: Int)
    case issuer(Int)
    case revocationList(CairnRevocationList, until: CairnInstant?)
    case status(OCSPReply)
    case revoked
    case renewalInfo(ACMERenewalInfo, retryAfter: Duration?)
    /// Renewal information as a test wrote it.
    case renewalInfoBody([UInt8], retryAfter: Duration?)
    case page(Answer)
}

extension Operation {
    /// The identifiers that the request names itself.
    var identifiers: [ACMEIdentifier] {
        switch self {
        case .newOrder(let order, _): order.identifiers
        case .newAuthorization(let request, _): [request.identifier]
        default: []
        }
    }

    /// The profile that the request names itself.
    var profile: String? { if case .newOrder(let order, _) = self { order.profile } else { nil } }

    /// The certificate whose status it asks for, the first of several.
    var certificate: CairnSerialNumber? {
        guard case .askStatus(.success(let request)) = self else { return nil }
        return request.certificates.first?.serialNumber
    }
}

extension Gateway {
    /// Makes of a request to a resource what is to be done: the last part of stage 4.
    func operation(at resource: Resource, _ exchange: inout Exchange) throws(Refusal) -> Operation {
        let reader = exchange.account?.value.id
        return switch resource {
        case .directory: .directory
        case .newNonce: .nonce
        case .newAccount: try newAccount(exchange)
        case .account: try account(exchange)
        case .keyChange: try keyChange(&exchange)
        case .orders(let id): try orders(of: id, exchange)
        case .ordersPage(let id, let number): try orders(of: id, page: number, exchange)
        case .newOrder: try newOrder(exchange)
        case .order(let id): .readOrder(id, by: reader)
        case .finalize(let id): try finalize(id, exchange)
        case .newAuthz: try newAuthorization(exchange)
        case .authorization(let id): try authorization(id, exchange)
        case .challenge(let id, let index): try challenge(id, index, exchange)
        case .certificate(let id, let chain): .readCertificate(id, chain: chain, by: reader)
        case .issued(let number, let chain): .readIssued(number, chain: chain, by: reader)
        case .nothing(let kind, let name): try nothing(kind.row.endpoint, name)
        case .issuer(let number): .readIssuer(number)
        case .crl(let issuer, let shard): .readRevocationList(issuer: issuer, shard: shard)
        case .ocsp: .askStatus(try statusRequest(nil, exchange))
        case .ocspRequest(let text): .askStatus(try statusRequest(text, exchange))
        case .revokeCert: try revocation(exchange)
        case .renewalInfo(let id): .renewalInfo(id)
        case .termsOfService(let version): .page(.terms(version))
        case .agreement(let id): .page(.agreement(id))
        case .rateLimits: .page(.rateLimits)
        case .unpause(let id): .page(.unpause(id))
        case .outOfBand(let id): .page(.outOfBand(id))
        }
    }

    /// Refuses a name that nothing can have, as one that nothing has.
    private func nothing(_ endpoint: ACMEEndpoint, _ name: String) throws(Refusal) -> Operation {
        let thing = endpoint == .finalize ? "order to finalize" : endpoint.rawValue
        throw Refusal(.malformed, "there is no \(thing) \(name.quoted)", cause: .unknownObject, facts: [name])
    }

    /// Does what a request asks for: stages 5 and 6.
    func perform(_ operation: Operation, _ exchange: inout Exchange) throws(Refusal) -> OperationResult {
        let now = exchange.now
        switch operation {
        case .preflight: return .preflight
        case .directory: return .directory
        case .nonce: return .nonce

        case .findAccount(let account):
            exchange.signer = account.id
            return .existingAccount(account)
        case .newAccount(let request, let key):
            let address = exchange.request.source ?? .loopbackV4
            let (account, isNew) = try engine.newAccount(
                request, key: key, from: address, in: exchange.world?.name, at: now)
            exchange.signer = account.id
            return isNew ? .account(account, isNew: true) : .existingAccount(account)
        case .showAccount(let account): return .account(account, isNew: false)
        case .updateAccount(let id, let update):
            return .account(try engine.update(id, update, at: now), isNew: false)
        case .changeKey(let id, let old, let new):
            return .account(try engine.changeKey(of: id, from: old, to: new, at: now), isNew: false)
        case .listOrders(let id, let start, let publicAlone):
            let page = try engine.orders(of: id, from: start, publicAlone: publicAlone, at: now)
            return .orders(page, of: id, from: start)

        case .newOrder(let request, let account):
            return .order(try engine.newOrder(request, by: account, opening: exchange.opening, at: now), isNew: true)
        case .readOrder(let id, let reader):
            return .order(try engine.order(id, for: reader, at: now), isNew: false)
        case .finalize(let id, let csr, let account):
            let order = try engine.finalize(id, with: csr, by: account, opening: exchange.opening, at: now)
            return .order(order, isNew: false)

        case .newAuthorization(let request, let account):
            return try perform(request, by: account, accountURL: exchange.url(of: account), at: now)
        case .readAuthorization(let id, let reader):
            return .authorization(try engine.authorization(id, for: reader, at: now))
        case .deactivate(let id, let account):
            return .authorization(try engine.deactivate(id, by: account, at: now))
        case .readChallenge(let id, let index, let reader):
            return .challenge(try engine.authorization(id, ofChallenge: index, for: reader, at: now), index)
        case .respond(let id, let index, let response, let account):
            return .challenge(try respond(id, index, response, by: account, &exchange), index)

        case .readCertificate(let id, let chain, let reader):
            return try certificate(of: id, chain: chain, for: reader, at: now)
        case .readIssued(let serial, let chain, let reader):
            let certificate = try engine.certificate(serial, for: reader, at: now)
            return try self.certificate(certificate, chain: chain)
        case .readIssuer(let number): return try issuer(number)
        case .readRevocationList(let issuer, let shard):
            return try revocationList(ofIssuer: issuer, shard: shard, exchange)
        case .askStatus(let request): return .status(try answer(request, exchange))
        case .revoke(let der, let reason, let authority):
            let reason = reason.map(ACMERevocationReason.init(rawValue:))
            try engine.revoke(derEncoded: der, reason: reason, by: authority, at: now)
            return .revoked
        case .renewalInfo(let id): return try renewalInfo(id, exchange)

        case .page(let page): return .page(try serve(page, exchange))
        }
    }

    /// Writes down what came of a request, in the way of its dialect: stage 7.
    func write(_ result: OperationResult, _ exchange: Exchange) -> Answer {
        switch result {
        case .preflight: preflight(exchange)
        case .directory: directory(exchange)
        case .nonce: Answer(exchange.request.head.method == .head ? exchange.dialect.nonceStatus : .noContent)
        case .account(let account, let isNew): write(account, isNew ? .created : .ok, exchange)
        case .existingAccount(let account): write(existing: account, exchange)
        case .orders(let page, let id, let start): write(page, of: id, from: start, exchange)
        case .order(let order, let isNew): write(order, isNew ? .created : .ok, exchange)
        case .authorization(let authorization): write(authorization, exchange)
        case .newAuthorization(let authorization): write(new: authorization, exchange)
        case .existingAuthorization(let authorization): write(existing: authorization, exchange)
        case .challenge(let authorization, let index): write(index, of: authorization, exchange)
        case .certificate(let certificate, let id, let chain): write(certificate, of: id, chain: chain, exchange)
        case .issuer(let number): write(issuer: number, exchange)
        case .revocationList(let list, let next): write(list, until: next, exchange)
        case .status(let reply): write(reply, exchange)
        case .revoked: Answer(.ok)
        case .renewalInfo(let info, let wait): write(info, retryAfter: wait)
        case .renewalInfoBody(let body, let wait): write(renewalInfo: body, retryAfter: wait)
        case .page(let answer): answer
        }
    }

    /// Answers a browser that asks before it sends (the CORS protocol of the Fetch standard), and anybody else who asks for
    /// the methods.
    private func preflight(_ exchange: Exchange) -> Answer {
        let allow = exchange.route?.allow ?? ""
        if case .pages(let seconds) = exchange.personality.crossOrigin {
            var answer = Answer(
                .noContent,
                fields: [
                    .accessControlAllowOrigin: "*", .accessControlAllowHeaders: "Content-Type",
                    .accessControlMaxAge: "\(seconds)",
                ])
            answer.isBare = true
            return answer
        }
        var answer = Answer(.noContent, fields: [.allow: allow])
        if exchange.request.isFromPage {
            answer.fields[.accessControlAllowMethods] = allow
            answer.fields[.accessControlAllowHeaders] = "Content-Type"
            answer.fields[.accessControlMaxAge] = "86400"
        }
        return answer
    }

    /// Whether any order is offered a challenge that is met in advance.
    private func offersStandingProof(_ policy: CairnPolicy) -> Bool {
        let lists = [policy.challengeTypes] + policy.profiles.values.compactMap(\.challengeTypes)
        return lists.contains { $0.contains { engine.kinds[$0].isMetInAdvance } }
    }

    /// The directory (RFC 8555 §7.1.1), by GET or by POST-as-GET.
    private func directory(_ exchange: Exchange) -> Answer {
        let policy = exchange.policy
        let catalogue = Catalogue(
            termsOfService: policy.termsOfService.map { url(of: $0, exchange.links) },
            website: policy.website, externalAccountRequired: policy.externalAccountBinding == .required,
            caaIdentities: policy.caa?.identities ?? [],
            persist: policy.persist.form == .draft02 && offersStandingProof(policy) ? policy.persist : nil,
            profiles: engine.profiles.map { ($0.name, $0.description) },
            hasRenewalInfo: policy.renewalInfo != nil,
            offersPreAuthorization: policy.preAuthorization)
        return Answer(.ok, .json(exchange.dialect.directory(exchange.links, catalogue)))
    }
}
