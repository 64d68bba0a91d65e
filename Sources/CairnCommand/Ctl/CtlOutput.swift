import CairnModel

/// How answers are printed: for people, or as they came.
enum CtlOutput {
    /// Prints an answer.
    static func write(_ body: [UInt8], asJSON: Bool) {
        guard !body.isEmpty else { return }
        let text = String(decoding: body, as: UTF8.self)
        guard !asJSON, let json = try? CairnJSON(parsing: body) else {
            return print(text, terminator: text.hasSuffix("\n") ? "" : "\n")
        }
        let lines = lines(of: json)
        print(lines.isEmpty ? "none" : lines.joined(separator: "\n"))
    }

    /// Prints an entry of the journal that has just come.
    static func write(event text: String, asJSON: Bool) {
        guard !asJSON, let json = try? CairnJSON(parsing: Array(text.utf8)) else { return print(text) }
        print(json["missed"]?.integer.map { "\($0) entries are missing" } ?? entry(json))
    }

    /// A problem document in a line.
    static func refusal(_ status: Int, _ body: [UInt8]) -> SettingsError {
        let json = try? CairnJSON(parsing: body)
        // What is refused before it is read comes as a text.
        let text = json == nil ? String(decoding: body.prefix(300), as: UTF8.self).trimmedLines.first : nil
        let detail = json?["detail"]?.string ?? "status \(status)" + (text.map { ": \($0)" } ?? "")
        let pointer = json?["pointer"]?.string ?? ""
        // Most sentences begin with the place, as a pointer or as people write it: "[0].name".
        let place = detail.firstRange(of: ": ").map { detail[..<$0.lowerBound] } ?? ""
        let steps = place.split(whereSeparator: { "/.[]".contains($0) })
        let isSaid = pointer.isEmpty || steps == pointer.split(separator: "/")
        return SettingsError((isSaid ? detail : "\(detail) (at \(pointer))").printable)
    }

    // MARK: For people

    /// A value in lines.
    static func lines(of json: CairnJSON, indent: String = "") -> [String] {
        switch json {
        case .object(let object):
            if let entries = object["entries"]?.array, isPage(object) { return entries.map { indent + entry($0) } }
            // The name of the only list says nothing that was not asked for.
            if object.members.count == 1, let list = object["rules"] ?? object["scripts"] {
                return lines(of: list, indent: indent)
            }
            return object.members.flatMap { member in self.member(member.name, member.value, indent) }
        case .array(let list):
            if !list.isEmpty, list.allSatisfy({ $0.object != nil }) { return CtlTable(list).lines.map { indent + $0 } }
            return list.flatMap { lines(of: $0, indent: indent) }
        case .string(let text): return text.trimmedLines.map { indent + $0.printable }
        default: return [indent + json.text()]
        }
    }

    /// Whether it is a page of the journal or of findings, and not something else with entries, such as a CRL.
    private static func isPage(_ object: CairnJSONObject) -> Bool {
        object.names.allSatisfy { ["entries", "last"].contains($0) }
    }

    private static func member(_ name: String, _ value: CairnJSON, _ indent: String) -> [String] {
        if let short = cell(value) { return ["\(indent)\(name): \(short)"] }
        return ["\(indent)\(name):"] + lines(of: value, indent: indent + "  ")
    }

    /// A value that fits into a line; `nil` for one that does not.
    static func cell(_ json: CairnJSON) -> String? {
        switch json {
        case .null: return "-"
        case .string(let text): return text.contains("\n") ? nil : text.printable
        case .object(let object):
            if object.isEmpty { return "{}" }
            // What a rule came near to.
            if object.members.count == 2, let number = object["request"]?.integer, let why = object["why"]?.string {
                return "#\(number): \(why)".printable
            }
            // An identifier is what it is called.
            if object.members.count == 2, object["type"] != nil, let value = object["value"]?.string {
                return value.printable
            }
            return nil
        case .array(let list):
            if list.isEmpty { return "none" }
            let cells = list.compactMap(cell)
            return cells.count == list.count && cells.reduce(0, { $0 + $1.count }) < 200
                ? cells.joined(separator: ", ") : nil
        default: return json.text()
        }
    }

    /// An entry of the journal in a line.
    static func entry(_ json: CairnJSON) -> String {
        let number = json["number"]?.integer.map { "#\($0) " } ?? ""
        return (number + (json["at"]?.string.map { $0 + " " } ?? "") + words(of: json)).printable
    }

    private static func words(of json: CairnJSON) -> String {
        func text(_ name: String) -> String { json[name]?.string ?? "" }
        let names = (json["identifiers"]?.array ?? []).compactMap { $0["value"]?.string }.joined(separator: ", ")
        let problem = json["problem"].map { problem in
            "\(problem["type"]?.string?.split(separator: ":").last ?? ""): \(problem["detail"]?.string ?? "")"
        }
        switch text("event") {
        case "request": return request(json, problem)
        case "status": return "\(text("subject")) \(text("id")): \(json["from"]?.string ?? "new") → \(text("to"))"
        case "issued": return "issued \(text("serialNumber")) for \(names)"
        case "revoked": return "revoked \(text("serialNumber"))"
        case "agreed": return "account \(text("account")) agreed to version \(text("terms")) of the terms"
        case "finding":
            let place = [text("grade"), text("section")].filter { !$0.isEmpty }.joined(separator: ", ")
            return "finding \(text("kind")) (\(place)): \(text("detail"))"
        case "refusedSetting": return "setting \(text("setting")) refused: \(text("reason"))"
        case "probe":
            return "probe \(text("challenge")) of \(json["identifier"]?["value"]?.string ?? "")"
                + (problem.map { " (\($0))" } ?? "")
        default:
            guard var rest = json.object else { return json.text() }
            for name in ["number", "at", "event"] { rest[name] = nil }
            return "\(text("event")) \(CairnJSON.object(rest).text())"
        }
    }

    private static func request(_ json: CairnJSON, _ problem: String?) -> String {
        let url = json["url"]?.string ?? ""
        let rest = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        let path = url.contains("://") && rest.count == 4 ? "/\(rest[3])" : url
        var words = "\(json["method"]?.string ?? "") \(path) → \(json["answer"]?["status"]?.integer ?? 0)"
        if let problem { words += " (\(problem))" }
        if let object = json["object"] {
            words +=
                ", \(object["subject"]?.string ?? "") \(object["id"]?.string ?? "") \(object["status"]?.string ?? "")"
        }
        if let account = json["account"]?.string { words += ", account \(account)" }
        if let client = json["client"]?.string { words += ", by \(client)" }
        for rule in json["rules"]?.array ?? [] {
            words += ", by rule \(rule["rule"]?.string ?? ""): \(rule["action"]?.string ?? "")"
        }
        if let ending = json["sent"]?["ending"]?.string, ending != "complete" { words += ", \(ending)" }
        return words
    }
}

/// Objects as a table: a column for each member; what is long ends in dots.
struct CtlTable {
    let lines: [String]

    init(_ objects: [CairnJSON]) {
        var names: [String] = []
        for member in objects.flatMap({ $0.object?.members ?? [] }) where !names.contains(member.name) {
            names.append(member.name)
        }
        names.removeAll { name in objects.contains { $0[name].map { Self.cell($0) == nil } ?? false } }
        let rows = [names] + objects.map { object in names.map { object[$0].flatMap(Self.cell) ?? "" } }
        let widths = names.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        lines = rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
                .trimmedEnd
        }
    }

    /// What is larger than a word stands there as JSON, such as what a rule does; a text of several lines does not.
    private static func cell(_ json: CairnJSON) -> String? {
        let cell = CtlOutput.cell(json) ?? (json.string == nil ? json.text().printable : nil)
        return cell.map { $0.count > 60 ? $0.prefix(59) + "…" : $0 }
    }
}

extension String {
    /// The text with what a terminal would obey escaped, since it may come from a client.
    fileprivate var printable: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            if isControl {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    fileprivate var trimmedLines: [String] { split(separator: "\n").map(String.init) }

    fileprivate var trimmedEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
