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
