import CairnModel

/// What the contacts of an account must look like (RFC 8555 §7.3).
enum ContactRules {
    /// Refuses contacts that the policy does not accept.
    ///
    /// - Returns: what it accepts though it should not, in words.
    static func requireAcceptable(
        _ contacts: [String], _ policy: CairnPolicy
    ) throws(Refusal) -> [(CairnLeniency, String)] {
        let maximum = policy.maximumContacts
        guard contacts.count <= maximum else {
            throw Refusal(
                .invalidContact, "expected at most \(maximum) contacts, got \(contacts.count) (RFC 8555 §7.3)",
                cause: .contactCount, facts: ["\(contacts.count)", "\(maximum)"])
        }
        guard !contacts.isEmpty || !policy.requiresContact else {
            throw Refusal(.invalidContact, "expected a contact, which this CA requires, got none (RFC 8555 §7.3)")
        }
        var problems: [ACMEProblem] = []
        var accepted: [(CairnLeniency, String)] = []
        for contact in contacts {
            do { accepted += try requireAcceptable(contact, policy) } catch { problems.append(error) }
        }
        if let refusal = refusal(of: problems) { throw refusal }
        return accepted
    }

    /// One refusal of all bad contacts, with a subproblem for each if there are several (RFC 8555 §6.7.1).
    private static func refusal(of problems: [ACMEProblem]) -> Refusal? {
        guard let first = problems.first else { return nil }
        guard problems.count > 1 else { return Refusal(first) }
        let type = problems.allSatisfy { $0.type == first.type } ? first.type : .compound
        let details = problems.map(\.detail).joined(separator: "; ")
        return Refusal(
            ACMEProblem(
                type, "\(problems.count) contacts were refused: \(details) (RFC 8555 §6.7.1)", subproblems: problems))
    }

    private static func requireAcceptable(_ contact: String, _ policy: CairnPolicy) throws(ACMEProblem) -> [(
        CairnLeniency, String
    )] {
        guard contact.utf8.count <= 1_000 else {
            throw invalid("expected a contact of at most 1000 bytes, got \(contact.quoted)")
        }
        guard let colon = contact.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw invalid(
                "expected a URL such as \"mailto:admin@example.org\", got \(contact.quoted)", .contactScheme, "")
        }
        let scheme = contact[..<colon].lowercased()
        guard scheme.utf8.allSatisfy(MailtoText.isInScheme) else {
            throw invalid("expected a URL that begins with its scheme, \"mailto:\", got \(contact.quoted)")
        }
        guard scheme == "mailto" else {
            throw ACMEProblem(
                .unsupportedContact,
                "expected a contact with the scheme \"mailto\", got \(scheme.quoted) (RFC 8555 §7.3)"
            ).caused(by: .contactScheme, [scheme])
        }
        let text = MailtoText(contact, after: colon)
        let accepted = try leniencies(for: text, policy.leniencies)
        try requireAcceptable(text, policy)
        return accepted
    }

    /// What has to be put up with for the sake of a contact.
    private static func leniencies(
        for text: MailtoText, _ leniencies: CairnLeniencies
    ) throws(ACMEProblem) -> [(CairnLeniency, String)] {
        var needed: [(CairnLeniency, String)] = []
        if text.hasHeaderFields {
            needed.append(
                (.mailtoHeaderFields, "expected \"mailto\" without header fields, got \(text.contact.quoted)"))
        }
        if let fault = text.looseCharacter {
            needed.append((.looseMailto, "expected one address in the form of a URL, got \(fault)"))
        }
        for (leniency, detail) in needed where !leniencies.accept(leniency) { throw invalid(detail) }
        return needed
    }

    private static func requireAcceptable(_ text: MailtoText, _ policy: CairnPolicy) throws(ACMEProblem) {
        if let fault = text.foreignCharacter {
            throw invalid(
                "expected one address in visible ASCII characters, got \(fault)",
                text.address.utf8.allSatisfy { $0 < 0x80 } ? .contactForm : .contactCharacters, text.address)
        }
        let address = text.address
        guard address.utf8.count <= 254 else {
            throw invalid("expected an address of at most 254 bytes (RFC 5321 §4.5.3.1), got \(address.quoted)")
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, MailtoText.isLocalPart(parts[0]),
            (try? IdentifierRules.canonical(.dns(String(parts[1])))) != nil, !parts[1].hasPrefix("*")
        else {
            throw invalid(
                "expected one address with a local part and a domain, got \(address.quoted)", .contactForm, address)
        }
        guard !policy.blockedContactDomains.covers(.dns(String(parts[1]))) else {
            throw invalid("expected an address whose domain this CA accepts, got \(text.contact.quoted)")
        }
    }

    private static func invalid(
        _ detail: String, _ cause: ACMEProblem.Cause? = nil, _ fact: Substring = ""
    ) -> ACMEProblem {
        ACMEProblem(.invalidContact, detail + " (RFC 8555 §7.3)").caused(by: cause, [String(fact)])
    }
}

/// A `mailto` URL, taken apart as the CAs in use do it: they cut off header fields and read the rest as the address of a
/// mail, with spaces around it and a display name (RFC 5322 §3.4).
struct MailtoText {
    let contact: String
    /// `local@domain`, whatever is wrong with it.
    let address: Substring
    let hasHeaderFields: Bool
    /// The first character that stands where no URL has it, though a mail address may: which, and where.
    let looseCharacter: String?
    /// The first character that an address cannot have: which, and where.
    let foreignCharacter: String?

    /// - Parameter colon: where the scheme ends.
    init(_ contact: String, after colon: String.Index) {
        self.contact = contact
        let rest = contact[contact.utf8.index(after: colon)...]
        let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?"))
        hasHeaderFields = mark != nil
        let text = rest[..<(mark ?? rest.endIndex)]
        let inner = Self.trimmed(text)
        address = Self.inAngles(inner) ?? inner
        looseCharacter = text.unicodeScalars.firstIndex { !Self.isInURL($0) && $0.isASCII }.map {
            Self.place(of: $0, in: contact)
        }
        foreignCharacter = address.unicodeScalars.firstIndex { !Self.isInAddress($0) }.map {
            Self.place(of: $0, in: contact)
        }
    }

    /// `a b <c@d>` names `c@d`: a display name, and nothing behind the address.
    private static func inAngles(_ text: Substring) -> Substring? {
        guard text.utf8.last == UInt8(ascii: ">"), let angle = text.utf8.firstIndex(of: UInt8(ascii: "<")) else {
            return nil
        }
        let name = trimmed(text[..<angle])
        guard !name.isEmpty, name.unicodeScalars.allSatisfy({ $0 == " " || isInAddress($0) && $0 != "@" || $0 == "\"" })
        else { return nil }
        return text[text.utf8.index(after: angle)...].dropLast()
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.utf8.first == UInt8(ascii: " ") { text = text.dropFirst() }
        while text.utf8.last == UInt8(ascii: " ") { text = text.dropLast() }
        return text
    }

    private static func place(of index: String.Index, in text: String) -> String {
        let number = text.unicodeScalars.distance(from: text.startIndex, to: index) + 1
        return "\(text.unicodeScalars[index].named) as character \(number) of \(text.quoted)"
    }

    static func isInScheme(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// A local part of atoms with single dots between them (RFC 5322 §3.4.1).
    static func isLocalPart(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
    }

    /// Visible ASCII without what RFC 5322 §3.2.3 reserves, the dot excepted; no fragment begins in it either.
    private static func isInAddress(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "(", ")", "<", ">", "[", "]", ":", ";", "\\", ",", "\"", "#": false
        default: ("!"..."~").contains(scalar)
        }
    }

    /// What a URL has as it is (RFC 3986 §2).
    private static func isInURL(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "<", ">", "\\", "^", "`", "{", "|", "}": false
        default: ("!"..."~").contains(scalar)
        }
    }
}
