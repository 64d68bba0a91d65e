import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Crypto
import Foundation
import Testing

/// Rules are those of draft-ietf-acme-dns-account-label-03.
@Suite("dns-account-01", .timeLimit(.minutes(5)))
struct DNSAccount01Tests {
    /// The label of an account, made from the draft alone.
    private static func label(_ url: String) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        let bits = SHA256.hash(data: Data(url.utf8)).prefix(10).map { octet in
            String(repeating: "0", count: octet.leadingZeroBitCount) + (octet == 0 ? "" : String(octet, radix: 2))
        }.joined()
        let groups = stride(from: 0, to: 80, by: 5).map { bits.dropFirst($0).prefix(5) }
        return "_" + String(groups.map { alphabet[Int($0, radix: 2) ?? 0] })
    }

    private static func ca(_ change: (inout TestCA.Configuration) -> Void = { _ in }) throws -> TestCA {
        try TestCA.inMemory(
            .with {
                $0.policy.challengeTypes = [.http01, .dnsAccount01]
                change(&$0)
            })
    }

    /// Has a new client answer the challenge for `www.example.test` with a record at `place`, and returns the error.
    private func respond(
        to ca: TestCA, at place: (_ account: String) -> String, with text: (Proof) -> String = { $0.digest }
    ) throws -> String {
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let authorization = try #require(order.authorizations.first)
        let (url, token) = try client.challenge("dns-account-01", of: authorization)
        let proof = Proof(name: "www.example.test", token: token, keyAuthorization: client.keyAuthorization(token))
        ca.dns[place(try #require(client.kid))] = [.txt(text(proof))]
        try client.respond(to: url)
        #expect(try client.read(authorization).state == "invalid")
        let error = try client.read(url).json["error"] as? [String: Any]
        return "\(error?["type"] ?? "") \(error?["detail"] ?? "")"
    }

    @Test("The label of the draft's example")
    func example() throws {
        let account = "https://example.com/acme/acct/ExampleAccount"
        #expect(Self.label(account) == "_ujmmovf2vn55tgye")
        let ca = try Self.ca()
        ca.responder.setDNSAccount01(name: "example.org", account: account, keyAuthorization: "a.b")
        #expect(ca.dns.names == ["_ujmmovf2vn55tgye._acme-challenge.example.org"])
        ca.responder.removeDNSAccount01(name: "example.org", account: account)
        #expect(ca.dns.names.isEmpty)
    }

    @Test("It is not offered unless the policy lists it")
    func offers() throws {
        func types(_ ca: TestCA) throws -> [String] {
            let client = try ca.client()
            try client.register()
            let order = try client.order(["www.example.test"])
            let challenges = try client.read(try #require(order.authorizations.first)).json["challenges"]
            return (challenges as? [[String: Any]] ?? []).compactMap { $0["type"] as? String }
        }
        let ca = try TestCA.inMemory()
        #expect(try types(ca) == ["http-01", "dns-01", "tls-alpn-01"])
        ca.policy.challengeTypes.append(.dnsAccount01)
        #expect(try types(ca) == ["http-01", "dns-01", "tls-alpn-01", "dns-account-01"])
        try ca.set("policy.challengeTypes", to: ["dns-account-01"])
        #expect(try types(ca) == ["dns-account-01"])
    }

    @Test(
        "A record at the label of the account is valid, for names and wildcards; one CNAME record leads there for good")
    func valid() throws {
        let ca = try Self.ca()
        let client = try ca.client()
        try client.register()
        let account = try #require(client.kid)
        ca.dns["\(Self.label(account))._acme-challenge.www.example.test"] = [.cname("value.elsewhere.test")]
        let issuance = try client.obtain(["www.example.test", "*.example.test"], by: "dns-account-01") { proof in
            let own = "\(Self.label(account))._acme-challenge.\(proof.name)"
            ca.dns.add(.txt(proof.digest), to: proof.name.hasPrefix("www") ? "value.elsewhere.test" : own)
        }
        #expect(try ca.objection(to: issuance, name: .host("any.example.test")) == nil)
        #expect(ca.journal.probes.map(\.challenge) == [.dnsAccount01, .dnsAccount01])
        #expect(
            ca.dns.queries(for: "\(Self.label(account))._acme-challenge.example.test").map(\.type) == [.txt],
            "nothing else is asked")
    }

    @Test("The responder meets it in the process")
    func responder() throws {
        let ca = try Self.ca()
        let client = try ca.client()
        let issuance = try client.obtain(["www.example.test"], by: "dns-account-01") { proof in
            ca.responder.setDNSAccount01(
                name: proof.name, account: client.kid ?? "", keyAuthorization: proof.keyAuthorization)
        }
        #expect(try ca.objection(to: issuance, name: .host("www.example.test")) == nil)
    }

    @Test("A wildcard can be proved by it, an address cannot (RFC 8738 §7)")
    func identifiers() throws {
        let client = try Self.ca().client()
        try client.register()
        let wildcard = try client.order(["*.example.test"])
        let challenges = try client.read(try #require(wildcard.authorizations.first)).json["challenges"]
        #expect((challenges as? [[String: Any]])?.compactMap { $0["type"] as? String } == ["dns-account-01"])
        let address = try client.order(["127.0.0.1"])
        let others = try client.read(try #require(address.authorizations.first)).json["challenges"]
        #expect((others as? [[String: Any]])?.compactMap { $0["type"] as? String } == ["http-01"])
    }

    @Test("A record where dns-01 wants it, or at another account's label, is told with the label that is expected")
    func misplaced() throws {
        let ca = try Self.ca()
        var wanted = ""
        let plain = try respond(to: ca) { account in
            wanted = Self.label(account)
            return "_acme-challenge.www.example.test"
        }
        #expect(plain.contains(":unauthorized no TXT record found at \(wanted)._acme-challenge.www.example.test"))
        #expect(plain.contains("the right text stands at _acme-challenge.www.example.test, where dns-01 wants it"))
        #expect(plain.contains("expected it below the label \"\(wanted)\""))
        ca.dns.reset()
        let other = try respond(to: ca) { account in
            wanted = Self.label(account)
            return "\(Self.label(account + "/"))._acme-challenge.www.example.test"
        }
        #expect(other.contains("the right text stands at _") && !other.contains("where dns-01 wants it"))
        #expect(other.contains("expected it below the label \"\(wanted)\", which follows from the URL of the account"))
    }

    @Test("A wrong text at the right label is told as with dns-01, and no other place is named")
    func wrongText() throws {
        let error = try respond(
            to: try Self.ca(), at: { "\(Self.label($0))._acme-challenge.www.example.test" },
            with: { $0.keyAuthorization })
        #expect(error.contains("incorrect TXT record at _"))
        #expect(error.contains("that is the key authorization itself, not its digest"))
        #expect(!error.contains("stands at"))
    }

    @Test("CAA records name it by its own name (RFC 8657 §4)")
    func caa() throws {
        let ca = try Self.ca()
        ca.dns["example.test"] = [.caa(flags: 0, tag: "issue", value: "cairn.test; validationmethods=dns-01")]
        let client = try ca.client()
        func obtain() throws {
            _ = try client.obtain(["www.example.test"], by: "dns-account-01") { proof in
                ca.responder.setDNSAccount01(
                    name: proof.name, account: client.kid ?? "", keyAuthorization: proof.keyAuthorization)
            }
        }
        let refusal = #expect(throws: ReferenceClient.Violation.self) { try obtain() }
        #expect(
            refusal?.description.contains("expected dns-account-01, got \\\"dns-01\\\"") == true, "\(refusal as Any)")
        ca.dns["example.test"] = [.caa(flags: 0, tag: "issue", value: "cairn.test; validationmethods=dns-account-01")]
        try obtain()
    }
}
