/// Where things stand in a JSON text, for sentences about files.
package struct JSONLines: Sendable {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The line of a byte and its place in that line, both counted from 1.
    package func place(ofByte offset: Int) -> (line: Int, column: Int) {
        let before = bytes.prefix(max(0, offset))
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        return (line, before.count - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1)
    }

    /// The line, counted from 1, of the value that some steps lead to, or of the last one on the way that is there; `nil`
    /// if the first is not there.
    ///
    /// Of a member it is the line of its name. The text has to be one that ``CairnJSON`` can read.
    package func line(of steps: [SettingFault.Step]) -> Int? {
        var scanner = JSONScanner(bytes: bytes)
        var found: Int?
        for step in steps {
            guard let offset = scanner.enter(step) else { break }
            found = offset
        }
        return found.map { place(ofByte: $0).line }
    }

    /// The line, counted from 1, of the value that a pointer leads to, or of the last one on the way that is there.
    ///
    /// - Parameter json: what the text is.
    package func line(of pointer: CairnJSONPointer, in json: CairnJSON) -> Int? {
        var place: CairnJSON? = json
        let steps = pointer.tokens.map { token -> SettingFault.Step in
            if let elements = place?.array, let index = Int(token) {
                place = elements.indices.contains(index) ? elements[index] : nil
                return .element(index)
            }
            place = place?[token]
            return .member(token)
        }
        return line(of: steps)
    }

    /// The value that some steps lead to, as it is written; `nil` if it is not there.
    package func text(of steps: [SettingFault.Step]) -> String? {
        var scanner = JSONScanner(bytes: bytes)
        for step in steps where scanner.enter(step) == nil { return nil }
        return String(decoding: scanner.value(), as: UTF8.self)
    }
}

/// Walks through a text that is known to be JSON.
private struct JSONScanner {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Goes from the beginning of a value to that of one in it; returns where its name, or the value, begins.
    mutating func enter(_ step: SettingFault.Step) -> Int? {
        skip(while: Self.isWhite)
        let start = position
        var index = 0
        switch (step, peek) {
        case (.member, UInt8(ascii: "{")), (.element, UInt8(ascii: "[")): position += 1
        default: return nil
        }
        while let byte = peek {
            skip(while: { Self.isWhite($0) || $0 == UInt8(ascii: ",") })
            guard let first = peek, first != UInt8(ascii: "}"), first != UInt8(ascii: "]") else { break }
            let offset = position
            switch step {
            case .member(let name):
                let text = string()
                skip(while: { Self.isWhite($0) || $0 == UInt8(ascii: ":") })
                if (try? CairnJSON(parsing: text))?.string == name { return offset }
            case .element(let wanted):
                if index == wanted { return offset }
                index += 1
            }
            value()
            guard position > offset, byte != 0 else { break }
        }
        position = start
        return nil
    }

    private mutating func skip(while holds: (UInt8) -> Bool) {
        while let byte = peek, holds(byte) { position += 1 }
    }

    private static func isWhite(_ byte: UInt8) -> Bool { byte <= 0x20 }

    /// Passes over a string, and returns it as it stands.
    private mutating func string() -> ArraySlice<UInt8> {
        let start = position
        position += 1
        while let byte = peek, byte != UInt8(ascii: "\"") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
        position = min(position + 1, bytes.count)
        return bytes[start..<position]
    }

    /// Passes over a value, and returns it as it stands.
    @discardableResult
    mutating func value() -> ArraySlice<UInt8> {
        skip(while: Self.isWhite)
        let start = position
        passValue()
        return bytes[start..<min(position, bytes.count)]
    }

    private mutating func passValue() {
        var depth = 0
        repeat {
            switch peek {
            case UInt8(ascii: "\""): _ = string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                position += 1
            case nil: return
            case let byte?
            where depth > 0 && (Self.isWhite(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":")):
                position += 1
            default:
                skip(while: { byte in
                    !Self.isWhite(byte) && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "}")
                        && byte != UInt8(ascii: "]") && byte != UInt8(ascii: ":")
                })
            }
        } while depth > 0
    }
}
