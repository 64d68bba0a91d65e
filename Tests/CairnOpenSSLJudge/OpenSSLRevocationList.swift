import CCairnOpenSSL

/// A CRL as OpenSSL reads it.
package final class OpenSSLRevocationList {
    /// A certificate on the list.
    package struct Entry: Equatable {
        /// The contents octets of the serial number, sign included.
        package let serialNumber: [UInt8]
        /// In seconds since 1970.
        package let at: Int
        /// The number of the `CRLReason`; `nil` for none.
        package let reason: Int?

        package init(serialNumber: [UInt8], at: Int, reason: Int?) {
            (self.serialNumber, self.at, self.reason) = (serialNumber, at, reason)
        }
    }

    let pointer: OpaquePointer

    deinit { X509_CRL_free(pointer) }

    /// Reads a list in DER, and nothing after it.
    package init(derEncoded: [UInt8]) throws {
        pointer = try decode("CRL", derEncoded) { d2i_X509_CRL(nil, $0, $1) }
    }

    /// 1 for a list of version 2.
    package var version: Int { X509_CRL_get_version(pointer) }

    /// In seconds since 1970.
    package var thisUpdate: Int { get throws { try seconds(since: X509_CRL_get0_lastUpdate(pointer)) } }

    /// In seconds since 1970.
    package var nextUpdate: Int { get throws { try seconds(since: X509_CRL_get0_nextUpdate(pointer)) } }

    /// The CRL number; `nil` for none.
    package var number: Int? {
        guard let number = X509_CRL_get_ext_d2i(pointer, NID_crl_number, nil, nil) else { return nil }
        let integer = number.assumingMemoryBound(to: ASN1_INTEGER.self)
        defer { ASN1_INTEGER_free(integer) }
        return ASN1_INTEGER_get(integer)
    }

    package var entries: [Entry] {
        get throws {
            try (0..<max(0, COpenSSL_sk_X509_REVOKED_num(pointer))).map { place in
                let entry = try made("entry", COpenSSL_sk_X509_REVOKED_value(pointer, place))
                let serial = try encode("serial number") {
                    i2d_ASN1_INTEGER(X509_REVOKED_get0_serialNumber(entry), $0)
                }
                var reason: Int?
                if let found = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nil, nil) {
                    let number = found.assumingMemoryBound(to: ASN1_ENUMERATED.self)
                    defer { ASN1_ENUMERATED_free(number) }
                    reason = ASN1_ENUMERATED_get(number)
                }
                return Entry(
                    serialNumber: Array(serial.dropFirst(2)),
                    at: try seconds(since: X509_REVOKED_get0_revocationDate(entry)), reason: reason)
            }
        }
    }

    /// Whether a certificate's key signed the list.
    package func isSigned(by issuer: OpenSSLCertificate) -> Bool {
        defer { ERR_clear_error() }
        return X509_CRL_verify(pointer, X509_get0_pubkey(issuer.pointer)) == 1
    }

    /// Everything, as `openssl crl -text` prints it.
    package var text: String {
        get throws { try written { try succeed("CRL", X509_CRL_print($0, pointer)) } }
    }
}

/// The seconds from 1970 to a time.
func seconds(since time: UnsafePointer<ASN1_TIME>?) throws -> Int {
    var (days, seconds) = (Int32(0), Int32(0))
    let epoch = try made("time", ASN1_TIME_set(nil, 0))
    defer { ASN1_STRING_free(epoch) }
    try succeed("time", ASN1_TIME_diff(&days, &seconds, epoch, time))
    return Int(days) * 86_400 + Int(seconds)
}
