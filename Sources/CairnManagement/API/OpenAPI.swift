import Cairn
import HTTPTypes

extension API {
    /// What there is, for people and for programs.
    static var index: CairnJSON {
        let list = routes.map { route -> CairnJSON in
            [
                "method": .string(route.method.rawValue), "path": .string(base + route.path),
                "summary": .string(route.summary),
                "command": .string("cairn ctl " + CommandWords.words(for: route).joined(separator: " ")),
            ]
        }
        return ["openapi": .string(base + "/openapi.json"), "routes": .array(list)]
    }

    /// ``routes`` as OpenAPI 3.1 describes them.
    static let openAPI: CairnJSON = {
        var paths = CairnJSONObject()
        for route in routes {
            let path = route.path.isEmpty ? "/" : route.path
            var item = paths[path]?.object ?? CairnJSONObject()
            item[route.method.rawValue.lowercasedASCII] = .object(route.operation)
            paths[path] = .object(item)
        }
        var schemas = CairnJSONObject()
        for (name, schema) in Schema.components { schemas[name] = .object(schema) }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Cairn", "version": "1",
                "summary": "What a Swift test can do with an ACME test CA, as JSON",
            ],
            "servers": [["url": .string(base)]],
            "paths": .object(paths),
            "components": [
                "schemas": .object(schemas),
                "responses": [
                    "Problem": [
                        "description": "Why it was not done (RFC 9457); `pointer` leads to what is wrong in the body",
                        "content": [
                            "application/problem+json": ["schema": .object(Schema.reference("Problem"))]
                        ],
                    ]
                ],
            ],
        ]
    }()
}

extension Route {
    /// The route as an Operation Object (OpenAPI 3.1 §4.8.10).
    fileprivate var operation: CairnJSONObject {
        let names = segments.filter { $0.begins(with: "{") }.map { String($0.dropFirst().dropLast()) }
        let parameters =
            names.map { name -> CairnJSON in
                ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string", "minLength": 1]]
            }
            + query.map { parameter -> CairnJSON in
                [
                    "name": .string(parameter.name), "in": "query", "description": .string(parameter.summary),
                    "required": .bool(parameter.isRequired), "schema": .object(parameter.schema),
                ]
            } + headerFields
        var operation: CairnJSONObject = [
            "operationId": .string(operationID), "summary": .string(summary),
            "tags": [.string(segments.first.map(String.init) ?? "server")],
        ]
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body {
            operation["requestBody"] = [
                "required": .bool(!isBodyOptional), "content": ["application/json": ["schema": .object(body)]],
            ]
        }
        operation["responses"] = .object(responses)
        return operation
    }

    private var responses: CairnJSONObject {
        let problem: CairnJSON = ["$ref": "#/components/responses/Problem"]
        func media(_ schema: CairnJSONObject) -> CairnJSON { ["schema": .object(schema)] }
        switch content {
        case .nothing: return ["204": ["description": "Done"], "default": problem]
        case .json(let schema, let status):
            return [
                "\(status)": [
                    "description": .string(summary), "content": ["application/json": media(schema)],
                ], "default": problem,
            ]
        case .jsonOrLines(let schema):
            return [
                "200": [
                    "description": .string(summary),
                    "content": ["application/json": media(schema), "application/jsonl": media(Schema.text)],
                ], "default": problem,
            ]
        case .entries(let schema):
            return [
                "200": [
                    "description": .string(summary),
                    "content": [
                        "application/json": media(schema), "application/jsonl": media(Schema.text),
                        "text/event-stream": media(Schema.text),
                    ],
                ], "default": problem,
            ]
        }
    }

    /// What may stand in the head of the request.
    private var headerFields: [CairnJSON] {
        guard case .entries = content else { return [] }
        return [
            [
                "name": .string(Self.lastEventID), "in": "header",
                "description": "of server-sent events, the number of the last that was received: goes before `after`",
                "schema": .object(Schema.natural),
            ]
        ]
    }
}
