import CairnGateway
import CairnModel
import HTTPTypes
import Testing

@Suite("What rules make of answers", .timeLimit(.minutes(5)))
struct RuleAlterationTests {
    private static let links = ["<https://ca.test/dir>;rel=\"index\"", "<https://ca.test/acme/1>;rel=\"up\""]

    private static func answer() -> AlteredAnswer {
        var fields: HTTPFields = [.replayNonce: "n", .location: "/x", .contentType: "application/json"]
        fields[values: .link] = links
        return AlteredAnswer(status: .ok, fields: fields, json: ["status": "pending", "list": [1, 2, 3]])
    }

    private static func altered(_ fault: CairnFault) -> AlteredAnswer {
        let bench = RuleBench()
        bench.rules.add(fault)
        return bench.request(answer: answer()).answer
    }

    private static func fields(_ fault: CairnFault) -> [String] {
        altered(fault).fields.map { "\($0.name.rawName): \($0.value)" }.filter { !$0.hasPrefix("Link") }.sorted()
    }

    @Test(
        "Header fields are taken out, set, doubled and renamed",
        arguments: [
            (.remove(.location), ["Content-Type: application/json", "Replay-Nonce: n"]),
            (.set(.location, "/y"), ["Content-Type: application/json", "Location: /y", "Replay-Nonce: n"]),
            (
                .set(.location, "/y", "/z"),
                ["Content-Type: application/json", "Location: /y", "Location: /z", "Replay-Nonce: n"]
            ),
            (
                .add(.location, "/y"),
                ["Content-Type: application/json", "Location: /x", "Location: /y", "Replay-Nonce: n"]
            ),
            (
                .double(.location),
                ["Content-Type: application/json", "Location: /x", "Location: /x", "Replay-Nonce: n"]
            ),
            (
                .rename(.location, to: .named("location2")),
                ["Content-Type: application/json", "Replay-Nonce: n", "location2: /x"]
            ),
            (.mediaType(adding: "v=1"), ["Content-Type: application/json; v=1", "Location: /x", "Replay-Nonce: n"]),
            (.mediaType(.upper), ["Content-Type: APPLICATION/JSON", "Location: /x", "Replay-Nonce: n"]),
            (.removeNonce, ["Content-Type: application/json", "Location: /x"]),
            (.usedNonce, ["Content-Type: application/json", "Location: /x", "Replay-Nonce: used"]),
            (.blankNonce, ["Content-Type: application/json", "Location: /x", "Replay-Nonce: "]),
            (
                .twoNonces,
                ["Content-Type: application/json", "Location: /x", "Replay-Nonce: fresh", "Replay-Nonce: fresh"]
            ),
            (.nonce("!"), ["Content-Type: application/json", "Location: /x", "Replay-Nonce: !"]),
            (.addNonce, ["Content-Type: application/json", "Location: /x", "Replay-Nonce: n"]),
        ] as [(CairnFault, [String])])
    func fields(fault: CairnFault, lines: [String]) { #expect(Self.fields(fault) == lines) }

    @Test("A nonce is added where there is none")
    func addNonce() {
        let bench = RuleBench()
        bench.rules.add(.addNonce)
        let outcome = bench.request()
        #expect(outcome.answer.fields[.replayNonce] == "fresh")
    }

    @Test("The names of header fields are written in any case")
    func fieldCase() {
        #expect(Self.altered(.fieldNames(.upper)).fields.contains { $0.name.rawName == "REPLAY-NONCE" })
    }

    @Test(
        "Links are written in any style (RFC 8288 §3)",
        arguments: [
            (CairnLinkStyle(joined: true), [links.joined(separator: ", ")]),
            (CairnLinkStyle(quoted: false), links.map { $0.filter { $0 != "\"" } }),
            (CairnLinkStyle(relative: true), ["</dir>;rel=\"index\"", "</acme/1>;rel=\"up\""]),
            (
                CairnLinkStyle(relation: "x", host: "b.test"),
                ["<https://b.test/dir>;rel=\"x index\"", "<https://b.test/acme/1>;rel=\"x up\""]
            ),
        ])
    func linkStyle(style: CairnLinkStyle, lines: [String]) {
        #expect(Self.altered(.links(style: style)).fields[values: .link] == lines)
    }

    @Test("The status is another one")
    func status() { #expect(Self.altered(.setStatus(201)).status == .created) }

    @Test(
        "JSON is changed where a pointer leads",
        arguments: [
            (.set("/status", "odd"), #"{"status":"odd","list":[1,2,3]}"#),
            (.set("/x", nil), #"{"status":"pending","list":[1,2,3],"x":null}"#),
            (.insert(0, at: "/list/0"), #"{"status":"pending","list":[0,1,2,3]}"#),
            (.remove("/status"), #"{"list":[1,2,3]}"#),
            (.rename("/status", to: "Status"), #"{"Status":"pending","list":[1,2,3]}"#),
            (.reverse("/list"), #"{"status":"pending","list":[3,2,1]}"#),
            (.edit(.remove("/status"), .set("/error", [:])), #"{"list":[1,2,3],"error":{}}"#),
        ] as [(CairnFault, String)])
    func json(fault: CairnFault, text: String) { #expect(Self.altered(fault).json?.text() == text) }

    @Test("Timestamps are written in any style, wherever they stand (RFC 3339 §5.6)")
    func times() {
        let bench = RuleBench()
        bench.rules.add(.timestamps(.offset))
        let json: CairnJSON = [
            "expires": "2026-11-22T07:50:00Z", "l": [["validated": "2026-11-22T07:50:01Z"]], "s": "2",
        ]
        let outcome = bench.request(answer: AlteredAnswer(status: .ok, fields: [:], json: json))
        #expect(
            outcome.answer.json?.text()
                == #"{"expires":"2026-11-22T07:50:00+00:00","l":[{"validated":"2026-11-22T07:50:01+00:00"}],"s":"2"}"#)
    }

    // MARK: Bytes

    @Test(
        "JSON is written in any style (RFC 8259)",
        arguments: [
            (CairnJSONStyle(), #"{"b":"/é","a":{"d":1,"c":2}}"#),
            (CairnJSONStyle(escapesSlashes: true), #"{"b":"\/é","a":{"d":1,"c":2}}"#),
            (CairnJSONStyle(escapesNonASCII: true), #"{"b":"/\u00e9","a":{"d":1,"c":2}}"#),
            (CairnJSONStyle(memberOrder: .sorted), #"{"a":{"c":2,"d":1},"b":"/é"}"#),
            (CairnJSONStyle(memberOrder: .reversed), #"{"a":{"c":2,"d":1},"b":"/é"}"#),
            (CairnJSONStyle(duplicatesMember: true), #"{"b":"/é","b":"/é","a":{"d":1,"c":2}}"#),
            (
                CairnJSONStyle(indentation: 1, duplicatesMember: true),
                "{\n \"b\": \"/é\",\n \"b\": \"/é\",\n \"a\": {\n  \"d\": 1,\n  \"c\": 2\n }\n}"
            ),
            (
                CairnJSONStyle(beginsWithByteOrderMark: true, endsWithNewline: true),
                "\u{feff}" + #"{"b":"/é","a":{"d":1,"c":2}}"# + "\n"
            ),
        ])
    func jsonStyle(style: CairnJSONStyle, text: String) {
        let bench = RuleBench()
        bench.rules.add(.json(style: style))
        let json: CairnJSON = ["b": "/é", "a": ["d": 1, "c": 2]]
        let outcome = bench.request(answer: AlteredAnswer(status: .ok, fields: [:], json: json))
        #expect(outcome.body == Array(text.utf8))
    }

    private static let chain = PEM.block("CERTIFICATE", [1, 2, 3, 4, 5, 6]) + PEM.block("CERTIFICATE", [7, 8, 9])

    @Test(
        "A chain is written in any style (RFC 7468, RFC 8555 §9.1, §11.4)",
        arguments: [
            (CairnPEMStyle(), ["<", "AQIDBAUG", ">", "<", "BwgJ", ">", ""], "\n"),
            (CairnPEMStyle(lineEnd: .crlf), ["<", "AQIDBAUG", ">", "<", "BwgJ", ">", ""], "\r\n"),
            (CairnPEMStyle(lineEnd: .cr), ["<", "AQIDBAUG", ">", "<", "BwgJ", ">", ""], "\r"),
            (CairnPEMStyle(lineLength: 5), ["<", "AQIDB", "AUG", ">", "<", "BwgJ", ">", ""], "\n"),
            (
                CairnPEMStyle(textBefore: "a", textBetween: "b", blankLines: 1, endsWithNewline: false),
                ["a", "<", "AQIDBAUG", ">", "", "b", "<", "BwgJ", ">"], "\n"
            ),
            (CairnPEMStyle(certificates: 1), ["<", "AQIDBAUG", ">", ""], "\n"),
            (CairnPEMStyle(certificates: 3), ["<", "AQIDBAUG", ">", "<", "BwgJ", ">", "<", "BwgJ", ">", ""], "\n"),
            (
                CairnPEMStyle(foreignBlock: "X", certificates: 1),
                ["<", "AQIDBAUG", ">", "-----BEGIN X-----", "AQIDBAUG", "-----END X-----", ""], "\n"
            ),
        ])
    func pemStyle(style: CairnPEMStyle, lines: [String], end: String) {
        let bench = RuleBench()
        bench.rules.add(.pem(style: style))
        let lines = lines.map { line in
            line == "<" ? "-----BEGIN CERTIFICATE-----" : line == ">" ? "-----END CERTIFICATE-----" : line
        }
        let text = String(decoding: bench.request(body: Self.chain).body, as: UTF8.self)
        #expect(text == lines.joined(separator: end))
    }

    @Test("What is no chain, and what is no JSON, keeps its style")
    func otherBytes() {
        let bench = RuleBench()
        bench.rules.add(.pem(lineEnd: .crlf))
        bench.rules.add(.json(style: .compact))
        #expect(bench.request(body: Array("x\ny".utf8)).body == Array("x\ny".utf8))
        #expect(bench.rules.unfired.count == 2)
    }

    @Test("Bytes are left out, or become others by the seed")
    func bytes() {
        let body = [UInt8](repeating: 0x61, count: 100)
        let bench = RuleBench()
        let rule = bench.rules.add(.truncate(after: 10))
        #expect(bench.request(body: body).body == Array(body.prefix(10)))
        rule.remove()
        bench.rules.add(.garble(bytes: 3), name: "g")
        let garbled = bench.request(body: body).body
        #expect(garbled.count == 100)
        #expect((1...3).contains(garbled.count { $0 != 0x61 }))
        let again = RuleBench()
        again.rules.add(.garble(bytes: 3), name: "g")
        #expect(again.request(body: body).body == garbled)
    }

    // MARK: On the way

    @Test("Delays add up, and a body is dribbled, cut or reset")
    func delivery() {
        let bench = RuleBench()
        bench.rules.add(.delay(.seconds(1)))
        bench.rules.add(.delay(.seconds(2)))
        bench.rules.add(.delayBody(.seconds(3)))
        bench.rules.add(.dribble(bytes: 10, every: .milliseconds(200)))
        bench.rules.add(.cut(after: 5), name: "cut")
        let body = [UInt8](repeating: 0, count: 20)
        let delivery = bench.request(body: body).delivery
        #expect(
            delivery.pace
                == .init(
                    beforeHead: .seconds(3), beforeBody: .seconds(3),
                    dribble: .init(bytes: 10, every: .milliseconds(200))))
        #expect(delivery.ending == .cut(afterBodyBytes: 5))
        bench.rules.remove("cut")
        bench.rules.add(.reset(after: 5))
        #expect(bench.request(body: body).delivery.ending == .reset(afterBodyBytes: 5))
        #expect(bench.request(body: [0]).delivery.ending == .complete)
    }

    @Test("A connection goes away, is closed, or has its stream reset")
    func aftermath() {
        let bench = RuleBench()
        bench.rules.add(.sequence(.goAway, .close, .resetStream.times(1)))
        let aftermaths = (0..<4).map { _ in bench.request().aftermath }
        #expect(aftermaths.map(\.goesAway) == [true, false, false, false])
        #expect(aftermaths.map(\.closes) == [false, true, false, false])
        #expect(aftermaths.map(\.resetsStream) == [false, false, true, false])
    }
}
