extension CairnJSON {
    /// Parses a JSON text (RFC 8259) strictly.
    ///
    /// Rejects anything but white space around the value, a byte order mark, invalid UTF-8, unpaired surrogates,
    /// duplicate member names (compared by octets, RFC 8259 §8.3), numbers beyond the range of `Double`, and nesting
    /// deeper than 64.
    public init(parsing bytes: some Collection<UInt8>) throws(CairnJSONError) {
        let result =
            bytes.withContiguousStorageIfAvailable(JSONParser.parse)
            ?? Array(bytes).withUnsafeBufferPointer(JSONParser.parse)
        self = try result.get()
    }
}

private struct JSONParser {
    private static let deepest = 64

    private let input: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    static func parse(_ input: UnsafeBufferPointer<UInt8>) -> Result<CairnJSON, CairnJSONError> {
        var parser = JSONParser(input: input)
        do throws(CairnJSONError) {
            return .success(try parser.text())
        } catch {
            return .failure(error)
        }
    }

    private init(input: UnsafeBufferPointer<UInt8>) { self.input = input }

    private mutating func text() throws(CairnJSONError) -> CairnJSON {
        if input.count >= 3, (input[0], input[1], input[2]) == (0xef, 0xbb, 0xbf) {
            throw CairnJSONError("expected a value at byte 0, got a byte order mark (RFC 8259 §8.1)", at: 0)
        }
        let value = try value()
        skipWhiteSpace()
        guard position == input.count else { throw expected("the end of the text") }
        return value
    }

    private mutating func value() throws(CairnJSONError) -> CairnJSON {
        skipWhiteSpace()
        switch peek {
        case UInt8(ascii: "{"): return .object(try nested { parser throws(CairnJSONError) in try parser.object() })
        case UInt8(ascii: "["): return .array(try nested { parser throws(CairnJSONError) in try parser.array() })
        case UInt8(ascii: "\""): return .string(try string())
        case let byte? where byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") < 10: return try number()
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: throw expected("a value")
        }
    }

    // MARK: Structure

    private mutating func nested<Value>(
        _ read: (inout JSONParser) throws(CairnJSONError) -> Value
    ) throws(CairnJSONError) -> Value {
        guard depth < Self.deepest else {
            throw CairnJSONError(
                "expected at most \(Self.deepest) levels of nesting, got more at byte \(position)", at: position)
        }
        depth += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(CairnJSONError) -> CairnJSONObject {
        position += 1
        var object = CairnJSONObject()
        skipWhiteSpace()
        if take(UInt8(ascii: "}")) { return object }
        while true {
            skipWhiteSpace()
            let start = position
            guard peek == UInt8(ascii: "\"") else { throw expected("a member name") }
            let name = try string()
            skipWhiteSpace()
            guard take(UInt8(ascii: ":")) else { throw expected("':'") }
            do throws(CairnJSONError) {
                guard object.insert(name, try value()) else {
                    throw CairnJSONError(
                        "expected each member once, got a second \(name.quoted) at byte \(start) (RFC 8259 §4)",
                        at: start)
                }
            } catch {
                throw error.inside(name)
            }
            skipWhiteSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw expected("',' or '}'") }
            return object
        }
    }

    private mutating func array() throws(CairnJSONError) -> [CairnJSON] {
        position += 1
        var array: [CairnJSON] = []
        skipWhiteSpace()
        if take(UInt8(ascii: "]")) { return array }
        while true {
            do throws(CairnJSONError) {
                array.append(try value())
            } catch {
                throw error.inside(String(array.count))
            }
            skipWhiteSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw expected("',' or ']'") }
            return array
        }
    }

    private mutating func literal(_ word: StaticString, _ value: CairnJSON) throws(CairnJSONError) -> CairnJSON {
        for index in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[index]) else { throw expected("\"\(word)\"") }
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(CairnJSONError) -> CairnJSON {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        // Counted downwards, because Int has one more negative value than it has positive ones.
        var (negated, fits) = (0, true)
        func add(_ digit: UInt8) {
            let (product, tooLarge) = negated.multipliedReportingOverflow(by: 10)
            let (sum, tooSmall) = product.subtractingReportingOverflow(Int(digit & 15))
            fits = fits && !tooLarge && !tooSmall
            negated = sum
        }
        let firstDigit = position
        guard skipDigits(add) else { throw expected("a digit") }
        if input[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 {
            throw CairnJSONError("expected a number without leading zeros at byte \(start) (RFC 8259 §6)", at: start)
        }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard skipDigits({ _ in }) else { throw expected("a digit") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard skipDigits({ _ in }) else { throw expected("a digit") }
        }
        if isWhole, fits, isNegative || negated != .min { return .integer(isNegative ? negated : -negated) }
        guard let number = Double(slice(start)), number.isFinite else {
            throw CairnJSONError("expected a number below 1.8e308 at byte \(start) (RFC 8259 §6)", at: start)
        }
        return .double(number)
    }

    private mutating func skipDigits(_ visit: (UInt8) -> Void) -> Bool {
        let start = position
        while let byte = peek, byte &- UInt8(ascii: "0") < 10 {
            visit(byte)
            position += 1
        }
        return position > start
    }

    // MARK: Strings

    private mutating func string() throws(CairnJSONError) -> String {
        position += 1
        let start = position
        while let byte = skipPlainText() {
            switch byte {
            case UInt8(ascii: "\""):
                defer { position += 1 }
                return slice(start)
            case UInt8(ascii: "\\"):
                return try escapedString(from: start)
            default:
                try characterAboveASCII()
            }
        }
        throw expected("'\"'")
    }

    /// Passes over the ASCII of a string that stands for itself, and returns what comes next.
    private mutating func skipPlainText() -> UInt8? {
        position = input.endOfPlainText(from: position)
        return peek
    }

    /// The rest of a string that has escapes, so that it is not a slice of the text.
    private mutating func escapedString(from start: Int) throws(CairnJSONError) -> String {
        var bytes = Array(input[start..<position])
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                position += 1
                let scalar = try escape()
                bytes.append(contentsOf: Character(scalar).utf8)
            case 0x20..<0x80:
                bytes.append(byte)
                position += 1
            default:
                let from = position
                try characterAboveASCII()
                bytes.append(contentsOf: input[from..<position])
            }
        }
        throw expected("'\"'")
    }

    private mutating func escape() throws(CairnJSONError) -> Unicode.Scalar {
        guard let byte = peek else { throw expected("an escaped character") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            position += 1
            return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return plain("\u{8}")
        case UInt8(ascii: "f"): return plain("\u{c}")
        case UInt8(ascii: "n"): return plain("\n")
        case UInt8(ascii: "r"): return plain("\r")
        case UInt8(ascii: "t"): return plain("\t")
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw expected("one of \"\\/bfnrtu after '\\'")
        }
    }

    private mutating func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        position += 1
        return scalar
    }

    private mutating func unicodeEscape() throws(CairnJSONError) -> Unicode.Scalar {
        let start = position - 1
        position += 1
        let unit = try fourDigits()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        if unit < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let low = try fourDigits()
            if (0xdc00..<0xe000).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
            {
                return scalar
            }
        }
        throw CairnJSONError("expected a pair of surrogates at byte \(start), got one alone (RFC 8259 §8.2)", at: start)
    }

    private mutating func fourDigits() throws(CairnJSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw expected("a hexadecimal digit")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }

    /// Passes over a control character (which is refused) or one well-formed UTF-8 sequence (Unicode table 3-7).
    private mutating func characterAboveASCII() throws(CairnJSONError) {
        let first = input[position]
        guard first >= 0x80 else {
            throw CairnJSONError(
                "expected control characters to be escaped, got \(first.inSentence) at byte \(position) (RFC 8259 §7)",
                at: position)
        }
        let second: ClosedRange<UInt8>
        let length: Int
        switch first {
        case 0xc2...0xdf: (second, length) = (0x80...0xbf, 2)
        case 0xe0: (second, length) = (0xa0...0xbf, 3)
        case 0xed: (second, length) = (0x80...0x9f, 3)
        case 0xe1...0xef: (second, length) = (0x80...0xbf, 3)
        case 0xf0: (second, length) = (0x90...0xbf, 4)
        case 0xf1...0xf3: (second, length) = (0x80...0xbf, 4)
        case 0xf4: (second, length) = (0x80...0x8f, 4)
        default: throw invalidUTF8
        }
        guard position + length <= input.count, second.contains(input[position + 1]),
            input[(position + 2)..<(position + length)].allSatisfy({ $0 & 0xc0 == 0x80 })
        else { throw invalidUTF8 }
        position += length
    }

    private var invalidUTF8: CairnJSONError {
        CairnJSONError(
            "expected UTF-8, got \(input[position].inSentence) at byte \(position) (RFC 8259 §8.1)", at: position)
    }

    // MARK: Reading

    private var peek: UInt8? { position < input.count ? input[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    private func slice(_ start: Int) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: input[start..<position]), as: UTF8.self)
    }

    private func expected(_ what: String) -> CairnJSONError {
        CairnJSONError("expected \(what) at byte \(position), got \(peek?.inSentence ?? "the end")", at: position)
    }
}
