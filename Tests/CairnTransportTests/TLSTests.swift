import CairnGateway
import CairnModel
import HTTPTypes
import SwiftASN1
import Testing
import X509

@testable import CairnTransport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("TLS", .timeLimit(.minutes(5)))
struct TLSTests {
    @Test(
        "A client that knows one version of TLS gets it",
        arguments: [CairnTransport.TLSVersion.v12, .v13])
    func versions(version: CairnTransport.TLSVersion) async throws {
        let identity = try testIdentity()
        let root = try #require(identity.trustRoot)
        try await withServer(.init(tls: .init(identity))) { server, loops in
            let client = try await Client.connect(
                to: server.localAddress, tls: .init(trustRoot: root, versions: version...version), on: loops)
            try await client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let received = try await client.receive()
            #expect(received.responses().map(\.body) == ["GET https://a/a []"])
            #expect(received.ending == .closed)
        }
    }

    @Test("A server may be told to speak one version only")
    func serverVersion() async throws {
        let identity = try testIdentity()
        let root = try #require(identity.trustRoot)
        try await withServer(.init(tls: .init(identity, versions: .v13 ... .v13))) { server, loops in
            let client = try await Client.connect(
                to: server.localAddress, tls: .init(trustRoot: root, versions: .v12 ... .v12), on: loops)
            let received = try await client.receive()
            #expect(received.ending == .failed("the server sent the alert protocol_version (RFC 8446 §6.2)"))
        }
    }

    @Test(
        "A client that does not ask for HTTP/2 gets HTTP/1.1 (RFC 7301)",
        arguments: [[], ["http/1.1"], ["http/1.1", "h2"], ["x"]], [true, false])
    func applicationProtocols(offered: [String], offersHTTP2: Bool) async throws {
        let identity = try testIdentity()
        let root = try #require(identity.trustRoot)
        try await withServer(.init(tls: .init(identity, offersHTTP2: offersHTTP2 && !offered.contains("h2")))) {
            server, loops in
            let client = try await Client.connect(
                to: server.localAddress, tls: .init(trustRoot: root, applicationProtocols: offered), on: loops)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let received = try await client.receive { $0.responses().count == 1 }
            #expect(received.responses().map(\.status) == [200])
        }
    }

    @Test(
        "Suites with CBC are for servers that are told so (RFC 9325 §4.2)",
        arguments: [
            ("ECDHE-ECDSA-AES128-SHA", false, false), ("ECDHE-ECDSA-AES128-SHA", true, true),
            ("ECDHE-ECDSA-AES128-GCM-SHA256", false, true), ("ECDHE-ECDSA-CHACHA20-POLY1305", false, true),
        ])
    func cipherSuites(suite: String, allowsCBC: Bool, isAccepted: Bool) async throws {
        let identity = try testIdentity()
        let root = try #require(identity.trustRoot)
        let tls = HTTPListener.TLS(identity, cipherSuites: allowsCBC ? .withCBC : .authenticated)
        try await withServer(.init(tls: tls)) { server, loops in
            let client = try await Client.connect(
                to: server.localAddress, tls: .init(trustRoot: root, versions: .v12 ... .v12, cipherSuites: suite),
                on: loops)
            if isAccepted { try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") }
            let received = try await client.receive()
            #expect(received.responses().map(\.status) == (isAccepted ? [200] : []))
            if !isAccepted {
                #expect(received.ending == .failed("the server sent the alert handshake_failure (RFC 8446 §6.2)"))
            }
        }
    }

    @Test(
        "An ephemeral identity is trusted under each of its names and addresses", arguments: ["localhost", "ca.test"])
    func ephemeralName(name: String) async throws {
        let identity = try TLSIdentity.ephemeral(names: ["localhost", "ca.test"], now: SystemClock().now)
        let root = try #require(identity.trustRoot)
        try await withServer(.init(tls: .init(identity))) { server, loops in
            let client = try await Client.connect(
                to: server.localAddress, tls: .init(trustRoot: root, serverName: name), on: loops)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let received = try await client.receive { $0.responses().count == 1 }
            #expect(received.ending == nil)
        }
    }

    @Test("An ephemeral certificate is one that every client accepts")
    func ephemeralCertificate() throws {
        let now = CairnInstant(rfc3339: "2026-11-22T12:00:00.75Z")
        let identity = try TLSIdentity.ephemeral(
            names: ["localhost"], addresses: [.loopbackV4, .loopbackV6], now: try #require(now))
        let leaf = try Certificate(pemEncoded: identity.certificateChainPEM)
        let root = try Certificate(derEncoded: try #require(identity.trustRoot))
        #expect(try Certificate(pemEncoded: try #require(identity.trustRootPEM)) == root)
        #expect(root.publicKey.isValidSignature(leaf.signature, for: leaf))
        #expect(leaf.issuer == root.subject)
        #expect(leaf.notValidBefore.timeIntervalSince1970 == 1_795_262_400)
        #expect(leaf.notValidAfter.timeIntervalSince(leaf.notValidBefore) == 397 * 86_400)
        let names = try leaf.extensions.subjectAlternativeNames
        let expected: [GeneralName] = [
            .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
            .ipAddress(ASN1OctetString(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
        ]
        #expect(names.map { Array($0) } == expected)
        #expect(leaf.serialNumber.bytes.count == 16)
    }

    @Test("An identity can be taken from PEM text")
    func fromPEM() throws {
        let identity = try testIdentity()
        let copy = try TLSIdentity(
            certificateChainPEM: identity.certificateChainPEM, privateKeyPEM: identity.privateKeyPEM)
        #expect(copy.trustRoot == nil)
        #expect(copy.trustRootPEM == nil)
    }

    @Test("An identity that cannot serve says why")
    func badIdentity() throws {
        let (one, other) = (try testIdentity(), try testIdentity())
        let cases = [
            ("", one.privateKeyPEM, "expected X.509 certificates in PEM, got none that can be read (RFC 7468 §5)"),
            (
                "nonsense", one.privateKeyPEM,
                "expected X.509 certificates in PEM, got none that can be read (RFC 7468 §5)"
            ),
            (one.certificateChainPEM, "nonsense", "the private key is not an unencrypted key in PEM (RFC 7468 §10)"),
            (
                one.certificateChainPEM, other.privateKeyPEM,
                "the private key does not belong to the first certificate of the chain"
            ),
            (
                try #require(one.trustRootPEM), one.privateKeyPEM,
                "the first certificate cannot serve TLS: its key usage lacks digitalSignature"
            ),
        ]
        for (chain, key, text) in cases {
            let error = #expect(throws: TLSIdentityError.self) {
                try TLSIdentity(certificateChainPEM: chain, privateKeyPEM: key)
            }
            #expect(error?.description == text)
        }
    }
}
