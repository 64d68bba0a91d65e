import Crypto

/// An ES256 key, and the requests that it signs (RFC 7515, RFC 8555 §6.2), put together as text.
struct AccountKey {
    private let key = P256.Signing.PrivateKey()
    private let jwk: String

    init() {
        let point = Array(key.publicKey.rawRepresentation)
        let x = String(decoding: Base64URL.encode(Array(point[..<32])), as: UTF8.self)
        let y = String(decoding: Base64URL.encode(Array(point[32...])), as: UTF8.self)
        jwk = #"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#
    }

    /// A flattened JWS.
    ///
    /// - Parameters:
    ///   - kid: the account URL; `nil` puts the public key in its place.
    ///   - payload: in base64url; empty for a POST-as-GET.
    func sign(_ payload: [UInt8], url: String, nonce: String, kid: String?) throws -> [UInt8] {
        let signer = kid.map { #""kid":"\#($0)""# } ?? #""jwk":\#(jwk)"#
        var input = Base64URL.encode(#"{"alg":"ES256",\#(signer),"nonce":"\#(nonce)","url":"\#(url)"}"#)
        let header = input
        input.append(UInt8(ascii: "."))
        input += payload
        let signature = Array(try key.signature(for: input).rawRepresentation)
        var body = [UInt8](#"{"protected":""#.utf8)
        body += header
        body += #"","payload":""#.utf8
        body += payload
        body += #"","signature":""#.utf8
        body += Base64URL.encode(signature)
        body += #""}"#.utf8
        return body
    }
}
