import CCairnOpenSSL

/// A key of OpenSSL's, public or private.
package final class OpenSSLKey {
    /// The keys that tests ask for, among them those that no authority should certify.
    package enum Kind: Hashable, Sendable {
        /// A curve by the name that OpenSSL gives it; `explicit` spells its parameters out instead of naming it.
        case curve(String, explicit: Bool = false)
        case rsa(Int, exponent: UInt = 65_537)
        /// An RSA key that its own identifier restricts to PSS.
        case rsaPSS(Int)
        case ed25519
        case ed448
        case x25519
    }

    let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    /// A fresh key.
    package init(_ kind: Kind) throws {
        let context = try made("key of \(kind)", EVP_PKEY_CTX_new_from_name(nil, kind.algorithm, nil))
        defer { EVP_PKEY_CTX_free(context) }
        try succeed("key of \(kind)", EVP_PKEY_keygen_init(context))
        switch kind {
        case .curve(let name, let explicit):
            try succeed("curve \(name)", EVP_PKEY_CTX_set_group_name(context, name))
            if explicit { try succeed("curve \(name)", EVP_PKEY_CTX_set_ec_param_enc(context, 0)) }
        case .rsa(let bits, let exponent):
            let number = try made("exponent", BN_new())
            defer { BN_free(number) }
            try succeed("exponent", BN_set_word(number, exponent))
            try succeed("RSA of \(bits) bits", EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)))
            try succeed("exponent", EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, number))
        case .rsaPSS(let bits):
            try succeed("RSA of \(bits) bits", EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)))
        case .ed25519, .ed448, .x25519: break
        }
        var key: OpaquePointer?
        try succeed("key of \(kind)", EVP_PKEY_generate(context, &key))
        pointer = try made("key of \(kind)", key)
    }

    /// A public RSA key with a modulus that is nobody's product: for sizes that take too long to find.
    package static func rsaModulus(ofBits bits: Int) throws -> OpenSSLKey {
        let modulus = try made("modulus", BN_new())
        let exponent = try made("exponent", BN_new())
        let rsa = try made("RSA key", RSA_new())
        try succeed("modulus", BN_set_bit(modulus, Int32(bits - 1)))
        try succeed("modulus", BN_set_bit(modulus, 0))
        try succeed("exponent", BN_set_word(exponent, 65_537))
        try succeed("RSA key", RSA_set0_key(rsa, modulus, exponent, nil))
        let key = OpenSSLKey(try made("RSA key", EVP_PKEY_new()))
        try succeed("RSA key", EVP_PKEY_assign(key.pointer, EVP_PKEY_RSA, UnsafeMutableRawPointer(rsa)))
        return key
    }

    /// Reads a `SubjectPublicKeyInfo` in DER.
    package convenience init(subjectPublicKeyInfo bytes: [UInt8]) throws {
        self.init(try decode("SubjectPublicKeyInfo", bytes) { d2i_PUBKEY(nil, $0, $1) })
    }

    /// Reads a private key in DER, of any of the formats that OpenSSL tells apart by itself.
    package convenience init(privateKey bytes: [UInt8]) throws {
        self.init(try decode("private key", bytes) { d2i_AutoPrivateKey(nil, $0, $1) })
    }

    /// Reads a private key in PEM.
    package convenience init(privateKeyPEM text: String) throws {
        let source = try source(text)
        defer { BIO_free(source) }
        self.init(try made("private key", PEM_read_bio_PrivateKey(source, nil, nil, nil)))
    }

    /// The key as a `SubjectPublicKeyInfo` in DER.
    package var subjectPublicKeyInfo: [UInt8] {
        get throws { try encode("SubjectPublicKeyInfo") { i2d_PUBKEY(pointer, $0) } }
    }

    /// The private key in PEM (PKCS #8), without encryption.
    package var privateKeyPEM: String {
        get throws {
            try written {
                try succeed("private key", PEM_write_bio_PKCS8PrivateKey($0, pointer, nil, nil, 0, nil, nil))
            }
        }
    }

    package var bits: Int { Int(EVP_PKEY_get_bits(pointer)) }

    /// The name of the algorithm: `RSA`, `EC`, `ED25519`.
    package var algorithm: String { EVP_PKEY_get0_type_name(pointer).map { String(cString: $0) } ?? "" }

    /// Whether the parts of a private key belong together.
    package var isConsistent: Bool {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil) else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        return EVP_PKEY_pairwise_check(context) == 1
    }
}

extension OpenSSLKey.Kind {
    fileprivate var algorithm: String {
        switch self {
        case .curve: "EC"
        case .rsa: "RSA"
        case .rsaPSS: "RSA-PSS"
        case .ed25519: "ED25519"
        case .ed448: "ED448"
        case .x25519: "X25519"
        }
    }
}
