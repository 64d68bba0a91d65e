import ACME
import CertificateAuthority
import Engine
import HTTPTypes

extension Gateway {
    /// The certificate of an intermediate in DER, where the leaves' authority information access points to
    /// (RFC 5280 §4.2.2.1).
    func issuer(_ number: Int) throws(Refusal) -> Answer {
        let intermediates = engine.authority.intermediates
        guard intermediates.indices.contains(number) else {
            throw Refusal(
                .malformed, "expected the number of an intermediate, 0 to \(intermediates.count - 1), got \(number)",
                status: 404)
        }
        return Answer(.ok, .bytes(intermediates[number].derEncoded, type: MediaType.certificate))
    }
}
