import CairnModel

/// What an identifier of an order must look like.
enum IdentifierRules {
    /// The canonical form of a requested identifier, or the problem with it.
    static func canonical(_ requested: ACMEIdentifier) throws(ACMEProblem) -> ACMEIdentifier {
        switch requested.type {
        case .dns: try checkDomainName(requested.value)
        case .ip: try checkAddress(requested.value)
        default:
            throw ACMEProblem(
                .unsupportedIdentifier,
                "expected an identifier of type \"dns\" or \"ip\", got \(requested.type.rawValue.quoted) (RFC 8555 §7.4)"
            )
        }
    }

    private static func checkAddress(_ text: String) throws(ACMEProblem) -> ACMEIdentifier {
        guard let address = CairnIPAddress(text) else {
            throw malformed("\(text.quoted) is not an IPv4 or IPv6 address (RFC 8738 §3)")
        }
        guard address.description == text else {
            throw malformed(
                "expected the canonical form \"\(address)\" of the address, got \(text.quoted) (RFC 8738 §3)")
        }
        return .ip(address)
    }

    private static func checkDomainName(_ text: String) throws(ACMEProblem) -> ACMEIdentifier {
        let name = text.lowercased()
        guard !name.isEmpty else { throw malformed("expected a domain name, got an empty string (RFC 8555 §7.1.3)") }
        guard CairnIPAddress(name) == nil else {
            throw malformed("\(name.quoted) is an address: expected an identifier of type \"ip\" (RFC 8738 §3)")
        }
        guard name.utf8.count <= 253 else {
            throw malformed("expected a domain name of at most 253 octets, got \(name.utf8.count) (RFC 1035 §2.3.4)")
        }
        guard !name.hasSuffix(".") else {
            throw malformed("expected \(name.quoted) without its final dot (RFC 8555 §7.1.3)")
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        for (index, label) in labels.enumerated() {
            if label == "*" {
                guard index == 0, labels.count > 1 else {
                    throw malformed(
                        "expected \"*\" as the first of several labels only, got \(name.quoted) (RFC 8555 §7.1.3)")
                }
            } else if let fault = fault(of: label) {
                throw malformed("\(name.quoted): \(fault)")
            }
        }
        guard let last = labels.last, !last.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            throw malformed("\(name.quoted) ends in a label of digits, as no domain name does (RFC 3696 §2)")
        }
        return ACMEIdentifier(type: .dns, value: name)
    }

    /// What is wrong with one label of a host name; `nil` if nothing is.
    private static func fault(of label: Substring) -> String? {
        if label.isEmpty { return "expected labels of 1 to 63 octets, got an empty one (RFC 1035 §2.3.4)" }
        if label.utf8.count > 63 {
            return "expected labels of 1 to 63 octets, got one of \(label.utf8.count) (RFC 1035 §2.3.4)"
        }
        let hyphen = UInt8(ascii: "-")
        for byte in label.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), hyphen: continue
            default:
                return "expected letters, digits and hyphens in \(label.quoted), with other characters as A-labels "
                    + "(RFC 8555 §7.1.4, RFC 5890 §2.3.1)"
            }
        }
        if label.utf8.first == hyphen || label.utf8.last == hyphen {
            return "\(label.quoted) begins or ends with a hyphen (RFC 5890 §2.3.1)"
        }
        if label.dropFirst(2).hasPrefix("--") {
            guard label.hasPrefix("xn--") else {
                return "\(label.quoted) has hyphens in its third and fourth place, where only \"xn--\" has a meaning "
                    + "(RFC 5890 §2.3.1)"
            }
            return ALabel.fault(of: label)
        }
        return nil
    }

    private static func malformed(_ detail: String) -> ACMEProblem { ACMEProblem(.malformed, detail) }
}
