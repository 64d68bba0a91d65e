package import CairnDNS
package import CairnModel
import NIOPosix

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What the machine says about names: by its own function for addresses, which reads its files too, and by its list of
/// servers for everything else.
package enum SystemResolver {
    /// What became of a question for addresses.
    package struct Found: Sendable {
        package var outcome: CairnDNSOutcome
        package var addresses: [CairnIPAddress] = []
        /// What went wrong, in words.
        package var reason: String?
    }

    /// Looks addresses up on a thread that may wait.
    ///
    /// - Parameter isV6: the family; `nil` for both, in the machine's order.
    static func addresses(
        of name: String, isV6: Bool?, on threads: NIOThreadPool, completion: @escaping @Sendable (Found) -> Void
    ) {
        threads.submit { state in
            guard case .active = state else {
                return completion(Found(outcome: .failed(.serverFailure), reason: "the CA was shut down"))
            }
            completion(addresses(of: name, isV6: isV6))
        }
    }

    /// Looks addresses up, and waits for them.
    package static func addresses(of name: String, isV6: Bool?) -> Found {
        var hints = addrinfo()
        hints.ai_family = isV6.map { $0 ? AF_INET6 : AF_INET } ?? AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0 else {
            if status == EAI_NONAME { return Found(outcome: .nameError) }
            // Not every system has a number for a name without addresses of the family.
            #if canImport(Glibc)
                if status == -5 { return Found(outcome: .noData) }  // EAI_NODATA
            #endif
            return Found(outcome: .failed(.serverFailure), reason: String(cString: gai_strerror(status)))
        }
        var addresses: [CairnIPAddress] = []
        var next = list
        while let entry = next?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(
                entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0,
                let address = CairnIPAddress(
                    String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)),
                !addresses.contains(address)
            {
                addresses.append(address)
            }
            next = entry.ai_next
        }
        return Found(outcome: addresses.isEmpty ? .noData : .found, addresses: addresses)
    }

    /// The servers in the machine's file for resolvers, in their order; the one of the machine itself if it names none.
    static var servers: [CairnIPEndpoint] {
        let servers = nameservers(in: content(of: "/etc/resolv.conf")).map { CairnIPEndpoint(address: $0, port: 53) }
        return servers.isEmpty ? [CairnIPEndpoint(address: .loopbackV4, port: 53)] : servers
    }

    /// The addresses behind the keyword `nameserver`.
    static func nameservers(in text: String) -> [CairnIPAddress] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            return CairnIPAddress(String(words[1]))
        }
    }

    private static func content(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
