/// What a request is for: the rows by which time is split.
enum Step: String, CaseIterable, Sendable {
    case directory, newNonce, newAccount, newOrder
    case authorization, challenge
    case authorizationPoll = "authorization again"
    case finalize
    case orderPoll = "order"
    case certificate
}

/// A request as the client wants it sent.
struct Message {
    enum Method: String {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
    }

    var step: Step
    var method: Method
    var path: String
    var body: [UInt8] = []
}

/// What the client looks at in a response.
struct Answer {
    var status = 0
    var nonce: String?
    var location: String?
    var body: [UInt8] = []

    subscript(_ member: String) -> String? { JSONScanner.string(JSONScanner.member(member, of: body[...])) }

    /// The elements of a member that is an array.
    func elements(_ member: String) -> [JSONScanner.Text] {
        JSONScanner.member(member, of: body[...]).map(JSONScanner.elements) ?? []
    }
}

/// An answer that a client cannot go on from.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    init(_ step: Step, _ answer: Answer) {
        let body = String(decoding: answer.body.prefix(400), as: UTF8.self)
        description = "\(step.rawValue) was answered \(answer.status): \(body)"
    }
}
