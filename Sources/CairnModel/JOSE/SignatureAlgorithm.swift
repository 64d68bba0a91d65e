/// The name of a JWS algorithm, as it stands in `alg` (RFC 7518 §3.1, RFC 8037 §3.1).
///
/// Open: an unknown algorithm is a value like any other, and is refused by name.
public struct ACMESignatureAlgorithm: CairnWireName, CustomStringConvertible {
    /// The name as it stands on the wire.
    public var rawValue: String

    /// Takes any name, registered or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// ECDSA with P-256 and SHA-256, which every ACME server implements (RFC 8555 §6.2).
    public static let es256 = ACMESignatureAlgorithm(rawValue: "ES256")
    /// ECDSA with P-384 and SHA-384.
    public static let es384 = ACMESignatureAlgorithm(rawValue: "ES384")
    /// ECDSA with P-521 and SHA-512.
    public static let es512 = ACMESignatureAlgorithm(rawValue: "ES512")
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    public static let rs256 = ACMESignatureAlgorithm(rawValue: "RS256")
    /// Ed25519; Ed448 is a matter of the key (RFC 8037 §3.1).
    public static let edDSA = ACMESignatureAlgorithm(rawValue: "EdDSA")

    /// What a request may be signed with unless a server is told otherwise: all of these.
    public static let accepted: [ACMESignatureAlgorithm] = [.es256, .es384, .es512, .rs256, .edDSA]

    /// The name itself.
    public var description: String { rawValue }

    /// Refuses what is not in `accepted`, as `badSignatureAlgorithm` with the list of those that are (RFC 8555 §6.2).
    func check(accepting accepted: [ACMESignatureAlgorithm], _ section: String) throws(ACMEProblem) {
        guard !accepted.contains(self) else { return }
        let names = accepted.map(\.rawValue)
        let reason =
            if self == ACMESignatureAlgorithm(rawValue: "none") {
                "\"none\", which signs nothing"
            } else if ExternalAccountBinding.algorithms.contains(self) {
                "\(rawValue.quoted), a MAC algorithm, which proves nothing about a public key"
            } else {
                rawValue.quoted
            }
        throw ACMEProblem(
            .badSignatureAlgorithm, "alg: expected \(names.joined(separator: ", ")), got \(reason) (\(section))",
            algorithms: names)
    }
}
