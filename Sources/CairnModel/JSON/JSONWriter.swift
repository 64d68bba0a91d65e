extension CairnJSON {
    /// How JSON is written where RFC 8259 leaves a choice.
    public struct Style: Hashable, Sendable {
        /// Spaces per indentation level; `nil` writes a single line without spaces.
        public var indentation: Int?
        /// Whether `/` is written as `\/`.
        public var escapesSlashes: Bool
        /// Whether non-ASCII characters are escaped as `\u` and their UTF-16 code units.
        public var escapesNonASCII: Bool

        /// - Parameter indentation: negative numbers mean 0.
        public init(indentation: Int? = nil, escapesSlashes: Bool = false, escapesNonASCII: Bool = false) {
            self.indentation = indentation
            self.escapesSlashes = escapesSlashes
            self.escapesNonASCII = escapesNonASCII
        }

        /// One line, no spaces, no unnecessary escapes.
        public static let compact = Style()
        /// One member or element per line, two spaces per level.
        public static let indented = Style(indentation: 2)
    }

    /// The value as UTF-8; objects keep the order of their members.
    ///
    /// Non-finite numbers have no representation in JSON and are written as `null`.
    public func serialized(_ style: Style = .compact) -> [UInt8] {
        var writer = JSONWriter(style: style)
        writer.write(self)
        return writer.bytes
    }

    /// ``serialized(_:)`` as a string.
    public func text(_ style: Style = .compact) -> String {
        String(decoding: serialized(style), as: UTF8.self)
    }
}

extension CairnJSON: CustomStringConvertible {
    /// The value on one line in ASCII, so that nothing in it is ambiguous.
    public var description: String { text(Style(escapesNonASCII: true)) }
}

private struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private let style: CairnJSON.Style
    private var depth = 0

    init(style: CairnJSON.Style) {
        self.style = style
        bytes.reserveCapacity(256)
    }

    mutating func write(_ value: CairnJSON) {
        switch value {
        case .null: ascii("null")
        case .bool(let value): ascii(value ? "true" : "false")
        case .integer(let value): ascii(String(value))
        case .double(let value): ascii(value.isFinite ? String(value) : "null")
        case .string(let value): string(value)
        case .array(let elements):
            list("[", elements.count, "]") { writer, index in writer.write(elements[index]) }
        case .object(let object):
            list("{", object.members.count, "}") { writer, index in
                writer.string(object.members[index].name)
                writer.bytes.append(UInt8(ascii: ":"))
                if writer.style.indentation != nil { writer.bytes.append(UInt8(ascii: " ")) }
                writer.write(object.members[index].value)
            }
        }
    }

    private mutating func list(
        _ open: Unicode.Scalar, _ count: Int, _ close: Unicode.Scalar, _ item: (inout JSONWriter, Int) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        depth += 1
        for index in 0..<count {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            startLine()
            item(&self, index)
        }
        depth -= 1
        if count > 0 { startLine() }
        bytes.append(UInt8(ascii: close))
    }

    private mutating func startLine() {
        guard let width = style.indentation else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * max(width, 0)))
    }

    private mutating func ascii(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        // In one look at the octets, since nearly all text is plain.
        let isWritten = text.utf8.withContiguousStorageIfAvailable { octets in
            let isPlainText = !style.escapesSlashes && octets.endOfPlainText(from: 0) == octets.count
            guard isPlainText || octets.allSatisfy({ isPlain($0) }) else { return false }
            bytes.append(contentsOf: octets)
            return true
        }
        if isWritten != true { for scalar in text.unicodeScalars { character(scalar) } }
        bytes.append(UInt8(ascii: "\""))
    }

    private func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"): false
        case UInt8(ascii: "/"): !style.escapesSlashes
        case 0x80...: !style.escapesNonASCII
        default: true
        }
    }

    private mutating func character(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": ascii("\\\"")
        case "\\": ascii("\\\\")
        case "/": ascii(style.escapesSlashes ? "\\/" : "/")
        case "\n": ascii("\\n")
        case "\r": ascii("\\r")
        case "\t": ascii("\\t")
        case "\0"..<" ": escape(UInt16(scalar.value))
        case "\u{80}"... where style.escapesNonASCII: UTF16.encode(scalar)?.forEach { escape($0) }
        default: bytes.append(contentsOf: Character(scalar).utf8)
        }
    }

    private mutating func escape(_ unit: UInt16) {
        ascii("\\u")
        let digits = String(unit, radix: 16)
        ascii(String(repeating: "0", count: 4 - digits.count) + digits)
    }
}
