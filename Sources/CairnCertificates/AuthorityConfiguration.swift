public import CairnModel

/// The certificate authority: keys, names, chains and profiles.
public struct CairnAuthorityConfiguration: Hashable, Sendable {
    /// The keys of the roots.
    public var rootKey: CairnKeyAlgorithm
    /// The keys of the intermediates.
    public var intermediateKey: CairnKeyAlgorithm
    /// The organization of the authorities, and the beginning of their common names: "Cairn Test" gives "Cairn Test
    /// Root 3f2a91c0".
    ///
    /// 1 to 42 characters, so that common names have at most 64 (RFC 5280 appendix A.1).
    public var name: String
    /// How the names of authorities are derived from ``name``.
    ///
    /// Default: ``CairnAuthorityNaming/organization``.
    public var naming: CairnAuthorityNaming
    /// The certificate profiles; the first is the default.
    ///
    /// At least one, with distinct names. They can be changed while the CA runs.
    public var profiles: [CairnCertificateProfile]
    /// The base URL of issuer certificates: leaves refer to it with `/0`, the issuer in the default chain (RFC 5280
    /// §4.2.2.1).
    ///
    /// Default: `nil`, the CA itself, under the name by which the client reached it.
    public var issuerURLBase: String?
    /// The chains that certificates can be downloaded with (RFC 8555 §7.4.2): the default and its alternates.
    ///
    /// All of them begin with the same leaf, signed by an intermediate with the same name and key. At most 100, without
    /// duplicates. Default: one chain to one root.
    public var chains: [CairnRootPath]
    /// The number of intermediates between a leaf and its root.
    ///
    /// Default: 1; at most 10. With 0 the root signs leaves, and all chains have to begin at the same root.
    public var chainLength: Int
    /// The serial numbers of leaves.
    ///
    /// Default: ``CairnSerialNumbers/drawn``.
    public var serialNumbers: CairnSerialNumbers
    /// The number of CRL shards, each with its own distribution point (RFC 5280 §4.2.1.13).
    ///
    /// A leaf belongs to the shard of its serial number modulo this.
    ///
    /// 1 to 1,000. Default: 1.
    public var crlShards: Int
    /// The base URL of CRLs: leaves refer to it with `/0/` and the number of the shard.
    ///
    /// Default: `nil`, the CA itself, under the name by which the client reached it.
    public var crlURLBase: String?
    /// The URL of the OCSP responder in leaves, used unchanged, unless their profile has
    /// ``CairnRevocationInformation/neither``.
    ///
    /// Default: `nil`, the CA itself, in leaves whose profile includes OCSP.
    public var ocspURL: String?
    /// Who signs OCSP responses.
    ///
    /// Default: ``CairnOCSPSigner/issuer``.
    public var ocspSigner: CairnOCSPSigner

    /// Omitted values use the defaults of their properties.
    ///
    /// Nothing is checked here.
    public init(
        rootKey: CairnKeyAlgorithm = .p256, intermediateKey: CairnKeyAlgorithm = .p256, name: String = "Cairn Test",
        profiles: [CairnCertificateProfile] = [.standard], issuerURLBase: String? = nil,
        chains: [CairnRootPath] = [.root(0)],
        chainLength: Int = 1, serialNumbers: CairnSerialNumbers = .drawn,
        naming: CairnAuthorityNaming = .organization,
        crlShards: Int = 1, crlURLBase: String? = nil, ocspURL: String? = nil, ocspSigner: CairnOCSPSigner = .issuer
    ) {
        self.rootKey = rootKey
        self.intermediateKey = intermediateKey
        self.name = name
        self.profiles = profiles
        self.issuerURLBase = issuerURLBase
        self.chains = chains
        self.chainLength = chainLength
        self.serialNumbers = serialNumbers
        self.naming = naming
        (self.crlShards, self.crlURLBase) = (crlShards, crlURLBase)
        (self.ocspURL, self.ocspSigner) = (ocspURL, ocspSigner)
    }

    /// The number of roots in ``chains``.
    ///
    /// Setting it creates one chain for each root.
    public var roots: Int {
        get { Set(chains.flatMap(\.roots)).count }
        // One more than allowed is refused by the check like any greater number.
        set { chains = (0..<min(max(newValue, 0), Self.chainLimit + 1)).map { .root($0) } }
    }

    static let chainLimit = 100

    /// How many RSA keys there can be: they are fixed, as making one takes too long.
    package static let rsaKeyLimit = RSATestKeys.base64.count

    /// How many RSA keys its roots and intermediates need.
    package var rsaKeys: Int {
        let signers = Set(chains.compactMap(\.roots.first)).count
        let intermediates = chainLength == 0 ? 0 : 1 + (chainLength - 1) * signers
        return (rootKey == .rsa2048 ? roots : 0) + (intermediateKey == .rsa2048 ? intermediates : 0)
    }

    /// Throws what is wrong with a configuration, if anything is.
    package func validate() throws(CairnAuthorityError) {
        try checkChains()
        guard rsaKeys <= Self.rsaKeyLimit else {
            throw CairnAuthorityError(
                "an authority has at most \(Self.rsaKeyLimit) RSA keys, got roots and intermediates that need \(rsaKeys)"
            )
        }
        try serialNumbers.validate()
        let length = name.unicodeScalars.count
        guard (1...42).contains(length) else {
            throw CairnAuthorityError("the authority's name needs 1 to 42 characters, got \(length)")
        }
        guard naming == .organization || length <= 37 else {
            throw CairnAuthorityError(
                "the authority's name needs 1 to 37 characters to be in common names of Pebble's kind, got \(length)")
        }
        guard issuerURLBase?.isASCII ?? true else {
            throw CairnAuthorityError(
                "the base of the issuer's URL has to be ASCII, got \((issuerURLBase ?? "").quoted)")
        }
        try checkStatus()
        try Self.validate(profiles)
    }

    /// Throws what is wrong with a list of profiles, if anything is.
    package static func validate(_ profiles: [CairnCertificateProfile]) throws(CairnAuthorityError) {
        guard !profiles.isEmpty else { throw CairnAuthorityError("an authority needs at least one profile, got none") }
        var names: Set<String> = []
        for profile in profiles {
            guard names.insert(profile.name).inserted else {
                throw CairnAuthorityError("the profile \(profile.name.quoted) is configured twice")
            }
            try profile.csrContent.validate(in: profile.name)
            try profile.checkUsage()
            guard (.seconds(1)...Duration.century).contains(profile.validity),
                (.zero...Duration.century).contains(profile.backdate)
            else {
                throw CairnAuthorityError(
                    "the profile \(profile.name.quoted) needs a validity of one second to 100 years and a back-dating of at "
                        + "most 100 years, got \(profile.validity) and \(profile.backdate)")
            }
        }
    }
}

/// How the names of authorities are derived from ``CairnAuthorityConfiguration/name``.
public enum CairnAuthorityNaming: String, CaseIterable, Sendable {
    /// An organization, and a common name that begins with it: `CN=Cairn Test Root 3f2a91c0,O=Cairn Test`.
    case organization
    /// Only a common name with six digits, as Pebble: for the name "Pebble", `CN=Pebble Root CA 3f2a91` and `CN=Pebble
    /// Intermediate CA 0b44d7`. Higher intermediates have the digits of their root and their level.
    case commonName
}

/// The algorithm of an authority's key.
public struct CairnKeyAlgorithm: Hashable, Sendable, CustomStringConvertible {
    enum Kind { case p256, p384, rsa2048 }
    let kind: Kind

    /// ECDSA with P-256 and SHA-256; the fastest.
    public static let p256 = CairnKeyAlgorithm(kind: .p256)
    /// ECDSA with P-384 and SHA-384.
    public static let p384 = CairnKeyAlgorithm(kind: .p384)
    /// RSA with 2048 bits and SHA-256 (PKCS #1 v1.5).
    public static let rsa2048 = CairnKeyAlgorithm(kind: .rsa2048)

    /// The common name, such as `P-256`.
    public var description: String {
        switch kind {
        case .p256: "P-256"
        case .p384: "P-384"
        case .rsa2048: "RSA-2048"
        }
    }
}

/// Why an authority cannot be set up, or a certificate cannot be issued.
public struct CairnAuthorityError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// The roots of a chain, from the one above the intermediates to the one that clients trust.
///
/// Usually a chain ends at its first root. A cross-signed root has a second certificate, for the same name and key,
/// issued by another root, through which a longer chain can continue:
///
/// ```swift
/// configuration.authority.chains = [.root(0).crossSigned(by: 1), .root(0)]
/// ```
/// has the shape of Let's Encrypt's chains from 2021 to 2024: by default the longer one, to an older root.
public struct CairnRootPath: Hashable, Sendable {
    /// The numbers of the roots; each signed the one before it.
    public let roots: [Int]

    /// A chain that ends at the root with a number, from 0.
    public static func root(_ number: Int) -> CairnRootPath { CairnRootPath(roots: [number]) }

    /// The chain extended by the root `number`, which cross-signs its last root.
    public func crossSigned(by number: Int) -> CairnRootPath { CairnRootPath(roots: roots + [number]) }
}

extension CairnRootPath: CustomStringConvertible {
    /// The numbers of the roots: `[0, 1]`.
    public var description: String { "[\(roots.map(String.init).joined(separator: ", "))]" }
}

extension CairnAuthorityConfiguration {
    /// Throws if the chains cannot all be made.
    func checkChains() throws(CairnAuthorityError) {
        guard (1...Self.chainLimit).contains(chains.count) else {
            throw CairnAuthorityError("an authority needs 1 to \(Self.chainLimit) chains, got \(chains.count)")
        }
        guard (0...10).contains(chainLength) else {
            throw CairnAuthorityError("a chain has 0 to 10 intermediates, got \(chainLength)")
        }
        for (index, chain) in chains.enumerated() {
            guard !chains[..<index].contains(chain) else {
                throw CairnAuthorityError("the chain through the roots \(chain) is configured twice")
            }
            guard (1...10).contains(chain.roots.count), Set(chain.roots).count == chain.roots.count else {
                throw CairnAuthorityError("a chain passes 1 to 10 roots, each once, got \(chain)")
            }
        }
        let numbers = Set(chains.flatMap(\.roots))
        for number in 0..<numbers.count where !numbers.contains(number) {
            throw CairnAuthorityError(
                "the roots are numbered from 0 without a gap, got \(numbers.sorted().map(String.init).joined(separator: ", "))"
            )
        }
        guard chainLength > 0 || Set(chains.map(\.roots.first)).count == 1 else {
            throw CairnAuthorityError(
                "without intermediates a leaf is signed by one root, where all chains have to begin; got chains that begin at "
                    + "the roots \(chains.compactMap(\.roots.first).map(String.init).joined(separator: ", "))")
        }
    }
}

/// A certificate profile (draft-ietf-acme-profiles).
public struct CairnCertificateProfile: Hashable, Sendable {
    /// The name by which orders select it.
    public var name: String
    /// The description in the directory.
    public var description: String
    /// The validity of certificates, including the first and last second (RFC 5280 §4.1.2.5).
    ///
    /// At least one second. Default: 90 days.
    public var validity: Duration
    /// How far `notBefore` is before issuance, for clients with slow clocks.
    ///
    /// Not negative. Default: one hour.
    public var backdate: Duration
    /// Whether the subject has one of the identifiers as its common name, if one has at most 64 characters.
    ///
    /// Without a common name, the subject is empty and the subject alternative name is critical (RFC 5280 §4.2.1.6).
    /// Default: `true`.
    public var includesCommonName: Bool
    /// How other contents of CSRs than the key and the identifiers are handled.
    ///
    /// Default: ``CairnCSRContentPolicy/deployed``, or what the personality decides.
    @CairnChoice public var csrContent = CairnCSRContentPolicy.deployed
    /// The revocation information in certificates.
    ///
    /// Default: ``CairnRevocationInformation/crl``, as with Let's Encrypt and others that have ended OCSP.
    public var revocationInformation: CairnRevocationInformation
    /// Whether every certificate has the TLS feature `status_request` (RFC 7633), whatever its CSR requests.
    ///
    /// ``CairnCSRContent/mustStaple`` is about CSRs that request it. Default: `false`.
    public var forcesMustStaple: Bool
    /// The critical extension `keyUsage` (RFC 5280 §4.2.1.3); empty omits it.
    ///
    /// What a CSR is granted is added. Default: `nil`, `digitalSignature`, and `keyEncipherment` for RSA keys.
    public var keyUsage: Set<CairnKeyUsage>?
    /// The extension `extKeyUsage` (RFC 5280 §4.2.1.12), in this order; empty omits it.
    ///
    /// What a CSR is granted is added. Default: ``CairnKeyPurpose/serverAuth``.
    public var purposes: [CairnKeyPurpose]
    /// Whether certificates have a subjectKeyIdentifier (RFC 5280 §4.2.1.2).
    ///
    /// If not, one that a CSR is granted is still included. Default: `true`.
    public var includesSubjectKeyIdentifier: Bool
    /// Whether certificates have an authorityKeyIdentifier (RFC 5280 §4.2.1.1).
    ///
    /// Default: `true`. Deviation if `false`: RFC 5280 requires it, and clients need it for a certID (RFC 9773 §4.1).
    public var includesAuthorityKeyIdentifier: Bool
    /// The extension `certificatePolicies` (RFC 5280 §4.2.1.4), as OIDs such as `2.23.140.1.2.1`; empty omits it.
    ///
    /// Default: the CA/Browser Forum's "domain validated" (baseline requirements §7.1.6.1).
    public var policies: [String]

    /// Omitted values use the defaults of their properties.
    ///
    /// Nothing is checked here.
    public init(
        name: String, description: String, validity: Duration = .seconds(90 * 86_400),
        backdate: Duration = .seconds(3_600), includesCommonName: Bool = true,
        csrContent: CairnCSRContentPolicy? = nil, keyUsage: Set<CairnKeyUsage>? = nil,
        purposes: [CairnKeyPurpose] = [.serverAuth], includesSubjectKeyIdentifier: Bool = true,
        includesAuthorityKeyIdentifier: Bool = true, policies: [String] = ["2.23.140.1.2.1"],
        revocationInformation: CairnRevocationInformation = .crl, forcesMustStaple: Bool = false
    ) {
        self.name = name
        self.description = description
        self.validity = validity
        self.backdate = backdate
        self.includesCommonName = includesCommonName
        self.keyUsage = keyUsage
        self.purposes = purposes
        self.includesSubjectKeyIdentifier = includesSubjectKeyIdentifier
        self.includesAuthorityKeyIdentifier = includesAuthorityKeyIdentifier
        self.policies = policies
        self.revocationInformation = revocationInformation
        self.forcesMustStaple = forcesMustStaple
        if let csrContent { self.csrContent = csrContent }
    }

    /// The default profile: `default`, 90 days, with a common name.
    public static let standard = CairnCertificateProfile(
        name: "default", description: "A certificate for TLS servers, valid for 90 days")
}
