import CairnGateway
import CairnModel
import NIOCore
import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// A certificate chain and the private key of its first certificate: who a server says it is.
package struct TLSIdentity: Sendable {
    /// The certificates, in PEM, leaf first.
    package let certificateChainPEM: String
    /// The private key of the leaf, in PEM (PKCS #8, SEC 1 or PKCS #1).
    package let privateKeyPEM: String
    /// The root that a client must trust, in DER, if this identity brought one of its own.
    package internal(set) var trustRoot: [UInt8]?
    /// That root with its key, if the identity was made here.
    var root: TLSRoot?

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
            throw TLSIdentityError(
                "expected X.509 certificates in PEM, got none that can be read (RFC 7468 §5)", in: .chain)
        }
        do {
            privateKey = try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem)
        } catch {
            throw TLSIdentityError("the private key is not an unencrypted key in PEM (RFC 7468 §10)", in: .key)
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
            throw TLSIdentityError("the root is not PEM with an X.509 certificate (RFC 7468 §5)", in: .root)
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
            throw TLSIdentityError("the private key does not belong to the first certificate of the chain", in: .key)
        } catch NIOSSLError.failedToLoadCertificate {
            throw TLSIdentityError(
                "the first certificate cannot serve TLS: its key usage lacks digitalSignature", in: .chain)
        } catch {
            throw TLSIdentityError("the certificate chain cannot serve TLS: \(TLSWords(error))", in: .chain)
        }
    }
}

/// Why a certificate chain and a key cannot serve TLS.
package struct TLSIdentityError: Error, Hashable, CustomStringConvertible {
    /// What was given for an identity.
    package enum Part: Hashable, Sendable { case chain, key, root }

    package var description: String
    /// What is wrong; `nil` where none of what was given is.
    package let part: Part?

    init(_ description: String, in part: Part? = nil) { (self.description, self.part) = (description, part) }
}

extension TLSIdentity {
    /// Whether the certificate is for a host: a name, or the text of an address (RFC 9110 §4.3.4).
    package func covers(_ host: String) -> Bool {
        guard let block = try? PEMDocument.parseMultiple(pemString: certificateChainPEM).first,
            let leaf = try? Certificate(pemDocument: block),
            let names = try? leaf.extensions.subjectAlternativeNames
        else { return false }
        let octets = CairnIPAddress(host)?.octets
        let parent = host.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first
        return names.contains { name in
            switch name {
            case .ipAddress(let address): octets.map { $0.elementsEqual(address.bytes) } ?? false
            case .dnsName(let name):
                octets == nil && (name.lowercased() == host.lowercased() || parent.map { "*.\($0)" == name } ?? false)
            default: false
            }
        }
    }
}

/// A version of TLS that the server speaks.
package enum TLSVersion: Hashable, Sendable, Comparable {
    case v12
    case v13

    var nio: NIOSSL.TLSVersion {
        switch self {
        case .v12: .tlsv12
        case .v13: .tlsv13
        }
    }
}

/// Which cipher suites may be negotiated with TLS 1.2, all of them with forward secrecy; TLS 1.3 has its own.
package struct TLSCipherSuites: Hashable, Sendable {
    /// In the words of the TLS library.
    let list: String

    /// Those with authenticated encryption: AES-GCM and ChaCha20-Poly1305 (RFC 9325 §4.2).
    package static let authenticated = TLSCipherSuites(list: "ECDH+AESGCM:ECDH+CHACHA20:!aNULL:!eNULL")
    /// Those with AES in CBC mode besides, for clients that have nothing else.
    ///
    /// Deviation: RFC 9325 §4.2 advises against them.
    package static let withCBC = TLSCipherSuites(list: "ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:!aNULL:!eNULL:!MD5")
}

/// An error of the TLS library, in words that help.
struct TLSWords: CustomStringConvertible {
    let description: String

    /// What the library says of a certificate whose key usage does not go with what its key has to do.
    static let keyUsage = "KEY_USAGE_BIT_INCORRECT"

    init(_ error: any Error) {
        description =
            switch error {
            case NIOSSLError.handshakeFailed(let cause), NIOSSLError.shutdownFailed(let cause): Self.words(for: cause)
            case NIOSSLError.noCertificateToValidate: "the server showed no certificate"
            case NIOSSLError.uncleanShutdown: "the connection ended without close_notify (RFC 8446 §6.1)"
            case let error as BoringSSLError: Self.words(for: error)
            default: "\(error)"
            }
    }

    private static func words(for error: BoringSSLError) -> String {
        switch error {
        case .sslError(let stack), .unknownError(let stack), .invalidSNIName(let stack), .failedToSetALPN(let stack):
            stack.first.map { words(for: reason(in: $0.description)) } ?? "TLS failed"
        case .zeroReturn: "the server closed the TLS connection (close_notify)"
        case .syscallError: "the connection ended during the handshake"
        default: "\(error)"
        }
    }

    /// The library's name of the reason, the word after `OPENSSL_internal:`.
    private static func reason(in text: String) -> String {
        let marker = "OPENSSL_internal:"
        guard let start = text.firstRange(of: marker)?.upperBound else { return text }
        return String(text[start...].prefix { $0 != " " && $0 != ":" })
    }

    private static func words(for reason: String) -> String {
        if let range = reason.firstRange(of: "_ALERT_") {
            return "the server sent the alert \(reason[range.upperBound...].lowercased()) (RFC 8446 §6.2)"
        }
        return switch reason {
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST": "the server does not speak TLS on this port (\(reason))"
        case "UNSUPPORTED_PROTOCOL": "the server speaks no TLS version that is offered (\(reason))"
        default: reason
        }
    }
}

/// What a listener shows to those who shake hands: its identity, or where a rule says so one of which something is wrong.
final class ServerContexts: Sendable {
    private let tls: HTTPListener.TLS
    private let usual: NIOSSLContext
    /// Made when they are first shown.
    private let faulty = Mutex<[CairnRule.ServerCertificate: NIOSSLContext]>([:])

    init(_ tls: HTTPListener.TLS) throws(TLSIdentityError) {
        self.tls = tls
        usual = try Self.context(tls, tls.identity)
    }

    /// What is shown on a connection of which a rule says that.
    func context(_ verdict: ConnectionVerdict?) throws -> NIOSSLContext {
        guard case .certificate(let fault) = verdict else { return usual }
        return try faulty.withLock { faulty in
            if let made = faulty[fault] { return made }
            // Clients judge it by the real time, whatever the clock of the CA shows.
            let made = try Self.context(tls, try tls.identity.faulty(fault, now: SystemClock().now))
            faulty[fault] = made
            return made
        }
    }

    private static func context(
        _ tls: HTTPListener.TLS, _ identity: TLSIdentity
    ) throws(TLSIdentityError) -> NIOSSLContext {
        try identity.serverContext(
            versions: tls.versions, cipherSuites: tls.cipherSuites,
            applicationProtocols: tls.offersHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"])
    }
}
