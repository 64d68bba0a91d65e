package import CairnModel
import Crypto
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension TLSIdentity {
    /// Makes a fresh root in memory and a certificate under it, for a server on this machine.
    ///
    /// Both begin a day before `now`. The certificate ends 397 days after that: Apple's clients accept no more than 398.
    /// The root ends after ten years, and its private key goes with the identity. Keys are P-256, from the system's entropy.
    ///
    /// - Parameters:
    ///   - names: the host names that the certificate is for.
    ///   - addresses: the addresses that it is for.
    ///   - now: the time from which it is valid, less a day.
    package static func ephemeral(
        names: [String] = ["localhost"], addresses: [CairnIPAddress] = [.loopbackV4, .loopbackV6], now: CairnInstant
    ) throws(TLSIdentityError) -> TLSIdentity {
        let alternatives =
            names.map { GeneralName.dnsName($0) }
            + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0.octets[...])) }
        return try make("no certificate could be made for \(names) and \(addresses)") {
            let root = try TLSRoot(from: now.wholeSecond - .days(1))
            var identity = try root.identity(
                for: alternatives, from: root.notBefore, until: root.notBefore + .days(397))
            identity.trustRoot = root.derEncoded
            identity.root = root
            return identity
        }
    }

    /// - Parameter failure: what could not be done, in words.
    fileprivate static func make(
        _ failure: @autoclosure () -> String, _ body: () throws -> TLSIdentity
    ) throws(TLSIdentityError) -> TLSIdentity {
        do {
            return try body()
        } catch let error as TLSIdentityError {
            throw error
        } catch {
            throw TLSIdentityError("\(failure()): \(error)")
        }
    }

    /// The root of ``trustRoot`` in PEM, if there is one.
    package var trustRootPEM: String? {
        trustRoot.map { PEMDocument(type: "CERTIFICATE", derBytes: $0).pemString + "\n" }
    }
}

// MARK: - Certificates that a client must not accept

extension TLSIdentity {
    /// What can be wrong with the certificate of the same server: where the key of the root that clients trust is not known,
    /// nothing but that another root has signed.
    package var possibleFaults: Set<CairnRule.ServerCertificate> {
        root == nil ? [.untrusted] : Set(CairnRule.ServerCertificate.allCases)
    }

    /// The same server with a certificate of which one thing is wrong.
    ///
    /// - Throws: ``TLSIdentityError`` for what is not among ``possibleFaults``.
    func faulty(_ fault: CairnRule.ServerCertificate, now: CairnInstant) throws(TLSIdentityError) -> TLSIdentity {
        let alternatives = alternatives
        let now = now.wholeSecond
        return try Self.make("no \(fault.rawValue) certificate could be made") {
            guard fault != .untrusted else {
                let root = try TLSRoot(from: now - .days(1))
                return try root.identity(for: alternatives, from: root.notBefore, until: root.notBefore + .days(397))
            }
            guard let root else { throw TLSIdentityError("the key of the server's root is not known") }
            return switch fault {
            case .expired: try root.identity(for: alternatives, from: now - .days(91), until: now - .days(1))
            case .notYetValid: try root.identity(for: alternatives, from: now + .days(365), until: now + .days(455))
            case .wrongName, .untrusted:
                try root.identity(
                    for: [.dnsName("wrong.example.test")], from: now - .days(1), until: now + .days(396))
            }
        }
    }

    /// What the certificate is for.
    private var alternatives: [GeneralName] {
        guard let block = try? PEMDocument.parseMultiple(pemString: certificateChainPEM).first,
            let leaf = try? Certificate(pemDocument: block),
            let names = try? leaf.extensions.subjectAlternativeNames
        else { return [] }
        return Array(names)
    }
}

/// A root of which the key is known: it signs the certificates of one server.
struct TLSRoot: Sendable {
    let notBefore: CairnInstant
    let derEncoded: [UInt8]
    private let key: Certificate.PrivateKey
    private let name: DistinguishedName
    private let keyIdentifier: SubjectKeyIdentifier

    init(from notBefore: CairnInstant) throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName {
            CommonName("Cairn server root \(Self.serialNumber().bytes.prefix(4).hexadecimal)")
        }
        let identifier = SubjectKeyIdentifier(hash: key.publicKey)
        let certificate = try Certificate(
            version: .v3, serialNumber: Self.serialNumber(), publicKey: key.publicKey,
            notValidBefore: Date(notBefore), notValidAfter: Date(notBefore + .days(3653)),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                identifier
            },
            issuerPrivateKey: key)
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        (self.notBefore, derEncoded) = (notBefore, serializer.serializedBytes)
        (self.key, self.name, keyIdentifier) = (key, name, identifier)
    }

    /// A server with a certificate of this root, and a key of its own.
    func identity(
        for alternatives: [GeneralName], from notBefore: CairnInstant, until notAfter: CairnInstant
    ) throws -> TLSIdentity {
        let key = P256.Signing.PrivateKey()
        let publicKey = Certificate.PublicKey(key.publicKey)
        let leaf = try Certificate(
            version: .v3, serialNumber: Self.serialNumber(), publicKey: publicKey,
            notValidBefore: Date(notBefore), notValidAfter: Date(notAfter),
            issuer: name, subject: DistinguishedName { CommonName("Cairn server") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(keyIdentifier: keyIdentifier.keyIdentifier)
                SubjectAlternativeNames(alternatives)
            },
            issuerPrivateKey: self.key)
        return try TLSIdentity(
            certificateChainPEM: leaf.serializeAsPEM().pemString + "\n", privateKeyPEM: key.pemRepresentation + "\n")
    }

    /// 16 octets, the first of them neither 0 nor negative (RFC 5280 §4.1.2.2).
    private static func serialNumber() -> Certificate.SerialNumber {
        var octets = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        octets[0] = octets[0] & 0x7f | 0x40
        return Certificate.SerialNumber(bytes: octets)
    }
}

extension Date {
    fileprivate init(_ instant: CairnInstant) {
        self.init(timeIntervalSince1970: Double(instant.secondsSinceEpoch))
    }
}
