/// The type of a record or query, from the registry of RFC 6895 §3.1.
///
/// Open: an unknown type is a value like any other, written as `TYPE` and its number (RFC 3597 §5).
public struct CairnDNSType: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    public var rawValue: UInt16

    /// Creates a type from any number, registered or not.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// An IPv4 address (RFC 1035 §3.4.1).
    public static let a = CairnDNSType(rawValue: 1)
    /// A name server of a zone (RFC 1035 §3.3.11).
    public static let ns = CairnDNSType(rawValue: 2)
    /// An alias (RFC 1035 §3.3.1).
    public static let cname = CairnDNSType(rawValue: 5)
    /// The start of a zone (RFC 1035 §3.3.13).
    public static let soa = CairnDNSType(rawValue: 6)
    /// A pointer to another name (RFC 1035 §3.3.12).
    public static let ptr = CairnDNSType(rawValue: 12)
    /// Host information (RFC 1035 §3.3.2); the answer to an `ANY` query (RFC 8482 §4.2).
    public static let hinfo = CairnDNSType(rawValue: 13)
    /// A mail server (RFC 1035 §3.3.9).
    public static let mx = CairnDNSType(rawValue: 15)
    /// Text (RFC 1035 §3.3.14).
    public static let txt = CairnDNSType(rawValue: 16)
    /// An IPv6 address (RFC 3596 §2.1).
    public static let aaaa = CairnDNSType(rawValue: 28)
    /// The location of a service (RFC 2782).
    public static let srv = CairnDNSType(rawValue: 33)
    /// The pseudo-record of EDNS (RFC 6891 §6.1).
    public static let opt = CairnDNSType(rawValue: 41)
    /// The hash of a key of a signed zone (RFC 4034 §5).
    public static let ds = CairnDNSType(rawValue: 43)
    /// A signature over records (RFC 4034 §3).
    public static let rrsig = CairnDNSType(rawValue: 46)
    /// A key of a signed zone (RFC 4034 §2).
    public static let dnskey = CairnDNSType(rawValue: 48)
    /// A certificate to expect of a TLS server (RFC 6698).
    public static let tlsa = CairnDNSType(rawValue: 52)
    /// How to reach a service (RFC 9460).
    public static let svcb = CairnDNSType(rawValue: 64)
    /// How to reach an HTTP origin (RFC 9460).
    public static let https = CairnDNSType(rawValue: 65)
    /// The pseudo-record that signs one message (RFC 8945).
    public static let tsig = CairnDNSType(rawValue: 250)
    /// An incremental zone transfer (RFC 1995).
    public static let ixfr = CairnDNSType(rawValue: 251)
    /// A full zone transfer (RFC 5936).
    public static let axfr = CairnDNSType(rawValue: 252)
    /// A query for any type (RFC 8482).
    public static let any = CairnDNSType(rawValue: 255)
    /// Who may issue certificates (RFC 8659 §4).
    public static let caa = CairnDNSType(rawValue: 257)

    private static let names: [UInt16: String] = [
        1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV",
        41: "OPT", 43: "DS", 46: "RRSIG", 48: "DNSKEY", 52: "TLSA", 64: "SVCB", 65: "HTTPS", 250: "TSIG", 251: "IXFR",
        252: "AXFR", 255: "ANY", 257: "CAA",
    ]

    /// Parses a mnemonic in any case (`TXT`), or `TYPE` and a number; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let wanted = text.uppercased()
        if let known = Self.names.first(where: { $0.value == wanted }) {
            self.init(rawValue: known.key)
        } else if wanted.hasPrefix("TYPE"), let number = UInt16(wanted.dropFirst(4)) {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }
}

extension CairnDNSType: CustomStringConvertible {
    /// The mnemonic, or `TYPE` and the number (RFC 3597 §5).
    public var description: String { Self.names[rawValue] ?? "TYPE\(rawValue)" }
}

/// A DNS response code, from the registry of RFC 6895 §2.3.
///
/// Open: any 12-bit value is allowed. Values above 15 need EDNS in the query; without it `SERVFAIL` is sent (RFC 6891
/// §6.1.3).
public struct CairnDNSResponseCode: RawRepresentable, Hashable, Sendable {
    /// The 12-bit number on the wire.
    public var rawValue: UInt16

    /// Creates a code from the lowest 12 bits of a number.
    public init(rawValue: UInt16) { self.rawValue = rawValue & 0xfff }

    /// `NOERROR`: the name exists, with or without records of the type.
    public static let noError = CairnDNSResponseCode(rawValue: 0)
    /// `FORMERR`: the query could not be parsed.
    public static let formatError = CairnDNSResponseCode(rawValue: 1)
    /// `SERVFAIL`: the server failed.
    public static let serverFailure = CairnDNSResponseCode(rawValue: 2)
    /// `NXDOMAIN`: the name does not exist, nor does any below it (RFC 8020).
    public static let nameError = CairnDNSResponseCode(rawValue: 3)
    /// `NOTIMP`: the server does not support this kind of query.
    public static let notImplemented = CairnDNSResponseCode(rawValue: 4)
    /// `REFUSED`: the server refuses to answer.
    public static let refused = CairnDNSResponseCode(rawValue: 5)
    /// `YXDOMAIN`: a name exists that an update requires not to exist (RFC 2136 §2.2).
    public static let nameExists = CairnDNSResponseCode(rawValue: 6)
    /// `YXRRSET`: records exist that an update requires not to exist (RFC 2136 §2.2).
    public static let recordsExist = CairnDNSResponseCode(rawValue: 7)
    /// `NXRRSET`: records do not exist that an update requires (RFC 2136 §2.2).
    public static let recordsMissing = CairnDNSResponseCode(rawValue: 8)
    /// `NOTAUTH`: the server is not authoritative for the zone (RFC 2136 §2.2), or a signature is invalid (RFC 8945
    /// §5.2).
    public static let notAuthoritative = CairnDNSResponseCode(rawValue: 9)
    /// `NOTZONE`: a name of an update is not in its zone (RFC 2136 §2.2).
    public static let notInZone = CairnDNSResponseCode(rawValue: 10)
    /// `BADVERS`: an EDNS version above 0 (RFC 6891 §6.1.3).
    public static let badVersion = CairnDNSResponseCode(rawValue: 16)

    private static let names: [UInt16: String] = [
        0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN",
        7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 16: "BADVERS",
    ]

    /// Parses a mnemonic in any case (`SERVFAIL`), or `RCODE` and a number up to 4095; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let wanted = text.uppercased()
        if let known = Self.names.first(where: { $0.value == wanted }) {
            self.init(rawValue: known.key)
        } else if wanted.hasPrefix("RCODE"), let number = UInt16(wanted.dropFirst(5)), number <= 0xfff {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }
}

extension CairnDNSResponseCode: CustomStringConvertible {
    /// The mnemonic, such as `NXDOMAIN`, or `RCODE` and the number.
    public var description: String { Self.names[rawValue] ?? "RCODE\(rawValue)" }
}
