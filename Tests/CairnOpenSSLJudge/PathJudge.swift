import CCairnOpenSSL

/// Builds and checks certification paths as OpenSSL does, with every strictness it has (RFC 5280 §6).
package enum PathJudge {
    /// The name that the server is called by.
    package enum Name: Sendable {
        case host(String)
        case address(String)
    }

    /// What the certificate is for.
    package enum Purpose: Sendable {
        case server, client
    }

    /// Why OpenSSL refuses the certificate of a party of TLS, or `nil` if it accepts it.
    ///
    /// - Parameters:
    ///   - lists: the CRLs that are at hand; `nil` checks no revocation.
    ///   - checksAll: whether the issuers have to be on no list either, and not the leaf alone.
    ///   - time: the moment to check at, in seconds since 1970. The system's clock is never read.
    package static func objection(
        to leaf: OpenSSLCertificate, intermediates: [OpenSSLCertificate], roots: [OpenSSLCertificate], name: Name,
        purpose: Purpose = .server, lists: [OpenSSLRevocationList]? = nil, checksAll: Bool = false, at time: Int
    ) throws -> String? {
        let store = try made("store", X509_STORE_new())
        defer { X509_STORE_free(store) }
        for root in roots { try succeed("root", X509_STORE_add_cert(store, root.pointer)) }
        let untrusted = try made("stack", COpenSSL_sk_X509_new())
        defer { COpenSSL_sk_X509_free(untrusted) }
        for intermediate in intermediates { COpenSSL_sk_X509_push(untrusted, intermediate.pointer) }

        let context = try made("context", X509_STORE_CTX_new())
        defer { X509_STORE_CTX_free(context) }
        try succeed("context", X509_STORE_CTX_init(context, store, leaf.pointer, untrusted))
        let parameters = try made("parameters", X509_STORE_CTX_get0_param(context))
        for list in lists ?? [] { try succeed("CRL", X509_STORE_add_crl(store, list.pointer)) }
        var flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE | X509_V_FLAG_POLICY_CHECK
        if lists != nil { flags |= X509_V_FLAG_CRL_CHECK | (checksAll ? X509_V_FLAG_CRL_CHECK_ALL : 0) }
        try succeed("flags", X509_VERIFY_PARAM_set_flags(parameters, UInt(flags)))
        try succeed("purpose", X509_VERIFY_PARAM_set_purpose(parameters, purpose.number))
        // 112 bits of security, which every key of an authority here has.
        X509_VERIFY_PARAM_set_auth_level(parameters, 2)
        X509_VERIFY_PARAM_set_time(parameters, time_t(time))
        // The common name is no substitute for a subject alternative name (RFC 9525 §6.3).
        X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        switch name {
        case .host(let host): try succeed("host", X509_VERIFY_PARAM_set1_host(parameters, host, host.utf8.count))
        case .address(let address): try succeed("address", X509_VERIFY_PARAM_set1_ip_asc(parameters, address))
        }
        guard X509_verify_cert(context) != 1 else { return nil }
        let error = X509_STORE_CTX_get_error(context)
        ERR_clear_error()
        return String(cString: X509_verify_cert_error_string(Int(error)))
    }
}

extension PathJudge.Purpose {
    fileprivate var number: Int32 {
        switch self {
        case .server: X509_PURPOSE_SSL_SERVER
        case .client: X509_PURPOSE_SSL_CLIENT
        }
    }
}
