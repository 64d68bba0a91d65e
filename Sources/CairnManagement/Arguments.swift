import Cairn

/// The JSON body of a command, read member by member.
///
/// Names are compared without regard to case, as Go programs do.
struct Arguments {
    private let members: [WireText: CairnJSON]

    init(_ body: [UInt8]) throws(ACMEProblem) {
        let value: CairnJSON
        do { value = try CairnJSON(parsing: body) } catch {
            throw ACMEProblem(.malformed, "the body is not JSON: \(error)")
        }
        guard let object = value.object else {
            throw ACMEProblem(.malformed, "expected a JSON object, got \(value.kind)")
        }
        members = Dictionary(object.members.map { (WireText($0.name.lowercasedASCII), $0.value) }) { _, last in last }
    }

    func string(_ name: String) throws(ACMEProblem) -> String {
        guard let value = members[WireText(name.lowercasedASCII)]?.string else {
            throw ACMEProblem(.malformed, "expected a string \"\(name)\"")
        }
        return value
    }

    /// A string that may be left out.
    func optionalString(_ name: String) throws(ACMEProblem) -> String? {
        members[WireText(name.lowercasedASCII)] == nil ? nil : try string(name)
    }

    /// A string, if there is one.
    func text(_ name: String) -> String? { members[WireText(name.lowercasedASCII)]?.string }

    func integer(_ name: String) throws(ACMEProblem) -> Int {
        guard let value = members[WireText(name.lowercasedASCII)]?.integer else {
            throw ACMEProblem(.malformed, "expected an integer \"\(name)\"")
        }
        return value
    }

    /// An integer that may be left out.
    func optionalInteger(_ name: String) throws(ACMEProblem) -> Int? {
        members[WireText(name.lowercasedASCII)] == nil ? nil : try integer(name)
    }

    /// A name that is not empty.
    func host(_ name: String = "host") throws(ACMEProblem) -> String {
        let host = try string(name)
        guard !host.isEmpty else {
            throw ACMEProblem(.malformed, "expected a name in \"\(name)\", got an empty string")
        }
        return host
    }

    func address(_ text: String, isV6: Bool) throws(ACMEProblem) -> CairnIPAddress {
        guard let address = CairnIPAddress(text), address.isV6 == isV6 else {
            throw ACMEProblem(.malformed, "expected an \(isV6 ? "IPv6" : "IPv4") address, got \(text.quoted)")
        }
        return address
    }

    /// The address in `ip`, or `nil` if that is empty.
    func optionalAddress(isV6: Bool) throws(ACMEProblem) -> CairnIPAddress? {
        let text = try string("ip")
        return text.isEmpty ? nil : try address(text, isV6: isV6)
    }

    func addresses(isV6: Bool) throws(ACMEProblem) -> [CairnIPAddress] {
        guard let array = members[WireText("addresses")]?.array else {
            throw ACMEProblem(.malformed, "expected an array of strings \"addresses\"")
        }
        var addresses: [CairnIPAddress] = []
        for entry in array {
            guard let text = entry.string else {
                throw ACMEProblem(.malformed, "expected strings in \"addresses\", got \(entry.kind)")
            }
            addresses.append(try address(text, isV6: isV6))
        }
        return addresses
    }

    /// The CAA records in `policies`, with flags 0 where there are none.
    func policies() throws(ACMEProblem) -> [CairnDNSRecord] {
        guard let array = members[WireText("policies")]?.array else {
            throw ACMEProblem(.malformed, "expected an array of objects \"policies\"")
        }
        var records: [CairnDNSRecord] = []
        for entry in array {
            guard let tag = entry["tag"]?.string, let value = entry["value"]?.string else {
                throw ACMEProblem(.malformed, "expected strings \"tag\" and \"value\" in each of \"policies\"")
            }
            let flags = entry["flags"] ?? 0
            guard let octet = flags.integer.flatMap({ UInt8(exactly: $0) }) else {
                throw ACMEProblem(.malformed, "expected a number from 0 to 255 as \"flags\" in \"policies\"")
            }
            records.append(.caa(flags: octet, tag: tag, value: value))
        }
        return records
    }
}

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
        return ca.dns.view(try ca.perspective(name))
    }
}

extension TestCA {
    /// A name, if it is that of a perspective.
    func perspective(_ name: String) throws(ACMEProblem) -> String {
        let perspectives = probes.perspectives
        guard perspectives.contains(where: { $0.isSame(as: name) }) else {
            let names = perspectives.map { "\"\($0)\"" }.joined(separator: ", ")
            throw ACMEProblem(
                .malformed,
                "expected one of the configured perspectives (\(names.isEmpty ? "there are none" : names)) in "
                    + "\"perspective\", got \(name.quoted)")
        }
        return name
    }
}
