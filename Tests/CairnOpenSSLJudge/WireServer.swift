import CCairnOpenSSL

/// The side of a TLS server, by OpenSSL, with a certificate that it signs itself.
///
/// It shows certificates that a careful server would not show.
package struct WireServer: Sendable {
    private let privateKeyPEM: String
    private let extensions: [(name: String, value: String)]
    private let versions: ClosedRange<Wire.Demands.Version>

    /// - Parameter extensions: of the certificate: pairs of a name in OpenSSL's configuration and a value.
    package init(
        key: OpenSSLKey, extensions: [(name: String, value: String)], versions: ClosedRange<Wire.Demands.Version>
    ) throws {
        (privateKeyPEM, self.extensions, self.versions) = (try key.privateKeyPEM, extensions, versions)
    }

    /// Shakes hands with the client at the other end of a connected socket, and returns the SNI that it sent.
    ///
    /// Whether the client likes what it sees is its own affair.
    package func shakeHands(over descriptor: Int32) throws -> String? {
        let key = try OpenSSLKey(privateKeyPEM: privateKeyPEM)
        let certificate = try OpenSSLCertificate(selfSignedBy: key, extensions: extensions)
        let context = try made("context", SSL_CTX_new(TLS_server_method()))
        defer { SSL_CTX_free(context) }
        try succeed("certificate", SSL_CTX_use_certificate(context, certificate.pointer))
        try succeed("key", SSL_CTX_use_PrivateKey(context, key.pointer))
        let session = try made("session", SSL_new(context))
        defer {
            SSL_free(session)
            ERR_clear_error()
        }
        let lowest = versions.lowerBound.number
        try succeed("versions", COpenSSL_SSL_set_versions(session, lowest, versions.upperBound.number))
        try succeed("socket", SSL_set_fd(session, descriptor))
        if SSL_accept(session) == 1 { SSL_shutdown(session) }
        return SSL_get_servername(session, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }
}

extension OpenSSLCertificate {
    /// A certificate of version 3 without a subject, valid for an hour before and after the present.
    convenience init(selfSignedBy key: OpenSSLKey, extensions: [(name: String, value: String)]) throws {
        self.init(try made("certificate", X509_new()))
        try succeed("version", X509_set_version(pointer, 2))
        try succeed("serial number", ASN1_INTEGER_set(X509_get_serialNumber(pointer), 1))
        X509_gmtime_adj(X509_getm_notBefore(pointer), -3600)
        X509_gmtime_adj(X509_getm_notAfter(pointer), 3600)
        try succeed("key", X509_set_pubkey(pointer, key.pointer))
        for (name, value) in extensions {
            let made = try made("\(name)=\(value)", X509V3_EXT_nconf(nil, nil, name, value))
            defer { X509_EXTENSION_free(made) }
            try succeed(name, X509_add_ext(pointer, made, -1))
        }
        try succeed("signature", X509_sign(pointer, key.pointer, EVP_sha256()))
    }
}
