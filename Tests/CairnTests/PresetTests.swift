import Cairn
import CairnReferenceClient
import CairnTesting
import Foundation
import HTTPTypes
import Testing

@Suite("Presets", .timeLimit(.minutes(5)))
struct PresetTests {
    @Test("Each is whole, has a source, and starts a CA", arguments: CairnPreset.all)
    func each(_ preset: CairnPreset) throws {
        #expect(preset.faults == [])
        #expect(!preset.settings.isEmpty || !preset.rules.isEmpty)
        #expect(!preset.summary.isEmpty && !preset.source.isEmpty)
        #expect(preset.source.allSatisfy { $0.hasPrefix("https://") })
        let ca = try TestCA.inMemory(.with { $0.use(preset) })
        #expect(ca.presets == [preset])
        #expect(ca.rules.all.count == preset.rules.count)
        #expect(ca.rules.all.allSatisfy { $0.rule.isOptional && $0.rule.tags == ["preset:\(preset.name)"] })
        #expect(try CairnPreset(json: preset.json) == preset)
    }

    @Test("No two have a name in common")
    func names() {
        #expect(Set(CairnPreset.all.map(\.name)).count == CairnPreset.all.count)
        for preset in CairnPreset.all { #expect(CairnPreset.named(preset.name) == preset) }
        #expect(CairnPreset.named("nobody") == nil)
    }

    @Test("What is assigned after a preset is stronger, and the settings file is wherever the preset stands in it")
    func order() throws {
        var configuration = TestCA.Configuration()
        configuration.use(.letsEncrypt)
        configuration.policy.rateLimits.newOrdersPerAccount = nil
        #expect(configuration.personality == .boulder)
        #expect(configuration.authority.profiles.map(\.name) == ["classic", "tlsserver", "shortlived"])
        for text in [
            #"{"presets": ["stepCA", "crlfChain"], "personality": "vault"}"#,
            #"{"personality": "vault", "presets": ["stepCA", "crlfChain"]}"#,
        ] {
            let read = try TestCA.Configuration(settings: text)
            #expect(read.personality == .vault && read.presets == [.stepCA, .crlfChain])
            #expect(read.authority.profiles[0].validity == .days(1) && read.rules.count == 1)
        }
        let ca = try TestCA.inMemory(configuration)
        #expect(ca.policy.rateLimits.newOrdersPerAccount == nil)
        #expect(ca.policy.rateLimits.certificatesPerIdentifierSet == CairnRateLimit(5, per: .days(7)))
    }

    @Test("Two that want a setting to be different things are refused, and both are named")
    func conflicts() throws {
        let error = #expect(throws: TestCA.StartError.self) {
            try TestCA.inMemory(.with { $0.use(.zeroSSL, .google) })
        }
        #expect(
            error?.description
                == #"presets: "zeroSSL" and "google" contradict each other: both set externalAccountKeys"#)
        // One sets what is inside of what the other leaves out.
        let inside = CairnPreset(
            "inside", "", settings: ["policy": ["renewalInfo": ["retryAfter": 60]]])
        let outside = CairnPreset("outside", "", settings: ["policy": ["renewalInfo": nil]])
        let other = #expect(throws: TestCA.StartError.self) {
            try TestCA.inMemory(.with { $0.use(inside, outside) })
        }
        #expect(other?.description.hasSuffix("both set policy.renewalInfo.retryAfter") == true)
        // The same is no contradiction, and twice is once.
        let again = try TestCA.inMemory(.with { $0.use(.lateAlternate, .crlfChain, .lateAlternate) })
        #expect(again.presets == [.lateAlternate, .crlfChain])
        #expect(throws: Never.self) { try TestCA.inMemory(.with { $0.use(.lateAlternate, .missingAlternate) }) }
    }

    @Test("One of one's own is refused at the start with the path of what is wrong")
    func own() throws {
        func words(_ preset: CairnPreset) -> String? {
            #expect(throws: TestCA.StartError.self) { try TestCA.inMemory(.with { $0.use(preset) }) }?.description
        }
        let setting = CairnPreset("mine", "", settings: ["policy": ["maximumIdentifier": 3]])
        #expect(
            words(setting)
                == #"presets.mine.settings.policy.maximumIdentifier: "maximumIdentifier" is not a setting; did you mean "policy.maximumIdentifiers"?"#
        )
        #expect(words(CairnPreset("a b", "", settings: ["threads": 1]))?.contains(#"got "a b""#) == true)
        #expect(
            words(CairnPreset("mine", "", settings: ["presets": ["crlfChain"]]))?.contains("cannot be in a preset")
                == true)
        #expect(
            words(CairnPreset("mine", "", rules: [CairnRule(.resetInHandshake, at: .finalize)]))?.hasPrefix(
                "presets[0].rules: ") == true)
        let good = try TestCA.inMemory(
            .with { $0.use(CairnPreset("mine", "", settings: ["policy": ["maximumIdentifiers": 3]])) })
        #expect(good.policy.maximumIdentifiers == 3)
        #expect(good.currentConfiguration.faults == [])
    }

    @Test("The JSON of one is refused with the path of what is wrong")
    func refusedJSON() throws {
        func words(_ text: String) throws -> String? {
            let json = try CairnJSON(parsing: Array(#"{"presets": [\#(text)]}"#.utf8))
            return #expect(throws: TestCA.StartError.self) {
                try TestCA.Configuration(settings: json.text())
            }?.description
        }
        #expect(try words(#""crlfChian""#) == #"presets[0]: there is no preset "crlfChian"; did you mean "crlfChain"?"#)
        #expect(try words("3")?.hasPrefix("presets[0]: expected the name of a preset") == true)
        #expect(try words("{}") == #"presets[0]: a preset needs "name""#)
        #expect(try words(#"{"name": "a/b"}"#)?.hasPrefix("presets[0].name: expected a name of letters") == true)
        #expect(
            try words(#"{"name": "a", "setings": {}}"#)
                == #"presets[0].setings: "setings" is no member of a preset; did you mean "settings"?"#)
        #expect(
            try words(#"{"name": "a", "rules": [{"at": "newOrdr", "do": {"pass": {}}}]}"#)?.hasPrefix(
                "presets[0].rules: /0/at: ") == true)
    }

    @Test("What a personality decides of profiles is no change that keeps a preset from being withdrawn")
    func decided() throws {
        let ca = try TestCA.inMemory(.with { $0.personality = .pebble })
        let before = ca.authority.profiles
        let preset = try CairnPreset(
            json: [
                "name": "mine", "summary": "shorter", "source": [],
                "settings": ["authority": ["profiles": [["name": "default", "validity": "24h"]]]],
            ])
        try ca.use(preset)
        #expect(ca.authority.profiles.map(\.validity) == [.hours(24)])
        try ca.withdraw(preset)
        #expect(ca.authority.profiles == before)
    }

    @Test("One is used while the CA runs, and withdrawn: what nobody has changed since is as it was")
    func running() throws {
        let ca = try TestCA.inMemory(.with { $0.policy.ordersPerPage = 7 })
        let preset = CairnPreset(
            "mine", "", settings: ["policy": ["ordersPerPage": 3, "maximumIdentifiers": 4, "renewalInfo": nil]],
            rules: [CairnRule(.badNonce, at: .newOrder)])
        try ca.use(preset)
        try ca.use(preset)
        #expect(ca.presets == [preset] && ca.rules.all.map(\.rule.name) == ["mine-1"])
        #expect(ca.policy.ordersPerPage == 3 && ca.policy.maximumIdentifiers == 4 && ca.policy.renewalInfo == nil)
        ca.rules.removeAll()
        try ca.use(preset)
        #expect(ca.presets == [preset] && ca.rules.all.map(\.rule.name) == ["mine-1"])
        ca.policy.maximumIdentifiers = 5
        try ca.withdraw(preset)
        #expect(ca.presets.isEmpty && ca.rules.all.isEmpty)
        #expect(ca.policy.ordersPerPage == 7 && ca.policy.maximumIdentifiers == 5)
        #expect(ca.policy.renewalInfo?.retryAfter == CairnRenewalInfoPolicy().retryAfter)
        #expect(throws: CairnPresetError.self) { try ca.withdraw(preset) }
    }

    @Test("What two set goes with the last of them, whichever that is")
    func shared() throws {
        let (one, two) = (
            CairnPreset("one", "", settings: ["policy": ["ordersPerPage": 3, "maximumIdentifiers": 5]]),
            CairnPreset("two", "", settings: ["policy": ["ordersPerPage": 3]])
        )
        for (first, second) in [(one, two), (two, one)] {
            let ca = try TestCA.inMemory(.with { $0.policy.ordersPerPage = 7 })
            try ca.use(one)
            try ca.use(two)
            try ca.withdraw(first)
            #expect(ca.policy.ordersPerPage == 3 && ca.presets == [second])
            #expect(ca.policy.maximumIdentifiers == (first == one ? 100 : 5))
            try ca.withdraw(second)
            #expect(ca.policy.ordersPerPage == 7 && ca.policy.maximumIdentifiers == 100)
        }
        // What somebody chose between them comes back, and what somebody chose afterwards stays.
        let ca = try TestCA.inMemory()
        try ca.use(one)
        ca.policy.ordersPerPage = 4
        try ca.use(two)
        try ca.withdraw(one)
        #expect(ca.policy.ordersPerPage == 3)
        try ca.withdraw(two)
        #expect(ca.policy.ordersPerPage == 4)
        try ca.use(one)
        try ca.use(two)
        ca.policy.ordersPerPage = 5
        try ca.withdraw(two)
        try ca.withdraw(one)
        #expect(ca.policy.ordersPerPage == 5)
    }

    @Test("A section that one has made goes with it, unless somebody has put more into it")
    func sections() throws {
        let preset = CairnPreset("mine", "", settings: ["policy": ["renewalInfo": ["retryAfter": 60]]])
        let ca = try TestCA.inMemory(.with { $0.policy.renewalInfo = nil })
        try ca.use(preset)
        #expect(ca.policy.renewalInfo?.retryAfter == .seconds(60))
        try ca.withdraw(preset)
        #expect(ca.policy.renewalInfo == nil)
        try ca.use(preset)
        ca.policy.renewalInfo?.shortLifetime = .days(1)
        try ca.withdraw(preset)
        #expect(ca.policy.renewalInfo?.shortLifetime == .days(1))
    }

    @Test("One with settings of the start, and one that contradicts another, is not used while the CA runs")
    func notRunning() throws {
        let ca = try TestCA.inMemory(.with { $0.use(.stepCA) })
        let error = #expect(throws: CairnPresetError.self) { try ca.use(.zeroSSL) }
        #expect(
            error?.description
                == #"the preset "zeroSSL" has settings that can be set at the start only (externalAccountKeys), so it cannot be used while the CA runs"#
        )
        #expect(throws: CairnPresetError.self) { try TestCA.inMemory(.with { $0.use(.zeroSSL) }).withdraw(.zeroSSL) }
        let one = CairnPreset("one", "", settings: ["policy": ["ordersPerPage": 3]])
        try ca.use(one)
        let other = #expect(throws: CairnPresetError.self) {
            try ca.use(CairnPreset("other", "", settings: ["policy": ["ordersPerPage": 4]]))
        }
        #expect(
            other?.description
                == #"presets: "one" and "other" contradict each other: both set policy.ordersPerPage"#)
        #expect(ca.policy.ordersPerPage == 3 && ca.presets == [.stepCA, one])
    }

    @Test("A URL chooses the rules of presets, several and saved ones beside them, and each world counts for itself")
    func worlds() throws {
        let ca = try TestCA.inMemory()
        try ca.rulesets.save([CairnRule(.remove(.location), at: .finalize)], as: "mine")
        func directory(_ world: String) -> CairnDelivery { ca.directory(in: world) }
        #expect(directory("directoryMember+crlfChain+mine").text.contains("community.letsencrypt.org"))
        #expect(!directory("crlfChain").text.contains("community.letsencrypt.org"))
        #expect(directory("nexxus").text.contains(#"there are no rules named \"nexxus\"; did you mean \"nexus\"?"#))
        let alone = directory("prefixChain")
        #expect(alone.head.status.code == 404)
        #expect(alone.text.contains(#"the preset \"prefixChain\" has settings alone, which a URL cannot choose"#))
        #expect(ca.rulesets.all.keys.sorted() == ["mine"])
        // What is saved under the name of a preset takes its place.
        try ca.rulesets.save([CairnRule(.set("/mine", true), at: .directory)], as: "goDaddy")
        #expect(directory("goDaddy").text.contains("mine"))
        ca.rulesets.forget("goDaddy")
        #expect(directory("goDaddy").head.headerFields[.contentType]?.hasSuffix("charset=UTF-8") == true)
        // One's own is there too, if it is used.
        let own = try TestCA.inMemory(
            .with { $0.use(CairnPreset("own", "", rules: [CairnRule(.addNonce, at: .directory)])) })
        #expect(own.directory(in: "own").head.status.code == 200)
    }

    @Test("The article on presets has the table that `cairn presets --markdown` prints, row for row")
    func page() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Sources/Cairn/Cairn.docc/Presets.md")
        let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(rows.count == CairnPreset.all.count)
        for (row, preset) in zip(rows, CairnPreset.all) {
            #expect(row.hasPrefix("| `\(preset.name)` | \(preset.summary) | "))
            for source in preset.source { #expect(row.contains("<\(source)>")) }
        }
    }
}

extension TestCA {
    /// What the directory of a world answers.
    fileprivate func directory(in world: String) -> CairnDelivery {
        respond(
            to: CairnRequest(
                HTTPRequest(method: .get, scheme: "https", authority: "localhost", path: "/with/\(world)/dir")))
    }
}

extension CairnDelivery {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}
