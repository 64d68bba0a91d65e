import CCairnOpenSSL

/// A certificate as OpenSSL reads it.
package final class OpenSSLCertificate {
    /// An extension, and what OpenSSL prints for its value.
    package struct Extension: Equatable {
        package let isCritical: Bool
        package let text: String

        package init(isCritical: Bool, text: String) {
            self.isCritical = isCritical
            self.text = text
        }
    }

    let pointer: OpaquePointer

    /// Takes a certificate over, which it will free.
    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { X509_free(pointer) }

    /// Reads a certificate in DER, and nothing after it.
    package convenience init(derEncoded: [UInt8]) throws {
        self.init(try decode("certificate", derEncoded) { d2i_X509(nil, $0, $1) })
    }

    /// Every certificate in a file of PEM.
    package static func certificates(inPEM text: String) throws -> [OpenSSLCertificate] {
        let source = try source(text)
        defer { BIO_free(source) }
        var certificates: [OpenSSLCertificate] = []
        while let certificate = PEM_read_bio_X509(source, nil, nil, nil) {
            certificates.append(OpenSSLCertificate(certificate))
        }
        ERR_clear_error()
        return certificates
    }

    package var derEncoded: [UInt8] {
        get throws { try encode("certificate") { i2d_X509(pointer, $0) } }
    }

    /// The contents octets of the serial number, sign included.
    package var serialNumber: [UInt8] {
        get throws {
            let encoded = try encode("serial number") { i2d_ASN1_INTEGER(X509_get0_serialNumber(pointer), $0) }
            return Array(encoded.dropFirst(2))
        }
    }

    /// The subject as RFC 2253 writes it; empty if it has no names.
    package var subject: String {
        get throws { try name(X509_get_subject_name(pointer)) }
    }

    package var issuer: String {
        get throws { try name(X509_get_issuer_name(pointer)) }
    }

    /// The first second of validity, in seconds since 1970.
    package var notBefore: Int { get throws { try seconds(since: X509_get0_notBefore(pointer)) } }

    /// The last second of validity, in seconds since 1970.
    package var notAfter: Int { get throws { try seconds(since: X509_get0_notAfter(pointer)) } }

    package var subjectPublicKeyInfo: [UInt8] {
        get throws { try encode("key") { i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pointer), $0) } }
    }

    /// Whether the certificate is signed by its own key.
    package var isSelfSigned: Bool {
        X509_verify(pointer, X509_get0_pubkey(pointer)) == 1
    }

    /// The extension with an object identifier in dotted form.
    package func `extension`(_ identifier: String) throws -> Extension? {
        let object = try made("object \(identifier)", OBJ_txt2obj(identifier, 1))
        defer { ASN1_OBJECT_free(object) }
        let position = X509_get_ext_by_OBJ(pointer, object, -1)
        guard position >= 0, let found = X509_get_ext(pointer, position) else { return nil }
        return Extension(
            isCritical: X509_EXTENSION_get_critical(found) == 1,
            text: try written { try succeed("extension", X509V3_EXT_print($0, found, 0, 0)) })
    }

    /// The object identifiers of the extensions, in order.
    package var extensions: [String] {
        (0..<X509_get_ext_count(pointer)).compactMap { position in
            var text = [CChar](repeating: 0, count: 80)
            guard let found = X509_get_ext(pointer, position),
                OBJ_obj2txt(&text, Int32(text.count), X509_EXTENSION_get_object(found), 1) > 0
            else { return nil }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// Everything, as `openssl x509 -text` prints it.
    package var text: String {
        get throws { try written { try succeed("certificate", X509_print($0, pointer)) } }
    }

    private func name(_ name: OpaquePointer?) throws -> String {
        try written { X509_NAME_print_ex($0, name, 0, COpenSSL_XN_FLAG_RFC2253) }
    }
}
