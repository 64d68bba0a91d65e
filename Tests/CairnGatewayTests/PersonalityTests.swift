import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("Personalities: what each server promises, read from the page that promises it", .timeLimit(.minutes(5)))
struct PersonalityTests {
    @Test("Each line of the page is what the server does", arguments: PersonalityPage.promises)
    func promises(_ promise: Promise) throws {
        let personality = try #require(CairnPersonality.all.first { $0.name == promise.server }, "\(promise)")
        #expect(try promise.outcome(under: personality) == promise.value, "\(promise)")
    }

    @Test(
        "Each rule of a personality shows in a line of its page: without it, the line is not true",
        arguments: CairnPersonality.all)
    func rules(_ personality: CairnPersonality) throws {
        // Only a line that is not as with the strict server can come from a rule.
        let strict = PersonalityPage.promises.filter { $0.server == "strict" }.map { ($0.what, $0.value) }
        let usual = Dictionary(uniqueKeysWithValues: strict)
        let promises = PersonalityPage.promises.filter {
            $0.server == personality.name && !$0.isDecision && $0.value != usual[$0.what]
        }
        for index in personality.changes.indices {
            var without = personality
            let change = without.changes.remove(at: index)
            #expect(try promises.contains { try !$0.holds(under: without) }, "no line shows \(change)")
        }
        for (name, reset) in Self.resets {
            var without = personality
            reset(&without)
            guard without != personality else { continue }
            #expect(try promises.contains { try !$0.holds(under: without) }, "no line shows \(name)")
        }
    }

    @Test("Nothing of a personality escapes that check")
    func parts() {
        let parts = Mirror(reflecting: CairnPersonality.strict).children.compactMap(\.label)
        #expect(Set(parts) == Set(Self.resets.keys).union(["name", "changes", "decisions"]))
        #expect(CairnPersonality.strict.changes.isEmpty && CairnPersonality.strict.decisions.isEmpty)
    }

    /// What takes a part of a personality back to that of the strict one.
    private static let resets: [String: @Sendable (inout CairnPersonality) -> Void] = [
        "identifierRefusals": { $0.identifierRefusals = CairnPersonality.strict.identifierRefusals },
        "demands": { $0.demands = CairnPersonality.strict.demands },
        "wording": { $0.wording = CairnPersonality.strict.wording },
        "unknownPath": { $0.unknownPath = CairnPersonality.strict.unknownPath },
        "crossOrigin": { $0.crossOrigin = CairnPersonality.strict.crossOrigin },
        "jsonText": { $0.jsonText = CairnPersonality.strict.jsonText },
        "showsKeys": { $0.showsKeys = CairnPersonality.strict.showsKeys },
        "saysWhatIsNotRequired": { $0.saysWhatIsNotRequired = CairnPersonality.strict.saysWhatIsNotRequired },
        "linksUpFromResponsesAlone": {
            $0.linksUpFromResponsesAlone = CairnPersonality.strict.linksUpFromResponsesAlone
        },
        "heedsForwardedScheme": { $0.heedsForwardedScheme = CairnPersonality.strict.heedsForwardedScheme },
        "registeredTypes": { $0.registeredTypes = CairnPersonality.strict.registeredTypes },
        "omittedMembers": { $0.omittedMembers = CairnPersonality.strict.omittedMembers },
        "vocabulary": { $0.vocabulary = CairnPersonality.strict.vocabulary },
        "certificateTypes": { $0.certificateTypes = CairnPersonality.strict.certificateTypes },
        "mediaTypeParameters": { $0.mediaTypeParameters = CairnPersonality.strict.mediaTypeParameters },
        "nonceCaching": { $0.nonceCaching = CairnPersonality.strict.nonceCaching },
        "exposedFields": { $0.exposedFields = CairnPersonality.strict.exposedFields },
        "requesterField": { $0.requesterField = CairnPersonality.strict.requesterField },
        "bareNotFound": { $0.bareNotFound = CairnPersonality.strict.bareNotFound },
        "bareSuccess": { $0.bareSuccess = CairnPersonality.strict.bareSuccess },
        "unlocated": { $0.unlocated = CairnPersonality.strict.unlocated },
    ]

    @Test("The page has a line for each decision, and no other", arguments: CairnPersonality.all)
    func decisions(_ personality: CairnPersonality) {
        let lines = PersonalityPage.promises.filter { $0.server == personality.name && $0.isDecision }
        #expect(
            lines.map { "\($0.what): \($0.value)" } == personality.decisions.map { "decides \($0.name): \($0.choice)" })
    }

    @Test("A personality decides what nobody has chosen of the policy, and nothing else")
    func deciding() {
        var untouched = CairnPolicy()
        CairnPersonality.pebble.decide(&untouched)
        #expect(untouched.ordersPerPage == 3)
        #expect(untouched.caa == nil)
        #expect(untouched.maximumContacts == 2)
        #expect(!untouched.preAuthorization)
        #expect(untouched.lifetimes.order == .days(1))
        #expect(untouched.lifetimes.validAuthorization == .hours(1))
        var chosen = CairnPolicy()
        chosen.ordersPerPage = 7
        chosen.caa?.identities = ["ca.example.test"]
        chosen.lifetimes.order = .days(2)
        CairnPersonality.pebble.decide(&chosen)
        #expect(chosen.ordersPerPage == 7)
        #expect(chosen.caa?.identities == ["ca.example.test"])
        #expect(chosen.lifetimes.order == .days(2))
        #expect(chosen.lifetimes.pendingAuthorization == .hours(1))
        CairnPersonality.vault.decide(&chosen)
        #expect(chosen.ordersPerPage == 7 && chosen.lifetimes.pendingAuthorization == .days(7))
    }

    @Test("Each line has a source, and is there once")
    func page() {
        #expect(PersonalityPage.promises.allSatisfy { !$0.source.isEmpty })
        let keys = PersonalityPage.promises.map { "\($0.server): \($0.what)" }
        #expect(Set(keys).count == keys.count)
        #expect(Set(PersonalityPage.promises.map(\.server)) == Set(CairnPersonality.all.map(\.name)))
    }

    @Test("Several refused names come with a subproblem each under Boulder, with the type of each (RFC 8555 §6.7.1)")
    func subproblems() throws {
        let server = try TestServer(configuration: GatewayConfiguration(personality: .boulder))
        server.engine.policy.blockedNames = ["blocked.test"]
        let client = try server.registered(as: .boulder)
        let refusal = try client.newOrder([("dns", "a..test"), ("dns", "fine.test"), ("dns", "blocked.test")])
        let subproblems = try #require(refusal.json["subproblems"] as? [[String: Any]])
        let entries = subproblems.map { entry in
            let identifier = entry["identifier"] as? [String: String]
            return "\(identifier?["value"] ?? "") \((entry["type"] as? String ?? "").split(separator: ":").last ?? "")"
        }
        #expect(entries == ["a..test malformed", "blocked.test rejectedIdentifier"])
    }

    @Test("A server without a personality of its own is strict, and the strict client finds nothing to tolerate")
    func strict() throws {
        #expect(GatewayConfiguration().personality == .strict)
        #expect(CairnPersonality.strict.tolerances.isEmpty)
        #expect(CairnPersonality.all.map(\.name) == ["strict", "pebble", "boulder", "stepCA", "vault"])
    }

    @Test("Under each personality a certificate can be had", arguments: CairnPersonality.all)
    func issuing(_ personality: CairnPersonality) throws {
        var policy = CairnPolicy()
        personality.decide(&policy)
        let server = try TestServer(policy: policy, configuration: GatewayConfiguration(personality: personality))
        let client = try server.registered(as: personality)
        #expect(try client.issue(["www.example.test"]).state == "valid")
        expectRefusal(
            try client.post(try client.endpoint("newOrder"), ["identifiers": []]), 400, "malformed",
            personality.wording == nil ? "§7.4" : "did not specify any identifiers")
    }
}

extension CairnPersonality {
    /// What a strict client has to put up with to speak to such a server at all.
    var tolerances: Set<ReferenceClient.Tolerance> {
        switch self.name {
        case "pebble": [.mediaTypeParameters, .bareNotFound, .plainNotFound]
        case "boulder": [.unregisteredTypes]
        case "stepCA", "vault": [.problemWithoutStatus]
        default: []
        }
    }
}

extension TestServer {
    /// A client that has an account and puts up with what the server of a personality does.
    func registered(as personality: CairnPersonality) throws -> ReferenceClient {
        let client = try client()
        // A rule may have been taken from the personality.
        client.tolerances = personality == .strict ? [] : Set(ReferenceClient.Tolerance.allCases)
        try client.register()
        return client
    }
}
