public import CairnModel

/// An authorization that an account holds from outside ACME (RFC 8555 §7.4.1).
///
/// While it holds, an order of that account for what it covers is given an authorization that is `valid` from the start,
/// expires with the grant and has no challenges.
///
/// It can be given to an external account as well, whether or not there is an account yet: the first that is bound to the
/// key of the external account has it (RFC 8555 §7.3.4).
public struct CairnGrant: Hashable, Sendable {
    package struct ID: Hashable, Sendable {
        let number: Int

        package init(number: Int) { self.number = number }
    }

    /// Who has a grant.
    enum Holder: Hashable, Sendable {
        case account(Account.ID)
        /// The account that will be bound to that key first.
        case externalAccountKey(String)
    }

    /// What a grant covers.
    public enum Scope: Hashable, Sendable {
        /// One name, without its wildcard.
        case name(String)
        /// The wildcard below a name: `.wildcard("example.test")` is for `*.example.test` alone.
        case wildcard(String)
        /// A name and all names below it at any depth, wildcards included.
        case domain(String)
        /// One address.
        case address(CairnIPAddress)
    }

    package let id: ID
    /// The names, or the address, that need no challenge.
    public let scope: Scope
    /// The account that has it, as the last part of its URL; `nil` as long as none is bound to ``externalAccountKey``.
    public var account: String? {
        if case .account(let id) = holder { "\(id)" } else { nil }
    }
    /// The identifier of the key of the external account that it was given to; `nil` if it was given to an account.
    public let externalAccountKey: String?
    /// When it ends, in whole seconds.
    public let expires: CairnInstant
    var holder: Holder

    /// Tells it from every other grant of the CA.
    public var number: Int { id.number }
}

extension CairnGrant.Scope {
    /// The identifier that stands for the scope: the first that it covers.
    var identifier: ACMEIdentifier {
        switch self {
        case .name(let name), .domain(let name): .dns(name)
        case .wildcard(let name): .dns("*.\(name)")
        case .address(let address): .ip(address)
        }
    }

    /// The scope with its name as identifiers have it.
    var canonical: CairnGrant.Scope {
        switch self {
        case .name(let name): .name(NamePattern.canonical(name))
        case .wildcard(let name): .wildcard(NamePattern.canonical(name))
        case .domain(let name): .domain(NamePattern.canonical(name))
        case .address: self
        }
    }

    /// All scopes that cover an identifier.
    static func covering(_ identifier: ACMEIdentifier) -> [CairnGrant.Scope] {
        if let address = identifier.address { return [.address(address)] }
        guard identifier.type == .dns else { return [] }
        let base = identifier.withoutWildcard.value
        var scopes: [CairnGrant.Scope] = [identifier.isWildcard ? .wildcard(base) : .name(base)]
        var rest = base[...]
        while true {
            scopes.append(.domain(String(rest)))
            guard let dot = rest.firstIndex(of: ".") else { return scopes }
            rest = rest[rest.index(after: dot)...]
        }
    }
}
