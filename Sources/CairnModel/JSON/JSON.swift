/// A JSON value (RFC 8259) that keeps the order of its members.
///
/// A test CA must see what decoders hide (duplicate members, which RFC 7515 §4 forbids in a header) and write what
/// encoders do not (a missing member, a style that breaks a client).
///
/// Strings and names are compared by their octets (RFC 8259 §8.3), not by Unicode equivalence.
public enum CairnJSON: Hashable, Sendable {
    /// The literal `null`, which differs from a missing member.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction and exponent.
    case integer(Int)
    /// A number with a fraction or an exponent, or one too large for ``integer(_:)``.
    case double(Double)
    /// A string, with escapes resolved.
    case string(String)
    /// Values of any kind, in order.
    case array([CairnJSON])
    /// Members with distinct names, in order.
    case object(CairnJSONObject)
}

/// The members of a JSON object, in order, with distinct names.
public struct CairnJSONObject: Hashable, Sendable {
    /// A name and its value.
    public struct Member: Hashable, Sendable {
        /// The name, with escapes resolved.
        public var name: String
        /// The value.
        public var value: CairnJSON

        /// Creates a member with any name.
        public init(_ name: String, _ value: CairnJSON) {
            self.name = name
            self.value = value
        }
    }

    /// The members, in the order in which they were read or first set.
    public private(set) var members: [Member]
    /// The place of each member, once there are more of them than is quick to search.
    private var places: [WireText: Int]?

    /// From how many members on there is an index.
    private static let searched = 16

    /// Creates an empty object.
    public init() { members = [] }

    /// The value of a member.
    ///
    /// Setting a new name appends it; setting `nil` removes the member.
    public subscript(name: String) -> CairnJSON? {
        get { place(of: name).map { members[$0].value } }
        set {
            guard let value = newValue else { return remove(name) }
            if let place = place(of: name) { members[place].value = value } else { append(name, value) }
        }
    }

    /// The names of all members, in order.
    public var names: [String] { members.map(\.name) }
    /// Whether it has no members.
    public var isEmpty: Bool { members.isEmpty }

    /// Adds a member if its name is new, and tells whether it was.
    mutating func insert(_ name: String, _ value: CairnJSON) -> Bool {
        guard place(of: name) == nil else { return false }
        append(name, value)
        return true
    }

    private func place(of name: String) -> Int? {
        if let places { return places[WireText(name)] }
        // By index: an element that goes to a closure is copied.
        for index in members.indices where members[index].name.isSame(as: name) { return index }
        return nil
    }

    private mutating func append(_ name: String, _ value: CairnJSON) {
        // Most objects of ACME have a few members, and would grow once for each.
        if members.isEmpty { members.reserveCapacity(4) }
        places?[WireText(name)] = members.count
        members.append(Member(name, value))
        if places == nil, members.count > Self.searched { index() }
    }

    private mutating func remove(_ name: String) {
        guard let place = place(of: name) else { return }
        members.remove(at: place)
        if places != nil { index() }
    }

    private mutating func index() {
        guard members.count > Self.searched else { return places = nil }
        var index: [WireText: Int] = [:]
        index.reserveCapacity(members.count)
        for (place, member) in members.enumerated() { index[WireText(member.name)] = place }
        places = index
    }
}

// MARK: - Equality

extension CairnJSONObject {
    /// Whether both have the same members in the same order.
    public static func == (left: CairnJSONObject, right: CairnJSONObject) -> Bool { left.members == right.members }

    /// Hashes the octets that `==` compares.
    public func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

extension CairnJSONObject.Member {
    /// Whether the names have the same octets, and the values are equal.
    public static func == (left: Self, right: Self) -> Bool {
        left.name.isSame(as: right.name) && left.value == right.value
    }

    /// Hashes the octets that `==` compares.
    public func hash(into hasher: inout Hasher) {
        name.hashOctets(into: &hasher)
        hasher.combine(value)
    }
}

extension CairnJSON {
    /// Whether both are of the same kind and equal; `1` and `1.0` are not.
    public static func == (left: CairnJSON, right: CairnJSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.string(let left), .string(let right)): left.isSame(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    /// Hashes the octets that `==` compares.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(UInt8(0))
        case .bool(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value)
        case .string(let value): value.hashOctets(into: &hasher)
        case .array(let elements): hasher.combine(elements)
        case .object(let object): hasher.combine(object)
        }
    }
}

extension CairnJSON {
    /// The value of a string; `nil` for any other kind.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The value of an ``integer(_:)``; `nil` for any other kind, including ``double(_:)``.
    public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    /// The value of a boolean; `nil` for any other kind.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The elements of an array; `nil` for any other kind.
    public var array: [CairnJSON]? { if case .array(let value) = self { value } else { nil } }
    /// The members of an object; `nil` for any other kind.
    public var object: CairnJSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The value of an object's member; `nil` if there is none or this is not an object.
    public subscript(name: String) -> CairnJSON? { object?[name] }

    /// What kind of value this is, for sentences: "a string", "an object".
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension CairnJSONObject: ExpressibleByDictionaryLiteral {
    /// A literal that names a member twice is a programmer's mistake; the last value stays.
    public init(dictionaryLiteral elements: (String, CairnJSON)...) {
        self.init(elements)
    }

    /// Most literals name each member once, and are taken over as they are.
    fileprivate init(_ elements: [(String, CairnJSON)]) {
        self.init()
        if elements.count <= Self.searched, Self.areDistinct(elements) {
            members = elements.map { Member($0.0, $0.1) }
        } else {
            for (name, value) in elements { self[name] = value }
        }
    }

    private static func areDistinct(_ elements: [(String, CairnJSON)]) -> Bool {
        for later in elements.indices.dropFirst() {
            for earlier in 0..<later where elements[earlier].0.isSame(as: elements[later].0) { return false }
        }
        return true
    }
}

extension CairnJSON: ExpressibleByDictionaryLiteral {
    /// An object; the last of several members with the same name counts.
    public init(dictionaryLiteral elements: (String, CairnJSON)...) {
        self = .object(CairnJSONObject(elements))
    }
}

extension CairnJSON: ExpressibleByArrayLiteral {
    /// An array of the elements.
    public init(arrayLiteral elements: CairnJSON...) { self = .array(elements) }
}

extension CairnJSON: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
}

extension CairnJSON: ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral {
    /// A number without a fraction.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// `null`, which differs from a missing value.
    public init(nilLiteral: ()) { self = .null }
}

/// Why and where text is not valid JSON.
public struct CairnJSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The byte offset of the error.
    public var offset: Int
    /// The value being read, as a JSON Pointer (RFC 6901); empty for the whole text.
    public var pointer: String
    /// What was expected, what was found, and the offset.
    public var description: String

    init(_ sentence: String, at offset: Int) {
        self.offset = offset
        pointer = ""
        description = sentence
    }

    /// The same error, seen from the value that contains the one in which it happened.
    func inside(_ token: String) -> CairnJSONError {
        var error = self
        let escaped = token.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        error.pointer = "/" + escaped + pointer
        return error
    }
}
