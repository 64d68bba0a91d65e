import CairnCertificates
public import CairnModel

/// Which keys the CA accepts, for accounts and in CSRs.
///
/// The same rules apply to both. An account key is refused as `badPublicKey` (RFC 8555 §6.2), a CSR's as `badCSR`
/// (§7.4). Existing accounts keep their keys when the rules change.
public struct CairnKeyRules: Hashable, Sendable {
    /// The minimum size of RSA keys, in bits.
    ///
    /// Default: 2048; smaller keys are never accepted.
    public var minimumRSABits = 2048
    /// The maximum size of RSA keys, in bits.
    ///
    /// Default: 8192; larger keys are never accepted.
    public var maximumRSABits = 8192
    /// Whether known weak RSA keys are refused: those with a prime factor below 752, and those affected by
    /// CVE-2017-15361 ("ROCA").
    ///
    /// Default: `true`, as the CA/Browser Forum requires (baseline requirements §6.1.1.3).
    public var refusesWeakKeys = true
    /// Blocked keys.
    ///
    /// Default: none.
    public var blocked: Set<CairnKeyDigest> = []
    /// Whether the key of a certificate revoked for `keyCompromise` is blocked (RFC 8555 §7.6).
    ///
    /// Default: ``CairnCompromisedKeys/blockedIfProven``.
    public var compromised = CairnCompromisedKeys.blockedIfProven
    /// The accepted signature algorithms (RFC 8555 §6.2); all others are `badSignatureAlgorithm`.
    ///
    /// Algorithms that Cairn does not implement are always refused. Default: ES256, ES384, ES512, RS256, EdDSA.
    @CairnChoice public var signatureAlgorithms = ACMESignatureAlgorithm.accepted

    /// Creates the default rules.
    public init() {}
}

/// What happens to the key of a certificate revoked for `keyCompromise`.
public enum CairnCompromisedKeys: String, CaseIterable, Hashable, Sendable {
    /// It is still accepted.
    case accepted
    /// It is blocked if it signed the revocation request, which proves the compromise.
    ///
    /// Let's Encrypt does this.
    case blockedIfProven
    /// It is blocked, whoever requested the revocation.
    case blocked
}

extension CairnKeyRules {
    /// Why a key is refused, in a sentence that begins with `subject`; `nil` if it is accepted.
    func flaw(in subject: String, _ subjectPublicKeyInfo: [UInt8], _ rsa: RSANumbers?) -> String? {
        if let rsa {
            guard rsa.bits >= minimumRSABits, rsa.bits <= maximumRSABits else {
                return "\(subject): expected an RSA key of \(minimumRSABits) to \(maximumRSABits) bits, got \(rsa.bits)"
            }
            if refusesWeakKeys, let prime = rsa.smallFactor {
                return "\(subject): expected the product of two large primes, got an RSA modulus that \(prime) divides "
                    + "(NIST SP 800-89 §5.3.3)"
            }
            if refusesWeakKeys, rsa.hasROCAFingerprint {
                return "\(subject): expected an RSA key of random primes, got one with the flaw CVE-2017-15361 (ROCA)"
            }
        }
        guard blocked.isEmpty || !blocked.contains(CairnKeyDigest(subjectPublicKeyInfo: subjectPublicKeyInfo)) else {
            return "\(subject) is blocked by this CA"
        }
        return nil
    }

    /// Refuses a key that wants to be that of an account (RFC 8555 §6.2).
    func requireAcceptable(_ key: PublicKey, _ subject: String) throws(Refusal) {
        guard let flaw = flaw(in: subject, key.subjectPublicKeyInfo, key.rsaNumbers) else { return }
        throw Refusal(.badPublicKey, "\(flaw) (RFC 8555 §6.2)")
    }

    /// Refuses a key that is to be certified (RFC 8555 §7.4).
    func requireAcceptable(_ request: SigningRequest) throws(Refusal) {
        guard let flaw = flaw(in: "the CSR's key", request.subjectPublicKeyInfo, request.rsaNumbers) else { return }
        throw Refusal(.badCSR, "\(flaw) (RFC 8555 §7.4)", cause: .keyOfCSR)
    }
}

extension State {
    /// Remembers a key that is in the wrong hands, if the policy wants it.
    ///
    /// - Parameter isProven: whether that key signed the revocation.
    mutating func noteCompromise(of subjectPublicKeyInfo: [UInt8], isProven: Bool) {
        switch policy.keys.compromised {
        case .accepted: return
        case .blockedIfProven: guard isProven else { return }
        case .blocked: break
        }
        certificates.noteCompromised(subjectPublicKeyInfo)
    }

    /// Refuses a key whose certificate was revoked because the key was compromised.
    func checkNotCompromised(
        _ subjectPublicKeyInfo: [UInt8], _ type: ACMEProblemType, _ subject: String
    ) throws(Refusal) {
        guard policy.keys.compromised == .accepted || !certificates.isCompromised(subjectPublicKeyInfo) else {
            throw Refusal(
                type, "\(subject) is that of a certificate that was revoked for keyCompromise (RFC 8555 §7.6)")
        }
    }

    /// Refuses a key for an account of which there is a certificate, unless the CA is lenient there.
    func checkNotCertified(_ subjectPublicKeyInfo: [UInt8], _ subject: String) throws(Refusal) {
        guard !certificates.certify(subjectPublicKeyInfo) || policy.leniencies.accept(.certifiedAccountKey) else {
            throw Refusal(
                .badPublicKey,
                "\(subject): expected a key that only the account has, got one of which there is a certificate "
                    + "(RFC 8555 §11.1)")
        }
    }

    /// Notes that an account has such a key.
    mutating func noteCertified(_ subjectPublicKeyInfo: [UInt8], of account: Account, at now: CairnInstant) {
        guard certificates.certify(subjectPublicKeyInfo) else { return }
        let kind = CairnFinding.Kind(rawValue: CairnLeniency.certifiedAccountKey.name)
        let detail = "the key of the account is that of a certificate, expected another one (RFC 8555 §11.1)"
        note(.finding(CairnFinding(kind, detail, account: "\(account.id)")), at: now)
    }
}

extension Engine {
    /// The algorithms that requests may be signed with now.
    package var signatureAlgorithms: [ACMESignatureAlgorithm] { inspect { $0.policy.keys.signatureAlgorithms } }
}
