/// A kind of certificate that a client can ask for by name (draft-ietf-acme-profiles).
public struct CairnCertificateProfile: Hashable, Sendable {
    /// What an order says to choose this profile.
    public var name: String
    /// What the directory says about it.
    public var description: String
    /// How long a certificate is valid, both its first and its last second counted (RFC 5280 §4.1.2.5).
    ///
    /// 90 days by default, at least one second.
    public var validity: Duration
    /// How far before the moment of issuing the validity begins, for clients whose clock is slow.
    ///
    /// One hour by default, never negative.
    public var backdate: Duration
    /// Whether the subject names one of the identifiers as its common name, if there is one of 64 characters or less.
    ///
    /// True by default. Without a common name the subject is empty and the subject alternative name is critical
    /// (RFC 5280 §4.2.1.6).
    public var includesCommonName: Bool
    /// What becomes of everything that a signing request asks for besides its key and the identifiers of the order.
    ///
    /// Default: ``CairnCSRContentPolicy/deployed``.
    public var csrContent: CairnCSRContentPolicy

    /// What is left out has the default of its property; nothing is checked here.
    public init(
        name: String, description: String, validity: Duration = .seconds(90 * 86_400),
        backdate: Duration = .seconds(3_600), includesCommonName: Bool = true,
        csrContent: CairnCSRContentPolicy = .deployed
    ) {
        self.name = name
        self.description = description
        self.validity = validity
        self.backdate = backdate
        self.includesCommonName = includesCommonName
        self.csrContent = csrContent
    }

    /// The profile of an authority that is not told otherwise: `default`, 90 days, with a common name.
    public static let standard = CairnCertificateProfile(
        name: "default", description: "A certificate for TLS servers, valid for 90 days")
}
