import SwiftASN1

extension ASN1ObjectIdentifier {
    // Extensions that the certificate library has no type for.
    static let certificatePolicies: ASN1ObjectIdentifier = [2, 5, 29, 32]
    static let tlsFeature: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 1, 24]

    static let cRLDistributionPoints: ASN1ObjectIdentifier = [2, 5, 29, 31]

    // Methods of access to what a CA knows (RFC 5280 §4.2.2.1).
    static let ocspAccess: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 48, 1]
    static let issuerAccess: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 48, 2]

    // Names.
    static let commonName: ASN1ObjectIdentifier = [2, 5, 4, 3]
    static let serialNumberAttribute: ASN1ObjectIdentifier = [2, 5, 4, 5]
    static let userPrincipalName: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 311, 20, 2, 3]

    // Policies: "domain validated" of the CA/Browser Forum (baseline requirements §7.1.6.1).
    static let domainValidated: ASN1ObjectIdentifier = [2, 23, 140, 1, 2, 1]

    // Keys (RFC 3279 §2.3, RFC 5480 §2.1, RFC 8410 §3).
    static let rsaEncryption: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 1, 1]
    static let ecPublicKey: ASN1ObjectIdentifier = [1, 2, 840, 10_045, 2, 1]
    static let ed25519: ASN1ObjectIdentifier = [1, 3, 101, 112]

    // Curves (RFC 5480 §2.1.1.1).
    static let secp256r1: ASN1ObjectIdentifier = [1, 2, 840, 10_045, 3, 1, 7]
    static let secp384r1: ASN1ObjectIdentifier = [1, 3, 132, 0, 34]
    static let secp521r1: ASN1ObjectIdentifier = [1, 3, 132, 0, 35]

    // Signatures (RFC 4055 §5, RFC 5758 §3.2).
    static let sha256WithRSAEncryption: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 1, 11]
    static let sha384WithRSAEncryption: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 1, 12]
    static let sha512WithRSAEncryption: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 1, 13]
    static let ecdsaWithSHA256: ASN1ObjectIdentifier = [1, 2, 840, 10_045, 4, 3, 2]
    static let ecdsaWithSHA384: ASN1ObjectIdentifier = [1, 2, 840, 10_045, 4, 3, 3]
    static let ecdsaWithSHA512: ASN1ObjectIdentifier = [1, 2, 840, 10_045, 4, 3, 4]

    /// The number, and the name it is known by if it is one that clients have sent to authorities that refuse it.
    var explained: String {
        let number = description
        return Self.names[number].map { "\($0) (\(number))" } ?? number
    }

    private static let names: [String: String] = [
        "1.2.840.113549.1.1.1": "RSA",
        "1.2.840.113549.1.1.7": "RSAES-OAEP",
        "1.2.840.113549.1.1.10": "RSASSA-PSS",
        "1.2.840.10040.4.1": "DSA",
        "1.2.840.10045.2.1": "an elliptic curve key",
        "1.3.132.1.12": "an elliptic curve key for ECDH alone",
        "1.3.101.110": "X25519",
        "1.3.101.111": "X448",
        "1.3.101.112": "Ed25519",
        "1.3.101.113": "Ed448",
        "1.2.840.10045.3.1.1": "P-192",
        "1.3.132.0.33": "P-224",
        "1.3.132.0.10": "secp256k1",
        "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
        "1.2.840.113549.1.1.4": "MD5 with RSA",
        "1.2.840.113549.1.1.5": "SHA-1 with RSA",
        "1.2.840.113549.1.1.14": "SHA-224 with RSA",
        "1.2.840.10045.4.1": "ECDSA with SHA-1",
        "1.2.840.10045.4.3.1": "ECDSA with SHA-224",
        "1.2.840.10040.4.3": "DSA with SHA-1",
        "1.2.840.113549.1.9.7": "challengePassword",
        "1.2.840.113549.1.9.2": "unstructuredName",
        "1.3.6.1.4.1.311.13.2.3": "Microsoft's OS version",
        "1.3.6.1.4.1.311.21.20": "Microsoft's client information",
        "1.3.6.1.4.1.311.13.2.2": "Microsoft's enrolment provider",
        "1.3.6.1.4.1.311.20.2": "Microsoft's certificate type",
        "1.3.6.1.4.1.311.21.7": "Microsoft's certificate template",
        "1.3.6.1.4.1.311.21.10": "Microsoft's application policies",
        "1.2.840.113549.1.9.15": "S/MIME capabilities",
        "2.16.840.1.113730.1.1": "Netscape's certificate type",
        "2.16.840.1.113730.1.13": "Netscape's comment",
        "2.5.29.30": "nameConstraints",
        "1.3.6.1.4.1.11129.2.4.3": "the poison of precertificates",
    ]
}

extension ASN1Node {
    /// The nodes inside a constructed one.
    var children: ASN1NodeCollection? {
        if case .constructed(let nodes) = content { nodes } else { nil }
    }
}
