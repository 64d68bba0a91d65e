import CairnModel

/// An object of a JSON file as Go's `encoding/json` fills a structure from it.
///
/// Names are compared without regard to case where none is exactly the same, the last of several counts, `null` is as if it was
/// not there, and what is unknown is passed over. Here that is said, since a wrong name is the commonest fault in such a file.
struct GoObject {
    private let path: String
    private let place: String
    private var members: [CairnJSONObject.Member] = []
    private var faults: [String] = []
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - place: where the object stands in the file, such as `pebble`; empty for the whole.
    ///   - path: the file.
    init(_ value: CairnJSON?, at place: String, in path: String) {
        (self.place, self.path) = (place, path)
        switch value {
        case nil, .null: break
        case .object(let object): members = object.members
        case let other?:
            faults.append("\(path): expected an object\(place.isEmpty ? "" : " at \(place.quoted)"), got \(other.kind)")
        }
    }

    // MARK: Values

    /// The value of that name; `nil` if it is left out, or not what it must be, which is then complained about.
    mutating func read<Value>(_ name: String, _ kind: JSONKind<Value>) -> Value? {
        guard let value = value(name), value != .null else { return nil }
        if let read = kind.read(value) { return read }
        complain(about: name, "expected \(kind.words), got \(kind.describe(value))")
        return nil
    }

    // MARK: Objects

    /// The object of that name, to be read and finished by the caller.
    mutating func object(_ name: String) -> GoObject {
        GoObject(value(name), at: join(name), in: path)
    }

    /// Reads an object, and takes over what was wrong with it.
    mutating func with(_ name: String, _ read: (inout GoObject) -> Void) {
        var part = object(name)
        read(&part)
        adopt(part)
    }

    /// Reads the objects in the object of that name, whose members have any names.
    mutating func objects<Value>(of name: String, _ read: (String, inout GoObject) -> Value) -> [Value] {
        let map = object(name)
        faults += map.faults
        return map.members.map { member in
            var part = GoObject(member.value, at: "\(map.place).\(member.name)", in: path)
            let value = read(member.name, &part)
            adopt(part)
            return value
        }
    }

    /// The texts in the object of that name, whose members have any names.
    mutating func texts(of name: String) -> [(name: String, text: String)] {
        let map = object(name)
        faults += map.faults
        var texts: [(name: String, text: String)] = []
        for member in map.members {
            if let text = member.value.string {
                texts.append((member.name, text))
            } else {
                complain(about: "\(name).\(member.name)", "expected a string, got \(member.value.kind)")
            }
        }
        return texts
    }

    // MARK: Complaints

    mutating func complain(about name: String, _ sentence: String) {
        faults.append("\(path): \(join(name)): \(sentence)")
    }

    mutating func warn(about name: String, _ sentence: String) {
        warnings.append("\(path): \(join(name)) is passed over: \(sentence)")
    }

    /// Takes over what was found in a part.
    mutating func adopt(_ part: GoObject) {
        var part = part
        part.warnOfRest()
        faults += part.faults
        warnings += part.warnings
    }

    /// Warns of what nobody has asked for, and throws what was wrong.
    mutating func finish() throws(SettingsError) {
        warnOfRest()
        if !faults.isEmpty { throw SettingsError(faults) }
    }

    private mutating func warnOfRest() {
        warnings += members.map { "\(path): there is no setting \(join($0.name).quoted); it is passed over" }
        members = []
    }

    // MARK: Members

    /// Takes the members of that name away and returns the value that counts.
    private mutating func value(_ name: String) -> CairnJSON? {
        let folded = name.lowercased()
        let found = members.filter { $0.name.lowercased().isSame(as: folded) }
        members.removeAll { $0.name.lowercased().isSame(as: folded) }
        return (found.last { $0.name.isSame(as: name) } ?? found.last)?.value
    }

    private func join(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }
}

extension JSONKind where Value == Int {
    static var port: JSONKind {
        JSONKind("a port", describe: \.glimpse) { $0.integer.flatMap { (0...65535).contains($0) ? $0 : nil } }
    }
}

extension JSONKind where Value == ListenAddress? {
    /// A place to listen; `nil` for an empty text.
    static var address: JSONKind {
        JSONKind("an address and a port such as 0.0.0.0:14000", describe: \.glimpse) { json in
            guard let text = json.string else { return nil }
            return text.isEmpty ? .some(nil) : ListenAddress(text).map(Optional.some)
        }
    }
}
