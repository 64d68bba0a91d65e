import CairnCertificates
public import CairnModel

/// Which keys the CA accepts: those of accounts, and those that it certifies.
///
/// Both are judged alike. A key of an account is refused as `badPublicKey` (RFC 8555 §6.2), one of a CSR as `badCSR`
/// (§7.4). An account that is there already keeps its key, whatever the rules become.
public struct CairnKeyRules: Hashable, Sendable {
    /// The least size of an RSA key, in bits.
    ///
    /// Default: 2048, below which nothing is read in any case.
    public var minimumRSABits = 2048
    /// The greatest size of an RSA key, in bits.
    ///
    /// Default: 8192, above which nothing is read in any case.
    public var maximumRSABits = 8192
    /// Whether RSA keys are refused that are known to be weak: those with a prime factor below 752, and those of the flaw
    /// CVE-2017-15361 ("ROCA").
    ///
    /// Default: true, as the CA/Browser Forum wants it (baseline requirements §6.1.1.3).
    public var refusesWeakKeys = true
    /// Keys that are refused by name.
    ///
    /// Default: none.
    public var blocked: Set<CairnKeyDigest> = []
    /// What becomes of the key of a certificate that is revoked for `keyCompromise` (RFC 8555 §7.6).
    ///
    /// Default: ``CairnCompromisedKeys/blockedIfProven``.
    public var compromised = CairnCompromisedKeys.blockedIfProven
    /// The algorithms that requests may be signed with (RFC 8555 §6.2); the rest is `badSignatureAlgorithm`.
    ///
    /// An algorithm that Cairn does not know stays refused. Default: ES256, ES384, ES512, RS256, EdDSA.
    @CairnChoice public var signatureAlgorithms = ACMESignatureAlgorithm.accepted

    /// Everything at its default.
    public init() {}
}

/// What the revocation of a certificate for `keyCompromise` means for its key.
public enum CairnCompromisedKeys: String, CaseIterable, Hashable, Sendable {
    /// Nothing.
    case accepted
    /// It is refused from then on if that key signed the request, which proves that it is not in one hand only.
    ///
    /// This is what Let's Encrypt does.
    case blockedIfProven
    /// It is refused from then on, whoever asked for the revocation.
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
