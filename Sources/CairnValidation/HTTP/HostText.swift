import CairnModel

/// Hosts as they are compared.
enum HostText {
    /// The canonical text of an address, or a name in lower case without its final dot.
    static func key(_ host: String) -> String {
        if let address = IPAddress(host) { return address.description }
        let lowercased = host.lowercased()
        return lowercased.hasSuffix(".") ? String(lowercased.dropLast()) : lowercased
    }
}
