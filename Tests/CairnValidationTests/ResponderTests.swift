import CairnDNS
import CairnModel
import SwiftASN1
import Synchronization
import Testing
import X509

@testable import CairnValidation

private struct World {
    let dns = CairnDNSTable()
    let network = ScriptedProber(fetch: { _ in .failure(.refused) }, handshake: { _ in .failure(.refused) })
    let responder: CairnChallengeResponder
    let authority: ValidationAuthority

    init(seed: CairnSeed = 1) {
        responder = CairnChallengeResponder(
            dns: dns, forwardingTo: network, generator: seed.generator(for: "challenges")
        ) {
            CairnInstant(secondsSinceEpoch: 1_800_000_000)
        }
        authority = ValidationAuthority(dns: dns, prober: responder)
    }

    func verdict(_ type: ACMEChallengeType, _ identifier: ACMEIdentifier = "www.example.test") -> Verdict? {
        authority.verdict(on: attempt(type, identifier))
    }
}

@Suite("The responder inside the process", .timeLimit(.minutes(5)))
struct ResponderTests {
    @Test("An http-01 entry of a token answers for every name, without a socket")
    func byToken() {
        let world = World()
        world.responder.setHTTP01(token: Vector.token, keyAuthorization: Vector.keyAuthorization)
        #expect(world.verdict(.http01)?.outcome == .valid)
        #expect(world.verdict(.http01, "127.0.0.1")?.outcome == .valid)
        #expect(world.network.httpProbes.isEmpty)
        world.responder.removeHTTP01(token: Vector.token)
        #expect(world.verdict(.http01)?.problem?.type == .connection)
        #expect(world.network.httpProbes.count == 1)
    }

    @Test("An http-01 entry of a name is stronger than one of a token alone")
    func byName() {
        let world = World()
        world.responder.setHTTP01(token: Vector.token, keyAuthorization: Vector.keyAuthorization)
        world.responder.setHTTP01(name: "WWW.example.test.", token: Vector.token, keyAuthorization: "wrong")
        #expect(world.verdict(.http01)?.problem?.type == .unauthorized)
        #expect(world.verdict(.http01, "other.test")?.outcome == .valid)
        world.responder.removeHTTP01(name: "www.example.test", token: Vector.token)
        #expect(world.verdict(.http01)?.outcome == .valid)
    }

    @Test(
        "A tls-alpn-01 entry is answered with a certificate that passes every check",
        arguments: [
            ACMEIdentifier.dns("www.example.test"), .ip("127.0.0.1"), .ip("::1"), .ip("192.0.2.1"), .ip("2001:db8::1"),
        ])
    func certificate(identifier: ACMEIdentifier) {
        let world = World()
        world.responder.setTLSALPN01(name: identifier.value, keyAuthorization: Vector.keyAuthorization)
        #expect(world.verdict(.tlsALPN01, identifier)?.outcome == .valid)
        #expect(world.network.tlsProbes.isEmpty)
        world.responder.setTLSALPN01(name: identifier.value, keyAuthorization: "other")
        #expect(world.verdict(.tlsALPN01, identifier)?.problem?.detail.contains("digest: expected") == true)
        world.responder.removeTLSALPN01(name: identifier.value)
        #expect(world.verdict(.tlsALPN01, identifier)?.problem?.type == .connection)
    }

    @Test("The certificate is self-signed, holds the value of RFC 8737 §3, and follows from the seed")
    func certificateContents() throws {
        func shown(_ seed: CairnSeed) throws -> [UInt8] {
            let world = World(seed: seed)
            world.responder.setTLSALPN01(name: "www.example.test", keyAuthorization: Vector.keyAuthorization)
            let probe = TLSProbe(
                address: .loopbackV4, port: 5001, host: "WWW.example.test", serverName: "www.example.test",
                offering: "acme-tls/1", timeout: .seconds(1), challengeType: .tlsALPN01)
            let found = Mutex<[UInt8]>([])
            world.responder.handshake(probe) { outcome in
                if case .completed("acme-tls/1", let certificate) = outcome { found.withLock { $0 = certificate } }
            }
            return found.withLock { $0 }
        }
        let der = try shown(1)
        let certificate = try Certificate(derEncoded: der)
        #expect(certificate.publicKey.isValidSignature(certificate.signature, for: certificate))
        let identifier = try #require(certificate.extensions[oid: [1, 3, 6, 1, 5, 5, 7, 1, 31]])
        #expect(identifier.critical)
        #expect(Array(identifier.value) == [0x04, 0x20] + Vector.digest)
        #expect(certificate.serialNumber.bytes.count == 16)
        #if !canImport(Darwin)  // There the system signs with Ed25519 in a way of its own.
            #expect(try shown(1) == der)
        #endif
        #expect(try shown(2) != der)
    }

    @Test("A tls-sni-02 entry of a token answers for every name, one of a name is stronger (draft, \"TLS SNI\")")
    func tlsSNI02() {
        let world = World()
        world.responder.setTLSSNI02(token: Vector.token, keyAuthorization: Vector.keyAuthorization)
        #expect(world.verdict(.tlsSNI02)?.outcome == .valid)
        #expect(world.verdict(.tlsSNI02, "other.test")?.outcome == .valid)
        #expect(world.network.tlsProbes.isEmpty)
        world.responder.setTLSSNI02(
            name: "WWW.example.test.", token: Vector.token, keyAuthorization: "\(Vector.token).wrong")
        #expect(world.verdict(.tlsSNI02)?.problem?.detail.contains("of another key authorization") == true)
        #expect(world.verdict(.tlsSNI02, "other.test")?.outcome == .valid)
        world.responder.removeTLSSNI02(name: "www.example.test", token: Vector.token)
        #expect(world.verdict(.tlsSNI02)?.outcome == .valid)
        world.responder.removeTLSSNI02(token: Vector.token)
        #expect(world.verdict(.tlsSNI02)?.problem?.type == .connection)
        world.responder.setTLSSNI02(token: Vector.token, keyAuthorization: Vector.keyAuthorization)
        world.responder.reset()
        #expect(world.verdict(.tlsSNI02)?.problem?.type == .connection)
    }

    @Test("Its certificate is self-signed, has SAN A and SAN B alone, and follows from the seed")
    func tlsSNI02Contents() throws {
        func shown(_ seed: CairnSeed) throws -> [UInt8] {
            let world = World(seed: seed)
            world.responder.setTLSSNI02(token: Vector.token, keyAuthorization: Vector.keyAuthorization)
            let probe = TLSProbe(
                address: .loopbackV4, port: 5001, host: "www.example.test", serverName: Vector.sanA, offering: nil,
                timeout: .seconds(1), challengeType: .tlsSNI02)
            let found = Mutex<[UInt8]>([])
            world.responder.handshake(probe) { outcome in
                if case .completed(nil, let certificate) = outcome { found.withLock { $0 = certificate } }
            }
            return found.withLock { $0 }
        }
        let der = try shown(1)
        let certificate = try Certificate(derEncoded: der)
        #expect(certificate.publicKey.isValidSignature(certificate.signature, for: certificate))
        let names = try #require(try certificate.extensions.subjectAlternativeNames)
        #expect(Array(names) == [.dnsName(Vector.sanA), .dnsName(Vector.sanB)])
        #expect(certificate.extensions.count == 1)
        #if !canImport(Darwin)  // There the system signs with Ed25519 in a way of its own.
            #expect(try shown(1) == der)
        #endif
        #expect(try shown(2) != der)
    }

    @Test("Closures are asked first, the last one before the others, and may pass")
    func closures() {
        let world = World()
        let probes = Mutex<[CairnChallengeProbe]>([])
        world.responder.onProbe { probe in
            probes.withLock { $0.append(probe) }
            return .keyAuthorization(Vector.keyAuthorization)
        }
        world.responder.onProbe { $0.host == "gone.test" ? .refused : nil }
        #expect(world.verdict(.http01)?.outcome == .valid)
        #expect(world.verdict(.tlsALPN01, "127.0.0.1")?.outcome == .valid)
        #expect(world.verdict(.tlsSNI02)?.outcome == .valid)
        #expect(world.verdict(.http01, "gone.test")?.problem?.type == .connection)
        let seen = probes.withLock { $0 }
        #expect(seen.map(\.challengeType) == [.http01, .tlsALPN01, .tlsSNI02])
        #expect(seen.map(\.host) == ["www.example.test", "127.0.0.1", "www.example.test"])
        #expect(seen.map(\.token) == [Vector.token, nil, nil])
        #expect(seen.map(\.serverName) == [nil, "1.0.0.127.in-addr.arpa", Vector.sanA])
        #expect(seen.map(\.port) == [5002, 5001, 5001])
        world.responder.reset()
        #expect(world.verdict(.http01)?.problem?.type == .connection)
    }

    @Test(
        "A closure can fail in every way",
        arguments: [
            (CairnChallengeProbe.Answer.refused, ACMEProblemType.connection), (.timedOut, .connection),
            (.closed, .connection),
            (.tlsFailure("BAD"), .tls), (.certificate([]), .connection), (.response(status: 500), .unauthorized),
            (.response(status: 302, location: "ftp://x"), .incorrectResponse),
        ])
    func closureFailures(answer: CairnChallengeProbe.Answer, type: ACMEProblemType) {
        let world = World()
        world.responder.onProbe { _ in answer }
        #expect(world.verdict(.http01)?.problem?.type == type)
    }

    @Test("A certificate from a closure is checked, and its protocol too")
    func closureCertificate() {
        let world = World()
        world.responder.onProbe { _ in .certificate([0x30, 0x00]) }
        #expect(world.verdict(.tlsALPN01)?.problem?.type == .incorrectResponse)
        world.responder.onProbe { _ in .certificate([0x30, 0x00], applicationProtocol: nil) }
        #expect(world.verdict(.tlsALPN01)?.problem?.type == .unauthorized)
        world.responder.onProbe { _ in .response(status: 200) }
        #expect(world.verdict(.tlsALPN01)?.problem?.type == .connection)
    }

    @Test("A body beyond the limit is cut as on the network")
    func longBody() {
        let world = World()
        world.responder.onProbe { _ in .response(status: 200, body: [UInt8](repeating: 65, count: 100_000)) }
        #expect(world.verdict(.http01)?.problem?.detail.contains("at most 4096") == true)
    }
}

@Suite("Approving and denying", .timeLimit(.minutes(5)))
struct ValidationPolicyTests {
    private let policy = CairnValidationDecisions()
    private let dns = CairnDNSTable()

    private func verdict(_ identifier: ACMEIdentifier, _ type: ACMEChallengeType = .dns01) -> Verdict? {
        ValidationAuthority(dns: dns, prober: ScriptedProber(), policy: policy).verdict(on: attempt(type, identifier))
    }

    @Test("Everything can be approved without looking")
    func approveAll() {
        policy.standard = .approve
        #expect(verdict("a.test") == .valid)
        #expect(verdict("127.0.0.1", .http01) == .valid)
        #expect(dns.queries.isEmpty)
        policy.reset()
        #expect(verdict("a.test")?.problem != nil)
    }

    @Test("A name is stronger than the nearest asterisk above it, and that than the standard")
    func order() {
        let problem = ACMEProblem(.rejectedIdentifier, "not here")
        policy["*.example.test"] = .approve
        policy["*.Deep.example.test."] = .deny(problem)
        policy["one.deep.example.test"] = .approve
        #expect(verdict("a.b.example.test") == .valid)
        #expect(verdict("two.deep.example.test") == .invalid(problem))
        #expect(verdict("ONE.deep.example.test") == .valid)
        #expect(verdict("example.test")?.problem?.type == .unauthorized)
        #expect(verdict("badexample.test")?.problem?.type == .unauthorized)
        policy["*.deep.example.test"] = nil
        #expect(verdict("two.deep.example.test") == .valid)
        policy["two.deep.example.test"] = .probe
        #expect(verdict("two.deep.example.test")?.problem?.type == .unauthorized)
    }

    @Test("An address has an entry of its own and no asterisk above it")
    func addresses() {
        policy["0:0::1"] = .approve
        policy["*.0.0.1"] = .approve
        #expect(verdict("::1", .http01) == .valid)
        #expect(verdict("127.0.0.1", .http01)?.problem?.type == .connection)
    }
}

@Suite("Driving a validation", .timeLimit(.minutes(5)))
struct ValidationAuthorityTests {
    @Test("A challenge type that is not known is malformed")
    func unknownType() {
        let authority = ValidationAuthority(dns: CairnDNSTable(), prober: ScriptedProber())
        #expect(authority.verdict(on: attempt(ACMEChallengeType(rawValue: "x-01")))?.problem?.type == .malformed)
    }

    @Test("A prober may answer later, from anywhere")
    func later() {
        let prober = PatientProber()
        let verdicts = Verdicts()
        ValidationAuthority(dns: CairnDNSTable(), prober: prober).validate(attempt(.http01)) { verdicts.append($0) }
        #expect(verdicts.all.isEmpty)
        prober.answer(.redirect("/x"))
        #expect(verdicts.all.isEmpty)
        prober.answer(.ok(Vector.keyAuthorization))
        #expect(verdicts.only?.outcome == .valid)
    }
}
