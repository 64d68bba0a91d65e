import CCairnOpenSSL

/// A certificate signing request that OpenSSL makes.
package struct OpenSSLRequest {
    /// How the request is signed.
    package enum Digest: String, Sendable {
        case md5 = "MD5"
        case sha1 = "SHA1"
        case sha224 = "SHA224"
        case sha256 = "SHA256"
        case sha384 = "SHA384"
        case sha512 = "SHA512"
    }

    /// The key that the request is for.
    package var key: OpenSSLKey
    /// The key that signs, if it is another.
    package var signer: OpenSSLKey?
    package var version = 0
    /// Pairs of an attribute's short name and its value, in order.
    package var subject: [(type: String, value: String)] = []
    /// Whether the subject's values are written in the 16-bit strings of X.680 instead of UTF-8.
    package var usesBMPStrings = false
    /// Pairs of an extension's name in OpenSSL's configuration and its value there, in order.
    package var extensions: [(name: String, value: String)] = []
    /// Pairs of an attribute's object identifier, or name, and its text, beside the requested extensions.
    package var attributes: [(type: String, value: String)] = []
    package var digest: Digest = .sha256
    /// Whether an RSA key signs with PSS.
    package var usesPSS = false

    package init(key: OpenSSLKey) { self.key = key }

    /// A request for names in OpenSSL's notation: `DNS:a.example.test,IP:127.0.0.1`.
    package init(key: OpenSSLKey, names: String) {
        self.key = key
        extensions = [("subjectAltName", names)]
    }

    package var derEncoded: [UInt8] {
        get throws {
            let request = try signed()
            defer { X509_REQ_free(request) }
            return try encode("CSR") { i2d_X509_REQ(request, $0) }
        }
    }

    package var pem: String {
        get throws {
            let request = try signed()
            defer { X509_REQ_free(request) }
            return try written { try succeed("CSR", PEM_write_bio_X509_REQ($0, request)) }
        }
    }

    private func signed() throws -> OpaquePointer {
        let request = try made("CSR", X509_REQ_new())
        try succeed("version", X509_REQ_set_version(request, version))
        let name = X509_REQ_get_subject_name(request)
        for (type, value) in subject {
            if usesBMPStrings {
                let units = value.utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
                try succeed(
                    type, X509_NAME_add_entry_by_txt(name, type, V_ASN1_BMPSTRING, units, Int32(units.count), -1, 0))
            } else {
                try succeed(
                    type,
                    X509_NAME_add_entry_by_txt(
                        name, type, V_ASN1_UTF8STRING, Array(value.utf8), Int32(value.utf8.count), -1, 0))
            }
        }
        try succeed("key", X509_REQ_set_pubkey(request, key.pointer))
        if !extensions.isEmpty {
            let stack = try made("stack", COpenSSL_sk_X509_EXTENSION_new())
            defer { COpenSSL_sk_X509_EXTENSION_free(stack) }
            for (name, value) in extensions {
                let made = try made("\(name)=\(value)", X509V3_EXT_nconf(nil, nil, name, value))
                COpenSSL_sk_X509_EXTENSION_push(stack, made)
            }
            try succeed("extensions", X509_REQ_add_extensions(request, stack))
        }
        for (type, value) in attributes {
            try succeed(
                type,
                X509_REQ_add1_attr_by_txt(
                    request, type, V_ASN1_UTF8STRING, Array(value.utf8), Int32(value.utf8.count)))
        }
        try sign(request)
        return request
    }

    private func sign(_ request: OpaquePointer) throws {
        let signer = signer ?? key
        let context = try made("context", EVP_MD_CTX_new())
        defer { EVP_MD_CTX_free(context) }
        var parameters: OpaquePointer?
        let hash = signer.algorithm.hasPrefix("ED") ? nil : EVP_get_digestbyname(digest.rawValue)
        try succeed("signature", EVP_DigestSignInit(context, &parameters, hash, nil, signer.pointer))
        if usesPSS { try succeed("PSS", EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING)) }
        try succeed("signature", X509_REQ_sign_ctx(request, context))
    }
}
