import Cairn
import CairnManagement
import CairnOpenSSLJudge
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("Revocations at /cairn/v1", .timeLimit(.minutes(5)))
struct RevocationRouteTests {
    private let managed: Managed
    private let serial: CairnSerialNumber
    private var ca: TestCA { managed.ca }

    init() throws {
        var configuration = TestCA.Configuration()
        configuration.clock = .standing(at: "2030-01-01T00:00:00Z")
        configuration.validation.standard = .approve
        configuration.authority.crlShards = 2
        configuration.authority.serialNumbers = .sequential(from: 5)
        configuration.policy.revocationStatus.updates = .manually
        managed = try Managed(configuration)
        let ca = managed.ca
        let client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        serial = try #require(ca.certificates.first?.id)
    }

    @Test("CRLs are read and published")
    func lists() throws {
        try managed.api(.post, "/certificates/\(serial)/revoke", #"{"reason": 1}"#)
        #expect(try managed.api(.get, "/crls")?.array?.map { $0["number"] } == [1, 1, 1])
        #expect(try managed.api(.get, "/crls/0?shard=1")?["entries"] == [])
        try managed.api(.post, "/crls/publish")
        let list = try #require(try managed.api(.get, "/crls/0?shard=1"))
        #expect(list["number"] == 2 && list["thisUpdate"] == "2030-01-01T00:00:00Z")
        #expect(
            list["entries"]
                == [["serialNumber": .string("\(serial)"), "at": "2030-01-01T00:00:00Z", "reason": 1]])
        #expect(try list == ca.crl(of: serial).json)
        #expect(list["url"] == "https://localhost/crl/0/1")
        #expect(list["pem"]?.string?.hasPrefix("-----BEGIN X509 CRL-----\n") == true)
        #expect(try managed.api(.get, "/crls/1")?["entries"] == [])
        for (path, words) in [
            ("/crls/0?shard=2", #"404 there is no CRL "0/2""#), ("/crls/7", #"404 there is no CRL "7/0""#),
            ("/crls/x", #"404 there is no issuer "x""#),
        ] {
            #expect(try managed.apiRefusal(.get, path).detail == words)
        }
    }

    @Test("OCSP is told what to say of a certificate, and goes back to the truth")
    func answers() throws {
        try managed.api(.put, "/certificates/\(serial)/ocsp", #"{"answer": "revoked"}"#)
        #expect(ca.objects.ocspAnswers == [serial: .revoked])
        #expect(try managed.api(.get, "/ocsp") == .object(["05": "revoked"]))
        let wrong = try managed.apiRefusal(.put, "/certificates/\(serial)/ocsp", #"{"answer": "bad"}"#)
        #expect(wrong.pointer == "/answer" && wrong.detail.contains(#""unauthorized", got "bad""#))
        try managed.api(.delete, "/certificates/\(serial)/ocsp")
        #expect(try managed.api(.get, "/ocsp") == [:])
    }

    @Test("Serial numbers are understood as tools write them")
    func writtenSerials() throws {
        ca.policy.revocationStatus.updates = .immediately
        for text in ["5", "05", "0005", "00:05"] {
            #expect(try managed.api(.get, "/certificates/\(text)")?["serialNumber"] == "05")
            #expect(managed.send(.get, "/cert-status-by-serial/\(text)").head.status == .ok)
        }
        for text in ["5:5", "0:5", "5g", ":05", "05:", "0x05"] {
            let refusal = try managed.apiRefusal(.get, "/certificates/\(text)")
            #expect(refusal.detail == "404 there is no certificate \"\(text)\"")
        }
        try managed.api(.put, "/certificates/5/renewal/body", #"{"body": "{}"}"#)
        try managed.api(.post, "/incident", #"{"certificates": ["0005"]}"#)
        try managed.api(.put, "/certificates/00:05/ocsp", #"{"answer": "revoked"}"#)
        #expect(ca.objects.ocspAnswers == [serial: .revoked])
        try managed.api(.post, "/certificates/5/revoke", "{}")
        #expect(ca.revocations.map(\.serialNumber) == [serial])
    }

    @Test("The settings of CRLs and OCSP change while the CA runs")
    func settings() throws {
        try managed.api(.put, "/settings/policy.revocationStatus.updates", #""6h""#)
        #expect(ca.policy.revocationStatus.updates == .every(.hours(6)))
        try managed.api(.put, "/settings/policy.revocationStatus.ocspAnswer", #""tryLater""#)
        #expect(ca.policy.revocationStatus.ocspAnswer == .tryLater)
        #expect(
            try managed.apiRefusal(.put, "/settings/policy.revocationStatus.updates", "0").detail.contains(
                #"expected "immediately", "manually", or for fixed intervals a time from 1s"#))
    }
}
