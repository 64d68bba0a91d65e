import Cairn
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("Records that stay, from outside", .timeLimit(.minutes(5)))
struct PersistentRecordTests {
    @Test("A record for an account is put into the fake DNS and taken away (draft-ietf-acme-dns-persist)")
    func record() throws {
        let managed = try Managed()
        managed.ca.policy.challengeTypes = [.dnsPersist01]
        let ca = managed.ca
        let client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
        try client.register()
        let account = try #require(client.kid)
        let path = "/responder/dns-persist-01/example.test"
        let answer = try managed.api(
            .put, "\(path)?account=\(account)",
            #"{"isWildcard": true, "until": "2100-01-01T00:00:00Z", "timeToLive": "1h"}"#)
        let text = "cairn.test; accounturi=\(account); policy=wildcard; persistUntil=4102444800"
        #expect(answer == ["name": "_validation-persist.example.test", "text": .string(text)])
        #expect(managed.ca.dns["_validation-persist.example.test"] == [.txt(text, timeToLive: .hours(1))])
        _ = try client.obtain(["*.example.test"], by: "dns-persist-01") { _ in }
        try managed.api(.delete, path)
        #expect(managed.ca.dns["_validation-persist.example.test"].isEmpty)
    }
}
