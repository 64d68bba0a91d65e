/// The members of a JSON object, read one by one: what is missing, or of another kind than it must be, is refused.
///
/// Who reads says where a name leads, what counts as left out, what a refusal is thrown as, and how it is worded.
package protocol JSONMembers {
    associatedtype Failure: Error

    /// What stands under a name; `nil` if nothing does.
    subscript(name: String) -> CairnJSON? { get }

    /// Whether a member counts as one that is left out, though something stands there.
    ///
    /// - Parameters:
    ///   - expected: what it must be, so that it continues "expected".
    ///   - isRead: whether it is that.
    func isLeftOut(_ name: String, _ member: CairnJSON, expected: String, isRead: Bool) throws(Failure) -> Bool

    /// The refusal of a member.
    ///
    /// - Parameters:
    ///   - expected: what it must be, so that it continues "expected".
    ///   - actual: what it is, so that it continues "got"; `nil` if there is none.
    ///   - section: where that is said, if the one who asked for it knows.
    func misfit(_ name: String, expected: String, got actual: String?, by section: String?) -> Failure
}

extension JSONMembers {
    package func isLeftOut(
        _ name: String, _ member: CairnJSON, expected: String, isRead: Bool
    ) throws(Failure) -> Bool { false }

    /// A member that must be there.
    package func required<Value>(
        _ name: String, _ kind: JSONKind<Value>, by section: String? = nil
    ) throws(Failure) -> Value {
        let member = self[name]
        guard let value = member.flatMap(kind.read) else {
            throw misfit(name, expected: kind.words, got: member.map(kind.describe), by: section)
        }
        return value
    }

    /// A member that may be left out.
    package func optional<Value>(
        _ name: String, _ kind: JSONKind<Value>, by section: String? = nil
    ) throws(Failure) -> Value? {
        guard let member = self[name] else { return nil }
        let value = kind.read(member)
        if try isLeftOut(name, member, expected: kind.words, isRead: value != nil) { return nil }
        guard let value else { throw misfit(name, expected: kind.words, got: kind.describe(member), by: section) }
        return value
    }
}

/// What a member must be.
package struct JSONKind<Value> {
    /// In words, so that it continues "expected": "a string".
    package let words: String
    /// `nil` for what is of another kind.
    package let read: (CairnJSON) -> Value?
    /// What a value of another kind is, so that it continues "got".
    package let describe: (CairnJSON) -> String

    package init(
        _ words: String, describe: @escaping (CairnJSON) -> String = \.kind, read: @escaping (CairnJSON) -> Value?
    ) {
        (self.words, self.read, self.describe) = (words, read, describe)
    }
}

extension JSONKind where Value == String {
    package static var string: JSONKind { JSONKind("a string", read: \.string) }
}

extension JSONKind where Value == Bool {
    package static var bool: JSONKind { JSONKind("a boolean", read: \.bool) }
}

extension JSONKind where Value == Int {
    package static var integer: JSONKind { JSONKind("an integer", read: \.integer) }
}

extension JSONKind where Value == CairnJSONObject {
    package static var object: JSONKind { JSONKind("an object", read: \.object) }
}

extension JSONKind where Value == [CairnJSON] {
    package static func array(_ words: String = "an array") -> JSONKind { JSONKind(words, read: \.array) }
}

extension JSONKind where Value == [String] {
    package static var strings: JSONKind {
        JSONKind("an array of strings") { json in
            guard let index = json.array?.firstIndex(where: { $0.string == nil }) else { return json.kind }
            return "\(json.array?[index].kind ?? "") at index \(index)"
        } read: { json in
            guard let elements = json.array else { return nil }
            let strings = elements.compactMap(\.string)
            return strings.count == elements.count ? strings : nil
        }
    }
}
