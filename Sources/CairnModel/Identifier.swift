/// The name of an identifier type, from the registry of RFC 8555 §9.7.7.
///
/// Open: an unknown type is a value like any other.
public struct ACMEIdentifierType: CairnWireName {
    /// The name as it stands on the wire.
    public var rawValue: String

    /// Takes any name, registered or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A domain name (RFC 8555 §9.7.7).
    public static let dns = ACMEIdentifierType(rawValue: "dns")
    /// An IPv4 or IPv6 address (RFC 8738).
    public static let ip = ACMEIdentifierType(rawValue: "ip")
}

/// What a certificate is asked for: a type and a value (RFC 8555 §7.1.3).
///
/// The value is kept in its canonical form: domain names in lower case, IP addresses as RFC 8738 §3 writes them. The
/// identifier of an order may be a wildcard (`*.example.test`); that of an authorization never is (§7.1.4).
public struct ACMEIdentifier: Hashable, Sendable {
    /// What ``value`` has to be read as.
    public var type: ACMEIdentifierType
    /// The name or address, in its canonical form.
    public var value: String

    /// Takes the value as it is; ``dns(_:)`` and ``ip(_:)`` see to its canonical form.
    public init(type: ACMEIdentifierType, value: String) {
        self.type = type
        self.value = value
    }

    /// The identifier of a domain name, in lower case.
    public static func dns(_ name: String) -> ACMEIdentifier {
        ACMEIdentifier(type: .dns, value: name.lowercasedASCII)
    }

    /// The identifier of an address.
    public static func ip(_ address: CairnIPAddress) -> ACMEIdentifier {
        ACMEIdentifier(type: .ip, value: address.description)
    }

    /// Whether this is a domain name that begins with `*.`, and so asks for every name one label below.
    public var isWildcard: Bool {
        type == .dns && value.begins(with: "*.")
    }

    /// The identifier without its `*.`, as it stands in an authorization.
    public var withoutWildcard: ACMEIdentifier {
        guard isWildcard, let name = value.nameBelowStar else { return self }
        return ACMEIdentifier(type: type, value: name)
    }

    /// The address, if this is a well-formed `ip` identifier.
    public var address: CairnIPAddress? {
        type == .ip ? CairnIPAddress(value) : nil
    }
}

extension ACMEIdentifier {
    /// Whether type and value have the same octets.
    public static func == (lhs: ACMEIdentifier, rhs: ACMEIdentifier) -> Bool {
        lhs.type == rhs.type && lhs.value.isSame(as: rhs.value)
    }

    /// Hashes the octets that `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        value.hashOctets(into: &hasher)
    }
}

extension ACMEIdentifier {
    /// As ACME writes it (RFC 8555 §7.1.3).
    package var json: CairnJSON { ["type": .string(type.rawValue), "value": .string(value)] }
}

extension ACMEIdentifier: Comparable {
    /// Domain names before addresses, then by value.
    public static func < (lhs: ACMEIdentifier, rhs: ACMEIdentifier) -> Bool {
        lhs.type == rhs.type
            ? lhs.value.utf8.lexicographicallyPrecedes(rhs.value.utf8)
            : lhs.type.rawValue.utf8.lexicographicallyPrecedes(rhs.type.rawValue.utf8)
    }
}

extension ACMEIdentifier: CustomStringConvertible {
    /// The value without its type.
    public var description: String { value }
}

extension ACMEIdentifier: ExpressibleByStringLiteral {
    /// An address if the literal is one, otherwise a domain name.
    public init(stringLiteral value: String) {
        self = CairnIPAddress(value).map(ACMEIdentifier.ip) ?? .dns(value)
    }
}
