import CairnModel
import SwiftASN1
import X509

/// How a kind of CSR content is handled.
public enum CairnCSRContentRule: String, Hashable, Sendable, CaseIterable {
    /// The CSR is refused as `badCSR`.
    case refused
    /// The certificate is issued without it, with a finding in the journal.
    case leftOut
    /// The certificate includes it.
    case granted
}

/// How contents of CSRs besides the key and the identifiers are handled.
///
/// RFC 8555 §7.4 requires a CSR to be refused if the certificate would not match it. No public CA is that strict, and
/// they differ in what they refuse, ignore and grant:
///
/// ```swift
/// var policy = CairnCSRContentPolicy.deployed
/// policy[.clientAuth] = .granted
/// policy["extension.1.3.6.1.4.1.311.21.10"] = .refused
/// ```
public struct CairnCSRContentPolicy: Hashable, Sendable {
    /// What differs from ``deployed``.
    package private(set) var rules: [CairnCSRContent: CairnCSRContentRule] = [:]

    private init() {}

    /// The rule for a kind of content, possibly inherited from the more general kind.
    ///
    /// Setting a rule does not change special cases with their own rule.
    public subscript(content: CairnCSRContent) -> CairnCSRContentRule {
        get {
            if let rule = rules[content] { return rule }
            // What has an entry of its own does not inherit.
            guard let entry = content.entry else { return .leftOut }
            if entry.content != content, let rule = rules[entry.content] { return rule }
            return entry.rule
        }
        set { rules[content] = newValue }
    }

    /// The rule for the kind with a name.
    public subscript(name: String) -> CairnCSRContentRule {
        get { self[CairnCSRContent(name)] }
        set { self[CairnCSRContent(name)] = newValue }
    }

    private init(_ base: CairnCSRContentPolicy, _ changes: [CairnCSRContent: CairnCSRContentRule]) {
        rules = base.rules.merging(changes) { $1 }
    }

    /// The common behaviour of public CAs: issue what is possible and leave out everything else.
    ///
    /// The default.
    public static let deployed = CairnCSRContentPolicy()

    /// The letter of RFC 8555 §7.4: refuse everything that the certificate would not have.
    public static let strict = CairnCSRContentPolicy(
        deployed,
        Dictionary(
            uniqueKeysWithValues: CairnCSRContent.entries.filter { $0.rule == .leftOut }.map { ($0.content, .refused) })
    )

    /// As Pebble 2.10: ignores the common name and copies only must-staple.
    ///
    /// Deviation: a name that is only in the common name is not considered requested, although RFC 8555 §7.4 allows it
    /// there.
    public static let pebble = CairnCSRContentPolicy(
        deployed, [.commonNameAlone: .leftOut, .foreignCommonName: .leftOut, .certificateAuthority: .leftOut])

    /// As Let's Encrypt: refuses must-staple, e-mail addresses, URIs, and IP addresses as common name; leaves out
    /// client authentication.
    ///
    /// Source: `csr/csr.go` of Boulder, and its announcement of the end of must-staple in May 2025.
    public static let letsEncrypt = CairnCSRContentPolicy(
        deployed,
        [
            .mustStaple: .refused, .addressAsCommonName: .refused, CairnCSRContent(.generalName, "email"): .refused,
            CairnCSRContent(.generalName, "uri"): .refused,
        ])

    /// As Google Trust Services: refuses client authentication.
    public static let google = CairnCSRContentPolicy(deployed, [.clientAuth: .refused])

    /// As private CAs that also serve clients: grants client authentication.
    public static let privateCA = CairnCSRContentPolicy(deployed, [.clientAuth: .granted])

    /// All presets with their names in settings.
    public static let presets: [(name: String, policy: CairnCSRContentPolicy)] = [
        ("deployed", deployed), ("strict", strict), ("pebble", pebble), ("letsEncrypt", letsEncrypt),
        ("google", google),
        ("privateCA", privateCA),
    ]

    /// Throws if the rules name something that there is not, or grant what no certificate can have.
    func validate(in profile: String) throws(CairnAuthorityError) {
        for (content, rule) in rules.sorted(by: { $0.key.name < $1.key.name }) {
            guard let entry = content.entry else {
                throw CairnAuthorityError(
                    "the profile \(profile.quoted) has a rule for \(content.name.quoted), expected one of "
                        + CairnCSRContent.all.map(\.name).joined(separator: ", ")
                        + ", or a special case of one of these")
            }
            guard rule != .granted || (entry.isGrantable && !Self.ungrantable.contains(content)) else {
                throw CairnAuthorityError(
                    "the profile \(profile.quoted) grants \(content.name.quoted), expected \"refused\" or \"leftOut\", "
                        + "since no certificate has it")
            }
        }
    }

    private static let ungrantable: Set<CairnCSRContent> = Set(
        ["keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"].map { CairnCSRContent(.keyUsage, $0) })

    /// The purposes that some request could be granted, in an order that is always the same; `nil` if that could be any.
    var grantablePurposes: [ASN1ObjectIdentifier]? {
        guard self[.extendedKeyUsage] != .granted else { return nil }
        let names = rules.filter { $0.value == .granted && $0.key.general == .extendedKeyUsage }.map {
            String($0.key.name.dropFirst(CairnCSRContent.extendedKeyUsage.name.utf8.count + 1))
        }
        return names.sorted().compactMap { name in
            RequestedUsage.purposes.first { $0.value == name }?.key
                ?? (try? ASN1ObjectIdentifier(dotRepresentation: name[...]))
        }
    }
}
