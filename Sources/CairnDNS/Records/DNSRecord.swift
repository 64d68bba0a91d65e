public import CairnModel

/// A DNS record: type, data and time to live.
///
/// ```swift
/// ca.dns["www.example.test"] = [.a("127.0.0.1"), .aaaa("::1")]
/// ```
public struct CairnDNSRecord: Hashable, Sendable {
    /// The data, which determine the ``type``.
    public var content: Content
    /// The time to live.
    ///
    /// Zero by default, so that nothing is cached. In whole seconds on the wire, at most 2³¹ − 1 (RFC 2181 §8).
    public var timeToLive: Duration

    /// Creates a record, by default with a time to live of zero.
    public init(_ content: Content, timeToLive: Duration = .zero) {
        self.content = content
        self.timeToLive = timeToLive
    }

    /// The data of a record.
    public enum Content: Hashable, Sendable {
        /// An A or AAAA record, depending on the address.
        case address(CairnIPAddress)
        /// A TXT record. Strings of more than 255 octets are split on the wire; an empty list is one empty string (RFC
        /// 1035 §3.3.14).
        case txt([String])
        /// The target of an alias (RFC 1035 §3.3.1).
        case cname(String)
        /// A name server of the zone (RFC 1035 §3.3.11).
        case ns(String)
        /// Another name, such as the one for a reverse lookup (RFC 1035 §3.3.12).
        case ptr(String)
        /// A mail server; the lowest preference is tried first (RFC 1035 §3.3.9).
        case mx(preference: UInt16, exchange: String)
        /// The start of authority of a zone (RFC 1035 §3.3.13).
        case soa(StartOfAuthority)
        /// Who may issue certificates for the name; flag 128 makes the tag critical (RFC 8659 §4.1).
        case caa(flags: UInt8, tag: String, value: String)
        /// A record of any type with raw data (RFC 3597). Also serves broken data of a known type.
        case other(CairnDNSType, [UInt8])
    }

    /// The data of a SOA record (RFC 1035 §3.3.13).
    public struct StartOfAuthority: Hashable, Sendable {
        /// The primary name server.
        public var primary: String
        /// The mailbox of the responsible person, as a domain name.
        public var mailbox: String
        /// The version of the zone.
        public var serial: UInt32
        /// The interval at which secondary servers check for a new version.
        public var refresh: Duration
        /// The interval after a failed refresh.
        public var retry: Duration
        /// How long secondary servers answer without a refresh.
        public var expire: Duration
        /// How long resolvers may cache negative answers (RFC 2308 §4).
        public var minimum: Duration

        /// By default the names are below `invalid` (RFC 2606 §2), and negative answers are not cached.
        public init(
            primary: String = "ns.cairn.invalid", mailbox: String = "hostmaster.cairn.invalid", serial: UInt32 = 1,
            refresh: Duration = .seconds(3600), retry: Duration = .seconds(600), expire: Duration = .seconds(86_400),
            minimum: Duration = .zero
        ) {
            (self.primary, self.mailbox, self.serial) = (primary, mailbox, serial)
            (self.refresh, self.retry, self.expire, self.minimum) = (refresh, retry, expire, minimum)
        }
    }

    /// The type of its ``content``.
    public var type: CairnDNSType {
        switch content {
        case .address(let address): address.isV6 ? .aaaa : .a
        case .txt: .txt
        case .cname: .cname
        case .ns: .ns
        case .ptr: .ptr
        case .mx: .mx
        case .soa: .soa
        case .caa: .caa
        case .other(let type, _): type
        }
    }

    /// The address of an A or AAAA record.
    public var address: CairnIPAddress? {
        if case .address(let address) = content { address } else { nil }
    }

    /// The concatenated strings of a TXT record (RFC 8555 §8.4, RFC 7208 §3.3).
    public var text: String? {
        if case .txt(let strings) = content { strings.joined() } else { nil }
    }
}

// MARK: - Equality

extension CairnDNSRecord.Content {
    /// Whether type and data have the same octets, whatever Unicode holds equivalent.
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.address(let left), .address(let right)): left == right
        case (.txt(let left), .txt(let right)): left.elementsEqual(right) { $0.isSame(as: $1) }
        case (.cname(let left), .cname(let right)), (.ns(let left), .ns(let right)), (.ptr(let left), .ptr(let right)):
            left.isSame(as: right)
        case (.mx(let left, let first), .mx(let right, let second)): left == right && first.isSame(as: second)
        case (.soa(let left), .soa(let right)): left == right
        case (.caa(let left, let leftTag, let leftValue), .caa(let right, let rightTag, let rightValue)):
            left == right && leftTag.isSame(as: rightTag) && leftValue.isSame(as: rightValue)
        case (.other(let left, let first), .other(let right, let second)): left == right && first == second
        default: false
        }
    }

    /// Hashes the octets that `==` compares.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .address(let address): hasher.combine(address)
        case .txt(let strings): for string in strings { string.hashOctets(into: &hasher) }
        case .cname(let name), .ns(let name), .ptr(let name): name.hashOctets(into: &hasher)
        case .mx(let preference, let exchange):
            hasher.combine(preference)
            exchange.hashOctets(into: &hasher)
        case .soa(let start): hasher.combine(start.serial)
        case .caa(let flags, let tag, let value):
            hasher.combine(flags)
            tag.hashOctets(into: &hasher)
            value.hashOctets(into: &hasher)
        case .other(let type, let data):
            hasher.combine(type)
            hasher.combine(data)
        }
    }
}

extension CairnDNSRecord.StartOfAuthority {
    /// Whether all fields are the same, the names by their octets.
    public static func == (left: Self, right: Self) -> Bool {
        left.primary.isSame(as: right.primary) && left.mailbox.isSame(as: right.mailbox) && left.serial == right.serial
            && [left.refresh, left.retry, left.expire, left.minimum]
                == [right.refresh, right.retry, right.expire, right.minimum]
    }

    /// Agrees with `==`; the serial is enough to tell most apart.
    public func hash(into hasher: inout Hasher) { hasher.combine(serial) }
}

extension CairnDNSRecord {
    /// An A or AAAA record, depending on the address.
    public static func address(_ address: CairnIPAddress, timeToLive: Duration = .zero) -> CairnDNSRecord {
        CairnDNSRecord(.address(address), timeToLive: timeToLive)
    }

    /// An A record.
    ///
    /// Traps for an IPv6 address; ``address(_:timeToLive:)`` accepts both.
    public static func a(_ address: CairnIPAddress, timeToLive: Duration = .zero) -> CairnDNSRecord {
        precondition(!address.isV6, "an A record holds an IPv4 address, not \(address)")
        return CairnDNSRecord(.address(address), timeToLive: timeToLive)
    }

    /// An AAAA record.
    ///
    /// Traps for an IPv4 address; ``address(_:timeToLive:)`` accepts both.
    public static func aaaa(_ address: CairnIPAddress, timeToLive: Duration = .zero) -> CairnDNSRecord {
        precondition(address.isV6, "an AAAA record holds an IPv6 address, not \(address)")
        return CairnDNSRecord(.address(address), timeToLive: timeToLive)
    }

    /// A TXT record; several strings remain separate character-strings.
    public static func txt(_ strings: String..., timeToLive: Duration = .zero) -> CairnDNSRecord {
        CairnDNSRecord(.txt(strings), timeToLive: timeToLive)
    }

    /// A CNAME record.
    public static func cname(_ target: String, timeToLive: Duration = .zero) -> CairnDNSRecord {
        CairnDNSRecord(.cname(target), timeToLive: timeToLive)
    }

    /// An NS record.
    public static func ns(_ server: String, timeToLive: Duration = .zero) -> CairnDNSRecord {
        CairnDNSRecord(.ns(server), timeToLive: timeToLive)
    }

    /// A PTR record.
    public static func ptr(_ target: String, timeToLive: Duration = .zero) -> CairnDNSRecord {
        CairnDNSRecord(.ptr(target), timeToLive: timeToLive)
    }

    /// An MX record; the default preference is 10.
    public static func mx(preference: UInt16 = 10, _ exchange: String, timeToLive: Duration = .zero) -> CairnDNSRecord {
        CairnDNSRecord(.mx(preference: preference, exchange: exchange), timeToLive: timeToLive)
    }

    /// An SOA record.
    ///
    /// Its name becomes a zone, and negative answers below it include this record.
    public static func soa(_ start: StartOfAuthority = .init(), timeToLive: Duration = .zero) -> CairnDNSRecord {
        CairnDNSRecord(.soa(start), timeToLive: timeToLive)
    }

    /// A CAA record (RFC 8659 §4.1); flag 128 means critical.
    public static func caa(flags: UInt8 = 0, tag: String, value: String, timeToLive: Duration = .zero) -> CairnDNSRecord
    {
        CairnDNSRecord(.caa(flags: flags, tag: tag, value: value), timeToLive: timeToLive)
    }

    /// A record of any type with raw data.
    public static func other(_ type: CairnDNSType, _ data: [UInt8], timeToLive: Duration = .zero) -> CairnDNSRecord {
        CairnDNSRecord(.other(type, data), timeToLive: timeToLive)
    }
}

extension CairnDNSRecord: CustomStringConvertible {
    /// Type and data as in a zone file (RFC 1035 §5.1).
    public var description: String {
        switch content {
        case .address(let address): "\(type) \(address)"
        case .txt(let strings): "TXT " + strings.map { "\"\($0)\"" }.joined(separator: " ")
        case .cname(let name), .ns(let name), .ptr(let name): "\(type) \(name)"
        case .mx(let preference, let exchange): "MX \(preference) \(exchange)"
        case .soa(let start): "SOA \(start.primary) \(start.mailbox) \(start.serial)"
        case .caa(let flags, let tag, let value): "CAA \(flags) \(tag) \"\(value)\""
        case .other(let type, let data): "\(type) \\# \(data.count) " + data.hexadecimal
        }
    }
}
