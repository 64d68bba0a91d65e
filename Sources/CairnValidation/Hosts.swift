package import CairnDNS
package import CairnModel

/// Where a host is.
///
/// The table says so, for addresses too: `192.0.2.1` is looked up under that text, and is where the table's default
/// points unless a test says otherwise. Loopback addresses alone stand for themselves. So no probe leaves the machine
/// without having been told to. With a resolver outside, that says so, and addresses stand for themselves.
package struct AddressLookup: Hashable, Sendable {
    package var host: String
    /// The answers to the AAAA and the A question; none if the host is itself a loopback address.
    package var answers: [DNSAnswer]
    /// Where the host is without any question.
    private var itself: CairnIPAddress?

    /// Asks the table, in the order in which Boulder and RFC 8305 §3 do: AAAA, then A.
    ///
    /// - Parameter patience: how long each answer may take; `nil` for as long as it takes.
    package init(
        _ host: String, in table: CairnDNSTable, from perspective: String? = nil, patience: Duration? = nil
    ) {
        self.host = host
        itself = Self.loopback(host)
        answers =
            itself == nil
            ? [CairnDNSType.aaaa, .a].map { table.lookup(host, $0, from: perspective, patience: patience) } : []
    }

    /// What a resolver outside answered to both questions.
    init(_ host: String, answers: [DNSAnswer]) {
        (self.host, self.answers) = (host, answers)
    }

    /// A host that is an address, and stands for itself.
    init(_ host: String, at address: CairnIPAddress) {
        (self.host, answers, itself) = (host, [], address)
    }

    /// The addresses in the order in which they are worth trying: those of IPv6 before those of IPv4 (RFC 6724).
    package var addresses: [CairnIPAddress] {
        itself.map { [$0] } ?? answers.flatMap(\.addresses)
    }

    private static func loopback(_ host: String) -> CairnIPAddress? {
        CairnIPAddress(host).flatMap { $0.isLoopback ? $0 : nil }
    }

    /// The addresses that are tried: the first of each family that may be connected to, as Boulder does.
    func candidates(_ allowed: CairnProbeSettings.Addresses) -> [CairnIPAddress] {
        let usable = addresses.filter { allowed == .any || $0.isPublic }
        return [usable.first(where: \.isV6), usable.first { !$0.isV6 }].compactMap(\.self)
    }

    /// Why there is nothing to connect to, for a host without candidates.
    var problem: ACMEProblem {
        guard addresses.isEmpty else {
            let got = addresses.prefix(5).map(\.description).joined(separator: ", ")
            return ACMEProblem(
                .dns,
                "\(host) is not public: expected an address on the public Internet, got \(got) "
                    + "(RFC 8555 §10.4, RFC 6890)")
        }
        let failures = answers.filter { $0.responseCode != .noError }
        guard !failures.isEmpty else {
            return ACMEProblem(
                .dns, "no valid A or AAAA record found for \(host): expected at least one address, got NODATA")
        }
        return ACMEProblem(.dns, "DNS problem: " + failures.map(\.description).joined(separator: "; "))
    }
}

extension CairnProbeEvent.Step {
    /// Notes where the host is.
    mutating func note(_ lookup: AddressLookup) {
        lookups = lookup.answers.map(\.words)
        addressesResolved = lookup.addresses
    }
}

/// The addresses of a host, tried one after the other.
struct AddressesInTurn: Sendable {
    /// Those that are still to be tried, the one under way first.
    private var rest: [CairnIPAddress] = []

    /// Notes what was looked up, and tells the address to try first; `nil` if there is none.
    mutating func begin(
        _ lookup: AddressLookup, _ allowed: CairnProbeSettings.Addresses, _ step: inout CairnProbeEvent.Step
    ) -> CairnIPAddress? {
        step.note(lookup)
        rest = lookup.candidates(allowed)
        step.addressUsed = rest.first
        return rest.first
    }

    /// Tells the address to try after a failure; `nil` if that is the end of it.
    mutating func next(after failure: ProbeFailure, _ step: inout CairnProbeEvent.Step) -> CairnIPAddress? {
        guard failure.isBeforeConnection, rest.count > 1 else { return nil }
        step.addressesTried.append(rest.removeFirst())
        step.addressUsed = rest.first
        return rest.first
    }
}

extension DNSAnswer {
    /// The question and its answer in a line: `TXT _acme-challenge.example.test: NXDOMAIN`.
    var words: String {
        let aliases = chain.compactMap { link in
            if case .cname(let target) = link.record.content { "CNAME \(target)" } else { nil }
        }
        let end = records.isEmpty ? ["\(outcome)"] : records.map { "\($0)" }
        return "\(type) \(question): " + (aliases + end).joined(separator: ", ")
    }
}

/// Hosts as they are compared.
enum HostText {
    /// The canonical text of an address, or a name in lower case without its final dot.
    static func key(_ host: String) -> String {
        if let address = CairnIPAddress(host) { return address.description }
        let name = host.lowercasedASCII
        return name.utf8.last == UInt8(ascii: ".") ? String(name.unicodeScalars.dropLast()) : name
    }
}
