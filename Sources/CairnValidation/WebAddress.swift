import CairnModel

/// An `http` or `https` URL, taken apart (RFC 9110 §4.2).
struct WebAddress: Hashable {
    var isTLS: Bool
    /// A name, or the text of an address without brackets.
    var host: String
    /// The port if it is written in the URL and is not the default of the scheme.
    var port: Int?
    /// Path and query.
    var path: String

    init(isTLS: Bool = false, host: String, port: Int? = nil, path: String) {
        (self.isTLS, self.host, self.path) = (isTLS, host, path)
        self.port = port == (isTLS ? 443 : 80) ? nil : port
    }

    /// Host and port as they stand in the URL and in the `Host` field.
    var authority: String {
        (CairnIPAddress(host)?.urlHost ?? host) + (port.map { ":\($0)" } ?? "")
    }

    /// The port that the URL means, written or not.
    var portInURL: Int { port ?? (isTLS ? 443 : 80) }

    var text: String { "\(isTLS ? "https" : "http")://\(authority)\(path)" }
}

/// Why a redirect cannot be followed, in words that continue "to …".
struct UnusableLocation: Error, Hashable {
    var reason: String
}

extension WebAddress {
    /// The URL that the `Location` of a response from here leads to (RFC 9110 §10.2.2, RFC 3986 §5.2).
    ///
    /// A fragment is dropped. Refused are other schemes, user information, and hosts and ports that are none.
    func following(_ location: String) throws(UnusableLocation) -> WebAddress {
        guard location.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw UnusableLocation(reason: "expected a URL, got white space or a control character in it (RFC 3986 §2)")
        }
        let reference = Self.percentEncoded(location).prefix { $0 != "#" }
        if let colon = reference.firstIndex(of: ":"), Self.isScheme(reference[..<colon]) {
            let scheme = reference[..<colon].lowercased()
            guard scheme == "http" || scheme == "https" else {
                throw UnusableLocation(reason: "expected the scheme http or https, got \(scheme) (RFC 8555 §8.3)")
            }
            let rest = reference[reference.index(after: colon)...]
            guard rest.hasPrefix("//") else {
                throw UnusableLocation(reason: "expected \"//\" and a host after the scheme (RFC 9110 §4.2)")
            }
            return try Self.parse(rest.dropFirst(2), isTLS: scheme == "https")
        }
        if reference.hasPrefix("//") { return try Self.parse(reference.dropFirst(2), isTLS: isTLS) }
        var target = self
        let (base, query) = Self.split(path[...])
        if reference.isEmpty {
            target.path = String(base + query)
        } else if reference.hasPrefix("?") {
            target.path = String(base + reference)
        } else {
            let (relative, query) = Self.split(reference)
            let directory = base.lastIndex(of: "/").map { base[...$0] } ?? "/"
            target.path = Self.withoutDots(relative.hasPrefix("/") ? relative : directory + relative) + query
        }
        return target
    }

    /// Reads what follows `//`.
    private static func parse(_ rest: Substring, isTLS: Bool) throws(UnusableLocation) -> WebAddress {
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw UnusableLocation(reason: "expected a host, got user information before it (RFC 9110 §4.2.4)")
        }
        let (host, portText) = try split(authority: authority)
        var port: Int?
        if let portText, !portText.isEmpty {
            guard let number = UInt16(portText), number > 0 else {
                throw UnusableLocation(reason: "expected a port from 1 to 65535, got \(portText.quoted)")
            }
            port = Int(number)
        }
        let (path, query) = split(rest.dropFirst(authority.count))
        return WebAddress(
            isTLS: isTLS, host: host, port: port, path: path.isEmpty ? "/" + query : withoutDots(path) + query)
    }

    private static func split(authority: Substring) throws(UnusableLocation) -> (host: String, port: Substring?) {
        var host = authority
        var port: Substring?
        let bracket = authority.lastIndex(of: "]")
        if let colon = authority.lastIndex(of: ":"), bracket.map({ $0 < colon }) ?? true {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let address = CairnIPAddress(host.dropFirst().dropLast()), address.isV6 else {
                throw UnusableLocation(
                    reason: "expected an IPv6 address in brackets, got \(host.quoted) (RFC 3986 §3.2.2)")
            }
            return (address.description, port)
        }
        let name = HostText.key(String(host))
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard !name.isEmpty, isName else {
            throw UnusableLocation(reason: "expected a host name or an address, got \(host.quoted)")
        }
        return (name, port)
    }

    private static func split(_ text: Substring) -> (path: Substring, query: Substring) {
        let question = text.firstIndex(of: "?") ?? text.endIndex
        return (text[..<question], text[question...])
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, (first | 0x20) >= UInt8(ascii: "a"), (first | 0x20) <= UInt8(ascii: "z")
        else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }

    /// The path without its segments `.` and `..` (RFC 3986 §5.2.4).
    private static func withoutDots(_ path: Substring) -> String {
        var segments: [Substring] = []
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch part {
            case ".": if isLast { segments.append("") }
            case "..":
                _ = segments.popLast()
                if isLast { segments.append("") }
            default: segments.append(part)
            }
        }
        return "/" + segments.joined(separator: "/")
    }

    /// The text with its octets outside ASCII percent-encoded, as user agents send them (RFC 3987 §3.1).
    private static func percentEncoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { encoded, byte in
            if byte < 0x80 {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
