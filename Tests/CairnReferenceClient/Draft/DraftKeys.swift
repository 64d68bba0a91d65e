import Foundation

/// What is signed within a signed request.
extension DraftClient {
    /// The inner JWS of a key change, signed by the new key ("Account Key Roll-over").
    package func keyChange(
        to new: AccountKey, file: StaticString = #fileID, line: UInt = #line,
        misbehave: (inout Message) -> Void = { _ in }
    ) throws -> [String: Any] {
        try located(file, line) {
            var message = Message(
                header: ["alg": new.algorithm, "jwk": new.jwk, "url": try endpoint("key-change")],
                payload: try JSONSerialization.data(withJSONObject: ["account": kid ?? "", "newKey": new.jwk]))
            misbehave(&message)
            return try JSONSerialization.jsonObject(with: try message.encoded(by: new)) as? [String: Any] ?? [:]
        }
    }

    /// Gives the account a new key; the client itself goes on with the old one ("Account Key Roll-over").
    @discardableResult
    package func changeKey(
        to new: AccountKey, as signer: Signer = .account, file: StaticString = #fileID, line: UInt = #line,
        misbehave: (inout Message) -> Void = { _ in }
    ) throws -> Response {
        try located(file, line) {
            try post(try endpoint("key-change"), try keyChange(to: new, misbehave: misbehave), as: signer)
        }
    }

    /// The member `external-account-binding` of a new-account request ("External Account Binding").
    ///
    /// `misbehave` may change header and payload before they are authenticated, and the encoded parts afterwards.
    package func binding(
        to external: ExternalAccount, file: StaticString = #fileID, line: UInt = #line,
        misbehave: (inout Message) -> Void = { _ in }
    ) throws -> [String: Any] {
        try located(file, line) {
            try external.binding(of: key, url: try endpoint("new-account"), misbehave: misbehave)
        }
    }
}
