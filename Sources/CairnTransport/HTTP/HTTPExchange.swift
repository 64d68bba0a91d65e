import CairnGateway
package import HTTPTypes

/// What every connection of one listener shares: who answers, and what is refused.
struct HTTPExchange: Sendable {
    var scheme: String
    var bodyLimit: Int
    var respond: @Sendable (CairnRequest) -> CairnDelivery
    var refuse: @Sendable (HTTPRefusal) -> CairnDelivery
    /// Who is told what was really sent.
    var reports: DeliveryReports?

    /// The same for clients that came without TLS: whatever they send is refused.
    var withoutTLS: HTTPExchange {
        let refuse = refuse
        let answer = { @Sendable (head: HTTPRequest?) in
            var delivery = refuse(
                HTTPRefusal(
                    .badRequest, "expected TLS, got HTTP in the clear: this port is for https:// URLs (RFC 8555 §6.1)",
                    head: head))
            delivery.head.headerFields[.connection] = "close"
            return delivery
        }
        return HTTPExchange(
            scheme: "http", bodyLimit: bodyLimit, respond: { answer($0.head) },
            refuse: { answer($0.head) }, reports: reports)
    }

    /// Refuses what stands for the target of a request and is none: it is ASCII, without spaces (RFC 9112 §3.2).
    func check(target: String?) throws(HTTPRefusal) {
        guard let octet = target?.utf8.first(where: { !(0x21...0x7e).contains($0) }) else { return }
        throw HTTPRefusal(
            .badRequest,
            "expected a request target of printable ASCII, got an octet \(octet) in it: percent-encode it (RFC 3986 §2.1)"
        )
    }

    /// The refusal of a body of more than ``bodyLimit`` bytes.
    var bodyTooLarge: HTTPRefusal {
        HTTPRefusal(.contentTooLarge, "the body is longer than \(bodyLimit) bytes (RFC 9110 §15.5.14)")
    }
}

/// A request that never became a ``CairnRequest``: the server refuses it before the handler is asked.
package struct HTTPRefusal: Error, Hashable, Sendable {
    package var status: HTTPResponse.Status
    /// What was expected, what came, and the section that says so.
    package var detail: String
    /// As much of the request as could be read, its authority as it came; `nil` for nothing.
    package var head: HTTPRequest?

    package init(_ status: HTTPResponse.Status, _ detail: String, head: HTTPRequest? = nil) {
        (self.status, self.detail, self.head) = (status, detail, head)
    }

    /// The same refusal, of a request of which so much could be read.
    func of(_ head: HTTPRequest?) -> HTTPRefusal {
        var refusal = self
        refusal.head = self.head ?? head
        return refusal
    }
}
