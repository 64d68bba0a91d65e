import CairnModel

/// Hosts as they are compared.
enum HostText {
    /// The canonical text of an address, or a name in lower case without its final dot.
    static func key(_ host: String) -> String {
        if let address = CairnIPAddress(host) { return address.description }
        let name = host.lowercasedASCII
        return name.utf8.last == UInt8(ascii: ".") ? String(name.unicodeScalars.dropLast()) : name
    }
}
