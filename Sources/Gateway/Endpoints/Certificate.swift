import ACME
import CertificateAuthority
import Engine
import HTTPTypes

extension Gateway {
    /// The certificate with its chain, the root left out (RFC 8555 §7.4.2).
    func certificate(_ id: Certificate.ID, _ exchange: inout Exchange) throws(Refusal) -> Answer {
        let (account, jws) = try signedByAccount(&exchange)
        try exchange.requirePostAsGet(jws)
        let certificate = try engine.certificate(id, for: account.id, at: exchange.now)
        return Answer(.ok, .bytes(engine.authority.chainPEM(for: certificate.issued), type: MediaType.pemChain))
    }
}
