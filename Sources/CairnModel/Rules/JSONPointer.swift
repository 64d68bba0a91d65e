/// A place in a JSON value (RFC 6901): `/challenges/0/status`.
public struct CairnJSONPointer: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The names and indexes from the outermost value inwards, with their escapes resolved.
    package let tokens: [String]

    /// Parses a pointer; `nil` unless it is empty or begins with `/`, and every `~` is part of `~0` or `~1`.
    public init?(_ text: String) {
        guard text.isEmpty || text.begins(with: "/") else { return nil }
        var tokens: [String] = []
        for token in text.texts(between: "/").dropFirst() {
            var name = ""
            var scalars = token.unicodeScalars.makeIterator()
            while let scalar = scalars.next() {
                guard scalar == "~" else {
                    name.unicodeScalars.append(scalar)
                    continue
                }
                switch scalars.next() {
                case "0": name += "~"
                case "1": name += "/"
                default: return nil
                }
            }
            tokens.append(name)
        }
        self.tokens = tokens
    }

    /// Creates a pointer from a literal such as `"/challenges/0"`.
    ///
    /// Traps if the literal is not a pointer. Use ``init(_:)`` for other text.
    public init(stringLiteral text: String) {
        guard let pointer = CairnJSONPointer(text) else {
            preconditionFailure("expected a JSON Pointer such as \"/challenges/0\", got \(text.quoted) (RFC 6901)")
        }
        self = pointer
    }

    package init(tokens: [String]) { self.tokens = tokens }

    /// The pointer in the form of RFC 6901.
    public var description: String {
        tokens.reduce(into: "") { text, token in
            text += "/"
            for scalar in token.unicodeScalars {
                switch scalar {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
    }

    /// Whether both have the same octets.
    public static func == (left: CairnJSONPointer, right: CairnJSONPointer) -> Bool {
        left.tokens.count == right.tokens.count && zip(left.tokens, right.tokens).allSatisfy { $0.isSame(as: $1) }
    }

    /// Hashes the octets that `==` compares.
    public func hash(into hasher: inout Hasher) {
        for token in tokens { token.hashOctets(into: &hasher) }
    }
}

extension CairnJSON {
    /// The value at a place; `nil` if there is no such place.
    package subscript(at pointer: CairnJSONPointer) -> CairnJSON? {
        var value = self
        for token in pointer.tokens {
            switch value {
            case .object(let object):
                guard let member = object[token] else { return nil }
                value = member
            case .array(let elements):
                guard let index = Self.index(token), index < elements.count else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// Puts a value where a pointer leads: in place of the one that is there, as a new member, or at the end of an array.
    ///
    /// - Returns: whether there is such a place.
    package mutating func set(_ pointer: CairnJSONPointer, _ value: CairnJSON) -> Bool {
        guard let last = pointer.tokens.last else {
            self = value
            return true
        }
        return put(value, at: last, of: pointer.tokens.dropLast()) { elements, index in
            if index == elements.count { elements.append(value) } else { elements[index] = value }
        }
    }

    /// Puts a value into an array before the element that a pointer names, or, like ``set(_:_:)``, into an object.
    package mutating func insert(_ value: CairnJSON, at pointer: CairnJSONPointer) -> Bool {
        guard let last = pointer.tokens.last else { return false }
        return put(value, at: last, of: pointer.tokens.dropLast()) { $0.insert(value, at: $1) }
    }

    /// Puts a value into the object at a place, or has it put into the array there.
    private mutating func put(
        _ value: CairnJSON, at token: String, of place: ArraySlice<String>,
        intoArray: (inout [CairnJSON], Int) -> Void
    ) -> Bool {
        edit(place) { parent in
            switch parent {
            case .object(var object):
                object[token] = value
                parent = .object(object)
                return true
            case .array(var elements):
                guard let index = token == "-" ? elements.count : Self.index(token), index <= elements.count else {
                    return false
                }
                intoArray(&elements, index)
                parent = .array(elements)
                return true
            default: return false
            }
        }
    }

    /// Takes out the member or element that a pointer names; tells whether it was there.
    package mutating func remove(_ pointer: CairnJSONPointer) -> Bool {
        guard let last = pointer.tokens.last else { return false }
        return edit(pointer.tokens.dropLast()) { parent in
            switch parent {
            case .object(var object):
                guard object[last] != nil else { return false }
                object[last] = nil
                parent = .object(object)
                return true
            case .array(var elements):
                guard let index = Self.index(last), index < elements.count else { return false }
                elements.remove(at: index)
                parent = .array(elements)
                return true
            default: return false
            }
        }
    }

    /// Gives the member that a pointer names another name, at the same place; tells whether it was there.
    package mutating func rename(_ pointer: CairnJSONPointer, to name: String) -> Bool {
        guard let last = pointer.tokens.last else { return false }
        return edit(pointer.tokens.dropLast()) { parent in
            guard case .object(let object) = parent, object[last] != nil else { return false }
            var renamed = CairnJSONObject()
            for member in object.members {
                renamed[member.name.isSame(as: last) ? name : member.name] = member.value
            }
            parent = .object(renamed)
            return true
        }
    }

    /// Changes the value at a place, and tells whether there is one and `change` made something of it.
    package mutating func edit(_ pointer: CairnJSONPointer, _ change: (inout CairnJSON) -> Bool) -> Bool {
        edit(pointer.tokens[...], change)
    }

    private mutating func edit(_ tokens: ArraySlice<String>, _ change: (inout CairnJSON) -> Bool) -> Bool {
        guard let first = tokens.first else { return change(&self) }
        switch self {
        case .object(var object):
            guard var member = object[first], member.edit(tokens.dropFirst(), change) else { return false }
            object[first] = member
            self = .object(object)
            return true
        case .array(var elements):
            guard let index = Self.index(first), index < elements.count,
                elements[index].edit(tokens.dropFirst(), change)
            else { return false }
            self = .array(elements)
            return true
        default: return false
        }
    }

    /// An index as RFC 6901 §4 writes it: without leading zeros.
    private static func index(_ token: String) -> Int? {
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }),
            token.utf8.count == 1 || token.utf8.first != UInt8(ascii: "0")
        else { return nil }
        return Int(token)
    }
}
