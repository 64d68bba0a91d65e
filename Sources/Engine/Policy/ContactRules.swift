import ACME

/// What the contacts of an account must look like (RFC 8555 §7.3).
enum ContactRules {
    static func check(_ contacts: [String], maximum: Int) throws(Refusal) {
        guard contacts.count <= maximum else {
            throw Refusal(
                .invalidContact, "expected at most \(maximum) contacts, got \(contacts.count) (RFC 8555 §7.3)")
        }
        for contact in contacts { try check(contact) }
    }

    private static func check(_ contact: String) throws(Refusal) {
        guard let colon = contact.firstIndex(of: ":") else {
            throw invalid("expected a URL such as \"mailto:admin@example.org\", got \"\(contact)\"")
        }
        let scheme = contact[..<colon].lowercased()
        guard scheme == "mailto" else {
            throw Refusal(
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
    }

    private static func invalid(_ detail: String) -> Refusal {
        Refusal(.invalidContact, detail + " (RFC 8555 §7.3)")
    }
}
