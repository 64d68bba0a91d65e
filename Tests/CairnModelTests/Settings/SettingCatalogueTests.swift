import CairnModel
import Testing

@Suite("Settings that are declared once", .timeLimit(.minutes(5)))
struct SettingCatalogueTests {
    struct Engine: Sendable, Equatable {
        var cylinders = 4
        var fuel: String? = "petrol"
    }

    struct Trailer: Sendable, Equatable {
        var axles = 1
    }

    struct Car: Sendable, Equatable {
        var engine = Engine()
        var trailer: Trailer?
        var names: Set<String> = []
        var speed = Duration.seconds(1)
    }

    private let catalogue = SettingCatalogue<Car>(
        [
            Setting("names", \.names, .set(of: .text("a name") { !$0.isEmpty }, "names"), "what it is called"),
            Setting("speed", \.speed, .duration(), isLive: true, "from one to the next"),
        ]
            + Setting.section(
                "engine", \.engine,
                [
                    Setting("cylinders", \.cylinders, .integer(1...16), "how many"),
                    Setting("fuel", \.fuel, SettingKind<String>.text().optional("electricity"), "what it burns"),
                ])
            + Setting.section(
                "trailer", \.trailer, fresh: Trailer(), null: "none", "what it pulls",
                [Setting("axles", \.axles, .integer(1...3), "how many")]))

    private func apply(_ json: CairnJSON) throws -> (car: Car, faults: [String]) {
        var car = Car()
        let faults = catalogue.apply(try #require(json.object), to: &car)
        return (car, faults.map(\.description))
    }

    @Test("A tree of JSON sets the tree of values")
    func tree() throws {
        let json: CairnJSON = [
            "engine": ["cylinders": 6, "fuel": nil], "trailer": ["axles": 2], "speed": "1min", "names": ["b", "a"],
        ]
        let (car, faults) = try apply(json)
        #expect(faults == [])
        #expect(
            car
                == Car(
                    engine: Engine(cylinders: 6, fuel: nil), trailer: Trailer(axles: 2), names: ["a", "b"],
                    speed: .seconds(60)))
        var again = Car()
        #expect(catalogue.apply(catalogue.json(of: car), to: &again) == [])
        #expect(again == car)
    }

    @Test("A part that need not be there is made by an object in its place, and left out by null")
    func optionalParts() throws {
        #expect(try apply(["trailer": [:]]).car.trailer == Trailer())
        var car = Car(trailer: Trailer())
        #expect(catalogue.apply(["trailer": nil], to: &car) == [])
        #expect(car.trailer == nil)
        #expect(try apply(["trailer": 3]).faults == ["trailer: expected an object, or null for none, got 3"])
        #expect(catalogue.json(of: Car())["trailer"] == .null)
    }

    @Test("What cannot be set is told, and nothing else is changed by it")
    func faults() throws {
        let (car, faults) = try apply(["engine": ["cylinders": 17, "feul": "gas"], "speed": -1, "wheels": 4])
        #expect(car == Car())
        #expect(
            faults == [
                "engine.cylinders: expected a whole number from 1 to 16, got 17",
                "engine.feul: \"feul\" is not a setting; did you mean \"engine.fuel\"?",
                "speed: expected a time from 0 to 100 years: a number of seconds, or a text such as \"90d\" (ms, s, m, min, h, d, w), got -1",
                "wheels: \"wheels\" is not a setting",
            ])
        #expect(try apply(["engine": 6]).faults == ["engine: expected an object, got 6"])
        #expect(
            try apply(["cylinders": 6]).faults == [
                "cylinders: \"cylinders\" is not a setting; did you mean \"engine.cylinders\"?"
            ])
    }

    @Test("A value is checked whatever way it was set, and can be taken back")
    func checks() {
        var car = Car(engine: Engine(cylinders: 0, fuel: "gas"), trailer: Trailer(axles: 9))
        #expect(catalogue.faults(in: car).map(\.path) == ["engine.cylinders", "trailer.axles"])
        let old = Car(trailer: Trailer(axles: 2))
        #expect(catalogue.restore(&car, from: old).count == 2)
        #expect(car == Car(engine: Engine(cylinders: 4, fuel: "gas"), trailer: Trailer(axles: 2)))
        #expect(catalogue.faults(in: car) == [])
        // A part that was not there before is taken away again if it cannot be as it is.
        var towing = Car(trailer: Trailer(axles: 9))
        #expect(catalogue.restore(&towing, from: Car()).count == 1)
        #expect(towing == Car())
    }

    @Test("A setting is read and written by its path")
    func paths() throws {
        var car = Car()
        try catalogue.set("engine.cylinders", to: 8, of: &car)
        #expect(catalogue["engine.cylinders"]?.get(car) == 8)
        #expect(catalogue["trailer.axles"]?.get(car) == nil)
        #expect(catalogue["speed"]?.isLive == true)
        let fault = #expect(throws: SettingFault.self) { try catalogue.set("engine.cylindres", to: 8, of: &car) }
        #expect(
            fault?.description == "engine.cylindres: \"cylindres\" is not a setting; did you mean \"engine.cylinders\"?"
        )
        #expect(throws: SettingFault.self) { try catalogue.set("", to: 8, of: &car) }
    }

    @Test("Of a list, or an object of any names, every fault is told with its place")
    func allFaults() throws {
        let list = SettingKind<[Int]>.array(of: .integer(1...9), "digits", repeats: false)
        func faults(_ json: CairnJSON) -> [String] {
            if case .failure(let fault) = list.read(json) { fault.inside("list").all.map(\.description) } else { [] }
        }
        #expect(faults([1, 2]) == [])
        #expect(
            faults([0, 1, 10, 1]) == [
                "list[0]: expected a whole number from 1 to 9, got 0",
                "list[2]: expected a whole number from 1 to 9, got 10", "list[3]: expected each once, got 1 twice",
            ])
        #expect(list.schema["uniqueItems"] == true)
        let map = SettingKind<[String: Int]>.dictionary(of: .integer(1...9), "names")
        let fault = #expect(throws: SettingFault.self) { try map.read(["a": 0, "b": 1, "c": 10]).get() }
        #expect(fault?.all.map(\.path) == ["a", "c"])
    }

    @Test("A number that is not taken as it was written is shown as it was")
    func numbers() throws {
        let text = Array(#"{"a": {"b": [1, 99999999999999999999 ]}}"#.utf8)
        let steps: [SettingFault.Step] = [.member("a"), .member("b"), .element(1)]
        #expect(JSONLines(text).text(of: steps) == "99999999999999999999")
        #expect(JSONLines(text).text(of: [.member("a"), .member("c")]) == nil)
        let value = try #require(try CairnJSON(parsing: text)["a"]?["b"]?.array?.last)
        let fault = SettingFault(expected: "a digit", got: value)
        #expect(fault.showing("99999999999999999999").sentence == "expected a digit, got 99999999999999999999")
        #expect(SettingFault(expected: "a digit", got: 12).showing("13").sentence == "expected a digit, got 12")
    }

    @Test("A group of settings, and a part of a value, are told from names that do not exist")
    func groups() {
        var car = Car()
        let group = #expect(throws: SettingFault.self) { try catalogue.set("engine", to: 3, of: &car) }
        #expect(
            group?.description
                == "engine: is a group of settings; set what is below it: \"engine.cylinders\", \"engine.fuel\"")
        for path in ["speed[0]", "speed.0.x"] {
            let part = #expect(throws: SettingFault.self) { try catalogue.set(path, to: 3, of: &car) }
            #expect(part?.description.hasPrefix("speed: is set as a whole: expected a time") == true)
        }
    }

    @Test("The schema is closed, and has descriptions and defaults (JSON Schema 2020-12)")
    func schema() {
        let schema = CairnJSON.object(catalogue.schema(default: Car()))
        #expect(schema["additionalProperties"] == false)
        let cylinders = schema["properties"]?["engine"]?["properties"]?["cylinders"]
        #expect(
            cylinders == ["description": "how many", "type": "integer", "minimum": 1, "maximum": 16, "default": 4])
        #expect(schema["properties"]?["trailer"]?["type"] == ["object", "null"])
    }

    @Test(
        "The nearest name is the one with the fewest changes, if there are few",
        arguments: [
            ("maximumIdentifer", "maximumIdentifiers"), ("MAXIMUMIDENTIFIERS", "maximumIdentifiers"), ("prot", "port"),
            ("por", "port"), ("xyz", nil), ("", nil),
        ] as [(String, String?)])
    func nearest(name: String, meant: String?) {
        #expect(NearestName.to(name, among: ["port", "maximumIdentifiers", "threads"]) == meant)
    }
}

@Suite("Places in a JSON text", .timeLimit(.minutes(5)))
struct JSONLinesTests {
    private let lines = JSONLines(
        Array(
            """
            {
              "a": {"x": "}", "y":
                [1, {"deep": [
                  null, "\\"]"]}]},
              "b\\u0041": 2,
              "c": [[], {}]
            }
            """.utf8))

    @Test("A value is found by the steps that lead to it")
    func found() {
        #expect(lines.line(of: [.member("a")]) == 2)
        #expect(lines.line(of: [.member("a"), .member("y")]) == 2)
        #expect(lines.line(of: [.member("a"), .member("y"), .element(0)]) == 3)
        #expect(lines.line(of: [.member("a"), .member("y"), .element(1), .member("deep"), .element(1)]) == 4)
        #expect(lines.line(of: [.member("bA")]) == 5)
        #expect(lines.line(of: [.member("c"), .element(1)]) == 6)
    }

    @Test("Of what is not there, the nearest value above is found")
    func notFound() {
        #expect(lines.line(of: [.member("a"), .member("z")]) == 2)
        #expect(lines.line(of: [.member("c"), .element(7)]) == 6)
        #expect(lines.line(of: [.member("z")]) == nil)
        #expect(lines.line(of: []) == nil)
    }

    @Test("Lines and columns are counted from 1")
    func places() {
        let lines = JSONLines(Array("ab\nc".utf8))
        #expect(lines.place(ofByte: 0) == (1, 1))
        #expect(lines.place(ofByte: 3) == (2, 1))
        #expect(lines.place(ofByte: 4) == (2, 2))
        #expect(lines.place(ofByte: 99) == (2, 2))
    }
}
