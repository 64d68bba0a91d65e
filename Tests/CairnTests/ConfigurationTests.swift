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

    @Test("Lifetimes that time cannot count are refused before a client meets them")
    func lifetimes() {
        for lifetime in [Duration.zero, .seconds(-1), .seconds(Int64.max)] {
            #expect(reason { $0.policy.lifetimes.order = lifetime }.contains("the lifetime of an order"))
            #expect(reason { $0.policy.lifetimes.pendingAuthorization = lifetime }.contains("a pending authorization"))
            #expect(reason { $0.policy.lifetimes.validAuthorization = lifetime }.contains("a valid authorization"))
        }
        #expect(reason { $0.authority.profiles[0].validity = .seconds(Int64.max) }.contains("100 years"))
        #expect(reason { $0.authority.profiles[0].backdate = .seconds(Int64.max) }.contains("100 years"))
        #expect(reason { $0.validation.timeout = .zero }.contains("the timeout of validations"))
        #expect(reason { _ in } == "")
    }

    @Test("Perspectives have a name each, and a quorum is no more than all of them")
    func perspectives() {
        #expect(reason { $0.validation.perspectives = ["eu", ""] }.contains("a perspective: expected a name"))
        #expect(reason { $0.validation.perspectives = ["eu", "asia", "eu"] }.contains("got \"eu\" twice"))
        for quorum in [-1, 3] {
            let reason = reason {
                $0.validation.perspectives = ["eu", "asia"]
                $0.validation.perspectiveQuorum = quorum
            }
            #expect(reason.contains("the quorum of the perspectives: expected 0 to 2, got \(quorum)"))
        }
        #expect(reason { $0.validation.perspectiveQuorum = 1 }.contains("expected 0 to 0, got 1"))
        #expect(reason { $0.validation.perspectiveQuorum = 0 } == "")
        #expect(reason { $0.validation.redirectPorts = [80, 0] }.contains("expected 1 to 65535, got 0"))
    }

    @Test("A policy for a profile that there is not is a mistake, and refused")
    func profiles() {
        let words = "expected one of \"default\", got \"shrot\""
        #expect(reason { $0.policy.profiles["shrot"] = ProfileRules() }.contains(words))
        #expect(reason { $0.policy.profiles["default"] = ProfileRules() } == "")
    }

    @Test(
        "An origin is scheme and authority alone, since URLs are compared with strings (RFC 8555 §6.4)",
        arguments: ["ca.test", "https://", "https://ca.test/", "https://ca.test/x", "ftp://ca.test", "https://a b"])
    func origin(_ origin: String) {
        #expect(reason { $0.origin = origin }.contains("the origin: expected scheme and authority"))
    }

    @Test("An origin stands at the beginning of every URL, whatever the client called the server")
    func advertised() throws {
        var configuration = TestCA.Configuration()
        configuration.origin = "https://ca.example.test:14000"
        let ca = try TestCA.inMemory(configuration)
        #expect(ca.directoryURL == "https://ca.example.test:14000/dir")
        let delivery = ca.respond(
            to: Request(HTTPRequest(method: .get, scheme: "https", authority: "127.0.0.1", path: "/dir")))
        #expect(String(decoding: delivery.body, as: UTF8.self).contains("\"https://ca.example.test:14000/new-nonce\""))
    }
}
