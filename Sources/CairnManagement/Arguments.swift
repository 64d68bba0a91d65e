import Cairn

/// The JSON body of a command, read member by member.
///
/// Names are compared without regard to case, as Go programs do.
struct Arguments: JSONMembers {
    private let members: [WireText: CairnJSON]

    init(_ request: CairnRequest) throws(ACMEProblem) {
        guard !request.body.isEmpty else { throw ACMEProblem(.malformed, Self.emptyBody) }
        let value = try request.json { (sentence, _) in ACMEProblem(.malformed, sentence) }
        guard let object = value.object else {
            throw ACMEProblem(.malformed, "expected a JSON object, got \(value.kind)")
        }
        members = Dictionary(object.members.map { (WireText($0.name.lowercasedASCII), $0.value) }) { _, last in last }
    }

    /// What is said of a request without a body, in the words of `pebble-challtestsrv`.
    static let emptyBody = "Expected JSON POST body, was empty"

    subscript(name: String) -> CairnJSON? { members[WireText(name.lowercasedASCII)] }

    func misfit(_ name: String, expected: String, got actual: String?, by section: String?) -> ACMEProblem {
        ACMEProblem(.malformed, "expected \(expected) \"\(name)\", got \(actual ?? "nothing")")
    }

    func string(_ name: String) throws(ACMEProblem) -> String { try required(name, .string) }

    /// A name that is not empty.
    func host(_ name: String = "host") throws(ACMEProblem) -> String { try text(name, "a name") }

    /// A text that is not empty.
    func text(_ name: String, _ what: String = "a text") throws(ACMEProblem) -> String {
        let text = try string(name)
        guard !text.isEmpty else {
            throw ACMEProblem(.malformed, "expected \(what) in \"\(name)\", got an empty string")
        }
        return text
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
        var addresses: [CairnIPAddress] = []
        for text in try required("addresses", .strings) { addresses.append(try address(text, isV6: isV6)) }
        guard !addresses.isEmpty else {
            throw ACMEProblem(.malformed, "expected at least one address in \"addresses\", got none")
        }
        return addresses
    }

    /// The CAA records in `policies`, with flags 0 where there are none.
    func policies() throws(ACMEProblem) -> [CairnDNSRecord] {
        var records: [CairnDNSRecord] = []
        for entry in try required("policies", .array("an array of objects")) {
            guard let tag = entry["tag"]?.string, let value = entry["value"]?.string else {
                throw ACMEProblem(.malformed, "expected strings \"tag\" and \"value\" in each of \"policies\"")
            }
            let flags = entry["flags"] ?? 0
            guard let octet = flags.integer.flatMap({ UInt8(exactly: $0) }) else {
                throw ACMEProblem(.malformed, "expected a number from 0 to 255 as \"flags\" in \"policies\"")
            }
            records.append(.caa(flags: octet, tag: tag, value: value))
        }
        guard !records.isEmpty else {
            throw ACMEProblem(.malformed, "expected at least one policy in \"policies\", got none")
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
    func replace(with record: CairnDNSRecord, at name: String)
    func remove(_ record: CairnDNSRecord, from name: String)
    func removeAll(at name: String, type: CairnDNSType?)
    func setFailure(_ code: CairnDNSResponseCode, for name: String, type: CairnDNSType?)
    func clearFailure(for name: String, type: CairnDNSType?)
}

extension CairnDNSTable: EditableDNS {}
extension CairnDNSView: EditableDNS {}

extension Arguments {
    /// The view of the perspective that `perspective` names; the table if there is no such member.
    func dns(of contents: ChallengeContents) throws(ACMEProblem) -> any EditableDNS {
        guard let name = try optional("perspective", .string) else { return contents.dns }
        return contents.dns.view(try contents.perspective(name))
    }
}

extension ChallengeContents {
    /// A name, if it is that of a perspective.
    func perspective(_ name: String) throws(ACMEProblem) -> String {
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
