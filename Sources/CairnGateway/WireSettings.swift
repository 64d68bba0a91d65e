package import CairnModel

/// Where the ACME server has its resources, and how it writes its answers, whatever it decides.
///
/// They are members of a configuration: `configuration.retryAfter = .seconds(3)`.
public struct CairnWireSettings: Sendable {
    /// The `Retry-After` sent to polling clients (RFC 8555 §7.4, §7.5.1); at least one second.
    ///
    /// Default: 1 second. `nil` sends none.
    public var retryAfter: Duration? = .seconds(1)
    /// The `Retry-After` for authorizations and challenges that are being validated; zero sends none.
    ///
    /// Default: `nil`, the same as ``retryAfter``.
    public var validationRetryAfter: Duration?
    /// The format of every `Retry-After`, including those of rate limits.
    ///
    /// Default: ``CairnRetryAfterForm/seconds``.
    public var retryAfterForm = CairnRetryAfterForm.seconds
    /// The paths of RFC 8555's resources.
    ///
    /// Default: ``CairnPaths/cairn``. Use Pebble's for tests that hard-code them; clients discover everything from
    /// the directory, which is at `/dir` in both.
    public var paths = CairnPaths.cairn
    /// Whether each answer shuffles the lists in objects, by the seed: the identifiers and authorizations of an
    /// order, the challenges of an authorization.
    ///
    /// No RFC defines their order, and Pebble shuffles them. Default: `false`, which keeps the order of the
    /// request.
    public var shufflesLists = false
    /// The ACME draft of March 2017, served at `/draft/dir`; `nil` does not serve it.
    ///
    /// Default: ``CairnDraftSettings/init()``.
    public var draft: CairnDraftSettings? = CairnDraftSettings()

    /// Creates the default settings.
    public init() {}
}

/// How the CA shows itself over HTTP.
package struct GatewayConfiguration: Sendable {
    package var wire: CairnWireSettings
    /// Scheme and authority of every URL that is handed out (`https://ca.example.test`); `nil` takes them from each
    /// request, so that the CA can be reached under several names.
    package var origin: String?
    /// The longest body of a request, in bytes.
    package var bodyLimit: Int
    /// Which server it resembles in its words.
    package var personality: CairnPersonality
    /// Where chance comes from.
    package var seed: CairnSeed
    /// What rules can do to connections.
    ///
    /// Default: nothing, as there are none.
    package var connections = ConnectionPowers.none
    /// The rules of presets by name, which clients can choose in a URL; none for a preset that has settings alone.
    package var presets: [String: [CairnRule]] = [:]

    package init(
        _ wire: CairnWireSettings = CairnWireSettings(), origin: String? = nil, personality: CairnPersonality = .strict,
        seed: CairnSeed = 0, bodyLimit: Int = 1 << 17
    ) {
        (self.wire, self.origin, self.personality) = (wire, origin, personality)
        (self.seed, self.bodyLimit) = (seed, bodyLimit)
    }
}
