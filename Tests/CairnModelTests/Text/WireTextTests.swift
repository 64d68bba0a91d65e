import CairnModel
import Testing

/// `é` in two ways that Unicode holds equivalent, and the wire does not.
private let (composed, decomposed) = ("\u{e9}", "e\u{301}")

@Suite("Text of the wire", .timeLimit(.minutes(5)))
struct WireTextTests {
    private func expectDistinct<Value: Hashable>(_ make: (String) -> Value) {
        #expect(make(composed) != make(decomposed))
        #expect(make(composed) == make(composed))
        #expect(Set([make(composed), make(decomposed), make(composed)]).count == 2)
    }

    @Test("Names that differ in their octets differ, whatever Unicode holds equivalent (RFC 8259 §8.3, RFC 7515 §5.3)")
    func names() {
        #expect(composed == decomposed)
        expectDistinct(ACMEIdentifierType.init(rawValue:))
        expectDistinct(ACMEProblemType.init(rawValue:))
        expectDistinct(ACMEChallengeType.init(rawValue:))
        expectDistinct(ACMESignatureAlgorithm.init(rawValue:))
        expectDistinct(ACMEEndpoint.init(rawValue:))
        expectDistinct { ACMEIdentifier(type: .dns, value: $0) }
        expectDistinct { ACMEIdentifier(type: ACMEIdentifierType(rawValue: $0), value: "x") }
        expectDistinct(WireText.init)
        expectDistinct(CairnJSON.string)
        expectDistinct { CairnJSON.array([.string($0)]) }
        expectDistinct { (name: String) -> CairnJSON in [name: 1] }
    }

    @Test("The names of JSON members are compared by their octets (RFC 8259 §8.3)")
    func members() throws {
        let json = try CairnJSON(parsing: Array(#"{"\#(composed)": 1, "\#(decomposed)": 2}"#.utf8))
        #expect(json[composed] == 1)
        #expect(json[decomposed] == 2)
        #expect(throws: CairnJSONError.self) {
            try CairnJSON(parsing: Array(#"{"\u00e9": 1, "\#(composed)": 2}"#.utf8))
        }
    }

    @Test("Objects of any size find, replace and remove their members", arguments: [1, 16, 17, 18, 1000])
    func places(count: Int) throws {
        let text = "{" + (0..<count).map { "\"\($0)\": \($0)" }.joined(separator: ",") + "}"
        var object = try #require(try CairnJSON(parsing: Array(text.utf8)).object)
        for number in 0..<count { #expect(object["\(number)"]?.integer == number) }
        #expect(object["x"] == nil)
        object["0"] = nil
        object["x"] = "new"
        object["\(count - 1)"] = 7
        #expect(object["0"] == (count == 1 ? 7 : nil))
        #expect(object["x"] == "new")
        #expect(object["\(count - 1)"] == 7)
        #expect(object.names.count == (count == 1 ? 2 : count))
        for number in 1..<max(1, count - 1) { #expect(object["\(number)"]?.integer == number) }
        let twice = text.dropLast() + ", \"\(count - 1)\": 0}"
        #expect(throws: CairnJSONError.self) { try CairnJSON(parsing: Array(twice.utf8)) }
    }

    @Test("Case is that of ASCII alone: a Kelvin sign is no k (RFC 4343)")
    func asciiCase() {
        #expect("CA.Test".isSameIgnoringCase(as: "ca.tEST"))
        #expect("\u{212a}".lowercased() == "k")
        #expect(!"\u{212a}".isSameIgnoringCase(as: "k"))
        #expect("\u{212a}Z[".lowercasedASCII.isSame(as: "\u{212a}z["))
        #expect(ACMEIdentifier.dns("\u{212a}.test") != .dns("k.test"))
    }

    @Test("Text is cut at octets")
    func cutting() {
        #expect("a\u{301}?b?c".text(before: "?") == "a\u{301}")
        #expect("?\u{301}b".text(before: "?") == "")
        #expect("abc".text(before: "?") == "abc")
        #expect(".a..b".texts(between: ".").map(String.init) == ["", "a", "", "b"])
        #expect("".texts(between: ".").map(String.init) == [""])
        #expect(decomposed.begins(with: "e"))
        #expect(!composed.begins(with: "e"))
        #expect("a.test".ends(with: ".test"))
        #expect(!"test".ends(with: ".test"))
    }
}
