import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// The certificate of an issuer in DER, where the leaves' authority information access points to (RFC 5280 §4.2.2.1).
    ///
    /// Relying parties read it by GET, clients of ACME that follow a link "up" by POST-as-GET. It links to the certificates that can follow it in a chain, so that a client can build one (RFC 8555 §7.4.2).
    func issuer(_ number: Int, _ exchange: inout Exchange) throws(Refusal) -> Answer {
        _ = try reader(&exchange)
        let issuers = engine.authority.issuers
        guard issuers.indices.contains(number) else {
            throw Refusal(
                .malformed, "expected the number of an issuer, 0 to \(issuers.count - 1), got \(number)",
                status: 404, cause: .unknownObject)
        }
        var answer = Answer(.ok, .bytes(issuers[number].derEncoded, type: MediaType.certificate))
        for above in engine.authority.issuers(ofIssuer: number) {
            answer.link(exchange.links.url(.issuer(above)), rel: "up")
        }
        return answer
    }
}
