import CairnReferenceClient
import Foundation
import Testing

@Suite("Character encoding", .timeLimit(.minutes(5)))
struct EncodingTests {
    private static let account = "https://ca.example.test/new-account"
    /// `{"contact":"ü"}` in Latin-1.
    private static let latin1 = Data(#"{"contact":""#.utf8) + [0xfc] + Data(#""}"#.utf8)

    @Test("What is not UTF-8 is refused, in the body, the protected header and the payload (§5)")
    func otherEncodings() throws {
        let client = try TestServer().client()
        let utf16 = Data("{}".data(using: .utf16LittleEndian) ?? Data())
        for encoded in [Self.latin1, utf16] {
            let payload = try client.post(Self.account, [:], as: .key) { $0.payload = encoded }
            expectRefusal(payload, 400, "malformed", "not JSON")
            let header = try client.post(Self.account, [:], as: .key) { message in
                message.seal = { $0["protected"] = base64URL(encoded) }
            }
            expectRefusal(header, 400, "malformed", "protected")
            let body = try client.post(Self.account, [:], as: .key) { $0.body = encoded }
            expectRefusal(body, 400, "malformed", "JWS")
        }
    }

    @Test("What is UTF-8 comes back as UTF-8 (§5)")
    func reflected() throws {
        let client = try TestServer().client()
        let response = try client.register([
            "termsOfServiceAgreed": true, "contact": ["mailto:ü\u{1F9ED}@example.test"],
        ])
        expectRefusal(response, 400, "invalidContact", "ü\u{1F9ED}@example.test")
        #expect(String(validating: response.body, as: UTF8.self) != nil)
    }
}
