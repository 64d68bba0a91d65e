import Cairn

/// What the commands change of the fake DNS: the table, or what one perspective sees in another way.
protocol EditableDNS {
    var defaultIPv4: IPAddress? { get nonmutating set }
    var defaultIPv6: IPAddress? { get nonmutating set }
    func add(_ record: DNSRecord, to name: String)
    func add(_ records: [DNSRecord], to name: String)
    func removeAll(at name: String, type: DNSType?)
    func setFailure(_ code: DNSResponseCode, for name: String, type: DNSType?)
    func clearFailure(for name: String, type: DNSType?)
}

extension DNSTable: EditableDNS {}
extension DNSView: EditableDNS {}

extension Arguments {
    /// The view of the perspective that `perspective` names; the table if there is no such member.
    func dns(of ca: TestCA) throws(Problem) -> any EditableDNS {
        guard let name = try optionalString("perspective") else { return ca.dns }
        let perspectives = ca.configuration.validation.perspectives
        guard perspectives.contains(where: { $0.isSame(as: name) }) else {
            let names = perspectives.map { "\"\($0)\"" }.joined(separator: ", ")
            throw Problem(
                .malformed,
                "expected one of the configured perspectives (\(names.isEmpty ? "there are none" : names)) in "
                    + "\"perspective\", got \(name.quoted)")
        }
        return ca.dns.view(name)
    }
}
