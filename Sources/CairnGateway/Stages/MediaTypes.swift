import CairnModel
package import HTTPTypes

extension HTTPField.Name {
    /// RFC 8288 §3.
    package static let link = standard("Link")
    /// RFC 8555 §6.5.1.
    package static let replayNonce = standard("Replay-Nonce")
    /// What Boulder calls the account that signed a request.
    static let boulderRequester = standard("Boulder-Requester")

    /// What proxies say of the scheme that they were asked by.
    static let forwardedScheme = standard("X-Forwarded-Proto")

    private static func standard(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is not a field name") }
        return field
    }
}

extension HTTPFields {
    /// The value of the only field with a name; `nil` for none, and for several.
    ///
    /// The subscript makes a new text, joined of all of them.
    func only(_ name: HTTPField.Name) -> String? {
        guard let place = firstIndex(where: { $0.name == name }),
            !self[(place + 1)...].contains(where: { $0.name == name })
        else { return nil }
        return self[place].value
    }

    /// Adds a field after those that there are.
    ///
    /// The subscript is quicker than `append`, which is not compiled for this type of field alone, and does as well where
    /// the name is new.
    mutating func add(_ name: HTTPField.Name, _ value: String) {
        if contains(name) { append(HTTPField(name: name, value: value)) } else { self[name] = value }
    }
}

/// The media types of RFC 8555.
enum MediaType {
    static let jose = "application/jose+json"
    static let json = "application/json"
    static let pemChain = "application/pem-certificate-chain"
    /// The draft of March 2017.
    static let pemFile = "application/x-pem-file"
    /// RFC 2585 §4.1.
    static let certificate = "application/pkix-cert"
    /// RFC 2585 §4.2.
    static let revocationList = "application/pkix-crl"
    /// RFC 6960 appendix C.
    static let statusResponse = "application/ocsp-response"
    static let problem = "application/problem+json"
    static let html = "text/html; charset=utf-8"
    static let form = "application/x-www-form-urlencoded"
    static let text = "text/plain; charset=utf-8"
}

extension CairnRequest {
    /// The media type that the client likes best, by its `Accept` (RFC 9110 §12.5.1).
    ///
    /// A request without `Accept` likes them all. Of those that it likes equally, the first; `nil` if it wants none.
    ///
    /// - Parameter types: in lower case and without parameters.
    func preferred(of types: [String]) -> String? {
        guard let accept = head.headerFields[.accept] else { return types.first }
        // What is not ASCII names no media type.
        let ranges = accept.texts(between: ",").filter(\.isASCII).compactMap(MediaRange.init)
        // An Accept in which nothing can be read says nothing.
        guard !ranges.isEmpty else { return types.first }
        var best: (type: String, weight: Int)?
        for type in types {
            // The most precise range that covers a type tells how much it is liked, whatever the others say.
            let fitting = ranges.filter { $0.covers(type) }
            guard let weight = fitting.max(by: { $0.precision < $1.precision })?.weight, weight > 0 else { continue }
            if weight > best?.weight ?? 0 { best = (type, weight) }
        }
        return best?.type
    }
}

/// One member of an `Accept`: `application/*;q=0.5`.
///
/// Parameters other than the weight are ignored, since no type that is offered has any.
private struct MediaRange {
    private let type: Substring
    private let subtype: Substring
    /// In thousandths.
    let weight: Int

    /// Reads a member; `nil` for one that is not of this form.
    init?(_ text: Substring) {
        let parts = text.lowercased().split(separator: ";", omittingEmptySubsequences: false).map(Self.trim)
        let names = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty, names[0] != "*" || names[1] == "*" else {
            return nil
        }
        (type, subtype) = (names[0], names[1])
        guard let parameter = parts.dropFirst().first(where: { $0.hasPrefix("q=") }) else {
            weight = 1_000
            return
        }
        guard let value = Self.thousandths(parameter.dropFirst(2)) else { return nil }
        weight = value
    }

    /// 0 for `*/*`, 1 for `type/*`, 2 for a type.
    var precision: Int { (type == "*" ? 0 : 1) + (subtype == "*" ? 0 : 1) }

    func covers(_ offered: String) -> Bool {
        switch precision {
        case 0: true
        case 1: offered.hasPrefix("\(type)/")
        default: offered == "\(type)/\(subtype)"
        }
    }

    private static func trim(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return start[...end]
    }

    /// `0`, `1`, and up to three digits after a dot (RFC 9110 §12.4.2).
    private static func thousandths(_ text: Substring) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard parts[0] == "0" || parts[0] == "1", fraction.count <= 3,
            fraction.allSatisfy({ $0.isASCII && $0.isNumber }),
            let value = Int(parts[0] + fraction + String(repeating: "0", count: 3 - fraction.count)), value <= 1_000
        else { return nil }
        return value
    }
}
