import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@Suite("finalize", .timeLimit(.minutes(5)))
struct FinalizeTests {
    @Test("An order that is ready gives its certificate at once (§7.4)")
    func issued() throws {
        let client = try TestServer().registered()
        let order = try client.readyOrder(["www.example.test"])
        let response = try client.finalize(order, csr: try csr(["www.example.test"]))
        #expect(response.status == 200)
        #expect(response.state == "valid")
        #expect(response["Location"] == order.url)
        #expect(response["Retry-After"] == nil)
        #expect(response.values("Content-Type") == ["application/json"])
        #expect((response.json["certificate"] as? String)?.hasPrefix("https://ca.example.test/certificate/") == true)
        #expect(try client.read(order.url).body == response.body)
    }

    @Test("An order that is not ready is orderNotReady, and says what it is (§7.4)")
    func notReady() throws {
        let server = try TestServer()
        let client = try server.registered()
        let request = try csr(["www.example.test"])
        let pending = try client.order(["www.example.test"])
        expectRefusal(try client.finalize(pending, csr: request), 403, "orderNotReady", "that is \"pending\"", "§7.4")
        try client.post(pending.authorizations[0], ["status": "deactivated"])
        expectRefusal(try client.finalize(pending, csr: request), 403, "orderNotReady", "that is \"invalid\"")
        let valid = try client.readyOrder(["www.example.test"])
        let first = try client.finalize(valid, csr: request)
        expectRefusal(try client.finalize(valid, csr: request), 403, "orderNotReady", "that is \"valid\"")
        #expect(try client.read(valid.url).body == first.body)
        #expect(server.engine.census.certificates == 1)
    }

    @Test("A CSR that is refused is badCSR and leaves the order ready for a better one (§7.4)")
    func refused() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        var broken = try csr(["www.example.test"])
        broken[broken.count - 1] ^= 1
        for (der, words) in [
            ([], "the CSR is empty"), ([1, 2, 3], "CSR"), (broken, "signature"), (try csr([]), "names no identifier"),
            (try csr(["other.example.test"]), "it lacks dns \"www.example.test\", and the order has no dns"),
        ] as [([UInt8], String)] {
            let response = try client.finalize(order, csr: der)
            expectRefusal(response, 400, "badCSR", words)
            #expect(try client.read(order.url).state == "ready")
        }
        #expect(server.engine.census.certificates == 0)
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "valid")
    }

    @Test("A payload without a CSR in base64url is malformed and leaves the order ready (§6.1, §7.4)")
    func payload() throws {
        let client = try TestServer().registered()
        let order = try client.readyOrder(["www.example.test"])
        for (payload, words) in [
            ([:], "expected a member \"csr\", got none"), (["csr": 1], "expected \"csr\" to be a string, got a number"),
            (["csr": "AAA="], "\"csr\": expected base64url without padding"), (["csr": "A+A/"], "ordinary Base64"),
            (["csr": "-----BEGIN CERTIFICATE REQUEST-----"], "\"csr\": expected base64url"),
        ] as [([String: Any], String)] {
            expectRefusal(try client.post(order.finalize, payload), 400, "malformed", words, "(RFC 8555 §")
        }
        expectRefusal(try client.read(order.finalize), 400, "malformed", "POST-as-GET")
        #expect(try client.read(order.url).state == "ready")
    }

    @Test("The CSR names what was ordered, neither less nor more, and the refusal names the difference (§7.4, §6.7.1)")
    func mismatch() throws {
        let client = try TestServer().registered()
        let order = try client.readyOrder(["a.example.test", "b.example.test"])
        for (names, refused) in [
            (["a.example.test"], ["b.example.test"]),
            (["a.example.test", "b.example.test", "c.example.test"], ["c.example.test"]),
            (["a.example.test", "*.example.test"], ["b.example.test", "*.example.test"]),
            (["a.example.test", "b.example.test", "192.0.2.1"], ["192.0.2.1"]),
        ] {
            let response = try client.finalize(order, csr: try csr(names))
            expectRefusal(response, 400, "badCSR", "exactly the identifiers of the order", "§7.4")
            #expect(response.refusedIdentifiers == refused)
            for name in refused { #expect(response.detail.contains("\"\(name)\"")) }
        }
        // Neither the sequence nor the case matters.
        #expect(try client.finalize(order, csr: try csr(["B.example.test", "a.Example.test"])).state == "valid")
    }

    @Test("Names may be in the common name, among the alternative names, or in both (§7.4)")
    func commonName() throws {
        let client = try TestServer().registered()
        for (common, alternative) in [
            ("a.example.test", []), ("a.example.test", ["b.example.test"]),
            ("a.example.test", ["a.example.test", "b.example.test"]), (nil, ["a.example.test", "b.example.test"]),
        ] as [(String?, [String])] {
            let names = Set([common].compactMap { $0 } + alternative)
            let order = try client.readyOrder(names.sorted())
            let response = try client.finalize(order, csr: try csr(alternative, commonName: common))
            #expect(response.state == "valid", "\(response.text)")
            let leaf = try client.certificate(of: response).parsedLeaf()
            let certified = try #require(try leaf.extensions.subjectAlternativeNames)
            #expect(Set(certified.map { "\($0)" }).count == names.count)
            for name in names { #expect(certified.contains(.dnsName(name))) }
        }
    }

    @Test("What a CSR asks for in vain is in the journal, and refused where the profile keeps to the letter (§7.4)")
    func content() throws {
        var strict = CairnCertificateProfile(name: "strict", description: "")
        strict.csrContent = .strict
        let server = try TestServer(authority: CairnAuthorityConfiguration(profiles: [.standard, strict]))
        let client = try server.registered()
        let request = try csr(["www.example.test"], version: 2, extensions: [[1, 2, 3, 4]])
        let order = try client.readyOrder(["www.example.test"], ["profile": "strict"])
        expectRefusal(
            try client.finalize(order, csr: request), 400, "badCSR", "has the version 2, expected 0", "RFC 2986 §4.1",
            "; it asks for the extension 1.2.3.4", "RFC 8555 §7.4")
        #expect(try client.read(order.url).state == "ready")
        #expect(server.findings.isEmpty)

        let lenient = try client.readyOrder(["www.example.test"])
        let leaf = try client.certificate(of: try client.finalize(lenient, csr: request)).parsedLeaf()
        #expect(leaf.extensions[oid: [1, 2, 3, 4]] == nil)
        let findings = server.findings
        #expect(findings.map(\.kind) == [.csr(.version), .csr(.foreignExtension)])
        #expect(findings.map(\.kind.rawValue) == ["csr.version", "csr.extension"])
        #expect(findings.allSatisfy { client.kid?.hasSuffix("/\($0.account ?? "?")") == true })
        #expect(findings.last?.detail.contains("asks for the extension 1.2.3.4, expected none") == true)

        // A request without anything of that kind leaves nothing.
        _ = try client.finalize(order, csr: try csr(["www.example.test"]))
        #expect(server.findings.count == 2)
    }

    @Test("An answer repeats of a CSR no more than is of use (§6.7.1, §7.4)")
    func bounded() throws {
        let client = try TestServer().registered()
        let order = try client.readyOrder(["www.example.test"])
        let many = try client.finalize(order, csr: try csr((0..<900).map { "\($0).example.test" }))
        expectRefusal(many, 400, "badCSR", "and 890 more")
        #expect(many.refusedIdentifiers.count == 100)
        let long = String(repeating: "l", count: 10_000)
        let one = try client.finalize(order, csr: try csr(["www.example.test"], commonName: long))
        expectRefusal(one, 400, "badCSR", "is not among the identifiers")
        #expect(one.body.count < 1_000)
    }

    @Test("Every refusal of a CSR has its cause (§7.4)")
    func causes() throws {
        let server = try TestServer()
        let key = CertificateKey()
        let client = try server.registered(key: key.account)
        let order = try client.readyOrder(["www.example.test"])
        var forged = try csr(["www.example.test"])
        forged[forged.count - 1] ^= 1
        for (request, cause) in [
            ([], .encodingOfCSR), (Array("-----BEGIN".utf8), .encodingOfCSR), (forged, .signatureOfCSR),
            (try csr(["b.example.test"]), .identifiersOfCSR), (WeakKeys.smallFactorRequest, .keyOfCSR),
            (try csr(["www.example.test"], key: key.x509), .accountKeyInCSR),
        ] as [([UInt8], ACMEProblem.Cause)] {
            _ = try client.finalize(order, csr: request)
            #expect(server.engine.journal.requests.last?.problem?.cause == cause)
        }
    }

    @Test("The key of the certificate is no account's key (§11.1)")
    func accountKey() throws {
        let server = try TestServer()
        let (own, others) = (CertificateKey(), CertificateKey())
        let client = try server.registered(key: own.account)
        _ = try server.registered(key: others.account)
        let order = try client.readyOrder(["www.example.test"])
        for key in [own, others] {
            let response = try client.finalize(order, csr: try csr(["www.example.test"], key: key.x509))
            expectRefusal(response, 400, "badCSR", "got the key of an account", "§11.1")
        }
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "valid")
    }

    @Test("Nor is it a key that was an account's, before a roll-over or a deactivation (§11.1)")
    func formerAccountKey() throws {
        let server = try TestServer()
        let (first, second, gone) = (CertificateKey(), CertificateKey(), CertificateKey())
        let client = try server.registered(key: first.account)
        #expect(try client.changeKey(to: second.account).status == 200)
        client.key = second.account
        let former = try server.registered(key: gone.account)
        _ = try former.post(try #require(former.kid), ["status": "deactivated"])
        let order = try client.readyOrder(["www.example.test"])
        for (key, words) in [
            (first, "got one that was the key of an account"), (second, "got the key of an account"),
            (gone, "got the key of an account"),
        ] {
            let response = try client.finalize(order, csr: try csr(["www.example.test"], key: key.x509))
            expectRefusal(response, 400, "badCSR", words, "§11.1")
        }
        // A key that an account takes up again is its key, and no other account's.
        #expect(try client.changeKey(to: first.account).status == 200)
        client.key = first.account
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "valid")
    }

    @Test("The key of a certificate becomes that of an account only with a finding, and by the letter never (§11.1)")
    func certifiedAccountKey() throws {
        var bounds = CairnBounds()
        bounds.finishedOrders = 2
        let server = try TestServer(bounds: bounds)
        let (renewed, once, fresh) = (CertificateKey(), CertificateKey(), CertificateKey())
        let client = try server.registered()
        for key in [renewed, renewed, once] { _ = try client.issue(["www.example.test"], key: key.x509) }
        server.engine.policy.leniencies = .none
        let words = "expected a key that only the account has"
        for key in [renewed, once] {
            expectRefusal(try server.client(key: key.account).register(), 400, "badPublicKey", words, "§11.1")
            expectRefusal(try client.changeKey(to: key.account), 400, "badPublicKey", "the new key", words, "§11.1")
        }
        #expect(server.findings.isEmpty)
        server.engine.policy.leniencies = .deployed
        #expect(try server.client(key: renewed.account).register().status == 201)
        #expect(try client.changeKey(to: once.account).status == 200)
        client.key = once.account
        let findings = server.findings
        #expect(findings.map(\.kind.rawValue) == ["certifiedAccountKey", "certifiedAccountKey"])
        #expect(client.kid?.hasSuffix("/\(findings.last?.account ?? "?")") == true)
        #expect(findings.allSatisfy { $0.detail.contains("RFC 8555 §11.1") })
        // A certificate that is forgotten is no reason any more.
        for _ in 0..<2 { _ = try client.issue(["www.example.test"], key: fresh.x509) }
        server.engine.policy.leniencies = .none
        let last = CertificateKey()
        _ = try client.issue(["a.example.test"], key: last.x509)
        for _ in 0..<2 { _ = try client.issue(["www.example.test"]) }
        #expect(try server.client(key: last.account).register().status == 201)
        #expect(try server.client(key: fresh.account).register().status == 201)
    }

    @Test("Of two finalize requests one issues, and the other is orderNotReady (§7.4)")
    func twice() async throws {
        let server = try TestServer()
        for _ in 0..<20 {
            let client = try server.registered()
            let order = try client.readyOrder(["www.example.test"])
            let request = try csr(["www.example.test"])
            let id = try #require(Order.ID(order.url.split(separator: "/").last ?? ""))
            let account = try #require(Account.ID(client.kid?.split(separator: "/").last ?? ""))
            let (engine, now) = (server.engine, server.now)
            let outcomes = await withTaskGroup(of: String.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        do throws(Refusal) {
                            return try engine.finalize(
                                id, with: SentCSR(derEncoded: request, accountURL: ""), by: account, at: now
                            ).state.status.rawValue
                        } catch {
                            return error.problem.type.name
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.sorted() == ["orderNotReady", "valid"])
        }
        #expect(server.engine.census.certificates == 20)
    }
}
