import ACME
import SwiftASN1
import X509

/// The authorities of one CA, and the paths from a leaf up to a root.
struct Hierarchy: Sendable {
    /// An authority: its certificate and the key that it signs with.
    struct Authority: Sendable {
        let certificate: CACertificate
        let key: IssuingKey

        var subject: DistinguishedName { certificate.certificate.subject }
    }

    /// What is sent after a leaf: the intermediates, from the one that signed it upwards, without the root.
    struct Chain: Sendable {
        let intermediates: [CACertificate]
        let root: CACertificate
    }

    let roots: [Authority]
    let intermediates: [Authority]
    /// For each intermediate, the chains of the leaves that it signs; the first is the default.
    let chains: [[Chain]]

    /// One root and one intermediate that it signed.
    init(_ configuration: AuthorityConfiguration, seed: Seed) throws {
        var keys = KeySource(seed: seed)
        let rootKey = try keys.key(configuration.rootKey, for: "root 0")
        let intermediateKey = try keys.key(configuration.intermediateKey, for: "intermediate 0")
        let root = Authority(
            certificate: try .root(
                AuthorityIdentity("Root", 0, of: configuration, seed: seed), key: rootKey),
            key: rootKey)
        let intermediate = Authority(
            certificate: try .intermediate(
                AuthorityIdentity("Intermediate", 0, of: configuration, seed: seed), key: intermediateKey, issuer: root),
            key: intermediateKey)
        roots = [root]
        intermediates = [intermediate]
        chains = [[Chain(intermediates: [intermediate.certificate], root: root.certificate)]]
    }
}

/// The name and the serial number of an authority, both from the seed.
///
/// The name ends in eight digits of the seed's, so that two authorities of two seeds never pass for each other.
struct AuthorityIdentity {
    let name: DistinguishedName
    let serialNumber: SerialNumber

    init(_ role: String, _ number: Int, of configuration: AuthorityConfiguration, seed: Seed) throws {
        var generator = seed.generator(for: "authority name: \(role) \(number)")
        let mark = generator.bytes(4).hexadecimal
        name = try DistinguishedName {
            OrganizationName(configuration.name)
            CommonName("\(configuration.name) \(role) \(mark)")
        }
        serialNumber = SerialNumber(drawnFrom: &generator)
    }
}
