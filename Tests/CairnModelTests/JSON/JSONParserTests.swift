import CairnModel
import Testing

@Suite("Reading JSON (RFC 8259)", .timeLimit(.minutes(5)))
struct JSONParserTests {
    static let values: [(String, CairnJSON)] = [
        ("null", nil), (" true\r\n\t", true), ("false", false), ("\"\"", ""), ("[]", []), ("{}", [:]),
        ("[ ]", []), ("{ }", [:]), ("[1,[2,{}]]", [1, [2, [:]]]),
        (#"{"b":1,"a":[null]}"#, ["b": 1, "a": [nil]]),
        ("0", 0), ("-0", 0), ("-1", -1), ("10", 10),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .double(9223372036854775808)),
        ("-9223372036854775809", .double(-9223372036854775808)),
        ("1.5", .double(1.5)), ("1e2", .double(100)), ("-2.5E-1", .double(-0.25)), ("1E+1", .double(10)),
        ("1e-999", .double(0)),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (#""\u00e9\u20AC\ud83d\ude00\u0000""#, "é€😀\0"),
        ("\"é€😀\u{10ffff}\u{7f}\"", "é€😀\u{10ffff}\u{7f}"),
        (#""é\n€""#, "é\n€"),
    ]

    @Test("A value is read as what it says", arguments: values)
    func reads(text: String, value: CairnJSON) throws {
        #expect(try CairnJSON(parsing: text.utf8) == value)
    }

    @Test("Any collection of bytes can be read")
    func collections() throws {
        #expect(try CairnJSON(parsing: Array("x[1]".utf8).dropFirst()) == [1])
        #expect(try CairnJSON(parsing: "]1[".utf8.reversed()) == [1])
    }

    @Test("Members keep their order")
    func order() throws {
        let names = try CairnJSON(parsing: #"{"z":1,"a":2,"m":3}"#.utf8).object?.names
        #expect(names == ["z", "a", "m"])
    }

    static let refusals: [(String, Int, String)] = [
        ("", 0, "expected a value at byte 0, got the end"),
        ("  ", 2, "expected a value at byte 2, got the end"),
        ("\u{feff}{}", 0, "expected a value at byte 0, got a byte order mark (RFC 8259 §8.1)"),
        ("{} x", 3, "expected the end of the text at byte 3, got 'x'"),
        ("{}{}", 2, "expected the end of the text at byte 2, got '{'"),
        (#"{"a":1 "b":2}"#, 7, "expected ',' or '}' at byte 7, got '\"'"),
        (#"{"a":1"#, 6, "expected ',' or '}' at byte 6, got the end"),
        (#"{"a" 1}"#, 5, "expected ':' at byte 5, got '1'"),
        (#"{"a":1,}"#, 7, "expected a member name at byte 7, got '}'"),
        ("{a:1}", 1, "expected a member name at byte 1, got 'a'"),
        ("[1,]", 3, "expected a value at byte 3, got ']'"),
        ("[1 2]", 3, "expected ',' or ']' at byte 3, got '2'"),
        ("'a'", 0, "expected a value at byte 0, got '''"),
        ("nul", 3, "expected \"null\" at byte 3, got the end"),
        ("trve", 2, "expected \"true\" at byte 2, got 'v'"),
        ("NaN", 0, "expected a value at byte 0, got 'N'"),
        ("// x\n1", 0, "expected a value at byte 0, got '/'"),
        ("+1", 0, "expected a value at byte 0, got '+'"),
        (".5", 0, "expected a value at byte 0, got '.'"),
        ("-", 1, "expected a digit at byte 1, got the end"),
        ("1.", 2, "expected a digit at byte 2, got the end"),
        ("1.e1", 2, "expected a digit at byte 2, got 'e'"),
        ("1e", 2, "expected a digit at byte 2, got the end"),
        ("01", 0, "expected a number without leading zeros at byte 0 (RFC 8259 §6)"),
        ("[-00]", 1, "expected a number without leading zeros at byte 1 (RFC 8259 §6)"),
        ("[1e999]", 1, "expected a number below 1.8e308 at byte 1 (RFC 8259 §6)"),
        ("\"a", 2, "expected '\"' at byte 2, got the end"),
        ("\"\\", 2, "expected an escaped character at byte 2, got the end"),
        (#""\x""#, 2, "expected one of \"\\/bfnrtu after '\\' at byte 2, got 'x'"),
        (#""\u12g4""#, 5, "expected a hexadecimal digit at byte 5, got 'g'"),
        ("\"\\u12", 5, "expected a hexadecimal digit at byte 5, got the end"),
        (#""\ud800""#, 1, "expected a pair of surrogates at byte 1, got one alone (RFC 8259 §8.2)"),
        (#""\ude00\ud83d""#, 1, "expected a pair of surrogates at byte 1, got one alone (RFC 8259 §8.2)"),
        (#""\ud83dA""#, 1, "expected a pair of surrogates at byte 1, got one alone (RFC 8259 §8.2)"),
        (#""\ud83d\u0041""#, 1, "expected a pair of surrogates at byte 1, got one alone (RFC 8259 §8.2)"),
        (
            "\"a\nb\"", 2,
            "expected control characters to be escaped, got byte 0x0a at byte 2 (RFC 8259 §7)"
        ),
    ]

    @Test("A text that is not JSON is refused with the place and the expectation", arguments: refusals)
    func refusal(text: String, offset: Int, words: String) {
        let error = #expect(throws: CairnJSONError.self) { try CairnJSON(parsing: text.utf8) }
        #expect(error?.description == words)
        #expect(error?.offset == offset)
    }

    /// Truncated, overlong, surrogate, too large and stray bytes.
    static let invalidUTF8: [[UInt8]] = [
        [0x80], [0xc3], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80], [0xe2, 0x82],
        [0xf0, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xe2, 0x28, 0xa1],
    ]

    @Test("Invalid UTF-8 is refused (RFC 8259 §8.1)", arguments: invalidUTF8)
    func refusesUTF8(bytes: [UInt8]) {
        for prefix in ["\"", "\"\\n"] {
            let text = Array(prefix.utf8) + bytes
            for text in [text, text + [0x22]] {
                let error = #expect(throws: CairnJSONError.self) { try CairnJSON(parsing: text) }
                #expect(error?.offset == prefix.utf8.count)
                #expect(error?.description.hasPrefix("expected UTF-8") == true)
            }
        }
    }

    @Test("Any ASCII character is read or refused for itself, wherever in a string it stands (RFC 8259 §7)")
    func everyPlace() throws {
        for length in 0...17 {
            for place in 0..<max(length, 1) where length > 0 {
                for octet in UInt8(0)..<0x80 {
                    var content = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    content[place] = octet
                    let text = [0x22] + content + [0x22]
                    let string = CairnJSON.string(String(decoding: content, as: UTF8.self))
                    switch octet {
                    case 0..<0x20:
                        let error = #expect(throws: CairnJSONError.self) { try CairnJSON(parsing: text) }
                        #expect(error?.offset == place + 1)
                    case 0x22, 0x5c: break  // An end or an escape, depending on what follows.
                    default:
                        #expect(try CairnJSON(parsing: text) == string)
                        #expect(string.serialized() == text)
                        continue
                    }
                    #expect(try CairnJSON(parsing: string.serialized()) == string)
                    #expect(string.serialized().count > text.count)
                }
            }
        }
    }

    @Test("A member that occurs twice is refused with its name and its path (RFC 8259 §4)")
    func duplicates() {
        let text = #"{"a":[0,{"x/y":{"alg":1,"\u0061lg":2}}]}"#
        let error = #expect(throws: CairnJSONError.self) { try CairnJSON(parsing: text.utf8) }
        #expect(error?.description == "expected each member once, got a second \"alg\" at byte 24 (RFC 8259 §4)")
        #expect(error?.pointer == "/a/1/x~1y/alg")
    }

    @Test("A duplicate among many members is found, and many members are read in time")
    func manyMembers() throws {
        let members = (0..<20_000).map { "\"m\($0)\":\($0)" }
        let object = try CairnJSON(parsing: "{\(members.joined(separator: ","))}".utf8)
        #expect(object.object?.members.count == 20_000)
        let error = #expect(throws: CairnJSONError.self) {
            try CairnJSON(parsing: "{\(members.joined(separator: ",")),\"m17\":0}".utf8)
        }
        #expect(error?.pointer == "/m17")
    }

    @Test("Sixty-four levels are read and the sixty-fifth is refused")
    func nesting() throws {
        func text(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        _ = try CairnJSON(parsing: text(64).utf8)
        let error = #expect(throws: CairnJSONError.self) { try CairnJSON(parsing: text(65).utf8) }
        #expect(error?.description == "expected at most 64 levels of nesting, got more at byte 64")
        #expect(throws: CairnJSONError.self) {
            try CairnJSON(parsing: String(repeating: "{\"a\":", count: 100_000).utf8)
        }
        _ = try CairnJSON(parsing: "[\(Array(repeating: "[]", count: 100).joined(separator: ","))]".utf8)
    }

    @Test("A number of a hundred thousand digits does not trap")
    func longNumbers() throws {
        let digits = String(repeating: "9", count: 100_000)
        #expect(throws: CairnJSONError.self) { try CairnJSON(parsing: digits.utf8) }
        #expect(try CairnJSON(parsing: "0.\(digits)".utf8) == .double(1))
    }

    @Test("No prefix and no single changed byte of a text crashes, and each is read or refused with a place inside it")
    func mutations() {
        let text = Array(#" {"a":[1,-2.5e3,true,null,"\ud83d\ude00é"],"b":{"c":"\n"}} "#.utf8)
        for end in text.indices {
            if let error = Self.error(text[..<end]) { #expect((0...end).contains(error.offset)) }
        }
        for index in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[index] = byte
                if let error = Self.error(changed) { #expect((0...changed.count).contains(error.offset)) }
            }
        }
    }

    private static func error(_ bytes: some Collection<UInt8>) -> CairnJSONError? {
        do throws(CairnJSONError) {
            _ = try CairnJSON(parsing: bytes)
            return nil
        } catch {
            return error
        }
    }
}
