/// An IPv4 or IPv6 address.
///
/// Its text is canonical: dotted decimal for IPv4 (no leading zeros), and RFC 5952 for IPv6, so two equal addresses
/// always print alike. Parsing accepts every textual form of RFC 4291 §2.2 except a zone identifier.
public enum CairnIPAddress: Hashable, Sendable {
    /// The 32 bits of an IPv4 address, in host order: `127.0.0.1` is `0x7f00_0001`.
    case v4(UInt32)
    /// The 128 bits of an IPv6 address, in host order: `::1` is `1`.
    case v6(UInt128)

    /// The address `127.0.0.1`.
    public static let loopbackV4 = CairnIPAddress.v4(0x7f00_0001)
    /// The address `::1`.
    public static let loopbackV6 = CairnIPAddress.v6(1)

    /// Reads an address from its text, or returns `nil` if `text` is not one.
    ///
    /// Host names, port numbers, brackets, zone identifiers and octal or shortened IPv4 forms (`127.1`) are refused.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        if bytes.contains(UInt8(ascii: ":")) {
            guard let bits = IPv6Text.parse(bytes[...]) else { return nil }
            self = .v6(bits)
        } else {
            guard let bits = IPv4Text.parse(bytes[...]) else { return nil }
            self = .v4(bits)
        }
    }

    /// Makes an address from its 4 or 16 octets in network order, or returns `nil` for any other count.
    public init?(octets: some Collection<UInt8>) {
        switch octets.count {
        case 4: self = .v4(octets.reduce(0) { $0 << 8 | UInt32($1) })
        case 16: self = .v6(octets.reduce(0) { $0 << 8 | UInt128($1) })
        default: return nil
        }
    }

    /// The 4 or 16 octets of the address, in network order.
    public var octets: [UInt8] {
        switch self {
        case .v4(let bits): (0..<4).map { UInt8(truncatingIfNeeded: bits >> (24 - 8 * $0)) }
        case .v6(let bits): (0..<16).map { UInt8(truncatingIfNeeded: bits >> (120 - 8 * $0)) }
        }
    }

    /// Whether this is an IPv6 address.
    public var isV6: Bool {
        if case .v6 = self { true } else { false }
    }

    /// Whether the address is in `127.0.0.0/8` or is `::1`.
    public var isLoopback: Bool {
        switch self {
        case .v4(let bits): bits >> 24 == 127
        case .v6(let bits): bits == 1
        }
    }

    /// The IPv4 address that an IPv4-mapped IPv6 address stands for (RFC 4291 §2.5.5.2); any other as it is.
    package var unmapped: CairnIPAddress {
        if case .v6(let bits) = self, bits >> 32 == 0xffff { .v4(UInt32(truncatingIfNeeded: bits)) } else { self }
    }

    /// The name under which the address is looked up in reverse, without a final dot: `1.0.0.127.in-addr.arpa`, or 32
    /// nibbles under `ip6.arpa` (RFC 1035 §3.5, RFC 3596 §2.5).
    ///
    /// RFC 8738 §6 uses it as the SNI of `tls-alpn-01`.
    public var reverseName: String {
        switch self {
        case .v4:
            return octets.reversed().map(String.init).joined(separator: ".") + ".in-addr.arpa"
        case .v6(let bits):
            return (0..<32).map { String(UInt8(truncatingIfNeeded: bits >> (4 * $0)) & 0xf, radix: 16) }
                .joined(separator: ".") + ".ip6.arpa"
        }
    }

    /// The address as the host of a URL: IPv6 in brackets (RFC 3986 §3.2.2).
    public var urlHost: String {
        isV6 ? "[\(self)]" : "\(self)"
    }
}

extension CairnIPAddress: CustomStringConvertible {
    /// As text without brackets: `127.0.0.1`, `::1`.
    public var description: String {
        switch self {
        case .v4: octets.map(String.init).joined(separator: ".")
        case .v6(let bits): IPv6Text.format(bits)
        }
    }
}

extension CairnIPAddress: ExpressibleByStringLiteral {
    /// An address written in the source.
    ///
    /// A literal that is not an address is a programmer's mistake and traps.
    public init(stringLiteral value: String) {
        guard let address = CairnIPAddress(value) else {
            preconditionFailure("\"\(value)\" is not an IP address")
        }
        self = address
    }
}
