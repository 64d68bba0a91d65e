import Crypto
import Foundation

/// What somebody was given to bind his account (RFC 8555 §7.3.4).
package struct ExternalAccount {
    package var identifier: String
    package var macKey: [UInt8]
    /// `HS256`, `HS384` or `HS512`.
    package var algorithm = "HS256"

    package init(_ identifier: String, _ macKey: [UInt8], algorithm: String = "HS256") {
        (self.identifier, self.macKey, self.algorithm) = (identifier, macKey, algorithm)
    }

    private func mac(of message: Data) -> Data {
        let key = SymmetricKey(data: macKey)
        return switch algorithm {
        case "HS384": Data(HMAC<SHA384>.authenticationCode(for: message, using: key))
        case "HS512": Data(HMAC<SHA512>.authenticationCode(for: message, using: key))
        default: Data(HMAC<SHA256>.authenticationCode(for: message, using: key))
        }
    }

    /// The JWS by which the external account approves of a key; it means the same in every dialect.
    ///
    /// - Parameter url: where the request goes.
    func binding(of key: AccountKey, url: String, misbehave: (inout Message) -> Void) throws -> [String: Any] {
        var message = Message(
            header: ["alg": algorithm, "kid": identifier, "url": url],
            payload: try JSONSerialization.data(withJSONObject: key.jwk))
        misbehave(&message)
        let encoded = try message.encoded { mac(of: $0) }
        return try JSONSerialization.jsonObject(with: encoded) as? [String: Any] ?? [:]
    }
}

extension ReferenceClient {
    /// The member `externalAccountBinding` of a newAccount request.
    ///
    /// `misbehave` may change header and payload before they are authenticated, and the encoded parts afterwards.
    package func binding(
        to external: ExternalAccount, file: StaticString = #fileID, line: UInt = #line,
        misbehave: (inout Message) -> Void = { _ in }
    ) throws -> [String: Any] {
        try located(file, line) {
            try external.binding(of: key, url: try endpoint("newAccount"), misbehave: misbehave)
        }
    }

    /// Creates an account that is bound to an external one.
    @discardableResult
    package func register(
        boundTo external: ExternalAccount, _ members: [String: Any] = [:], file: StaticString = #fileID,
        line: UInt = #line, misbehave: (inout Message) -> Void = { _ in }
    ) throws -> Response {
        try located(file, line) {
            try register(
                members.merging([
                    "termsOfServiceAgreed": true,
                    "externalAccountBinding": try binding(to: external, misbehave: misbehave),
                ]) { $1 })
        }
    }
}
