extension CairnAuthorityConfiguration {
    @SettingBuilder<Self> static var settings: [Setting<Self>] {
        Setting(
            "name", \.name, .text("a text of 1 to 42 characters") { (1...42).contains($0.unicodeScalars.count) },
            "the organization in the CA certificates, and the beginning of their common names")
        Setting(
            "naming", \.naming, .word,
            "whether CA certificates have an organization, or a common name alone as Pebble's have")
        Setting("rootKey", \.rootKey, .keyAlgorithm, "the key algorithm of the roots")
        Setting("intermediateKey", \.intermediateKey, .keyAlgorithm, "the key algorithm of the intermediates")
        Setting(
            "issuerURLBase", \.issuerURLBase, SettingKind.url.optional("a URL of the CA itself"),
            example: "http://localhost:8080/issuers",
            "the base of the URL in certificates from which their issuer's certificate can be fetched")
        Setting(
            "chains", \.chains, .chains,
            "the roots of each chain, each cross-signed by the next; or the number of roots")
        Setting(
            "chainLength", \.chainLength, .integer(0...10), "the number of intermediates between a leaf and its root")
        Setting("serialNumbers", \.serialNumbers, .serialNumbers, "how the serial numbers of leaves are chosen")
        Setting("crlShards", \.crlShards, .integer(1...1_000), "the number of CRLs that the leaves are divided among")
        Setting(
            "crlURLBase", \.crlURLBase, SettingKind.url.optional("a URL of the CA itself"),
            example: "http://localhost:8080/crls", "the base of the URLs in certificates from which CRLs can be fetched"
        )
        Setting(
            "ocspURL", \.ocspURL, SettingKind.url.optional("a URL of the CA itself"),
            example: "http://localhost:8080/ocsp",
            "the OCSP responder that certificates name, unless their profile names neither")
        Setting("ocspSigner", \.ocspSigner, .word, "who signs OCSP responses: the issuer's key, or a delegate of it")
        Setting(
            "profiles", \.profiles, .array(of: .profile, "profiles", 1...1_000), isLive: true,
            "the certificate profiles on offer; the first is the default")
    }
}

extension SettingKind where Value == CairnKeyAlgorithm {
    fileprivate static var keyAlgorithm: SettingKind { .word(of: [.p256, .p384, .rsa2048], \.description) }
}

extension SettingKind where Value == [CairnRootPath] {
    fileprivate static var chains: SettingKind {
        SettingKind(
            "a number of roots from 1 to 100, each with a chain of its own, or an array of chains such as [[0], [1, 0]]",
            [
                "anyOf": [
                    ["type": "integer", "minimum": 1, "maximum": 100],
                    [
                        "type": "array",
                        "items": ["type": "array", "items": ["type": "integer", "minimum": 0], "minItems": 1],
                    ],
                ]
            ],
            read: { json in
                if let count = json.integer { return (1...100).contains(count) ? (0..<count).map { .root($0) } : nil }
                guard let array = json.array else { return nil }
                let chains = array.compactMap { chain -> CairnRootPath? in
                    guard let entries = chain.array else { return nil }
                    let numbers = entries.compactMap(\.integer)
                    guard numbers.count == entries.count, let first = numbers.first else { return nil }
                    return numbers.dropFirst().reduce(.root(first)) { $0.crossSigned(by: $1) }
                }
                return chains.count == array.count ? chains : nil
            }, write: { .array($0.map { .array($0.roots.map { .integer($0) }) }) })
    }
}

extension SettingKind where Value == CairnCertificateProfile {
    fileprivate static var profile: SettingKind {
        .object("a profile", fresh: .standard, required: ["name"]) {
            Setting(
                "name", \.name, .text("a text of 1 to 100 characters") { (1...100).contains($0.unicodeScalars.count) },
                "the name by which orders select it")
            Setting("description", \.description, .text(), "its description in the directory")
            Setting("validity", \.validity, .duration(.seconds(1) ... .century), "how long its certificates are valid")
            Setting("backdate", \.backdate, .duration(), "how long before issuance their validity begins")
            Setting(
                "includesCommonName", \.includesCommonName, .bool,
                "whether the subject has one of the identifiers as common name")
            Setting(
                "csrContent", \.$csrContent, .csrContent,
                "how to treat what a CSR asks for beyond its key and the ordered identifiers")
            Setting(
                "keyUsage", \.keyUsage,
                SettingKind<Set<CairnKeyUsage>>.set(of: .word, "bits").optional(
                    "digitalSignature, and keyEncipherment for an RSA key"),
                "the bits of the keyUsage extension; an empty array leaves it out")
            Setting(
                "purposes", \.purposes, .array(of: .keyPurpose, "purposes", repeats: false),
                "the purposes of the extKeyUsage extension; an empty array leaves it out")
            Setting(
                "includesSubjectKeyIdentifier", \.includesSubjectKeyIdentifier, .bool,
                "whether certificates have a subjectKeyIdentifier")
            Setting(
                "includesAuthorityKeyIdentifier", \.includesAuthorityKeyIdentifier, .bool,
                "whether certificates have an authorityKeyIdentifier, without which no client can make a certID")
            Setting(
                "policies", \.policies, .array(of: .objectIdentifier, "numbers", repeats: false),
                "the numbers of the certificatePolicies extension; an empty array leaves it out")
            Setting(
                "revocationInformation", \.revocationInformation, .word,
                "what its certificates name for finding out whether they are revoked: a CRL, an OCSP responder")
            Setting(
                "forcesMustStaple", \.forcesMustStaple, .bool,
                "whether all its certificates demand a stapled OCSP response (RFC 7633), whatever the CSR asks for")
        }
    }
}

extension SettingKind where Value == CairnKeyPurpose {
    fileprivate static var keyPurpose: SettingKind {
        let names = CairnKeyPurpose.named.map { $0.rawValue.quoted }.joined(separator: ", ")
        return SettingKind(
            "\(names), or a number such as \"1.3.6.1.5.5.7.3.17\"", ["type": "string"],
            read: { json in
                json.string.map { CairnKeyPurpose(rawValue: $0) }.flatMap { $0.isPurpose ? $0 : nil }
            }, write: { .string($0.rawValue) })
    }
}

extension SettingKind where Value == String {
    fileprivate static var objectIdentifier: SettingKind {
        text(
            "an object identifier such as \"2.23.140.1.2.1\"", ["pattern": "^[0-2](\\.[0-9]+)+$"],
            where: CairnCertificateProfile.isPolicy)
    }
}

extension SettingKind where Value == TestCA.Configuration.ExternalKey {
    static var externalKey: SettingKind {
        .object(
            "a key for external accounts",
            fresh: TestCA.Configuration.ExternalKey(identifier: "", macKey: []), required: ["identifier", "macKey"]
        ) {
            Setting(
                "identifier", \.identifier,
                .text("a text in ASCII that is not empty") {
                    !$0.isEmpty && $0.utf8.allSatisfy { (0x20...0x7e).contains($0) }
                },
                "the `kid` of the binding")
            Setting("macKey", \.macKey, .base64URL, "the MAC key")
            Setting("uses", \.uses, .uses, "how many accounts it can bind")
            Setting(
                "lifetime", \.lifetime, SettingKind<Duration>.duration(.seconds(1) ... .century).optional("no expiry"),
                "how long it is valid, from the start")
            Setting<TestCA.Configuration.ExternalKey>.section("policy", \.policy, CairnBoundPolicy.settings)
        }
    }
}

extension CairnBoundPolicy {
    @SettingBuilder<Self> package static var settings: [Setting<Self>] {
        Setting(
            "names", \.names, SettingKind.array(of: .boundName, "names", repeats: false).optional("all"),
            "the names that its accounts may order")
        Setting("deniedNames", \.deniedNames, .names, "the exceptions: names that its accounts may not order")
        Setting(
            "profiles", \.profiles, SettingKind.array(of: .text(), "names of profiles", repeats: false).optional("all"),
            "the profiles that its accounts may order")
        Setting(
            "maximumIdentifiers", \.maximumIdentifiers, SettingKind.integer(1...10_000).optional("no limit of its own"),
            "the maximum number of identifiers per order")
    }
}

extension SettingKind where Value == CairnBoundName {
    fileprivate static var boundName: SettingKind {
        .nameOrDomain(
            SettingKind<String>.namePattern.expected, { CairnBoundName(stringLiteral: $0) }, domain: { .domain($0) }
        ) { name in
            switch name {
            case .exactly(let identifier): .string(identifier.value)
            case .below(let domain): .string("*.\(domain)")
            case .domain(let domain): ["domain": .string(domain)]
            }
        }
    }
}

extension SettingKind {
    /// A name, a pattern or an address, as a text, or a name with all below it, as `{"domain": …}`.
    ///
    /// - Parameters:
    ///   - expected: what the text is, so that it continues "expected".
    ///   - name: makes the value of a text.
    ///   - domain: makes the value of a name with all below it.
    fileprivate static func nameOrDomain(
        _ expected: String, _ name: @escaping @Sendable (String) -> Value,
        domain: @escaping @Sendable (String) -> Value, write: @escaping @Sendable (Value) -> CairnJSON
    ) -> SettingKind {
        SettingKind(
            "\(expected), or {\"domain\": …} for a name and all below it",
            ["anyOf": [["type": "string"], ["type": "object", "required": ["domain"]]]],
            read: { json in
                if let text = json.string { return SettingText.isNamePattern(text) ? name(text) : nil }
                guard let object = json.object, object.names == ["domain"], let text = object["domain"]?.string,
                    SettingText.isHostName(text)
                else { return nil }
                return domain(text)
            }, write: write)
    }
}

extension SettingKind where Value == CairnExternalAccountKey.Uses {
    package static var uses: SettingKind { .word(of: [.once, .unlimited]) { $0 == .once ? "once" : "unlimited" } }
}

extension SettingKind where Value == [UInt8] {
    package static var base64URL: SettingKind {
        SettingKind(
            "a key in base64url without padding", ["type": "string", "pattern": "^[A-Za-z0-9_-]+$"],
            read: { $0.string.flatMap { try? Base64URL.decode($0) }.flatMap { $0.isEmpty ? nil : $0 } },
            write: { .string(Base64URL.encode($0)) })
    }
}

extension SettingKind where Value == TestCA.Configuration.ExternalAccountGrant {
    static var grant: SettingKind {
        .object(
            "a grant", fresh: TestCA.Configuration.ExternalAccountGrant(.name(""), toExternalAccount: ""),
            required: ["externalAccountKey", "scope"]
        ) {
            Setting(
                "externalAccountKey", \.externalAccountKey, .text("the identifier of a key") { !$0.isEmpty },
                "the identifier of the key that the account must be bound to")
            Setting("scope", \.scope, .grantScope, "what is granted")
            Setting("duration", \.duration, .duration(.seconds(1) ... .century), "how long it lasts, from the start")
        }
    }
}

extension SettingKind where Value == CairnGrant.Scope {
    package static var grantScope: SettingKind {
        .nameOrDomain(
            "a host name, \"*.\" and a name for its wildcard, an IP address",
            { text in
                if let address = CairnIPAddress(text) { return .address(address) }
                return text.nameBelowStar.map { .wildcard($0) } ?? .name(text)
            }, domain: { .domain($0) }
        ) { scope in
            switch scope {
            case .name(let name): .string(name)
            case .wildcard(let name): .string("*.\(name)")
            case .domain(let name): ["domain": .string(name)]
            case .address(let address): .string(address.description)
            }
        }
    }
}

// MARK: - Certificates

extension SettingKind where Value == CairnSerialNumbers {
    static var serialNumbers: SettingKind {
        SettingKind(
            "\"drawn\", {\"sequential\": \"01\"} from a number on, {\"fixedLength\": 1 to 20} octets, or {\"chosen\": [\"7f\", …]}",
            [
                "anyOf": [
                    ["const": "drawn"], ["type": "object", "required": ["sequential"]],
                    ["type": "object", "required": ["fixedLength"]], ["type": "object", "required": ["chosen"]],
                ]
            ],
            read: { json in
                if json == "drawn" { return .drawn }
                guard let object = json.object, object.members.count == 1, let member = object.members.first else {
                    return nil
                }
                switch member.name {
                case "sequential":
                    return member.value.string.flatMap { CairnSerialNumber(typed: $0) }.map {
                        .sequential(from: $0)
                    }
                case "fixedLength":
                    return member.value.integer.flatMap { (1...20).contains($0) ? .fixedLength($0) : nil }
                case "chosen":
                    let numbers = member.value.array?.map { $0.string.flatMap { CairnSerialNumber(typed: $0) } }
                    guard let numbers, !numbers.contains(nil) else { return nil }
                    return .chosen(numbers.compactMap(\.self))
                default: return nil
                }
            },
            write: { numbers in
                switch numbers.kind {
                case .drawn: "drawn"
                case .sequential(let first): ["sequential": .string("\(first)")]
                case .fixedLength(let octets): ["fixedLength": .integer(octets)]
                case .chosen(let numbers): ["chosen": .array(numbers.map { .string("\($0)") })]
                }
            })
    }
}

extension SettingKind where Value == CairnCSRContentPolicy {
    /// The name of a preset, or rules by the names of what a CSR can have; the member `preset` names what they begin with.
    static var csrContent: SettingKind {
        let presets = CairnCSRContentPolicy.presets
        let preset = SettingKind<String>.word(of: presets.map(\.name), \.self)
        let rule = SettingKind<CairnCSRContentRule>.word
        let expected = "\(preset.expected), or an object of kinds of content and \(rule.expected)"
        return SettingKind(
            expected: expected,
            schema: [
                "anyOf": [
                    .object(preset.schema),
                    [
                        "type": "object", "properties": ["preset": .object(preset.schema)],
                        "additionalProperties": .object(rule.schema),
                    ],
                ]
            ],
            reading: { json in
                if let name = json.string, let known = presets.first(where: { $0.name == name }) {
                    return .success(known.policy)
                }
                guard let object = json.object else { return .failure(SettingFault(expected: expected, got: json)) }
                var policy = CairnCSRContentPolicy.deployed
                if let start = object["preset"] {
                    guard let known = presets.first(where: { $0.name == start.string }) else {
                        return .failure(SettingFault(expected: preset.expected, got: start).inside("preset"))
                    }
                    policy = known.policy
                }
                for member in object.members where member.name != "preset" {
                    switch rule.read(member.value) {
                    case .success(let rule): policy[member.name] = rule
                    case .failure(let fault): return .failure(fault.inside(.member(member.name)))
                    }
                }
                return .success(policy)
            },
            writing: { policy in
                if let known = presets.first(where: { $0.policy == policy }) { return .string(known.name) }
                return .object(
                    policy.rules.sorted { $0.key.name < $1.key.name }.reduce(into: CairnJSONObject()) {
                        $0[$1.key.name] = .string($1.value.rawValue)
                    })
            })
    }
}
