import Cairn
import HTTPTypes
import Synchronization

/// One thing that can be asked of `/cairn/v1`.
///
/// The dispatcher, the index and the OpenAPI document are all made of the table of these, so that none of them can say what
/// the others do not do.
struct Route: Sendable {
    typealias Handler = @Sendable (Call) throws -> Answer

    let method: HTTPRequest.Method
    /// Below ``API/base``; a segment in braces stands for any.
    let path: String
    /// What it does, in a line.
    let summary: String
    /// What may stand in the query.
    let query: [Query]
    /// The schema of the body; `nil` if it takes none.
    let body: CairnJSONObject?
    /// Whether a body may be left out.
    let isBodyOptional: Bool
    let content: Content
    let handle: Handler

    /// A parameter of the query.
    struct Query: Sendable {
        let name: String
        let summary: String
        var schema = Schema.text
        var isRequired = false

        static let perspective = Query(name: "perspective", summary: "the remote perspective that alone is concerned")
    }

    /// What is answered when all went well.
    enum Content: Sendable {
        /// 204.
        case nothing
        /// JSON of a schema.
        case json(CairnJSONObject, status: Int = 200)
        /// JSON of a schema or, where `Accept` asks for it, JSON Lines.
        case jsonOrLines(CairnJSONObject)
        /// The same or, where `Accept` asks for it, server-sent events.
        case entries(CairnJSONObject)
    }

    /// What a handler answers.
    indirect enum Answer: Sendable {
        case nothing
        case json(CairnJSON)
        /// One value a line.
        case lines([CairnJSON])
        /// Server-sent events, as long as the client listens.
        case live(CairnDelivery.LiveBody)
        /// What is known once the gate opens.
        case later(RuleGate, @Sendable () -> Result<Answer, any Error>)
    }

    /// By what a client that comes back says which event it got last (HTML §9.2.4).
    static let lastEventID = "Last-Event-ID"

    /// The segments of the path.
    var segments: [Substring] { path.texts(between: "/").dropFirst().map { $0 } }

    /// What it goes by in OpenAPI: `getClock`, `postClockAdvance`.
    var operationID: String {
        segments.reduce(into: method.rawValue.lowercasedASCII) { name, segment in
            for word in segment.split(whereSeparator: { "{}-.".contains($0) }) {
                name += word.prefix(1).uppercased() + word.dropFirst()
            }
        }
    }
}

extension Route {
    /// Something to be read.
    static func get(
        _ path: String, _ summary: String, query: [Query] = [], of schema: CairnJSONObject,
        _ read: @escaping @Sendable (Call) throws -> CairnJSON
    ) -> Route {
        Route(
            method: .get, path: path, summary: summary, query: query, body: nil, isBodyOptional: true,
            content: .json(schema), handle: { .json(try read($0)) })
    }

    /// Something that is done and takes nothing.
    static func perform(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, query: [Query] = [],
        _ change: @escaping @Sendable (Call) throws -> Void
    ) -> Route {
        Route(
            method: method, path: path, summary: summary, query: query, body: nil, isBodyOptional: true,
            content: .nothing,
            handle: { call in
                try change(call)
                return .nothing
            })
    }

    /// Something that is done and takes nothing, and answers with what came of it.
    static func perform(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, of schema: CairnJSONObject,
        _ change: @escaping @Sendable (Call) throws -> CairnJSON
    ) -> Route {
        Route(
            method: method, path: path, summary: summary, query: [], body: nil, isBodyOptional: true,
            content: .json(schema), handle: { .json(try change($0)) })
    }

    /// Something that takes nothing, and its time; it is answered when it is done.
    static func await(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String,
        _ change: @escaping @Sendable (Call) async throws -> Void
    ) -> Route {
        Route(
            method: method, path: path, summary: summary, query: [], body: nil, isBodyOptional: true,
            content: .nothing,
            handle: { call in
                let done = Done()
                Task {
                    do { try await change(call) } catch { done.error.withLock { $0 = error } }
                    done.gate.open()
                }
                return .later(done.gate) { done.error.withLock { $0.map { .failure($0) } ?? .success(.nothing) } }
            })
    }

    private final class Done: Sendable {
        let gate = RuleGate()
        let error = Mutex<(any Error)?>(nil)
    }

    /// Something that is done with a value.
    static func perform<Value>(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, query: [Query] = [],
        with kind: SettingKind<Value>, _ change: @escaping @Sendable (Call, Value) throws -> Void
    ) -> Route {
        Route(
            method: method, path: path, summary: summary, query: query, body: kind.schema, isBodyOptional: false,
            content: .nothing,
            handle: { call in
                try change(call, try call.value(of: kind))
                return .nothing
            })
    }

    /// Something that is done with a value, and answers with what came of it.
    static func perform<Value>(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, query: [Query] = [],
        with kind: SettingKind<Value>, status: Int = 200, of schema: CairnJSONObject,
        _ change: @escaping @Sendable (Call, Value) throws -> CairnJSON
    ) -> Route {
        Route(
            method: method, path: path, summary: summary, query: query, body: kind.schema, isBodyOptional: false,
            content: .json(schema, status: status), handle: { .json(try change($0, try $0.value(of: kind))) })
    }
}

/// A request that is for a route.
struct Call: Sendable {
    let ca: TestCA
    let request: CairnRequest
    /// What stands in the path for the names in braces.
    let names: [String: String]

    /// What stands in the path for a name in braces.
    subscript(name: String) -> String { names[name] ?? "" }

    /// The object whose name stands in the path for `{id}`.
    var id: CairnObjectID { CairnObjectID(rawValue: self["id"]) }

    /// The query without its question mark; empty if there is none.
    var query: Substring {
        let path = request.head.path ?? ""
        return path.dropFirst(path.text(before: "?").count + 1)
    }

    /// The names of the parameters of the query.
    var queryNames: [String] {
        query.split(separator: "&").map { PercentEncoding.decode($0.text(before: "=")) }
    }

    /// A parameter of the query.
    func parameter(_ name: String) -> String? { PercentEncoding.value(of: name, inForm: query.utf8) }

    /// A parameter of the query that is a number from 0 on.
    func number(_ name: String) throws(APIProblem) -> Int? {
        guard let text = parameter(name) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw APIProblem(400, "\(name): expected a whole number of at least 0, got \(text.quoted)")
        }
        return number
    }

    /// The remote perspective in the query.
    var perspective: String? {
        get throws(ACMEProblem) {
            guard let name = parameter("perspective") else { return nil }
            return try ca.challengeContents.perspective(name)
        }
    }

    /// The body.
    var json: CairnJSON {
        get throws(APIProblem) { try request.json { APIProblem(400, $0, pointer: $1.pointer) } }
    }

    /// The body as a value of a kind.
    func value<Value>(of kind: SettingKind<Value>) throws -> Value { try kind.read(try json).get() }

    /// The one with a name in the path.
    func find<Thing>(_ thing: Thing?, _ kind: String, _ name: String) throws(APIProblem) -> Thing {
        guard let thing else { throw APIProblem(404, "there is no \(kind) \(self[name].quoted)") }
        return thing
    }
}

extension CairnRequest {
    /// The body as JSON.
    ///
    /// - Parameter refusal: makes the refusal of what is none, of a sentence and what is wrong.
    func json<Refusal>(_ refusal: (String, CairnJSONError) -> Refusal) throws(Refusal) -> CairnJSON {
        do { return try CairnJSON(parsing: body) } catch { throw refusal("the body is not JSON: \(error)", error) }
    }
}

/// Why a request to `/cairn/v1` was not carried out (RFC 9457).
struct APIProblem: Error {
    let status: Int
    let detail: String
    /// The value in the body that is wrong, as a JSON Pointer (RFC 6901).
    var pointer: String?
    /// The methods that there are, if it is that.
    var allow: String?

    init(_ status: Int, _ detail: String, pointer: String? = nil, allow: String? = nil) {
        (self.status, self.detail, self.pointer, self.allow) = (status, detail, pointer, allow)
    }

    /// What a handler threw, as those outside are told.
    init(_ error: any Error) {
        switch error {
        case let problem as APIProblem: self = problem
        case let problem as ACMEProblem: self.init(problem.status, problem.detail)
        case let fault as SettingFault: self.init(400, fault.sentences, pointer: fault.pointer)
        case let error as CairnRuleError: self.init(400, error.description, pointer: error.pointer)
        case let error as TestCA.ObjectError: self.init(error.status, error.description)
        default: self.init(400, "\(error)")
        }
    }

    var json: CairnJSON {
        var document = ACMEProblem(.malformed, detail, status: status).document(\.json)
        document["pointer"] = pointer.map(CairnJSON.string)
        return .object(document)
    }
}

extension SettingFault {
    /// All that is wrong, in one line.
    var sentences: String { all.map(\.description).joined(separator: "; ") }

    /// Where it is, as a JSON Pointer.
    var pointer: String { CairnJSONPointer(tokens: tokens).description }

    /// The names and indexes that lead to it.
    var tokens: [String] {
        steps.map { step in
            switch step {
            case .member(let name): name
            case .element(let index): "\(index)"
            }
        }
    }
}
