import NIOCore
import NIOSSL

/// A certificate chain and the private key of its first certificate: who a server says it is.
package struct TLSIdentity: Sendable {
    /// The certificates, in PEM, leaf first.
    package let certificateChainPEM: String
    /// The private key of the leaf, in PEM (PKCS #8, SEC 1 or PKCS #1).
    package let privateKeyPEM: String
    /// The root that a client must trust, in DER, if this identity brought one of its own.
    package let trustRoot: [UInt8]?

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

    /// For TLS 1.2: forward secrecy always, authenticated encryption first (RFC 7525 §4.1, §4.2).
    private static let cipherSuites = "ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:!aNULL:!eNULL:!MD5"

    /// What all connections of one listener share.
    func serverContext(
        versions: ClosedRange<TLSVersion>, applicationProtocols: [String]
    ) throws(TLSIdentityError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.trustRoots = .certificates([])  // The system's roots take 5 ms to read, and no client is asked.
        configuration.minimumTLSVersion = versions.lowerBound.nio
        configuration.maximumTLSVersion = versions.upperBound.nio
        configuration.cipherSuites = Self.cipherSuites
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
