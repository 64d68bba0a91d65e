import CairnGateway
import CairnModel
import NIOSSL
import Synchronization

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
