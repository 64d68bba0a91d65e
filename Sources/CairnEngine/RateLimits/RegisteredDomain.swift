import CairnModel

extension CairnRateLimits {
    /// Some suffixes of several labels from <https://publicsuffix.org>.
    public static let commonPublicSuffixes: Set<String> = [
        "ac.uk", "co.il", "co.in", "co.jp", "co.kr", "co.nz", "co.uk", "co.za", "com.ar", "com.au", "com.br", "com.cn",
        "com.mx", "com.sg", "com.tr", "com.tw", "gov.uk", "ne.jp", "net.au", "net.nz", "or.jp", "org.au", "org.nz",
        "org.uk",
    ]

    /// What certificates with this identifier are counted under.
    func registeredDomain(of identifier: ACMEIdentifier) -> String {
        switch identifier.address {
        case .v4(let bits): return CairnIPAddress.v4(bits).description
        case .v6(let bits): return "\(CairnIPAddress.v6((bits >> 64) << 64))/64"
        case nil: break
        }
        let labels = identifier.withoutWildcard.value.split(separator: ".")
        for length in stride(from: labels.count - 1, through: 2, by: -1)
        where publicSuffixes.contains(labels.suffix(length).joined(separator: ".")) {
            return labels.suffix(length + 1).joined(separator: ".")
        }
        return labels.suffix(2).joined(separator: ".")
    }
}
