import CairnModel

/// Header fields in order, of a request or a response; names are found in any case (RFC 9110 §5.1).
public struct CairnHeaderFields: RandomAccessCollection, Sendable {
    /// A name and a value.
    public struct Field: Hashable, Sendable {
        /// As it was written.
        public var name: String
        /// As it was written.
        public var value: String

        package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    private let fields: [Field]

    init(_ source: (any HeaderFieldSource)?) { fields = source?.listed ?? [] }

    /// Where the fields begin.
    public var startIndex: Int { fields.startIndex }
    /// Where they end.
    public var endIndex: Int { fields.endIndex }
    /// A field by its place.
    public subscript(position: Int) -> Field { fields[position] }

    /// The value of a field, of several with that name all of them with commas between (RFC 9110 §5.2); `nil` if there is
    /// none.
    public subscript(name: String) -> String? {
        let values = values(of: name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The values of all fields with a name, in order.
    public func values(of name: String) -> [String] {
        fields.filter { $0.name.isSameIgnoringCase(as: name) }.map(\.value)
    }
}

extension CairnHeaderFields: CustomStringConvertible {
    /// `[Accept: "*/*", User-Agent: "certbot/5.8"]`.
    public var description: String {
        "[" + fields.map { "\($0.name.plain): \($0.value.quoted)" }.joined(separator: ", ") + "]"
    }
}
