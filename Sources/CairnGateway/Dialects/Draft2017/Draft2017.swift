package import CairnModel
import HTTPTypes

/// ACME as of 1 March 2017, between the drafts -05 and -06 of draft-ietf-acme-acme.
package struct Draft2017: Dialect {
    package let name = "the draft of March 2017"
    package let paths: Paths
    package let conduct: Conduct
    package let personality: CairnPersonality
    let settings: CairnDraftSettings
    let kinds: ChallengeKinds
    /// How problems cite it.
    static let document = "ACME draft of March 2017"

    package init(_ settings: CairnDraftSettings = CairnDraftSettings(), _ kinds: ChallengeKinds) {
        (self.settings, self.kinds) = (settings, kinds)
        paths = Paths(
            prefix: "/draft", reading: settings.acceptsPostAsGet ? [.get, .head, .post] : [.get, .head],
            isFinalized: false)
        conduct = Self.conduct(settings)
        personality = .draft2017(settings)
    }

    private static func conduct(_ settings: CairnDraftSettings) -> Conduct {
        var conduct = Conduct()
        conduct.nonceStatus = .noContent
        conduct.validatingStatus = .accepted
        conduct.existingAccountField = .contentLocation
        conduct.showsExistingAccount = settings.showsExistingAccount
        conduct.showsExistingAuthorization = settings.showsExistingAuthorization
        conduct.demandsMediaType = false
        conduct.readsByPostAsGet = settings.acceptsPostAsGet
        conduct.serialization = .anyJSON
        if settings.acceptsKeys { conduct.signedByKey = [.newAuthz, .keyChange] }
        conduct.ignoresInnerNonce = true
        conduct.chainsLinkUp = true
        conduct.limitRelation = "urn:ietf:params:acme:documentation"
        conduct.printsPageLinks = settings.printsPageLinks
        conduct.defaultRevocationReason = 0
        return conduct
    }
}

extension CairnPersonality {
    /// The draft's 17 error types: what later versions added becomes the nearest of them ("Errors").
    fileprivate static func draft2017(_ settings: CairnDraftSettings) -> CairnPersonality {
        var draft = CairnPersonality("draft2017")
        draft.changes = [
            .cause(.inactiveAccount, settings.deactivatedStatus, .unauthorized),
            .type(.accountDoesNotExist, 403, .unauthorized),
            .type(.alreadyReplaced, 409, .malformed),
            .type(.alreadyRevoked, 403, .unauthorized),
            .type(.badPublicKey, 400, .malformed),
            .type(.compound, 400, .rejectedIdentifier),
            .type(.dns, 400, .unknownHost),
            .type(.externalAccountRequired, 403, .unauthorized),
            .type(.incorrectResponse, 403, .unauthorized),
            .type(.invalidProfile, 400, .malformed),
            .type(.orderNotReady, 403, .unauthorized),
            .type(.unsupportedContact, 400, .invalidContact),
        ]
        draft.registeredTypes = [
            .badCSR, .badNonce, .badRevocationReason, .badSignatureAlgorithm, .caa, .connection, .dnssec,
            .invalidContact, .malformed, .rateLimited, .rejectedIdentifier, .serverInternal, .tls, .unauthorized,
            .unknownHost, .unsupportedIdentifier, .userActionRequired,
        ]
        draft.omittedMembers = ["subproblems"]
        draft.vocabulary = .draft2017
        draft.certificateTypes = [MediaType.pemFile, MediaType.certificate]
        return draft
    }
}
