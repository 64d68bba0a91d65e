extension TestCA.Configuration.DNS {
    /// What can be changed while a CA runs.
    @SettingBuilder<Self> static var defaults: [Setting<Self>] {
        Setting(
            "defaultIPv4", \.defaultIPv4, SettingKind.address(isV6: false).optional("none"),
            "the IPv4 address of names that have no record of their own")
        Setting(
            "defaultIPv6", \.defaultIPv6, SettingKind.address(isV6: true).optional("none"), example: "::1",
            "the IPv6 address of names that have no record of their own")
        Setting<Self>.section("updates", \.updates, CairnDNSUpdates.settings)
    }

    /// What is there from the start.
    @SettingBuilder<Self> static var contents: [Setting<Self>] {
        Setting(
            "records", \.records, .records,
            example: [
                "www.example.test": ["A 127.0.0.1", "AAAA ::1"], "*.example.test": ["CNAME www.example.test"],
                "example.test": ["CAA 0 issue \"cairn.test\""],
            ], "the initial records of each name, written as in a zone file (RFC 1035 §5.1)")
        Setting(
            "failures", \.failures, .failures,
            example: [["name": "broken.example.test", "code": "SERVFAIL"]], "the queries that fail initially")
        Setting(
            "views", \.views, .dictionary(of: .view, "names of perspectives"),
            example: ["eu": ["records": ["www.example.test": ["A 127.0.0.2"]]]],
            "what each remote perspective initially sees instead")
        Setting(
            "scripts", \.scripts, .array(of: .script, "scripts"),
            example: [
                [
                    "when": ["name": "_acme-challenge.example.test", "type": "TXT"],
                    "do": [["hide": [:], "times": 2], ["code": "SERVFAIL", "times": 1]],
                ]
            ], "scripts that change the answers to DNS queries")
    }
}

extension TestCA.Configuration.Validation {
    @SettingBuilder<Self> static var settings: [Setting<Self>] {
        Setting(
            "standard", \.standard, .decision,
            "the decision for names without one of their own: `probe` validates, `approve` and `deny` do not look")
        Setting(
            "names", \.names, .decisions,
            example: ["www.example.test": "approve", "*.refused.test": ["deny": ["detail": "not today"]]],
            "the decision for each name, in place of validation; `probe` validates as usual")
        Setting(
            "perspectives", \.perspectives, .dictionary(of: .decisions, "names of perspectives"),
            example: ["eu": ["www.example.test": "deny"]], "the same, for individual remote perspectives")
    }
}

extension TestCA.Configuration.Responder {
    @SettingBuilder<Self> static var settings: [Setting<Self>] {
        Setting(
            "answers", \.answers, .array(of: .answer, "answers to challenges"),
            example: [
                ["type": "http-01", "token": "a-token", "keyAuthorization": "a-token.thumbprint"],
                ["type": "dns-01", "name": "www.example.test", "keyAuthorization": "a-token.thumbprint"],
            ], "the challenges that are answered inside the process from the start")
        Setting(
            "redirects", \.redirects, .dictionary(of: .url, "paths") { $0.begins(with: "/") ? nil : "a path" },
            example: ["/.well-known/acme-challenge/a-token": "http://www.example.test/elsewhere"],
            "where http-01 requests for a path are redirected to, from the start")
    }
}

// MARK: Kinds

extension SettingKind where Value == TestCA.Configuration.Responder.Answer {
    fileprivate static var answer: SettingKind {
        typealias Answer = TestCA.Configuration.Responder.Answer
        return .object("an answer", fresh: Answer(.http01, ""), required: ["type", "keyAuthorization"]) {
            Setting("type", \.type, .word(of: Answer.types, \.rawValue), "the challenge type")
            Setting(
                "name", \.name,
                SettingKind<String>.text("a host name or an IP address") {
                    CairnIPAddress($0) != nil || SettingText.isHostName($0)
                }.optional("any"),
                "the name that is validated; for `http-01` and `tls-sni-02` it can be left out")
            Setting(
                "token", \.token, SettingKind<String>.text().optional("none"),
                "the token, for `http-01` and `tls-sni-02`")
            Setting(
                "account", \.account, SettingKind<String>.url.optional("none"),
                "the URL of the account, for `dns-account-01`")
            Setting("keyAuthorization", \.keyAuthorization, .text(), "the key authorization (RFC 8555 §8.1)")
        }
    }
}

extension SettingKind where Value == TestCA.Configuration.ExternalAccountPause {
    static var pause: SettingKind {
        .object(
            "a pause", fresh: TestCA.Configuration.ExternalAccountPause([], forExternalAccount: ""),
            required: ["externalAccountKey", "identifiers"]
        ) {
            Setting(
                "externalAccountKey", \.externalAccountKey, .text("the identifier of a key") { !$0.isEmpty },
                "the identifier of the key that the account must be bound to")
            Setting("identifiers", \.identifiers, .pausedIdentifiers, "what is paused")
        }
    }
}

extension SettingKind where Value == [ACMEIdentifier] {
    /// What can be paused at once.
    package static var pausedIdentifiers: SettingKind { .array(of: .identifier, "names or addresses", 1...1_000) }
}

extension SettingKind where Value == ACMEIdentifier {
    /// A name or an address, as a text.
    package static var identifier: SettingKind {
        SettingKind(
            SettingKind<String>.namePattern.expected, ["type": "string"],
            read: { json in
                guard let text = json.string, SettingText.isNamePattern(text) else { return nil }
                return CairnIPAddress(text).map(ACMEIdentifier.ip) ?? .dns(text)
            }, write: { .string($0.value) })
    }
}

extension SettingKind where Value == [String: [CairnDNSRecord]] {
    package static var records: SettingKind {
        .dictionary(of: .array(of: .record, "DNS records"), "host names, or \"*.\" and a name for its wildcard") {
            SettingText.isStarredName($0) ? nil : "a host name, or \"*.\" and a name for its wildcard"
        }
    }
}

extension SettingKind where Value == CairnDNSRecord {
    package static var record: SettingKind {
        SettingKind(
            "a DNS record such as \"A 127.0.0.1\" or \"CAA 0 issue \\\"cairn.test\\\"\"", ["type": "string"],
            read: { $0.string.flatMap { CairnDNSRecord(zoneText: $0) } }, write: { .string($0.zoneText) })
    }
}

extension SettingKind where Value == [TestCA.Configuration.DNS.Failure] {
    fileprivate static var failures: SettingKind { .array(of: .failure, "failures") }
}

extension SettingKind where Value == TestCA.Configuration.DNS.Failure {
    package static var failure: SettingKind {
        .object("a failure", fresh: TestCA.Configuration.DNS.Failure(.serverFailure, for: ""), required: ["name"]) {
            Setting("name", \.name, .namePattern, "the name, or \"*.\" and a name for every name below it")
            Setting("code", \.code, .responseCode, "the response code")
            Setting(
                "type", \.type, SettingKind<CairnDNSType>.dnsType.optional("all"),
                "the record type of the queries that fail"
            )
        }
    }
}

extension SettingKind where Value == CairnDNSResponseCode {
    package static var responseCode: SettingKind {
        .word(of: [.noError, .formatError, .serverFailure, .nameError, .notImplemented, .refused], \.description)
    }
}

extension SettingKind where Value == CairnDNSType {
    package static var dnsType: SettingKind {
        SettingKind(
            "a type of DNS records such as \"TXT\" or \"TYPE65280\"", ["type": "string"],
            read: { $0.string.flatMap { CairnDNSType($0) } }, write: { .string("\($0)") })
    }
}

extension SettingKind where Value == TestCA.Configuration.DNS.View {
    fileprivate static var view: SettingKind {
        .object("what a perspective sees", fresh: TestCA.Configuration.DNS.View(), required: []) {
            Setting("records", \.records, .records, "the records of each name, which replace those of the main table")
            Setting("failures", \.failures, .failures, "the queries that fail")
        }
    }
}

extension SettingKind where Value == [String: CairnValidationDecisions.Decision] {
    package static var decisions: SettingKind {
        .dictionary(of: .decision, "names, addresses, or \"*.\" and a name for all below it") {
            SettingText.isNamePattern($0) ? nil : SettingKind<String>.namePattern.expected
        }
    }
}

extension SettingKind where Value == CairnValidationDecisions.Decision {
    package static var decision: SettingKind {
        let problem = SettingKind<ACMEProblem>.problem
        let expected = "\"probe\", \"approve\", \"deny\", or {\"deny\": {\"type\": \"unauthorized\", \"detail\": …}}"
        return SettingKind(
            expected: expected,
            schema: [
                "anyOf": [
                    ["enum": ["probe", "approve", "deny"]],
                    ["type": "object", "required": ["deny"], "properties": ["deny": .object(problem.schema)]],
                ]
            ],
            reading: { json in
                switch json {
                case "probe": return .success(.probe)
                case "approve": return .success(.approve)
                case "deny": return .success(.deny(.denial))
                default: break
                }
                guard let object = json.object, object.names == ["deny"], let member = object["deny"] else {
                    return .failure(SettingFault(expected: expected, got: json))
                }
                return problem.read(member).map { .deny($0) }.mapError { $0.inside(.member("deny")) }
            },
            writing: { decision in
                switch decision {
                case .probe: "probe"
                case .approve: "approve"
                case .deny(.denial): "deny"
                case .deny(let reason): ["deny": problem.write(reason)]
                }
            })
    }
}

extension ACMEProblem {
    /// Why a name is denied, if nobody says why.
    fileprivate static let denial = ACMEProblem(.unauthorized, "this CA was told to deny the name")
}

extension SettingKind where Value == ACMEProblem {
    package static var problem: SettingKind {
        .object("a problem", fresh: .denial, required: []) {
            Setting("type", \.type, .problemType, "a name of RFC 8555 §6.7, or any URI")
            Setting("detail", \.detail, .text(), "the explanation for people")
            Setting("status", \.status, .integer(400...599), "the HTTP status")
        }
    }
}

extension SettingKind where Value == ACMEProblemType {
    fileprivate static var problemType: SettingKind {
        let expected = "a type such as \"unauthorized\", or a URI"
        return SettingKind(
            expected: expected, schema: ["type": "string"],
            reading: { json in
                guard let text = json.string else { return .failure(SettingFault(expected: expected, got: json)) }
                return Result { () throws(SettingFault) in try ACMEProblemType(written: text) }
            }, writing: { .string($0.written) })
    }
}

// MARK: - Records as zone files write them

extension CairnDNSRecord {
    /// Reads a record without its name: `A 127.0.0.1`, `60 TXT "some text"`, `TYPE65280 \# 2 c0de` (RFC 1035 §5.1, RFC 3597 §5).
    ///
    /// The number before the type is the time to live in seconds.
    package init?(zoneText text: String) {
        guard var words = ZoneWords.split(text) else { return nil }
        var timeToLive = Duration.zero
        if let first = words.first, let seconds = UInt32(first.text) {
            timeToLive = .seconds(Int64(seconds))
            words.removeFirst()
        }
        guard let first = words.first, let type = CairnDNSType(first.text) else { return nil }
        let data = Array(words.dropFirst())
        let isGeneric = data.first.map { $0.text == "\\#" && !$0.isQuoted } ?? false
        let content =
            isGeneric ? Content(generic: type, data.map(\.text)) : Content(type, data.map(\.text))
        guard let content else { return nil }
        self.init(content, timeToLive: timeToLive)
    }

    /// The record as ``init(zoneText:)`` reads it.
    package var zoneText: String {
        let seconds = timeToLive.components.seconds
        let words: [String] =
            switch content {
            case .address(let address): ["\(address)"]
            case .txt(let strings): strings.map(ZoneWords.quoted)
            case .cname(let name), .ns(let name), .ptr(let name): [ZoneWords.word(name)]
            case .mx(let preference, let exchange): ["\(preference)", ZoneWords.word(exchange)]
            case .soa(let start):
                [ZoneWords.word(start.primary), ZoneWords.word(start.mailbox), "\(start.serial)"]
                    + [start.refresh, start.retry, start.expire, start.minimum].map { "\($0.components.seconds)" }
            case .caa(let flags, let tag, let value): ["\(flags)", ZoneWords.word(tag), ZoneWords.quoted(value)]
            case .other(_, let data):
                ["\\#", "\(data.count)"] + (data.isEmpty ? [] : [data.map(ZoneWords.hexadecimal).joined()])
            }
        return ((seconds > 0 ? ["\(seconds)"] : []) + ["\(type)"] + words).joined(separator: " ")
    }
}

extension CairnDNSRecord.Content {
    /// `\#`, the number of octets, and the octets in hexadecimal digits (RFC 3597 §5).
    fileprivate init?(generic type: CairnDNSType, _ words: [String]) {
        guard words.count >= 2, let count = Int(words[1]), let data = ZoneWords.octets(words.dropFirst(2).joined()),
            data.count == count
        else { return nil }
        self = .other(type, data)
    }

    fileprivate init?(_ type: CairnDNSType, _ words: [String]) {
        switch (type, words.count) {
        case (.a, 1), (.aaaa, 1):
            guard let address = CairnIPAddress(words[0]), address.isV6 == (type == .aaaa) else { return nil }
            self = .address(address)
        case (.txt, _): self = .txt(words)
        case (.cname, 1): self = .cname(words[0])
        case (.ns, 1): self = .ns(words[0])
        case (.ptr, 1): self = .ptr(words[0])
        case (.mx, 2):
            guard let preference = UInt16(words[0]) else { return nil }
            self = .mx(preference: preference, exchange: words[1])
        case (.caa, 3):
            guard let flags = UInt8(words[0]) else { return nil }
            self = .caa(flags: flags, tag: words[1], value: words[2])
        case (.soa, 7):
            let times = words[3...].compactMap { UInt32($0) }.map { Duration.seconds(Int64($0)) }
            guard let serial = UInt32(words[2]), times.count == 4 else { return nil }
            self = .soa(
                CairnDNSRecord.StartOfAuthority(
                    primary: words[0], mailbox: words[1], serial: serial, refresh: times[0], retry: times[1],
                    expire: times[2], minimum: times[3]))
        default: return nil
        }
    }
}

/// Words of a zone file, of which those in quotes may have spaces (RFC 1035 §5.1).
private enum ZoneWords {
    struct Word {
        var text: String
        var isQuoted: Bool
    }

    static func split(_ text: String) -> [Word]? {
        var words: [Word] = []
        var rest = text.unicodeScalars[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard let first = rest.first else { return words }
            var word = String.UnicodeScalarView()
            if first == "\"" {
                rest.removeFirst()
                while true {
                    guard var next = rest.popFirst() else { return nil }
                    if next == "\"" { break }
                    if next == "\\" {
                        guard let escaped = rest.popFirst() else { return nil }
                        next = escaped
                    }
                    word.append(next)
                }
            } else {
                while let next = rest.first, next != " ", next != "\t" {
                    word.append(next)
                    rest.removeFirst()
                }
            }
            words.append(Word(text: String(word), isQuoted: first == "\""))
        }
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\"".unicodeScalars
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        quoted.append("\"")
        return String(quoted)
    }

    /// The text as it is, or in quotes where it would be read as something else.
    static func word(_ text: String) -> String {
        let isPlain = !text.isEmpty && !text.unicodeScalars.contains { $0 == " " || $0 == "\t" || $0 == "\"" }
        return isPlain && text != "\\#" ? text : quoted(text)
    }

    static func hexadecimal(_ octet: UInt8) -> String { (octet < 16 ? "0" : "") + String(octet, radix: 16) }

    static func octets(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        let octets = stride(from: 0, to: digits.count, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)
        }
        return octets.count * 2 == digits.count ? octets : nil
    }
}
