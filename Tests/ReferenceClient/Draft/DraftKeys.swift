import Crypto
import Foundation

/// What is signed within a signed request.
extension DraftClient {
    /// The inner JWS of a key change, signed by the new key ("Account Key Roll-over").
    package func keyChange(
        to new: AccountKey, misbehave: (inout Message) -> Void = { _ in }
    ) throws -> [String: Any] {
        var message = Message(
            header: ["alg": new.algorithm, "jwk": new.jwk, "url": try endpoint("key-change")],
            payload: try JSONSerialization.data(withJSONObject: ["account": kid ?? "", "newKey": new.jwk]))
        misbehave(&message)
        return try JSONSerialization.jsonObject(with: try message.encoded(by: new)) as? [String: Any] ?? [:]
    }

    /// Gives the account a new key; the client itself goes on with the old one ("Account Key Roll-over").
    @discardableResult
    package func changeKey(
        to new: AccountKey, as signer: Signer = .account, misbehave: (inout Message) -> Void = { _ in }
    ) throws -> Response {
        try post(try endpoint("key-change"), try keyChange(to: new, misbehave: misbehave), as: signer)
    }

    /// The approval of an external account, by its MAC key ("External Account Binding").
    package func binding(_ identifier: String, macKey: some Sequence<UInt8>) throws -> [String: String] {
        let header = try JSONSerialization.data(withJSONObject: [
            "alg": "HS256", "kid": identifier, "url": try endpoint("new-account"),
        ])
        let payload = base64URL(try JSONSerialization.data(withJSONObject: key.jwk))
        let signed = "\(base64URL(header)).\(payload)"
        let mac = HMAC<SHA256>.authenticationCode(
            for: Data(signed.utf8), using: SymmetricKey(data: Data(macKey)))
        return ["protected": base64URL(header), "payload": payload, "signature": base64URL(mac)]
    }
}
