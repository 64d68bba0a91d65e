/// The words of a dialect for what the CA says in those of RFC 8555.
///
/// A problem is worded once, by whoever finds it, and cites RFC 8555: its section numbers are what topics are called here.
/// A dialect with sections and members of its own has a table of them, and nobody else has to know it.
package struct Vocabulary: Hashable, Sendable {
    /// What the dialect is called in citations.
    var document: String
    /// Its sections, by the numbers that RFC 8555 has for them.
    ///
    /// What is missing here is no topic of the dialect, and is not cited.
    var sections: [String: String]
    /// Its names of members and resources, by those of RFC 8555.
    var names: [String: String]

    /// A detail in the words of the dialect.
    ///
    /// What is quoted is left as it is, unless it is the name of a member that was expected.
    package func translate(_ detail: String) -> String {
        var result = ""
        var rest = detail[...]
        var isReported = false
        while let first = rest.first {
            if first == "\"" {
                let quotation = Self.quotation(at: rest)
                let content = String(quotation.dropFirst().dropLast())
                result += isReported ? String(quotation) : names[content].map { "\"\($0)\"" } ?? String(quotation)
                rest = rest[quotation.endIndex...]
                isReported = false
            } else if rest.hasPrefix(Self.standard) {
                let (numbers, end) = Self.sections(in: rest.dropFirst(Self.standard.count))
                cite(numbers, in: &result)
                rest = rest[end...]
                // A citation that is left out takes the comma behind it along.
                if result.hasSuffix("("), rest.hasPrefix(", ") { rest = rest.dropFirst(2) }
                if result.hasSuffix(" ("), rest.hasPrefix(")") {
                    result.removeLast(2)
                    rest = rest.dropFirst()
                }
            } else if first.isASCII, first.isLetter {
                let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
                result += names[String(word)] ?? String(word)
                isReported = word == "got"
                rest = rest[word.endIndex...]
            } else {
                result.append(first)
                if first != " " { isReported = false }
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static let standard = "RFC 8555 §"

    /// Cites the sections that the dialect has in place of some of RFC 8555.
    private func cite(_ numbers: [Substring], in text: inout String) {
        var titles: [String] = []
        for title in numbers.compactMap({ sections[String($0)] }) where !titles.contains(title) { titles.append(title) }
        if titles.isEmpty {
            if text.hasSuffix(", ") { text.removeLast(2) }
        } else {
            text += document + titles.map { ", \"\($0)\"" }.joined()
        }
    }

    /// The numbers after the first `§`, as in `7.1.6, §7.5.2`, and where they end.
    private static func sections(in text: Substring) -> (numbers: [Substring], end: Substring.Index) {
        var numbers: [Substring] = []
        var rest = text
        while true {
            var number = rest.prefix { $0.isNumber || $0 == "." }
            if number.last == "." { number = number.dropLast() }
            numbers.append(number)
            rest = rest[number.endIndex...]
            guard rest.hasPrefix(", §") else { return (numbers, rest.startIndex) }
            rest = rest.dropFirst(3)
        }
    }

    /// What stands in quotation marks at the beginning of a text, with them.
    private static func quotation(at text: Substring) -> Substring {
        var isEscaped = false
        for index in text.indices.dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\" {
                isEscaped = true
            } else if text[index] == "\"" {
                return text[...index]
            }
        }
        return text
    }
}

extension Vocabulary {
    /// The draft has titles in place of numbers.
    package static let draft2017 = Vocabulary(
        document: Draft2017.document,
        sections: [
            "6.1": "HTTPS Requests", "6.2": "Request Authentication", "6.4": "Request URI Integrity",
            "6.4.1": "Request URI Integrity", "6.5": "Replay protection", "6.5.1": "Replay-Nonce",
            "6.5.2": "Replay protection", "6.6": "Rate limits", "6.7": "Errors", "7.1": "Resources",
            "7.1.1": "Directory", "7.1.2": "Account Objects", "7.1.2.1": "Orders List", "7.1.3": "Order Objects",
            "7.1.4": "Authorization Objects", "7.1.5": "Identifier Validation Challenges",
            "7.2": "Getting a Nonce", "7.3": "Account Creation", "7.3.1": "Account Creation",
            "7.3.2": "Account Creation", "7.3.3": "Changes of Terms of Service", "7.3.4": "External Account Binding",
            "7.3.5": "Account Key Roll-over", "7.3.6": "Account deactivation",
            "7.4": "Applying for Certificate Issuance", "7.4.1": "Pre-Authorization",
            "7.4.2": "Downloading the Certificate", "7.5": "Identifier Authorization",
            "7.5.1": "Responding to Challenges", "7.5.2": "Deactivating an Authorization",
            "7.6": "Certificate Revocation", "8": "Identifier Validation Challenges", "8.1": "Key Authorizations",
            "8.3": "HTTP", "8.4": "DNS", "10.2": "Integrity of Authorizations",
            "10.4": "Server-Side Request Forgery", "10.5": "CA Policy Considerations",
        ],
        names: [
            "termsOfServiceAgreed": "terms-of-service-agreed", "externalAccountBinding": "external-account-binding",
            "termsOfService": "terms-of-service", "caaIdentities": "caa-identities", "newNonce": "new-nonce",
            "newAccount": "new-account", "newOrder": "new-order", "newAuthz": "new-authz", "revokeCert": "revoke-cert",
            "keyChange": "key-change",
        ])
}
