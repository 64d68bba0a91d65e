import ACME
import Engine
import HTTPTypes

extension Gateway {
    /// Creates an authorization before any order (RFC 8555 §7.4.1).
    func newAuthz(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        let (account, jws) = try signedByAccount(&exchange)
        let payload = try exchange.decode(jws.payload, "§7.4.1")
        let object = try payload.required("identifier", "an object", \.object)
        let identifier = try Payload(object: object, section: "§7.4.1").identifier()
        let authorization = try engine.newAuthorization(for: identifier, by: account.id, at: exchange.now)
        return Answer(
            .created, .json(dialect.authorization(authorization, exchange.links)),
            fields: [.location: exchange.links.url(.authorization(authorization.id))])
    }
}
