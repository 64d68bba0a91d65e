package import CairnDNS
import CairnModel

/// An external resolver that validations use instead of the fake DNS.
///
/// ```swift
/// configuration.probes.resolver = .server("127.0.0.1", port: 8053)
/// ```
///
/// For test environments with their own DNS server.
///
/// Deviation: with a resolver the CA is no longer hermetic. Queries leave the process, and validations connect to
/// whatever addresses are returned.
public struct CairnResolver: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case system
        case server(host: String, port: Int)
    }

    package let kind: Kind

    /// The system resolver: the hosts file and the configured servers.
    public static let system = CairnResolver(kind: .system)

    /// A DNS server.
    ///
    /// - Parameters:
    ///   - host: an address, or a name that the system resolves each time.
    ///   - port: the port, over UDP, TCP or both; 1 to 65535.
    public static func server(_ host: String, port: Int = 53) -> CairnResolver {
        CairnResolver(kind: .server(host: host, port: port))
    }
}

extension CairnResolver: CustomStringConvertible {
    /// As in a settings file: `system`, `127.0.0.1:8053`, `[::1]:53` or `ns.example.test:53`.
    public var description: String {
        switch kind {
        case .system: "system"
        case .server(let host, let port): "\(CairnIPAddress(host)?.urlHost ?? host):\(port)"
        }
    }

    /// Reads what ``description`` writes; `nil` for anything else.
    package init?(_ text: String) {
        if text.isSame(as: "system") {
            self = .system
            return
        }
        guard let authority = try? URLAuthority(text), let port = authority.port, (1...65535).contains(port) else {
            return nil
        }
        // An IPv6 address has brackets around it here.
        let bare = authority.host.hasPrefix("[") ? String(authority.host.dropFirst().dropLast()) : authority.host
        let host = CairnIPAddress(bare)?.description ?? bare
        guard CairnIPAddress(host) != nil || SettingText.isHostName(host) else { return nil }
        self = .server(host, port: port)
    }
}

/// One question for a resolver.
package struct DNSProbe: Hashable, Sendable {
    package var name: DNSName
    package var type: CairnDNSType
    package var resolver: CairnResolver
    /// How long it may take in all.
    package var timeout: Duration

    package init(_ name: DNSName, _ type: CairnDNSType, at resolver: CairnResolver, timeout: Duration) {
        (self.name, self.type, self.resolver, self.timeout) = (name, type, resolver, timeout)
    }

    /// The answer if there was none, with the reason in words.
    package func failed(_ reason: String, _ code: CairnDNSResponseCode = .serverFailure) -> DNSAnswer {
        var answer = DNSAnswer(question: name, type: type, outcome: .failed(code))
        answer.reason = reason
        return answer
    }
}

/// Where one validation finds out what the DNS says: the fake DNS, or a resolver if the settings name one.
struct NameSource: Sendable {
    let table: CairnDNSTable
    let prober: any Prober
    let settings: CairnProbeSettings
    /// The remote perspective that looks; `nil` for the primary one.
    ///
    /// A resolver tells all of them the same.
    let perspective: String?

    func lookUp(_ name: String, _ type: CairnDNSType, completion: @escaping @Sendable (DNSAnswer) -> Void) {
        guard let resolver = settings.resolver else {
            return completion(table.lookup(name, type, from: perspective, patience: settings.timeout))
        }
        let probe = DNSProbe(DNSName(name), type, at: resolver, timeout: settings.timeout)
        if let flaw = probe.name.flaw { return completion(probe.failed(flaw, .formatError)) }
        prober.lookUp(probe, completion: completion)
    }

    func resolve(_ host: String, completion: @escaping @Sendable (AddressLookup) -> Void) {
        guard settings.resolver != nil else {
            return completion(AddressLookup(host, in: table, from: perspective, patience: settings.timeout))
        }
        // In the world outside an address is where it says.
        if let address = CairnIPAddress(host) { return completion(AddressLookup(host, at: address)) }
        lookUp(host, .aaaa) { first in
            lookUp(host, .a) { second in completion(AddressLookup(host, answers: [first, second])) }
        }
    }

    /// Where in the fake DNS a text is, which nobody can know of a DNS elsewhere.
    func names(holding text: String, below name: String) -> [String] {
        settings.resolver == nil ? table.names(holding: text, below: name) : []
    }

    func checkCAA(_ check: CAACheck, completion: @escaping @Sendable (Verdict) -> Void) {
        var machine = CAA(check)
        let action = machine.start()
        run(machine, action, completion)
    }

    private func run(_ machine: CAA, _ action: CAA.Action, _ completion: @escaping @Sendable (Verdict) -> Void) {
        switch action {
        case .lookUp(let name):
            lookUp(name, .caa) { answer in
                var machine = machine
                let next = machine.answered(answer)
                run(machine, next, completion)
            }
        case .finished(let verdict): completion(verdict)
        }
    }
}

extension CairnDNSTable {
    /// The names at or below a name that have a TXT record of this text, in alphabetical order.
    fileprivate func names(holding text: String, below name: String) -> [String] {
        let top = name.lowercasedASCII
        return names.filter { name in
            (name.isSame(as: top) || name.ends(with: ".\(top)"))
                && self[name].contains { $0.text.map { $0.isSame(as: text) } ?? false }
        }
    }
}
