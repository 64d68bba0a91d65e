import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import HTTPTypes

extension CorrectClient {
    /// The way to a CA in this process, on which answers get lost and are late as they would be on a wire.
    static func withoutSocket(_ ca: TestCA, patience: Duration = .seconds(30)) -> ReferenceClient.Transport {
        { method, url, fields, body in
            let scheme = url.prefix { $0 != ":" }
            let rest = url.dropFirst(scheme.count + 3)
            let authority = rest.prefix { $0 != "/" }
            guard let method = HTTPRequest.Method(method) else { throw Failure(description: "no method") }
            var head = HTTPRequest(
                method: method, scheme: String(scheme), authority: String(authority),
                path: String(rest.dropFirst(authority.count)))
            for (name, value) in fields { if let name = HTTPField.Name(name) { head.headerFields[name] = value } }
            let delivery = ca.respond(to: CairnRequest(head, body: Array(body)))
            let silence = max(delivery.pace.beforeHead, delivery.pace.beforeBody)
            ca.clock.advance(by: min(silence, patience))
            guard delivery.ending == .complete, silence <= patience else { throw Lost() }
            return Response(
                status: delivery.head.status.code,
                fields: delivery.head.headerFields.map { ($0.name.rawName, $0.value) }, body: delivery.body)
        }
    }

    /// The way to a CA over TLS, on a new connection where the last one broke.
    static func overTheWire(_ ca: TestCA) throws -> ReferenceClient.Transport {
        let connect = {
            try ReferenceClient.overTheWire(
                to: ca.directoryURL, at: "\(ca.address!)", trusting: ca.trustRoots.map(\.pem).joined())
        }
        var way: ReferenceClient.Transport?
        return { method, url, fields, body in
            do {
                let transport = try way ?? connect()
                way = transport
                return try transport(method, url, fields, body)
            } catch {
                way = nil
                throw Lost()
            }
        }
    }
}
