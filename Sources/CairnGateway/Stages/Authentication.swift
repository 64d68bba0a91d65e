import CairnEngine
import CairnModel
import HTTPTypes

/// A request whose signature, URL and nonce are in order.
struct SignedRequest {
    enum Signer {
        /// `kid`: an account that exists and is valid.
        case account(Account)
        /// `jwk`: a key that may belong to nobody yet.
        case key(PublicKey)
    }

    let signer: Signer
    let jws: FlattenedJWS
}

extension Gateway {
    /// Accepts a request that an account signed (RFC 8555 §6.2).
    func signedByAccount(_ exchange: inout Exchange) throws(Refusal) -> (account: Account, jws: FlattenedJWS) {
        let signed = try authenticate(&exchange)
        switch signed.signer {
        case .account(let account): return (account, signed.jws)
        case .key(let key):
            guard let endpoint = exchange.route?.resource.endpoint,
                exchange.dialect.conduct.signedByKey.contains(endpoint)
            else {
                throw Refusal(
                    .malformed, "expected the protected header to have \"kid\", got \"jwk\" (RFC 8555 §6.2)")
            }
            guard let account = try engine.account(of: key, at: exchange.now) else {
                throw Refusal(.accountDoesNotExist, "no account has the key that signed the request (RFC 8555 §6.2)")
            }
            exchange.signer = account.id
            return (account, signed.jws)
        }
    }

    /// Accepts a request that reads: one without a signature where the dialect has such, otherwise a POST-as-GET
    /// (RFC 8555 §6.3).
    ///
    /// - Returns: the account that may read; `nil` stands for whoever knows the URL.
    func reader(_ exchange: inout Exchange) throws(Refusal) -> Account.ID? {
        guard exchange.request.head.method == .post else { return nil }
        let (account, jws) = try signedByAccount(&exchange)
        try exchange.requirePostAsGet(jws)
        return account.id
    }

    /// Accepts a request that was signed by a key that it carries itself (RFC 8555 §6.2).
    func signedByKey(_ exchange: inout Exchange) throws(Refusal) -> (key: PublicKey, jws: FlattenedJWS) {
        let signed = try authenticate(&exchange)
        guard case .key(let key) = signed.signer else {
            throw Refusal(
                .malformed, "expected the protected header to have \"jwk\", got \"kid\" (RFC 8555 §6.2)")
        }
        return (key, signed.jws)
    }

    /// Reads the JWS and spends its nonce, verifies it, then looks at the URL.
    ///
    /// That a nonce is none is said only to whoever has signed (RFC 8555 §6.5).
    func authenticate(_ exchange: inout Exchange) throws(Refusal) -> SignedRequest {
        guard exchange.request.body.count <= configuration.bodyLimit else {
            throw Self.tooLong(limit: configuration.bodyLimit)
        }
        let (body, nonce) = receive(&exchange)
        try checkMediaType(of: exchange)
        let jws: FlattenedJWS
        do { jws = try body.get() } catch { throw Refusal(error) }
        let signer = try signer(of: jws, exchange)
        let key =
            switch signer {
            case .account(let account): account.key
            case .key(let key): key
            }
        do { try jws.verify(with: key) } catch { throw Refusal(error) }
        if case .account(let account) = signer { exchange.signer = account.id }
        exchange.payload = jws.payload
        try check(nonce, of: jws)
        try checkURL(of: jws, exchange)
        if case .account(let account) = signer {
            try account.requireValid()
            noteDialect(of: account, in: exchange)
        }
        return SignedRequest(signer: signer, jws: jws)
    }

    /// What has become of the nonce of a request.
    private enum NonceState { case none, spent, unknown }

    /// Reads the body of a request, whatever it is, and spends the nonce in it.
    ///
    /// This is the one place that does: a nonce that was read is good no more, whatever else is wrong with the request
    /// (RFC 8555 §6.5), so it can neither be kept by a mistake nor tried out with one.
    private func receive(_ exchange: inout Exchange) -> (body: Result<FlattenedJWS, ACMEProblem>, nonce: NonceState) {
        let body = exchange.request.body
        do throws(ACMEProblem) {
            let jws = try FlattenedJWS(
                parsing: body, in: exchange.dialect.conduct.serialization, accepting: engine.signatureAlgorithms)
            exchange.protectedHeader = jws.protectedHeader
            guard let nonce = jws.header.nonce else { return (.success(jws), .none) }
            return (.success(jws), engine.spendNonce(nonce) ? .spent : .unknown)
        } catch {
            for nonce in FlattenedJWS.readableNonces(in: body) { _ = engine.spendNonce(nonce) }
            return (.failure(error), .unknown)
        }
    }

    private func checkMediaType(of exchange: Exchange) throws(Refusal) {
        let request = exchange.request
        let type = request.head.headerFields[.contentType]
        guard !exchange.dialect.conduct.demandsMediaType || type?.isSameIgnoringCase(as: MediaType.jose) == true else {
            throw Refusal(
                .malformed,
                "expected the Content-Type \"\(MediaType.jose)\", got \(type?.quoted ?? "none") (RFC 8555 §6.2)",
                status: 415, cause: .contentType)
        }
    }

    private func signer(of jws: FlattenedJWS, _ exchange: Exchange) throws(Refusal) -> SignedRequest.Signer {
        switch jws.header.key {
        case .jwk(let key): return .key(key)
        case .kid(let url):
            let prefix = exchange.links.origin
            guard url.begins(with: prefix), url.utf8.allSatisfy({ $0 < 0x80 }),
                case .account(let id)? = exchange.dialect.paths.route(url.dropFirst(prefix.count))?.resource
            else {
                noteForeign(kid: url, in: exchange)
                throw Refusal(
                    .accountDoesNotExist,
                    "expected \"kid\" to be an account URL of this server (\"\(prefix)/…\"), got \(url.quoted) (RFC 8555 §6.2)"
                )
            }
            return .account(try engine.account(id, at: exchange.now))
        }
    }

    private func checkURL(of jws: FlattenedJWS, _ exchange: Exchange) throws(Refusal) {
        let url = jws.header.url
        guard url.isSame(as: exchange.url) else {
            throw Refusal(
                .unauthorized,
                "expected \"url\" to be \(exchange.url.quoted), where the request was sent, got \(url.quoted) (RFC 8555 §6.4)",
                cause: .url)
        }
    }

    private func check(_ nonce: NonceState, of jws: FlattenedJWS) throws(Refusal) {
        switch nonce {
        case .spent: break
        case .none:
            throw Refusal(.badNonce, "expected \"nonce\" in the protected header, got none (RFC 8555 §6.5.2)")
        case .unknown:
            throw Refusal(
                .badNonce,
                "expected a nonce that this server issued and that was not used, got \((jws.header.nonce ?? "").quoted); "
                    + "this response brings a good one (RFC 8555 §6.5)")
        }
    }

    static func tooLong(limit: Int) -> Refusal {
        Refusal(.malformed, "expected a body of at most \(limit) bytes, got a longer one", status: 413)
    }
}

extension Exchange {
    /// Decodes the payload of a request that changes something.
    mutating func decode(_ bytes: [UInt8], _ section: String) throws(Refusal) -> Payload {
        guard let payload = try decodeUnlessEmpty(bytes, section) else {
            throw Refusal(
                .malformed,
                "expected a JSON object as payload, got an empty one as of a POST-as-GET (RFC 8555 \(section))")
        }
        return payload
    }

    /// Decodes the payload; `nil` for a POST-as-GET (RFC 8555 §6.3).
    mutating func decodeUnlessEmpty(_ bytes: [UInt8], _ section: String) throws(Refusal) -> Payload? {
        guard !bytes.isEmpty else {
            guard dialect.conduct.readsByPostAsGet else {
                throw Refusal(
                    .malformed, "expected a JSON object as payload, got an empty one: \(dialect.name) reads by GET")
            }
            return nil
        }
        payload = bytes
        let value: CairnJSON
        do { value = try CairnJSON(parsing: bytes) } catch {
            throw Refusal(.malformed, "the payload is not JSON: \(error) (RFC 8555 \(section))")
        }
        guard let object = value.object else {
            throw Refusal(.malformed, "expected a JSON object as payload, got \(value.kind) (RFC 8555 \(section))")
        }
        return Payload(object: object, section: section, dialect: dialect, notes: notes)
    }

    /// Refuses a payload where only a POST-as-GET makes sense (RFC 8555 §6.3).
    mutating func requirePostAsGet(_ jws: FlattenedJWS) throws(Refusal) {
        guard jws.payload.isEmpty else {
            throw Refusal(
                .malformed,
                "expected an empty payload, that is a POST-as-GET, got \(jws.payload.count) bytes (RFC 8555 §6.3)")
        }
    }
}
