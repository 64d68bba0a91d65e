import CairnModel

/// What the contacts of an account must look like (RFC 8555 §7.3).
enum ContactRules {
    static func check(_ contacts: [String], _ policy: Policy) throws(Refusal) {
        let maximum = policy.maximumContacts
        guard contacts.count <= maximum else {
            throw Refusal(
                .invalidContact, "expected at most \(maximum) contacts, got \(contacts.count) (RFC 8555 §7.3)")
        }
        guard !contacts.isEmpty || !policy.requiresContact else {
            throw Refusal(.invalidContact, "expected a contact, which this CA requires, got none (RFC 8555 §7.3)")
        }
        var problems: [Problem] = []
        for contact in contacts {
            do { try check(contact, blocked: policy.blockedContactDomains) } catch { problems.append(error) }
        }
        if let refusal = refusal(of: problems) { throw refusal }
    }

    /// One refusal of all bad contacts, with a subproblem for each if there are several (RFC 8555 §6.7.1).
    private static func refusal(of problems: [Problem]) -> Refusal? {
        guard let first = problems.first else { return nil }
        guard problems.count > 1 else { return Refusal(first) }
        let type = problems.allSatisfy { $0.type == first.type } ? first.type : .compound
        let details = problems.map(\.detail).joined(separator: "; ")
        return Refusal(
            Problem(
                type, "\(problems.count) contacts were refused: \(details) (RFC 8555 §6.7.1)", subproblems: problems))
    }

    private static func check(_ contact: String, blocked: NameSet) throws(Problem) {
        guard let colon = contact.firstIndex(of: ":") else {
            throw invalid("expected a URL such as \"mailto:admin@example.org\", got \"\(contact)\"")
        }
        let scheme = contact[..<colon].lowercased()
        guard scheme == "mailto" else {
            throw Problem(
                .unsupportedContact, "expected a contact with the scheme \"mailto\", got \"\(scheme)\" (RFC 8555 §7.3)")
        }
        let address = contact[contact.index(after: colon)...]
        guard !address.contains("?") else {
            throw invalid("expected \"mailto\" without header fields, got \"\(contact)\"")
        }
        guard !address.contains(",") else {
            throw invalid("expected one address in a \"mailto\", got \"\(contact)\"")
        }
        guard address.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw invalid("expected visible ASCII characters in \"\(contact)\"")
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, (try? IdentifierRules.check(.dns(String(parts[1])))) != nil,
            !parts[1].hasPrefix("*")
        else {
            throw invalid("expected one address with a local part and a domain, got \"\(address)\"")
        }
        guard !blocked.covers(.dns(String(parts[1]))) else {
            throw invalid("expected an address whose domain this CA accepts, got \"\(contact)\"")
        }
    }

    private static func invalid(_ detail: String) -> Problem {
        Problem(.invalidContact, detail + " (RFC 8555 §7.3)")
    }
}
