import CairnGateway
import HTTPTypes
import NIOHPACK

extension HTTPRequest {
    /// Reads the field block of a request (RFC 9113 §8.3.1).
    init(_ block: HPACKHeaders, _ exchange: HTTPExchange) throws(HTTPRefusal) {
        var fields = HTTPFields()
        fields.reserveCapacity(block.count)
        var (method, path, authority, host): (HTTPRequest.Method?, String?, String?, String?)
        for (name, value, _) in block {
            switch name {
            case ":method": method = HTTPRequest.Method(rawValue: value)
            case ":path": path = value
            case ":authority": authority = value
            case ":scheme": break  // TLS tells, whatever the client claims.
            case "host": host = value
            default:
                guard let name = HTTPField.Name(name) else {
                    throw HTTPRefusal(.badRequest, "a field name is not a token (RFC 9110 §5.1)")
                }
                fields.append(HTTPField(name: name, value: value))
            }
        }
        guard let method else {
            throw HTTPRefusal(.badRequest, "expected a method that is a token (RFC 9113 §8.3.1)")
        }
        do throws(HTTPRefusal) {
            try exchange.check(target: path)
        } catch {
            throw error.of(
                HTTPRequest(method: method, scheme: exchange.scheme, authority: authority ?? host, path: nil))
        }
        self.init(
            method: method, scheme: exchange.scheme, authority: authority ?? host, path: path, headerFields: fields)
    }
}

extension HPACKHeaders {
    /// The field block of a response (RFC 9113 §8.3.2).
    init(_ delivery: CairnDelivery) {
        self.init()
        reserveCapacity(delivery.head.headerFields.count + 2)
        add(name: ":status", value: String(delivery.head.status.code))
        for field in delivery.head.headerFields where !Self.connectionSpecific.contains(field.name.canonicalName) {
            add(name: field.name.canonicalName, value: field.value)
        }
        if delivery.needsContentLength {
            add(name: "content-length", value: String(delivery.body.count))
        }
    }

    /// The fields that no HTTP/2 message may have (RFC 9113 §8.2.2).
    private static let connectionSpecific: Set = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ]
}
