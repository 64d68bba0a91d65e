import CairnModel
import Testing

@Suite("Authorities of URLs (RFC 3986 §3.2)", .timeLimit(.minutes(5)))
struct URLAuthorityTests {
    @Test(
        "A name or an address, and perhaps a port",
        arguments: [
            ("ca.test", "ca.test", nil), ("CA.test:443", "CA.test", 443), ("127.0.0.1:1", "127.0.0.1", 1),
            ("[::1]", "[::1]", nil), ("[2001:db8::1]:65535", "[2001:db8::1]", 65_535), ("a_b~c-d", "a_b~c-d", nil),
            ("ca.test:", "ca.test", nil),
        ] as [(String, String, Int?)])
    func good(_ text: String, _ host: String, _ port: Int?) throws {
        let authority = try URLAuthority(text)
        #expect(authority.host == host)
        #expect(authority.port == port)
    }

    @Test(
        "Anything else is refused with what was expected",
        arguments: [
            ("", "a name or an address"), (":80", "a name or an address"), ("a b", "a name or an address"),
            ("user@a", "a name or an address"), ("::1", "a name or an address"), ("%61", "a name or an address"),
            ("a:x", "a colon and a port"), ("a:1:2", "a colon and a port"), ("a:999999", "a colon and a port"),
            ("a:0", "a port from 1 to 65535"), ("a:65536", "a port from 1 to 65535"), ("[::1", "in brackets"),
            ("[]", "an IPv6 address in the brackets"), ("[a]", "an IPv6 address in the brackets"),
            ("[127.0.0.1]", "an IPv6 address in the brackets"), ("[fe80::1%eth0]", "an IPv6 address in the brackets"),
            ("[::1]a", "a colon and a port"), (String(repeating: "a", count: 256), "at most 255 bytes"),
        ])
    func bad(_ text: String, _ words: String) {
        let fault = #expect(throws: URLAuthority.Fault.self) { try URLAuthority(text) }
        #expect(fault?.description.contains("expected ") == true)
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
        #expect(fault.map { $0.description.utf8.count < 300 } == true)
    }
}

@Suite("Percent-encoding (RFC 3986 §2.1)", .timeLimit(.minutes(5)))
struct PercentEncodingTests {
    @Test(
        "Everything but the unreserved characters is encoded, and comes back",
        arguments: [
            ("", ""), ("1.2-a_~Z9", "1.2-a_~Z9"), ("a b/c?", "a%20b%2Fc%3F"), ("100%", "100%25"), ("ä\n", "%C3%A4%0A"),
            ("+", "%2B"),
        ])
    func segments(_ text: String, _ encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
        #expect(PercentEncoding.decode(encoded) == text)
    }

    @Test(
        "A percent sign without two digits stands for itself",
        arguments: [("%", "%"), ("%4", "%4"), ("%4g", "%4g"), ("%%41", "%A"), ("a+b", "a+b")])
    func odd(_ encoded: String, _ text: String) {
        #expect(PercentEncoding.decode(encoded) == text)
    }

    @Test(
        "The fields of a form are found by name (WHATWG URL §5.1)",
        arguments: [
            ("a=1&b=2", "1"), ("b=2&a=x+y%2Bz", "x y+z"), ("%61=1", "1"), ("a=", ""), ("a=1=2", "1=2"),
            ("a=1&a=2", "1"),
            ("b=1", nil), ("a", nil), ("", nil), ("&&", nil),
        ])
    func forms(_ body: String, _ value: String?) {
        #expect(PercentEncoding.value(of: "a", inForm: Array(body.utf8)) == value)
    }
}
