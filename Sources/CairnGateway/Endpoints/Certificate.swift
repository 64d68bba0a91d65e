import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// A certificate with one of its chains, the root left out, and links to the other chains; or alone in DER, with a link
    /// to its issuer (RFC 8555 §7.4.2).
    ///
    /// A request that accepts neither gets the chain, as RFC 9110 §12.5.1 allows: clients send an `Accept` that they never
    /// thought about, and the servers in the open do not look at it.
    func certificate(_ id: Order.ID, chain: Int, _ exchange: inout Exchange) throws(Refusal) -> Answer {
        let reader = try reader(&exchange)
        let certificate = try engine.certificate(ofOrder: id, for: reader, at: exchange.now)
        let authority = engine.authority
        guard authority.chains.indices.contains(chain) else {
            throw Refusal(
                .malformed, "certificate \"\(id)\" has \(authority.chains.count - 1) alternate chains, got \(chain)",
                status: 404, cause: .unknownObject)
        }
        let types = exchange.dialect.personality.certificateTypes
        let type = exchange.request.preferred(of: types) ?? types.first ?? MediaType.pemChain
        var answer: Answer
        if type == MediaType.certificate {
            answer = Answer(.ok, .bytes(certificate.issued.derEncoded, type: type))
            answer.link(exchange.links.url(.issuer(authority.leafIssuer(inChain: chain))), rel: "up")
        } else {
            answer = Answer(.ok, .bytes(authority.chainPEM(for: certificate.issued, chain: chain), type: type))
            if exchange.dialect.conduct.chainsLinkUp {
                answer.link(
                    exchange.links.url(.issuer(authority.leafIssuer(inChain: chain))), rel: "up", title: "issuer")
            }
        }
        answer.shown = (.certificate, "\(certificate.issued.serialNumber)", certificate.state.status.rawValue)
        for other in authority.chains.indices where other != chain {
            answer.link(exchange.links.url(.certificate(id, chain: other)), rel: "alternate")
        }
        return answer
    }
}
