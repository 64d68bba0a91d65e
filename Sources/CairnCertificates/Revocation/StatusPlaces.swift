import CairnModel

/// The revocation information in a certificate.
public enum CairnRevocationInformation: String, CaseIterable, Sendable {
    /// None, as in short-lived certificates.
    case neither
    /// A CRL (RFC 5280 §4.2.1.13).
    case crl
    /// An OCSP responder (RFC 5280 §4.2.2.1).
    case ocsp
    /// A CRL and an OCSP responder.
    case both

    var hasCRL: Bool { self == .crl || self == .both }
    var hasOCSP: Bool { self == .ocsp || self == .both }
}

/// Where the CA itself says what is revoked, by the name that a client has for it.
package struct StatusPlaces: Sendable {
    /// The CRL of the issuer of leaves, by the number of its shard.
    let crl: @Sendable (Int) -> String
    let ocsp: String

    package init(crl: @escaping @Sendable (Int) -> String, ocsp: String) { (self.crl, self.ocsp) = (crl, ocsp) }
}

/// Where one certificate says that its issuer and its status are found.
struct NamedPlaces {
    var issuer: String?
    var crl: String?
    var ocsp: String?
}

extension CairnAuthorityConfiguration {
    /// What a certificate names: fixed URLs before those of the CA itself.
    ///
    /// - Parameter shard: the part of the leaves that it belongs to.
    func places(
        for profile: CairnCertificateProfile, shard: Int, issuerURL: String?, _ places: StatusPlaces?
    ) -> NamedPlaces {
        func ascii(_ text: String?) -> String? { text.flatMap { $0.utf8.allSatisfy { $0 < 0x80 } ? $0 : nil } }
        let information = profile.revocationInformation
        var named = NamedPlaces(issuer: issuerURLBase.map { "\($0)/0" } ?? ascii(issuerURL))
        if information.hasCRL { named.crl = crlURLBase.map { "\($0)/0/\(shard)" } ?? ascii(places?.crl(shard)) }
        if let ocspURL, information != .neither {
            named.ocsp = ocspURL
        } else if information.hasOCSP {
            named.ocsp = ascii(places?.ocsp)
        }
        return named
    }
}

extension CairnAuthorityConfiguration {
    /// Throws if what says how the status of leaves is told cannot be.
    func checkStatus() throws(CairnAuthorityError) {
        guard (1...1_000).contains(crlShards) else {
            throw CairnAuthorityError("leaves are divided among 1 to 1,000 CRLs, got \(crlShards)")
        }
        for (what, url) in [("the base of the URLs of CRLs", crlURLBase), ("the URL of the OCSP responder", ocspURL)] {
            guard url?.utf8.allSatisfy({ $0 < 0x80 }) ?? true else {
                throw CairnAuthorityError("\(what) has to be ASCII, got \((url ?? "").quoted) (RFC 5280 §4.2.1.6)")
            }
        }
    }
}
