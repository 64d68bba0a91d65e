import CairnModel

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension ListenAddress {
    /// The addresses to listen on; a name is looked up by the system, as one of a container's is.
    func resolved() throws(SettingsError) -> [CairnIPAddress] {
        if let addresses { return addresses }
        let found = HostLookup.addresses(of: host)
        guard !found.isEmpty else {
            throw SettingsError(
                "\(description): expected an address of this machine, or a name of it, got \(host.quoted)")
        }
        return found
    }
}

/// Names as the system resolves them: by `/etc/hosts`, and by its DNS.
enum HostLookup {
    /// The addresses of a name, each once; none if it has none.
    static func addresses(of name: String) -> [CairnIPAddress] {
        var hints = addrinfo()
        // One entry for an address, not one for each kind of socket.
        hints.ai_protocol = Int32(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var found: [CairnIPAddress] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ai_next
            var text = [CChar](repeating: 0, count: 128)
            let length = socklen_t(text.count)
            guard getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 else {
                continue
            }
            let digits = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            // An address with a zone cannot be had everywhere.
            guard let address = CairnIPAddress(digits), !found.contains(address) else { continue }
            found.append(address)
        }
        return found
    }
}
