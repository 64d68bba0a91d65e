/// How a DNS server answered, from the registry that RFC 6895 §2.3 describes.
///
/// Open: any of the 12 bits' values can be scripted. Those above 15 need EDNS in the question; without it the wire shows
/// `SERVFAIL` (RFC 6891 §6.1.3).
public struct CairnDNSResponseCode: RawRepresentable, Hashable, Sendable {
    /// The number on the wire, of 12 bits.
    public var rawValue: UInt16

    /// Takes the lowest 12 bits of any number.
    public init(rawValue: UInt16) { self.rawValue = rawValue & 0xfff }

    /// `NOERROR`: the name exists, with or without records of the type.
    public static let noError = CairnDNSResponseCode(rawValue: 0)
    /// `FORMERR`: the question could not be read.
    public static let formatError = CairnDNSResponseCode(rawValue: 1)
    /// `SERVFAIL`: the server could not find out.
    public static let serverFailure = CairnDNSResponseCode(rawValue: 2)
    /// `NXDOMAIN`: the name does not exist, nor does any below it (RFC 8020).
    public static let nameError = CairnDNSResponseCode(rawValue: 3)
    /// `NOTIMP`: the server does not know this kind of question.
    public static let notImplemented = CairnDNSResponseCode(rawValue: 4)
    /// `REFUSED`: the server does not want to answer.
    public static let refused = CairnDNSResponseCode(rawValue: 5)
    /// `BADVERS`: an EDNS version above 0 (RFC 6891 §6.1.3).
    public static let badVersion = CairnDNSResponseCode(rawValue: 16)
}

extension CairnDNSResponseCode: CustomStringConvertible {
    /// The mnemonic of the registry, such as `NXDOMAIN`, or `RCODE` and the number.
    public var description: String {
        switch self {
        case .noError: "NOERROR"
        case .formatError: "FORMERR"
        case .serverFailure: "SERVFAIL"
        case .nameError: "NXDOMAIN"
        case .notImplemented: "NOTIMP"
        case .refused: "REFUSED"
        case .badVersion: "BADVERS"
        default: "RCODE\(rawValue)"
        }
    }
}
