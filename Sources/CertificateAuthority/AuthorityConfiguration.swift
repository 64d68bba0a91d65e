import ACME

/// What the certificate authority of a test looks like: its keys, its names, and the profiles it issues under.
public struct AuthorityConfiguration: Hashable, Sendable {
    /// The key of the root.
    public var rootKey: KeyAlgorithm
    /// The key of the intermediate, which signs the leaves.
    public var intermediateKey: KeyAlgorithm
    /// The organization of every authority, and what its common name begins with: "Cairn Test" gives
    /// "Cairn Test Root 3f2a91c0".
    ///
    /// 1 to 42 characters, so that the common name has 64 at most (RFC 5280 appendix A.1).
    public var name: String
    /// What may be issued; the first is the default.
    ///
    /// Never empty, and no two profiles have the same name.
    public var profiles: [CertificateProfile]
    /// Where the certificates of the intermediates can be fetched: leaves point to the base, a slash and the number of the
    /// intermediate that signed them (RFC 5280 §4.2.2.1).
    ///
    /// `nil`, the default, points to the CA itself, by the name under which the client reached it.
    public var issuerURLBase: String?

    public init(
        rootKey: KeyAlgorithm = .p256, intermediateKey: KeyAlgorithm = .p256, name: String = "Cairn Test",
        profiles: [CertificateProfile] = [.standard], issuerURLBase: String? = nil
    ) {
        self.rootKey = rootKey
        self.intermediateKey = intermediateKey
        self.name = name
        self.profiles = profiles
        self.issuerURLBase = issuerURLBase
    }

    /// Throws what is wrong with a configuration, if anything is.
    package func check() throws(AuthorityError) {
        let length = name.unicodeScalars.count
        guard (1...42).contains(length) else {
            throw AuthorityError("the authority's name needs 1 to 42 characters, got \(length)")
        }
        guard issuerURLBase?.utf8.allSatisfy({ $0 < 0x80 }) ?? true else {
            throw AuthorityError("the base of the issuer's URL has to be ASCII, got \"\(issuerURLBase ?? "")\"")
        }
        guard !profiles.isEmpty else { throw AuthorityError("an authority needs at least one profile, got none") }
        var names: Set<String> = []
        for profile in profiles {
            guard names.insert(profile.name).inserted else {
                throw AuthorityError("the profile \"\(profile.name)\" is configured twice")
            }
            guard (.seconds(1)...Duration.century).contains(profile.validity),
                (.zero...Duration.century).contains(profile.backdate)
            else {
                throw AuthorityError(
                    "the profile \"\(profile.name)\" needs a validity of one second to 100 years and a back-dating of at "
                        + "most 100 years, got \(profile.validity) and \(profile.backdate)")
            }
        }
    }
}

/// The algorithm of an authority's key.
public struct KeyAlgorithm: Hashable, Sendable, CustomStringConvertible {
    enum Kind { case p256, p384, rsa2048 }
    let kind: Kind

    /// ECDSA over P-256, signing with SHA-256: the fastest.
    public static let p256 = KeyAlgorithm(kind: .p256)
    /// ECDSA over P-384, signing with SHA-384.
    public static let p384 = KeyAlgorithm(kind: .p384)
    /// RSA with 2048 bits, signing with SHA-256 (PKCS #1 v1.5).
    public static let rsa2048 = KeyAlgorithm(kind: .rsa2048)

    public var description: String {
        switch kind {
        case .p256: "P-256"
        case .p384: "P-384"
        case .rsa2048: "RSA-2048"
        }
    }
}

/// An authority that cannot be set up, or a certificate that cannot be issued, as configured.
public struct AuthorityError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
