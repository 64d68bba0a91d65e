import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    // MARK: What requests say

    /// Revokes a certificate (RFC 8555 §7.6), for an account or for the holder of the certificate's key.
    func revocation(_ exchange: Exchange) throws(Refusal) -> Operation {
        let payload = try exchange.requireMembers()
        let der = try payload.octets("certificate")
        let reason =
            try payload.optional("reason", .integer) ?? exchange.dialect.defaultRevocationReason
        if let key = exchange.key { return .revoke(der, reason: reason, by: .key(key)) }
        return .revoke(der, reason: reason, by: .account(try exchange.requireSigner().id))
    }

    // MARK: What is done

    func certificate(
        of id: Order.ID, chain: Int, for reader: Account.ID?, at now: CairnInstant
    ) throws(Refusal) -> OperationResult {
        try certificate(try engine.certificate(ofOrder: id, for: reader, at: now), chain: chain)
    }

    func certificate(_ certificate: Certificate, chain: Int) throws(Refusal) -> OperationResult {
        let chains = engine.authority.chains
        guard chains.indices.contains(chain) else {
            throw Refusal(
                .malformed,
                "certificate \"\(certificate.order)\" has \(chains.count - 1) alternate chains, got \(chain)",
                cause: .unknownObject)
        }
        return .certificate(certificate, of: certificate.order, chain: chain)
    }

    func issuer(_ number: Int) throws(Refusal) -> OperationResult {
        let issuers = engine.authority.issuers
        guard issuers.indices.contains(number) else {
            throw Refusal(
                .malformed, "expected the number of an issuer, 0 to \(issuers.count - 1), got \(number)",
                cause: .unknownObject)
        }
        return .issuer(number)
    }

    /// When a certificate is best renewed, for whoever asks (RFC 9773 §4.1).
    ///
    /// - Parameter text: what the URL says, which may be no certID at all.
    func renewalInfo(_ text: String?, _ exchange: Exchange) throws(Refusal) -> OperationResult {
        guard let policy = exchange.policy.renewalInfo else {
            throw Refusal(.malformed, "this CA offers no renewal information (RFC 9773 §4)", cause: .unknownPath)
        }
        guard let text else {
            throw Refusal(
                .malformed,
                "expected a slash and a certID after \"\(exchange.links.url(.renewalInfo(nil)))\", got none "
                    + "(RFC 9773 §4.1)", cause: .unknownCertID)
        }
        let id: CertID
        do { id = try CertID(parsing: text) } catch { throw Refusal(error) }
        let certificate = try engine.certificate(id, at: exchange.now)
        if let body = certificate.renewalInfoBody {
            return .renewalInfoBody(body, retryAfter: policy.retryAfter)
        }
        return .renewalInfo(certificate.renewalInfo(policy, at: exchange.now), retryAfter: policy.retryAfter)
    }

    // MARK: What answers say

    /// A certificate with one of its chains, the root left out, and links to the other chains; or alone in DER, with a link
    /// to its issuer (RFC 8555 §7.4.2).
    ///
    /// A request that accepts neither gets the chain, as RFC 9110 §12.5.1 allows: clients send an `Accept` that they never
    /// thought about, and the servers in the open do not look at it.
    func write(_ certificate: Certificate, of id: Order.ID, chain: Int, _ exchange: Exchange) -> Answer {
        let authority = engine.authority
        let types = exchange.personality.certificateTypes
        let type = exchange.request.preferred(of: types) ?? types.first ?? MediaType.pemChain
        let issuer = exchange.links.url(.issuer(authority.leafIssuer(inChain: chain)))
        var answer: Answer
        if type == MediaType.certificate {
            answer = Answer(.ok, .bytes(certificate.issued.derEncoded, type: type))
            answer.link(issuer, rel: "up")
        } else {
            answer = Answer(.ok, .bytes(authority.chainPEM(for: certificate.issued, chain: chain), type: type))
            if exchange.dialect.chainsLinkUp { answer.link(issuer, rel: "up", title: "issuer") }
        }
        answer.shown = (.certificate, certificate.issued.serialNumber.description, certificate.state.status.rawValue)
        for other in authority.chains.indices where other != chain {
            answer.link(exchange.links.url(certificate: certificate.id, of: id, chain: other), rel: "alternate")
        }
        return answer
    }

    /// The certificate of an issuer in DER, where the leaves' authority information access points to (RFC 5280 §4.2.2.1).
    ///
    /// Relying parties read it by GET, clients of ACME that follow a link "up" by POST-as-GET. It links to the certificates
    /// that can follow it in a chain, so that a client can build one (RFC 8555 §7.4.2).
    func write(issuer number: Int, _ exchange: Exchange) -> Answer {
        let authority = engine.authority
        var answer = Answer(.ok, .bytes(authority.issuers[number].derEncoded, type: MediaType.certificate))
        for above in authority.issuers(ofIssuer: number) {
            answer.link(exchange.links.url(.issuer(above)), rel: "up")
        }
        return answer
    }

    /// Renewal information that somebody else wrote.
    func write(renewalInfo body: [UInt8], retryAfter: Duration?) -> Answer {
        var answer = Answer(.ok, .bytes(body, type: "application/json"))
        answer.retryAfter = retryAfter
        return answer
    }

    func write(_ info: ACMERenewalInfo, retryAfter: Duration?) -> Answer {
        var object: CairnJSONObject = [
            "suggestedWindow": ["start": .string(info.start.rfc3339), "end": .string(info.end.rfc3339)]
        ]
        object["explanationURL"] = info.explanationURL.map(CairnJSON.string)
        var answer = Answer(.ok, .json(.object(object)))
        answer.retryAfter = retryAfter
        return answer
    }
}
