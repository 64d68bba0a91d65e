import CairnGateway
import HTTPTypes

/// What every connection of one listener shares: who answers, and what is refused.
struct HTTPExchange: Sendable {
    var scheme: String
    var bodyLimit: Int
    var respond: @Sendable (Request) -> Delivery
    var refuse: @Sendable (HTTPRefusal) -> Delivery

    /// The refusal of a body of more than ``bodyLimit`` bytes.
    var bodyTooLarge: HTTPRefusal {
        HTTPRefusal(.contentTooLarge, "the body is longer than \(bodyLimit) bytes (RFC 9110 §15.5.14)")
    }
}
