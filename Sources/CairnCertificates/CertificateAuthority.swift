package import CairnModel
import SwiftASN1
import Synchronization
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A hierarchy of authorities that issues certificates.
///
/// Everything follows from the configuration and the seed: the same two give byte for byte the same root and
/// intermediate, and the same serial numbers in the same order. The signatures on leaves alone are fresh each time.
package final class CertificateAuthority: Sendable {
    package let configuration: CairnAuthorityConfiguration
    let hierarchy: Hierarchy
    /// Says of leaves whether they are revoked.
    let responder: OCSPResponder
    private let leafForm: LeafForm
    private let leafExtensions: LeafExtensions
    /// For each chain, what follows the leaf.
    private let chainEncodings: [[UInt8]]
    private let serialNumbers: Mutex<SerialNumberSource>
    /// Where serial numbers came from at the start.
    private let firstSerialNumbers: SerialNumberSource

    /// - Throws: ``CairnAuthorityError`` for a configuration that cannot be had.
    package init(_ configuration: CairnAuthorityConfiguration, seed: CairnSeed) throws {
        try configuration.validate()
        self.configuration = configuration
        let hierarchy = try Hierarchy(configuration, seed: seed)
        self.hierarchy = hierarchy
        leafForm = try LeafForm(issuer: hierarchy.signer)
        leafExtensions = try LeafExtensions(issuerKey: hierarchy.signer.key.publicKey)
        responder = try OCSPResponder(hierarchy.signer, configuration, seed: seed)
        chains = hierarchy.chains.map { numbers in
            CairnCertificateChain(
                intermediates: numbers.dropLast().map { hierarchy.issuers[$0] },
                root: hierarchy.issuers[numbers[numbers.count - 1]])
        }
        chainEncodings = chains.map { $0.intermediates.flatMap(\.pemEncoded) }
        firstSerialNumbers = SerialNumberSource(
            configuration.serialNumbers,
            authorities: (hierarchy.issuers + [responder.certificate].compactMap(\.self)).map(\.serialNumber),
            generator: seed.generator(for: "serial numbers"))
        serialNumbers = Mutex(firstSerialNumbers)
    }

    /// Gives the serial numbers out once more, from the first on.
    package func beginAnew() { serialNumbers.withLock { $0 = firstSerialNumbers } }

    /// The key identifier of the authority that signs leaves, as their certificates have it.
    package var keyIdentifier: [UInt8] { leafExtensions.authorityKeyIdentifier }

    /// The ways from a leaf to a root, the default first.
    package let chains: [CairnCertificateChain]

    /// The certificates that a client has to trust.
    package var roots: [CairnCACertificate] { hierarchy.roots }

    /// The certificates between the roots and the leaves.
    ///
    /// First those of the authority that signs leaves, in the order of the chains, then those above them. A root that was
    /// cross-signed is among them.
    package var intermediates: [CairnCACertificate] { hierarchy.issuers.filter { !hierarchy.roots.contains($0) } }

    /// The private key of one of the authorities in PEM; `nil` for a certificate of another CA.
    package func privateKeyPEM(of certificate: CairnCACertificate) -> String? {
        hierarchy.key(of: certificate)?.pem()
    }

    /// All certificates that a chain can be built of, by the numbers that the leaf's authority information access and the
    /// links between issuers use; 0 is the issuer of all leaves in the default chain.
    package var issuers: [CairnCACertificate] { hierarchy.issuers }

    /// The number of the issuer of leaves in a chain.
    package func leafIssuer(inChain chain: Int) -> Int { hierarchy.chains[chain][0] }

    /// The numbers of the certificates that follow that of an issuer in the chains, in their order; none for a root.
    package func issuers(ofIssuer number: Int) -> [Int] { hierarchy.issuers(of: number) }

    /// Issues a certificate for the key in `request`.
    ///
    /// Whether the request may have it has been decided before: see ``CSRPolicy``.
    ///
    /// - Parameters:
    ///   - identifiers: what the certificate is for, as in the order, and in that order.
    ///   - notBefore: the first second of validity; by default `now` less the profile's back-dating.
    ///   - notAfter: the last second of validity; by default what the profile's validity makes it. Fractions of a second
    ///     are dropped from both.
    ///   - issuerURL: where the CA itself shows the issuer of all leaves, used unless the configuration names another place.
    ///     A base that is not ASCII cannot be written down (RFC 5280 §4.2.1.6) and is left out.
    ///   - places: where the CA itself says what is revoked, for what the profile names and the configuration does not.
    /// - Throws: ``CairnAuthorityError`` if the validity is empty or ends after the year 9999, an identifier is one that
    ///   certificates cannot carry, or there are no serial numbers left.
    package func issue(
        _ request: SigningRequest, identifiers: [ACMEIdentifier], profile: CairnCertificateProfile,
        notBefore: CairnInstant? = nil, notAfter: CairnInstant? = nil, issuerURL: String? = nil,
        places: StatusPlaces? = nil, at now: CairnInstant
    ) throws -> CairnCertificate {
        let validity = try Validity(notBefore: notBefore, notAfter: notAfter, profile: profile, now: now)
        let commonName =
            profile.includesCommonName
            ? request.commonName(among: identifiers, under: profile.csrContent) : nil
        let serialNumber = try serialNumbers.withLock { (source) throws(CairnAuthorityError) in try source.draw() }
        let contents = try leafForm.contents(
            serialNumber, validity.notBefore, validity.notAfter, commonName: commonName,
            subjectPublicKeyInfo: request.subjectPublicKeyInfo,
            extensions: leafExtensions.encoded(
                for: request, identifiers: identifiers, profile: profile, subjectIsEmpty: commonName == nil,
                places: configuration.places(
                    for: profile, shard: shard(of: serialNumber), issuerURL: issuerURL, places)))
        let key = hierarchy.signer.key
        let derEncoded: [UInt8] = try .signed(contents, by: key.privateKey, key.signatureAlgorithm)
        return CairnCertificate(
            derEncoded: derEncoded, serialNumber: serialNumber, notBefore: validity.notBefore,
            notAfter: validity.notAfter, identifiers: identifiers,
            subjectPublicKeyInfo: request.subjectPublicKeyInfo,
            authorityKeyIdentifier: leafExtensions.authorityKeyIdentifier)
    }

    /// The certificate and the intermediates of a chain, without the root, as `application/pem-certificate-chain`
    /// (RFC 8555 §9.1).
    package func chainPEM(for certificate: CairnCertificate, chain: Int = 0) -> [UInt8] {
        certificate.pemEncoded + chainEncodings[chain]
    }
}

/// The first and the last second of a certificate.
private struct Validity {
    let notBefore: CairnInstant
    let notAfter: CairnInstant

    init(notBefore: CairnInstant?, notAfter: CairnInstant?, profile: CairnCertificateProfile, now: CairnInstant)
        throws(CairnAuthorityError)
    {
        // Compared before anything is computed with them: beyond these years there is no encoding (RFC 5280 §4.1.2.5.2).
        let years = CivilTime(year: 1, month: 1, day: 1).instant..<CivilTime(year: 10_000, month: 1, day: 1).instant
        let begin = notBefore ?? now - profile.backdate
        let end = notAfter ?? begin + profile.validity - .seconds(1)
        guard years.contains(begin), years.contains(end) else {
            throw CairnAuthorityError("the validity of a certificate has to lie within the years 1 to 9999")
        }
        self.notBefore = begin.wholeSecond
        self.notAfter = notAfter?.wholeSecond ?? (begin.wholeSecond + profile.validity).wholeSecond - .seconds(1)
        guard self.notBefore <= self.notAfter else {
            throw CairnAuthorityError(
                "the validity of a certificate has to end after it begins, got \(self.notBefore) to \(self.notAfter)")
        }
    }
}

extension CairnInstant {
    /// The instant as the certificate library takes it.
    ///
    /// Only for whole seconds: the library rounds to the nearest, which would move a fraction into the future.
    var date: Date { Date(timeIntervalSince1970: Double(secondsSinceEpoch)) }
}
