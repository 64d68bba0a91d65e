import Cairn
import Testing

@Suite("Profiles that are offered while a CA runs, and the policy that names them", .timeLimit(.minutes(5)))
struct ProfileOfferTests {
    private func ca(_ change: (inout CairnPolicy) -> Void) throws -> TestCA {
        try TestCA.inMemory(
            .with {
                $0.authority.profiles = ["first", "second"].map { CairnCertificateProfile(name: $0, description: "") }
                change(&$0.policy)
            })
    }

    private func refusals(_ ca: TestCA) -> [String] {
        ca.journal.refusedSettings.map { "\($0.path): \($0.reason)" }
    }

    @Test("A list without a profile that the policy names is not taken, in Swift as in JSON")
    func named() throws {
        let ca = try ca { $0.defaultProfile = .named("second") }
        ca.authority.profiles.removeAll { $0.name == "second" }
        #expect(ca.authority.profiles.map(\.name) == ["first", "second"])
        #expect(
            refusals(ca)
                == [
                    #"authority.profiles: policy.defaultProfile: expected one of "first", got "second""#
                ])
        let fault = #expect(throws: SettingFault.self) {
            try ca.set("authority.profiles", to: [["name": "first"]])
        }
        #expect(fault?.description == #"policy.defaultProfile: expected one of "first", got "second""#)
        ca.policy.defaultProfile = .first
        ca.authority.profiles.removeAll { $0.name == "second" }
        #expect(ca.authority.profiles.map(\.name) == ["first"] && refusals(ca).count == 1)
    }

    @Test("So is one for which there are rules")
    func ruled() throws {
        let ca = try ca { $0.profiles["second"] = CairnProfileRules(maximumIdentifiers: 1) }
        ca.authority.profiles.remove(at: 1)
        #expect(ca.authority.profiles.count == 2 && refusals(ca).count == 1)
        ca.authority.profiles[1].validity = .days(1)
        #expect(ca.authority.profiles[1].validity == .days(1) && refusals(ca).count == 1)
    }

    @Test("A policy does not come to name one that is not offered")
    func policy() throws {
        let ca = try ca { _ in }
        #expect(throws: TestCA.SettingError.self) {
            try ca.updatePolicy {
                $0.defaultProfile = .named("third")
                $0.ordersPerPage = 9
            }
        }
        #expect(ca.policy.defaultProfile == .first && ca.policy.ordersPerPage == 50)
        ca.policy.defaultProfile = .named("third")
        ca.policy.profiles["third"] = CairnProfileRules(maximumIdentifiers: 1)
        #expect(ca.policy.defaultProfile == .first && ca.policy.profiles.isEmpty)
        #expect(
            refusals(ca) == [
                #"policy.defaultProfile: expected one of "first", "second", got "third""#,
                #"policy.profiles.third: expected one of "first", "second", got "third""#,
            ])
        ca.authority.profiles.append(CairnCertificateProfile(name: "third", description: ""))
        ca.policy.defaultProfile = .named("third")
        #expect(ca.policy.defaultProfile == .named("third"))
    }

    @Test("Settings go back to the start together, though on the way they would not agree")
    func together() throws {
        let ca = try ca { $0.defaultProfile = .named("second") }
        ca.authority.profiles.append(CairnCertificateProfile(name: "third", description: ""))
        ca.policy.defaultProfile = .named("third")
        #expect(try ca.resetSettings(at: ""))
        #expect(ca.authority.profiles.map(\.name) == ["first", "second"])
        #expect(ca.policy.defaultProfile == .named("second"))
        #expect(refusals(ca) == [])
    }
}
