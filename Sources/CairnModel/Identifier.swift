/// The name of an identifier type, from the registry of RFC 8555 §9.7.7.
///
/// Open: an unknown type is a value like any other.
public struct ACMEIdentifierType: CairnWireName {
    /// The name on the wire.
    public var rawValue: String

    /// Creates a type from any name, registered or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A domain name (RFC 8555 §9.7.7).
    public static let dns = ACMEIdentifierType(rawValue: "dns")
    /// An IPv4 or IPv6 address (RFC 8738).
    public static let ip = ACMEIdentifierType(rawValue: "ip")
}

/// An identifier that a certificate is requested for: a type and a value (RFC 8555 §7.1.3).
///
/// The value is in canonical form: domain names in lower case, IP addresses as in RFC 8738 §3. The identifier of an
/// order may be a wildcard (`*.example.test`), that of an authorization never is (§7.1.4).
public struct ACMEIdentifier: Hashable, Sendable {
    /// The type of ``value``.
    public var type: ACMEIdentifierType
    /// The name or address, in canonical form.
    public var value: String

    /// Uses the value unchanged; ``dns(_:)`` and ``ip(_:)`` canonicalize it.
    public init(type: ACMEIdentifierType, value: String) {
        self.type = type
        self.value = value
    }

    /// A domain name, converted to lower case.
    public static func dns(_ name: String) -> ACMEIdentifier {
        ACMEIdentifier(type: .dns, value: name.lowercasedASCII)
    }

    /// An IP address.
    public static func ip(_ address: CairnIPAddress) -> ACMEIdentifier {
        ACMEIdentifier(type: .ip, value: address.description)
    }

    /// Whether this is a wildcard: a domain name that begins with `*.`.
    public var isWildcard: Bool {
        type == .dns && value.begins(with: "*.")
    }

    /// The identifier without `*.`, as in authorizations.
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
