import CairnModel
import Testing

@Suite("The values that rules are made of", .timeLimit(.minutes(5)))
struct RuleValueTests {
    @Test("A pointer is read and written with its escapes (RFC 6901 §3)")
    func pointer() {
        func read(_ text: String) -> CairnJSONPointer? { CairnJSONPointer(text) }
        #expect(read("/a~1b/~0c/")?.tokens == ["a/b", "~c", ""])
        #expect(read("/a~1b/~0c/")?.description == "/a~1b/~0c/")
        #expect(read("")?.tokens == [])
        for text in ["a", "/~2", "/~"] { #expect(read(text) == nil) }
    }

    private static let json: CairnJSON = ["a": [1, 2, 3], "o": ["x": "y"], "": nil]

    @Test("A pointer finds members and elements (RFC 6901 §5)")
    func find() {
        #expect(Self.json[at: "/a/1"] == 2)
        #expect(Self.json[at: "/o/x"] == "y")
        #expect(Self.json[at: "/"] == .null)
        #expect(Self.json[at: ""] == Self.json)
        for nowhere in ["/a/3", "/a/01", "/a/-", "/b", "/o/x/z"] {
            #expect(CairnJSONPointer(nowhere).flatMap { Self.json[at: $0] } == nil, "\(nowhere)")
        }
    }

    @Test("A change is made where the pointer leads, and is none where it leads nowhere")
    func edit() {
        func changed(_ change: (inout CairnJSON) -> Bool) -> String? {
            var json = Self.json
            return change(&json) ? json.text() : nil
        }
        #expect(changed { $0.set("/a/0", 9) } == #"{"a":[9,2,3],"o":{"x":"y"},"":null}"#)
        #expect(changed { $0.set("/a/-", 9) } == #"{"a":[1,2,3,9],"o":{"x":"y"},"":null}"#)
        #expect(changed { $0.set("/n", 9) } == #"{"a":[1,2,3],"o":{"x":"y"},"":null,"n":9}"#)
        #expect(changed { $0.insert(9, at: "/a/0") } == #"{"a":[9,1,2,3],"o":{"x":"y"},"":null}"#)
        #expect(changed { $0.remove("/o/x") } == #"{"a":[1,2,3],"o":{},"":null}"#)
        #expect(changed { $0.remove("/a/2") } == #"{"a":[1,2],"o":{"x":"y"},"":null}"#)
        #expect(changed { $0.rename("/a", to: "b") } == #"{"b":[1,2,3],"o":{"x":"y"},"":null}"#)
        #expect(changed { $0.set("/a/4", 9) } == nil)
        #expect(changed { $0.set("/n/m", 9) } == nil)
        #expect(changed { $0.remove("/n") } == nil)
        #expect(changed { $0.remove("/a/3") } == nil)
        #expect(changed { $0.rename("/a/0", to: "b") } == nil)
    }

    @Test(
        "Retry-After has every form, by the clock that it is given (RFC 9110 §5.6.7, §10.2.3)",
        arguments: [
            (CairnRetryAfter.seconds(30), ["30"]),
            (.seconds(-5), ["-5"]),
            (.date, ["Sun, 22 Nov 2026 07:51:00 GMT"]),
            (.date(in: .seconds(-3_600)), ["Sun, 22 Nov 2026 06:50:00 GMT"]),
            (.obsoleteDate, ["Sunday, 22-Nov-26 07:51:00 GMT"]),
            (.asctime, ["Sun Nov 22 07:51:00 2026"]),
            (.asctime(in: .days(12)), ["Fri Dec  4 07:50:00 2026"]),
            (.date(in: .milliseconds(1)), ["Sun, 22 Nov 2026 07:50:01 GMT"]),
            (.text("soon"), ["soon"]),
            (.several(.seconds(1), .text("")), ["1", ""]),
        ])
    func retryAfter(value: CairnRetryAfter, texts: [String]) {
        #expect(value.values(at: "2026-11-22T07:50:00Z") == texts)
    }

    @Test(
        "A timestamp has every style that RFC 3339 leaves open (§5.6)",
        arguments: zip(
            CairnTimeStyle.allCases,
            [
                "2026-11-22T07:50:00Z", "2026-11-22T07:50:00.123Z", "2026-11-22T07:50:00.123456789Z",
                "2026-11-22T07:50:00+00:00", "2026-11-22t07:50:00z",
            ]))
    func time(style: CairnTimeStyle, text: String) { #expect(style.text("2026-11-22T07:50:00Z") == text) }

    @Test("A name of a header field has every case")
    func letterCase() {
        let names = CairnLetterCase.allCases.map { $0.text("rePlay-nonce") }
        #expect(names == ["replay-nonce", "REPLAY-NONCE", "Replay-Nonce", "rEpLaY-NoNcE"])
    }

    @Test(
        "A pattern fits with any text for its stars",
        arguments: [
            ("*.example.test", "www.example.test", true), ("*.example.test", "a.b.example.test", true),
            ("*.example.test", "example.test", false), ("a*b*c", "abc", true), ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxc", false), ("*", "", true), ("", "", true), ("", "a", false), ("a", "A", false),
        ])
    func pattern(pattern: String, text: String, fits: Bool) {
        #expect(TextPattern(pattern).fits(text) == fits)
    }

    @Test("Names are compared without their case (RFC 4343)")
    func caseless() {
        #expect(TextPattern("*.Example.test", ignoresCase: true).fits("WWW.EXAMPLE.TEST"))
        #expect(TextPattern("Example.test", ignoresCase: true).fits("example.TEST"))
    }

    @Test("A rule waits until everything is known that it asks about")
    func point() {
        func point(_ rule: CairnRule) -> RulePoint? { rule.fault.steps.first.map { rule.point(of: $0.action) } }
        #expect(point(CairnRule(.unavailable())) == .routed)
        #expect(point(CairnRule(.unavailable(), at: .finalize, each: .order)) == .routed)
        #expect(point(CairnRule(.unavailable(), each: .account)) == .understood)
        #expect(point(CairnRule(.unavailable(), where: .payload("/a", .exists))) == .understood)
        #expect(point(CairnRule(.badNonce)) == .understood)
        #expect(point(CairnRule(.loseAnswer)) == .committed)
        #expect(point(CairnRule(.pass, where: .status(200))) == .answer)
        #expect(point(CairnRule(.remove(.link), where: .isProblem)) == .answer)
        #expect(point(CairnRule(.delay(.seconds(1)), where: .isProblem)) == .wire)
        #expect(point(CairnRule(.resetInHandshake)) == .connection)
    }
}
