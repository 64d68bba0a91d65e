extension SettingKind where Value == Bool {
    package static var bool: SettingKind {
        SettingKind("true or false", ["type": "boolean"], read: \.bool, write: { .bool($0) })
    }
}

extension SettingKind where Value == Int {
    /// A whole number.
    ///
    /// - Parameter thing: what it is, without the range.
    package static func integer(
        _ range: ClosedRange<Int> = 0...Int.max, _ thing: String = "a whole number"
    ) -> SettingKind {
        let bounds =
            switch (range.lowerBound, range.upperBound) {
            case (.min, .max): ""
            case (let least, .max): " of at least \(least)"
            case (let least, let most): " from \(least) to \(most)"
            }
        var schema: CairnJSONObject = ["type": "integer", "minimum": .integer(range.lowerBound)]
        if range.upperBound < .max { schema["maximum"] = .integer(range.upperBound) }
        return SettingKind(
            "\(thing)\(bounds)", schema, read: { $0.integer.flatMap { range.contains($0) ? $0 : nil } },
            write: { .integer($0) })
    }

    /// A port to listen on: 0 takes a free one.
    package static var listeningPort: SettingKind { integer(0...65_535, "a port (0 takes a free one)") }
    /// A port to connect to.
    package static var port: SettingKind { integer(1...65_535, "a port") }

    /// One of a few numbers.
    package static func number(of numbers: [Int]) -> SettingKind {
        SettingKind(
            numbers.map { "\($0)" }.joined(separator: " or "), ["enum": .array(numbers.map { .integer($0) })],
            read: { $0.integer.flatMap { numbers.contains($0) ? $0 : nil } }, write: { .integer($0) })
    }
}

extension SettingKind where Value == Duration {
    /// A time: a number of seconds, or a text such as `90d` or `1h 30min`.
    package static func duration(_ range: ClosedRange<Duration> = .zero ... .century) -> SettingKind {
        let least = range.lowerBound == .zero ? "0" : range.lowerBound.text
        let most = range.upperBound == .century ? "100 years" : range.upperBound.text
        return SettingKind(
            "a time from \(least) to \(most): a number of seconds, or a text such as \"90d\" (\(Duration.units))",
            ["anyOf": [["type": "number", "minimum": 0], ["type": "string"]]],
            read: { json in
                let duration: Duration? =
                    switch json {
                    case .integer(let seconds) where seconds.magnitude < 1 << 40: .seconds(seconds)
                    case .double(let seconds) where seconds.magnitude < 1e12: .seconds(seconds)
                    case .string(let text): Duration(text: text)
                    default: nil
                    }
                return duration.flatMap { range.contains($0) ? $0 : nil }
            },
            write: CairnJSON.seconds)
    }
}

extension CairnJSON {
    /// A time in seconds.
    package static func seconds(_ duration: Duration) -> CairnJSON {
        let (seconds, attoseconds) = duration.saturated.components
        guard attoseconds != 0 else { return .integer(Int(seconds)) }
        return .double(Double(seconds) + Double(attoseconds) / 1e18)
    }
}

extension SettingKind where Value == String {
    /// A text.
    ///
    /// - Parameters:
    ///   - expected: what is expected.
    ///   - schema: what JSON Schema has to say about it besides its type.
    package static func text(
        _ expected: String = "a text", _ schema: CairnJSONObject = [:],
        where holds: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> SettingKind {
        var whole: CairnJSONObject = ["type": "string"]
        for member in schema.members { whole[member.name] = member.value }
        return SettingKind(
            expected, whole, read: { $0.string.flatMap { holds($0) ? $0 : nil } }, write: { .string($0) })
    }

    /// The path of a file.
    package static var file: SettingKind { text("the path of a file") { !$0.isEmpty && !$0.utf8.contains(0) } }
    /// A URL of HTTP.
    package static var url: SettingKind {
        text(
            "an http or https URL such as \"https://ca.example.test/terms\"", ["format": "uri"],
            where: SettingText.isURL)
    }
    /// A name of a host in the DNS.
    package static var hostName: SettingKind {
        text("a host name such as \"ca.example.test\"", where: SettingText.isHostName)
    }
    /// A name, an address, or all names below one.
    package static var namePattern: SettingKind {
        text("a host name, an IP address, or \"*.\" and a name for all below it", where: SettingText.isNamePattern)
    }
}

extension SettingKind where Value == CairnIPAddress {
    package static var address: SettingKind {
        SettingKind(
            "an IP address", ["type": "string", "anyOf": [["format": "ipv4"], ["format": "ipv6"]]],
            read: { $0.string.flatMap { CairnIPAddress($0) } }, write: { .string($0.description) })
    }

    /// An address of one family.
    package static func address(isV6: Bool) -> SettingKind {
        SettingKind(
            "an \(isV6 ? "IPv6" : "IPv4") address", ["type": "string", "format": isV6 ? "ipv6" : "ipv4"],
            read: { $0.string.flatMap { CairnIPAddress($0) }.flatMap { $0.isV6 == isV6 ? $0 : nil } },
            write: { .string($0.description) })
    }
}

extension SettingKind {
    /// One of a few words.
    ///
    /// - Parameters:
    ///   - values: what is known.
    ///   - word: the word for a value, also for one that is not known.
    package static func word(
        of values: [Value], _ word: @escaping @Sendable (Value) -> String
    ) -> SettingKind {
        let words = values.map(word)
        let list = words.map { "\"\($0)\"" }
        let expected =
            list.count < 3
            ? list.joined(separator: " or ") : list.dropLast().joined(separator: ", ") + " or " + (list.last ?? "")
        return SettingKind(
            expected, ["enum": .array(words.map { .string($0) })],
            read: { json in words.firstIndex { $0 == json.string }.map { values[$0] } }, write: { .string(word($0)) })
    }
}

extension SettingKind where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of the words of an enumeration.
    package static var word: SettingKind { word(of: Array(Value.allCases)) { $0.rawValue } }
}

/// What texts in settings are.
package enum SettingText {
    /// Whether a text is a host name: labels of 1 to 63 letters, digits, hyphens and underscores, 253 octets at most.
    package static func isHostName(_ text: String) -> Bool {
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        guard (1...253).contains(name.utf8.count) else { return false }
        return name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            let hyphen = UInt8(ascii: "-")
            return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), hyphen, UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }

    /// Whether a text is a host name, perhaps with `*.` in front.
    package static func isStarredName(_ text: String) -> Bool { isHostName(text.nameBelowStar ?? text) }

    package static func isNamePattern(_ text: String) -> Bool { CairnIPAddress(text) != nil || isStarredName(text) }

    /// Whether a text is a URL of HTTP in visible ASCII (RFC 9110 §4.2).
    package static func isURL(_ text: String) -> Bool {
        guard
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "<") }),
            let scheme = ["https://", "http://"].first(where: { text.lowercased().hasPrefix($0) })
        else { return false }
        return isAuthority(text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" })
    }

    /// Whether a text is the origin of a URL: scheme and authority, and no path.
    package static func isOrigin(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return false }
        return isAuthority(text.dropFirst(scheme.count))
    }

    private static func isAuthority(_ text: Substring) -> Bool {
        guard let authority = try? URLAuthority(text) else { return false }
        return authority.host.utf8.first == UInt8(ascii: "[") || isHostName(authority.host)
    }
}

/// The reasons of revocations by their numbers (RFC 5280 §5.3.1).
package enum RevocationReasonName {
    /// All of them; 7 is not used.
    package static let all: [(number: Int, name: String)] = [
        (0, "unspecified"), (1, "keyCompromise"), (2, "cACompromise"), (3, "affiliationChanged"), (4, "superseded"),
        (5, "cessationOfOperation"), (6, "certificateHold"), (8, "removeFromCRL"), (9, "privilegeWithdrawn"),
        (10, "aACompromise"),
    ]

    package static func of(_ number: Int) -> String? { all.first { $0.number == number }?.name }
}

extension SettingKind where Value == Int {
    /// A reason of a revocation, by its number or its name.
    package static var revocationReason: SettingKind {
        let names = RevocationReasonName.all.map(\.name)
        return SettingKind(
            "a number from 0 to 10, but 7, or one of \(names.joined(separator: ", "))",
            [
                "anyOf": [
                    ["type": "integer", "enum": .array(RevocationReasonName.all.map { .integer($0.number) })],
                    ["enum": .array(names.map(CairnJSON.string))],
                ]
            ],
            read: { json in
                RevocationReasonName.all.first { $0.number == json.integer || $0.name == json.string }?.number
            }, write: { .integer($0) })
    }
}
