import CairnModel

extension ValidationCertificate {
    private static let section = "(ACME draft of March 2017, \"TLS with Server Name Indication\")"

    /// Makes the check of `tls-sni-02`: SAN A and SAN B, in any order and case, and no other name.
    ///
    /// The error does not tell SAN B, not even where the server showed it.
    func check(for names: TLSSNI02Names) throws {
        let found = try alternativeNames(Self.section)
        let texts = found.compactMap { name in
            if case .dns(let text) = name { WireText(text.lowercasedASCII) } else { nil }
        }
        guard found.count != 2 || Set(texts) != [WireText(names.a), WireText(names.b)] else { return }
        let got = found.prefix(10).map { Self.words(for: $0, names) }.joined(separator: ", ")
        let more = found.count > 10 ? " and \(found.count - 10) more" : ""
        let others = texts.contains { $0.string.ends(with: TLSSNI02Names.endOfB) && !$0.string.isSame(as: names.b) }
        throw CertificateFlaw(
            "SAN: expected two dNSNames, SAN A \(names.a) and SAN B, the digest of the key authorization below "
                + "\(TLSSNI02Names.endOfB.dropFirst()), got \(got.isEmpty ? "none" : got)\(more)"
                + (others ? "; that may be the SAN B of another key authorization" : "") + " \(Self.section)")
    }

    private static func words(for name: AlternativeName, _ names: TLSSNI02Names) -> String {
        switch name {
        case .dns(let text) where text.isSameIgnoringCase(as: names.a): "SAN A"
        case .dns(let text) where text.isSameIgnoringCase(as: names.b): "SAN B"
        case .dns(let text) where text.lowercasedASCII.utf8.firstRange(of: names.b.utf8) != nil:
            "a dNSName with SAN B in it"
        default: "\(name)"
        }
    }
}
