import CairnDNS
import CairnModel
import Testing

@testable import CairnValidation

private func validate(
    of identifier: ACMEIdentifier = "www.example.test", in table: CairnDNSTable = CairnDNSTable(),
    _ prober: ScriptedProber
) -> Verdict? {
    ValidationAuthority(dns: table, prober: prober).verdict(on: attempt(.tlsSNI02, identifier))
}

private func validate(showing certificate: [UInt8], applicationProtocol: String? = nil) -> Verdict? {
    let outcome = TLSProbe.Outcome.completed(applicationProtocol: applicationProtocol, certificate: certificate)
    return validate(ScriptedProber(handshake: { _ in outcome }))
}

/// Rules are those of the ACME draft of March 2017, "TLS with Server Name Indication (TLS SNI)".
@Suite("tls-sni-02", .timeLimit(.minutes(5)))
struct TLSSNI02Tests {
    private static let a = dnsName(Vector.sanA)
    private static let b = dnsName(Vector.sanB)

    @Test("SAN A and SAN B are the halves of the digests of token and key authorization, in hexadecimal")
    func names() {
        let names = TLSSNI02Names(token: Vector.token, keyAuthorization: Vector.keyAuthorization)
        #expect(names.a == Vector.sanA)
        #expect(names.b == Vector.sanB)
        #expect(TLSSNI02Names(keyAuthorization: Vector.keyAuthorization) == names)
    }

    @Test("The TLS port of the name is asked for SAN A, and no application protocol is offered")
    func probe() throws {
        let shown = certificate(san(Self.a, Self.b))
        let prober = ScriptedProber(handshake: { _ in .completed(applicationProtocol: nil, certificate: shown) })
        let verdict = try #require(validate(prober))
        #expect(verdict.outcome == .valid)
        #expect(
            prober.tlsProbes == [
                TLSProbe(
                    address: "127.0.0.1", port: 5001, host: "www.example.test", serverName: Vector.sanA, offering: nil,
                    timeout: .seconds(10), challengeType: .tlsSNI02)
            ])
        let record = try #require(verdict.steps.first)
        #expect((record.host, record.port, record.addressUsed) == ("www.example.test", 5001, .loopbackV4))
    }

    @Test(
        "Both names in any order and case are valid, whatever else the certificate says",
        arguments: [
            certificate(san(a, b)), certificate(san(b, a)), certificate(version: nil, san(a, b)),
            certificate(san(dnsName(Vector.sanB.uppercased()), dnsName(Vector.sanA.uppercased()))),
            certificate(san(a, b), acme()),
        ])
    func valid(certificate: [UInt8]) {
        #expect(validate(showing: certificate)?.outcome == .valid)
    }

    @Test("An application protocol that a server chose all the same does not matter")
    func chosenProtocol() {
        #expect(validate(showing: certificate(san(Self.a, Self.b)), applicationProtocol: "h2")?.outcome == .valid)
    }

    @Test(
        "Any other set of names is unauthorized, and the problem says what came but never SAN B",
        arguments: [
            (certificate(), "expected one subjectAltName extension, got 0"),
            (certificate(san(a, b), san(a, b)), "expected one subjectAltName extension, got 2"),
            (certificate(san()), "got none"),
            (certificate(san(a)), "got SAN A ("),
            (certificate(san(b)), "got SAN B ("),
            (certificate(san(a, a)), "got SAN A, SAN A ("),
            (certificate(san(a, b, b)), "got SAN A, SAN B, SAN B ("),
            (certificate(san(a, b, dnsName("www.example.test"))), "got SAN A, SAN B, dNSName www.example.test ("),
            (certificate(san(a, b, der(0x87, [127, 0, 0, 1]))), "got SAN A, SAN B, iPAddress 127.0.0.1 ("),
            (certificate(san(a, der(0x86, Array(Vector.sanB.utf8)))), "got SAN A, a name of kind [6] ("),
            (certificate(san(a, dnsName("x.\(Vector.sanB)"))), "got SAN A, a dNSName with SAN B in it"),
            (
                certificate(san(a, dnsName(Vector.sanA.replacing(".token.", with: ".ka.")))),
                "ka.acme.invalid; that may be the SAN B of another key authorization ("
            ),
            (certificate(san(a, dnsName("www.example.test"))), "expected two dNSNames, SAN A \(Vector.sanA) and SAN B"),
            (certificate(san(Array([[UInt8]](repeating: a, count: 12).joined()))), " and 2 more ("),
        ])
    func otherNames(certificate: [UInt8], words: String) throws {
        let problem = try #require(validate(showing: certificate)?.problem)
        #expect(problem.type == .unauthorized)
        #expect(problem.detail.contains(words), "\(problem.detail)")
        #expect(!problem.detail.lowercased().contains(Vector.sanB.prefix(32)))
        #expect(problem.detail.contains("validation certificate for www.example.test from 127.0.0.1:5001"))
    }

    @Test(
        "What cannot be read is incorrectResponse",
        arguments: [
            ([], "got none"), (Array("hello".utf8), "certificate in DER"), (der(0x30), "without a TBSCertificate"),
            (certificate(der(0x30, der(0x06, OID.san), der(0x04, [0x30, 5]))), "malformed: expected subjectAltName"),
        ])
    func unreadable(certificate: [UInt8], words: String) throws {
        let problem = try #require(validate(showing: certificate)?.problem)
        #expect(problem.type == .incorrectResponse)
        #expect(problem.detail.contains(words), "\(problem.detail)")
    }

    @Test(
        "A handshake that fails has the problem that fits it",
        arguments: [
            (ProbeFailure.refused, ACMEProblemType.connection),
            (.timedOut("completing the TLS handshake"), .connection),
            (.tls("the server sent the alert unrecognized_name"), .tls), (.closed("connecting"), .connection),
        ])
    func failures(failure: ProbeFailure, type: ACMEProblemType) {
        #expect(validate(ScriptedProber(handshake: { _ in .failure(failure) }))?.problem?.type == type)
    }

    @Test("A name without an address is a dns problem, and IPv4 is tried when there is no connection over IPv6")
    func addresses() {
        let table = CairnDNSTable()
        table.setFailure(.nameError, for: "www.example.test")
        #expect(validate(in: table, ScriptedProber())?.problem?.type == .dns)
        table.clearFailure(for: "www.example.test")
        table.defaultIPv6 = .loopbackV6
        let shown = certificate(san(Self.a, Self.b))
        let prober = ScriptedProber(handshake: {
            $0.address.isV6 ? .failure(.refused) : .completed(applicationProtocol: nil, certificate: shown)
        })
        #expect(validate(in: table, prober)?.steps.first?.addressesTried == ["::1"])
    }

    @Test("It is for names alone")
    func address() throws {
        let prober = ScriptedProber()
        let problem = try #require(validate(of: "127.0.0.1", prober)?.problem)
        #expect(problem.type == .malformed)
        #expect(problem.detail.contains("expected a dns identifier for tls-sni-02, got 127.0.0.1"))
        #expect(prober.tlsProbes.isEmpty)
    }

    @Test("Every perspective makes a handshake of its own, and CAA records may name the method (RFC 8657 §4)")
    func perspectivesAndCAA() throws {
        let shown = certificate(san(Self.a, Self.b))
        let table = CairnDNSTable()
        let prober = ScriptedProber(handshake: { _ in .completed(applicationProtocol: nil, certificate: shown) })
        let authority = ValidationAuthority(
            dns: table, prober: prober, settings: CairnProbeSettings(perspectives: ["eu"]))
        var attempt = attempt(.tlsSNI02)
        attempt.issuer = CAAIssuer(identities: ["cairn.test"], accountURL: "https://ca.test/1")
        table["www.example.test"] = [
            .a("127.0.0.1"), .caa(flags: 0, tag: "issue", value: "cairn.test; validationmethods=tls-sni-02"),
        ]
        #expect(authority.verdict(on: attempt)?.outcome == .valid)
        #expect(prober.tlsProbes.map(\.perspective) == [nil, "eu"])
        table.removeAll(at: "www.example.test", type: .caa)
        table.add(.caa(flags: 0, tag: "issue", value: "cairn.test; validationmethods=http-01"), to: "www.example.test")
        #expect(authority.verdict(on: attempt)?.problem?.type == .caa)
    }
}
