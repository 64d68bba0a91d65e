import CairnDNS
import CairnModel
import Testing

@testable import CairnValidation

private let path = "/.well-known/acme-challenge/\(Vector.token)"

/// Validates `www.example.test`, or what is said, against scripted responses.
private func validate(
    of identifier: ACMEIdentifier = "www.example.test", dns: CairnDNSTable = CairnDNSTable(), _ prober: ScriptedProber,
    _ configuration: CairnProbeSettings = CairnProbeSettings()
) -> Verdict? {
    ValidationAuthority(dns: dns, prober: prober, settings: configuration).verdict(
        on: attempt(.http01, identifier))
}

@Suite("http-01", .timeLimit(.minutes(5)))
struct HTTP01Tests {
    @Test("The request goes to the address in the table, with the name as Host (RFC 8555 §8.3)")
    func request() throws {
        let dns = CairnDNSTable()
        dns["www.example.test"] = [.cname("host.test")]
        dns["host.test"] = [.a("127.0.0.7")]
        let prober = ScriptedProber { _ in .ok(Vector.keyAuthorization) }
        let verdict = try #require(validate(dns: dns, prober))
        #expect(verdict.outcome == .valid)
        #expect(
            prober.httpProbes == [
                HTTPProbe(
                    address: "127.0.0.7", port: 5002, host: "www.example.test", authority: "www.example.test",
                    path: path,
                    bodyLimit: 4097, timeout: .seconds(10))
            ])
        let record = try #require(verdict.steps.first)
        #expect(verdict.steps.count == 1)
        #expect(record.url == "http://www.example.test\(path)")
        #expect((record.host, record.port, record.status) == ("www.example.test", 5002, 200))
        #expect(record.addressesResolved == ["127.0.0.7"])
        #expect(record.addressUsed == "127.0.0.7")
        #expect(
            record.lookups == [
                "AAAA www.example.test: CNAME host.test, NODATA", "A www.example.test: CNAME host.test, A 127.0.0.7",
            ])
    }

    @Test("The port of the first request can be shown in Host, unless it is 80")
    func portInHost() {
        for (port, authority) in [(5002, "www.example.test:5002"), (80, "www.example.test")] {
            let prober = ScriptedProber { _ in .ok(Vector.keyAuthorization) }
            _ = validate(prober, CairnProbeSettings(httpPort: port, hostIncludesPort: true))
            #expect(prober.httpProbes.map(\.authority) == [authority])
            #expect(prober.httpProbes.map(\.port) == [port])
        }
    }

    @Test("The request says who asks, and so does one that a redirect leads to")
    func userAgent() {
        let prober = ScriptedProber { probe in
            probe.path == path
                ? .response(status: 302, location: "/elsewhere", body: []) : .ok(Vector.keyAuthorization)
        }
        _ = validate(prober, CairnProbeSettings(userAgent: "VA/1 (test)"))
        #expect(prober.httpProbes.map(\.userAgent) == ["VA/1 (test)", "VA/1 (test)"])
    }

    @Test(
        "White space behind the key authorization does not count (RFC 8555 §8.3)",
        arguments: ["", "\n", "\r\n", " \t\n\n"])
    func trailingWhiteSpace(tail: String) {
        #expect(validate(ScriptedProber { _ in .ok(Vector.keyAuthorization + tail) })?.outcome == .valid)
    }

    @Test(
        "Another body is unauthorized, and a known mistake is named",
        arguments: [
            ("", "empty"), (" " + Vector.keyAuthorization, "white space before"),
            ("\u{feff}" + Vector.keyAuthorization, "byte order mark"),
            ("\"\(Vector.keyAuthorization)\"", "quotation marks"), (Vector.token, "token alone"),
            (Vector.txtValue, "digest for dns-01"),
            ("\(Vector.token).\(String(repeating: "A", count: 43))", "another account key"),
            ("xyz.\(Vector.thumbprint)", "another challenge"), ("<!DOCTYPE html><html>", "page of HTML"),
            (Vector.keyAuthorization + "\u{0b}", "\\x0b"), (Vector.keyAuthorization.lowercased(), "got \"evag"),
        ])
    func wrongBody(body: String, hint: String) throws {
        let problem = try #require(validate(ScriptedProber { _ in .ok(body) })?.problem)
        #expect(problem.type == .unauthorized)
        #expect(problem.detail.contains(hint), "\(problem.detail)")
        #expect(problem.detail.contains("http://www.example.test\(path) from 127.0.0.1:5002"))
        #expect(problem.detail.contains(Vector.keyAuthorization))
    }

    @Test("The detail shows the first hundred characters of a long body, and a body beyond the limit is refused")
    func longBody() throws {
        let long = String(repeating: "ab", count: 2048)
        let problem = try #require(validate(ScriptedProber { _ in .ok(long) })?.problem)
        #expect(problem.detail.contains("\"\(String(repeating: "ab", count: 50))…\""))
        let padded = Vector.keyAuthorization + String(repeating: " ", count: 4096 - Vector.keyAuthorization.utf8.count)
        #expect(validate(ScriptedProber { _ in .ok(padded) })?.outcome == .valid)
        let tooLong = try #require(validate(ScriptedProber { _ in .ok(padded + " ") })?.problem)
        #expect(tooLong.type == .unauthorized)
        #expect(tooLong.detail.contains("at most 4096 octets"))
    }

    @Test("A status other than 200 is unauthorized", arguments: [204, 206, 300, 304, 404, 503])
    func wrongStatus(status: Int) throws {
        let body = Array(Vector.keyAuthorization.utf8)
        let verdict = validate(ScriptedProber { _ in .response(status: status, location: nil, body: body) })
        let problem = try #require(verdict?.problem)
        #expect(problem.type == .unauthorized)
        #expect(problem.detail.contains("expected status 200, got \(status)"))
        #expect(verdict?.steps.first?.status == status)
    }

    @Test(
        "A probe without an answer has the problem that fits it",
        arguments: [
            (ProbeFailure.refused, ACMEProblemType.connection, "connection refused"),
            (.timedOut("connecting"), .connection, "timed out while connecting"),
            (.closed("waiting for the response"), .connection, "closed while waiting"),
            (.tls("UNKNOWN_PROTOCOL"), .tls, "UNKNOWN_PROTOCOL"), (.notHTTP("garbage"), .incorrectResponse, "garbage"),
            (.other("no route to host"), .connection, "no route to host"),
        ])
    func failures(failure: ProbeFailure, type: ACMEProblemType, words: String) throws {
        let problem = try #require(validate(ScriptedProber { _ in .failure(failure) })?.problem)
        #expect(problem.type == type)
        #expect(problem.detail.contains(words))
        #expect(problem.detail.contains("from 127.0.0.1:5002"))
    }
}

@Suite("Addresses of http-01", .timeLimit(.minutes(5)))
struct HTTP01AddressTests {
    private let dns: CairnDNSTable

    init() {
        dns = CairnDNSTable()
        dns["www.example.test"] = [.a("127.0.0.4"), .aaaa("::1"), .a("127.0.0.5"), .aaaa("fd00::6")]
    }

    @Test(
        "IPv6 is tried first, and IPv4 when there is no connection",
        arguments: [ProbeFailure.refused, .timedOut("connecting"), .other("no route to host")])
    func fallback(failure: ProbeFailure) throws {
        let prober = ScriptedProber { $0.address.isV6 ? .failure(failure) : .ok(Vector.keyAuthorization) }
        let verdict = try #require(validate(dns: dns, prober))
        #expect(verdict.outcome == .valid)
        #expect(prober.httpProbes.map(\.address) == ["::1", "127.0.0.4"])
        let record = try #require(verdict.steps.first)
        #expect(record.addressesResolved == ["::1", "fd00::6", "127.0.0.4", "127.0.0.5"])
        #expect(record.addressesTried == ["::1"])
        #expect(record.addressUsed == "127.0.0.4")
    }

    @Test("A wrong answer over IPv6 is not made good over IPv4")
    func noFallback() {
        for outcome in [
            HTTPProbe.Outcome.ok("x"), .response(status: 404, location: nil, body: []),
            .failure(.closed("waiting for the response")), .failure(.timedOut("waiting for the response")),
            .failure(.notHTTP("x")),
        ] {
            let prober = ScriptedProber { $0.address.isV6 ? outcome : .ok(Vector.keyAuthorization) }
            #expect(validate(dns: dns, prober)?.problem != nil)
            #expect(prober.httpProbes.map(\.address) == ["::1"])
        }
    }

    @Test("When no address can be connected to, the last one is named")
    func allRefused() throws {
        let verdict = try #require(validate(dns: dns, ScriptedProber { _ in .failure(.refused) }))
        #expect(verdict.problem?.detail.contains("127.0.0.4:5002: connection refused") == true)
        #expect(verdict.steps.first?.addressesTried == ["::1"])
    }

    @Test("A name without an address is a dns problem that says what the table answered")
    func noAddress() throws {
        let prober = ScriptedProber()
        dns.setFailure(.serverFailure, for: "www.example.test")
        let failure = try #require(validate(dns: dns, prober)?.problem)
        #expect(failure.type == .dns)
        #expect(failure.detail.contains("SERVFAIL looking up AAAA for www.example.test"))
        dns.setFailure(.nameError, for: "www.example.test")
        #expect(validate(dns: dns, prober)?.problem?.detail.contains("NXDOMAIN looking up A for") == true)
        dns.setFailure(.noError, for: "www.example.test")
        #expect(validate(dns: dns, prober)?.problem?.detail.contains("no valid A or AAAA record") == true)
        #expect(prober.httpProbes.isEmpty)
    }

    @Test("An address of one family is enough, though the other question fails")
    func halfFailure() {
        dns.setFailure(.serverFailure, for: "www.example.test", type: .aaaa)
        let prober = ScriptedProber { _ in .ok(Vector.keyAuthorization) }
        #expect(validate(dns: dns, prober)?.outcome == .valid)
        #expect(prober.httpProbes.map(\.address) == ["127.0.0.4"])
    }

    @Test("An address beyond this machine is where the table says: nothing leaves it unasked (RFC 8555 §10.4)")
    func outsideAddress() throws {
        let prober = ScriptedProber { _ in .ok(Vector.keyAuthorization) }
        #expect(validate(of: "192.0.2.1", dns: dns, prober)?.outcome == .valid)
        dns["192.0.2.1"] = [.a("127.0.0.9")]
        #expect(validate(of: "192.0.2.1", dns: dns, prober)?.outcome == .valid)
        dns["2001:db8::1"] = [.aaaa("::1")]
        #expect(validate(of: "2001:db8::1", dns: dns, prober)?.outcome == .valid)
        #expect(prober.httpProbes.map(\.address) == ["127.0.0.1", "127.0.0.9", "::1"])
        #expect(prober.httpProbes.map(\.authority) == ["192.0.2.1", "192.0.2.1", "[2001:db8::1]"])
    }

    @Test("A loopback address is connected to without a lookup, with brackets for IPv6 (RFC 8738 §4)")
    func addressIdentifier() throws {
        let prober = ScriptedProber { _ in .ok(Vector.keyAuthorization) }
        let verdict = try #require(validate(of: "::1", dns: dns, prober))
        #expect(verdict.outcome == .valid)
        #expect(dns.queries.isEmpty)
        #expect(prober.httpProbes.map(\.authority) == ["[::1]"])
        #expect(prober.httpProbes.map(\.host) == ["::1"])
        #expect(verdict.steps.first?.url == "http://[::1]\(path)")
    }
}

@Suite("Redirects of http-01", .timeLimit(.minutes(5)))
struct HTTP01RedirectTests {
    /// Redirects the first request, and gives the right answer to the second.
    private func once(_ location: String?, status: Int = 302) -> ScriptedProber {
        ScriptedProber {
            $0.path == path && $0.authority == "www.example.test" && !$0.isTLS
                ? .redirect(location, status: status) : .ok(Vector.keyAuthorization)
        }
    }

    @Test("301, 302, 303, 307 and 308 are followed (RFC 8555 §8.3)", arguments: [301, 302, 303, 307, 308])
    func followed(status: Int) throws {
        let prober = once("/elsewhere?x=1#fragment", status: status)
        let verdict = try #require(validate(prober))
        #expect(verdict.outcome == .valid)
        #expect(prober.httpProbes.map(\.path) == [path, "/elsewhere?x=1"])
        #expect(verdict.steps.map(\.status) == [status, 200])
        #expect(verdict.steps.last?.url == "http://www.example.test/elsewhere?x=1")
    }

    @Test("300, 304, 305 and 306 are not, wherever they point (RFC 9110 §15.4)", arguments: [300, 304, 305, 306])
    func notFollowed(status: Int) throws {
        let prober = once("/elsewhere", status: status)
        let problem = try #require(validate(prober)?.problem)
        #expect(problem.type == .unauthorized)
        #expect(problem.detail.contains("got \(status), which is not followed"), "\(problem.detail)")
        #expect(prober.httpProbes.count == 1)
    }

    @Test(
        "Default ports stand for the configured ones, other ports are used as they are",
        arguments: [
            ("http://other.test/x", "other.test", 5002, false), ("http://other.test:80/x", "other.test", 5002, false),
            ("https://other.test/x", "other.test", 5001, true), ("https://other.test:443/x", "other.test", 5001, true),
            ("https://other.test:8443/x", "other.test:8443", 8443, true),
            ("HTTP://Other.Test.:8080/x", "other.test:8080", 8080, false),
            ("//other.test/x", "other.test", 5002, false),
            ("http://[::1]:81/x", "[::1]:81", 81, false), ("https://127.0.0.3/x", "127.0.0.3", 5001, true),
        ])
    func ports(location: String, authority: String, port: Int, isTLS: Bool) throws {
        let prober = once(location)
        #expect(validate(prober)?.outcome == .valid)
        let probe = try #require(prober.httpProbes.last)
        #expect((probe.authority, probe.port, probe.isTLS, probe.path) == (authority, port, isTLS, "/x"))
    }

    @Test("The name of a redirect is looked up too, and has a record of its own")
    func lookedUp() throws {
        let dns = CairnDNSTable()
        dns["other.test"] = [.a("127.0.0.9")]
        let prober = once("https://other.test/")
        let verdict = try #require(validate(dns: dns, prober))
        #expect(prober.httpProbes.map(\.address) == ["127.0.0.1", "127.0.0.9"])
        #expect(verdict.steps.map(\.host) == ["www.example.test", "other.test"])
        dns.setFailure(.nameError, for: "other.test")
        #expect(validate(dns: dns, once("https://other.test/"))?.problem?.type == .dns)
    }

    @Test(
        "What cannot be followed is incorrectResponse and says why",
        arguments: [
            (String?.none, 302, "expected a Location"), ("ftp://other.test/", 302, "got ftp"),
            ("http:other.test", 302, "expected \"//\""), ("http://user@other.test/", 302, "user information"),
            ("http://other.test:0/", 302, "port from 1 to 65535"), ("http://other.test:65536/", 302, "port from 1"),
            ("http:///x", 302, "host name or an address"), ("http://other%2etest/", 302, "host name or an address"),
            ("http://[::g]/", 302, "IPv6 address in brackets"), ("http://::1/", 302, "host name or an address"),
            ("/x y", 302, "white space"), ("/x\r\nHost: y", 302, "white space"),
            ("http://192.0.2.1/", 302, "as public CAs do not follow it"),
            (path, 302, "redirect loop"), ("http://www.example.test:80\(path)", 302, "redirect loop"),
        ])
    func refused(location: String?, status: Int, words: String) throws {
        let prober = once(location, status: status)
        let problem = try #require(validate(prober)?.problem)
        #expect(problem.type == .incorrectResponse)
        #expect(problem.detail.contains(words), "\(problem.detail)")
        #expect(prober.httpProbes.count == 1)
    }

    @Test("Ten redirects are followed, the eleventh is not")
    func limit() throws {
        for (last, isValid) in [(10, true), (11, false)] {
            let prober = ScriptedProber { probe in
                let number = Int(probe.path.dropFirst()) ?? 0
                return number == last ? .ok(Vector.keyAuthorization) : .redirect("/\(number + 1)")
            }
            let verdict = try #require(validate(prober))
            #expect((verdict.outcome == .valid) == isValid)
            #expect(prober.httpProbes.count == 11)
            if !isValid { #expect(verdict.problem?.detail.contains("at most 10") == true) }
        }
    }

    @Test("A redirect to the address that is the identifier is followed wherever it lies")
    func ownAddress() {
        let prober = ScriptedProber {
            $0.path == path ? .redirect("http://192.0.2.1:99/x") : .ok(Vector.keyAuthorization)
        }
        #expect(validate(of: "192.0.2.1", prober)?.outcome == .valid)
    }
}

@Suite("Locations", .timeLimit(.minutes(5)))
struct WebAddressTests {
    // The examples of RFC 3986 §5.4 that have a meaning here.
    @Test(
        "References are resolved as in RFC 3986 §5.4",
        arguments: [
            ("g", "/b/c/g"), ("./g", "/b/c/g"), ("g/", "/b/c/g/"), ("/g", "/g"), ("?y", "/b/c/d;p?y"),
            ("g?y", "/b/c/g?y"),
            ("#s", "/b/c/d;p?q"), (";x", "/b/c/;x"), ("", "/b/c/d;p?q"), (".", "/b/c/"), ("./", "/b/c/"), ("..", "/b/"),
            ("../", "/b/"), ("../g", "/b/g"), ("../..", "/"), ("../../g", "/g"), ("../../../g", "/g"), ("/./g", "/g"),
            ("/../g", "/g"), ("g.", "/b/c/g."), ("..g", "/b/c/..g"), ("./../g", "/b/g"), ("g/./h", "/b/c/g/h"),
            ("g/../h", "/b/c/h"), ("g?y/../x", "/b/c/g?y/../x"), ("http://a", "/"), ("http://a?q", "/?q"),
            ("ö", "/b/c/%C3%B6"),
        ])
    func references(reference: String, path: String) throws {
        let base = WebAddress(host: "a", path: "/b/c/d;p?q")
        #expect(try base.following(reference).path == path)
        #expect(try base.following(reference).host == "a")
    }
}
