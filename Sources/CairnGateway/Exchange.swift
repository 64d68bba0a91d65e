import CairnEngine
import CairnModel
import HTTPTypes

/// One request on its way through the stages, and what they found out about it.
struct Exchange: Sendable {
    let request: Request
    let links: Links
    let now: Instant
    var route: Route?
    /// The account that signed, once that is certain.
    var signer: Account.ID?
    /// What was signed, once it is decoded; `nil` for a POST-as-GET.
    var payload: JSONObject?
    /// The validations that the answer promises.
    var jobs: [ValidationJob] = []

    init(_ request: Request, links: Links, now: Instant) {
        self.request = request
        self.links = links
        self.now = now
    }

    /// How requests and answers look.
    var dialect: any Dialect { links.dialect }

    /// The path without its query.
    var path: Substring {
        (request.head.path ?? "").text(before: "?")
    }

    /// The value of a parameter of the query.
    func query(_ name: String) -> Substring? {
        guard let path = request.head.path, let mark = path.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        for pair in path[path.utf8.index(after: mark)...].texts(between: "&") {
            let key = pair.text(before: "=")
            if key.endIndex < pair.endIndex, key.isSame(as: name) {
                return pair[pair.utf8.index(after: key.endIndex)...]
            }
        }
        return nil
    }

    /// The URL that the request was sent to, as this server would have written it.
    var url: String { links.origin + (request.head.path ?? "") }
}

extension Request {
    /// Whether a text can stand between `//` and the path of a URL (RFC 3986 §3.2), as a `Host` must (RFC 9110 §7.2).
    package static func isAuthority(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            }
    }

    /// Scheme and authority of the request's own URL.
    ///
    /// A request that names no authority (HTTP/1.0) is for `localhost`.
    var origin: String {
        let authority = head.authority.flatMap { Self.isAuthority($0) ? $0 : nil }
        return "\(head.scheme ?? "https")://\(authority ?? "localhost")"
    }
}
