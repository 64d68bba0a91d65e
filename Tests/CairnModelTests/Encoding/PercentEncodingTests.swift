import CairnModel
import Testing

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
