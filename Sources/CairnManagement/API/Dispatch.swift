import Cairn
import HTTPTypes

/// `/cairn/v1`: all that a Swift test can do, as JSON.
enum API {
    /// What the paths of ``routes`` are below.
    static let base = "/cairn/v1"
    /// The longest body, in octets, whoever hands it over.
    static let bodyLimit = 1 << 20

    /// Everything that can be asked, in the order in which the index lists it.
    static let routes: [Route] =
        serverRoutes + resetRoutes + connectionRoutes + settingRoutes + clockRoutes + journalRoutes + objectRoutes
        + stateRoutes + revocationRoutes + accountRoutes + outsideRoutes + dnsRoutes + dnsScriptRoutes
        + validationRoutes
        + ruleRoutes
        + presetRoutes

    /// The segments of the paths of ``routes``, in their order.
    private static let patterns: [[String]] = routes.map { $0.segments.map(String.init) }

    /// Answers a request to something below ``base``; `nil` for any other.
    static func respond(to request: CairnRequest, of ca: TestCA) -> CairnDelivery? {
        let path = (request.head.path ?? "").text(before: "?")
        guard path.begins(with: base) else { return nil }
        let rest = path.dropFirst(base.count)
        guard rest.isEmpty || rest.begins(with: "/") else { return nil }
        do {
            let segments = rest == "/" ? [] : rest.texts(between: "/").dropFirst().map(PercentEncoding.decode)
            let (route, names) = try route(request.head.method, segments, at: path)
            guard request.body.count <= bodyLimit else {
                throw APIProblem(413, "expected a body of \(bodyLimit) octets at most, got \(request.body.count)")
            }
            let call = Call(ca: ca, request: request, names: names)
            try requireKnown(call.queryNames, among: route.query.map(\.name))
            return delivery(try route.handle(call), route)
        } catch {
            return delivery(APIProblem(error))
        }
    }

    // MARK: Finding the route

    private static func route(
        _ method: HTTPRequest.Method, _ segments: [String], at path: Substring
    ) throws(APIProblem) -> (Route, [String: String]) {
        var found: [Int] = patterns.indices.filter { matches(patterns[$0], segments) }
        // A word stands before a name: "/settings/schema" is not the setting of that name.
        let literals = found.map { index in zip(patterns[index], segments).count { $0.isSame(as: $1) } }
        if let most = literals.max() { found = zip(found, literals).filter { $0.1 == most }.map(\.0) }
        guard let first = found.first else { throw nothing(at: path, segments) }
        let wanted = method == .head ? .get : method
        guard let index = found.first(where: { routes[$0].method == wanted }) else {
            let methods =
                found.map { routes[$0].method.rawValue }
                + (found.contains { routes[$0].method == .get } ? ["HEAD"] : [])
            let allow = methods.joined(separator: ", ")
            throw APIProblem(
                405, "expected \(allow) for \(base)\(routes[first].path), got \(method.rawValue)", allow: allow)
        }
        var names: [String: String] = [:]
        for (pattern, segment) in zip(patterns[index], segments) where isName(pattern) {
            names[String(pattern.dropFirst().dropLast())] = segment
        }
        return (routes[index], names)
    }

    private static func isName(_ pattern: String) -> Bool { pattern.begins(with: "{") }

    private static func matches(_ pattern: [String], _ segments: [String]) -> Bool {
        pattern.count == segments.count && begins(pattern, segments)
    }

    /// Whether segments could go on to be a path.
    private static func begins(_ pattern: [String], _ segments: [String]) -> Bool {
        pattern.count >= segments.count
            && zip(pattern, segments).allSatisfy { isName($0) ? !$1.isEmpty : $0.isSame(as: $1) }
    }

    /// Says what there is where a path leads out of the tree.
    private static func nothing(at path: Substring, _ segments: [String]) -> APIProblem {
        var known = segments
        while !patterns.contains(where: { begins($0, known) }) { known.removeLast() }
        var next: [String] = []
        for pattern in patterns where pattern.count > known.count && begins(pattern, known) {
            if !next.contains(pattern[known.count]) { next.append(pattern[known.count]) }
        }
        let wrong = known.count < segments.count ? segments[known.count] : ""
        let place = ([base] + known.map(PercentEncoding.encode)).joined(separator: "/")
        var detail = "there is nothing at \(path.quoted); "
        detail += next.isEmpty ? "nothing is below \(place)" : "below \(place) there is \(next.joined(separator: ", "))"
        if let meant = NearestName.to(wrong, among: next) { detail += "; did you mean \(meant.quoted)?" }
        return APIProblem(404, detail)
    }

    private static func requireKnown(_ names: [String], among known: [String]) throws(APIProblem) {
        for name in names where !known.contains(where: { $0.isSame(as: name) }) {
            let hint =
                NearestName.to(name, among: known).map { "; did you mean \($0.quoted)?" }
                ?? (known.isEmpty ? "; it takes none" : "; expected \(known.joined(separator: ", "))")
            throw APIProblem(400, "\(name.quoted) is no parameter of the query\(hint)")
        }
    }

    // MARK: Answering

    private static func delivery(_ answer: Route.Answer, _ route: Route) -> CairnDelivery {
        switch answer {
        case .nothing: return CairnDelivery(HTTPResponse(status: .noContent))
        case .json(let json):
            var status = 200
            if case .json(_, let wanted) = route.content { status = wanted }
            return delivery(json, status, "application/json")
        case .lines(let lines):
            return CairnDelivery(
                HTTPResponse(status: .ok, headerFields: [.contentType: "application/jsonl"]),
                body: lines.flatMap { $0.serialized() + [UInt8(ascii: "\n")] })
        case .live(let body):
            var delivery = CairnDelivery(
                HTTPResponse(
                    status: .ok, headerFields: [.contentType: "text/event-stream", .cacheControl: "no-store"]))
            delivery.live = body
            return delivery
        case .later(let gate, let result):
            var held = CairnDelivery(HTTPResponse(status: .serviceUnavailable))
            held.held = CairnDelivery.Held(gate) {
                do { return delivery(try result().get(), route) } catch { return delivery(APIProblem(error)) }
            }
            return held
        }
    }

    private static func delivery(_ problem: APIProblem) -> CairnDelivery {
        var delivery = delivery(problem.json, problem.status, "application/problem+json")
        delivery.head.headerFields[.allow] = problem.allow
        return delivery
    }

    private static func delivery(_ json: CairnJSON, _ status: Int, _ type: String) -> CairnDelivery {
        var delivery = CairnDelivery(json, .init(code: status), type: type)
        delivery.head.headerFields[.cacheControl] = "no-store"
        return delivery
    }
}
