import CairnEngine
package import CairnModel

/// What rules can do to connections, by how a CA listens.
package struct ConnectionPowers: Hashable, Sendable {
    /// Whether there are connections at all.
    package var hasConnections: Bool
    /// Whether they begin with a handshake of TLS.
    package var hasTLS: Bool
    /// What can be wrong with the certificate that the server shows.
    package var certificates: Set<CairnRule.ServerCertificate>

    private init(hasConnections: Bool, hasTLS: Bool, certificates: Set<CairnRule.ServerCertificate>) {
        (self.hasConnections, self.hasTLS, self.certificates) = (hasConnections, hasTLS, certificates)
    }

    /// Of a CA without sockets.
    package static let none = ConnectionPowers(hasConnections: false, hasTLS: false, certificates: [])
    /// Of one that speaks HTTP without TLS.
    package static let plain = ConnectionPowers(hasConnections: true, hasTLS: false, certificates: [])

    /// Of one that speaks TLS.
    package static func tls(_ certificates: Set<CairnRule.ServerCertificate>) -> ConnectionPowers {
        ConnectionPowers(hasConnections: true, hasTLS: true, certificates: certificates)
    }

    /// Why an action on connections cannot be done, in a sentence; `nil` if it can.
    func impossibility(of action: CairnRule.Action) -> String? {
        guard hasConnections else {
            return "expected a CA that listens, got one without sockets, which has no connections"
        }
        switch action {
        case .reset(.handshake), .reset(.connected), .tlsAlert, .serverCertificate:
            guard hasTLS else {
                return "expected a listener with TLS, got one that speaks plain HTTP, where there is no handshake"
            }
        default: break
        }
        guard case .serverCertificate(let fault) = action, !certificates.contains(fault) else { return nil }
        let possible = certificates.map(\.rawValue.quoted).sorted().joined(separator: ", ")
        return "expected \(possible), got \(fault.rawValue.quoted): that takes the key of the root that clients trust, "
            + "which is there only if the server's certificate is made at the start"
    }
}

extension Gateway {
    /// What rules do to a connection that comes in, which the journal tells; `nil` for nothing.
    package func meet(connection number: Int, from source: CairnIPAddress?) -> ConnectionVerdict? {
        let now = now()
        guard let (verdict, firing) = rules.onConnection(number: number, from: source, at: now) else { return nil }
        engine.journal.record(
            .connection(CairnConnectionEvent(number: number, source: source, rule: firing)), at: now)
        return verdict
    }
}

extension CairnRule.Action {
    /// Why it cannot be done, in a sentence; `nil` if it can.
    func impossibility(at point: RulePoint, _ powers: ConnectionPowers) -> String? {
        point == .connection ? powers.impossibility(of: self) : nil
    }
}
