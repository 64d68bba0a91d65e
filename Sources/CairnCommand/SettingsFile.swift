import Cairn

/// A configuration file: one JSON object.
///
/// A key that is not known is refused, so that a typing error is not silence.
struct SettingsFile {
    let path: String
    private let root: JSONObject

    init(path: String) throws {
        self.path = path
        let value: JSON
        do { value = try JSON(parsing: try readFile(path)) } catch let error as JSONError {
            throw SettingsError("\(path): \(error)")
        }
        guard let root = value.object else { throw SettingsError("\(path): expected a JSON object") }
        self.root = root
    }

    func read(_ body: (inout Section) throws -> Void) throws {
        var section = Section(path: path, name: "", object: root)
        try body(&section)
        try section.finish()
    }

    /// An object in the file.
    ///
    /// It notes which members were asked for, so that the rest can be refused.
    struct Section {
        let path: String
        let name: String
        let object: JSONObject
        private var known: Set<String> = []

        init(path: String, name: String, object: JSONObject) {
            (self.path, self.name, self.object) = (path, name, object)
        }

        mutating func value<Value>(_ key: String, _ kind: String, _ read: (JSON) -> Value?) throws -> Value? {
            known.insert(key)
            guard let member = object[key] else { return nil }
            guard let value = read(member) else {
                throw SettingsError("\(path): expected \"\(name)\(key)\" to be \(kind)")
            }
            return value
        }

        mutating func string(_ key: String) throws -> String? { try value(key, "a string", \.string) }
        mutating func bool(_ key: String) throws -> Bool? { try value(key, "true or false", \.bool) }

        mutating func count(_ key: String) throws -> Int? {
            try value(key, "a whole number that is not negative") { $0.integer.flatMap { $0 >= 0 ? $0 : nil } }
        }

        mutating func seconds(_ key: String) throws -> Duration? {
            try value(key, "a number of seconds, at least 1") { $0.integer.flatMap { $0 > 0 ? .seconds($0) : nil } }
        }

        mutating func port(_ key: String) throws -> Int? {
            try value(key, "a port, 0 to 65535") { $0.integer.flatMap { (0...65535).contains($0) ? $0 : nil } }
        }

        mutating func addresses(_ key: String) throws -> [IPAddress]? {
            try value(key, "an array of IP addresses") { value in
                guard let array = value.array, !array.isEmpty else { return nil }
                let addresses = array.compactMap { $0.string.flatMap { IPAddress($0) } }
                return addresses.count == array.count ? addresses : nil
            }
        }

        mutating func strings(_ key: String) throws -> [String]? {
            try value(key, "an array of strings") { value in
                guard let array = value.array else { return nil }
                let strings = array.compactMap(\.string)
                return strings.count == array.count ? strings : nil
            }
        }

        /// Reads an object below this one.
        mutating func section(_ key: String, _ body: (inout Section) throws -> Void) throws {
            guard let object = try value(key, "an object", \.object) else { return }
            var section = Section(path: path, name: "\(name)\(key).", object: object)
            try body(&section)
            try section.finish()
        }

        func finish() throws {
            if let unknown = object.names.first(where: { !known.contains($0) }) {
                let names = known.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
                throw SettingsError("\(path): \"\(name)\(unknown)\" is not a setting; expected \(names)")
            }
        }
    }
}
