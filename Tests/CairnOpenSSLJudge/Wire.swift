import CCairnOpenSSL

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One TCP connection whose calls wait, each of them no longer than the deadline that the socket was given.
///
/// With TLS it is OpenSSL that shakes hands, verifies the server and decrypts.
package final class Wire {
    /// What a client demands of a TLS server.
    package struct Demands: Sendable {
        package enum Version: Sendable { case tls12, tls13 }

        /// The roots that are trusted, in PEM; nothing else is.
        package var roots: String
        /// The name that the certificate has to be for (RFC 9525); it is the SNI too, unless it is an address.
        package var name: PathJudge.Name
        package var versions: ClosedRange<Version> = .tls12 ... .tls13
        /// What is offered by ALPN (RFC 7301), the best first; nothing sends no such extension.
        package var applicationProtocols: [String]
        /// Whether the certificate has to lead to a root; who looks at a certificate that nobody has to trust does without.
        package var isTrustRequired = true

        package init(
            roots: String, name: PathJudge.Name = .host("localhost"),
            versions: ClosedRange<Version> = .tls12 ... .tls13, applicationProtocols: [String] = ["http/1.1"]
        ) {
            (self.roots, self.name) = (roots, name)
            (self.versions, self.applicationProtocols) = (versions, applicationProtocols)
        }
    }

    private let bio: OpaquePointer
    private let tls: TLS?

    /// Connects to a numeric address and port: `127.0.0.1:14000`.
    ///
    /// - Parameters:
    ///   - demands: what is asked of a TLS server; `nil` speaks no TLS.
    ///   - seconds: how long one call may wait for the peer. It is there to end a test that would hang, not to time one.
    package init(to address: String, demands: Demands? = nil, patience seconds: Int = 60) throws {
        let bio = try made("connection to \(address)", COpenSSL_BIO_connected(address))
        do {
            try Self.limit(COpenSSL_BIO_get_fd(bio), seconds)
            tls = try demands.map { try TLS($0, over: bio) }
        } catch {
            BIO_free_all(bio)
            throw error
        }
        self.bio = bio
    }

    deinit { BIO_free_all(bio) }

    /// What ALPN chose, if anything.
    package var applicationProtocol: String? { tls?.applicationProtocol }

    /// `TLSv1.2` or `TLSv1.3`; `nil` without TLS.
    package var version: String? { tls.map { String(cString: SSL_get_version($0.session)) } }

    /// The certificate that the server showed.
    package var peerCertificate: OpenSSLCertificate? {
        tls.flatMap { SSL_get1_peer_certificate($0.session) }.map { OpenSSLCertificate($0) }
    }

    package func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            errno = 0
            let count = rest.withUnsafeBytes { buffer in
                tls.map { SSL_write($0.session, buffer.baseAddress, Int32(buffer.count)) }
                    ?? BIO_write(bio, buffer.baseAddress, Int32(buffer.count))
            }
            let error = errno
            guard count > 0 else { throw OpenSSLError("sending", error: error) }
            rest = rest.dropFirst(Int(count))
        }
    }

    /// What comes next, or nothing if the peer has closed in good order.
    package func read() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        errno = 0
        let count =
            tls.map { SSL_read($0.session, &buffer, Int32(buffer.count)) }
            ?? BIO_read(bio, &buffer, Int32(buffer.count))
        if count > 0 { return Array(buffer.prefix(Int(count))) }
        if let tls {
            let error = errno
            guard SSL_get_error(tls.session, count) == SSL_ERROR_ZERO_RETURN else {
                throw OpenSSLError("reading", error: error)
            }
        } else {
            let error = errno
            guard count == 0 else { throw OpenSSLError("reading", error: error) }
        }
        return []
    }

    private static func limit(_ descriptor: Int32, _ seconds: Int) throws {
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            let status = setsockopt(
                descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
            guard status == 0 else { throw OpenSSLError("deadline") }
        }
    }
}

/// A TLS session over a connection that somebody else owns.
private final class TLS {
    let session: OpaquePointer
    private let context: OpaquePointer

    init(_ demands: Wire.Demands, over bio: OpaquePointer) throws {
        context = try made("context", SSL_CTX_new(TLS_client_method()))
        do {
            session = try made("session", SSL_new(context))
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        // From here on `deinit` cleans up, whatever is thrown.
        try set(demands)
        BIO_up_ref(bio)
        SSL_set_bio(session, bio, bio)
        errno = 0
        guard SSL_connect(session) == 1 else {
            let error = errno
            let verdict = SSL_get_verify_result(session)
            let reason = verdict == X509_V_OK ? "" : ", \(String(cString: X509_verify_cert_error_string(verdict)))"
            throw OpenSSLError("handshake\(reason)", error: error)
        }
    }

    deinit {
        SSL_shutdown(session)
        ERR_clear_error()
        SSL_free(session)
        SSL_CTX_free(context)
    }

    private func set(_ demands: Wire.Demands) throws {
        let store = try made("store", X509_STORE_new())
        SSL_CTX_set_cert_store(context, store)  // Which owns it from now on.
        for root in try OpenSSLCertificate.certificates(inPEM: demands.roots) {
            try succeed("root", X509_STORE_add_cert(store, root.pointer))
        }
        SSL_set_verify(session, demands.isTrustRequired ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        let lowest = demands.versions.lowerBound.number
        try succeed("versions", COpenSSL_SSL_set_versions(session, lowest, demands.versions.upperBound.number))
        try setName(demands.name)
        let list = demands.applicationProtocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        if !list.isEmpty, SSL_set_alpn_protos(session, list, UInt32(list.count)) != 0 { throw OpenSSLError("ALPN") }
    }

    private func setName(_ name: PathJudge.Name) throws {
        let parameters = try made("parameters", SSL_get0_param(session))
        try succeed("flags", X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_X509_STRICT)))
        // 112 bits of security.
        X509_VERIFY_PARAM_set_auth_level(parameters, 2)
        // The common name is no substitute for a subject alternative name (RFC 9525 §6.3).
        X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        switch name {
        case .host(let host):
            try succeed("host", X509_VERIFY_PARAM_set1_host(parameters, host, host.utf8.count))
            try succeed("SNI", COpenSSL_SSL_set_tlsext_host_name(session, host))
        case .address(let address): try succeed("address", X509_VERIFY_PARAM_set1_ip_asc(parameters, address))
        }
    }

    var applicationProtocol: String? {
        var text: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(session, &text, &count)
        return count == 0 ? nil : String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
    }
}

extension Wire.Demands.Version: Comparable {
    var number: Int32 {
        switch self {
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
    }
}
