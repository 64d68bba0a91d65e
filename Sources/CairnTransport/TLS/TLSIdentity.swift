import CairnModel
import NIOCore
import NIOSSL
import SwiftASN1
import X509

/// A certificate chain and the private key of its first certificate: who a server says it is.
package struct TLSIdentity: Sendable {
    /// The certificates, in PEM, leaf first.
    package let certificateChainPEM: String
    /// The private key of the leaf, in PEM (PKCS #8, SEC 1 or PKCS #1).
    package let privateKeyPEM: String
    /// The root that a client must trust, in DER, if this identity brought one of its own.
    package let trustRoot: [UInt8]?

    /// The host names that the leaf is for, in lower case.
    package let names: [String]

    private let certificates: [NIOSSLCertificate]
    private let privateKey: NIOSSLPrivateKey

    /// Takes a chain and a key from their PEM text, as it stands in files.
    ///
    /// - Throws: ``TLSIdentityError`` if either cannot be read, or if they do not belong together.
    package init(
        certificateChainPEM: String, privateKeyPEM: String, trustRoot: [UInt8]? = nil
    ) throws(TLSIdentityError) {
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(Array(certificateChainPEM.utf8))
        } catch {
            throw TLSIdentityError("expected X.509 certificates in PEM, got none that can be read (RFC 7468 §5)")
        }
        do {
            privateKey = try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem)
        } catch {
            throw TLSIdentityError("the private key is not an unencrypted key in PEM (RFC 7468 §10)")
        }
        names = certificates.first.map(Self.names) ?? []
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
        self.trustRoot = trustRoot
        _ = try serverContext(versions: .v12 ... .v13, applicationProtocols: [])
    }

    /// The same with a root from its PEM text.
    package init(
        certificateChainPEM: String, privateKeyPEM: String, trustRootPEM: String
    ) throws(TLSIdentityError) {
        guard let root = try? NIOSSLCertificate.fromPEMBytes(Array(trustRootPEM.utf8)).first?.toDERBytes() else {
            throw TLSIdentityError("the root is not PEM with an X.509 certificate (RFC 7468 §5)")
        }
        try self.init(certificateChainPEM: certificateChainPEM, privateKeyPEM: privateKeyPEM, trustRoot: root)
    }

    /// The dNSNames of a certificate; none if it cannot be read, which is for clients to mind.
    private static func names(of certificate: NIOSSLCertificate) -> [String] {
        guard let der = try? certificate.toDERBytes(), let certificate = try? Certificate(derEncoded: der),
            let alternatives = try? certificate.extensions.subjectAlternativeNames
        else { return [] }
        return alternatives.compactMap { if case .dnsName(let name) = $0 { name.lowercasedASCII } else { nil } }
    }

    /// What all connections of one listener share.
    func serverContext(
        versions: ClosedRange<TLSVersion>, cipherSuites: TLSCipherSuites = .authenticated,
        applicationProtocols: [String]
    ) throws(TLSIdentityError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.trustRoots = .certificates([])  // The system's roots take 5 ms to read, and no client is asked.
        configuration.minimumTLSVersion = versions.lowerBound.nio
        configuration.maximumTLSVersion = versions.upperBound.nio
        configuration.cipherSuites = cipherSuites.list
        configuration.applicationProtocols = applicationProtocols
        configuration.shutdownTimeout = .seconds(1)
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw TLSIdentityError("the private key does not belong to the first certificate of the chain")
        } catch NIOSSLError.failedToLoadCertificate {
            throw TLSIdentityError("the first certificate cannot serve TLS: its key usage lacks digitalSignature")
        } catch {
            throw TLSIdentityError("the certificate chain cannot serve TLS: \(TLSWords(error))")
        }
    }
}

/// Why a certificate chain and a key cannot serve TLS.
package struct TLSIdentityError: Error, Hashable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
