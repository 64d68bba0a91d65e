import ACME
import Engine
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

    /// The path without its query.
    var path: Substring {
        let path = request.head.path ?? ""
        return path.prefix { $0 != "?" }
    }

    /// The value of a parameter of the query.
    func query(_ name: String) -> Substring? {
        guard let path = request.head.path, let mark = path.firstIndex(of: "?") else { return nil }
        for pair in path[path.index(after: mark)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { return parts[1] }
        }
        return nil
    }

    /// The URL that the request was sent to, as this server would have written it.
    var url: String { links.origin + (request.head.path ?? "") }
}

extension Request {
    /// Scheme and authority of the request's own URL.
    ///
    /// A request that names no authority (HTTP/1.0) is for `localhost`.
    var origin: String {
        "\(head.scheme ?? "https")://\(head.authority ?? "localhost")"
    }
}
