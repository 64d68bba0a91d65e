import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Revokes a certificate (RFC 8555 §7.6), for an account or for the holder of the certificate's key.
    func revokeCert(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        let signed = try authenticate(&exchange)
        let payload = try exchange.decode(signed.jws.payload, "§7.6")
        let der = try payload.octets("certificate")
        let reason =
            try payload.optional("reason", "an integer", \.integer)
            ?? exchange.dialect.conduct.defaultRevocationReason
        let authority: RevocationAuthority =
            switch signed.signer {
            case .account(let account): .account(account.id)
            case .key(let key): .key(key)
            }
        try engine.revoke(
            derEncoded: der, reason: reason.map(ACMERevocationReason.init(rawValue:)), by: authority, at: exchange.now)
        return Answer(.ok)
    }
}
