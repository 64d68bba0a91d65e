import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

extension CairnPersonality {
    /// All personalities.
    public static let all: [CairnPersonality] = [.strict, .pebble, .boulder, .stepCA, .vault]

    /// Follows the RFCs and, where they leave a choice, what clients handle best.
    ///
    /// The default.
    public static let strict = CairnPersonality("strict")

    /// Deviation: as Pebble 2.10.
    public static let pebble: CairnPersonality = {
        var pebble = CairnPersonality("pebble")
        pebble.changes = [
            .cause(.inactiveAccount, 403),
            .cause(.url, 400, .malformed),
            .cause(.notJWS, 400, .malformed),
            .cause(.algorithm, 400, .badSignatureAlgorithm),
            .cause(.foreignKeyIdentifier, 400, .malformed),
            .cause(.contactCount, 400, .malformed),
            .cause(.contactScheme, 400, .unsupportedContact),
            .cause(.bindingAlgorithm, 400, .badPublicKey),
            .cause(.bindingKey, 400, .badPublicKey),
            .cause(.bindingPayload, 400, .malformed),
            .cause(.sameKey, 400),
            .cause(.notOwner(.orders), 404, .malformed),
            .cause(.foreignCertificate, 400),
            .cause(.encodingOfCSR, 400, .malformed),
            .cause(.keyOfCSR, 400, .malformed),
            .cause(.identifiersOfCSR, 403, .unauthorized),
            .type(.unsupportedIdentifier, 400, .malformed),
            // It has no types of its own for what goes wrong on the way to a client.
            .failed(.http01, .dns, 400, .connection),
            .failed(.http01, .tls, 400, .connection),
            .failed(.dns01, .dns, 403, .unauthorized),
            .failed(.tlsALPN01, .dns, 400, .malformed),
            .failed(.tlsALPN01, .connection, 403, .unauthorized),
            .failed(.tlsALPN01, .tls, 403, .unauthorized),
            .type(.incorrectResponse, 403, .unauthorized),
        ]
        pebble.identifierRefusals = .first(repeating: [.rejectedIdentifier])
        pebble.omittedMembers = ["algorithms", "instance"]
        pebble.certificateTypes = [MediaType.pemChain]
        pebble.mediaTypeParameters = "; charset=utf-8"
        pebble.nonceCaching = "public, max-age=0, no-cache"
        pebble.exposedFields = "Link, Replay-Nonce, Location"
        pebble.bareNotFound = [.order, .authorization, .challenge, .certificate]
        pebble.bareSuccess = [.keyChange]
        pebble.unlocated = [.finalize, .account, .order, .challenge, .keyChange]
        pebble.demands = [.userAgent, .noNonceField, .changeInUpdate, .noKeyAuthorization]
        pebble.wording = .pebble
        pebble.unknownPath = "404 page not found\n"
        pebble.crossOrigin = .pages(maxAge: 5)
        pebble.jsonText = JSONText(indentation: 3, endsInLineFeed: false)
        pebble.showsKeys = true
        pebble.saysWhatIsNotRequired = true
        pebble.linksUpFromResponsesAlone = true
        pebble.heedsForwardedScheme = true
        pebble.decisions = [
            Decision("preAuthorization", \.$preAuthorization, false),
            Decision("caa", \.$caa, nil, "nil"),
            Decision("ordersPerPage", \.$ordersPerPage, 3),
            Decision(
                "revocationReasons", \.$revocationReasons,
                Set(([0, 1, 2, 3, 4, 5, 6, 8, 9, 10] as [Int]).map(ACMERevocationReason.init(rawValue:))),
                "0 to 6, 8 to 10"),
            Decision("maximumContacts", \.$maximumContacts, 2),
            Decision(
                "keys.signatureAlgorithms", \.keys.$signatureAlgorithms, [.rs256, .es256, .es384, .es512],
                "RS256, ES256, ES384, ES512"),
            Decision(
                "termsOfService", \.$termsOfService, .url("data:text/plain,Do%20what%20thou%20wilt"),
                "at `data:text/plain,Do%20what%20thou%20wilt`"),
            Decision("lifetimes.order", \.lifetimes.$order, .days(1), "1 day"),
            Decision("lifetimes.pendingAuthorization", \.lifetimes.$pendingAuthorization, .hours(1), "1 hour"),
            Decision("lifetimes.validAuthorization", \.lifetimes.$validAuthorization, .hours(1), "1 hour"),
            Decision("showsProcessing", \.$showsProcessing, true, "true"),
            Decision("defaultProfile", \.$defaultProfile, .random, "random"),
            Decision("renewalInfo", \.$renewalInfo, .pebble, "pebble"),
            Decision(csrContent: .pebble, "pebble"),
        ]
        return pebble
    }()

    /// Deviation: as Boulder, Let's Encrypt's server.
    public static let boulder: CairnPersonality = {
        var boulder = CairnPersonality("boulder")
        boulder.changes = [
            .cause(.inactiveAccount, 403),
            .cause(.url, 400, .malformed),
            .cause(.contentType, 400),
            .cause(.notOwner(.order), 404, .malformed),
            .cause(.encodingOfCSR, 400, .malformed),
            .cause(.keyOfCSR, 400, .malformed),
            .cause(.identifiersOfCSR, 403, .unauthorized),
            .cause(.keyInUse, 409, ACMEProblemType(name: "conflict")),
            .type(.userActionRequired, 400, .malformed),
            .type(.incorrectResponse, 403, .unauthorized),
        ]
        boulder.identifierRefusals = .together(.rejectedIdentifier, alone: [.unsupportedIdentifier])
        boulder.omittedMembers = ["instance"]
        boulder.requesterField = .boulderRequester
        boulder.decisions = [
            Decision("preAuthorization", \.$preAuthorization, false),
            Decision("challengesShareToken", \.$challengesShareToken, true),
            Decision("coveredNames", \.$coveredNames, .refused),
            Decision("profileRefusal", \.$profileRefusal, .unauthorized, "unauthorized"),
            Decision(csrContent: .letsEncrypt, "letsEncrypt"),
        ]
        return boulder
    }()

    /// Deviation: as step-ca.
    public static let stepCA: CairnPersonality = {
        var stepCA = CairnPersonality("stepCA")
        stepCA.changes = [
            .cause(.contentType, 400),
            .cause(.unknownObject, 400),
            .cause(.url, 400, .malformed),
            .cause(.encodingOfCSR, 400, .malformed),
            .cause(.keyOfCSR, 400, .malformed),
            .cause(.signatureOfCSR, 400, .malformed),
            // Whatever goes wrong on the way is `connection`, and a wrong answer a wrong name.
            .failed(.http01, .dns, 400, .connection),
            .failed(.http01, .tls, 400, .connection),
            .failed(.http01, .unauthorized, 400, .rejectedIdentifier),
            .failed(.dns01, .unauthorized, 400, .rejectedIdentifier),
            .failed(.tlsALPN01, .dns, 400, .connection),
            .failed(.tlsALPN01, .tls, 400, .connection),
            .failed(.tlsALPN01, .unauthorized, 400, .rejectedIdentifier),
            .type(.externalAccountRequired, 400),
            .type(.invalidContact, 400, .incorrectResponse),
            .type(.orderNotReady, 400),
            .type(.unauthorized, 401),
            .type(.unsupportedIdentifier, 400, .malformed),
            .type(.userActionRequired, 400),
        ]
        stepCA.identifierRefusals = .first()
        stepCA.omittedMembers = ["algorithms", "instance", "status"]
        stepCA.decisions = [
            Decision("preAuthorization", \.$preAuthorization, false),
            Decision("challengesShareToken", \.$challengesShareToken, true),
            Decision("caa", \.$caa, nil, "nil"),
            Decision("renewalInfo", \.$renewalInfo, nil, "nil"),
            Decision("lifetimes.order", \.lifetimes.$order, .days(1), "1 day"),
            Decision("lifetimes.pendingAuthorization", \.lifetimes.$pendingAuthorization, .days(1), "1 day"),
        ]
        return stepCA
    }()

    /// Deviation: as OpenBao and Vault.
    public static let vault: CairnPersonality = {
        var vault = CairnPersonality("vault")
        vault.changes = [
            .cause(.unknownObject, 400),
            .cause(.notOwner(.order), 400, .malformed),
            .cause(.notOwner(.authorization), 400, .malformed),
            .cause(.encodingOfCSR, 400, .malformed),
            .cause(.keyOfCSR, 400, .malformed),
            // Whatever goes wrong with a challenge is a wrong answer.
            .failed(.http01, .dns, 400, .incorrectResponse),
            .failed(.http01, .tls, 400, .incorrectResponse),
            .failed(.http01, .connection, 400, .incorrectResponse),
            .failed(.http01, .unauthorized, 400, .incorrectResponse),
            .failed(.dns01, .dns, 400, .incorrectResponse),
            .failed(.dns01, .unauthorized, 400, .incorrectResponse),
            .failed(.tlsALPN01, .dns, 400, .incorrectResponse),
            .failed(.tlsALPN01, .tls, 400, .incorrectResponse),
            .failed(.tlsALPN01, .connection, 400, .incorrectResponse),
            .failed(.tlsALPN01, .unauthorized, 400, .incorrectResponse),
            .type(.badSignatureAlgorithm, 400, .malformed),
            .type(.externalAccountRequired, 401),
            .type(.unauthorized, 401),
            .type(.userActionRequired, 401),
        ]
        vault.identifierRefusals = .first()
        vault.omittedMembers = ["algorithms", "instance", "status"]
        vault.decisions = [
            Decision("preAuthorization", \.$preAuthorization, false),
            Decision("caa", \.$caa, nil, "nil"),
            Decision("renewalInfo", \.$renewalInfo, nil, "nil"),
            Decision("lifetimes.order", \.lifetimes.$order, .days(1), "1 day"),
            Decision("showsProcessing", \.$showsProcessing, true, "true"),
        ]
        return vault
    }()
}
