import Cairn
import CairnManagement
import HTTPTypes
import Testing

extension Managed {
    /// What `/cairn/v1` answers to a request that has to succeed; `nil` for no content.
    @discardableResult
    func api(_ method: HTTPRequest.Method, _ path: String, _ body: String = "") throws -> CairnJSON? {
        let delivery = send(method, "/cairn/v1\(path)", body)
        let text = String(decoding: delivery.body, as: UTF8.self)
        #expect(delivery.head.status.kind == .successful, "\(method) \(path): \(delivery.head.status) \(text)")
        return delivery.body.isEmpty ? nil : try CairnJSON(parsing: delivery.body)
    }

    /// Status, detail and pointer of what `/cairn/v1` refuses.
    func apiRefusal(_ method: HTTPRequest.Method, _ path: String, _ body: String = "") throws -> (
        detail: String, pointer: String?
    ) {
        let detail = try refusal(method, "/cairn/v1\(path)", body)
        return (detail, try CairnJSON(parsing: send(method, "/cairn/v1\(path)", body).body)["pointer"]?.string)
    }

    /// Methods and paths of all routes, as the index has them.
    func routes() throws -> [String] {
        try #require(try api(.get, "")?["routes"]?.array).map { route in
            "\(route["method"]?.string ?? "") \((route["path"]?.string ?? "").dropFirst("/cairn/v1".count))"
        }
    }
}

/// Where a value is not what a JSON Schema says, as far as the schemas of `/cairn/v1` go.
struct SchemaCheck {
    let document: CairnJSON

    func objections(to value: CairnJSON, by schema: CairnJSON, at place: String = "") -> [String] {
        if let reference = schema["$ref"]?.string {
            let path = reference.split(separator: "/").dropFirst().map(String.init)
            guard let target = path.reduce(document as CairnJSON?, { $0?[$1] }) else { return ["no \(reference)"] }
            return objections(to: value, by: target, at: place)
        }
        var found: [String] = []
        if let choices = schema["anyOf"]?.array,
            !choices.contains(where: { objections(to: value, by: $0, at: place).isEmpty })
        {
            found.append("\(place): none of \(choices.count) schemas")
        }
        if let words = schema["enum"]?.array, !words.contains(value) { found.append("\(place): not in enum") }
        let types = schema["type"]?.array?.compactMap(\.string) ?? schema["type"]?.string.map { [$0] } ?? []
        if !types.isEmpty, !types.contains(where: { isOf($0, value) }) { found.append("\(place): no \(types)") }
        for name in schema["required"]?.array?.compactMap(\.string) ?? [] where value[name] == nil {
            found.append("\(place): no \(name)")
        }
        for member in value.object?.members ?? [] {
            let inner = schema["properties"]?[member.name] ?? schema["additionalProperties"]
            if inner == false { found.append("\(place): \(member.name) is not expected") }
            if let inner, inner.object != nil {
                found += objections(to: member.value, by: inner, at: "\(place)/\(member.name)")
            }
        }
        if let items = schema["items"] {
            for (index, element) in (value.array ?? []).enumerated() {
                found += objections(to: element, by: items, at: "\(place)/\(index)")
            }
        }
        return found
    }

    private func isOf(_ type: String, _ value: CairnJSON) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null),
            ("integer", .integer), ("number", .integer), ("number", .double):
            true
        default: false
        }
    }
}
