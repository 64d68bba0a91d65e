import Cairn
import CairnReferenceClient
import Testing

@Suite("What a personality decides in a CA", .timeLimit(.minutes(5)))
struct DecisionTests {
    private func directory(of ca: TestCA) throws -> [String: Any] {
        let client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
        return try client.send("GET", ca.directoryURL).json
    }

    @Test("A CA like Pebble has no newAuthz and looks at no CAA records; a strict one has both")
    func decided() throws {
        var configuration = TestCA.Configuration()
        #expect(try directory(of: .inMemory(configuration))["newAuthz"] != nil)
        configuration.personality = .pebble
        let ca = try TestCA.inMemory(configuration)
        #expect(try directory(of: ca)["newAuthz"] == nil)
        #expect(ca.policy.caa == nil)
    }

    @Test("What signing requests ask for is judged as by the server, unless a profile says otherwise")
    func profiles() throws {
        var configuration = TestCA.Configuration()
        configuration.authority.profiles = [.standard, .standard]
        configuration.authority.profiles[1].name = "letter"
        configuration.authority.profiles[1].csrContent = .strict
        func rules(_ personality: CairnPersonality) throws -> [CairnCSRContentPolicy] {
            configuration.personality = personality
            return try TestCA.inMemory(configuration).configuration.authority.profiles.map(\.csrContent)
        }
        #expect(try rules(.strict) == [.deployed, .strict])
        #expect(try rules(.pebble) == [.pebble, .strict])
        #expect(try rules(.boulder) == [.letsEncrypt, .strict])
    }

    @Test("What is chosen stands though it is Cairn's own default, before the personality or after it")
    func chosenDefaults() throws {
        let configurations: [TestCA.Configuration] = [
            .with {
                $0.personality = .pebble
                choose(&$0)
            },
            .with {
                choose(&$0)
                $0.personality = .pebble
            },
            try TestCA.Configuration(settings: #"{"personality": "pebble", \#(Self.chosenInFile)}"#),
            try TestCA.Configuration(settings: #"{\#(Self.chosenInFile), "personality": "pebble"}"#),
        ]
        for configuration in configurations {
            let ca = try TestCA.inMemory(configuration)
            #expect(ca.policy.defaultProfile == .first && ca.policy.preAuthorization && ca.policy.ordersPerPage == 50)
            #expect(ca.policy.caa == CairnCAAPolicy() && ca.policy.lifetimes.order == .days(7))
            #expect(ca.authority.profiles.map(\.csrContent) == [.deployed] && !ca.policy.showsProcessing)
            // The neighbours of what was chosen are decided all the same.
            #expect(ca.policy.lifetimes.pendingAuthorization == .hours(1) && ca.policy.maximumContacts == 2)
        }
    }

    private func choose(_ configuration: inout TestCA.Configuration) {
        configuration.policy.defaultProfile = .first
        configuration.policy.preAuthorization = true
        configuration.policy.ordersPerPage = 50
        configuration.policy.caa = CairnCAAPolicy()
        configuration.policy.lifetimes.order = .days(7)
        configuration.policy.showsProcessing = false
        configuration.authority.profiles = [
            CairnCertificateProfile(name: "default", description: "", csrContent: .deployed)
        ]
    }

    private static let chosenInFile = #"""
        "policy": {
            "defaultProfile": "first", "preAuthorization": true, "ordersPerPage": 50, "caa": {},
            "lifetimes": {"order": "7d"}, "showsProcessing": false
        },
        "authority": {"profiles": [{"name": "default", "csrContent": "deployed"}]}
        """#

    @Test(
        "Another personality decides anew while the CA runs: what the last one decided goes back, what is chosen stays")
    func changing() throws {
        let ca = try TestCA.inMemory(.with { $0.policy.ordersPerPage = 3 })
        let client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
        client.tolerances = Set(ReferenceClient.Tolerance.allCases)
        ca.personality = .pebble
        #expect(ca.policy.defaultProfile == .random && ca.policy.maximumContacts == 2 && ca.policy.caa == nil)
        #expect(ca.authority.profiles.map(\.csrContent) == [.pebble])
        let type = try client.send("GET", ca.directoryURL)["Content-Type"]
        #expect(type == "application/json; charset=utf-8")
        ca.policy.maximumContacts = 2
        ca.policy.termsOfService = .page
        try ca.set("policy.defaultProfile", to: "random")
        try ca.set("personality", to: "boulder")
        #expect(ca.personality == .boulder && ca.authority.profiles.map(\.csrContent) == [.letsEncrypt])
        #expect(ca.policy.coveredNames == .refused && ca.policy.caa == CairnCAAPolicy())
        #expect(ca.policy.lifetimes.order == .days(7) && !ca.policy.showsProcessing)
        #expect(ca.policy.ordersPerPage == 3 && ca.policy.maximumContacts == 2)
        #expect(ca.policy.defaultProfile == .random)
        #expect(try client.send("GET", ca.directoryURL)["Content-Type"] == "application/json")
        // Assigning everything anew chooses nothing.
        ca.policy = CairnPolicy()
        #expect(ca.policy.coveredNames == .refused && ca.policy.ordersPerPage == 50)
        ca.reset()
        #expect(ca.personality == .strict && ca.policy.coveredNames == .accepted && ca.policy.ordersPerPage == 3)
        ca.personality = .pebble
        #expect(ca.policy.ordersPerPage == 3 && ca.policy.maximumContacts == 2 && ca.policy.caa == nil)
    }

    @Test("A setting that is put back to the start is as much of a choice as it was there")
    func puttingBack() throws {
        let ca = try TestCA.inMemory(.with { $0.policy.ordersPerPage = 50 })
        ca.policy.ordersPerPage = 9
        ca.policy.maximumContacts = 9
        try ca.set("policy.renewalInfo.retryAfter", to: 60)
        try ca.set("policy.caa.checks", to: false)
        for path in ["policy.ordersPerPage", "policy.maximumContacts", "policy.renewalInfo", "policy.caa.checks"] {
            #expect(try ca.resetSettings(at: path))
        }
        ca.personality = .pebble
        #expect(ca.policy.ordersPerPage == 50 && ca.policy.maximumContacts == 2)
        #expect(ca.policy.renewalInfo == .pebble && ca.policy.caa == nil)
        #expect(try ca.resetSettings(at: ""))
        #expect(ca.personality == .strict && ca.policy.maximumContacts == 10 && ca.policy.caa == CairnCAAPolicy())
        ca.personality = .vault
        #expect(ca.policy.caa == nil && ca.policy.renewalInfo == nil)
    }

    @Test("What a preset sets is chosen, until the preset is withdrawn")
    func presets() throws {
        let preset = CairnPreset(
            "mine", "",
            settings: ["policy": ["ordersPerPage": 50, "caa": ["checks": true], "renewalInfo": ["retryAfter": 60]]])
        let ca = try TestCA.inMemory(.with { $0.personality = .pebble })
        try ca.use(preset)
        #expect(ca.policy.ordersPerPage == 50 && ca.policy.caa?.checks == true)
        ca.personality = .vault
        #expect(ca.policy.ordersPerPage == 50 && ca.policy.caa?.checks == true)
        #expect(ca.policy.renewalInfo?.retryAfter == .seconds(60))
        ca.personality = .pebble
        try ca.withdraw(preset)
        #expect(ca.policy.ordersPerPage == 3 && ca.policy.caa == nil && ca.policy.renewalInfo == .pebble)
        ca.personality = .stepCA
        #expect(ca.policy.ordersPerPage == 50 && ca.policy.caa == nil && ca.policy.renewalInfo == nil)
        // And at the start, where the personality comes of another preset.
        let other = try TestCA.inMemory(.with { $0.use(preset, .vault) })
        #expect(other.personality == .vault && other.policy.caa?.checks == true && !other.policy.preAuthorization)
    }

    @Test("It can be read which settings the personality decides, and what they are")
    func reading() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.personality = .pebble
                $0.policy.ordersPerPage = 50
            })
        #expect(ca.policy.$ordersPerPage.isChosen && !ca.policy.$maximumContacts.isChosen)
        let catalogue = TestCA.Configuration.settings
        let unchosen = catalogue.unchosen(in: ca.currentConfiguration)
        #expect(unchosen.contains("policy.maximumContacts") && unchosen.contains("policy.keys.signatureAlgorithms"))
        #expect(!unchosen.contains("policy.ordersPerPage") && !unchosen.contains("policy.maximumIdentifiers"))
        let json = CairnJSON.object(catalogue.json(of: ca.currentConfiguration))
        #expect(json["policy"]?["maximumContacts"] == 2 && json["policy"]?["ordersPerPage"] == 50)
    }

    @Test("What the configuration chose stands, and so does what is assigned after the start")
    func chosen() throws {
        var configuration = TestCA.Configuration()
        configuration.personality = .pebble
        configuration.policy.ordersPerPage = 9
        let ca = try TestCA.inMemory(configuration)
        #expect(ca.policy.ordersPerPage == 9)
        ca.policy.preAuthorization = true
        #expect(try directory(of: ca)["newAuthz"] != nil)
    }
}
