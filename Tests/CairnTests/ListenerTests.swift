import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

@Suite("The listener of a CA", .timeLimit(.minutes(5)))
struct ListenerTests {
    /// What a client and the server agreed on.
    private struct Agreement: Equatable, Sendable {
        var version: String?
        var applicationProtocol: String?
    }

    private static func shake(
        _ ca: TestCA, _ name: PathJudge.Name = .host("localhost"),
        _ change: @Sendable (inout Wire.Demands) -> Void = { _ in }
    ) async throws -> Agreement {
        let address = try #require(ca.address)
        var demands = Wire.Demands(roots: ca.trustRoots.map(\.pem).joined(), name: name)
        change(&demands)
        return try await onOwnThread { [demands] in
            let wire = try Wire(to: "\(address)", demands: demands)
            return Agreement(version: wire.version, applicationProtocol: wire.applicationProtocol)
        }
    }

    @Test("It speaks TLS 1.2 and TLS 1.3")
    func versions() async throws {
        try await withTestCA { ca in
            let newest = try await Self.shake(ca)
            let older = try await Self.shake(ca) { $0.versions = .tls12 ... .tls12 }
            #expect(newest.version == "TLSv1.3")
            #expect(older.version == "TLSv1.2")
        }
    }

    @Test(
        "It speaks HTTP/2 with clients that can, and HTTP/1.1 with the others (RFC 9113 §3.2)",
        arguments: [
            (["h2", "http/1.1"], "h2"), (["http/1.1", "h2"], "h2"), (["http/1.1"], "http/1.1"), ([], nil),
        ] as [([String], String?)])
    func protocols(_ offered: [String], _ chosen: String?) async throws {
        try await withTestCA { ca in
            let agreement = try await Self.shake(ca) { $0.applicationProtocols = offered }
            #expect(agreement.applicationProtocol == chosen)
        }
    }

    @Test("A client without ALPN is answered by HTTP/1.1")
    func withoutALPN() async throws {
        try await withTestCA { ca in
            let address = try #require(ca.address)
            let roots = ca.trustRoots.map(\.pem).joined()
            try await onOwnThread {
                let http = WireHTTP(at: "\(address)", demands: Wire.Demands(roots: roots, applicationProtocols: []))
                for _ in 0..<3 {
                    let response = try http.exchange("GET", "/dir", authority: "localhost")
                    #expect(response.status == 200)
                }
                #expect(http.connections == 1)
            }
        }
    }

    @Test("Its own certificate is for localhost, the loopback addresses and the names that were asked for")
    func names() async throws {
        try await withTestCA(.with { $0.listener.security = .ephemeral(names: ["ca.example.test"]) }) { ca in
            for name in [
                PathJudge.Name.host("localhost"), .host("ca.example.test"), .address("127.0.0.1"), .address("::1"),
            ] {
                let agreement = try await Self.shake(ca, name)
                #expect(agreement.version == "TLSv1.3")
            }
            await #expect(throws: OpenSSLError.self) { try await Self.shake(ca, .host("other.example.test")) }
            await #expect(throws: OpenSSLError.self) { try await Self.shake(ca, .address("127.0.0.2")) }
        }
    }

    @Test("The root of another CA, or of the certificates it issues, does not vouch for it")
    func wrongRoot() async throws {
        try await withTestCA { ca in
            try await withTestCA { other in
                for root in [other.trustRoots[0].pem, ca.authority.roots[0].pem, ""] {
                    let error = await #expect(throws: OpenSSLError.self) {
                        try await Self.shake(ca) { $0.roots = root }
                    }
                    #expect(error?.description.contains("certificate verify failed") == true)
                }
            }
        }
    }

    @Test("It shows a certificate that it was given in PEM")
    func pem() async throws {
        // A chain and key for the listener, from a CA whose profile is as good as any.
        let issuer = try TestCA.inMemory()
        issuer.validation.standard = .approve
        let key = try OpenSSLKey(.curve("P-256"))
        let issuance = try issuer.client().obtain(["ca.example.test"], by: "http-01", with: key) { _ in }
        let security = TestCA.Configuration.Security.pem(
            chain: issuance.pem, privateKey: try key.privateKeyPEM, trustRoot: issuer.authority.roots[0].pem)
        try await withTestCA(.with { $0.listener.security = security }) { ca in
            #expect(ca.trustRoots.map(\.pem) == issuer.authority.roots.map(\.pem))
            let agreement = try await Self.shake(ca, .host("ca.example.test"))
            #expect(agreement.version == "TLSv1.3")
            await #expect(throws: OpenSSLError.self) { try await Self.shake(ca, .host("localhost")) }
        }
    }

    @Test("Without TLS it speaks HTTP, and its URLs say so")
    func plain() async throws {
        try await withTestCA(.with { $0.listener.security = .none }) { ca in
            #expect(ca.directoryURL.hasPrefix("http://localhost:"))
            #expect(ca.trustRoots.isEmpty)
            try await onOwnThread {
                let client = try ca.client()
                ca.validation.standard = .approve
                #expect(try client.endpoint("newOrder").hasPrefix("http://localhost:"))
                _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
            }
        }
    }

    @Test("Several addresses share a port")
    func addresses() async throws {
        let configuration = TestCA.Configuration.with {
            $0.listener.addresses = [.loopbackV4, "127.0.0.2"]
        }
        try await withTestCA(configuration) { ca in
            let port = try #require(ca.address).port
            let roots = ca.trustRoots.map(\.pem).joined()
            try await onOwnThread {
                for address in ["127.0.0.1", "127.0.0.2"] {
                    let http = WireHTTP(at: "\(address):\(port)", demands: Wire.Demands(roots: roots))
                    let response = try http.exchange("GET", "/dir", authority: "localhost")
                    #expect(response.status == 200)
                }
            }
        }
    }
}

@Suite("A CA that cannot be started", .timeLimit(.minutes(5)))
struct StartErrorTests {
    private static func error(_ change: (inout TestCA.Configuration) -> Void) async -> String? {
        let error = await #expect(throws: TestCA.StartError.self) { try await TestCA.start(.with(change)).shutdown() }
        return error?.description
    }

    @Test("Programs tell the reasons apart")
    func reasons() async throws {
        func reason(_ change: (inout TestCA.Configuration) -> Void) async -> TestCA.StartError.Reason? {
            do throws(TestCA.StartError) {
                await (try TestCA.start(.with(change))).shutdown()
                return nil
            } catch {
                return error.reason
            }
        }
        try await withTestCA { ca in
            let http = try #require(ca.address)
            #expect(await reason { $0.listener.port = http.port } == .addressInUse)
        }
        #expect(await reason { $0.listener.addresses = ["192.0.2.1"] } == .addressNotAvailable)
        #expect(
            await reason { $0.listener.security = .pem(chain: "", privateKey: "", trustRoot: "") } == .identity)
        #expect(await reason { $0.threads = 0 } == .configuration)
        #expect(await reason { $0.authority.chains = [.root(1)] } == .configuration)
        #expect(
            await reason { $0.grants = [.init(.name(""), toExternalAccount: "kid-1")] } == .configuration)
    }

    @Test("A port in use is told with its address")
    func portInUse() async throws {
        try await withTestCA { ca in
            let (http, dns) = (try #require(ca.address), try #require(ca.dnsAddress))
            #expect(
                await Self.error { $0.listener.port = http.port } == "address 127.0.0.1:\(http.port) is already in use")
            #expect(
                await Self.error { $0.dnsListener?.port = dns.port }
                    == "address 127.0.0.1:\(dns.port) is already in use")
        }
    }

    @Test("An address of another machine is told")
    func foreignAddress() async {
        // RFC 5737 keeps the network for documentation, so no machine has it.
        let text = await Self.error { $0.listener.addresses = ["192.0.2.1"] }
        #expect(text == "address 192.0.2.1:0 is not available on this machine")
    }

    @Test("A port that is none is told", arguments: [-1, 65_536, .max])
    func impossiblePort(_ port: Int) async {
        #expect(
            await Self.error { $0.listener.port = port }
                == "listener.port: expected a port (0 takes a free one) from 0 to 65535, got \(port)")
        #expect(
            await Self.error { $0.dnsListener?.port = port }
                == "dnsListener.port: expected a port (0 takes a free one) from 0 to 65535, got \(port)")
        #expect(
            await Self.error { $0.probes.httpPort = port }
                == "probes.httpPort: expected a port from 1 to 65535, got \(port)")
        #expect(
            await Self.error { $0.probes.tlsPort = port }
                == "probes.tlsPort: expected a port from 1 to 65535, got \(port)")
    }

    @Test("No address to listen on is told")
    func noAddress() async {
        #expect(
            await Self.error { $0.listener.addresses = [] }
                == "listener.addresses: expected an array of IP addresses, at least one, 64 at most, got an empty array"
        )
        #expect(
            await Self.error { $0.dnsListener?.addresses = [] }
                == "dnsListener.addresses: expected an array of IP addresses, at least one, 64 at most, got an empty array"
        )
    }

    @Test("A certificate, key or root that is none is told")
    func brokenIdentity() async {
        let text = await Self.error { $0.listener.security = .pem(chain: "", privateKey: "", trustRoot: "") }
        #expect(text == "the root is not PEM with an X.509 certificate (RFC 7468 §5)")
    }

    @Test("An authority that cannot be is told, with sockets and without")
    func brokenAuthority() async {
        #expect(
            await Self.error { $0.authority.profiles = [] }
                == "authority.profiles: expected an array of profiles, at least one, 1000 at most, got an empty array")
        #expect(throws: TestCA.StartError.self) { try TestCA.inMemory(.with { $0.authority.name = "" }) }
    }
}
