import CairnModel
import SwiftASN1
import X509

/// The authorities of one CA, and the paths from a leaf up to a root.
struct Hierarchy: Sendable {
    /// A name and the key that goes with it, whoever certifies them.
    struct Authority: Sendable {
        let identity: AuthorityIdentity
        let key: IssuingKey
    }

    /// The authority that signs the leaves.
    let signer: Authority
    /// Every certificate of an authority, each once: first those of the signer, in the order of the chains, then those
    /// above them, at last the roots.
    let issuers: [CairnCACertificate]
    /// For each of ``issuers`` the authority whose certificate it is.
    let authorities: [Authority]
    /// For each chain the numbers of its issuers: from the one that signed the leaf upwards, at last the root.
    let chains: [[Int]]
    let roots: [CairnCACertificate]

    init(_ configuration: CairnAuthorityConfiguration, seed: CairnSeed) throws {
        var registry = Registry(configuration, seed: seed)
        // First, so that with RSA, whose keys are drawn one by one, the usual two do not depend on what else there is.
        _ = try registry.authority(.root(0))
        let signer = configuration.chainLength == 0 ? Place.root(configuration.chains[0].roots[0]) : .signer
        self.signer = try registry.authority(signer)
        let paths = configuration.chains.map { $0.certificates(below: configuration.chainLength) }
        var order: [Certified] = []
        // What a later chain has in common with an earlier one is not made again.
        func add(_ certified: Certified) { if !order.contains(certified) { order.append(certified) } }
        for path in paths { add(path[0]) }
        for path in paths { path.filter { !$0.isRoot }.forEach(add) }
        for number in 0..<configuration.roots { add(Certified(.root(number), by: .root(number))) }
        // Without intermediates a root can be the first of a chain; it is numbered there.
        let certificates = try order.map { try registry.certificate($0) }
        issuers = certificates
        authorities = try order.map { try registry.authority($0.subject) }
        chains = paths.map { path in path.compactMap { order.firstIndex(of: $0) } }
        roots = (0..<configuration.roots).compactMap { number in
            order.firstIndex(of: Certified(.root(number), by: .root(number))).map { certificates[$0] }
        }
    }

    /// The key that a certificate is for; `nil` if it is not one of these.
    func key(of certificate: CairnCACertificate) -> IssuingKey? {
        guard issuers.contains(certificate) else { return nil }
        return authorities.first { $0.key.publicKey == certificate.certificate.publicKey }?.key
    }

    /// The numbers of the certificates that the issuer with that number is certified by in some chain; a root has none.
    func issuers(of number: Int) -> [Int] {
        var above: [Int] = []
        for chain in chains {
            guard let index = chain.firstIndex(of: number), index + 1 < chain.count, !above.contains(chain[index + 1])
            else { continue }
            above.append(chain[index + 1])
        }
        return above
    }
}

/// Where an authority stands.
private enum Place: Hashable {
    case root(Int)
    /// The intermediate that signs the leaves, whatever root it hangs from.
    case signer
    /// An intermediate that signs others, so many of which are between it and the leaves.
    case upper(root: Int, height: Int)
}

/// The certificate of one authority by another, or by itself.
private struct Certified: Hashable {
    let subject: Place
    let issuer: Place

    init(_ subject: Place, by issuer: Place) { (self.subject, self.issuer) = (subject, issuer) }

    var isRoot: Bool { subject == issuer }
}

extension CairnRootPath {
    /// What a chain consists of, from the certificate of the leaf's signer to the root.
    fileprivate func certificates(below length: Int) -> [Certified] {
        let intermediates = (0..<length).map { $0 == 0 ? Place.signer : .upper(root: roots[0], height: $0) }
        let places = intermediates + roots.map(Place.root)
        return zip(places, places.dropFirst() + places.suffix(1)).map { Certified($0, by: $1) }
    }
}

/// The authorities that were made so far.
private struct Registry {
    private let configuration: CairnAuthorityConfiguration
    private let seed: CairnSeed
    private var keys: KeySource
    private var authorities: [Place: Hierarchy.Authority] = [:]

    init(_ configuration: CairnAuthorityConfiguration, seed: CairnSeed) {
        (self.configuration, self.seed) = (configuration, seed)
        keys = KeySource(seed: seed)
    }

    mutating func authority(_ place: Place) throws -> Hierarchy.Authority {
        if let present = authorities[place] { return present }
        let (role, mark) = place.name
        let authority = Hierarchy.Authority(
            identity: try AuthorityIdentity(place, of: configuration, seed: seed),
            key: try keys.key(
                role == "Root" ? configuration.rootKey : configuration.intermediateKey,
                for: "\(role.lowercased()) \(mark)"))
        authorities[place] = authority
        return authority
    }

    mutating func certificate(_ certified: Certified) throws -> CairnCACertificate {
        let subject = try authority(certified.subject)
        guard !certified.isRoot else { return try .root(subject) }
        let issuer = try authority(certified.issuer)
        switch certified.subject {
        case .root: return try .crossSigned(subject, serialNumber: serialNumber(certified), issuer: issuer)
        case .signer:
            // In the first chain it has the serial number that was drawn with its name.
            let isFirst = certified == configuration.chains[0].certificates(below: configuration.chainLength)[0]
            return try .intermediate(
                subject, serialNumber: isFirst ? subject.identity.serialNumber : serialNumber(certified),
                pathLength: 0, purposes: configuration.purposes, issuer: issuer)
        case .upper(_, let height):
            return try .intermediate(
                subject, serialNumber: subject.identity.serialNumber, pathLength: height,
                purposes: configuration.purposes, issuer: issuer)
        }
    }

    /// The number of a further certificate of an authority.
    private func serialNumber(_ certified: Certified) -> CairnSerialNumber {
        let (subject, issuer) = (certified.subject.name, certified.issuer.name)
        var generator = seed.generator(
            for: "serial number: \(subject.role) \(subject.mark) by \(issuer.role) \(issuer.mark)")
        return CairnSerialNumber(drawnFrom: &generator)
    }
}

extension CairnAuthorityConfiguration {
    /// What leaves can be for: servers, and what some profile grants; `nil` if it grants anything.
    fileprivate var purposes: [ASN1ObjectIdentifier]? {
        var purposes = [ASN1ObjectIdentifier.ExtendedKeyUsage.serverAuth]
        for profile in profiles {
            guard let granted = profile.csrContent.grantablePurposes else { return nil }
            for purpose in granted where !purposes.contains(purpose) { purposes.append(purpose) }
        }
        return purposes.contains(.ExtendedKeyUsage.any) ? nil : purposes
    }
}

extension Place {
    /// What tells the place from all others, in the purposes for which the seed is asked.
    fileprivate var name: (role: String, mark: String) {
        switch self {
        case .root(let number): ("Root", "\(number)")
        case .signer: ("Intermediate", "0")
        case .upper(let root, let height): ("Intermediate", "\(root).\(height)")
        }
    }
}

extension Place {
    /// What the name and the serial number of the authority are drawn from.
    fileprivate func generator(_ seed: CairnSeed) -> SeededGenerator {
        seed.generator(for: "authority name: \(name.role) \(name.mark)")
    }

    /// The end of a common name in Pebble's way, of digits of its own or of those of the root.
    fileprivate func suffix(_ digits: String, _ seed: CairnSeed) -> String {
        guard case .upper(let root, let height) = self else { return String(digits.prefix(6)) }
        var generator = Place.root(root).generator(seed)
        return "\(generator.bytes(4).hexadecimal.prefix(6)) #\(height)"
    }
}

/// The name and the serial number of an authority, both from the seed.
///
/// The name has digits of the seed's, so that two authorities of two seeds never pass for each other.
struct AuthorityIdentity {
    let name: DistinguishedName
    let serialNumber: CairnSerialNumber

    fileprivate init(_ place: Place, of configuration: CairnAuthorityConfiguration, seed: CairnSeed) throws {
        try self.init(place.name.role, of: configuration, place.generator(seed)) { place.suffix($0, seed) }
    }

    /// A delegated responder of OCSP.
    init(ofResponderFor configuration: CairnAuthorityConfiguration, seed: CairnSeed) throws {
        let generator = seed.generator(for: "authority name: OCSP responder")
        try self.init("OCSP", of: configuration, generator) { String($0.prefix(6)) }
    }

    /// - Parameter suffix: the end of a common name in Pebble's way, of the digits that were drawn.
    private init(
        _ role: String, of configuration: CairnAuthorityConfiguration, _ generator: SeededGenerator,
        suffix: (String) -> String
    ) throws {
        var generator = generator
        let digits = generator.bytes(4).hexadecimal
        name =
            switch configuration.naming {
            case .organization:
                try DistinguishedName {
                    OrganizationName(configuration.name)
                    CommonName("\(configuration.name) \(role) \(digits)")
                }
            case .commonName: try DistinguishedName { CommonName("\(configuration.name) \(role) CA \(suffix(digits))") }
            }
        serialNumber = CairnSerialNumber(drawnFrom: &generator)
    }
}

extension CairnCACertificate {
    static func root(_ authority: Hierarchy.Authority) throws -> CairnCACertificate {
        try make(
            authority, serialNumber: authority.identity.serialNumber, issuer: authority,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: authority.key.publicKey)
            })
    }

    /// An intermediate.
    ///
    /// It carries what the baseline requirements of the CA/Browser Forum (§7.1.2.10) ask of one, so that a path is
    /// checked in tests as it is in the open.
    ///
    /// - Parameters:
    ///   - pathLength: how many intermediates may follow below (RFC 5280 §4.2.1.9).
    ///   - purposes: what certificates below may be for, which clients check along the path; `nil` does not restrict it.
    static func intermediate(
        _ authority: Hierarchy.Authority, serialNumber: CairnSerialNumber, pathLength: Int,
        purposes: [ASN1ObjectIdentifier]?, issuer: Hierarchy.Authority
    ) throws -> CairnCACertificate {
        try make(
            authority, serialNumber: serialNumber, issuer: issuer,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: pathLength))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
                if let purposes { try ExtendedKeyUsage(purposes.map { .init(oid: $0) }) }
                SubjectKeyIdentifier(hash: authority.key.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: issuer.key.publicKey).keyIdentifier)
                try Certificate.Extension.policies([.domainValidated])
            })
    }

    /// A root as another root certifies it, without limits of its own (CA/Browser Forum baseline requirements §7.1.2.2).
    static func crossSigned(
        _ root: Hierarchy.Authority, serialNumber: CairnSerialNumber, issuer: Hierarchy.Authority
    ) throws -> CairnCACertificate {
        try make(
            root, serialNumber: serialNumber, issuer: issuer,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: root.key.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: issuer.key.publicKey).keyIdentifier)
                try Certificate.Extension.policies([.domainValidated])
            })
    }

    /// Valid from 2020 to 2119, whatever the time of a test is: an authority must not depend on when it was made.
    static func make(
        _ authority: Hierarchy.Authority, serialNumber: CairnSerialNumber, issuer: Hierarchy.Authority,
        extensions: Certificate.Extensions
    ) throws -> CairnCACertificate {
        try CairnCACertificate(
            Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(bytes: serialNumber.bytes),
                publicKey: authority.key.publicKey,
                notValidBefore: CivilTime(year: 2020, month: 1, day: 1).instant.date,
                notValidAfter: (CivilTime(year: 2120, month: 1, day: 1).instant - .seconds(1)).date,
                issuer: issuer.identity.name, subject: authority.identity.name,
                signatureAlgorithm: issuer.key.signatureAlgorithm,
                extensions: extensions, issuerPrivateKey: issuer.key.reproducible))
    }
}
