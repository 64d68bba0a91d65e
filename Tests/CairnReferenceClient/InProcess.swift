package import CairnGateway
import Foundation
import HTTPTypes

extension ReferenceClient {
    /// A way to a server that answers in this process.
    package static func inProcess(_ respond: @escaping (CairnRequest) -> CairnDelivery) -> Transport {
        { method, url, fields, body in
            let scheme = url.prefix { $0 != ":" }
            let rest = url.dropFirst(scheme.count + 3)
            let authority = rest.prefix { $0 != "/" }
            guard let method = HTTPRequest.Method(method) else { throw Violation(description: "no method") }
            var head = HTTPRequest(
                method: method, scheme: String(scheme), authority: String(authority),
                path: String(rest.dropFirst(authority.count)))
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
                if let name = HTTPField.Name(name) { head.headerFields[name] = value }
            }
            let delivery = respond(CairnRequest(head, body: Array(body)))
            return Response(
                status: delivery.head.status.code,
                fields: delivery.head.headerFields.map { ($0.name.canonicalName, $0.value) }, body: delivery.body)
        }
    }
}
