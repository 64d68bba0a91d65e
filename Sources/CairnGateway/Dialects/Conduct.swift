package import CairnModel
package import HTTPTypes

/// The manners of a dialect over HTTP: methods, statuses and header fields, and which requests it takes for signed.
package struct Conduct: Sendable {
    /// What HEAD of newNonce is answered with (RFC 8555 §7.2).
    package var nonceStatus: HTTPResponse.Status = .ok
    /// What an authorization is answered with while it is being validated.
    package var validatingStatus: HTTPResponse.Status = .ok
    /// The field that tells the URL of an account that exists already (RFC 8555 §7.3.1).
    package var existingAccountField: HTTPField.Name = .location
    /// Whether an account that exists already is shown.
    package var showsExistingAccount = true
    /// Whether the answer that leads to an authorization shows it.
    package var showsExistingAuthorization = false
    /// Whether signed requests must say that they are JWSs (RFC 8555 §6.2).
    package var demandsMediaType = true
    /// Whether a signed request with an empty payload reads (RFC 8555 §6.3).
    package var readsByPostAsGet = true
    /// The serializations of a JWS that are accepted.
    package var serialization = JWSSerialization.flattened
    /// Where an account may sign with its key instead of its URL.
    package var signedByKey: Set<ACMEEndpoint> = []
    /// Whether the inner JWS of a key change may have a nonce, which is ignored then (RFC 8555 §7.3.5).
    package var ignoresInnerNonce = false
    /// Whether a chain links to the issuer of its first certificate, as certificates alone do (RFC 8555 §7.4.2).
    package var chainsLinkUp = false
    /// How a rate limit links to a page about it (RFC 8555 §6.6).
    package var limitRelation = "help"
    /// Whether the pages of a list are linked as the draft prints it, and not as RFC 8288 has it.
    package var printsPageLinks = false
    /// The reason of a revocation that names none (RFC 8555 §7.6).
    package var defaultRevocationReason: Int?

    package init() {}
}
