public import CairnModel

/// What the certificate authority of a test looks like: its keys, its names, and the profiles it issues under.
public struct CairnAuthorityConfiguration: Hashable, Sendable {
    /// The keys of the roots.
    public var rootKey: CairnKeyAlgorithm
    /// The keys of the intermediates.
    public var intermediateKey: CairnKeyAlgorithm
    /// The organization of every authority, and what its common name begins with: "Cairn Test" gives
    /// "Cairn Test Root 3f2a91c0".
    ///
    /// 1 to 42 characters, so that the common name has 64 at most (RFC 5280 appendix A.1).
    public var name: String
    /// How the names of the authorities are made of ``name``.
    ///
    /// Default: ``CairnAuthorityNaming/organization``.
    public var naming: CairnAuthorityNaming
    /// What may be issued; the first is the default.
    ///
    /// Never empty, and no two profiles have the same name. They can be changed while a CA runs.
    public var profiles: [CairnCertificateProfile]
    /// Where the certificates of the issuers can be fetched: leaves point to the base and `/0`, the issuer that signed them
    /// in the default chain (RFC 5280 §4.2.2.1).
    ///
    /// `nil`, the default, points to the CA itself, by the name under which the client reached it.
    public var issuerURLBase: String?
    /// The chains that a certificate can be downloaded with (RFC 8555 §7.4.2): the first is the default, the others are its
    /// alternates.
    ///
    /// Default: one, to one root. All of them begin with the same leaf, and the intermediate that signed it has the same
    /// name and key in all of them. At most 100, and no chain twice.
    public var chains: [CairnRootPath]
    /// How many intermediates stand between a leaf and the root that signed the topmost of them.
    ///
    /// Default: 1, at most 10. With 0 the root itself signs leaves; then all chains have to begin at the same root.
    public var chainLength: Int
    /// The serial numbers of leaves.
    ///
    /// Default: ``CairnSerialNumbers/drawn``.
    public var serialNumbers: CairnSerialNumbers
    /// How many CRLs the leaves are divided among, each with a distribution point of its own (RFC 5280 §4.2.1.13): a leaf
    /// belongs to that of its serial number modulo this.
    ///
    /// 1 to 1,000. Default: 1, a CRL of all leaves.
    public var crlShards: Int
    /// Where CRLs can be downloaded: leaves point to the base, `/0/` and the number of the shard.
    ///
    /// `nil`, the default, points to the CA itself, by the name under which the client reached it.
    public var crlURLBase: String?
    /// The OCSP responder that leaves name, to the letter, unless their profile has ``CairnRevocationInformation/neither``.
    ///
    /// `nil`, the default, points to the CA itself, in leaves whose profile asks for OCSP.
    public var ocspURL: String?
    /// Who signs OCSP responses.
    ///
    /// Default: ``CairnOCSPSigner/issuer``.
    public var ocspSigner: CairnOCSPSigner

    /// What is left out has the default of its property; nothing is checked here.
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

    /// How many roots there are in ``chains``.
    ///
    /// Setting it gives each root a chain of its own and no other, in the order of the roots.
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

/// How the names of authorities are made of ``CairnAuthorityConfiguration/name``.
public enum CairnAuthorityNaming: String, CaseIterable, Sendable {
    /// An organization, and a common name that begins with it: `CN=Cairn Test Root 3f2a91c0,O=Cairn Test`.
    case organization
    /// A common name alone, with six digits, as Pebble has it: with "Pebble" as the name, `CN=Pebble Root CA 3f2a91` and
    /// `CN=Pebble Intermediate CA 0b44d7`; intermediates further up have the digits of their root and their height.
    case commonName
}

/// The algorithm of an authority's key.
public struct CairnKeyAlgorithm: Hashable, Sendable, CustomStringConvertible {
    enum Kind { case p256, p384, rsa2048 }
    let kind: Kind

    /// ECDSA over P-256, signing with SHA-256: the fastest.
    public static let p256 = CairnKeyAlgorithm(kind: .p256)
    /// ECDSA over P-384, signing with SHA-384.
    public static let p384 = CairnKeyAlgorithm(kind: .p384)
    /// RSA with 2048 bits, signing with SHA-256 (PKCS #1 v1.5).
    public static let rsa2048 = CairnKeyAlgorithm(kind: .rsa2048)

    /// The name in common use, such as `P-256`.
    public var description: String {
        switch kind {
        case .p256: "P-256"
        case .p384: "P-384"
        case .rsa2048: "RSA-2048"
        }
    }
}

/// An authority that cannot be set up, or a certificate that cannot be issued, as configured.
public struct CairnAuthorityError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in words.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// The roots that one chain passes, from the one above the intermediates to the one that a client trusts.
///
/// A chain that ends at its first root is the usual one. A root that was cross-signed has a second certificate, for the same
/// name and key, by another root; a chain can go on through it. Then the chain that ends at the first root is the beginning
/// of the longer one:
///
/// ```swift
/// configuration.authority.chains = [.root(0).crossSigned(by: 1), .root(0)]
/// ```
/// has the shape that Let's Encrypt's chains had from 2021 to 2024: by default the longer one, to an older root.
public struct CairnRootPath: Hashable, Sendable {
    /// The numbers of the roots: each but the first signed the one before.
    public let roots: [Int]

    /// A chain that ends at the root with that number, counted from 0.
    public static func root(_ number: Int) -> CairnRootPath { CairnRootPath(roots: [number]) }

    /// The same chain, continued by a certificate that the root `number` gave to the last of its roots.
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
    /// Default: ``CairnCSRContentPolicy/deployed``, or what the personality decides.
    @CairnChoice public var csrContent = CairnCSRContentPolicy.deployed
    /// Which ways certificates name to find out whether they are revoked.
    ///
    /// Default: ``CairnRevocationInformation/crl``, as Let's Encrypt and others do who have ended OCSP.
    public var revocationInformation: CairnRevocationInformation
    /// Whether every certificate has the TLS feature `status_request` (RFC 7633), whatever its CSR asks for.
    ///
    /// What becomes of a CSR that asks for it is told by ``CairnCSRContent/mustStaple``. Default: false.
    public var forcesMustStaple: Bool
    /// What the key may be used for, critical (RFC 5280 §4.2.1.3); empty leaves the extension out.
    ///
    /// What a signing request is granted of it comes on top. Default: `nil`, `digitalSignature`, and for an RSA key
    /// `keyEncipherment` as well.
    public var keyUsage: Set<CairnKeyUsage>?
    /// The purposes of the key (RFC 5280 §4.2.1.12), in the order in which they are listed; empty leaves the extension out.
    ///
    /// What a signing request is granted of it comes on top. Default: ``CairnKeyPurpose/serverAuth``.
    public var purposes: [CairnKeyPurpose]
    /// Whether a certificate names its own key (RFC 5280 §4.2.1.2).
    ///
    /// Default: true. Without it, what a request is granted stands there all the same.
    public var includesSubjectKeyIdentifier: Bool
    /// Whether a certificate names the key of its issuer (RFC 5280 §4.2.1.1).
    ///
    /// Default: true. Deviation: RFC 5280 demands it, and without it no client can make a certID (RFC 9773 §4.1).
    public var includesAuthorityKeyIdentifier: Bool
    /// The policies under which a certificate was issued (RFC 5280 §4.2.1.4), as numbers such as `2.23.140.1.2.1`; empty
    /// leaves the extension out.
    ///
    /// Default: "domain validated" of the CA/Browser Forum (baseline requirements §7.1.6.1).
    public var policies: [String]

    /// What is left out has the default of its property; nothing is checked here.
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

    /// The profile of an authority that is not told otherwise: `default`, 90 days, with a common name.
    public static let standard = CairnCertificateProfile(
        name: "default", description: "A certificate for TLS servers, valid for 90 days")
}
