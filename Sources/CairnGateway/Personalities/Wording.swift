package import CairnModel

/// The words in which a server tells what is wrong, where people search logs for them and clients' tests compare them.
///
/// What a server says in the words of its runtime differs from version to version; there, Cairn's own follow those of the
/// server.
package enum Wording: Hashable, Sendable {
    /// Those of Pebble 2.10, in `wfe/wfe.go`.
    case pebble

    /// What a request was for, and whose it was.
    package struct Place: Sendable {
        package var endpoint: ACMEEndpoint?
        package var account: String?

        package init(endpoint: ACMEEndpoint? = nil, account: String? = nil) {
            (self.endpoint, self.account) = (endpoint, account)
        }
    }

    /// The detail of a problem in these words; `nil` if the server has none of its own for it.
    package func detail(of problem: ACMEProblem, at place: Place) -> String? {
        guard let cause = problem.cause else { return nil }
        switch self {
        case .pebble:
            let words = PebbleWords(facts: problem.facts, detail: problem.detail, place: place)
            return words.ofRequest(cause) ?? words.ofPayload(cause) ?? words.ofAccount(cause)
                ?? words.ofKeyChange(cause) ?? words.ofOrder(cause) ?? words.ofName(cause)
                ?? words.ofCertificate(cause)
        }
    }
}

/// Pebble's words for one problem.
private struct PebbleWords {
    let facts: [String]
    /// In Cairn's words.
    let detail: String
    let place: Wording.Place

    private var fact: String { facts.first ?? "" }
    private var endpoint: ACMEEndpoint? { place.endpoint }
    private var quoted: String { "\"\(fact)\"" }
    private var isInner: Bool { detail.hasPrefix("inner JWS: ") }

    // MARK: What HTTP and JWS ask for

    func ofRequest(_ cause: ACMEProblem.Cause) -> String? {
        switch cause {
        case .method: "Method not allowed"
        case .noUserAgent: "All requests MUST include a User-Agent header"
        case .contentType:
            (facts.isEmpty ? "missing" : "Invalid")
                + " Content-Type header on POST. Content-Type must be \"application/jose+json\""
        case .nonceField: "HTTP requests should NOT contain Replay-Nonce header. Use JWS nonce field"
        case .notJWS: "Parse error reading JWS: \(detail)"
        case .unprotectedHeader: "JWS \"header\" field not allowed. All headers must be in \"protected\" field"
        case .severalSignatures:
            "JWS \"signatures\" field not allowed. Only the \"signature\" field should contain a signature"
        case .algorithm:
            (isInner ? "inner JWS error: " : "")
                + "JWS header contained unsupported algorithm, supported algorithms are: [\(facts.last ?? "")]"
        case .signature: (isInner ? "inner JWS error: " : "") + "JWS verification error: \(detail)"
        case .noJWK where isInner || endpoint == .newAccount || endpoint == .revokeCert: "No JWK in JWS header"
        case .noJWK, .noKeyIdentifier, .foreignKeyIdentifier:
            "Key ID (kid) in JWS header missing expected URL prefix"
        case .twoKeys: "jwk and kid header fields are mutually exclusive."
        case .unknownAccount: "Account \(fact) not found."
        case .noURL: "JWS header parameter 'url' required."
        case .url where facts.last == "": "JWS header parameter 'url' required."
        case .url:
            "JWS header parameter 'url' incorrect. Expected \"\(fact)\", got \"\(facts.last ?? "")\""
        case .noNonce: "JWS has no anti-replay nonce"
        case .unknownNonce where fact.isEmpty: "JWS has no anti-replay nonce"
        case .unknownNonce: "JWS has an invalid anti-replay nonce: \(fact)"
        case .payloadOfRead: "POST-as-GET requests must have a nil body"
        case .resourceMember: "JWS body included JSON with a deprecated ACME v1 \"resource\" field (\(quoted))"
        case .filledResponse: "challenge initiation POST JWS body was not \"{}\""
        case .keyAuthorizationMember:
            "Challenge response body contained legacy KeyAuthorization field, POST body should be `{}`"
        default: nil
        }
    }

    // MARK: Payloads

    func ofPayload(_ cause: ACMEProblem.Cause) -> String? {
        switch cause {
        case .payload: misread
        case .member: ofMember
        case .base64 where endpoint == .finalize: "Error decoding Base64url-encoded CSR: \(detail)"
        case .base64 where endpoint == .revokeCert: "Error decoding Base64url-encoded DER: \(detail)"
        default: nil
        }
    }

    private var ofMember: String? {
        // To Go, what is null is not there.
        let isMissing = facts.count == 1 || facts.last == "null"
        switch (endpoint, fact) {
        case (.newOrder, "identifiers") where isMissing: return "Order did not specify any identifiers"
        case (.newOrder, "type") where isMissing: return "Order includes unknown identifier type "
        case (.newOrder, "value") where isMissing: return "Order included DNS identifier with empty value"
        case (.finalize, "csr") where isMissing: return "Error parsing Base64url-encoded CSR: \(detail)"
        case (.revokeCert, "certificate") where isMissing: return "Unable to find specified certificate."
        case (.authorization, "status") where isMissing:
            return "Malformed authorization update, status must be \"deactivated\" not \"\""
        default: return misread
        }
    }

    private var misread: String? {
        switch endpoint {
        case .newAccount, .challenge: "Error unmarshaling body JSON"
        case .newOrder: "Error unmarshaling body JSON: \(detail)"
        case .account: "Error unmarshaling account update JSON body"
        case .finalize: "Error unmarshaling finalize order request body: \(detail)"
        case .authorization: "Malformed authorization update: \(detail)"
        case .revokeCert: "Error unmarshaling certificate revocation JSON body"
        case .keyChange: "Error unmarshaling key roll-over inner JWS body"
        default: nil
        }
    }

    // MARK: Accounts

    func ofAccount(_ cause: ACMEProblem.Cause) -> String? {
        switch cause {
        case .noSuchAccount: "unable to find existing account for only-return-existing request"
        case .inactiveAccount where endpoint == .newAccount:
            "An account with the provided public key exists but is deactivated"
        case .inactiveAccount: "Account has been deactivated"
        case .termsNotAgreed: "Provided account did not agree to the terms of service"
        case .contactCount: "too many contacts provided: \(fact) > \(facts.last ?? "")"
        case .contactScheme: "contact method \(quoted) is not supported"
        case .contactForm: "contact email \(quoted) is invalid"
        case .contactCharacters: "contact email \(quoted) contains non-ASCII characters"
        case .emptyUpdate: "Use POST-as-GET to retrieve account data instead of doing an empty update"
        case .notOwner(.orders): "Wrong account ID"
        case .unknownObject where endpoint == .orders: "Wrong account ID"
        case .pageNumber: "Invalid page number"
        case .bindingMissing:
            "ACME server policy requires newAccount requests must include a value for the 'externalAccountBinding' field"
        case .bindingWithoutKeyIdentifier: "the 'kid' field is required in external account binding"
        case .bindingUnknown: "the field 'kid' references a key that is not known to the ACME server"
        case .bindingWithoutURL: "the 'url' field must be present in external account binding"
        case .bindingURL: "the 'url' field in external account binding differs from outer JWS"
        case .bindingNonce: "the 'nonce' field must be absent in external account binding"
        case .bindingAlgorithm:
            "the 'alg' field is set to \(quoted), which is not valid for external account binding, "
                + "valid values are: HS256, HS384 or HS512"
        case .bindingMAC: "external account binding JWS verification error: \(detail)"
        case .bindingPayload: "external account binding JWK payload malformed: \(detail)"
        case .bindingKey:
            "external account binding payload key does not match account key authenticating request"
        default: nil
        }
    }

    func ofKeyChange(_ cause: ACMEProblem.Cause) -> String? {
        switch cause {
        case .changeAccount:
            "Key ID (account) in inner JWS body missing expected URL prefix (provided account value: \(quoted))"
        case .changeOldKey: "Key roll-over inner JWS body JSON contains wrong old key"
        case .changeWithoutURL: "Inner JWS header parameter 'url' required."
        case .changeURL: "JWS header parameter 'url' differs for inner and outer JWS."
        case .sameKey: "New and old key are identical"
        default: nil
        }
    }

    // MARK: Orders

    func ofOrder(_ cause: ACMEProblem.Cause) -> String? {
        switch cause {
        case .noIdentifiers: "Order did not specify any identifiers"
        case .notOwner(.order): "Account that authenticated the request does not own the specified order"
        case .notOwner(.authorization) where endpoint == .challenge:
            "Account authenticating request is not the owner of the challenge"
        case .notOwner(.authorization): "Account authorizing the request is not the owner of the authorization"
        case .orderStatus: "Order's status (\(quoted)) was not ready"
        case .unknownObject where endpoint == .finalize:
            "No order \(quoted) found for account ID \"\(place.account ?? "")\""
        case .challengeStatus: "Cannot update challenge with status \(fact), only status pending"
        case .authorizationUpdate: "Malformed authorization update, status must be \"deactivated\" not \(quoted)"
        default: nil
        }
    }

    func ofName(_ cause: ACMEProblem.Cause) -> String? {
        switch cause {
        case .identifierType: "Order includes unknown identifier type \(fact)"
        case .emptyName: "Order included DNS identifier with empty value"
        case .addressAsName: "Order included a DNS identifier with an IP address value: \(quoted)\n"
        case .longName: "Order included DNS identifier that was longer than 253 characters"
        case .finalDot: "Order included a DNS identifier with a value ending in a period: \(quoted)\n"
        case .nameCharacter:
            "Order included DNS identifier with a value containing an illegal character: '\(firstForeignCharacter)'"
        case .wildcardPlace:
            "Order included DNS type identifier with illegal wildcard value: wildcard isn't leftmost prefix \(quoted)"
        case .wildcards:
            "Order included DNS type identifier with illegal wildcard value: too many wildcards \(quoted)"
        case .address: "Order included malformed IP type identifier value: \(quoted)\n"
        case .blockedName: "Order included an identifier for which issuance is forbidden by policy: \(quoted)"
        default: nil
        }
    }

    /// The first character that Pebble has in no name.
    private var firstForeignCharacter: String {
        let foreign = fact.unicodeScalars.first { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "*": false
            default: true
            }
        }
        return foreign.map { String($0) } ?? ""
    }

    // MARK: Certificates

    func ofCertificate(_ cause: ACMEProblem.Cause) -> String? {
        switch cause {
        case .encodingOfCSR, .keyOfCSR: "Error parsing Base64url-encoded CSR: \(detail)"
        case .signatureOfCSR: "Bad signature on CSR"
        case .accountKeyInCSR: "CSR contains a public key for a known account"
        case .identifiersOfCSR:
            switch facts {
            case ["dns"]: "Order includes different number of DNSnames identifiers than CSR specifies"
            case ["ip"]: "Order includes different number of IP address identifiers than CSR specifies"
            case let facts where facts.count == 2:
                facts[0] == "ip"
                    ? "CSR is missing Order IP \"\(facts[1])\"" : "CSR is missing Order domain \"\(facts[1])\""
            default: nil
            }
        case .notOwner(.certificate): "Account authenticating request does not own certificate"
        case .alreadyRevoked: "Certificate has already been revoked."
        case .revocationReason: "Invalid revocation reason: \(fact)"
        case .foreignCertificate: "Unable to find specified certificate."
        case .notRevoker: "The certificate being revoked is not associated with account \(quoted)"
        case .notRevokersKey:
            "JWK embedded in revocation request must be the same public key as the cert to be revoked"
        default: nil
        }
    }
}
