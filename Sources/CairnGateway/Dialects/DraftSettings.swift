public import CairnModel

/// Options for the ACME draft of 1 March 2017.
///
/// Accounts, nonces, orders, authorizations, certificates and the policy are shared by both versions of ACME; an
/// account may use both. What differs is who may read an object: objects created here, or listed by an order that was,
/// can be read by anyone who knows the URL, as in the draft, and by their account using RFC 8555. Objects created using
/// RFC 8555 are only for their account: an unsigned GET here is `unauthorized`, and orders lists here leave them out.
public struct CairnDraftSettings: Hashable, Sendable {
    /// What is accepted and how the CA decides.
    public var policy = Policy()
    /// How answers are written.
    public var answers = Answers()

    /// Creates the default options.
    public init() {}

    /// Policy for clients of the draft, in addition to ``CairnPolicy``, which applies to both versions of ACME.
    public struct Policy: Hashable, Sendable {
        /// The challenge types that are offered to clients of the draft, in this order.
        ///
        /// Wildcards are only offered `dns-01` and `oob-01` of the draft's types. Default: `http-01`, `tls-sni-02`,
        /// `dns-01`; the draft also defines `oob-01`.
        public var challengeTypes: [ACMEChallengeType] = [.http01, .tlsSNI02, .dns01]
        /// Whether new-authz and key-change also accept requests with `jwk`.
        ///
        /// The draft requires `kid` ("Request Authentication"), but shows both requests with `jwk`. Default: `true`.
        public var acceptsKeys = true
        /// Whether POST-as-GET is accepted, as in RFC 8555 §6.3.
        ///
        /// The draft does not have it. Default: `false`.
        public var acceptsPostAsGet = false
        /// Whether CSRs may have wildcards; the draft only says that authorizations may not.
        ///
        /// The authorization is then for the base name, by `dns-01` or `oob-01`. Default: `true`.
        public var acceptsWildcards = true
        /// Whether a common name that is not a subject alternative name is treated like one ("Applying for Certificate
        /// Issuance").
        ///
        /// If not, such a CSR is `badCSR`. Default: `true`.
        public var certifiesCommonName = true
        /// Whether authorizations are limited to their order, as shown in `scope` ("Authorization Objects").
        ///
        /// If not, an order lists every valid authorization of the account, as the draft requires for authorizations
        /// without `scope`. They do not distinguish a name from its wildcard, so one covers both if it was validated by
        /// `dns-01` or `oob-01`. Default: `false`.
        public var scopesAuthorizations = false

        /// Creates the default options.
        public init() {}
    }

    /// The format of the draft's answers.
    public struct Answers: Hashable, Sendable {
        /// The status of refusals of deactivated accounts ("Account deactivation" does not define it).
        ///
        /// Default: 403.
        public var deactivatedStatus = 403
        /// Whether new-account shows the existing account of the key ("Account Creation" shows only its header).
        ///
        /// Default: true.
        public var showsExistingAccount = true
        /// Whether pending authorizations omit `status`, whose "default value is pending" ("Authorization Objects").
        ///
        /// Default: false.
        public var omitsPendingStatus = false
        /// Whether pending authorizations have `combinations`, one for each challenge ("Pre-Authorization" mentions it
        /// without defining it).
        ///
        /// Default: false.
        public var showsCombinations = false
        /// Whether the 303 of new-authz includes the authorization ("Pre-Authorization").
        ///
        /// Default: `false`; its body is empty.
        public var showsExistingAuthorization = false
        /// Whether pages of orders lists are linked literally as in the draft, which is not valid in RFC 5988: without
        /// angle brackets, and with a comma before `rel` ("Orders List").
        ///
        /// Default: false.
        public var printsPageLinks = false

        /// Creates the default options.
        public init() {}
    }
}
