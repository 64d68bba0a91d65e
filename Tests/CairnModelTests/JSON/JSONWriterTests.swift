import CairnModel
import Testing

@Suite("Writing JSON (RFC 8259)", .timeLimit(.minutes(5)))
struct JSONWriterTests {
    static let order: CairnJSON = [
        "status": "pending", "identifiers": [["type": "dns", "value": "é.example"]], "empty": [], "none": [:],
        "url": "https://ca.test/a", "number": -7, "half": .double(0.5), "large": .double(1e300), "no": false, "x": nil,
    ]

    @Test("Compact is one line that keeps the order of members and leaves slashes alone")
    func compact() {
        #expect(
            Self.order.text()
                == #"{"status":"pending","identifiers":[{"type":"dns","value":"é.example"}],"empty":[],"none":{},"#
                + #""url":"https://ca.test/a","number":-7,"half":0.5,"large":1e+300,"no":false,"x":null}"#)
    }

    @Test("Indented puts each member on a line of its own")
    func indented() {
        let value: CairnJSON = ["a": [1, ["b": 2]], "c": [], "d": [:]]
        #expect(
            value.text(.indented) == """
                {
                  "a": [
                    1,
                    {
                      "b": 2
                    }
                  ],
                  "c": [],
                  "d": {}
                }
                """)
        #expect(([1] as CairnJSON).text(.init(indentation: 4)) == "[\n    1\n]")
        #expect(([1] as CairnJSON).text(.init(indentation: -1)) == "[\n1\n]")
    }

    @Test("Slashes and characters beyond ASCII are escaped on request")
    func escapes() {
        #expect(CairnJSON.string("a/é😀").text(.init(escapesSlashes: true)) == #""a\/é😀""#)
        #expect(CairnJSON.string("a/é😀").text(.init(escapesNonASCII: true)) == #""a/\u00e9\ud83d\ude00""#)
        #expect((["é/": 1] as CairnJSON).text(.init(escapesSlashes: true, escapesNonASCII: true)) == #"{"\u00e9\/":1}"#)
    }

    @Test("Quotes, backslashes and control characters are always escaped")
    func controls() {
        #expect(CairnJSON.string("\"\\\n\r\t\u{1}\u{1f}\u{7f}é").text() == "\"\\\"\\\\\\n\\r\\t\\u0001\\u001f\u{7f}é\"")
    }

    @Test("Numbers that are not finite become null")
    func notFinite() {
        #expect(([.double(.infinity), .double(.nan)] as CairnJSON).text() == "[null,null]")
    }

    @Test(
        "What is written reads back as the same value",
        arguments: [.compact, .indented, CairnJSON.Style(indentation: 0, escapesSlashes: true, escapesNonASCII: true)])
    func roundTrip(style: CairnJSON.Style) throws {
        let value: CairnJSON = [
            "order": Self.order,
            "text": .string(String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init)))),
        ]
        #expect(try CairnJSON(parsing: value.serialized(style)) == value)
    }
}
