import CairnCertificates
package import CairnEngine
import CairnModel
import HTTPTypes

/// What relying parties read, who sign nothing and have no account.
extension Gateway {
    /// Answers at a port that has no TLS, where there is only what certificates name (RFC 5280 §8).
    package func respondToRelyingParty(
        _ request: CairnRequest, by respond: (CairnRequest) -> CairnDelivery
    ) -> CairnDelivery {
        let whole = request.head.path ?? ""
        let path = (RuleWorld.split(whole)?.path ?? whole).text(before: "?")
        let isServed: Bool =
            switch dialects[0].paths.route(path)?.resource {
            case .crl, .ocsp, .ocspRequest: true
            case .issuer: request.head.method != .post
            default: false
            }
        guard isServed else {
            return refuse(
                .notFound,
                "expected the path of a CRL, of OCSP or of an issuer, got \(path.quoted): ACME is served over HTTPS alone "
                    + "(RFC 8555 §6.1)", head: request.head)
        }
        return respond(request)
    }

    // MARK: CRLs

    /// Where a CRL is, for whoever reaches the CA at an origin.
    package func url(ofList shard: Int, issuer: Int, origin: String) -> String {
        Links(origin: origin, dialect: dialects[0], plainPort: plainPort)
            .urlForRelyingParties(.crl(issuer: issuer, shard: shard))
    }

    /// Where an account is, for whoever reaches the CA at an origin, which has the prefix of the account's world.
    package func url(of account: Account.ID, origin: String) -> String {
        Links(origin: origin, dialect: dialects[0]).url(.account(account))
    }

    func revocationList(ofIssuer issuer: Int, shard: Int, _ exchange: Exchange) throws(Refusal) -> OperationResult {
        let url = exchange.links.urlForRelyingParties(.crl(issuer: issuer, shard: shard))
        let list: CairnRevocationList?
        do {
            list = try engine.revocationList(ofIssuer: issuer, shard: shard, url: url, at: exchange.now)
        } catch {
            throw Refusal(.serverInternal, "the CRL could not be signed: \(error)")
        }
        guard let list else {
            let known = engine.revocationLists.map { "\($0.issuer)/\($0.shard)" }.quotedList
            throw Refusal(
                .malformed, "there is no CRL \"\(issuer)/\(shard)\", expected one of \(known) (RFC 5280 §4.2.1.13)",
                cause: .unknownObject)
        }
        return .revocationList(
            list, until: engine.nextPublication(ofIssuer: issuer, shard: shard, at: exchange.now))
    }

    /// A CRL in DER (RFC 5280 §5), as long as the client has no other of the same content.
    ///
    /// - Parameter next: when there will be another; `nil` if that can be at any time, so that a cache has to ask.
    func write(_ list: CairnRevocationList, until next: CairnInstant?, _ exchange: Exchange) -> Answer {
        var answer = Answer(.ok, .bytes(list.derEncoded, type: MediaType.revocationList))
        answer.fields[.lastModified] = list.thisUpdate.httpDate
        if let next {
            // Where the next comes too late, this one ends before.
            let end = min(next, list.nextUpdate)
            answer.fields[.cacheControl] = "public, max-age=\(exchange.now.wholeSeconds(until: end))"
        }
        answer.told = .crl(
            issuer: list.issuer, shard: list.shard, number: list.number, entries: list.entries.count)
        return answer.unlessKnown(to: exchange.request, byTime: !list.followsInSameSecond)
    }

    // MARK: OCSP

    /// What a client asks: in the path of a GET, base64 with or without escapes, or in the body of a POST.
    func statusRequest(
        _ path: Substring?, _ exchange: Exchange
    ) throws(Refusal) -> Result<OCSPRequest, OCSPRequest.Fault> {
        guard let path else {
            let body = exchange.request.body
            guard body.count <= configuration.bodyLimit else { throw Self.tooLong(limit: configuration.bodyLimit) }
            return Result { () throws(OCSPRequest.Fault) in try OCSPRequest(derEncoded: body) }
        }
        // The other alphabet and missing padding do no harm.
        let digits = PercentEncoding.decode(path).utf8.map { digit in
            switch digit {
            case UInt8(ascii: "+"), UInt8(ascii: " "): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: digit
            }
        }
        let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let text = String(decoding: digits.dropLast(min(padding, 2)), as: UTF8.self)
        return Result { () throws(OCSPRequest.Fault) in
            let bytes: [UInt8]
            do { bytes = try Base64URL.decode(text) } catch {
                throw OCSPRequest.Fault(
                    description: "expected an OCSPRequest in base64 in the path: \(error) (RFC 6960 appendix A.1)")
            }
            return try OCSPRequest(derEncoded: bytes)
        }
    }

    func answer(
        _ request: Result<OCSPRequest, OCSPRequest.Fault>, _ exchange: Exchange
    ) throws(Refusal) -> OCSPReply {
        switch request {
        case .failure(let fault):
            exchange.notes.note(.malformedOCSPRequest, fault.description, by: nil)
            return .error(.malformedRequest)
        case .success(let request):
            do { return try engine.answer(request, at: exchange.now) } catch {
                throw Refusal(.serverInternal, "the OCSP response could not be signed: \(error)")
            }
        }
    }

    /// An OCSP response; that to a GET tells caches how long it is good (RFC 5019 §6.2).
    func write(_ reply: OCSPReply, _ exchange: Exchange) -> Answer {
        var answer = Answer(.ok, .bytes(reply.derEncoded, type: MediaType.statusResponse))
        answer.told = reply.told
        guard exchange.request.head.method != .post, let thisUpdate = reply.thisUpdate else { return answer }
        answer.fields[.lastModified] = thisUpdate.httpDate
        guard let next = reply.nextPublication else { return answer }
        if let end = reply.nextUpdate { answer.fields[.expires] = end.httpDate }
        let end = min(next, reply.nextUpdate ?? next)
        answer.fields[.cacheControl] =
            "max-age=\(exchange.now.wholeSeconds(until: end)), public, no-transform, must-revalidate"
        return answer
    }
}

extension Links {
    /// Where the CA says of leaves whether they are revoked.
    var places: StatusPlaces {
        StatusPlaces(
            crl: { [self] in urlForRelyingParties(.crl(issuer: 0, shard: $0)) }, ocsp: urlForRelyingParties(.ocsp))
    }
}

extension CairnInstant {
    fileprivate func wholeSeconds(until end: CairnInstant) -> Int64 { max(0, (end - self).components.seconds) }
}

extension Answer {
    /// The answer with a tag of its content; without the content, if the client has it already (RFC 9110 §13.1).
    ///
    /// - Parameter byTime: whether `Last-Modified` tells it from what was there before.
    fileprivate func unlessKnown(to request: CairnRequest, byTime: Bool) -> Answer {
        guard case .bytes(let bytes, _) = body else { return self }
        var answer = self
        let tag = "\"\(CairnCertificate.fingerprint(ofDER: bytes).prefix(16).hexadecimal)\""
        answer.fields[.eTag] = tag
        let isKnown: Bool
        if let tags = request.head.headerFields[.ifNoneMatch] {
            isKnown = tags.texts(between: ",").contains { text in
                let text = text.drop { $0 == " " }
                return text == "*"
                    || (text.hasPrefix("W/") ? text.dropFirst(2) : text).text(before: " ").isSame(as: tag)
            }
        } else {
            let since = request.head.headerFields[.ifModifiedSince]
            isKnown = byTime && since != nil && since == fields[.lastModified]
        }
        if isKnown { (answer.status, answer.body) = (.notModified, .empty) }
        return answer
    }
}
