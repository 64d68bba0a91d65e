import CairnDNS
import CairnModel
import Testing

@testable import CairnValidation

private let good = certificate(san(dnsName("www.example.test")), acme())

private func validate(
    of identifier: ACMEIdentifier = "www.example.test", in table: CairnDNSTable = CairnDNSTable(),
    _ prober: ScriptedProber
) -> Verdict? {
    ValidationAuthority(dns: table, prober: prober).verdict(on: attempt(.tlsALPN01, identifier))
}

private func validate(of identifier: ACMEIdentifier = "www.example.test", showing certificate: [UInt8]) -> Verdict? {
    let outcome = TLSProbe.Outcome.completed(applicationProtocol: "acme-tls/1", certificate: certificate)
    return validate(of: identifier, ScriptedProber(handshake: { _ in outcome }))
}

@Suite("tls-alpn-01", .timeLimit(.minutes(5)))
struct TLSALPN01Tests {
    @Test("A certificate with the name alone and the digest is valid, whatever its key (RFC 8737 §3)")
    func valid() throws {
        let prober = ScriptedProber(handshake: { _ in
            .completed(applicationProtocol: "acme-tls/1", certificate: good)
        })
        let verdict = try #require(validate(prober))
        #expect(verdict.outcome == .valid)
        #expect(
            prober.tlsProbes == [
                TLSProbe(
                    address: "127.0.0.1", port: 5001, host: "www.example.test", serverName: "www.example.test",
                    offering: "acme-tls/1", timeout: .seconds(10), challengeType: .tlsALPN01)
            ])
        let record = try #require(verdict.steps.first)
        #expect((record.host, record.port, record.addressUsed) == ("www.example.test", 5001, .loopbackV4))
    }

    @Test("Names are compared without regard to case (RFC 8737 §3)")
    func mixedCase() {
        #expect(validate(showing: certificate(san(dnsName("WWW.Example.TEST")), acme()))?.outcome == .valid)
    }

    @Test(
        "For an address the SNI is its name in reverse, and the SAN an iPAddress (RFC 8738 §6)",
        arguments: [
            (CairnIPAddress.loopbackV4, "1.0.0.127.in-addr.arpa"),
            (.loopbackV6, "1" + String(repeating: ".0", count: 31) + ".ip6.arpa"),
        ])
    func address(address: CairnIPAddress, serverName: String) {
        let shown = certificate(san(der(0x87, address.octets)), acme())
        let prober = ScriptedProber(handshake: { _ in
            .completed(applicationProtocol: "acme-tls/1", certificate: shown)
        })
        #expect(validate(of: .ip(address), prober)?.outcome == .valid)
        #expect(prober.tlsProbes.map(\.serverName) == [serverName])
        #expect(prober.tlsProbes.map(\.address) == [address])
    }

    @Test(
        "A server that does not choose acme-tls/1 is unauthorized (RFC 8737 §3)", arguments: [nil, "h2", "acme-tls/1 "])
    func wrongProtocol(applicationProtocol: String?) throws {
        let verdict = validate(
            ScriptedProber(handshake: { _ in .completed(applicationProtocol: applicationProtocol, certificate: good) }))
        let problem = try #require(verdict?.problem)
        #expect(problem.type == .unauthorized)
        #expect(problem.detail.contains("ALPN: expected"))
        #expect(problem.detail.contains(applicationProtocol ?? "no protocol"))
        #expect(problem.detail.contains("validation certificate for www.example.test from 127.0.0.1:5001"))
    }

    @Test(
        "The detail names the check that failed (RFC 8737 §3)",
        arguments: [
            (certificate(version: nil, san(dnsName("www.example.test")), acme()), "X.509 version: expected 3"),
            (certificate(version: 1, san(dnsName("www.example.test")), acme()), "X.509 version: expected 3"),
            (certificate(), "SAN count: expected one subjectAltName extension, got 0"),
            (certificate(acme()), "SAN count: expected one subjectAltName extension, got 0"),
            (certificate(san(dnsName("www.example.test")), san(dnsName("b.test")), acme()), "extension, got 2"),
            (certificate(san(), acme()), "SAN count: expected www.example.test alone, got 0 names"),
            (
                certificate(san(dnsName("www.example.test"), dnsName("b.test")), acme()),
                "got 2 names (dNSName www.example.test, dNSName b.test)"
            ),
            (
                certificate(san(dnsName("example.test")), acme()),
                "SAN value: expected dNSName www.example.test, got dNSName"
            ),
            (
                certificate(san(der(0x87, [127, 0, 0, 1])), acme()),
                "SAN value: expected dNSName www.example.test, got iPAddress 127"
            ),
            (certificate(san(der(0x81, Array("a@b".utf8))), acme()), "got a name of kind [1]"),
            (certificate(san(dnsName("www.example.test"))), "extension missing"),
            (certificate(san(dnsName("www.example.test")), acme(oid: OID.draft)), "old OID"),
            (
                certificate(san(dnsName("www.example.test")), acme(), acme()),
                "duplicated: expected one acmeIdentifier, got 2"
            ),
            (certificate(san(dnsName("www.example.test")), acme(critical: [])), "not critical"),
            (
                certificate(san(dnsName("www.example.test")), acme(der(0x04, [UInt8](repeating: 0xab, count: 32)))),
                "digest: expected 94233b719c905dc5"
            ),
        ])
    func failedCheck(certificate: [UInt8], words: String) throws {
        let problem = try #require(validate(showing: certificate)?.problem)
        #expect(problem.type == .unauthorized)
        #expect(problem.detail.contains(words), "\(problem.detail)")
    }

    @Test(
        "What cannot be read is incorrectResponse",
        arguments: [
            ([], "got none"), ([0x30, 0x80], "expected a certificate in DER"),
            (Array("hello".utf8), "certificate in DER"),
            (Array(good.dropLast()), "certificate in DER"), (good + [0], "certificate in DER"),
            (der(0x30), "without a TBSCertificate"), (der(0x30, der(0x04)), "primitive TBSCertificate"),
            (
                certificate(der(0x30, der(0x06, OID.san), der(0x04, [0x30, 5])), acme()),
                "malformed: expected subjectAltName"
            ),
            (
                certificate(der(0x30, der(0x06, OID.san), der(0x04, der(0x30, der(0x0c, [65])))), acme()),
                "context-specific"
            ),
            (certificate(san(dnsName("www.example.test")), acme(Vector.digest)), "malformed: expected acmeIdentifier"),
            (
                certificate(san(dnsName("www.example.test")), acme(der(0x03, Vector.digest))),
                "malformed: expected acmeIdentifier"
            ),
            (certificate(san(dnsName("www.example.test")), acme(der(0x04, [1, 2]))), "of 32 octets, got 2"),
            (certificate(san(dnsName("www.example.test")), acme(critical: [1, 1, 0])), "certificate in DER"),
        ])
    func unreadable(certificate: [UInt8], words: String) throws {
        let problem = try #require(validate(showing: certificate)?.problem)
        #expect(problem.type == .incorrectResponse)
        #expect(problem.detail.contains(words), "\(problem.detail)")
    }

    @Test("A name that looks like the address is not the address (RFC 8738 §6)")
    func nameForAddress() throws {
        let problem = try #require(
            validate(of: "127.0.0.1", showing: certificate(san(dnsName("127.0.0.1")), acme()))?.problem)
        #expect(problem.detail.contains("SAN value: expected iPAddress 127.0.0.1, got dNSName 127.0.0.1"))
    }

    @Test("No mutation of a certificate crashes the reader, and one that is cut short is never read")
    func mutations() {
        var state: UInt64 = 1
        for place in good.indices {
            for _ in 0..<4 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                var bytes = good
                bytes[place] = UInt8(truncatingIfNeeded: state >> 33)
                _ = validate(showing: bytes)
            }
            #expect(validate(showing: Array(good[..<place]))?.problem?.type == .incorrectResponse)
        }
    }

    @Test(
        "A handshake that fails has the problem that fits it",
        arguments: [
            (ProbeFailure.refused, ACMEProblemType.connection),
            (.timedOut("completing the TLS handshake"), .connection),
            (.tls("NO_APPLICATION_PROTOCOL"), .tls), (.closed("completing the TLS handshake"), .connection),
        ])
    func failures(failure: ProbeFailure, type: ACMEProblemType) {
        #expect(validate(ScriptedProber(handshake: { _ in .failure(failure) }))?.problem?.type == type)
    }

    @Test("IPv4 is tried when there is no connection over IPv6, and not when the handshake fails")
    func fallback() {
        let table = CairnDNSTable()
        table.defaultIPv6 = .loopbackV6
        let refusing = ScriptedProber(handshake: {
            $0.address.isV6 ? .failure(.refused) : .completed(applicationProtocol: "acme-tls/1", certificate: good)
        })
        let verdict = validate(in: table, refusing)
        #expect(verdict?.outcome == .valid)
        #expect(verdict?.steps.first?.addressesTried == ["::1"])
        let failing = ScriptedProber(handshake: { _ in .failure(.tls("BAD")) })
        #expect(validate(in: table, failing)?.problem?.type == .tls)
        #expect(failing.tlsProbes.count == 1)
    }

    @Test("A name without an address is a dns problem")
    func noAddress() {
        let table = CairnDNSTable()
        table.setFailure(.nameError, for: "www.example.test")
        #expect(validate(in: table, ScriptedProber())?.problem?.type == .dns)
    }
}
