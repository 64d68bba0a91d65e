import CairnOpenSSLJudge

extension ReferenceClient {
    /// A client that connects to a server, whose TLS OpenSSL judges.
    ///
    /// - Parameters:
    ///   - address: where to connect, in numbers, whatever host the URLs name.
    ///   - roots: the roots to trust, in PEM; `nil` speaks no TLS.
    package convenience init(
        directory url: String, at address: String, trusting roots: String?, key: AccountKey? = nil
    ) throws {
        try self.init(
            directory: url, key: key, transport: Self.overTheWire(to: url, at: address, trusting: roots))
    }

    /// A way to the server of a URL by a socket.
    package static func overTheWire(to url: String, at address: String, trusting roots: String?) throws -> Transport {
        let http = WireHTTP(at: address, demands: roots.map { Wire.Demands(roots: $0, name: name(in: url)) })
        return { method, url, fields, body in
            let rest = url.drop { $0 != ":" }.dropFirst(3)
            let authority = rest.prefix { $0 != "/" }
            let response = try http.exchange(
                method, String(rest.dropFirst(authority.count)), authority: String(authority),
                fields: fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, body: Array(body))
            return Response(status: response.status, fields: response.fields, body: response.body)
        }
    }

    /// The host of a URL, as a certificate has to name it.
    private static func name(in url: String) -> PathJudge.Name {
        let authority = url.drop { $0 != ":" }.dropFirst(3).prefix { $0 != "/" }
        if authority.first == "[" { return .address(String(authority.dropFirst().prefix { $0 != "]" })) }
        let host = String(authority.prefix { $0 != ":" })
        return host.allSatisfy { $0.isNumber || $0 == "." } ? .address(host) : .host(host)
    }
}
