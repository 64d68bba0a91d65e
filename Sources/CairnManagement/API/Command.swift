import Cairn
import HTTPTypes

/// A route as a command for people: the words for it, and what has to follow them.
///
/// `cairn ctl` is made of these, so that it can do all that `/cairn/v1` can.
package struct ManagementCommand: Sendable {
    /// `["clock", "advance"]`.
    package let words: [String]
    package let method: String
    /// The whole path, with names in braces for what ``arguments`` stand for.
    package let path: String
    /// What has to be given for the names in the path, in their order.
    package let arguments: [String]
    package let summary: String
    package let query: [Parameter]
    package let body: Body
    /// Whether the answer is a document in JSON for some other program, whoever asks for it.
    package let isDocument: Bool
    /// Whether the answer can go on as events come.
    package let isFollowed: Bool

    /// A parameter of the query, or a member of the body: an option.
    package struct Parameter: Sendable {
        package let name: String
        package let summary: String
        package let isRequired: Bool
        /// Whether it is a text whatever it looks like.
        package let isText: Bool
        /// Whether it is an array.
        package let isList: Bool
        /// What it can be, in a few words; empty for any text.
        package let expected: String
    }

    /// What is sent.
    package enum Body: Sendable {
        case none
        /// An object with members, each an option; the only one that is required need not be named.
        case members([Parameter])
        /// Texts.
        case texts
        /// A value in JSON.
        case value
    }

    package let isBodyOptional: Bool
    /// What the value of the body can be, in a few words.
    package let expected: String
    /// Whether that can be a text.
    package let takesText: Bool

    /// The only member of the body that is required.
    package var main: Parameter? {
        guard case .members(let members) = body else { return nil }
        let required = members.filter(\.isRequired)
        return required.count == 1 ? required[0] : nil
    }

    /// How many words the body can consist of.
    package var bodyWords: ClosedRange<Int> {
        switch body {
        case .none: 0...0
        case .members:
            (main != nil && !isBodyOptional ? 1 : 0)...(main?.isList == true ? 1_000 : 1)
        case .texts: (isBodyOptional ? 0 : 1)...1_000
        case .value: (isBodyOptional ? 0 : 1)...1
        }
    }

    /// Everything that `/cairn/v1` can do, in the order of its index.
    package static let all: [ManagementCommand] = API.routes.map(ManagementCommand.init)

    init(_ route: Route) {
        words = CommandWords.words(for: route)
        (method, path, summary) = (route.method.rawValue, API.base + route.path, route.summary)
        arguments = route.segments.filter { $0.begins(with: "{") }.map { String($0.dropFirst().dropLast()) }
        query = route.query.map { parameter in
            Parameter(
                name: parameter.name, summary: parameter.summary, isRequired: parameter.isRequired, isText: true,
                isList: false, expected: SchemaGlimpse.words(.object(parameter.schema)))
        }
        body = Self.body(route.body)
        isBodyOptional = route.isBodyOptional
        expected = route.body.map { SchemaGlimpse.words(.object($0)) } ?? ""
        takesText = route.body.map { SchemaGlimpse.admitsText(.object($0)) } ?? false
        isDocument = ["/openapi.json", "/journal.har", "/settings/schema"].contains(route.path)
        isFollowed = if case .entries = route.content { true } else { false }
    }

    private static func body(_ schema: CairnJSONObject?) -> Body {
        guard let schema else { return .none }
        if schema["type"] == "array" { return schema["items"]?["type"] == "string" ? .texts : .value }
        guard let properties = schema["properties"]?.object?.members, !properties.isEmpty else { return .value }
        let required = schema["required"]?.array?.compactMap(\.string) ?? []
        let members = properties.map { member in
            Parameter(
                name: member.name, summary: member.value["description"]?.string ?? "",
                isRequired: required.contains(member.name), isText: member.value["type"] == "string",
                isList: member.value["type"] == "array", expected: SchemaGlimpse.words(member.value))
        }
        return .members(members)
    }
}

extension ManagementCommand {
    /// A name of the API as it is typed: `outOfBand` is `out-of-band`, `explanationURL` is `explanation-url`.
    package static func typed(_ name: some StringProtocol) -> String {
        var (text, wasCapital) = ("", true)
        for letter in name.unicodeScalars {
            let isCapital = ("A"..."Z").contains(letter)
            if isCapital, !wasCapital { text += "-" }
            text.unicodeScalars.append(letter)
            wasCapital = isCapital
        }
        return text.lowercasedASCII
    }
}

/// What a JSON Schema says, in a few words.
private enum SchemaGlimpse {
    static func words(_ schema: CairnJSON) -> String { parts(schema).joined(separator: ", or ") }

    private static func parts(_ schema: CairnJSON) -> [String] {
        if let choices = schema["enum"]?.array {
            return [choices.map { $0.string ?? $0.text() }.joined(separator: ", ")]
        }
        if let only = schema["const"] { return [only.string ?? only.text()] }
        if let kinds = schema["anyOf"]?.array {
            // Objects of which each has a member of its own are one choice.
            let own = kinds.map { $0["required"]?.array?.compactMap(\.string) ?? [] }
            if kinds.count > 2, own.allSatisfy({ $0.count == 1 }) {
                return ["an object with \(own.flatMap(\.self).joined(separator: ", "))"]
            }
            return kinds.flatMap(parts).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
        if let name = schema["$ref"]?.string?.split(separator: "/").last {
            let word = name.prefix(1).lowercased() + name.dropFirst()
            return [["a", "e", "i", "o"].contains(word.prefix(1)) ? "an \(word)" : "a \(word)"]
        }
        if let types = schema["type"]?.array { return types.compactMap { $0.string.flatMap(word) } }
        switch schema["type"]?.string {
        case "array": return ["an array" + (schema["items"].map { " of: \(words($0))" } ?? "")]
        case "object":
            let names = schema["properties"]?.object?.names ?? []
            return [names.isEmpty ? "an object" : "an object with \(names.joined(separator: ", "))"]
        case let type?: return word(type).map { [$0] } ?? []
        case nil: return []
        }
    }

    private static func word(_ type: String) -> String? {
        switch type {
        case "string": "a text"
        case "integer": "a whole number"
        case "number": "a number"
        case "boolean": "true or false"
        case "null": "null"
        default: nil
        }
    }

    static func admitsText(_ schema: CairnJSON) -> Bool {
        if let choices = schema["enum"]?.array { return choices.contains { $0.string != nil } }
        if let only = schema["const"] { return only.string != nil }
        if let kinds = schema["anyOf"]?.array { return kinds.contains(where: admitsText) }
        if schema["$ref"] != nil { return false }
        if let types = schema["type"]?.array { return types.contains("string") }
        return schema["type"] == nil || schema["type"] == "string"
    }
}

/// Which words of `cairn ctl` stand for which route.
enum CommandWords {
    /// Those that do not follow from path and method.
    private static let chosen: [String: String] = [
        "GET ": "routes", "GET /openapi.json": "openapi", "GET /server": "server", "GET /authority": "authority",
        "POST /reset": "reset", "GET /snapshot": "state",
        "GET /settings": "settings get", "GET /settings/{path}": "settings get",
        "GET /settings/schema": "settings schema", "GET /settings/unchosen": "settings unchosen",
        "DELETE /settings": "settings reset",
        "DELETE /settings/{path}": "settings reset",
        "GET /journal": "journal", "GET /journal.har": "journal har", "DELETE /journal": "journal clear",
        "GET /findings": "findings", "GET /revocations": "revocations",
        "GET /crls": "crls list", "GET /crls/{issuer}": "crls show", "POST /crls/publish": "crls publish",
        "PUT /certificates/{serialNumber}/ocsp": "certificates answer-ocsp",
        "DELETE /certificates/{serialNumber}/ocsp": "certificates forget-ocsp",
        "PUT /certificates/{serialNumber}/renewal": "certificates suggest-renewal",
        "DELETE /certificates/{serialNumber}/renewal": "certificates forget-renewal",
        "PUT /certificates/{serialNumber}/renewal/body": "certificates answer-renewal",
        "DELETE /certificates/{serialNumber}/renewal/body": "certificates forget-renewal-answer",
        "GET /accounts/{id}/pauses": "accounts pauses", "POST /accounts/{id}/pauses": "accounts pause",
        "DELETE /accounts/{id}/pauses": "accounts unpause",
        "DELETE /accounts/{id}/pauses/{identifier}": "accounts unpause",
        "GET /externalAccountKeys": "keys list", "GET /externalAccountKeys/{identifier}": "keys show",
        "POST /externalAccountKeys": "keys issue", "DELETE /externalAccountKeys/{identifier}": "keys revoke",
        "POST /externalAccountKeys/{identifier}/pauses": "keys pause",
        "DELETE /grants/{number}": "grants withdraw",
        "DELETE /dns": "dns reset", "GET /dns/records": "dns list", "GET /dns/records/{name}": "dns show",
        "PUT /dns/records/{name}": "dns set", "POST /dns/records/{name}": "dns add",
        "DELETE /dns/records/{name}": "dns remove", "GET /dns/failures": "dns failures",
        "PUT /dns/failures/{name}": "dns fail", "DELETE /dns/failures/{name}": "dns clear-failure",
        "GET /dns/queries": "dns queries", "DELETE /dns/queries": "dns clear-queries",
        "GET /dns/updates": "dns updates",
        "GET /dns/scripts": "dns scripts list", "POST /dns/scripts": "dns scripts add",
        "DELETE /dns/scripts": "dns scripts clear", "GET /dns/scripts/unfired": "dns scripts unfired",
        "GET /validation/decisions": "validation list", "GET /validation/decisions/{name}": "validation show",
        "PUT /validation/decisions/{name}": "validation set",
        "DELETE /validation/decisions/{name}": "validation remove",
        "DELETE /validation/decisions": "validation reset", "PUT /validation/standard": "validation standard",
        "DELETE /responder": "responder reset", "GET /responder/requests": "responder requests",
        "DELETE /responder/requests": "responder clear-requests",
        "GET /presets": "presets list", "PUT /presets/{name}": "presets use",
        "DELETE /presets/{name}": "presets withdraw",
        "PUT /orders/{id}/status": "orders force",
        "PUT /authorizations/{id}/status": "authorizations force",
        "PUT /authorizations/{id}/challenges/{place}/status": "authorizations force-challenge",
        "DELETE /accounts/{id}": "accounts forget", "DELETE /orders/{id}": "orders purge",
        "DELETE /authorizations/{id}": "authorizations purge",
        "DELETE /certificates/{serialNumber}": "certificates purge", "DELETE /nonces": "nonces forget",
        "POST /incident": "incident",
        "DELETE /rules": "rules clear", "GET /rules/unfired": "rules unfired",
        "GET /rules/held": "rules held",
        "GET /rules/stories": "stories show", "GET /rules/stories/{story}": "stories show",
        "PUT /rules/stories": "stories set", "PUT /rules/stories/{story}": "stories set",
        "PUT /rulesets/{name}": "rulesets save", "DELETE /rulesets/{name}": "rulesets forget",
    ]

    static func words(for route: Route) -> [String] {
        if let chosen = chosen["\(route.method.rawValue) \(route.path)"] {
            return chosen.split(separator: " ").map(String.init)
        }
        let words = route.segments.filter { !$0.begins(with: "{") }.map(ManagementCommand.typed)
        let endsInName = route.segments.last?.begins(with: "{") ?? false
        return words + (verb(route, isDeed: !endsInName && words.count > 1).map { [$0] } ?? [])
    }

    /// The word for the method, unless the last of the path is one for what is done.
    private static func verb(_ route: Route, isDeed: Bool) -> String? {
        switch route.method {
        case .get:
            if case .json(let schema, _) = route.content, schema["type"] == "array" { return "list" }
            return route.path.isSame(as: "/rules") || route.path.isSame(as: "/rulesets") ? "list" : "show"
        case .put: return "set"
        case .delete: return "remove"
        default: return isDeed ? nil : "add"
        }
    }

}
