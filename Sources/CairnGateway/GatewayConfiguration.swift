package import CairnModel

/// How the CA shows itself over HTTP.
package struct GatewayConfiguration: Sendable {
    /// Scheme and authority of every URL that is handed out (`https://ca.example.test`); `nil` takes them from each
    /// request, so that the CA can be reached under several names.
    package var origin: String?
    /// What clients are told to wait between two polls (RFC 8555 §7.4, §7.5.1), in whole seconds; `nil` says nothing.
    package var retryAfter: Duration?
    /// How every `Retry-After` is written.
    package var retryAfterForm: CairnRetryAfterForm
    /// The longest body of a request, in bytes.
    package var bodyLimit: Int
    /// Which server it resembles in its words.
    package var personality: CairnPersonality
    /// How the draft of March 2017 is served; `nil` does not serve it.
    package var draft: CairnDraftSettings?
    /// Where chance comes from.
    package var seed: CairnSeed

    package init(
        origin: String? = nil, retryAfter: Duration? = .seconds(1), retryAfterForm: CairnRetryAfterForm = .seconds,
        bodyLimit: Int = 1 << 17, personality: CairnPersonality = .strict,
        draft: CairnDraftSettings? = CairnDraftSettings(),
        seed: CairnSeed = 0
    ) {
        self.origin = origin
        self.retryAfter = retryAfter
        self.retryAfterForm = retryAfterForm
        self.bodyLimit = bodyLimit
        self.personality = personality
        self.draft = draft
        self.seed = seed
    }
}
