/// A kind of content of CSRs, besides the key and the identifiers of the order.
///
/// A name with two parts is a special case of the first part: the ``CairnCSRContentPolicy`` for `extension` applies to
/// `extension.1.2.3.4`, unless that has its own rule. ``all`` lists those with their own rule.
public struct CairnCSRContent: Hashable, Sendable {
    /// The name in settings and findings, such as `extendedKeyUsage.clientAuth`.
    public let name: String

    /// Creates a kind from its name.
    ///
    /// Unknown kinds are reported when a CA is started with a rule for them.
    public init(_ name: String) { self.name = name }

    init(_ general: CairnCSRContent, _ special: String) { name = "\(general.name).\(special)" }

    /// The kind of which this is a special case; `nil` if it is one of its own.
    var general: CairnCSRContent? {
        name.utf8.firstIndex(of: UInt8(ascii: ".")).map { CairnCSRContent(String(name[..<$0])) }
    }

    // MARK: The request itself

    /// A version other than 0; some libraries write 2, as in certificates (RFC 2986 §4.1).
    public static let version = CairnCSRContent("version")
    /// An attribute other than extensionRequest, such as challengePassword (RFC 2985 §5.4).
    ///
    /// `attribute.1.2.3.4` is the attribute with that OID.
    public static let attribute = CairnCSRContent("attribute")

    // MARK: The subject

    /// An attribute of the subject other than the common name, such as an organization (RFC 5280 §4.1.2.6).
    ///
    /// Special cases: `country`, `organization`, `organizationalUnit`, `locality`, `stateOrProvince`, `street`,
    /// `emailAddress`, `domainComponent`, `serialNumber`, and any other by its OID.
    public static let subject = CairnCSRContent("subject")
    /// An identifier of the order with more than 64 characters as common name (RFC 5280 appendix A.1).
    public static let longCommonName = CairnCSRContent("commonName.long")
    /// An IP address as common name.
    public static let addressAsCommonName = CairnCSRContent("commonName.address")
    /// A common name that is an identifier of the order but not a subject alternative name (RFC 8555 §7.4).
    public static let commonNameAlone = CairnCSRContent("commonName.alone")
    /// A common name that is not an identifier of the order.
    public static let foreignCommonName = CairnCSRContent("commonName.foreign")
    /// More than one common name.
    ///
    /// Unless refused, the last one counts, as in servers written in Go.
    public static let severalCommonNames = CairnCSRContent("commonName.several")

    // MARK: Alternative names

    /// A subject alternative name other than a domain name or IP address (RFC 5280 §4.2.1.6).
    ///
    /// Special cases: `email`, `uri`, `upn` (the principal name of Windows), `otherName`, `directoryName`, `registeredID`,
    /// `x400Address`, `ediPartyName`.
    public static let generalName = CairnCSRContent("generalName")

    // MARK: Extensions

    /// A bit of keyUsage that the certificate would not have (RFC 5280 §4.2.1.3).
    ///
    /// Special cases: the nine names of the RFC, such as `keyAgreement`. These can be granted: `nonRepudiation`;
    /// `keyEncipherment` and `dataEncipherment` for RSA keys; `keyAgreement` for elliptic-curve keys.
    public static let keyUsage = CairnCSRContent("keyUsage")
    /// A purpose other than serverAuth (RFC 5280 §4.2.1.12).
    ///
    /// Special cases: `clientAuth`, `codeSigning`, `emailProtection`, `timeStamping`, `OCSPSigning`,
    /// `anyExtendedKeyUsage`, and any other by its OID.
    public static let extendedKeyUsage = CairnCSRContent("extendedKeyUsage")
    /// The purpose of a TLS client.
    public static let clientAuth = CairnCSRContent("extendedKeyUsage.clientAuth")
    /// `basicConstraints` with `cA` false, which certificates have anyway (RFC 5280 §4.2.1.9).
    public static let basicConstraints = CairnCSRContent("basicConstraints")
    /// `basicConstraints` with `cA` true: a request for a CA certificate.
    public static let certificateAuthority = CairnCSRContent("certificateAuthority")
    /// A subjectKeyIdentifier that differs from the CA's (RFC 5280 §4.2.1.2).
    public static let subjectKeyIdentifier = CairnCSRContent("subjectKeyIdentifier")
    /// The TLS feature `status_request` (RFC 7633 §4).
    public static let mustStaple = CairnCSRContent("mustStaple")
    /// A TLS feature other than `status_request` (RFC 7633 §4).
    public static let tlsFeature = CairnCSRContent("tlsFeature")
    /// An extension that belongs to the issuer: authorityKeyIdentifier, authorityInformationAccess, certificatePolicies
    /// or cRLDistributionPoints (RFC 5280 §4.2).
    ///
    /// Special cases by those names.
    public static let issuerExtension = CairnCSRContent("issuerExtension")
    /// Any other extension, such as Microsoft's, Netscape's or private ones.
    ///
    /// `extension.1.2.3.4` is the extension with that OID. If granted, it is copied unchanged.
    public static let foreignExtension = CairnCSRContent("extension")
}

extension CairnCSRContent: CustomStringConvertible {
    /// Its ``name``.
    public var description: String { name }
}

extension CairnCSRContent {
    /// One kind that has a rule of its own, and what is to be said about it.
    struct Entry: Sendable {
        let content: CairnCSRContent
        /// What deployed CAs do, and Cairn by default.
        let rule: CairnCSRContentRule
        /// Whether a certificate can have what is asked for.
        let isGrantable: Bool
        /// What stands in a refusal before that which was met: "the CSR asks for".
        let verb: String
        /// What a refusal says would have been good.
        let expected: String
        /// The section that a refusal points to.
        let section: String
        /// The special cases that have a name.
        let specialCases: [String]
        /// Whether there are others, by their numbers.
        let hasNumbers: Bool

        init(
            _ content: CairnCSRContent, _ rule: CairnCSRContentRule, isGrantable: Bool = false, _ verb: String,
            expected: String, _ section: String, specialCases: [String] = [], hasNumbers: Bool = false
        ) {
            (self.content, self.rule, self.isGrantable, self.verb) = (content, rule, isGrantable, verb)
            (self.expected, self.section) = (expected, section)
            (self.specialCases, self.hasNumbers) = (specialCases, hasNumbers)
        }

        /// Whether `content` is the kind itself or a special case that there can be.
        func covers(_ content: CairnCSRContent) -> Bool {
            guard content != self.content else { return true }
            let special = content.name.dropFirst(self.content.name.utf8.count + 1)
            return specialCases.contains(String(special))
                || (hasNumbers && special.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e })
        }
    }

    static let entries = [
        Entry(.version, .leftOut, "has", expected: "0, which stands for v1", "RFC 2986 §4.1"),
        Entry(
            .attribute, .leftOut, "has", expected: "no attribute but the extensionRequest", "RFC 2986 §4.1",
            hasNumbers: true),
        Entry(
            .subject, .leftOut, "asks for", expected: "no subject but the common name", "RFC 8555 §7.4",
            specialCases: RequestedSubject.names.values.sorted(), hasNumbers: true),
        Entry(.longCommonName, .leftOut, "has", expected: "one of 64 characters at most", "RFC 5280 appendix A.1"),
        Entry(
            .addressAsCommonName, .leftOut, isGrantable: true, "has", expected: "addresses as alternative names alone",
            "RFC 8738 §3"),
        Entry(
            .commonNameAlone, .granted, isGrantable: true, "has", expected: "it among the alternative names as well",
            "RFC 8555 §7.4"),
        Entry(.foreignCommonName, .refused, "has", expected: "an identifier of the order", "RFC 8555 §7.4"),
        Entry(.severalCommonNames, .leftOut, "has", expected: "one at most", "RFC 8555 §7.4"),
        Entry(
            .generalName, .leftOut, "asks for", expected: "domain names and addresses alone",
            "RFC 8555 §7.4, RFC 8738 §3",
            specialCases: [
                "email", "uri", "upn", "otherName", "directoryName", "registeredID", "x400Address", "ediPartyName",
            ]),
        Entry(
            .keyUsage, .leftOut, isGrantable: true, "asks for",
            expected: "digitalSignature, and keyEncipherment for an RSA key", "RFC 5280 §4.2.1.3",
            specialCases: RequestedUsage.bits),
        Entry(
            .extendedKeyUsage, .leftOut, isGrantable: true, "asks for", expected: "serverAuth alone",
            "RFC 5280 §4.2.1.12", specialCases: RequestedUsage.purposes.values.sorted(), hasNumbers: true),
        Entry(
            .basicConstraints, .granted, isGrantable: true, "asks for", expected: "no basicConstraints",
            "RFC 5280 §4.2.1.9"),
        Entry(.certificateAuthority, .refused, "asks for", expected: "a request for a leaf", "RFC 8555 §7.4"),
        Entry(
            .subjectKeyIdentifier, .leftOut, isGrantable: true, "asks for", expected: "the CA's choice",
            "RFC 5280 §4.2.1.2"),
        Entry(
            .mustStaple, .granted, isGrantable: true, "asks for", expected: "none, since this CA grants none",
            "RFC 7633 §4"),
        Entry(.tlsFeature, .leftOut, "asks for", expected: "status_request, 5, at most", "RFC 7633 §4"),
        Entry(
            .issuerExtension, .leftOut, "asks for", expected: "what only the issuer knows to be left to it",
            "RFC 8555 §7.4", specialCases: RequestedContent.issuerExtensions.values.sorted()),
        Entry(
            .foreignExtension, .leftOut, isGrantable: true, "asks for",
            expected: "none that this CA does not put into certificates", "RFC 8555 §7.4", hasNumbers: true),
    ]

    private static let entryOfName = Dictionary(uniqueKeysWithValues: entries.map { ($0.content.name, $0) })

    /// What stands for the kind: its own entry, or that of the kind of which it is a special case.
    var entry: Entry? {
        if let own = Self.entryOfName[name] { return own }
        guard let entry = general.flatMap({ Self.entryOfName[$0.name] }), entry.covers(self) else { return nil }
        return entry
    }

    /// All kinds with their own rule in every policy.
    public static let all = entries.map(\.content)
}
