/// An IPv4 or IPv6 address.
///
/// Its text is canonical: dotted decimal for IPv4 and RFC 5952 for IPv6. Parsing accepts every form of RFC 4291 §2.2
/// except zone identifiers.
public enum CairnIPAddress: Hashable, Sendable {
    /// The 32 bits of an IPv4 address, in host order: `127.0.0.1` is `0x7f00_0001`.
    case v4(UInt32)
    /// The 128 bits of an IPv6 address, in host order: `::1` is `1`.
    case v6(UInt128)

    /// The address `127.0.0.1`.
    public static let loopbackV4 = CairnIPAddress.v4(0x7f00_0001)
    /// The address `::1`.
    public static let loopbackV6 = CairnIPAddress.v6(1)

    /// Parses an address; `nil` if `text` is not one.
    ///
    /// Host names, ports, brackets, zone identifiers and octal or shortened IPv4 forms (`127.1`) are rejected.
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

    /// Creates an address from 4 or 16 octets in network order; `nil` for any other count.
    public init?(octets: some Collection<UInt8>) {
        switch octets.count {
        case 4: self = .v4(octets.reduce(0) { $0 << 8 | UInt32($1) })
        case 16: self = .v6(octets.reduce(0) { $0 << 8 | UInt128($1) })
        default: return nil
        }
    }

    /// The 4 or 16 octets in network order.
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

    /// The name for reverse lookups, without a trailing dot: `1.0.0.127.in-addr.arpa`, or 32 nibbles under `ip6.arpa`
    /// (RFC 1035 §3.5, RFC 3596 §2.5).
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

    /// The address whose ``reverseName`` a name is, in any case and with or without a final dot; `nil` for any other name.
    package init?(reverseName: some StringProtocol) {
        var labels = reverseName.lowercasedASCII.texts(between: ".").map(String.init)
        if labels.last?.isEmpty == true { labels.removeLast() }
        guard labels.count > 2, labels[labels.count - 1].isSame(as: "arpa") else { return nil }
        let parts = labels.dropLast(2).reversed()
        switch (labels[labels.count - 2], parts.count) {
        case ("in-addr", 4): self.init(parts.joined(separator: "."))
        case ("ip6", 32) where parts.allSatisfy({ $0.utf8.count == 1 && $0.allSatisfy(\.isHexDigit) }):
            guard let bits = UInt128(parts.joined(), radix: 16) else { return nil }
            self = .v6(bits)
        default: return nil
        }
    }

    /// The address as the host of a URL: IPv6 in brackets (RFC 3986 §3.2.2).
    public var urlHost: String {
        isV6 ? "[\(self)]" : "\(self)"
    }
}

extension CairnIPAddress: CustomStringConvertible {
    /// The address without brackets: `127.0.0.1`, `::1`.
    public var description: String {
        switch self {
        case .v4: octets.map(String.init).joined(separator: ".")
        case .v6(let bits): IPv6Text.format(bits)
        }
    }
}

extension CairnIPAddress: ExpressibleByStringLiteral {
    /// Creates an address from a literal.
    ///
    /// Traps if the literal is not an address.
    public init(stringLiteral value: String) {
        guard let address = CairnIPAddress(value) else {
            preconditionFailure("\"\(value)\" is not an IP address")
        }
        self = address
    }
}

extension CairnIPAddress {
    /// Whether the address is on the public Internet, by the registries of special-purpose addresses that RFC 6890 set
    /// up: neither in a block of theirs that is not globally reachable, nor multicast, nor reserved.
    ///
    /// Addresses that carry an IPv4 address within IPv6 are judged by that (`::ffff:0:0/96`, `64:ff9b::/96`, `2002::/16`).
    package var isPublic: Bool {
        switch self {
        case .v4(let bits): !Self.specialV4.contains { bits >> (32 - $0.length) == $0.prefix >> (32 - $0.length) }
        case .v6(let bits):
            if let embedded = Self.embeddedV4(in: bits) {
                CairnIPAddress.v4(embedded).isPublic
            } else {
                // RFC 4291 §2.4 and the IANA registry: all that is global unicast so far begins with the bits 001.
                bits >> 125 == 0b001
                    && !Self.specialV6.contains { bits >> (128 - $0.length) == $0.prefix >> (128 - $0.length) }
            }
        }
    }

    private static let specialV4: [(prefix: UInt32, length: UInt32)] = [
        (0x0000_0000, 8),  // this network (RFC 791)
        (0x0a00_0000, 8),  // private (RFC 1918)
        (0x6440_0000, 10),  // shared by carriers (RFC 6598)
        (0x7f00_0000, 8),  // loopback (RFC 1122)
        (0xa9fe_0000, 16),  // link-local (RFC 3927)
        (0xac10_0000, 12),  // private
        (0xc000_0000, 24),  // protocol assignments (RFC 6890)
        (0xc000_0200, 24),  // documentation (RFC 5737)
        (0xc058_6300, 24),  // 6to4 relays (RFC 7526)
        (0xc0a8_0000, 16),  // private
        (0xc612_0000, 15),  // benchmarks (RFC 2544)
        (0xc633_6400, 24),  // documentation
        (0xcb00_7100, 24),  // documentation
        (0xe000_0000, 4),  // multicast (RFC 5771)
        (0xf000_0000, 4),  // reserved, and broadcast (RFC 1112)
    ]

    private static let specialV6: [(prefix: UInt128, length: UInt128)] = [
        (0x2001_0000 << 96, 23),  // protocol assignments (RFC 2928), Teredo among them
        (0x2001_0db8 << 96, 32),  // documentation (RFC 3849)
        (0x3fff_0000 << 96, 20),  // documentation (RFC 9637)
    ]

    /// The IPv4 address that an IPv6 address stands for: mapped (RFC 4291 §2.5.5.2), translated (RFC 6052), 6to4
    /// (RFC 3056).
    private static func embeddedV4(in bits: UInt128) -> UInt32? {
        switch (bits >> 32, bits >> 112) {
        case (0xffff, _), (0x0064_ff9b << 64, _): UInt32(truncatingIfNeeded: bits)
        case (_, 0x2002): UInt32(truncatingIfNeeded: bits >> 80)
        default: nil
        }
    }
}

/// An address and a port.
public struct CairnIPEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// The address.
    public var address: CairnIPAddress
    /// The port, 0 to 65535; not checked.
    public var port: Int

    /// Creates an endpoint without checks.
    public init(address: CairnIPAddress, port: Int) {
        self.address = address
        self.port = port
    }

    /// As in a URL: `127.0.0.1:14000`, `[::1]:14000`.
    public var description: String { "\(address.urlHost):\(port)" }
}

/// Dotted decimal, `d.d.d.d`, each number 0 to 255 without leading zeros.
enum IPv4Text {
    static func parse(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var number: UInt32 = 0
            for digit in part {
                guard digit.isDigit else { return nil }
                number = number * 10 + UInt32(digit - UInt8(ascii: "0"))
            }
            guard number < 256 else { return nil }
            bits = bits << 8 | number
        }
        return bits
    }
}

/// The text of RFC 4291 §2.2, written as RFC 5952 §4 wants it.
enum IPv6Text {
    static func parse(_ text: ArraySlice<UInt8>) -> UInt128? {
        guard let gap = gap(in: text) else {
            guard let groups = groups(text, endsText: true), groups.count == 8 else { return nil }
            return bits(groups)
        }
        guard let head = groups(text[..<gap], endsText: false), let tail = groups(text[(gap + 2)...], endsText: true),
            head.count + tail.count < 8
        else { return nil }
        return bits(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    static func format(_ bits: UInt128) -> String {
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * $0)) }
        if bits >> 32 == 0xffff {  // IPv4-mapped: RFC 5952 §5
            return "::ffff:\(CairnIPAddress.v4(UInt32(truncatingIfNeeded: bits)))"
        }
        let zeros = longestRunOfZeros(groups)
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard zeros.count > 1 else { return text(groups[...]) }
        return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
    }

    private static func bits(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// Where `::` stands.
    private static func gap(in text: ArraySlice<UInt8>) -> Int? {
        let colon = UInt8(ascii: ":")
        return text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
    }

    /// The 16-bit groups of a run without `::`; the last two of the whole text may be written as an IPv4 address.
    private static func groups(_ text: ArraySlice<UInt8>, endsText: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if endsText, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let v4 = IPv4Text.parse(part) else { return nil }
                groups += [UInt16(v4 >> 16), UInt16(truncatingIfNeeded: v4)]
            } else {
                guard (1...4).contains(part.count), part.allSatisfy(isHexadecimal),
                    let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups.count <= 8 ? groups : nil
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func longestRunOfZeros(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        return longest
    }
}
