import Cairn
import Testing

@Suite("Configurations", .timeLimit(.minutes(5)))
struct ConfigurationTests {
    private func reason(_ change: (inout TestCA.Configuration) -> Void) -> String {
        var configuration = TestCA.Configuration()
        change(&configuration)
        do {
            _ = try TestCA.inMemory(configuration)
            return ""
        } catch {
            return "\(error)"
        }
    }

    private func told(_ words: String, by change: (inout TestCA.Configuration) -> Void) -> Bool {
        reason(change).contains(words)
    }

    @Test("A value that is out of range is refused with its path, what came, and what was expected")
    func ranges() {
        for lifetime in [Duration.zero, .seconds(-1), .seconds(Int64.max), Duration(attoseconds: .max)] {
            #expect(
                reason { $0.policy.lifetimes.order = lifetime }.hasPrefix("policy.lifetimes.order: expected a time"))
            #expect(reason { $0.policy.lifetimes.pendingAuthorization = lifetime }.contains("pendingAuthorization"))
            #expect(reason { $0.policy.lifetimes.validAuthorization = lifetime }.contains("validAuthorization"))
        }
        #expect(reason { $0.authority.profiles[0].validity = .seconds(Int64.max) }.contains("profiles[0].validity"))
        #expect(reason { $0.authority.profiles[0].backdate = .seconds(-1) }.contains("profiles[0].backdate"))
        #expect(
            reason { $0.probes.timeout = .zero }.contains("probes.timeout: expected a time from 0.001s to 1d"))
        #expect(reason { $0.threads = 0 } == "threads: expected a whole number from 1 to 256, got 0")
        #expect(reason { $0.policy.maximumIdentifiers = 0 }.contains("policy.maximumIdentifiers: expected"))
        #expect(reason { $0.policy.ordersPerPage = -3 }.contains("policy.ordersPerPage: expected"))
        #expect(
            reason { $0.bounds.nonces = -1 }.contains("bounds.nonces: expected a whole number of at least 1, got -1"))
        #expect(reason { $0.policy.rateLimits.pendingAuthorizationsPerAccount = -1 }.contains("got -1"))
        #expect(reason { $0.listener.port = 65_536 }.contains("listener.port: expected a port"))
        #expect(reason { $0.listener.addresses = [] }.contains("listener.addresses: expected an array of IP addresses"))
        #expect(told("dnsListener.port", by: { $0.dnsListener?.port = -1 }))
        #expect(reason { $0.probes.redirectPorts = [80, 0] }.contains("redirectPorts[0]: expected a port from 1"))
        #expect(reason { $0.retryAfter = .zero }.contains("retryAfter: expected a time from 1s"))
        #expect(reason { $0.policy.progress.validation = .afterPolls(-1) }.contains("policy.progress.validation"))
        #expect(reason { $0.authority.profiles = [] }.contains("authority.profiles: expected an array of profiles"))
        #expect(reason { $0.authority.name = "" }.contains("authority.name: expected a text of 1 to 42 characters"))
        #expect(reason { _ in } == "")
    }

    @Test("A probability is a number from 0 to 1")
    func probabilities() {
        for probability in [7, -0.1, .nan, .infinity] {
            #expect(
                reason { $0.policy.authorizationReuse = .sometimes(probability) }.hasPrefix(
                    #"policy.authorizationReuse.standard: expected "never", "always" or a probability"#))
            #expect(
                reason { $0.policy.authorizationReuse["a.test"] = .sometimes(probability) }.contains(#"names."a.test""#)
            )
        }
        #expect(reason { $0.policy.authorizationReuse = .sometimes(1) } == "")
    }

    @Test("Words that nobody knows are refused with those that are known")
    func words() {
        #expect(
            reason { $0.policy.challengeTypes = [.http01, ACMEChallengeType(rawValue: "http-02")] }.contains(
                #"policy.challengeTypes[1]: expected "http-01", "dns-01", "tls-alpn-01""#))
        #expect(
            told(
                "draft.policy.challengeTypes[0]",
                by: { $0.draft?.policy.challengeTypes = [ACMEChallengeType(rawValue: "x")] }))
        #expect(
            reason { $0.policy.keys.signatureAlgorithms = [ACMESignatureAlgorithm(rawValue: "HS256")] }.contains(
                #"expected "ES256", "ES384", "ES512", "RS256" or "EdDSA", got "HS256""#))
        #expect(
            reason {
                $0.policy.profiles["default"] = CairnProfileRules(identifierTypes: [
                    ACMEIdentifierType(rawValue: "mail")
                ])
            }.contains(#"policy.profiles.default.identifierTypes[0]: expected "dns" or "ip", got "mail""#))
    }

    @Test("Names and URLs that are none are refused")
    func texts() {
        for name in ["", "a b", "-a.test", "a..test", "*.", String(repeating: "a", count: 64)] {
            #expect(
                reason { $0.policy.blockedNames = [CairnNamePattern(name)] }.contains(
                    "policy.blockedNames[0]: expected"), "\(name)")
        }
        for name in ["*.a.test", "a.test.", "_x.a.test", "::1"] {
            #expect(reason { $0.policy.blockedNames = [CairnNamePattern(name)] } == "", "\(name)")
        }
        #expect(told("policy.caa.identities[0]", by: { $0.policy.caa?.identities = ["not a name"] }))
        for url in [
            "", "terms", "ftp://a.test/", "https://", "https://a b.test/", "https://a.test:0/", "https://a.test/\u{e9}",
        ] {
            #expect(
                reason { $0.policy.termsOfService = .url(url) }.contains("termsOfService.location: expected"), "\(url)")
            #expect(reason { $0.policy.website = url }.contains("policy.website: expected"), "\(url)")
        }
        for url in ["https://a.test", "http://[::1]:80/x?y#z", "HTTPS://a.test:65535/"] {
            #expect(reason { $0.policy.website = url } == "", "\(url)")
        }
    }

    @Test("Everything that is wrong is told at once")
    func several() {
        let reason = reason {
            $0.threads = 0
            $0.policy.maximumIdentifiers = 0
        }
        #expect(reason.contains("threads: ") && reason.contains("; policy.maximumIdentifiers: "))
    }

    @Test("Perspectives have a name each, and a quorum is no more than all of them")
    func perspectives() {
        #expect(
            reason { $0.probes.perspectives = ["eu", ""] }.contains("probes.perspectives[1]: expected a name"))
        #expect(reason { $0.probes.perspectives = ["eu", "asia", "eu"] }.contains("got \"eu\" twice"))
        for quorum in [-1, 3] {
            let reason = reason {
                $0.probes.perspectives = ["eu", "asia"]
                $0.probes.perspectiveQuorum = quorum
            }
            #expect(reason.contains("probes.perspectiveQuorum: expected") && reason.contains("got \(quorum)"))
        }
        #expect(reason { $0.probes.perspectiveQuorum = 1 }.contains("expected 0 to 0, got 1"))
        #expect(reason { $0.probes.perspectiveQuorum = 0 } == "")
    }

    @Test("A policy for a profile that there is not is a mistake, and refused")
    func profiles() {
        let words = "policy.profiles.shrot: expected one of \"default\", got \"shrot\""
        #expect(reason { $0.policy.profiles["shrot"] = CairnProfileRules() }.contains(words))
        #expect(reason { $0.policy.profiles["default"] = CairnProfileRules() } == "")
        let key = TestCA.Configuration.ExternalKey(
            identifier: "k", macKey: [1], policy: CairnBoundPolicy(profiles: ["shrot"]))
        #expect(reason { $0.externalAccountKeys = [key] }.contains("externalAccountKeys[0].policy.profiles: expected"))
        #expect(
            reason { $0.externalAccountKeys = [.init(identifier: "", macKey: [])] }.contains("identifier: expected"))
        let twice = TestCA.Configuration.ExternalKey(identifier: "k", macKey: [1])
        #expect(reason { $0.externalAccountKeys = [twice, twice] }.contains("got \"k\" twice"))
    }

    @Test("The least size of a key is not above the greatest")
    func keySizes() {
        let reason = reason {
            $0.policy.keys.minimumRSABits = 4_096
            $0.policy.keys.maximumRSABits = 3_072
        }
        #expect(reason.contains("policy.keys.minimumRSABits: expected at most the 3072"))
    }

    @Test(
        "An origin is scheme and authority alone, since URLs are compared with strings (RFC 8555 §6.4)",
        arguments: ["ca.test", "https://", "https://ca.test/", "https://ca.test/x", "ftp://ca.test", "https://a b"])
    func origin(_ origin: String) {
        #expect(reason { $0.origin = origin }.contains("origin: expected scheme and authority"))
    }

    @Test("An origin stands at the beginning of every URL, whatever the client called the server")
    func advertised() throws {
        var configuration = TestCA.Configuration()
        configuration.origin = "https://ca.example.test:14000"
        let ca = try TestCA.inMemory(configuration)
        #expect(ca.directoryURL == "https://ca.example.test:14000/dir")
        let delivery = ca.respond(to: try #require(CairnRequest("GET", "https://127.0.0.1/dir")))
        #expect(String(decoding: delivery.body, as: UTF8.self).contains("\"https://ca.example.test:14000/new-nonce\""))
    }
}
