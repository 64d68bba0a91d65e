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
