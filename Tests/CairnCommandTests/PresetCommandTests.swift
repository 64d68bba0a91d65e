import Cairn
import CairnModel
import Foundation
import Testing

@testable import CairnCommand

@Suite("Presets of the executable", .timeLimit(.minutes(5)))
struct PresetCommandTests {
    @Test("The file is stronger than the presets, wherever it names them")
    func order() throws {
        let settings = try SettingsTests.settings(
            #"{"personality": "pebble", "presets": ["letsEncrypt"], "policy": {"lifetimes": {"order": "1h"}}}"#)
        #expect(settings.ca.presets == [.letsEncrypt])
        #expect(settings.ca.personality == .pebble)
        #expect(settings.ca.policy.lifetimes.order == .seconds(3_600))
        #expect(settings.ca.policy.lifetimes.validAuthorization == .days(30))
        let error = #expect(throws: SettingsError.self) {
            try SettingsTests.settings("{\"threads\": 1,\n \"presets\": [\"crlfChian\"]}")
        }
        #expect(
            error?.description.hasSuffix(
                #"cairn.json:2: presets[0]: there is no preset "crlfChian"; did you mean "crlfChain"?"#) == true)
    }

    @Test("A file may hold one as `cairn presets NAME` prints it")
    func file() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("mine.json")
            let text = PresetText.json(of: .zeroSSL).replacingOccurrences(of: #""zeroSSL""#, with: #""mine""#)
            try text.write(to: file, atomically: true, encoding: .utf8)
            let preset = try PresetChoice.read(file.path)
            #expect(preset.name == "mine" && preset.settings == CairnPreset.zeroSSL.settings)
            #expect(preset.rules == CairnPreset.zeroSSL.rules)
            try #"{"name": "mine", "setings": {}}"#.write(to: file, atomically: true, encoding: .utf8)
            let error = #expect(throws: SettingsError.self) { try PresetChoice.read(file.path) }
            #expect(
                error?.description.hasSuffix(
                    #"mine.json: setings: "setings" is no member of a preset; did you mean "settings"?"#) == true)
        }
    }

    @Test("The list has a name and a sentence for each, and fits into a terminal")
    func list() {
        let lines = PresetText.list.split(separator: "\n")
        for preset in CairnPreset.all { #expect(lines.contains { $0.hasPrefix("\(preset.name) ") }) }
        #expect(lines.allSatisfy { $0.count < 80 })
    }

    @Test("The table of the article on presets is what `cairn presets --markdown` prints")
    func table() throws {
        #expect(try text(of: "Sources/Cairn/Cairn.docc/Presets.md").contains(PresetText.table))
    }
}
