package import CairnDNS
package import CairnGateway
import CairnModel
import HTTPTypes

/// DNS over HTTPS (RFC 8484): a message is the body of a request, or stands in its URL, and the answer is the body of the
/// response.
package struct DNSOverHTTPS: Sendable {
    /// The path at which it is; `nil` is any.
    private let path: String?
    private let reply: @Sendable (_ message: [UInt8], _ transport: CairnDNSTable.Transport) -> DNSReply?

    /// Where clients expect it (RFC 8484 §4.1.1).
    package static let standardPath = "/dns-query"
    private static let mediaType = "application/dns-message"

    /// - Parameters:
    ///   - path: where it is; `nil` for everywhere.
    ///   - reply: answers a message; `nil` for what is not answered.
    package init(
        at path: String?,
        reply: @escaping @Sendable (_ message: [UInt8], _ transport: CairnDNSTable.Transport) -> DNSReply?
    ) {
        (self.path, self.reply) = (path, reply)
    }

    package func respond(to request: CairnRequest) -> CairnDelivery {
        let target = request.head.path ?? "/"
        if let path, !target.text(before: "?").isSame(as: path) {
            return refusal(.notFound, "there is nothing at \(target.quoted); DNS over HTTPS is at \(path)")
        }
        let message: [UInt8]
        switch request.head.method {
        case .post:
            let type = request.head.headerFields[.contentType] ?? ""
            guard type.text(before: ";").filter({ $0 != " " }).isSameIgnoringCase(as: Self.mediaType) else {
                return refusal(
                    .unsupportedMediaType,
                    "expected a body of the type \(Self.mediaType), got \(type.quoted) (RFC 8484 §4.1)")
            }
            message = request.body
        case .get, .head:
            let query = target.utf8.dropFirst(target.text(before: "?").utf8.count + 1)
            guard let text = PercentEncoding.value(of: "dns", inForm: query), let octets = try? Base64URL.decode(text)
            else {
                return refusal(
                    .badRequest, "expected a message in base64url as the parameter \"dns\", got none (RFC 8484 §4.1.1)")
            }
            message = octets
        case let method:
            var delivery = refusal(
                .methodNotAllowed, "expected GET, HEAD or POST, got \(method.rawValue) (RFC 8484 §4.1)")
            delivery.head.headerFields[.allow] = "GET, HEAD, POST"
            return delivery
        }
        let reply = reply(message, .https(agent: request.head.headerFields[.userAgent]))
        guard let reply, let answer = reply.messages.first else {
            var delivery = refusal(
                .badRequest, "expected a DNS query, got \(message.count) octets that are none (RFC 1035 §4.1)")
            // A query that somebody wants to have no answer has none here either.
            if message.count >= DNSMessage.headerLength, (try? DNSMessage(headerOf: message))?.isResponse == false {
                delivery.ending = .cut(afterBodyBytes: nil)
            }
            return delivery
        }
        let fields: HTTPFields = [
            .contentType: Self.mediaType, .cacheControl: "max-age=\(Self.lifetime(of: answer))",
        ]
        var delivery = CairnDelivery(HTTPResponse(status: .ok, headerFields: fields), body: answer)
        delivery.pace.beforeHead = reply.delay
        return delivery
    }

    /// For how many seconds an answer holds: as long as the first of its records (RFC 8484 §5.1).
    private static func lifetime(of answer: [UInt8]) -> Int64 {
        guard let message = try? DNSMessage(parsing: answer) else { return 0 }
        let records = message.answers.isEmpty ? message.authorities : message.answers
        return records.map { max(0, $0.record.timeToLive.components.seconds) }.min() ?? 0
    }

    private func refusal(_ status: HTTPResponse.Status, _ sentence: String) -> CairnDelivery {
        CairnDelivery(
            HTTPResponse(status: status, headerFields: [.contentType: "text/plain; charset=utf-8"]),
            body: Array("\(sentence)\n".utf8))
    }
}
