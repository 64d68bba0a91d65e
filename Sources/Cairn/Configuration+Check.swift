extension TestCA.Configuration {
    /// Throws what no CA could be started with.
    ///
    /// Ports and addresses have to be checked here, since sockets take them for granted.
    func check() throws(StartError) {
        try Self.check(listener.addresses, listener.port, of: "ACME")
        if let dnsListener {
            try Self.check(dnsListener.addresses, dnsListener.port, of: "DNS")
        }
        let lifetimes = policy.lifetimes
        for (lifetime, name) in [
            (lifetimes.order, "an order"), (lifetimes.pendingAuthorization, "a pending authorization"),
            (lifetimes.validAuthorization, "a valid authorization"),
        ] {
            guard (.seconds(1)...Duration.century).contains(lifetime) else {
                throw StartError("the lifetime of \(name): expected one second to 100 years, got \(lifetime)")
            }
        }
        for name in policy.profiles.keys.sorted() where !authority.profiles.contains(where: { $0.name == name }) {
            let names = authority.profiles.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw StartError("the policy of a profile: expected one of \(names), got \"\(name)\"")
        }
        guard (.milliseconds(1)...Duration.days(1)).contains(validation.timeout) else {
            throw StartError("the timeout of validations: expected 1 ms to a day, got \(validation.timeout)")
        }
        try validation.checkPerspectives()
        for port in validation.redirectPorts ?? [] where !(1...65_535).contains(port) {
            throw StartError("a port that redirects may lead to: expected 1 to 65535, got \(port)")
        }
        if let origin { try Self.check(origin: origin) }
        let timeouts = listener.timeouts
        for (timeout, name) in [
            (timeouts.handshake, "handshakes"), (timeouts.head, "heads"), (timeouts.idle, "idle connections"),
        ] where !(.zero...Duration.days(365)).contains(timeout) {
            throw StartError("the timeout of \(name): expected zero to a year, got \(timeout)")
        }
        for (port, name) in [(validation.httpPort, "http-01"), (validation.tlsPort, "tls-alpn-01")] {
            guard (1...65_535).contains(port) else {
                throw StartError("the port that \(name) connects to: expected 1 to 65535, got \(port)")
            }
        }
    }

    /// URLs are compared with strings (RFC 8555 §6.4), so an origin has one form: scheme and authority, and no path.
    private static func check(origin: String) throws(StartError) {
        let authority = ["https://", "http://"].first(where: origin.hasPrefix).map { origin.dropFirst($0.count) }
        guard let authority, !authority.isEmpty, Request.isAuthority(authority) else {
            throw StartError(
                "the origin: expected scheme and authority such as \"https://ca.example.test:14000\", got \"\(origin)\""
            )
        }
    }

    /// The host in the origin, without its port.
    var originHost: String? {
        guard let origin, let start = origin.utf8.firstRange(of: "://".utf8)?.upperBound else { return nil }
        let authority = origin[start...]
        guard let colon = authority.utf8.lastIndex(of: UInt8(ascii: ":")), authority.utf8.last != UInt8(ascii: "]")
        else {
            return String(authority)
        }
        return String(authority[..<colon])
    }

    static func check(_ addresses: [IPAddress], _ port: Int, of server: String) throws(StartError) {
        guard (0...65_535).contains(port) else {
            throw StartError("the port of the \(server) server: expected 0 to 65535, got \(port)")
        }
        guard !addresses.isEmpty else {
            throw StartError("the addresses of the \(server) server: expected at least one, got none")
        }
    }
}

extension ValidationConfiguration {
    /// Results are told by the name of the perspective, so each needs one of its own.
    fileprivate func checkPerspectives() throws(StartError) {
        var names: Set<String> = []
        for name in perspectives {
            guard !name.isEmpty else { throw StartError("a perspective: expected a name, got an empty one") }
            guard names.insert(name).inserted else {
                throw StartError("the perspectives: expected each name once, got \"\(name)\" twice")
            }
        }
        if let perspectiveQuorum, !(0...perspectives.count).contains(perspectiveQuorum) {
            throw StartError(
                "the quorum of the perspectives: expected 0 to \(perspectives.count), got \(perspectiveQuorum)")
        }
    }
}
