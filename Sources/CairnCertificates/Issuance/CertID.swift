package import CairnModel

/// The unique identifier of a certificate (RFC 9773 §4.1): the key identifier of its issuer and its serial number.
package struct CertID: Hashable, Sendable {
    package let keyIdentifier: [UInt8]
    package let serialNumber: CairnSerialNumber

    package init(keyIdentifier: [UInt8], serialNumber: CairnSerialNumber) {
        self.keyIdentifier = keyIdentifier
        self.serialNumber = serialNumber
    }

    /// Reads a certID as ``description`` writes it.
    ///
    /// - Throws: a `malformed` problem that says what is wrong with it.
    package init(parsing text: some StringProtocol) throws(ACMEProblem) {
        func malformed(_ what: String) -> ACMEProblem {
            ACMEProblem(.malformed, "expected \(what), got \(text.quoted) (RFC 9773 §4.1)")
        }
        let parts = text.texts(between: ".")
        guard parts.count == 2 else {
            throw malformed("a key identifier and a serial number with one \".\" between them")
        }
        guard let key = try? Base64URL.decode(parts[0]) else {
            throw malformed("the key identifier in base64url without padding")
        }
        guard let serial = try? Base64URL.decode(parts[1]) else {
            throw malformed("the serial number in base64url without padding")
        }
        guard !key.isEmpty else { throw malformed("a key identifier before the \".\", and not an empty part") }
        guard let first = serial.first else {
            throw malformed("a serial number after the \".\", and not an empty part")
        }
        guard first < 0x80 else {
            throw malformed("the serial number as in DER, that is with an octet 0 before a first bit that is set")
        }
        guard first != 0 || (serial.count > 1 && serial[1] >= 0x80) else {
            throw malformed("a serial number that is positive and has no octet 0 too many in front")
        }
        guard serial.count <= 21 else { throw malformed("a serial number of at most 20 octets (RFC 5280 §4.1.2.2)") }
        self.init(keyIdentifier: key, serialNumber: CairnSerialNumber(bytes: serial))
    }
}

extension CertID: CustomStringConvertible {
    package var description: String {
        let serial = serialNumber.bytes
        let sign: [UInt8] = serial.first.map { $0 >= 0x80 ? [0] : [] } ?? [0]
        return "\(Base64URL.encode(keyIdentifier)).\(Base64URL.encode(sign + serial))"
    }
}

extension CairnCertificate {
    /// The unique identifier of the certificate (RFC 9773 §4.1), which a renewal names in `replaces`.
    public var certID: String { "\(CertID(keyIdentifier: authorityKeyIdentifier, serialNumber: serialNumber))" }
}
