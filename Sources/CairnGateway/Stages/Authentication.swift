import CairnEngine
import CairnModel
import HTTPTypes
import Synchronization

extension Gateway {
    /// Reads the JWS of a request and spends its nonce, asks the engine for what it knows of the request, verifies the
    /// signature, then looks at nonce, URL and signer (RFC 8555 §6.2 to §6.5).
    ///
    /// What nobody signs goes on with the policy alone. That a nonce is none is said only to whoever has signed (§6.5).
    func authenticate(_ exchange: inout Exchange) throws(Refusal) {
        guard let route = exchange.route, route.row.signer != .nobody,
            exchange.request.head.method == .post
        else {
            exchange.opening = engine.open(Opening.Question(wantsNonce: exchange.bringsNonce), at: exchange.now)
            return
        }
        guard exchange.request.body.count <= configuration.bodyLimit else {
            throw Self.tooLong(limit: configuration.bodyLimit)
        }
        let (body, named, opening) = receive(&exchange, for: route)
        exchange.opening = opening
        try checkMediaType(of: exchange)
        try checkNonceField(of: exchange)
        let jws: FlattenedJWS
        do { jws = try body.get() } catch { throw Refusal(error) }
        let (key, account) = try signer(of: jws, named, opening, exchange)
        do { try jws.verify(with: key) } catch { throw Refusal(error) }
        exchange.payload = jws.payload
        (exchange.account, exchange.signer) = (account, account?.value.id)
        try requireSpent(opening.nonce, of: jws)
        try checkURL(of: jws, exchange)
        if let account {
            try account.requireValid()
            noteDialect(of: account.value.id, in: exchange)
        } else {
            exchange.key = key
        }
        try requireSigner(of: route, opening, &exchange)
    }

    /// Reads the body of a request, whatever it is, and spends the nonce in it.
    ///
    /// This is the one place that does: a nonce that was read is good no more, whatever else is wrong with the request
    /// (RFC 8555 §6.5), so it can neither be kept by a mistake nor tried out with one.
    private func receive(
        _ exchange: inout Exchange, for route: Route
    ) -> (body: Result<FlattenedJWS, ACMEProblem>, account: Account.ID?, opening: Opening) {
        let bytes = exchange.request.body
        let serialization = exchange.dialect.serialization
        var body = Result { () throws(ACMEProblem) in try FlattenedJWS(parsing: bytes, in: serialization) }
        var (nonce, unreadNonces, key): (String?, [String], [UInt8]?) = (nil, [], nil)
        var named: Account.ID?
        var finalization: (Order.ID, String)?
        switch body {
        case .success(let jws):
            nonce = jws.header.nonce
            switch jws.header.key {
            case .jwk(let sent): key = sent.subjectPublicKeyInfo
            case .kid(let url):
                named = account(at: url, exchange)
                if case .finalize(let order) = route.resource, let named {
                    finalization = (order, exchange.url(of: named))
                }
            }
        case .failure: unreadNonces = FlattenedJWS.readableNonces(in: bytes)
        }
        let question = Opening.Question(
            nonce: nonce, unreadNonces: unreadNonces, account: named, world: exchange.world?.name, key: key,
            finalization: finalization, wantsNonce: true)
        let opening = engine.open(question, at: exchange.now)
        // Which algorithms the policy leaves is known only now.
        let algorithms = opening.policy.value.keys.signatureAlgorithms
        if algorithms != ACMESignatureAlgorithm.accepted {
            body = Result { () throws(ACMEProblem) in
                try FlattenedJWS(parsing: bytes, in: serialization, accepting: algorithms)
            }
        }
        if case .success(let jws) = body { exchange.nonce = jws.header.nonce }
        return (body, named, opening)
    }

    private func checkMediaType(of exchange: Exchange) throws(Refusal) {
        guard exchange.dialect.demandsMediaType else { return }
        let fields = exchange.request.head.headerFields
        guard fields.only(.contentType)?.isSameIgnoringCase(as: MediaType.jose) == true else {
            throw Refusal(
                .malformed,
                "expected the Content-Type \"\(MediaType.jose)\", got \(fields[.contentType]?.quoted ?? "none") (RFC 8555 §6.2)",
                cause: .contentType, facts: fields[.contentType].map { [$0] } ?? [])
        }
    }

    /// Refuses a nonce in a header field of the request, where the server does (RFC 8555 §6.5.1).
    private func checkNonceField(of exchange: Exchange) throws(Refusal) {
        guard exchange.personality.demands.contains(.noNonceField),
            exchange.request.head.headerFields[.replayNonce] != nil
        else { return }
        throw Refusal(
            .malformed, "expected no Replay-Nonce in the head of a request, got one (RFC 8555 §6.5.1)",
            cause: .nonceField)
    }

    /// The account with that URL; `nil` if it is none of this server and dialect.
    private func account(at url: String, _ exchange: Exchange) -> Account.ID? {
        let prefix = exchange.links.origin
        guard url.begins(with: prefix) else { return nil }
        return exchange.links.paths.account(at: url.text(after: prefix))
    }

    /// Whether a URL is one of an account, with a name that none can have.
    private func namesNobody(_ url: String, _ exchange: Exchange) -> Bool {
        let prefix = exchange.links.origin
        guard url.begins(with: prefix), url.utf8.allSatisfy({ $0 < 0x80 }),
            case .nothing(.account, _)? = exchange.dialect.paths.route(url.dropFirst(prefix.count))?.resource
        else { return false }
        return true
    }

    /// The key that must have signed, and the account that it is named by.
    private func signer(
        of jws: FlattenedJWS, _ named: Account.ID?, _ opening: Opening, _ exchange: Exchange
    ) throws(Refusal) -> (PublicKey, Shared<Account>?) {
        switch jws.header.key {
        case .jwk(let key): return (key, nil)
        case .kid(let url):
            guard named != nil, let account = opening.account else {
                noteForeign(kid: url, in: exchange)
                let cause: ACMEProblem.Cause = namesNobody(url, exchange) ? .unknownAccount : .foreignKeyIdentifier
                throw Refusal(
                    .accountDoesNotExist,
                    "expected \"kid\" to be an account URL of this server (\"\(exchange.links.origin)/…\"), "
                        + "got \(url.quoted) (RFC 8555 §6.2)", cause: cause, facts: [url])
            }
            do throws(Refusal) {
                let signer = try account.get()
                return (signer.value.key, signer)
            } catch {
                var refusal = error
                if error.problem.cause == nil {
                    refusal.problem = error.problem.caused(by: .unknownAccount, [url])
                }
                throw refusal
            }
        }
    }

    private func checkURL(of jws: FlattenedJWS, _ exchange: Exchange) throws(Refusal) {
        let url = jws.header.url
        guard exchange.isSent(to: url) else {
            throw Refusal(
                .unauthorized,
                "expected \"url\" to be \(exchange.url.quoted), where the request was sent, got \(url.quoted) (RFC 8555 §6.4)",
                cause: .url, facts: [exchange.url, url])
        }
    }

    private func requireSpent(_ nonce: Opening.Nonce, of jws: FlattenedJWS) throws(Refusal) {
        switch nonce {
        case .spent: break
        case .none:
            throw Refusal(
                .badNonce, "expected \"nonce\" in the protected header, got none (RFC 8555 §6.5.2)", cause: .noNonce)
        case .unknown:
            throw Refusal(
                .badNonce,
                "expected a nonce that this server issued and that was not used, got \((jws.header.nonce ?? "").quoted); "
                    + "this response brings a good one (RFC 8555 §6.5)", cause: .unknownNonce,
                facts: [jws.header.nonce ?? ""])
        }
    }

    /// Refuses whoever else signed than the resource has it (RFC 8555 §6.2, §7.3.2).
    private func requireSigner(of route: Route, _ opening: Opening, _ exchange: inout Exchange) throws(Refusal) {
        switch route.row.signer {
        case .nobody, .accountOrKey: break
        case .key:
            guard exchange.account == nil else {
                throw Refusal(
                    .malformed, "expected the protected header to have \"jwk\", got \"kid\" (RFC 8555 §6.2)",
                    cause: .noJWK)
            }
        case .account: _ = try requireAccount(opening, &exchange)
        case .owner:
            let account = try requireAccount(opening, &exchange)
            guard case .object(.account(let owner))? = route.resource.thing, owner != account.value.id else { return }
            throw Refusal(
                .unauthorized,
                "expected a request signed by \"\(exchange.url(of: owner))\", got one signed by "
                    + "\"\(exchange.url(of: account.value.id))\" (RFC 8555 §7.3.2)",
                cause: .notOwner(route.row.endpoint))
        }
    }

    /// The account that signed, if only with its key where the dialect has that.
    private func requireAccount(_ opening: Opening, _ exchange: inout Exchange) throws(Refusal) -> Shared<Account> {
        if let account = exchange.account { return account }
        guard let endpoint = exchange.endpoint, exchange.dialect.isSignedByKey(endpoint) else {
            throw Refusal(
                .malformed, "expected the protected header to have \"kid\", got \"jwk\" (RFC 8555 §6.2)",
                cause: .noKeyIdentifier)
        }
        guard let account = try opening.accountOfKey?.get() else {
            throw Refusal(.accountDoesNotExist, "no account has the key that signed the request (RFC 8555 §6.2)")
        }
        (exchange.account, exchange.signer) = (account, account.value.id)
        return account
    }

    static func tooLong(limit: Int) -> Refusal {
        Refusal(.malformed, "expected a body of at most \(limit) bytes, got a longer one", status: .contentTooLarge)
    }
}

// MARK: Clients that mix dialects, which works by chance at best

extension Gateway {
    /// Notes that an account acts in another dialect than before.
    private func noteDialect(of account: Account.ID, in exchange: Exchange) {
        guard dialects.count > 1 else { return }
        let name = exchange.dialect.name
        let before = spoken.withLock { spoken in spoken.updateValue(name, forKey: account) }
        guard let before, before != name else { return }
        exchange.notes.note(
            .mixedDialects, "the account \"\(account)\", which spoke \(before), now speaks \(name)", by: account)
    }

    /// Notes that a request names its account as another dialect would.
    private func noteForeign(kid: String, in exchange: Exchange) {
        let path = kid.dropFirst(exchange.links.origin.count)
        for dialect in dialects where dialect.name != exchange.dialect.name {
            guard let id = dialect.paths.account(at: path) else { continue }
            exchange.notes.note(
                .mixedDialects,
                "\"kid\" is an account URL of \(dialect.name), in a request of \(exchange.dialect.name)", by: id)
        }
    }

    /// Notes that the payload has members that only another dialect knows.
    func noteForeignMembers(of payload: Payload, in exchange: Exchange) {
        guard dialects.count > 1, let endpoint = exchange.endpoint else { return }
        for member in exchange.dialect.foreignMembers(of: endpoint) where payload.object[member] != nil {
            exchange.notes.note(
                .mixedDialects,
                "\"\(member)\" is a member of another dialect, in a request of \(exchange.dialect.name)",
                by: exchange.signer)
        }
    }
}
