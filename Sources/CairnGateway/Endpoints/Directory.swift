import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// The directory (RFC 8555 §7.1.1), by GET or by POST-as-GET.
    func directory(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        if exchange.request.head.method == .post {
            try exchange.requirePostAsGet(try signedByAccount(&exchange).jws)
        }
        let policy = engine.policy
        let catalogue = Catalogue(
            termsOfService: policy.termsOfService.map { url(of: $0, exchange.links) },
            website: policy.website, externalAccountRequired: policy.externalAccountBinding == .required,
            caaIdentities: policy.caa?.identities ?? [],
            profiles: engine.authority.configuration.profiles.map { ($0.name, $0.description) },
            hasRenewalInfo: policy.renewalInfo != nil,
            offersPreAuthorization: policy.preAuthorization)
        return Answer(.ok, .json(exchange.dialect.directory(exchange.links, catalogue)))
    }
}
