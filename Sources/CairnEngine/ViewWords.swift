import CairnCertificates
import CairnModel

// What a failing expectation shows of views: a line each, in the words of the journal. Texts of clients are escaped there.

extension CairnAccount: CustomStringConvertible {
    /// `account kQ2 valid, mailto:admin@example.test`.
    public var description: String {
        var words = "account \(id.rawValue.plain) \(status)"
        if !contact.isEmpty { words += ", " + contact.map(\.plain).joined(separator: ", ") }
        if let externalAccountKey { words += ", bound to \(externalAccountKey.plain)" }
        return words + place(in: world)
    }
}

extension CairnOrder: CustomStringConvertible {
    /// `order 7 invalid for www.example.test (unauthorized: …), account kQ2`.
    public var description: String {
        var words = "order \(id.rawValue.plain) \(status) for \(identifiers.words)\(error.words)"
        if let certificate { words += ", certificate \(certificate)" }
        return words + ", account \(account.rawValue.plain)" + place(in: world)
    }
}

extension CairnAuthorization: CustomStringConvertible {
    /// `authorization 9 pending for *.example.test, dns-01 pending, account kQ2`.
    public var description: String {
        var words = "authorization \(id.rawValue.plain) \(status) for \(isWildcard ? "*." : "")\([identifier].words)"
        for challenge in challenges {
            words += ", \(challenge.type.rawValue.plain) \(challenge.status)\(challenge.error.words)"
        }
        return words + ", account \(account.rawValue.plain)" + place(in: world)
    }
}

extension CairnChallenge: CustomStringConvertible {
    /// `http-01 challenge 9/0 invalid (connection: …)`.
    public var description: String {
        "\(type.rawValue.plain) challenge \(id.rawValue.plain) \(status)\(error.words)"
    }
}

extension CairnCertificateRecord: CustomStringConvertible {
    /// `certificate 03af revoked for www.example.test, until 2030-01-01T00:00:00Z, order 7, account kQ2`.
    public var description: String {
        var words = "certificate \(id) \(status) for \(identifiers.words), until \(certificate.notAfter)"
        if let replacement { words += ", replaced by order \(replacement.rawValue.plain)" }
        return words + ", order \(order.rawValue.plain), account \(account.rawValue.plain)" + place(in: world)
    }
}

extension CairnRevocation: CustomStringConvertible {
    /// `revocation of 03af at 2030-01-01T00:00:00Z for keyCompromise`.
    public var description: String {
        "revocation of \(serialNumber) at \(at)" + (reason.map { " for \($0)" } ?? "")
    }
}

extension CairnSnapshot: CustomStringConvertible {
    /// A line that counts the objects, and one for each.
    public var description: String {
        func count(_ objects: [some Any], _ one: String, _ many: String) -> String {
            "\(objects.count) \(objects.count == 1 ? one : many)"
        }
        let counts = [
            count(accounts, "account", "accounts"), count(orders, "order", "orders"),
            count(authorizations, "authorization", "authorizations"),
            count(certificates, "certificate", "certificates"), count(revocations, "revocation", "revocations"),
        ]
        let lines = [
            accounts.map(\.description), orders.map(\.description), authorizations.map(\.description),
            certificates.map(\.description), revocations.map(\.description),
        ]
        return "at \(at): " + counts.joined(separator: ", ") + lines.joined().map { "\n  \($0)" }.joined()
    }
}

extension CairnGrant: CustomStringConvertible {
    /// `grant 2 of *.example.test to account kQ2, until 2030-01-01T00:00:00Z`.
    public var description: String {
        let names: String =
            switch scope {
            case .name(let name): name.plain
            case .wildcard(let name): "*.\(name)".plain
            case .domain(let name): "\(name.plain) and all below it"
            case .address(let address): "\(address)"
            }
        let holder =
            account.map { "account \($0.rawValue.plain)" } ?? "external account \(externalAccountKey?.plain ?? "none")"
        return "grant \(number) of \(names) to \(holder), until \(expires)"
    }
}

extension CairnExternalAccountKey: CustomStringConvertible {
    /// `external account key kid-1 for one account, bound to account kQ2`.
    public var description: String {
        var words = "external account key \(identifier.plain)\(isRevoked ? " revoked" : "")"
        words += uses == .once ? " for one account" : " for any number of accounts"
        if let expires { words += ", until \(expires)" }
        if !accounts.isEmpty { words += ", bound to account " + accounts.map(\.rawValue.plain).joined(separator: ", ") }
        return words
    }
}

/// The world of a view, unless it is the one without a prefix.
private func place(in world: String?) -> String { world.map { ", in /with/\($0.plain)" } ?? "" }

extension [ACMEIdentifier] {
    fileprivate var words: String { map { "\($0)".plain }.joined(separator: ", ") }
}

extension ACMEProblem? {
    fileprivate var words: String { map { " (\($0.type.name.plain): \($0.detail.visible))" } ?? "" }
}
