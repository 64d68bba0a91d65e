import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

@Suite("A request against its order (RFC 8555 §7.4)", .timeLimit(.minutes(5)))
struct CSRPolicyTests {
    private func refusal(_ request: SigningRequest, against ordered: [ACMEIdentifier]) -> CSRRefusal? {
        do {
            _ = try CSRPolicy.enforce(on: request, against: ordered)
            return nil
        } catch {
            return error
        }
    }

    @Test("the same names in any sequence and any case are accepted")
    func sameNames() throws {
        let request = try request("DNS:B.example.test,IP:::1,DNS:*.example.test")
        #expect(refusal(request, against: ["*.example.test", "b.example.test", "::1"]) == nil)
    }

    @Test("a name may stand in the common name alone, in the alternative names alone, or in both")
    func places() throws {
        let alone = try request("DNS:a.example.test") { $0.subject = [("CN", "b.example.test")] }
        #expect(refusal(alone, against: ["a.example.test", "b.example.test"]) == nil)
        let both = try request("DNS:a.example.test,DNS:b.example.test") { $0.subject = [("CN", "b.example.test")] }
        #expect(refusal(both, against: ["a.example.test", "b.example.test"]) == nil)
        let address = try request("DNS:a.example.test") { $0.subject = [("CN", "127.0.0.1")] }
        #expect(refusal(address, against: ["a.example.test", "127.0.0.1"]) == nil)
    }

    @Test("missing names are said, with their types")
    func missing() throws {
        let refusal = refusal(try request("DNS:a.example.test"), against: ["a.example.test", "b.example.test", "::1"])
        #expect(
            refusal?.reason
                == "the CSR has to name exactly the identifiers of the order: it lacks dns \"b.example.test\", ip \"::1\" "
                + "(RFC 8555 §7.4)")
        #expect(refusal?.identifiers == ["b.example.test", "::1"])
    }

    @Test("names that were not ordered are said")
    func excess() throws {
        let refusal = refusal(try request("DNS:a.example.test,DNS:c.example.test"), against: ["a.example.test"])
        #expect(
            refusal?.reason
                == "the CSR has to name exactly the identifiers of the order: the order has no dns \"c.example.test\" "
                + "(RFC 8555 §7.4)")
        #expect(refusal?.identifiers == ["c.example.test"])
    }

    @Test("a domain name that looks like an ordered address is told from it")
    func types() throws {
        let refusal = refusal(try request("DNS:127.0.0.1"), against: ["127.0.0.1"])
        #expect(
            refusal?.reason.contains("it lacks ip \"127.0.0.1\", and the order has no dns \"127.0.0.1\"") == true)
    }

    @Test("of many differences the first ten are said")
    func many() throws {
        let ordered = (1...13).map { ACMEIdentifier.dns("\($0).example.test") }
        let refusal = refusal(try request("DNS:1.example.test"), against: ordered)
        #expect(refusal?.reason.contains("dns \"11.example.test\" and 2 more (RFC 8555 §7.4)") == true)
        #expect(refusal?.identifiers.count == 12)
    }

    @Test("a request that names nothing is refused")
    func noNames() throws {
        let refusal = refusal(try request("") { $0.extensions = [] }, against: ["a.example.test"])
        #expect(
            refusal?.reason
                == "the CSR names no identifier, expected dns \"a.example.test\" in its subjectAltName (RFC 8555 §7.4)")
    }

    @Test("a common name that was not ordered is refused")
    func foreignCommonName() throws {
        let request = try request("DNS:a.example.test") { $0.subject = [("CN", "Example Ltd")] }
        let refusal = refusal(request, against: ["a.example.test"])
        #expect(
            refusal?.reason
                == "the CSR's common name \"Example Ltd\" is not among the identifiers of the order (RFC 8555 §7.4)")
        #expect(refusal?.identifiers == [.dns("example ltd")])
    }

    @Test("a long text from outside is cut in the refusal")
    func veryLongCommonName() throws {
        let name = String(repeating: "l", count: 500)
        let refusal = refusal(try request("DNS:a.test") { $0.subject = [("CN", name)] }, against: ["a.test"])
        #expect(
            refusal?.reason.contains("\"\(String(repeating: "l", count: 100))…\" (500 bytes) is not among") == true)
    }

    @Test("a request to become an authority is refused")
    func authority() throws {
        let request = try request("DNS:a.example.test") { $0.extensions.append(("basicConstraints", "CA:TRUE")) }
        #expect(
            refusal(request, against: ["a.example.test"])?.reason
                == "the CSR asks for basicConstraints with cA true, expected a request for a leaf (RFC 8555 §7.4)")
        let modest = try CairnCertificatesTests.request("DNS:a.example.test") {
            $0.extensions.append(("basicConstraints", "CA:FALSE"))
        }
        #expect(refusal(modest, against: ["a.example.test"]) == nil)
    }
}
