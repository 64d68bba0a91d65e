import CairnModel
import SwiftASN1
import X509

extension TLSIdentity {
    /// Whether the certificate is for a host: a name, or the text of an address (RFC 9110 §4.3.4).
    package func covers(_ host: String) -> Bool {
        guard let block = try? PEMDocument.parseMultiple(pemString: certificateChainPEM).first,
            let leaf = try? Certificate(pemDocument: block),
            let names = try? leaf.extensions.subjectAlternativeNames
        else { return false }
        let octets = CairnIPAddress(host)?.octets
        let parent = host.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first
        return names.contains { name in
            switch name {
            case .ipAddress(let address): octets.map { $0.elementsEqual(address.bytes) } ?? false
            case .dnsName(let name):
                octets == nil && (name.lowercased() == host.lowercased() || parent.map { "*.\($0)" == name } ?? false)
            default: false
            }
        }
    }
}
