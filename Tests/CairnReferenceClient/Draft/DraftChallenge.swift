import Crypto
import Foundation

/// One challenge as a client of the draft sees it, and how to meet it ("Identifier Validation Challenges").
package struct DraftChallenge {
    /// The identifier of the authorization.
    package let name: String
    package let type: String
    package let url: String
    /// Empty for `oob-01`, which has none.
    package let token: String
    /// Where a person has to go for `oob-01` ("Out-of-Band").
    package let href: String?
    private let thumbprint: String

    package init(name: String, type: String, url: String, token: String, href: String? = nil, thumbprint: String) {
        (self.name, self.type, self.url, self.token) = (name, type, url, token)
        (self.href, self.thumbprint) = (href, thumbprint)
    }

    package var keyAuthorization: String { "\(token).\(thumbprint)" }

    /// What a `dns-01` record holds ("DNS").
    package var digest: String { base64URL(SHA256.hash(data: Data(keyAuthorization.utf8))) }

    /// What the client posts once it is ready.
    package var response: [String: Any] {
        type == "oob-01" ? ["type": type] : ["keyAuthorization": keyAuthorization]
    }

    /// SAN A of a `tls-sni-02` certificate, which is the SNI too ("TLS with Server Name Indication (TLS SNI)").
    package var sanA: String { Self.name(token, "token") }

    /// SAN B, which the server must not give away.
    package var sanB: String { Self.name(keyAuthorization, "ka") }

    private static func name(_ text: String, _ label: String) -> String {
        let digest = SHA256.hash(data: Data(text.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        return "\(digest[..<16].joined()).\(digest[16...].joined()).\(label).acme.invalid"
    }
}
