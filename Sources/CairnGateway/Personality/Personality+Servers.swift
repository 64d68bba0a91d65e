import CairnModel
import HTTPTypes

extension Personality {
    /// All of them.
    public static let all: [Personality] = [.strict, .pebble, .boulder, .stepCA, .vault]

    /// What the RFCs say, and where they leave it open, what clients cope with best.
    ///
    /// The default.
    public static let strict = Personality("strict")

    /// Deviation: as Pebble 2.10 does it.
    ///
    /// Source: `acme/problems.go`, `wfe/wfe.go` and `va/va.go` of Pebble.
    public static let pebble: Personality = {
        var pebble = Personality("pebble")
        pebble.changes = [
            .cause(.inactiveAccount, 403),
            .cause(.url, 400, .malformed),
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
        pebble.omittedMembers = ["algorithms", "instance"]
        pebble.certificateTypes = [MediaType.pemChain]
        pebble.mediaTypeParameters = "; charset=utf-8"
        pebble.nonceCaching = "public, max-age=0, no-cache"
        pebble.exposedFields = "Link, Replay-Nonce, Location"
        pebble.bareNotFound = [.order, .authorization, .challenge, .certificate]
        pebble.bareSuccess = [.keyChange]
        pebble.unlocated = [.finalize]
        return pebble
    }()

    /// Deviation: as Boulder, the server of Let's Encrypt, does it.
    ///
    /// Source: `probs/probs.go`, `wfe2/verify.go`, `wfe2/wfe.go`, `ra/ra.go` and `va/` of Boulder.
    public static let boulder: Personality = {
        var boulder = Personality("boulder")
        boulder.changes = [
            .cause(.inactiveAccount, 403),
            .cause(.url, 400, .malformed),
            .cause(.contentType, 400),
            .cause(.identifiersOfCSR, 403, .unauthorized),
            .cause(.keyInUse, 409, ProblemType(name: "conflict")),
            .type(.userActionRequired, 400, .malformed),
            .type(.incorrectResponse, 403, .unauthorized),
        ]
        boulder.omittedMembers = ["instance"]
        boulder.requesterField = .boulderRequester
        return boulder
    }()

    /// Deviation: as step-ca does it.
    ///
    /// Source: `acme/errors.go` and `acme/api/middleware.go` of smallstep/certificates.
    public static let stepCA: Personality = {
        var stepCA = Personality("stepCA")
        stepCA.changes = [
            .cause(.contentType, 400),
            .cause(.unknownObject, 400),
            .cause(.url, 400, .malformed),
            .type(.caa, 400),
            .type(.externalAccountRequired, 400),
            .type(.invalidContact, 400, .incorrectResponse),
            .type(.orderNotReady, 400),
            .type(.rateLimited, 400),
            .type(.unauthorized, 401),
            .type(.userActionRequired, 400),
        ]
        stepCA.omittedMembers = ["algorithms", "instance", "status"]
        return stepCA
    }()

    /// Deviation: as Vault and OpenBao do it.
    ///
    /// Source: `acme_errors.go` and `acme_jws.go` in `builtin/logical/pki` of OpenBao.
    public static let vault: Personality = {
        var vault = Personality("vault")
        vault.changes = [
            .cause(.unknownObject, 400),
            .type(.badSignatureAlgorithm, 400, .malformed),
            .type(.connection, 500),
            .type(.dns, 500),
            .type(.externalAccountRequired, 401),
            .type(.tls, 500),
            .type(.unauthorized, 401),
            .type(.userActionRequired, 401),
        ]
        vault.omittedMembers = ["algorithms", "instance", "status"]
        return vault
    }()
}
