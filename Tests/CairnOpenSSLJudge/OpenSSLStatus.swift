import CCairnOpenSSL

/// An OCSP request that OpenSSL makes.
package final class OpenSSLStatusRequest {
    /// The hash of the names of certificates.
    package enum Hash: String, CaseIterable, Sendable {
        case sha1 = "SHA1"
        case sha256 = "SHA256"
        case sha384 = "SHA384"
        case sha512 = "SHA512"
        /// One that nobody uses.
        case md5 = "MD5"
    }

    let pointer: OpaquePointer
    /// The names of the certificates that are asked about, in order.
    let names: [OpaquePointer]

    /// Asks about certificates of one issuer.
    ///
    /// - Parameter nonce: of so many octets; `nil` for none.
    package init(
        _ certificates: [OpenSSLCertificate], issuer: OpenSSLCertificate, hash: Hash = .sha1, nonce: Int? = nil
    ) throws {
        let request = try made("OCSP request", OCSP_REQUEST_new())
        pointer = request
        let digest = try made("digest", EVP_get_digestbyname(hash.rawValue))
        names = try certificates.map { certificate in
            let name = try made("CertID", OCSP_cert_to_id(digest, certificate.pointer, issuer.pointer))
            _ = try made("CertID", OCSP_request_add0_id(request, OCSP_CERTID_dup(name)))
            return name
        }
        if let nonce {
            var octets = (0..<max(1, nonce)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
            try succeed("nonce", OCSP_request_add1_nonce(request, &octets, Int32(nonce)))
        }
    }

    deinit {
        for name in names { OCSP_CERTID_free(name) }
        OCSP_REQUEST_free(pointer)
    }

    package var derEncoded: [UInt8] {
        get throws { try encode("OCSP request") { i2d_OCSP_REQUEST(pointer, $0) } }
    }
}

/// An OCSP response as OpenSSL reads it.
package final class OpenSSLStatusResponse {
    /// What is said of one certificate.
    package struct Single: Equatable {
        /// `good`, `revoked` or `unknown`.
        package let status: String
        /// The number of the `CRLReason`; `nil` for none.
        package let reason: Int?
        /// When it was revoked, in seconds since 1970.
        package let revokedAt: Int?
        package let thisUpdate: Int
        package let nextUpdate: Int?

        package init(status: String, reason: Int?, revokedAt: Int?, thisUpdate: Int, nextUpdate: Int?) {
            (self.status, self.reason, self.revokedAt) = (status, reason, revokedAt)
            (self.thisUpdate, self.nextUpdate) = (thisUpdate, nextUpdate)
        }
    }

    private let pointer: OpaquePointer
    private let basic: OpaquePointer?

    /// Reads a response in DER, and nothing after it.
    package init(derEncoded: [UInt8]) throws {
        pointer = try decode("OCSP response", derEncoded) { d2i_OCSP_RESPONSE(nil, $0, $1) }
        basic = OCSP_response_get1_basic(pointer)
        ERR_clear_error()
    }

    deinit {
        OCSP_BASICRESP_free(basic)
        OCSP_RESPONSE_free(pointer)
    }

    /// The number of the `OCSPResponseStatus`: 0 for success.
    package var status: Int { Int(OCSP_response_status(pointer)) }

    /// How many certificates it is about.
    package var count: Int { basic.map { Int(OCSP_resp_count($0)) } ?? 0 }

    /// What is said of each certificate of a request; `nil` for one of which nothing is said.
    package func answers(to request: OpenSSLStatusRequest) throws -> [Single?] {
        try request.names.map { name in
            var (status, reason) = (Int32(0), Int32(-1))
            var (revoked, this, next):
                (UnsafeMutablePointer<ASN1_TIME>?, UnsafeMutablePointer<ASN1_TIME>?, UnsafeMutablePointer<ASN1_TIME>?)
            (revoked, this, next) = (nil, nil, nil)
            guard OCSP_resp_find_status(basic, name, &status, &reason, &revoked, &this, &next) == 1 else { return nil }
            return Single(
                status: String(cString: OCSP_cert_status_str(Int(status))), reason: reason >= 0 ? Int(reason) : nil,
                revokedAt: try revoked.map { try seconds(since: $0) }, thisUpdate: try seconds(since: this),
                nextUpdate: try next.map { try seconds(since: $0) })
        }
    }

    /// 1 if it repeats the nonce of a request, 2 if neither has one, -1 if only the request has one, 0 if they differ.
    package func nonce(of request: OpenSSLStatusRequest) -> Int {
        Int(OCSP_check_nonce(request.pointer, basic))
    }

    /// Why OpenSSL does not trust the response, or `nil` if it does: who signed it must be the issuer, or a delegate of it.
    ///
    /// - Parameters:
    ///   - issuers: what the client has besides the response.
    ///   - time: in seconds since 1970.
    package func objection(issuers: [OpenSSLCertificate], roots: [OpenSSLCertificate], at time: Int) throws -> String? {
        let store = try made("store", X509_STORE_new())
        defer { X509_STORE_free(store) }
        for root in roots { try succeed("root", X509_STORE_add_cert(store, root.pointer)) }
        let parameters = try made("parameters", X509_STORE_get0_param(store))
        X509_VERIFY_PARAM_set_time(parameters, time_t(time))
        let others = try made("stack", COpenSSL_sk_X509_new())
        defer { COpenSSL_sk_X509_free(others) }
        for issuer in issuers { COpenSSL_sk_X509_push(others, issuer.pointer) }
        guard OCSP_basic_verify(basic, others, store, 0) != 1 else { return nil }
        return OpenSSLError("OCSP response").description
    }

    /// Everything, as `openssl ocsp -resp_text` prints it.
    package var text: String {
        get throws { try written { try succeed("OCSP response", OCSP_RESPONSE_print($0, pointer, 0)) } }
    }
}
