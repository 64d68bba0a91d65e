import CairnReferenceClient
import Testing

/// The labels were encoded with the Punycode of Python.
@Suite("Names outside ASCII", .timeLimit(.minutes(5)))
struct InternationalNameTests {
    private static let good: [(String, String)] = [
        ("xn--bcher-kva", "bücher"), ("xn--wgv71a", "日本"), ("xn--p1ai", "рф"), ("xn--fiqs8s", "中国"),
        ("xn--strae-oqa", "straße, an exception (RFC 5892 §2.6)"), ("xn--3xa", "a final sigma, an exception"),
        ("xn--w6j", "an ideographic zero, an exception"),
        ("xn--mgba3gch31f060k", "Persian with a ZWNJ between joining letters (A.1)"),
        ("xn--ngb1x136d", "ZWNJ between two letters that join (A.1)"),
        ("xn--11b9b9eq27h", "ZWNJ after a virama (A.1)"),
        ("xn--10cl1a0b660p", "Sinhala with a ZWJ after a virama (A.2)"),
        ("xn--3zc0eybz95j", "ZWJ after a virama (A.2)"),
        ("xn--ll-0ea", "l·l (A.3)"), ("xn--wva4j", "a Greek numeral sign before alpha (A.4)"),
        ("xn--4db4e", "alef and geresh (A.5)"), ("xn--4db6e", "alef and gershayim (A.6)"),
        ("xn--ccke4x", "ア・イ (A.7)"),
        ("xn--ngb3evnn01g", "ZWNJ between joining letters, with a mark between (A.1)"),
        ("xn--vek160n", "a Katakana middle dot beside Han (A.7)"),
        ("xn--0ug4674ciea", "ZWNJ after a letter that joins on its left side only, as Joining_Type has it (A.1)"),
        ("xn--nea09g", "a composed letter with a second accent, which Form C leaves in two"),
        ("xn--b-xbb", "a letter with an accent that has no composed form"),
        ("xn--11b2f", "ka with nukta, which Form C leaves in two"),
        ("xn--4dbc", "alef and bet (RFC 5893)"), ("xn--1-zhcd", "Hebrew that ends in a digit (RFC 5893)"),
        ("xn----zhce", "Hebrew with a hyphen within (RFC 5893)"), ("xn--mgbc0a5a6c", "Arabic (RFC 5893)"),
        ("xn--ngb8id", "Arabic with Arabic-Indic digits (RFC 5893, A.8)"),
        ("xn--dhb66a", "Persian with an extended digit, which counts as European (RFC 5893)"),
        ("xn--7cb7d", "Hebrew that ends in a mark (RFC 5893)"), ("xn--hqbax1kcw", "Thaana, the example of RFC 5893 §3"),
        ("xn--9mbe", "Syriac (RFC 5893)"), ("xn--csbr", "N'Ko with a digit of its own (RFC 5893)"),
        ("xn--9d6hc", "Adlam (RFC 5893)"),
        ("xn--1-6fc8g", "Hebrew that ends in a digit with a mark (RFC 5893)"),
    ]

    @Test("A label whose characters IDNA2008 allows is taken (§7.1.4, RFC 5892, RFC 5893)", arguments: good)
    func taken(_ label: String, _ what: String) throws {
        let response = try TestServer().registered().newOrder([("dns", "\(label).example.test")])
        #expect(response.status == 201, "\(what): \(response.text)")
    }

    private static let bad: [(String, String)] = [
        ("xn--wca", "U+00DC is not allowed in names (RFC 5892 §2)"),
        ("xn--g6h", "U+2665 is not allowed in names"),
        ("xn--e28h", "U+1F600 is not allowed in names"),
        ("xn--mi7c", "U+FF41 is not allowed in names"),
        ("xn--72g", "U+212B is not allowed in names"),
        ("xn--y3b", "U+0958 is not allowed in names"),
        ("xn--hkg", "U+1E9B is not allowed in names"),
        ("xn--ab-l13a", "U+3000 is not allowed in names"),
        ("xn--a-vca", "U+00AD is not allowed in names"),
        ("xn--chb", "U+0640 is not allowed in names"),
        ("xn--a-s6t", "U+302E is not allowed in names"),
        ("xn--ypd", "U+1100 is not allowed in names"),
        ("xn--a-zrn", "U+20D0 is not allowed in names"),
        ("xn--0n7c", "U+FFFE is not allowed in names"),
        ("xn--zva", "U+0378 is no character"),
        ("xn--ab-j1t", "U+200C is not allowed between these neighbours (RFC 5892 Appendix A)"),
        ("xn--x-sgn", "U+200C is not allowed between these neighbours"),
        ("xn--11b1b4dy08i", "U+200C is not allowed between these neighbours"),
        ("xn--ab-m1t", "U+200D is not allowed between these neighbours"),
        ("xn--a-yqf282l", "U+200D is not allowed between these neighbours"),
        ("xn--ab-0ea", "U+00B7 is not allowed between these neighbours"),
        ("xn--a-jib", "U+0375 is not allowed between these neighbours"),
        ("xn--a-0jc", "U+05F3 is not allowed between these neighbours"),
        ("xn--ab-3n4a", "U+30FB is not allowed between these neighbours"),
        ("xn--8hb20a", "is not allowed between these neighbours"),
        ("xn--a-wbb", "begins with the combining mark U+0301 (RFC 5891 §4.2.3.2)"),
        ("xn--ab---3ra", "hyphens in its third and fourth place (RFC 5891 §4.2.3.1)"),
        ("xn----dha", "begins or ends with a hyphen (RFC 5891 §4.2.3.1)"),
        ("xn----eha", "begins or ends with a hyphen"),
        ("xn--e-xbb", "not in Normalization Form C (RFC 5891 §4.2.1)"),
        ("xn--s-9bb7f", "not in Normalization Form C"),
        ("xn--s-9bb8f", "not in Normalization Form C"),
        ("xn--ohc6f0a", "not in Normalization Form C"),
        ("xn--mgbc799q", "U+200C is not allowed between these neighbours"),
        ("xn--ngb21m5x4a", "U+200C is not allowed between these neighbours"),
        ("xn--al-1ea", "U+00B7 is not allowed between these neighbours"),
        ("xn--l-fda", "U+00B7 is not allowed between these neighbours"),
        ("xn--wva3j", "U+0375 is not allowed between these neighbours"),
        ("xn--4db3e", "U+05F3 is not allowed between these neighbours"),
        ("xn--4db5e", "U+05F4 is not allowed between these neighbours"),
        ("xn--9hb9z", "U+06F0 is not allowed between these neighbours"),
        ("xn--e-5db", "Normalization Form C"),
        ("xn--u8jui", "Normalization Form C"),
        ("xn--a-xbb6m", "not in Normalization Form C"),
        ("ab--c", "where only \"xn--\" has a meaning (RFC 5890 §2.3.1)"),
        ("ab--", "begins or ends with a hyphen (RFC 5890 §2.3.1)"),
        ("xn--a", "U+0080 is not allowed in names"), ("xn--", "begins or ends with a hyphen"),
        ("xn--a-0hc", "from right to left in a label from left to right (RFC 5893 §2 rule 5)"),
        ("xn--8hbc", "begins with neither a letter from left to right nor one from right to left (RFC 5893 §2 rule 1)"),
        ("xn--b-djc", "a character from left to right in a label from right to left (RFC 5893 §2 rule 2)"),
        ("xn--1-0hc", "(RFC 5893 §2 rule 1)"), ("xn--jqa69m", "(RFC 5893 §2 rule 1)"),
        ("xn--a-bqc", "(RFC 5893 §2 rule 5)"), ("xn--ngb11m", "(RFC 5893 §2 rule 5)"),
        ("xn--clb5ed", "(RFC 5893 §2 rule 1)"), ("xn--jhb78lsa7d", "(RFC 5893 §2 rule 5)"),
        ("xn--jqa59m", "ends in neither a letter from right to left nor a digit (RFC 5893 §2 rule 3)"),
        ("xn--1-0mc6o", "has both European and Arabic digits (RFC 5893 §2 rule 4)"),
        ("xn--99999999", "Punycode"), ("xn--abc-", "begins or ends with a hyphen"),
    ]

    @Test(
        "One whose characters it does not allow is malformed, and says which (§7.1.4, RFC 5891, RFC 5892, RFC 5893)",
        arguments: bad)
    func refused(_ label: String, _ words: String) throws {
        let name = "*.\(label).example.test"
        let response = try TestServer().registered().newOrder([("dns", name)])
        expectRefusal(response, 400, "malformed", words)
        #expect(response.refusedIdentifiers == [name])
    }
}
