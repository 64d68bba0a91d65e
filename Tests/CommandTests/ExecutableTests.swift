import Foundation
import OpenSSLJudge
import ReferenceClient
import Testing

@Suite("The executable")
struct ExecutableTests {
    /// The number behind the last colon of a URL or an endpoint.
    private static func port(_ text: String?) throws -> Int {
        let digits = try #require(text).reversed().drop { $0 == "/" }.prefix { $0.isNumber }.reversed()
        return try #require(Int(String(digits)))
    }

    private static func directoryPort(_ ready: [String: String]) throws -> Int {
        let url = try #require(ready["Directory"])
        try #require(url.hasSuffix("/dir"))
        return try port(String(url.dropLast(4)))
    }

    private static func get(_ path: String, _ ready: [String: String]) throws -> String {
        let roots = try String(contentsOfFile: try #require(ready["Root certificate"]), encoding: .utf8)
        let http = WireHTTP(at: "127.0.0.1:\(try port(ready["Management"]))", demands: Wire.Demands(roots: roots))
        let response = try http.exchange("GET", path, authority: "localhost")
        try #require(response.status == 200)
        return String(decoding: response.body, as: UTF8.self)
    }

    @Test("Its first lines tell where everything is, and a client can use it", arguments: [SIGTERM, SIGINT])
    func ready(_ signal: Int32) async throws {
        try await onOwnThread {
            let cairn = try CairnProcess(freePorts + ["--always-valid", "--log-level", "info"])
            let ready = try cairn.ready()
            #expect(Set(ready.keys) == ["Directory", "Management", "DNS", "Root certificate", "Seed"])
            #expect(ready["Seed"].flatMap { UInt64($0) } != nil)
            #expect(ready["DNS"]?.hasPrefix("127.0.0.1:") == true)
            let roots = try String(contentsOfFile: try #require(ready["Root certificate"]), encoding: .utf8)
            let client = try ReferenceClient(
                directory: try #require(ready["Directory"]), at: "127.0.0.1:\(try Self.directoryPort(ready))",
                trusting: roots)
            let issuance = try client.obtain(["www.example.test"], by: "http-01") { _ in }
            let objection = try issuance.objection(
                roots: [try Self.get("/roots/0", ready)], name: .host("www.example.test"),
                at: Int64(Date().timeIntervalSince1970))
            #expect(objection == nil)
            cairn.send(signal)
            let ended = try cairn.finish()
            #expect(ended.status == 0)
            #expect(ended.errors.contains("issued"))
        }
    }

    @Test("The same seed gives the same roots, another gives others")
    func seed() async throws {
        let roots = try await onOwnThread {
            try ["7", "7", "8"].map { seed in
                let cairn = try CairnProcess(freePorts + ["--seed", seed])
                let ready = try cairn.ready()
                #expect(ready["Seed"] == seed)
                let root = try Self.get("/roots/0", ready)
                cairn.send(SIGTERM)
                #expect(try cairn.finish().status == 0)
                return root
            }
        }
        #expect(roots[0] == roots[1])
        #expect(roots[0] != roots[2])
    }

    @Test("It runs in any folder, and the file of its root stays where it is, with the content of Certs/root.pem")
    func rootFile() async throws {
        try await onOwnThread {
            try withFolder { folder in
                let places = [folder.path, FileManager.default.temporaryDirectory.path, "/"]
                let files = try places.map { place in
                    let cairn = try CairnProcess(
                        freePorts, in: URL(fileURLWithPath: place), environment: ["XDG_CACHE_HOME": folder.path])
                    let file = try cairn.ready()["Root certificate"]
                    cairn.send(SIGTERM)
                    #expect(try cairn.finish().status == 0)
                    return file
                }
                #expect(files == Array(repeating: folder.path + "/cairn/root.pem", count: 3))
                let content = try String(contentsOfFile: try #require(files[0]), encoding: .utf8)
                #expect(try content == text(of: "Certs/root.pem"))
            }
        }
    }

    @Test("Where there is no place for caches, the root is in a temporary folder")
    func noCaches() async throws {
        try await onOwnThread {
            try withFolder { folder in
                let cairn = try CairnProcess(
                    freePorts,
                    environment: ["XDG_CACHE_HOME": "", "HOME": "/dev/null", "TMPDIR": folder.path])
                let file = try #require(cairn.ready()["Root certificate"])
                cairn.send(SIGTERM)
                #expect(try cairn.finish().status == 0)
                #expect(file.hasPrefix(folder.path + "/cairn-"))
                #expect(try String(contentsOfFile: file, encoding: .utf8) == text(of: "Certs/root.pem"))
            }
        }
    }

    @Test("The identity of its listeners is the one in Certs, or the one in the files that it is given")
    func identity() async throws {
        try await onOwnThread {
            for options in [
                [],
                [
                    "--tls-certificate", "Certs/leaf.pem", "--tls-key", "Certs/leaf-key.pem", "--tls-root",
                    "Certs/root.pem",
                ],
            ] {
                let cairn = try CairnProcess(freePorts + options)
                let ready = try cairn.ready()
                if !options.isEmpty { #expect(ready["Root certificate"] == "Certs/root.pem") }
                for name in [PathJudge.Name.host("localhost"), .address("127.0.0.1"), .host("pebble"), .host("cairn")] {
                    let demands = Wire.Demands(roots: try text(of: "Certs/root.pem"), name: name)
                    let wire = try Wire(to: "127.0.0.1:\(try Self.directoryPort(ready))", demands: demands)
                    let leaf = try OpenSSLCertificate.certificates(inPEM: try text(of: "Certs/leaf.pem")).first
                    #expect(try wire.peerCertificate?.derEncoded == leaf?.derEncoded)
                }
                cairn.send(SIGTERM)
                #expect(try cairn.finish().status == 0)
            }
        }
    }

    @Test("Management and DNS can be left out, and the lines about them with them")
    func without() async throws {
        try await onOwnThread {
            let cairn = try CairnProcess(freePorts + ["--no-management", "--no-dns"])
            let ready = try cairn.ready()
            #expect(ready["Management"] == nil)
            #expect(ready["DNS"] == nil)
            cairn.send(SIGTERM)
            #expect(try cairn.finish().status == 0)
        }
    }

    @Test("The help names every option, and fits a terminal")
    func help() async throws {
        try await onOwnThread {
            let short = try CairnProcess.run("--help")
            #expect(short.status == 0)
            for option in ["--acme-port", "--seed", "--config", "--always-valid", "cairn help serve"] {
                #expect(short.output.contains(option))
            }
            let long = try CairnProcess.run("help", "serve")
            #expect(long.status == 0)
            for option in [
                "--acme-address", "--acme-port", "--management-port", "--no-management", "--dns-port", "--no-dns",
                "--http-port", "--tls-port", "--default-ipv4", "--default-ipv6", "--always-valid", "--tls-certificate",
                "--config", "--seed", "--log-level",
            ] {
                #expect(long.output.contains(option))
            }
            #expect((short.output + long.output).split(separator: "\n").allSatisfy { $0.count <= 80 })
        }
    }
}

@Suite("What the executable refuses")
struct RefusalTests {
    /// Runs it, and returns the one line that it wrote to the standard error.
    private static func complaint(_ arguments: [String]) async throws -> String {
        let ended = try await onOwnThread { try CairnProcess(arguments).finish() }
        #expect(ended.status != 0)
        #expect(ended.output.isEmpty)
        let lines = ended.errors.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 2 && lines.last == "", "one line: \(ended.errors)")
        return String(lines.first ?? "")
    }

    @Test(
        "A configuration file that cannot be used is told in one line, with the place",
        arguments: [
            ("{", "expected"),
            ("[]", "expected a JSON object"),
            (#"{"acme": {"prot": 1}}"#, #""acme.prot" is not a setting; expected "addresses", "port""#),
            (#"{"acem": {}}"#, #""acem" is not a setting; expected "#),
            (#"{"acme": {"port": 65536}}"#, #"expected "acme.port" to be a port, 0 to 65535"#),
            (#"{"acme": {"port": "14000"}}"#, #"expected "acme.port" to be a port, 0 to 65535"#),
            (#"{"acme": 14000}"#, #"expected "acme" to be an object"#),
            (#"{"dns": {"defaultIPv4": "::1"}}"#, "expected an IPv4 address or \"none\", got \"::1\""),
            (#"{"validation": {"httpPort": 0}}"#, "the port that http-01 connects to: expected 1 to 65535, got 0"),
            (#"{"tls": {"key": "x"}}"#, #""tls" needs "certificate", "key" and "root""#),
            (#"{"authority": {"profiles": [{}]}}"#, #"a profile needs a "name""#),
            (#"{"authority": {"profiles": [1]}}"#, #"expected "authority.profiles" to hold objects"#),
            (
                #"{"authority": {"profiles": [{"name": "a", "validty": 1}]}}"#,
                #""authority.profiles.validty" is not a setting"#
            ),
            (#"{"authority": {"profiles": []}}"#, "an authority needs at least one profile, got none"),
            (#"{"authority": {"name": ""}}"#, "the authority's name needs 1 to 42 characters, got 0"),
            (#"{"seed": -1}"#, #"expected "seed" to be a whole number"#),
        ])
    func file(_ content: String, _ complaint: String) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString).json")
        try content.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let line = try await Self.complaint(freePorts + ["--config", file.path])
        #expect(line.hasPrefix("cairn: "))
        #expect(line.contains(complaint), "\(line)")
    }

    @Test("A file that cannot be read is told with the reason")
    func unreadable() async throws {
        #expect(
            try await Self.complaint(["--config", "/nowhere/cairn.json"])
                == "cairn: cannot read /nowhere/cairn.json: No such file or directory")
        #expect(try await Self.complaint(["--config", "/"]) == "cairn: cannot read /: Is a directory")
        let tls = ["--tls-certificate", "/nowhere/a", "--tls-key", "/nowhere/b", "--tls-root", "/nowhere/c"]
        #expect(try await Self.complaint(freePorts + tls) == "cairn: cannot read /nowhere/a: No such file or directory")
    }

    @Test("A port in use is told", arguments: ["acme", "management", "dns"])
    func portInUse(_ server: String) async throws {
        let (address, line) = try await onOwnThread {
            let first = try CairnProcess(freePorts)
            let ready = try first.ready()
            let url = try #require(
                ready[["acme": "Directory", "management": "Management", "dns": "DNS"][server] ?? ""])
            let port = String(
                url.replacingOccurrences(of: "/dir", with: "").reversed().prefix { $0.isNumber }.reversed())
            let second = try CairnProcess(freePorts + ["--\(server)-port", port]).finish()
            first.send(SIGTERM)
            #expect(try first.finish().status == 0)
            #expect(second.status != 0)
            return ("127.0.0.1:\(port)", second.errors)
        }
        #expect(line == "cairn: address \(address) is already in use\n")
    }

    @Test(
        "Options that cannot be used are told",
        arguments: [
            ["--prot", "1"], ["--acme-port", "65536"], ["--acme-port", "x"], ["--acme-address", "localhost"],
            ["--seed", "-1"], ["--log-level", "loud"], ["--tls-key", "x"], ["extra"],
        ])
    func options(_ arguments: [String]) async throws {
        let ended = try await onOwnThread { try CairnProcess(arguments).finish() }
        #expect(ended.status != 0)
        #expect(ended.output.isEmpty)
        #expect(ended.errors.hasPrefix("Error: "))
    }

    @Test("A default address of the wrong family is told")
    func family() async throws {
        #expect(
            try await Self.complaint(["--default-ipv6", "127.0.0.1"])
                == "cairn: expected an IPv6 address or \"none\", got \"127.0.0.1\"")
    }
}
