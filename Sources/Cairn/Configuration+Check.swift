extension TestCA.Configuration {
    /// Throws what no CA could be started with.
    ///
    /// Ports and addresses have to be checked here, since sockets take them for granted.
    func check() throws(StartError) {
        try Self.check(listener.addresses, listener.port, of: "ACME")
        if let dnsListener {
            try Self.check(dnsListener.addresses, dnsListener.port, of: "DNS")
        }
        for (port, name) in [(validation.httpPort, "http-01"), (validation.tlsPort, "tls-alpn-01")] {
            guard (1...65_535).contains(port) else {
                throw StartError("the port that \(name) connects to: expected 1 to 65535, got \(port)")
            }
        }
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
