import CairnModel
import CairnTransport

/// Where a server listens, as Go writes it: `127.0.0.1:14000`, `[::1]:14000`, `pebble:14000`, or `:14000` for all addresses.
struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// An address or a name; empty for all addresses.
    let host: String
    let port: Int

    init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    /// - Parameter text: a host, which may be missing, a colon, and a port.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let name = text[..<colon]
        guard let port = Self.port(text[text.index(after: colon)...]) else { return nil }
        if name.hasPrefix("["), name.hasSuffix("]") {
            host = String(name.dropFirst().dropLast())
        } else if name.contains(":") {
            // An IPv6 address without brackets could end anywhere.
            return nil
        } else {
            host = String(name)
        }
        self.port = port
    }

    /// Several with commas between them; blanks and empty ones do not count.
    ///
    /// - Throws: the one that is none.
    static func list(_ text: String) throws(SettingsError) -> [ListenAddress] {
        var addresses: [ListenAddress] = []
        for part in text.split(separator: ",") {
            let trimmed = String(part.trimming { $0 == " " || $0 == "\t" })
            if trimmed.isEmpty { continue }
            guard let address = ListenAddress(trimmed) else {
                throw SettingsError("expected an address and a port such as 127.0.0.1:5002, got \(trimmed.quoted)")
            }
            addresses.append(address)
        }
        return addresses
    }

    /// The addresses that it stands for; `nil` for a name that has to be resolved.
    ///
    /// As Go has it, an address of all zeros is that of every family.
    var addresses: [CairnIPAddress]? {
        if ["", "0.0.0.0", "::"].contains(host) { return [.v4(0), .v6(0)] }
        if host == "localhost" { return [.loopbackV4, .loopbackV6] }
        return CairnIPAddress(host).map { [$0] }
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func port(_ text: Substring) -> Int? {
        switch text {
        case "http": 80
        case "https": 443
        case "": 0
        default: Int(text).flatMap { (0...65535).contains($0) ? $0 : nil }
        }
    }
}

extension Substring {
    /// The text without what `isBlank` says at both ends.
    fileprivate func trimming(_ isBlank: (Character) -> Bool) -> Substring {
        var text = drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}

extension ListenAddress {
    /// The addresses to listen on; a name is looked up by the system, as one of a container's is.
    func resolved() throws(SettingsError) -> [CairnIPAddress] {
        if let addresses { return addresses }
        let found = SystemResolver.addresses(of: host, isV6: nil).addresses
        guard !found.isEmpty else {
            throw SettingsError(
                "\(description): expected an address of this machine, or a name of it, got \(host.quoted)")
        }
        return found
    }
}

extension ListenAddress {
    /// The addresses to listen on, here and now.
    ///
    /// A name is resolved, and stands for one address, an IPv4 one if it has any, as with Go. Of several addresses those of
    /// IPv6 are left out on machines that have none, such as many containers.
    func boundAddresses() throws(SettingsError) -> [CairnIPAddress] {
        guard let addresses else {
            let found = SystemResolver.addresses(of: host, isV6: nil).addresses
            guard let first = found.first(where: { !$0.isV6 }) ?? found.first else {
                throw SettingsError("listen \(self): \(host) is no name of this machine")
            }
            return [first]
        }
        guard addresses.count > 1 else { return addresses }
        return addresses.filter { !$0.isV6 || CairnIPAddress.loopbackV6.isHere }
    }
}
