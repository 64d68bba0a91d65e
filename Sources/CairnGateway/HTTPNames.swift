package import HTTPTypes

extension HTTPField.Name {
    /// RFC 8288 §3.
    package static let link = standard("Link")
    /// RFC 8555 §6.5.1.
    package static let replayNonce = standard("Replay-Nonce")
    /// What Boulder calls the account that signed a request.
    static let boulderRequester = standard("Boulder-Requester")

    private static func standard(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is not a field name") }
        return field
    }
}

/// The media types of RFC 8555.
enum MediaType {
    static let jose = "application/jose+json"
    static let json = "application/json"
    static let pemChain = "application/pem-certificate-chain"
    /// The draft of March 2017.
    static let pemFile = "application/x-pem-file"
    /// RFC 2585 §4.1.
    static let certificate = "application/pkix-cert"
    static let problem = "application/problem+json"
    static let html = "text/html; charset=utf-8"
    static let form = "application/x-www-form-urlencoded"
    static let text = "text/plain; charset=utf-8"
}
