import Cairn

/// What the commands change of the fake DNS: the table, or what one perspective sees in another way.
protocol EditableDNS {
    var defaultIPv4: CairnIPAddress? { get nonmutating set }
    var defaultIPv6: CairnIPAddress? { get nonmutating set }
    func add(_ record: CairnDNSRecord, to name: String)
    func add(_ records: [CairnDNSRecord], to name: String)
    func removeAll(at name: String, type: CairnDNSType?)
    func setFailure(_ code: CairnDNSResponseCode, for name: String, type: CairnDNSType?)
    func clearFailure(for name: String, type: CairnDNSType?)
}

extension CairnDNSTable: EditableDNS {}
extension CairnDNSView: EditableDNS {}

extension Arguments {
    /// The view of the perspective that `perspective` names; the table if there is no such member.
    func dns(of ca: TestCA) throws(ACMEProblem) -> any EditableDNS {
        guard let name = try optionalString("perspective") else { return ca.dns }
        let perspectives = ca.probes.perspectives
        guard perspectives.contains(where: { $0.isSame(as: name) }) else {
            let names = perspectives.map { "\"\($0)\"" }.joined(separator: ", ")
            throw ACMEProblem(
                .malformed,
                "expected one of the configured perspectives (\(names.isEmpty ? "there are none" : names)) in "
                    + "\"perspective\", got \(name.quoted)")
        }
        return ca.dns.view(name)
    }
}
